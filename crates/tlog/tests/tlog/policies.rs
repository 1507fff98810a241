//! Witness policies: what a policy's file may say, and which checkpoints it accepts.

use std::sync::LazyLock;

use proptest::prelude::*;
use tlog::{
    Checkpoint, CheckpointError, Cosigner, EMPTY_ROOT, MalformedKey, MalformedPolicy,
    POLICY_BYTES_MAX, POLICY_EACH_MAX, Policy, PolicyError, PolicyFault, Receipt, ReceiptError,
    Signature, SignatureError, SignedNote, Signer, leaf_hash,
};

use crate::{
    cosignatures::{TIME_S, signed_by_the_log, witness},
    notes::{CHECKPOINT, LOG_KEY, WITNESS_KEY, key, log_signer, name, seed},
    post_quantum::{log_cosigner, vector_key},
};

/// The example of the specification: two of three and one of three.
const EXAMPLE: [&str; 6] = ["X1", "X2", "X3", "Y1", "Y2", "Y3"];

fn policy(text: &str) -> Policy {
    Policy::parse(text.as_bytes()).unwrap()
}

/// Made once: ML-DSA is slow without optimisation.
static COSIGNATURES: LazyLock<[Signature; 6]> = LazyLock::new(|| {
    EXAMPLE.map(|of| example_witness(of).cosign(&signed_by_the_log(), TIME_S).unwrap())
});

static EXAMPLE_POLICY: LazyLock<String> = LazyLock::new(example);

/// The policy of the vectors' log and witness.
fn vector_policy() -> Policy {
    policy(&format!("log {LOG_KEY}\nwitness w1 {WITNESS_KEY}\nquorum w1\n"))
}

/// A witness of the example; some sign one way, some the other.
fn example_witness(of: &str) -> Cosigner {
    let key_name = name(&format!("witness.example/{of}"));
    match of {
        "X3" | "Y3" => Cosigner::ml_dsa_44(key_name, &seed(of)),
        _ => Cosigner::ed25519(key_name, &seed(of)),
    }
}

fn example() -> String {
    let witnesses =
        EXAMPLE.map(|of| format!("witness {of} {}\n", example_witness(of).verifier_key()));
    format!(
        "# An example\n\nlog {LOG_KEY}\n \t# of two levels\n{}\ngroup  X-witnesses\t2 X1 X2 X3 \n\
         group Y-witnesses any Y1 Y2 Y3\n\n\tgroup X-and-Y all X-witnesses Y-witnesses\n\
         quorum X-and-Y\n",
        witnesses.concat()
    )
}

fn cosigned_by<'w>(witnesses: impl IntoIterator<Item = &'w &'w str>) -> SignedNote {
    let note = signed_by_the_log();
    let cosignature = |of: &&str| {
        let at = EXAMPLE.iter().position(|witness| witness == of)?;
        Some(COSIGNATURES[at].clone())
    };
    note.with(witnesses.into_iter().filter_map(cosignature)).unwrap()
}

