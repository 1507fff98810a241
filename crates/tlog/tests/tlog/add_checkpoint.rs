//! A log and a witness talking: the requests of the vectors, a whole conversation, and every
//! reason to refuse.

use tlog::{
    ADD_CHECKPOINT_HASHES_MAX, AddCheckpoint, Checkpoint, CheckpointError, EMPTY_ROOT, LatestSize,
    MalformedCheckpoint, MalformedNote, MalformedRequest, MalformedSize, Origin, ProofError,
    Refusal, Signature, SignatureError, Signer, VerifierKey, leaf_hash, prove_consistency,
};

use crate::{
    cosignatures::{TIME_S, witness},
    notes::{LOG_KEY, key, log_signer, name},
    reference::Log,
};

const REQUEST: &str = include_str!("../vectors/log8/add-checkpoint.txt");
const LONGER: &str = include_str!("../vectors/log257/add-checkpoint.txt");

/// The head of the vectors' log at a size.
fn head(size: u64) -> Checkpoint {
    let root = Log::of(size).frontier.root();
    Checkpoint { origin: log_signer().name().into(), size, root }
}

fn request(old_size: u64, size: u64) -> AddCheckpoint {
    let proof = match old_size {
        0 => Vec::new(),
        _ => prove_consistency(old_size, size, Log::of(size).read()).unwrap(),
    };
    AddCheckpoint { old_size, proof, checkpoint: head(size).sign(&log_signer()) }
}

fn log() -> [VerifierKey; 1] {
    [key(LOG_KEY)]
}

#[test]
fn requests_of_the_vectors_are_ours_and_are_accepted() {
    for (text, size) in [(REQUEST, 8), (LONGER, 257)] {
        let read = AddCheckpoint::parse(text).unwrap();
        assert_eq!(read.to_string(), text);
        assert_eq!(read.proof, request(read.old_size, size).proof);
        assert_eq!(read.origin().unwrap().as_str(), "log.example.com/test");
        assert_eq!(read.check(&log(), Some(&head(read.old_size))), Ok(head(size)));
    }
}

#[test]
fn witness_follows_a_growing_log_and_its_cosignatures_verify() {
    let mut latest: Option<Checkpoint> = None;
    for size in [0, 1, 1, 2, 7, 8, 8, 300] {
        let old_size = latest.as_ref().map_or(0, |latest| latest.size);
        let sent = AddCheckpoint::parse(&request(old_size, size).to_string()).unwrap();
        let checkpoint = sent.check(&log(), latest.as_ref()).unwrap();
        let answer = format!("{}\n", witness().cosign(&sent.checkpoint, TIME_S).unwrap());

        let note = request(old_size, size).checkpoint;
        let note = note.with(Signature::parse_lines(&answer).unwrap()).unwrap();
        assert_eq!(note.verify(&[witness().verifier_key()]).unwrap()[0].time_s, Some(TIME_S));
        latest = Some(checkpoint);
    }
}

#[test]
fn log_that_believes_another_size_learns_the_right_one() {
    let known = head(5);
    for old_size in [0, 4, 6, 8] {
        let refused = request(old_size, 8).check(&log(), Some(&known));
        assert_eq!(refused, Err(Refusal::OtherSize(5)));
    }
    assert_eq!(request(3, 8).check(&log(), None), Err(Refusal::OtherSize(0)));
    // A log that was rolled back below what the witness saw learns that, too.
    assert_eq!(request(3, 4).check(&log(), Some(&known)), Err(Refusal::OtherSize(5)));
}

#[test]
fn checkpoint_smaller_than_its_old_size_is_refused() {
    let backwards = AddCheckpoint { old_size: 9, ..request(2, 8) };
    assert_eq!(backwards.check(&log(), Some(&head(9))), Err(Refusal::Backwards));
}

#[test]
fn fork_is_never_signed() {
    let mut other = Log::of(7);
    other.push(leaf_hash(b"another entry 7"));
    let root = other.frontier.root();
    let known = Checkpoint { root, ..head(8) };
    assert_eq!(request(8, 8).check(&log(), Some(&known)), Err(Refusal::Forked));
    let inconsistent = Refusal::Inconsistent(ProofError::WrongRoot);
    assert_eq!(request(8, 300).check(&log(), Some(&known)), Err(inconsistent));
    let empty = Checkpoint { size: 0, root: leaf_hash(b"not the empty root"), ..head(0) };
    let sent = AddCheckpoint { checkpoint: empty.sign(&log_signer()), ..request(0, 8) };
    assert_eq!(sent.check(&log(), None), Err(Refusal::Forked));
}

