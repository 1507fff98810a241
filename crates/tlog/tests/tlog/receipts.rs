//! Receipts: those of the vectors, and every way in which one can be wrong.

use std::{fs, path::Path};

use proptest::prelude::*;
use tlog::{
    Checkpoint, CheckpointError, EXTRA_BYTES_MAX, Hash, MalformedReceipt, ProofError, Receipt,
    ReceiptError, SignatureError, SignedNote, Signer, leaf_hash, prove_consistency,
    prove_inclusion, verify_consistency,
};

use crate::{
    notes::{LOG_KEY, WITNESS_KEY, key, log_signer},
    reference::{Log, entry},
};

const RECEIPT: &str = include_str!("../vectors/log8/proofs/5.tlog-proof");

fn vector(path: &str) -> String {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    fs::read_to_string(vectors.join(path)).unwrap()
}

fn receipt(index: u64, size: u64, extra: Option<Vec<u8>>) -> Receipt {
    let log = Log::of(size);
    let signer = log_signer();
    let root = log.frontier.root();
    let checkpoint = Checkpoint { origin: signer.name().into(), size, root }.sign(&signer);
    Receipt { extra, index, path: prove_inclusion(index, size, log.read()).unwrap(), checkpoint }
}

fn leaf(index: u64) -> Hash {
    leaf_hash(entry(index).as_bytes())
}

#[test]
fn receipts_of_the_vectors_verify_and_are_written_back_the_same() {
    for (log, size, indexes) in [("log8", 8, [0, 1, 4, 5, 7]), ("log257", 257, [0, 1, 5, 128, 256])]
    {
        for index in indexes {
            let text = vector(&format!("{log}/proofs/{index}.tlog-proof"));
            let read = Receipt::parse(&text).unwrap();
            assert_eq!(read.to_string(), text);
            assert_eq!(read.to_text(), text);
            assert_eq!(read.checkpoint.with([]).unwrap(), read.checkpoint, "written anew");
            assert_eq!(Receipt::parse_under(&text, &read.checkpoint), Ok(read.clone()));
            assert_eq!(read.verify(&leaf(index), &key(LOG_KEY)).unwrap().size, size);
            assert_eq!(read.checkpoint.verify(&[key(WITNESS_KEY)]).unwrap().len(), 1);
            assert_eq!(read.path, receipt(index, size, None).path);
        }
    }
}

#[test]
fn consistency_proofs_of_the_vectors_are_ours_and_verify() {
    for log in ["log8", "log257"] {
        let case: serde_json::Value =
            serde_json::from_str(&vector(&format!("{log}/cons.json"))).unwrap();
        let hash = |value: &serde_json::Value| value.as_str().unwrap().parse::<Hash>().unwrap();
        let (old, new) = (case["old"].as_u64().unwrap(), case["new"].as_u64().unwrap());
        let proof: Vec<_> = case["proof"].as_array().unwrap().iter().map(hash).collect();
        let (old_root, new_root) = (hash(&case["oldroot"]), hash(&case["newroot"]));
        assert_eq!(prove_consistency(old, new, Log::of(new).read()), Ok(proof.clone()));
        verify_consistency(old, &old_root, new, &new_root, &proof).unwrap();

        let request = vector(&format!("{log}/add-checkpoint.txt"));
        let note = request.split_once("\n\n").unwrap().1;
        assert!(Checkpoint::open(&SignedNote::parse(note).unwrap(), &key(LOG_KEY)).is_ok());
    }
}

#[test]
fn receipt_proves_one_entry_at_one_index() {
    let read = Receipt::parse(RECEIPT).unwrap();
    let wrong_root = Err(ReceiptError::Inclusion(ProofError::WrongRoot));
    assert_eq!(read.verify(&leaf(4), &key(LOG_KEY)), wrong_root);
    let moved = Receipt::parse(&RECEIPT.replace("index 5", "index 4")).unwrap();
    assert_eq!(moved.verify(&leaf(5), &key(LOG_KEY)), wrong_root);
    let outside = Receipt::parse(&RECEIPT.replace("index 5", "index 8")).unwrap();
    let out_of_tree = ProofError::OutOfTree { asked: 8, size: 8 };
    assert_eq!(outside.verify(&leaf(5), &key(LOG_KEY)), Err(out_of_tree.into()));
}

#[test]
fn receipt_under_another_checkpoint_than_it_must_be_is_refused() {
    let text = receipt(3, 8, None).to_string();
    let (longer, more_signed) = (receipt(3, 9, None).checkpoint, {
        let own = Receipt::parse(&text).unwrap().checkpoint;
        let cosigned = SignedNote::parse(&vector("log8/checkpoint")).unwrap();
        own.with(cosigned.signatures().iter().cloned()).unwrap()
    });
    for other in [longer, more_signed] {
        let refused = Receipt::parse_under(&text, &other);
        assert_eq!(refused, Err(MalformedReceipt::AnotherCheckpoint));
    }
    let own = Receipt::parse(&text).unwrap().checkpoint;
    assert_eq!(Receipt::parse_under("", &own), Err(MalformedReceipt::NoCheckpoint));
}

#[test]
fn receipt_of_another_log_is_refused() {
    let name = log_signer().name().clone();
    let impostor = Signer::from_seed(name, &[9; 32]).verifier_key();
    let refused = Receipt::parse(RECEIPT).unwrap().verify(&leaf(5), &impostor);
    let no_key = CheckpointError::Signature(SignatureError::NoKnownKey);
    assert_eq!(refused, Err(ReceiptError::Checkpoint(no_key)));
}