/// What is wrong with the policy, and on which line.
fn fault(text: impl AsRef<[u8]>) -> (usize, PolicyFault) {
    match Policy::parse(text.as_ref()) {
        Err(MalformedPolicy::Line { line, fault }) => (line, fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn checkpoint_of_the_vectors_satisfies_their_policy() {
    let policy = vector_policy();
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    let witnessed = policy.check(&note).unwrap();
    assert_eq!(witnessed.checkpoint, Checkpoint::open(&note, &key(LOG_KEY)).unwrap());
    let [cosignature] = witnessed.cosignatures[..] else { panic!("{witnessed:?}") };
    assert_eq!((cosignature.witness.name.as_str(), cosignature.time_s), ("w1", TIME_S));
    assert_eq!(cosignature.witness, &policy.witnesses()[0]);
}

#[test]
fn receipt_verifies_against_a_policy() {
    let receipt = Receipt::parse(include_str!("../vectors/log257/proofs/5.tlog-proof")).unwrap();
    let policy = vector_policy();
    let witnessed = receipt.verify_witnessed(&leaf_hash(b"entry 5"), &policy).unwrap();
    assert_eq!(witnessed.checkpoint.size, 257);
    let other = receipt.verify_witnessed(&leaf_hash(b"entry 6"), &policy);
    assert!(matches!(other, Err(ReceiptError::Inclusion(_))), "{other:?}");

    let alone = Receipt { checkpoint: signed_by_the_log(), ..receipt };
    let refused = alone.verify_witnessed(&leaf_hash(b"entry 5"), &policy);
    assert_eq!(refused, Err(PolicyError::NoQuorum { found: 0 }.into()));
}

#[test]
fn quorum_of_the_specification_is_reached_by_the_right_witnesses_alone() {
    let policy = policy(&example());
    for subset in 0..1_u32 << EXAMPLE.len() {
        let signed: Vec<_> = (0..).zip(EXAMPLE).filter(|(bit, _)| subset >> bit & 1 == 1).collect();
        let note = cosigned_by(signed.iter().map(|(_, of)| of));
        let count = |of: char| signed.iter().filter(|(_, name)| name.starts_with(of)).count();
        let result = policy.check(&note);
        if count('X') >= 2 && count('Y') >= 1 {
            assert_eq!(result.unwrap().cosignatures.len(), signed.len(), "{signed:?}");
        } else {
            assert_eq!(result, Err(PolicyError::NoQuorum { found: signed.len() }), "{signed:?}");
        }
    }
}

#[test]
fn none_asks_for_no_witness_and_still_reports_those_that_signed() {
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    let with = policy(&format!("quorum none\nlog {LOG_KEY}\nwitness w1 {WITNESS_KEY}\n"));
    assert_eq!(with.check(&note).unwrap().cosignatures.len(), 1);
    assert_eq!(with.check(&signed_by_the_log()).unwrap().cosignatures.len(), 0);
}

#[test]
fn witness_counts_once_however_often_it_signed_and_at_its_latest_time() {
    let note = signed_by_the_log();
    let at = |time_s| example_witness("X1").cosign(&note, time_s).unwrap();
    let note = note.with([1, 3, 2].map(at)).unwrap();
    let quorum = |quorum| policy(&example().replace("quorum X-and-Y", quorum));
    let refused = quorum("quorum X-witnesses").check(&note).unwrap_err();
    assert_eq!(refused, PolicyError::NoQuorum { found: 1 });
    assert_eq!(quorum("quorum X1").check(&note).unwrap().cosignatures[0].time_s, 3);
}

#[test]
fn cosignature_without_a_time_is_no_witness() {
    let note = signed_by_the_log();
    let note = note.with([example_witness("X3").cosign(&note, 0).unwrap()]).unwrap();
    let policy = policy(&example().replace("quorum X-and-Y", "quorum X3"));
    assert_eq!(policy.check(&note), Err(PolicyError::NoQuorum { found: 0 }));
}

#[test]
fn wrong_cosignature_spoils_the_checkpoint_even_beside_a_quorum() {
    let origin = log_signer().name().into();
    let other = Checkpoint { origin, size: 0, root: EMPTY_ROOT }.sign(&log_signer());
    let wrong = example_witness("Y2").cosign(&other, TIME_S).unwrap();
    let note = cosigned_by(&["X1", "X2", "Y1"]).with([wrong]).unwrap();
    let expected = SignatureError::Wrong(name("witness.example/Y2"));
    assert_eq!(policy(&example()).check(&note), Err(PolicyError::Cosignature(expected)));
}

#[test]
fn checkpoint_of_no_known_log_is_refused_whoever_witnessed_it() {
    let stranger = Signer::from_seed(name("stranger.example"), &[9; 32]);
    let origin = stranger.name().into();
    let note = Checkpoint { origin, size: 0, root: EMPTY_ROOT }.sign(&stranger);
    let note = note.with([witness().cosign(&note, TIME_S).unwrap()]).unwrap();
    let unknown = CheckpointError::Signature(SignatureError::NoKnownKey);
    assert_eq!(vector_policy().check(&note), Err(unknown.into()));
    assert!(vector_policy().with_log(stranger.verifier_key()).check(&note).is_ok());
}

#[test]
fn policy_without_logs_is_for_a_log_known_from_elsewhere() {
    let text = format!("witness w1 {WITNESS_KEY} https://witness.example/\nquorum w1\n");
    let policy = policy(&text);
    assert_eq!(policy.logs(), []);
    assert_eq!(policy.witnesses()[0].url.as_deref(), Some("https://witness.example/"));
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    assert!(policy.check(&note).is_err());
    assert!(policy.with_log(key(LOG_KEY)).check(&note).is_ok());
}

#[test]
fn known_log_does_not_vouch_for_another_origin() {
    let origin = "other.example/log".parse().unwrap();
    let note = Checkpoint { origin, size: 0, root: EMPTY_ROOT }.sign(&log_signer());
    let policy = policy(&format!("log {LOG_KEY}\nquorum none\n"));
    let refused = policy.check(&note);
    let wrong_origin =
        |error: &_| matches!(error, PolicyError::Checkpoint(CheckpointError::WrongOrigin { .. }));
    assert!(refused.as_ref().is_err_and(wrong_origin), "{refused:?}");
}

#[test]
fn either_key_of_a_log_suffices() {
    let text = format!("log {LOG_KEY}\nlog {}\nquorum none\n", vector_key("log-mldsa"));
    let policy = policy(&text);
    assert_eq!(policy.logs().len(), 2);
    let by_ed25519 = signed_by_the_log();
    let post_quantum = log_cosigner().cosign(&by_ed25519, 0).unwrap();
    let only = SignedNote::parse(&format!("{}\n{post_quantum}\n", by_ed25519.text())).unwrap();
    assert!(policy.check(&by_ed25519).is_ok());
    assert!(policy.check(&only).is_ok(), "a log need not say when");
}

#[test]
fn faulty_lines_are_named_with_their_reason() {
    let (log, witness) = (LOG_KEY, WITNESS_KEY);
    let form = |form| PolicyFault::Form(form);
    let (log_form, witness_form) = ("log <vkey> [<url>]", "witness <name> <vkey> [<url>]");
    let group_form = "group <name> all|any|<number> <name>...";
    for (lines, line, expected) in [
        (format!("log {log} u\r"), 1, PolicyFault::ControlCharacter),
        (format!("# \x7f\nlog {log}"), 1, PolicyFault::ControlCharacter),
        ("\n\nLog x".to_owned(), 3, PolicyFault::Keyword),
        ("logs x".to_owned(), 1, PolicyFault::Keyword),
        ("log".to_owned(), 1, form(log_form)),
        (format!("log {log} url more"), 1, form(log_form)),
        (format!("witness {witness}"), 1, form(witness_form)),
        (format!("witness w {witness} url more"), 1, form(witness_form)),
        ("group g all".to_owned(), 1, form(group_form)),
        ("group g".to_owned(), 1, form(group_form)),
        ("quorum".to_owned(), 1, form("quorum <name>")),
        ("quorum none none".to_owned(), 1, form("quorum <name>")),
        ("log no-key".to_owned(), 1, PolicyFault::Key(MalformedKey::Form)),
        (format!("log {witness}"), 1, PolicyFault::KeyKind),
        (format!("witness w {log}"), 1, PolicyFault::KeyKind),
        (format!("log {log}\nlog {log} url"), 2, PolicyFault::DuplicateKey),
        (format!("witness w {witness}\nwitness v {witness}"), 2, PolicyFault::DuplicateKey),
        (format!("witness none {witness}"), 1, PolicyFault::DuplicateName("none".into())),
        (format!("witness w {witness}\ngroup w any w"), 2, PolicyFault::DuplicateName("w".into())),
        ("quorum stranger".to_owned(), 1, PolicyFault::UnknownName("stranger".into())),
        (format!("quorum w\nwitness w {witness}"), 1, PolicyFault::UnknownName("w".into())),
        ("group g any none".to_owned(), 1, PolicyFault::UnknownName("none".into())),
        ("group g any g".to_owned(), 1, PolicyFault::UnknownName("g".into())),
        (
            format!("witness w {witness}\ngroup g all w w"),
            2,
            PolicyFault::DuplicateMember("w".into()),
        ),
        (
            format!("witness w {witness}\ngroup g all w\ngroup h all w"),
            3,
            PolicyFault::DuplicateMember("w".into()),
        ),
        ("quorum none\nquorum none".to_owned(), 2, PolicyFault::SecondQuorum),
    ] {
        assert_eq!(fault(format!("{lines}\nquorum none\n")), (line, expected), "{lines}");
    }
}

#[test]
fn threshold_is_between_one_and_all_members() {
    let group = |threshold: &str| {
        let group = format!("group g {threshold} X1 X2 X3\nquorum none\n");
        example().replace("group  X-witnesses\t2 X1 X2 X3 \n", &group)
    };
    for good in ["1", "2", "3", "all", "any"] {
        let text = group(good);
        let (head, _) = text.split_once("group Y").unwrap();
        assert!(Policy::parse(head.as_bytes()).is_ok(), "{good}");
    }
    for bad in ["0", "4", "-1", "02", "+2", "All", "two", "18446744073709551617"] {
        assert_eq!(fault(group(bad)).1, PolicyFault::Threshold { members: 3 }, "{bad}");
    }
}

#[test]
fn same_key_under_another_name_is_the_same_witness() {
    let seed = [7; 32];
    let [one, other] =
        ["a.example", "b.example"].map(|of| Cosigner::ed25519(name(of), &seed).verifier_key());
    let text = format!("witness a {one}\nwitness b {other}\nquorum none\n");
    assert_eq!(fault(text), (2, PolicyFault::DuplicateKey));
    // The same key may sign for a log: roles don't mix.
    let log = Signer::from_seed(name("a.example"), &seed).verifier_key();
    policy(&format!("log {log}\nwitness a {one}\nquorum a\n"));
}

#[test]
fn names_are_bytes() {
    let line = |of: &[u8], key: &str| [b"witness ", of, b" ", key.as_bytes(), b"\n"].concat();
    let other = example_witness("X1").verifier_key().to_string();
    // A Kelvin sign is no K, and a stray byte is as good a name as any.
    let text = [line(b"K", WITNESS_KEY), line("\u{212a}".as_bytes(), &other), b"quorum K\n".into()];
    assert_eq!(Policy::parse(&text.concat()).unwrap().witnesses()[1].name, "\u{212a}");
    let text = [line(b"\xff", WITNESS_KEY), line(b"\xfe", &other), b"quorum \xfe\n".into()];
    assert_eq!(Policy::parse(&text.concat()).unwrap().witnesses()[0].name, "\u{fffd}");
}

#[test]
fn policy_has_an_end_a_quorum_and_limits() {
    assert_eq!(Policy::parse(b""), Err(MalformedPolicy::NoFinalNewline));
    assert_eq!(Policy::parse(b"quorum none"), Err(MalformedPolicy::NoFinalNewline));
    assert_eq!(Policy::parse(b"# nothing\n"), Err(MalformedPolicy::NoQuorum));
    let too_long = [vec![b' '; POLICY_BYTES_MAX], b"\n".into()].concat();
    assert_eq!(Policy::parse(&too_long), Err(MalformedPolicy::TooLong));

    let log = |at: usize| {
        let signer = Signer::from_seed(name("log"), &seed(&at.to_string()));
        format!("log {}\n", signer.verifier_key())
    };
    let logs = |count| (0..count).map(log).collect::<String>() + "quorum none\n";
    assert_eq!(policy(&logs(POLICY_EACH_MAX)).logs().len(), POLICY_EACH_MAX);
    assert_eq!(fault(logs(POLICY_EACH_MAX + 1)), (POLICY_EACH_MAX + 1, PolicyFault::TooMany));

    let groups = |count: usize| {
        let group = |at: usize| format!("group g{} all g{at}\n", at + 1);
        let groups: String = (0..count).map(group).collect();
        format!("witness g0 {WITNESS_KEY}\n{groups}quorum g{count}\n")
    };
    let deepest = policy(&format!("log {LOG_KEY}\n{}", groups(POLICY_EACH_MAX)));
    assert!(deepest.check(&SignedNote::parse(CHECKPOINT).unwrap()).is_ok());
    assert_eq!(fault(groups(POLICY_EACH_MAX + 1)), (POLICY_EACH_MAX + 2, PolicyFault::TooMany));
}

proptest! {
    #[test]
    fn random_and_damaged_policies_never_panic(
        noise in prop::collection::vec(any::<u8>(), 0..100),
        at in any::<prop::sample::Index>(),
        cut in 0..100_usize,
    ) {
        let _ = Policy::parse(&noise);
        let mut text = EXAMPLE_POLICY.as_bytes().to_vec();
        let begin = at.index(text.len());
        let end = (begin + cut).min(text.len());
        text.splice(begin..end, noise);
        if let Ok(policy) = Policy::parse(&text) {
            let _ = policy.check(&cosigned_by(&["X1", "Y1"]));
        }
    }
}
