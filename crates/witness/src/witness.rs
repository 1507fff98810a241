//! The service: one checkpoint for each log, and a signature for whatever continues it.
//!
//! The order of durability. A signature says that nothing signed before contradicts it, so what was
//! signed must never be forgotten:
//!
//! 1. in one transaction, the last checkpoint of the log is read, the request is checked against
//!    it, the new one is signed and takes its place;
//! 2. the transaction is durable;
//! 3. the signature leaves the house.
//!
//! A crash between 2 and 3 leaves the witness ahead of the log, which is harmless: the log is told
//! the newer size and proves from there. When the store fails, the witness signs nothing more until
//! it is started again, because only a new start finds out what became of the last write.
//!
//! What HTTP makes of it is in `http`, what is kept in `store`.

mod http;
mod page;
mod seeds;
mod store;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ledger::Clock;
use tlog::{
    AddCheckpoint, Checkpoint, CosignError, Cosigner, KeyName, Origin, Policy, Refusal, Signature,
    SignedNote, VerifierKey,
};
use tokio::sync::watch;

use store::{Seen, Store};

/// What a witness is and where it keeps what it saw.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory for its key and its memory; made when it is not there.
    pub directory: PathBuf,
    /// Its name, by custom its address without the scheme. It keeps the one that it began with.
    pub name: KeyName,
    /// The logs that it knows; what the policy says about witnesses means nothing here.
    pub logs: Policy,
    /// How it signs.
    pub kinds: CosignatureKinds,
    /// What time it is.
    pub clock: Clock,
}

/// How a witness signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CosignatureKinds {
    /// With Ed25519, which everybody can check.
    Ed25519,
    /// With Ed25519, and with ML-DSA-44 for the time when quantum computers forge the first.
    Both,
}

/// Why a witness did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be made.
    #[error(
        "cannot use {}; check that it exists and that this user may write there", path.display()
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The key file cannot be used. It says which and why.
    #[error(transparent)]
    Key(#[from] ledger::OpenError),
    /// It began under another name, by which others know its key.
    #[error(
        "this witness is called {began}, and its signatures would be unknown under another name; \
         say --name {began}, or begin a new witness in another directory"
    )]
    OtherName {
        /// The name that it began with.
        began: String,
    },
    /// The database cannot be used.
    #[error("the database {} cannot be used; restore the newest copy of it", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the store said.
        #[source]
        source: rusqlite::Error,
    },
}

/// A witness. Cheap to clone.
#[derive(Clone)]
pub struct Witness {
    inner: Arc<Inner>,
}

struct Inner {
    cosigners: Vec<Cosigner>,
    logs: Vec<Log>,
    /// Locked on blocking threads alone, for the time of one transaction.
    store: Mutex<Store>,
    clock: Clock,
    /// Why nothing is signed any more.
    failed: watch::Sender<Option<String>>,
}

/// A log that the witness knows.
struct Log {
    origin: Origin,
    /// A log may sign with several keys under its name.
    keys: Vec<VerifierKey>,
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("this witness doesn't know the log {0}")]
    UnknownLog(Origin),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the clock of this witness is wrong, so that it can't say when it saw the checkpoint")]
    Clock,
    #[error("this witness can't keep what it signs, so it signs nothing")]
    Failed(#[source] rusqlite::Error),
    #[error("this witness has stopped signing: {0}")]
    Stopped(String),
}

impl Witness {
    /// Opens the directory; makes key and memory at the first start.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let Options { directory, name, logs, kinds, clock } = options;
        let cosigners = seeds::cosigners(&directory, &name, kinds)?;
        let store = Store::open(&directory, &name)?;
        let inner = Inner {
            cosigners,
            logs: known(&logs),
            store: Mutex::new(store),
            clock,
            failed: watch::Sender::new(None),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The keys that its signatures are checked with.
    pub fn keys(&self) -> Vec<VerifierKey> {
        self.inner.cosigners.iter().map(Cosigner::verifier_key).collect()
    }

    /// Ends when the store has failed, with the reason: nothing is signed until the next start.
    pub async fn failed(&self) -> String {
        let mut failed = self.inner.failed.subscribe();
        let reason = failed.wait_for(Option::is_some).await;
        reason.ok().and_then(|reason| reason.clone()).unwrap_or_default()
    }
}

impl Inner {
    /// Decides about a request, and remembers what it signs before it gives the signature away.
    /// It waits for the disk.
    fn cosign(&self, request: &AddCheckpoint) -> Result<Vec<Signature>, Problem> {
        if let Some(reason) = self.failed.borrow().clone() {
            return Err(Problem::Stopped(reason));
        }
        let log = self.log_of(request)?;
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let cosigned =
            store.replace(&log.origin, |latest| self.continue_from(latest, log, request));
        cosigned.inspect_err(|problem| {
            if let Problem::Failed(error) = problem {
                tracing::error!(%error, "the witness has stopped: its database failed");
                self.failed.send_replace(Some(format!("its database failed ({error})")));
            }
        })
    }

    /// Checks and signs; what comes back takes the place of the last checkpoint.
    fn continue_from(
        &self,
        latest: Option<&Checkpoint>,
        log: &Log,
        request: &AddCheckpoint,
    ) -> Result<(Seen, Vec<Signature>), Problem> {
        let checkpoint = request.check(&log.keys, latest)?;
        let now = self.clock.now();
        let time_s = u64::try_from(now.as_second()).ok().filter(|time_s| *time_s > 0);
        let time_s = time_s.ok_or(Problem::Clock)?;
        let sign = |cosigner: &Cosigner| cosigner.cosign(&request.checkpoint, time_s);
        let signatures: Result<Vec<_>, CosignError> = self.cosigners.iter().map(sign).collect();
        let signatures = signatures.map_err(|_| Problem::Clock)?;
        let note = log.note(&request.checkpoint, &signatures);
        Ok((Seen { checkpoint, note, at: now }, signatures))
    }

    fn log_of(&self, request: &AddCheckpoint) -> Result<&Log, Problem> {
        let origin = request.origin().expect("invariant: parsing a request reads its checkpoint");
        let log = self.logs.iter().find(|log| log.origin == origin);
        log.ok_or(Problem::UnknownLog(origin))
    }

    fn latest(&self, log: &Log) -> Result<Option<Seen>, rusqlite::Error> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).latest(&log.origin)
    }
}

impl Log {
    /// The checkpoint to show: with the log's own signatures and ours, and without those that
    /// anybody may have put beside them.
    fn note(&self, submitted: &SignedNote, ours: &[Signature]) -> String {
        let by_log = |signature: &&Signature| {
            self.keys
                .iter()
                .any(|key| key.name() == signature.name() && key.id() == signature.key_id())
        };
        let signatures = submitted.signatures().iter().filter(by_log).chain(ours);
        format!("{}\n{}", submitted.text(), crate::lines(signatures))
    }
}

/// The policy's logs by their name.
fn known(policy: &Policy) -> Vec<Log> {
    let mut logs: Vec<Log> = Vec::new();
    for key in policy.logs().iter().map(|log| &log.key) {
        let origin = Origin::from(key.name());
        match logs.iter_mut().find(|log| log.origin == origin) {
            Some(log) => log.keys.push(key.clone()),
            None => logs.push(Log { origin, keys: vec![key.clone()] }),
        }
    }
    logs
}
