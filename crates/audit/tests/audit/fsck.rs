//! What a check finds, and where it says that it is.

use std::path::Path;

use audit::{AnyEntries, Directory, LogFile, Trust};
use tlog::{
    Checkpoint, Cosigner, Hash, Policy, Signature, SignedNote, Signer, VerifierKey, encode_bundle,
};

use super::sample::{
    Memory, ORIGIN, Rules, check, check_with_key, first_entry, key, lines, second, signer,
};

/// One damage and what is said of it.
async fn finds(size: u64, damage: impl FnOnce(&mut Memory), expected: &[&str]) {
    let mut log = Memory::of(size);
    damage(&mut log);
    let report = check_with_key(&log).await;
    assert_eq!(lines(&report), expected);
}

#[tokio::test]
async fn whole_logs_of_all_sizes_are_clean() {
    for size in (1..=20).chain([255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_000]) {
        let report = check_with_key(&Memory::of(size)).await;
        assert_eq!(lines(&report), [] as [String; 0], "{size}");
        assert_eq!((report.entries, report.is_cut_short), (size, false));
        assert_eq!(report.checkpoint.unwrap().size, size);
    }
}

/// Made by another program, in another language.
#[tokio::test]
async fn log_of_another_maker_is_clean() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tlog/tests/vectors");
    for (name, size) in [("log8", 8), ("log257", 257)] {
        let log = Directory::new(vectors.join(name));
        let keys = std::fs::read_to_string(log.root().join("vkeys.txt")).unwrap();
        let key: VerifierKey = keys
            .lines()
            .find_map(|line| line.split(' ').find_map(|word| word.parse().ok()))
            .unwrap();
        let options = audit::FsckOptions {
            trust: Trust::new(Some(key), None),
            rules: &AnyEntries,
            findings_max: 10,
            progress: &|_, _| (),
        };
        let report = audit::fsck(&log, &options).await.unwrap();
        assert_eq!(lines(&report), [] as [String; 0], "{name}");
        assert_eq!(report.entries, size);
    }
}

#[tokio::test]
async fn changed_entry_is_blamed_and_not_its_hash() {
    let change = |log: &mut Memory| log.change("tile/entries/001", |bytes| bytes[40] ^= 1);
    finds(700, change, &["tile/entries/001: entry 257 is not the one whose hash tile/0/001 holds"])
        .await;
}

#[tokio::test]
async fn changed_hash_is_blamed_and_not_what_follows_from_it() {
    let change = |log: &mut Memory| log.change("tile/0/001", |bytes| bytes[40] ^= 1);
    finds(700, change, &["tile/0/001: entry 257 is not the one whose hash tile/0/001 holds"]).await;
    let change = |log: &mut Memory| log.change("tile/1/000", |bytes| bytes[40] ^= 1);
    let says = "tile/1/000: tile/0/001 does not hash to what tile/1/000 holds at position 1";
    finds(66_000, change, &[says]).await;
    let change = |log: &mut Memory| log.change("tile/2/000.p/1", |bytes| bytes[0] ^= 1);
    let says =
        "tile/2/000.p/1: tile/1/000 does not hash to what tile/2/000.p/1 holds at position 0";
    finds(66_000, change, &[says]).await;
}

#[tokio::test]
async fn several_damages_are_all_told() {
    let damage = |log: &mut Memory| {
        log.change("tile/entries/000", |bytes| *bytes.last_mut().unwrap() ^= 1);
        log.change("tile/0/001", |bytes| bytes.truncate(100));
        log.change("tile/entries/002.p/188", |bytes| bytes.push(0));
        log.forget("tile/1/000.p/2");
    };
    finds(
        700,
        damage,
        &[
            "tile/0/001: it is cut off: 100 bytes of 8192",
            "tile/entries/002.p/188: the bundle goes on behind its last entry",
            "tile/1/000.p/2: it is missing",
            "tile/entries/000: entry 255 is not the one whose hash tile/0/000 holds",
        ],
    )
    .await;
}

