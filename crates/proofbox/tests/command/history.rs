//! A document's receipts, whole and with gaps, from a small log made here.

use std::collections::HashMap;

use insta::assert_snapshot;
use ledger::entry::{Field, Opened, Previous, Salts, Statement};
use ledger::{EventKind, Fingerprint, Origin, PrivateFields};
use tlog::{Checkpoint, Frontier, Hash, NodeId, Receipt, Signer, leaf_hash, prove_inclusion};

use super::run::{Place, Ran};

/// A log with a document of four versions among other entries.
struct Document {
    signer: Signer,
    events: Vec<(u64, Opened)>,
    leaves: Vec<Hash>,
}

impl Document {
    fn new() -> Self {
        let signer = Signer::from_seed("log.example".parse().unwrap(), &[7; 32]);
        let leaves = vec![leaf_hash(b"policy")];
        let mut document = Self { signer, events: Vec::new(), leaves };
        for version in 1..=4 {
            document.publish(version);
            document.leaves.push(leaf_hash(format!("other {version}").as_bytes()));
        }
        document
    }

    fn publish(&mut self, version: u32) {
        let index = self.leaves.len() as u64;
        let previous = self.events.last();
        let statement = Statement {
            kind: if previous.is_none() { EventKind::NewAsset } else { EventKind::Publish },
            asset: "00000000-0000-4000-8000-000000000001".parse().unwrap(),
            event: format!("00000000-0000-4000-9000-{version:012}").parse().unwrap(),
            version,
            fingerprint: Fingerprint {
                content_hash: [u8::try_from(version).unwrap(); 32],
                sha256: None,
            }
            .into(),
            declared_at: "2026-05-12T12:00:00Z".parse().unwrap(),
            accepted_at: format!("2026-05-1{version}T12:00:03Z").parse().unwrap(),
            publisher: "00000000-0000-4000-8000-000000000003".parse().unwrap(),
            origin: Origin::Observed,
            previous: previous
                .map(|(index, opened)| Previous { index: *index, leaf: opened.leaf() }),
            attributes: None,
        };
        let private = PrivateFields { name: Some("Lease.pdf".into()), ..PrivateFields::default() };
        let salts = Salts::from_seed(&[u8::try_from(version).unwrap(); 32]);
        // The owner opened the name in the last one.
        let show = |field: Field| field.is_public() || (version == 4 && field == Field::Name);
        let opened = Opened::showing(&statement.values(&private), &salts, show);
        self.leaves.push(opened.leaf());
        self.events.push((index, opened));
    }

    fn receipt(&self, version: usize) -> String {
        let (index, opened) = &self.events[version - 1];
        let mut nodes = HashMap::<NodeId, Hash>::new();
        let mut frontier = Frontier::new();
        for leaf in &self.leaves {
            frontier.push(*leaf, &mut |node, hash| {
                nodes.insert(node, hash);
            });
        }
        let (size, root) = (frontier.size(), frontier.root());
        let checkpoint = Checkpoint { origin: self.signer.name().into(), size, root };
        let path = prove_inclusion(*index, size, |node| Ok::<_, ()>(nodes[&node])).unwrap();
        let (extra, checkpoint) = (Some(opened.to_extra()), checkpoint.sign(&self.signer));
        Receipt { extra, index: *index, path, checkpoint }.to_string()
    }

    /// Runs the command on the receipts of these versions.
    fn history(&self, versions: &[usize], more: &[&str]) -> Ran {
        let place = Place::new();
        let mut command = place.command(["history"]);
        for version in versions {
            let name = format!("{version}.tlog-proof");
            place.write(&name, self.receipt(*version));
            command.arg(name);
        }
        let key = self.signer.verifier_key().to_string();
        command.args(["--key", &key]).args(more).output().unwrap().into()
    }
}

#[test]
fn all_receipts_in_any_order_are_the_whole_history() {
    assert_snapshot!(Document::new().history(&[3, 1, 4, 2, 1], &[]));
}

#[test]
fn version_that_was_left_out_is_named() {
    assert_snapshot!(Document::new().history(&[1, 2, 4], &[]));
}

#[test]
fn beginning_that_was_left_out_is_named() {
    assert_snapshot!(Document::new().history(&[3, 4], &["--json"]));
}

#[test]
fn end_that_was_left_out_cannot_show() {
    assert_snapshot!(Document::new().history(&[1, 2], &["--json"]));
}

#[test]
fn altered_receipt_and_receipt_of_another_log_prove_nothing() {
    let document = Document::new();
    let key = document.signer.verifier_key().to_string();
    let other = Signer::from_seed("log.example".parse().unwrap(), &[8; 32]).verifier_key();
    let receipt = document.receipt(1);
    let altered = receipt.replacen("index 1", "index 2", 1);
    for (receipt, key) in [(&altered, &key), (&receipt, &other.to_string())] {
        let place = Place::new();
        place.write("1.tlog-proof", receipt);
        let ran: Ran =
            place.command(["history", "1.tlog-proof", "--key", key]).output().unwrap().into();
        assert_eq!(ran.code, Some(30), "{}", ran.out);
        assert!(
            ran.out.starts_with("NOT WHOLE: 1.tlog-proof: the receipt was altered"),
            "{}",
            ran.out
        );
    }
}
