//! Signed notes, keys and checkpoints: the specification's examples, and what must be refused.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tlog::{
    Checkpoint, CheckpointError, EMPTY_ROOT, KeyName, MalformedCheckpoint, MalformedKey,
    MalformedNote, NAME_BYTES_MAX, NOTE_BYTES_MAX, Origin, SIGNATURES_MAX, SignatureError,
    SignatureType, SignedNote, Signer, VerifierKey,
};

const SPEC_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRK\
    uwHjG1Yu72IneyaQM=\n";

pub(crate) const LOG_KEY: &str =
    "log.example.com/test+b55401fa+AQCCwyISfnreBzLGy4pd28EP8y5/pufPb965B2PZRlEH";
pub(crate) const WITNESS_KEY: &str =
    "witness.example.com/w1+b561d173+BJxF7rN7ExpCLpUYVh30imeBF9M06ROxDmj66mUeHdTR";
pub(crate) const CHECKPOINT: &str = include_str!("../vectors/log8/checkpoint");

pub(crate) fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

/// The key of the vectors.
pub(crate) fn log_signer() -> Signer {
    Signer::from_seed(name("log.example.com/test"), &seed("log key seed"))
}

/// The seeds of the vectors are hashes of what they are for.
pub(crate) fn seed(of: &str) -> [u8; 32] {
    Sha256::digest(of).into()
}

pub(crate) fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

fn signed(text: &str) -> SignedNote {
    SignedNote::sign(text, &[&log_signer()]).unwrap()
}

#[test]
fn example_of_the_specification_verifies() {
    let note = SignedNote::parse(SPEC_NOTE).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    let keys = [key(SPEC_KEY)];
    let verified = note.verify(&keys).unwrap();
    assert_eq!(verified.len(), 1);
    assert_eq!((verified[0].key, verified[0].time_s), (&keys[0], None));
    assert_eq!(note.to_string(), SPEC_NOTE);
    assert_eq!(keys[0].to_string(), SPEC_KEY);
    assert_eq!(keys[0].id().to_string(), "530d903a");
}

#[test]
fn signing_makes_the_signature_of_the_vectors() {
    let signer = log_signer();
    assert_eq!(signer.verifier_key().to_string(), LOG_KEY);
    let vector = SignedNote::parse(CHECKPOINT).unwrap();
    let checkpoint = Checkpoint::parse(vector.text()).unwrap();
    let note = checkpoint.sign(&signer);
    assert_eq!(note.text(), vector.text());
    assert_eq!(note.signatures(), &vector.signatures()[..1]);
}

#[test]
fn witness_cosignature_verifies_and_tells_its_time() {
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    let keys = [key(WITNESS_KEY), key(LOG_KEY)];
    let verified = note.verify(&keys).unwrap();
    let times: Vec<_> = verified.iter().map(|verified| verified.time_s).collect();
    assert_eq!(times, [None, Some(1_700_000_000)]);
    assert_eq!(keys[0].signature_type(), SignatureType::Ed25519Cosignature);
    assert_eq!(keys[0].to_string(), WITNESS_KEY);
}

#[test]
fn cosignature_with_another_time_is_refused() {
    // The first character after the key id's six belongs to the time.
    let forged = CHECKPOINT.replace("tWHRcwAAAABlU/", "tWHRcwAAAABlV/");
    assert_ne!(forged, CHECKPOINT);
    let note = SignedNote::parse(&forged).unwrap();
    let wrong = Err(SignatureError::Wrong(name("witness.example.com/w1")));
    assert_eq!(note.verify(&[key(WITNESS_KEY)]), wrong);
    assert_eq!(note.verify(&[key(LOG_KEY)]).unwrap().len(), 1, "the witness is unknown here");
}

#[test]
fn note_signed_with_a_key_of_a_later_kind_is_still_read() {
    let later = "log.example.com/test AAAAAAUA";
    let note = SignedNote::parse(&format!("{CHECKPOINT}— {later}\n")).unwrap();
    assert_eq!(note.signatures().len(), 3);
    assert!(Checkpoint::open(&note, &key(LOG_KEY)).is_ok());
    assert_eq!(key_with_its_id(7, &[7; 32]), Err(MalformedKey::UnknownType(7)));
}