#[tokio::test]
async fn entry_and_hash_that_were_changed_together_contradict_the_root() {
    let mut log = Memory::of(700);
    log.change("tile/entries/001", |bytes| bytes[40] ^= 1);
    let bundle = log.0[&LogFile::parse("tile/entries/001").unwrap()].clone();
    let leaf = tlog::leaf_hash(&bundle[2 + 35..2 + 35 + 33]);
    log.change("tile/0/001", |bytes| bytes[32..64].copy_from_slice(&leaf.0));
    let found = lines(&check_with_key(&log).await);
    let says = "tile/1/000.p/2: tile/0/001 does not hash to what tile/1/000.p/2 holds at position \
                1; tile/0/001 may be the wrong one of the two";
    assert_eq!(found, [says]);
}

#[tokio::test]
async fn entries_and_hashes_that_are_gone_together_are_not_blamed_on_others() {
    let damage = |log: &mut Memory| {
        log.forget("tile/entries/001");
        log.forget("tile/0/001");
    };
    finds(
        66_000,
        damage,
        &[
            "tile/entries/001: it is missing",
            "tile/0/001: it is missing",
            "checkpoint: its root cannot be checked, because 256 entries and their hashes are gone",
        ],
    )
    .await;
}

#[tokio::test]
async fn missing_half_of_a_pair_is_made_up_by_the_other() {
    let forget = |path: &'static str| move |log: &mut Memory| log.forget(path);
    finds(700, forget("tile/entries/001"), &["tile/entries/001: it is missing"]).await;
    finds(700, forget("tile/0/001"), &["tile/0/001: it is missing"]).await;
    finds(700, forget("checkpoint"), &["checkpoint: it is missing"]).await;
}

#[tokio::test]
async fn entries_of_no_known_kind_are_told_though_they_are_in_the_tree() {
    let mut log = Memory::of(1);
    let stranger = b"\x07something else".to_vec();
    let bundle = encode_bundle(&[&stranger]).unwrap();
    let root = tlog::leaf_hash(&stranger);
    log.change("tile/entries/000.p/1", |bytes| *bytes = bundle);
    log.change("tile/0/000.p/1", |bytes| *bytes = root.0.to_vec());
    let head = Checkpoint { origin: ORIGIN.parse().unwrap(), size: 1, root };
    log.change("checkpoint", |bytes| *bytes = head.sign(&signer()).to_string().into_bytes());
    let report = check_with_key(&log).await;
    assert_eq!(lines(&report), ["tile/entries/000.p/1: entry 0: it is of no known kind"]);
}

#[tokio::test]
async fn checkpoint_of_somebody_else_ends_the_check() {
    let log = Memory::of(700);
    let stranger = Signer::from_seed(ORIGIN.parse().unwrap(), &[9; 32]).verifier_key();
    let report = check(&log, Trust::new(Some(stranger), None)).await;
    let says = "checkpoint: the checkpoint isn't signed by the log: the note isn't signed by any of \
                the known keys";
    assert_eq!(lines(&report), [says]);
    assert_eq!((report.entries, report.checkpoint), (0, None));
}

#[tokio::test]
async fn without_a_key_the_first_entry_says_it_and_the_report_says_so() {
    let report = check(&Memory::of(300), Trust::new(None, None)).await;
    assert!(report.is_clean());
    assert_eq!((report.key, report.key_is_own_word), (Some(key()), true));

    let mut log = Memory::of(300);
    log.change("checkpoint", |bytes| {
        let end = bytes.len() - 10;
        bytes[end] = if bytes[end] == b'A' { b'B' } else { b'A' };
    });
    let report = check(&log, Trust::new(None, None)).await;
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].wrong.kind(), "signature");
}

