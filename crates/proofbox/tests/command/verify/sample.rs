//! A small log made here from the published formats, and receipts of its entries.

use ledger::entry::{Opened, Salts, Statement};
use ledger::{AssetId, EventId, EventKind, Fingerprint, Origin, PrivateFields, TenancyId};
use std::collections::HashMap;
use tlog::{Checkpoint, Frontier, Hash, NodeId, Receipt, Signer, prove_inclusion};

/// The content that the sample event is about.
pub(crate) const LETTER: &str = "Dear Ada,\n";

/// A log with a few entries, one of them about [`LETTER`].
pub(crate) struct Sample {
    signer: Signer,
    opened: Opened,
}

impl Sample {
    /// A log in which the letter was published as version 2.
    pub(crate) fn published() -> Self {
        Self::with(EventKind::Publish)
    }

    /// A log in which the letter was withdrawn.
    pub(crate) fn withdrawn() -> Self {
        Self::with(EventKind::Withdraw)
    }

    fn with(kind: EventKind) -> Self {
        let digests = dropbox::digest(LETTER.as_bytes()).unwrap();
        let statement = Statement {
            kind,
            asset: id::<AssetId>(1),
            event: id::<EventId>(2),
            version: 2,
            fingerprint: Fingerprint {
                content_hash: digests.content_hash.0,
                sha256: Some(digests.sha256),
            }
            .into(),
            declared_at: "2026-05-12T12:00:00Z".parse().unwrap(),
            accepted_at: "2026-05-12T12:00:03Z".parse().unwrap(),
            publisher: id::<TenancyId>(3),
            origin: Origin::Observed,
            previous: None,
            attributes: None,
        };
        let values = statement.values(&PrivateFields::default());
        let opened = Opened::public(&values, &Salts::from_seed(&[5; 32]));
        Self { signer: Signer::from_seed("log.example".parse().unwrap(), &[7; 32]), opened }
    }

    /// The log's verifier key.
    pub(crate) fn key(&self) -> String {
        self.signer.verifier_key().to_string()
    }

    /// The key of another log of the same name.
    pub(crate) fn other_key() -> String {
        Signer::from_seed("log.example".parse().unwrap(), &[8; 32]).verifier_key().to_string()
    }

    /// The receipt of the letter's event.
    pub(crate) fn receipt(&self) -> String {
        self.receipt_saying(&self.opened.to_extra())
    }

    /// The same proof with other words in front of it.
    pub(crate) fn receipt_with(&self, from: &str, to: &str) -> String {
        let extra = String::from_utf8(self.opened.to_extra()).unwrap();
        assert!(extra.contains(from), "{extra}");
        self.receipt_saying(extra.replacen(from, to, 1).as_bytes())
    }

    fn receipt_saying(&self, extra: &[u8]) -> String {
        let mut nodes = HashMap::<NodeId, Hash>::new();
        let mut frontier = Frontier::new();
        let before = [tlog::leaf_hash(b"policy"), tlog::leaf_hash(b"another")];
        for leaf in before.into_iter().chain([self.opened.leaf(), tlog::leaf_hash(b"later")]) {
            frontier.push(leaf, &mut |node, hash| {
                nodes.insert(node, hash);
            });
        }
        let origin = self.signer.name().into();
        let checkpoint = Checkpoint { origin, size: frontier.size(), root: frontier.root() };
        let path = prove_inclusion(2, checkpoint.size, |node| Ok::<_, ()>(nodes[&node])).unwrap();
        let extra = Some(extra.to_vec());
        Receipt { extra, index: 2, path, checkpoint: checkpoint.sign(&self.signer) }.to_string()
    }
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: u8) -> T {
    format!("00000000-0000-4000-8000-{last:012}").parse().unwrap()
}