#[test]
fn note_without_a_known_signature_is_worth_nothing() {
    let note = SignedNote::parse(SPEC_NOTE).unwrap();
    assert_eq!(note.verify(&[]), Err(SignatureError::NoKnownKey));
    assert_eq!(note.verify(&[key(LOG_KEY)]), Err(SignatureError::NoKnownKey));
    let same_name = Signer::from_seed(name("example.com/foo"), &[1; 32]).verifier_key();
    assert_eq!(note.verify(&[same_name]), Err(SignatureError::NoKnownKey));
}

#[test]
fn changed_text_or_signature_is_refused() {
    let wrong = Err(SignatureError::Wrong(name("example.com/foo")));
    for (from, to) in [("example message", "example massage"), ("kn8srV1", "kn8srV2")] {
        let note = SignedNote::parse(&SPEC_NOTE.replace(from, to)).unwrap();
        assert_eq!(note.verify(&[key(SPEC_KEY)]), wrong);
    }
    let shortened = SPEC_NOTE.replace("IneyaQM=", "Iney");
    let note = SignedNote::parse(&shortened).unwrap();
    assert_eq!(note.verify(&[key(SPEC_KEY)]), wrong);
}

#[test]
fn one_wrong_signature_of_a_known_key_spoils_the_note() {
    let good = CHECKPOINT.lines().find(|line| line.contains("— log.")).unwrap();
    let bad = good.replace("tVQB+pRr", "tVQB+pRs");
    for lines in [format!("{good}\n{bad}\n"), format!("{bad}\n{good}\n")] {
        let (text, _) = CHECKPOINT.split_once("\n—").unwrap();
        let note = SignedNote::parse(&format!("{text}\n{lines}")).unwrap();
        let wrong = Err(SignatureError::Wrong(name("log.example.com/test")));
        assert_eq!(note.verify(&[key(LOG_KEY)]), wrong);
    }
}

#[test]
fn text_reaches_to_the_last_empty_line() {
    for text in ["one\n\ntwo\n", "\n", "\n\n\n", "ends empty\n\n", "— a b\n\n— c d\n"] {
        let note = signed(text);
        let parsed = SignedNote::parse(&note.to_string()).unwrap();
        assert_eq!(parsed, note, "{text:?}");
        assert_eq!(parsed.text(), text);
        assert!(parsed.verify(&[key(LOG_KEY)]).is_ok());
    }
}

#[test]
fn malformed_notes_are_refused_with_their_reason() {
    let line = SPEC_NOTE.split_once("\n\n").unwrap().1;
    let signature = |line| MalformedNote::Signature { line };
    let payload = line.trim_end().rsplit(' ').next().unwrap();
    for (note, reason) in [
        (String::new(), MalformedNote::NoFinalNewline),
        (SPEC_NOTE.trim_end().to_owned(), MalformedNote::NoFinalNewline),
        ("text\n".to_owned(), MalformedNote::NoSignatures),
        ("text\n\n".to_owned(), MalformedNote::NoSignatures),
        (format!("text\n{line}"), MalformedNote::NoSignatures),
        (format!("{line}\n"), MalformedNote::NoSignatures),
        (format!("\n{line}"), MalformedNote::NoSignatures),
        (format!("te\txt\n\n{line}"), MalformedNote::ControlCharacter),
        (format!("text\r\n\r\n{line}"), MalformedNote::ControlCharacter),
        (format!("te\0xt\n\n{line}"), MalformedNote::ControlCharacter),
        (format!("text\n\n{line}junk\n"), signature(2)),
        (format!("text\n\n- a {payload}\n"), signature(1)),
        (format!("text\n\n—a {payload}\n"), signature(1)),
        (format!("text\n\n—  {payload}\n"), signature(1)),
        (format!("text\n\n— a+b {payload}\n"), signature(1)),
        (format!("text\n\n— a\u{a0}b {payload}\n"), signature(1)),
        (format!("text\n\n— a\u{2003}b {payload}\n"), signature(1)),
        (format!("text\n\n— a  {payload}\n"), signature(1)),
        (format!("text\n\n— a {payload} \n"), signature(1)),
        (format!("text\n\n— {payload}\n"), signature(1)),
        ("text\n\n— a \n".to_owned(), signature(1)),
        ("text\n\n— a AAAAAA==\n".to_owned(), signature(1)),
        ("text\n\n— a AAAAAAA\n".to_owned(), signature(1)),
        ("text\n\n— a AAAAAAB=\n".to_owned(), signature(1)),
        ("text\n\n— a AAA-_AA=\n".to_owned(), signature(1)),
        (format!("text\n\n— a {}\n", "AAAA".repeat(4000)), signature(1)),
        (format!("text\n\n— {} {payload}\n", "n".repeat(256)), signature(1)),
        (format!("text\n\n{}", line.repeat(65)), MalformedNote::TooManySignatures),
        (format!("{}\n\n{line}", "x".repeat(NOTE_BYTES_MAX)), MalformedNote::TooLong),
    ] {
        assert_eq!(SignedNote::parse(&note), Err(reason), "{note:.80?}");
    }
    assert!(SignedNote::parse("text\n\n— a AAAAAAA=\n").is_ok(), "the shortest signature");
}