#[test]
fn proof_must_hold_and_be_empty_when_nothing_is_to_prove() {
    let inconsistent = |request: &AddCheckpoint, known: Option<Checkpoint>| {
        matches!(request.check(&log(), known.as_ref()), Err(Refusal::Inconsistent(_)))
    };
    let mut missing = request(2, 8);
    missing.proof.pop();
    assert!(inconsistent(&missing, Some(head(2))));
    let mut changed = request(2, 8);
    changed.proof[0] = EMPTY_ROOT;
    assert!(inconsistent(&changed, Some(head(2))));
    for old_size in [0, 8] {
        let superfluous = AddCheckpoint { proof: vec![EMPTY_ROOT], ..request(old_size, 8) };
        let known = (old_size > 0).then(|| head(8));
        assert!(inconsistent(&superfluous, known));
    }
}

#[test]
fn checkpoint_that_the_log_did_not_sign_is_refused() {
    let stranger = Signer::from_seed(name("log.example.com/test"), &[9; 32]);
    let sent = AddCheckpoint { checkpoint: head(8).sign(&stranger), ..request(2, 8) };
    let unknown = CheckpointError::Signature(SignatureError::NoKnownKey);
    for keys in [log().as_slice(), &[]] {
        let refused = sent.check(keys, Some(&head(2)));
        assert_eq!(refused, Err(Refusal::NotTheLogs(unknown.clone())));
    }
    let either = [key(LOG_KEY), stranger.verifier_key()];
    assert_eq!(sent.check(&either, Some(&head(2))), Ok(head(8)), "a log may have several keys");
}

#[test]
fn malformed_requests_are_refused_with_their_reason() {
    let hash = "3b3oD8zesxmO9puOHwk0+84pbGur+3OFdKT2KXImZ5M=\n";
    let with = |from: &str, to: &str| REQUEST.replacen(from, to, 1);
    let short = MalformedRequest::Checkpoint(MalformedCheckpoint::Lines);
    for (text, reason) in [
        (String::new(), MalformedRequest::NoCheckpoint),
        ("old 2\n".to_owned(), MalformedRequest::NoCheckpoint),
        (with("old 2", "old 02"), MalformedRequest::OldSize),
        (with("old 2", "old -2"), MalformedRequest::OldSize),
        (with("old 2", "old  2"), MalformedRequest::OldSize),
        (with("old 2", "old 2 "), MalformedRequest::OldSize),
        (with("old 2", "old"), MalformedRequest::OldSize),
        (with("old 2", "new 2"), MalformedRequest::OldSize),
        (with("old 2", "old 9223372036854775808"), MalformedRequest::OldSize),
        (with("old 2\n", ""), MalformedRequest::OldSize),
        (format!("\n{REQUEST}"), MalformedRequest::OldSize),
        (with(hash, "3b3o\n"), MalformedRequest::Hash { line: 1 }),
        (with(hash, &hash.replace('=', "")), MalformedRequest::Hash { line: 1 }),
        (with(hash, &hash.replace('\n', "\r\n")), MalformedRequest::Hash { line: 1 }),
        (with("\n\n", "\n"), MalformedRequest::Hash { line: 3 }),
        (with(hash, &hash.repeat(63)), MalformedRequest::TooManyHashes),
        (with("— log", "- log"), MalformedRequest::Note(MalformedNote::Signature { line: 1 })),
        (with("\n8\n", "\n"), short),
        (format!("{REQUEST}{}", " ".repeat(1 << 20)), MalformedRequest::TooLong),
    ] {
        assert_eq!(AddCheckpoint::parse(&text), Err(reason), "{text:.120?}");
    }
    let most = AddCheckpoint::parse(&with(hash, &hash.repeat(62))).unwrap();
    assert_eq!(most.proof.len(), ADD_CHECKPOINT_HASHES_MAX);
}

#[test]
fn size_that_a_witness_answers_has_one_spelling() {
    for size in [0, 7, 1 << 40] {
        assert_eq!(LatestSize(size).to_string().parse(), Ok(LatestSize(size)));
    }
    for text in ["", "\n", "7", "07\n", "7\n\n", " 7\n", "7\r\n", "9223372036854775808\n"] {
        assert_eq!(text.parse::<LatestSize>(), Err(MalformedSize), "{text:?}");
    }
}

#[test]
fn witness_shows_a_log_under_the_hash_of_its_origin() {
    let origin: Origin = "log.example.com/test".parse().unwrap();
    let hash = "445d142d40048ee6a8ddbb2d31fde94d0fedee13fb5d6afc3959873046686f45";
    assert_eq!(origin.monitoring_path(), format!("{hash}/checkpoint"));
}