#[test]
fn receipt_of_the_only_entry_has_an_empty_path() {
    let only = receipt(0, 1, None);
    assert_eq!(only.path, []);
    let read = Receipt::parse(&only.to_string()).unwrap();
    assert_eq!(read, only);
    assert!(read.verify(&leaf(0), &key(LOG_KEY)).is_ok());
}

#[test]
fn extra_data_is_carried_along_and_empty_data_is_none() {
    let carried = receipt(3, 9, Some(b"salts".to_vec()));
    assert!(carried.to_string().starts_with("c2sp.org/tlog-proof@v1\nextra c2FsdHM=\nindex 3\n"));
    assert_eq!(Receipt::parse(&carried.to_string()), Ok(carried));

    let empty = receipt(3, 9, Some(Vec::new()));
    assert_eq!(Receipt::parse(&empty.to_string()), Ok(receipt(3, 9, None)));
    let most = receipt(3, 9, Some(vec![7; EXTRA_BYTES_MAX]));
    assert_eq!(Receipt::parse(&most.to_string()), Ok(most));
    let too_much = receipt(3, 9, Some(vec![7; EXTRA_BYTES_MAX + 1]));
    assert_eq!(Receipt::parse(&too_much.to_string()), Err(MalformedReceipt::Extra));
}

#[test]
fn receipt_with_a_hash_too_few_or_too_many_proves_nothing() {
    let line = "SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=\n";
    for (times, found) in [(0, 2), (2, 4)] {
        let read = Receipt::parse(&RECEIPT.replace(line, &line.repeat(times))).unwrap();
        let wrong_length = ProofError::WrongLength { expected: 3, found };
        assert_eq!(read.verify(&leaf(5), &key(LOG_KEY)), Err(wrong_length.into()));
    }
}

#[test]
fn malformed_receipts_are_refused_with_their_reason() {
    let hash = "SFM123z+yWXxX/dF/GJcQdXqJkaTaTAWWCj3PdS2iFQ=";
    let with = |from: &str, to: &str| RECEIPT.replacen(from, to, 1);
    for (text, reason) in [
        (String::new(), MalformedReceipt::NoCheckpoint),
        (with("\n\n", "\n"), MalformedReceipt::Hash { line: 4 }),
        (RECEIPT.split("\n\n").next().unwrap().to_owned(), MalformedReceipt::NoCheckpoint),
        (with("@v1", "@v2"), MalformedReceipt::Header),
        (with("c2sp", " c2sp"), MalformedReceipt::Header),
        (format!("\n{RECEIPT}"), MalformedReceipt::Header),
        (with("@v1\n", "@v1\r\n"), MalformedReceipt::Header),
        (with("index 5\n", ""), MalformedReceipt::Index),
        (with("index 5", "index 05"), MalformedReceipt::Index),
        (with("index 5", "index +5"), MalformedReceipt::Index),
        (with("index 5", "index  5"), MalformedReceipt::Index),
        (with("index 5", "index 5 "), MalformedReceipt::Index),
        (with("index 5", "index"), MalformedReceipt::Index),
        (with("index 5", "Index 5"), MalformedReceipt::Index),
        (with("index 5", "index 9223372036854775808"), MalformedReceipt::Index),
        (with("index 5", "extra\nindex 5"), MalformedReceipt::Index),
        (with("index 5", "extra \nindex 5"), MalformedReceipt::Extra),
        (with("index 5", "extra AA\nindex 5"), MalformedReceipt::Extra),
        (with("index 5", "extra AB==\nindex 5"), MalformedReceipt::Extra),
        (with("index 5", "extra AA==\nextra AA==\nindex 5"), MalformedReceipt::Index),
        (with("index 5", "index 5\nextra AA=="), MalformedReceipt::Hash { line: 1 }),
        (with(hash, "SFM123z+"), MalformedReceipt::Hash { line: 1 }),
        (with(hash, hash.trim_end_matches('=')), MalformedReceipt::Hash { line: 1 }),
        (with(hash, &hash.repeat(65).replace('=', "=\n")), MalformedReceipt::TooManyHashes),
        (format!("{RECEIPT}{}", " ".repeat(1 << 20)), MalformedReceipt::TooLong),
    ] {
        assert_eq!(Receipt::parse(&text), Err(reason), "{text:.120?}");
    }
    for note in ["", "\n", "no note"] {
        let text = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{note}");
        let refused = Receipt::parse(&text);
        assert!(matches!(refused, Err(MalformedReceipt::Checkpoint(_))), "{refused:?}");
    }
}

proptest! {
    #[test]
    fn receipts_come_back_and_verify(
        size in 1..100_u64,
        at in any::<u64>(),
        extra in prop::option::of(prop::collection::vec(any::<u8>(), 1..100)),
    ) {
        let made = receipt(at % size, size, extra);
        let read = Receipt::parse(&made.to_string()).unwrap();
        prop_assert!(read.verify(&leaf(at % size), &key(LOG_KEY)).is_ok());
        prop_assert_eq!(read, made);
    }

    #[test]
    fn receipt_with_a_changed_byte_proves_nothing_else(at in 0..RECEIPT.len(), to in 0x20..0x7f_u8) {
        let original = Receipt::parse(RECEIPT).unwrap();
        let mut bytes = RECEIPT.as_bytes().to_vec();
        bytes[at] = to;
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        let Ok(read) = Receipt::parse(&text) else { return Ok(()) };
        if let Ok(checkpoint) = read.verify(&leaf(5), &key(LOG_KEY)) {
            // Only the witness's line, which isn't asked for, may have changed.
            prop_assert_eq!(checkpoint.text(), original.checkpoint.text());
            prop_assert_eq!((read.index, read.path), (5, original.path));
        }
    }
}