#[test]
fn most_signatures_are_accepted() {
    let (text, line) = SPEC_NOTE.split_once("\n\n").unwrap();
    let note = SignedNote::parse(&format!("{text}\n\n{}", line.repeat(SIGNATURES_MAX))).unwrap();
    assert_eq!(note.verify(&[key(SPEC_KEY)]).unwrap().len(), SIGNATURES_MAX);
}

#[test]
fn text_that_cannot_be_a_note_is_not_signed() {
    let signer = log_signer();
    let refused = |text: &str, signers: &[&Signer]| SignedNote::sign(text, signers).unwrap_err();
    assert_eq!(refused("", &[&signer]), MalformedNote::NoFinalNewline);
    assert_eq!(refused("text", &[&signer]), MalformedNote::NoFinalNewline);
    assert_eq!(refused("te\rxt\n", &[&signer]), MalformedNote::ControlCharacter);
    assert_eq!(refused("text\n", &[]), MalformedNote::NoSignatures);
    assert_eq!(refused("text\n", &[&signer; 65]), MalformedNote::TooManySignatures);
    let long = "x".repeat(NOTE_BYTES_MAX) + "\n";
    assert_eq!(refused(&long, &[&signer]), MalformedNote::TooLong);
}

#[test]
fn malformed_keys_are_refused_with_their_reason() {
    for text in [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo++530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo++530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
    ] {
        assert_eq!(text.parse::<VerifierKey>(), Err(MalformedKey::Form), "{text}");
    }
    for text in ["+530d903a+AA==", " +530d903a+AA==", "a b+530d903a+AA=="] {
        assert!(matches!(text.parse::<VerifierKey>(), Err(MalformedKey::Name(_))), "{text}");
    }
}

#[test]
fn key_whose_name_or_bytes_were_changed_no_longer_has_its_id() {
    for (from, to) in [("foo", "fop"), ("AekyeR", "AekyeS"), ("530d", "530e")] {
        let refused = SPEC_KEY.replace(from, to).parse::<VerifierKey>();
        assert!(matches!(refused, Err(MalformedKey::WrongId(_))), "{refused:?}");
    }
    assert_eq!(key(&SPEC_KEY.replace("530d903a", "530D903A")), key(SPEC_KEY));
}

#[test]
fn keys_that_anybody_can_sign_with_and_keys_of_another_length_are_refused() {
    let mut neutral_point = [0; 32];
    neutral_point[0] = 1;
    for bytes in [&neutral_point[..], &[7; 31], &[7; 33], &[]] {
        assert_eq!(key_with_its_id(1, bytes), Err(MalformedKey::Unusable), "{bytes:?}");
        assert_eq!(key_with_its_id(4, bytes), Err(MalformedKey::Unusable), "{bytes:?}");
    }
    for length in [0, 32, 1311, 1313] {
        assert_eq!(key_with_its_id(6, &vec![7; length]), Err(MalformedKey::Unusable), "{length}");
    }
    assert!(key_with_its_id(6, &[7; 1312]).is_ok(), "all bytes of the right length are a key");
    assert_eq!(key_with_its_id(2, &[7; 32]), Err(MalformedKey::UnknownType(2)));
}

/// Parses a key that says its right id, whatever its bytes are.
fn key_with_its_id(kind: u8, bytes: &[u8]) -> Result<VerifierKey, MalformedKey> {
    let key = STANDARD.encode([&[kind], bytes].concat());
    match format!("name+00000000+{key}").parse::<VerifierKey>() {
        Err(MalformedKey::WrongId(id)) => format!("name+{id}+{key}").parse(),
        other => other,
    }
}

#[test]
fn signer_does_not_show_its_seed() {
    let shown = format!("{:?}", log_signer());
    assert_eq!(shown, "Signer { name: \"log.example.com/test\", .. }");
}

