//! What an instance has handed out, kept as somebody outside keeps it, to be held against what it
//! says later: whatever happened in between, none of it may have become untrue.

use std::path::Path;

use ledger::entry::Opened;
use ledger::{Clock, Ledger, Options};
use testkit::Walk;
use tlog::{
    BundleId, Checkpoint, Frontier, Hash, Receipt, SignedNote, VerifierKey, decode_bundle,
    leaf_hash,
};

/// Receipts with their events, and checkpoints.
#[derive(Clone, Default)]
pub(crate) struct Handed {
    receipts: Vec<(String, String)>,
    checkpoints: Vec<String>,
}

impl Handed {
    /// Keeps the newest checkpoint and the receipt of an event. Fails if either is not to be had,
    /// and keeps what there was.
    pub(crate) async fn collect(&mut self, walk: &Walk, event: &str) -> anyhow::Result<()> {
        self.checkpoints.push(walk.text("/log/checkpoint").await?);
        self.receipts.push((event.to_owned(), walk.receipt(event).await?));
        Ok(())
    }

    /// All of it must still hold: each receipt verifies and its event is where it says, and each
    /// checkpoint is the head of a beginning of the log as it is now, whose size is given: so no
    /// two of them disagree.
    pub(crate) async fn verify_all(&self, walk: &Walk, size: u64) {
        let key: VerifierKey = walk.log_key().await.unwrap().parse().unwrap();
        let roots = roots(walk, size).await;
        let hold = |note: &SignedNote| {
            let head = Checkpoint::open(note, &key).unwrap();
            assert_eq!(roots.get(usize::try_from(head.size).unwrap()), Some(&head.root), "{note}");
            head.size
        };
        for (event, text) in &self.receipts {
            let receipt = Receipt::parse(text).unwrap();
            let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
            receipt.verify(&opened.leaf(), &key).unwrap();
            hold(&receipt.checkpoint);
            let now = walk.get(&format!("/archivist/v2/{event}")).await.unwrap();
            assert_eq!(now["log"]["index"], receipt.index, "{event}");
        }
        for note in &self.checkpoints {
            hold(&SignedNote::parse(note).unwrap());
        }
        let newest = walk.text("/log/checkpoint").await.unwrap();
        assert_eq!(hold(&SignedNote::parse(&newest).unwrap()), size);
    }
}

/// The roots of a small log at every size, computed from its entries alone.
async fn roots(walk: &Walk, size: u64) -> Vec<Hash> {
    let id = BundleId::at(0, size).unwrap();
    let bundle = walk.bytes(&format!("/log/{}", id.path())).await.unwrap();
    let mut frontier = Frontier::new();
    let mut roots = vec![frontier.root()];
    for entry in decode_bundle(id, &bundle).unwrap() {
        frontier.push(leaf_hash(entry), &mut |_, _| ());
        roots.push(frontier.root());
    }
    roots
}

/// A data directory that nobody uses must hold what it promises, and be free to sign.
pub(crate) async fn assert_clean(directory: &Path) {
    let report = ledger::fsck(directory, &|_, _| ()).unwrap();
    assert_eq!(report.findings, []);
    let options = Options {
        directory: directory.to_owned(),
        database: ledger::Database::Embedded,
        origin: "a.log.that.exists.keeps.its.name".to_owned(),
        clock: Clock::system(),
        witnesses: None,
    };
    let ledger = Ledger::open(options).unwrap();
    assert_eq!(ledger.read_only(), None);
    ledger.close().await;
}
