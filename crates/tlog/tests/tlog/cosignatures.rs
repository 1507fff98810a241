//! Cosignatures: those of the vectors are made again to the byte, and added to notes.

use tlog::{
    Checkpoint, CosignError, Cosigner, EMPTY_ROOT, MalformedCheckpoint, MalformedNote,
    MalformedSignature, SIGNATURES_MAX, Signature, SignatureError, SignedNote, TIME_MAX_S,
};

use crate::notes::{CHECKPOINT, LOG_KEY, WITNESS_KEY, key, log_signer, name, seed};

pub(crate) const TIME_S: u64 = 1_700_000_000;

pub(crate) fn witness() -> Cosigner {
    Cosigner::ed25519(name("witness.example.com/w1"), &seed("witness key seed"))
}

/// The vector's checkpoint with the log's signature alone.
pub(crate) fn signed_by_the_log() -> SignedNote {
    let vector = SignedNote::parse(CHECKPOINT).unwrap();
    Checkpoint::parse(vector.text()).unwrap().sign(&log_signer())
}

#[test]
fn cosigning_makes_the_cosignature_of_the_vectors() {
    assert_eq!(witness().verifier_key().to_string(), WITNESS_KEY);
    let note = signed_by_the_log();
    let cosigned = note.with([witness().cosign(&note, TIME_S).unwrap()]).unwrap();
    assert_eq!(cosigned.to_string(), CHECKPOINT);
}

#[test]
fn cosignature_tells_its_time_and_holds_for_that_time_alone() {
    let note = signed_by_the_log();
    for time_s in [0, 1, TIME_S, TIME_MAX_S] {
        let cosigned = note.with([witness().cosign(&note, time_s).unwrap()]).unwrap();
        let keys = [witness().verifier_key()];
        assert_eq!(cosigned.verify(&keys).unwrap()[0].time_s, Some(time_s));
    }
    let too_late = witness().cosign(&note, TIME_MAX_S + 1);
    assert_eq!(too_late, Err(CosignError::Time(TIME_MAX_S + 1)));
}

#[test]
fn only_checkpoints_are_cosigned() {
    let note = SignedNote::sign("no checkpoint\n", &[&log_signer()]).unwrap();
    let refused = witness().cosign(&note, TIME_S);
    assert_eq!(refused, Err(CosignError::NotACheckpoint(MalformedCheckpoint::Lines)));
}

#[test]
fn cosignature_of_another_checkpoint_spoils_the_note() {
    let origin = log_signer().name().into();
    let other = Checkpoint { origin, size: 0, root: EMPTY_ROOT }.sign(&log_signer());
    let note = signed_by_the_log().with([witness().cosign(&other, TIME_S).unwrap()]).unwrap();
    let wrong = Err(SignatureError::Wrong(name("witness.example.com/w1")));
    assert_eq!(note.verify(&[key(WITNESS_KEY)]), wrong);
    assert!(note.verify(&[key(LOG_KEY)]).is_ok(), "the log's signature is another matter");
}

#[test]
fn signature_is_added_once_and_within_the_limits() {
    let note = signed_by_the_log();
    let cosignature = witness().cosign(&note, TIME_S).unwrap();
    let twice = note.with([cosignature.clone(), cosignature.clone()]).unwrap();
    assert_eq!(twice.with([cosignature]).unwrap(), twice);
    assert_eq!(twice.signatures().len(), 2);

    let at = |time_s| witness().cosign(&note, time_s).unwrap();
    let rest = SIGNATURES_MAX as u64 - 1;
    assert_eq!(note.with((0..rest).map(at)).unwrap().signatures().len(), SIGNATURES_MAX);
    assert_eq!(note.with((0..=rest).map(at)), Err(MalformedNote::TooManySignatures));
}

#[test]
fn lines_that_a_witness_answers_are_read_without_a_note() {
    let line = witness().cosign(&signed_by_the_log(), TIME_S).unwrap();
    for count in [1, 2, SIGNATURES_MAX] {
        let lines = format!("{line}\n").repeat(count);
        assert_eq!(Signature::parse_lines(&lines), Ok(vec![line.clone(); count]));
    }
    for lines in [
        String::new(),
        "\n".to_owned(),
        line.to_string(),
        format!("{line}\n\n"),
        format!("\n{line}\n"),
        format!("{line}\njunk\n"),
        format!("{line}\r\n"),
        format!("{line}\n").repeat(SIGNATURES_MAX + 1),
    ] {
        assert_eq!(Signature::parse_lines(&lines), Err(MalformedSignature), "{lines:.100?}");
    }
}

#[test]
fn cosigner_does_not_show_its_seed() {
    assert_eq!(format!("{:?}", witness()), "Cosigner { name: \"witness.example.com/w1\", .. }");
}
