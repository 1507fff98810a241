//! What every handler shares.

use std::sync::Arc;

use ledger::Ledger;
use sync::Sync;
use tokio_util::sync::CancellationToken;

use crate::{
    Config, domains::Prover, guard::rate::Limits, pages::Growth, repeated::InHand, webhooks::Sender,
};

/// The instance as the handlers see it. Cheap to clone.
#[derive(Clone)]
pub struct State {
    pub(crate) config: Arc<Config>,
    pub(crate) ledger: Ledger,
    pub(crate) sync: Sync,
    pub(crate) limits: Arc<Limits>,
    pub(crate) growth: Arc<Growth>,
    /// Writes with keys of their callers that are being worked on.
    pub(crate) in_hand: InHand,
    pub(crate) webhooks: Arc<Sender>,
    pub(crate) prover: Arc<Prover>,
    /// Cancelled when the server stops: live streams end on it, so that a shutdown need not wait
    /// for browsers to go away.
    pub(crate) closing: CancellationToken,
}

impl State {
    /// Joins the parts of an instance. The ledger and the synchronisation stay owned by the caller,
    /// who closes them after [`serve`](crate::serve()) has returned.
    ///
    /// # Panics
    ///
    /// Where this machine has no TLS at all.
    pub fn new(config: Config, ledger: Ledger, sync: Sync) -> Self {
        let webhooks = Sender::new(config.webhooks);
        let prover = Prover::new(&config.domains, config.webhooks);
        Self {
            webhooks: Arc::new(webhooks.expect("invariant: TLS is built in")),
            prover: Arc::new(prover.expect("invariant: TLS is built in")),
            config: Arc::new(config),
            ledger,
            sync,
            limits: Arc::new(Limits::new()),
            growth: Arc::default(),
            in_hand: InHand::default(),
            closing: CancellationToken::new(),
        }
    }
}