#[tokio::test]
async fn policy_asks_for_witnesses() {
    let witness = Cosigner::ed25519("witness.example".parse().unwrap(), &[3; 32]);
    let policy = |quorum: &str| {
        let text = format!("witness w {}\nquorum {quorum}\n", witness.verifier_key());
        Trust::new(Some(key()), Some(Policy::parse(text.as_bytes()).unwrap()))
    };
    let mut log = Memory::of(300);
    assert!(check(&log, policy("none")).await.is_clean());
    let report = check(&log, policy("w")).await;
    assert_eq!(report.findings[0].wrong.kind(), "signature");
    let cosigned = log.note().with([witness.cosign(&log.note(), 1_700_000_000).unwrap()]);
    let cosigned: SignedNote = cosigned.unwrap();
    log.change("checkpoint", |bytes| *bytes = cosigned.to_string().into_bytes());
    assert!(check(&log, policy("w")).await.is_clean());
}

#[tokio::test]
async fn second_signature_need_not_be_there_but_where_it_is_it_must_hold() {
    let whole = Memory::of_entries(&[first_entry(&[key(), second().verifier_key()])]);
    let sign = |note: &SignedNote| second().cosign(note, 1_700_000_000).unwrap();
    let signed_also = |by: Signature| {
        let mut log = whole.clone();
        let note = log.note().with([by]).unwrap();
        log.change("checkpoint", |bytes| *bytes = note.to_string().into_bytes());
        log
    };
    let mut log = signed_also(sign(&whole.note()));
    assert!(check_with_key(&whole).await.is_clean());
    assert!(check_with_key(&log).await.is_clean());
    let all = format!("{}\n{}\n", key(), second().verifier_key());
    log.change("vkey", |bytes| *bytes = all.into_bytes());
    assert!(check_with_key(&log).await.is_clean());

    let report = check_with_key(&signed_also(sign(&Memory::of(299).note()))).await;
    assert_eq!(report.findings.len(), 1);
    let finding = &report.findings[0];
    assert_eq!((finding.file, finding.wrong.kind()), (LogFile::Checkpoint, "signature"));
}

#[tokio::test]
async fn partial_files_of_earlier_checkpoints_are_checked_too() {
    let mut log = Memory::of(300);
    log.0.extend(Memory::of(270).0.into_iter().filter(|(file, _)| file.is_partial()));
    assert!(check_with_key(&log).await.is_clean());
    log.change("tile/0/001.p/14", |bytes| bytes[3] ^= 1);
    log.change("tile/entries/001.p/14", |bytes| bytes[3] ^= 1);
    let report = check_with_key(&log).await;
    assert_eq!(
        lines(&report),
        [
            "tile/0/001.p/14: it is not the beginning of tile/0/001.p/44",
            "tile/entries/001.p/14: it is not the beginning of tile/entries/001.p/44",
        ]
    );
}

#[tokio::test]
async fn check_ends_with_as_many_findings_as_were_asked_for() {
    let mut log = Memory::of(5_000);
    for index in 0..19 {
        log.forget(&format!("tile/0/{index:03}"));
    }
    let options = audit::FsckOptions {
        trust: Trust::new(None, None),
        rules: &Rules,
        findings_max: 5,
        progress: &|_, _| (),
    };
    let report = audit::fsck(&log, &options).await.unwrap();
    assert_eq!((report.findings.len(), report.is_cut_short), (5, true));
    assert!(report.entries < 5_000);
}

#[tokio::test]
async fn root_of_another_tree_is_told_as_such() {
    let mut log = Memory::of(300);
    let head = Checkpoint { origin: ORIGIN.parse().unwrap(), size: 300, root: Hash([1; 32]) };
    log.change("checkpoint", |bytes| *bytes = head.sign(&signer()).to_string().into_bytes());
    let report = check_with_key(&log).await;
    assert_eq!(report.findings.len(), 1);
    assert_eq!(
        (report.findings[0].file, report.findings[0].wrong.kind()),
        (LogFile::Checkpoint, "root")
    );
}