#[test]
fn names_have_no_spaces_and_fit_one_byte_of_length() {
    for bad in ["", " ", "a b", "a+b", "a\tb", "a\u{85}b", "a\u{3000}b", "a\u{1}b"] {
        assert!(bad.parse::<KeyName>().is_err(), "{bad:?}");
    }
    assert!("n".repeat(NAME_BYTES_MAX).parse::<KeyName>().is_ok());
    assert!("n".repeat(NAME_BYTES_MAX + 1).parse::<KeyName>().is_err());
}

#[test]
fn checkpoint_comes_back_from_its_text() {
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    let checkpoint = Checkpoint::open(&note, &key(LOG_KEY)).unwrap();
    assert_eq!(checkpoint.origin.as_str(), "log.example.com/test");
    assert_eq!(checkpoint.size, 8);
    assert_eq!(checkpoint.text(), note.text());
}

#[test]
fn malformed_checkpoints_are_refused_with_their_reason() {
    let root = EMPTY_ROOT.to_string();
    for (text, reason) in [
        (String::new(), MalformedCheckpoint::Lines),
        (format!("log\n8\n{root}"), MalformedCheckpoint::Lines),
        ("log\n8\n".to_owned(), MalformedCheckpoint::Lines),
        (format!("\n8\n{root}\n"), MalformedCheckpoint::Origin),
        (format!("{}\n8\n{root}\n", "n".repeat(256)), MalformedCheckpoint::Origin),
        (format!("log\n\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n08\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n00\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n+8\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n-8\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n 8\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n8.0\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n\u{668}\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n9223372036854775808\n{root}\n"), MalformedCheckpoint::Size),
        (format!("log\n{}\n{root}\n", "9".repeat(100)), MalformedCheckpoint::Size),
        ("log\n8\n\n".to_owned(), MalformedCheckpoint::Root),
        (format!("log\n8\n{}\n", root.trim_end_matches('=')), MalformedCheckpoint::Root),
        (format!("log\n8\n{}\n", root.replace("uFU=", "uFV=")), MalformedCheckpoint::Root),
        (format!("log\n8\n{root} \n"), MalformedCheckpoint::Root),
        ("log\n8\nAAAA\n".to_owned(), MalformedCheckpoint::Root),
        (format!("log\n8\n{root}AAAA\n"), MalformedCheckpoint::Root),
        (format!("log\n8\n{root}\n\n"), MalformedCheckpoint::EmptyExtension),
        (format!("log\n8\n{root}\none\n\n"), MalformedCheckpoint::EmptyExtension),
    ] {
        assert_eq!(Checkpoint::parse(&text), Err(reason), "{text:.80?}");
    }
    let with_extensions = format!("a log with spaces\n0\n{root}\none\ntwo\n");
    assert_eq!(Checkpoint::parse(&with_extensions).unwrap().size, 0);
    let largest = format!("log\n9223372036854775807\n{root}\n");
    assert_eq!(Checkpoint::parse(&largest).unwrap().text(), largest);
}

#[test]
fn checkpoint_of_another_log_is_refused_although_the_key_signed_it() {
    let origin: Origin = "other.example/log".parse().unwrap();
    let checkpoint = Checkpoint { origin: origin.clone(), size: 0, root: EMPTY_ROOT };
    let refused = Checkpoint::open(&checkpoint.sign(&log_signer()), &key(LOG_KEY)).unwrap_err();
    let expected = name("log.example.com/test");
    assert_eq!(refused, CheckpointError::WrongOrigin { expected, found: origin });
    let not_a_checkpoint = Checkpoint::open(&signed("hello\n"), &key(LOG_KEY)).unwrap_err();
    assert_eq!(not_a_checkpoint, CheckpointError::Malformed(MalformedCheckpoint::Lines));
}

proptest! {
    #[test]
    fn signed_texts_come_back_and_verify(text in "[^\\x00-\\x1f]{0,40}(\n[^\\x00-\\x1f]{0,9}){0,9}\n") {
        let note = signed(&text);
        let parsed = SignedNote::parse(&note.to_string()).unwrap();
        prop_assert_eq!(&parsed, &note);
        prop_assert!(parsed.verify(&[log_signer().verifier_key()]).is_ok());
    }

    #[test]
    fn keys_come_back_from_their_text(seed in any::<[u8; 32]>(), name in "[a-z./é]{1,30}") {
        let key = Signer::from_seed(name.parse().unwrap(), &seed).verifier_key();
        prop_assert_eq!(key.to_string().parse::<VerifierKey>(), Ok(key));
    }
}
