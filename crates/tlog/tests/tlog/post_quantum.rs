//! ML-DSA-44: the vectors of the reference, of another implementation, and what must be refused.

use base64::{Engine, engine::general_purpose::STANDARD};
use fips204::{
    ml_dsa_44,
    traits::{KeyGen as _, SerDes as _, Signer as _, Verifier as _},
};
use sha2::{Digest, Sha256};
use tlog::{
    Checkpoint, Cosigner, SignatureError, SignatureType, SignedNote, TIME_MAX_S, VerifierKey,
};

use crate::{
    cosignatures::{TIME_S, signed_by_the_log, witness},
    notes::{LOG_KEY, WITNESS_KEY, key, name, seed},
};

const CHECKPOINT: &str = include_str!("../vectors/log8/checkpoint.mldsa");
const KEYS: &str = include_str!("../vectors/log8/vkeys.mldsa.txt");

/// What the log signs of its checkpoint of size 8, written down byte for byte.
const MESSAGE: &str = "737562747265652f76310a00146c6f672e6578616d706c652e636f6d2f74657374000000006553\
    f100146c6f672e6578616d706c652e636f6d2f7465737400000000000000000000000000000008b69732ce5c914162\
    ca9accfaf4e95d3f9874d68805437088aaff184a4db96773";

pub(crate) fn log_cosigner() -> Cosigner {
    Cosigner::ml_dsa_44(name("log.example.com/test"), &seed("mldsa log seed"))
}

pub(crate) fn vector_key(of: &str) -> VerifierKey {
    KEYS.lines().find_map(|line| line.strip_prefix(of)?.strip_prefix(' ')?.parse().ok()).unwrap()
}

/// The same log's key in the other implementation.
fn other_key_pair() -> (ml_dsa_44::PublicKey, ml_dsa_44::PrivateKey) {
    ml_dsa_44::KG::keygen_from_seed(&seed("mldsa log seed"))
}

/// The signature proper of the last line of a note: behind the key's id and the time.
fn last_signature(note: &SignedNote) -> Vec<u8> {
    let note = note.to_string();
    let payload = note.trim_end().rsplit(' ').next().unwrap();
    STANDARD.decode(payload).unwrap().split_off(12)
}

#[test]
fn keys_are_those_of_the_vectors() {
    let key = log_cosigner().verifier_key();
    assert_eq!(key, vector_key("log-mldsa"));
    assert_eq!(key.to_string().parse(), Ok(key.clone()));
    assert_eq!(key.id().to_string(), "ee816b8a");
    assert_eq!(key.signature_type(), SignatureType::MlDsa44Cosignature);
    assert_eq!(format!("{key:?}"), "VerifierKey(log.example.com/test+ee816b8a)");
    let hash = hex::encode(Sha256::digest(other_key_pair().0.into_bytes()));
    assert_eq!(hash, "5a650bc7ad8ca5defe4479631034051ddd73f66acf1d2dd53a809d065c5cf44d");
}

#[test]
fn all_signatures_of_the_vectors_verify() {
    let note = SignedNote::parse(CHECKPOINT).unwrap();
    let mut keys = vec![key(LOG_KEY), key(WITNESS_KEY)];
    keys.extend(
        KEYS.lines()
            .filter(|line| line.contains("mldsa"))
            .map(|line| line.split_once(' ').unwrap().1.parse::<VerifierKey>().unwrap()),
    );
    let verified = note.verify(&keys).unwrap();
    assert_eq!(verified.len(), note.signatures().len());
    for verified in &verified[1..] {
        assert_eq!(verified.time_s, Some(TIME_S));
    }
    let checkpoint = Checkpoint::open(&note, &vector_key("log-mldsa")).unwrap();
    assert_eq!(checkpoint, Checkpoint::open(&note, &key(LOG_KEY)).unwrap());
}

#[test]
fn another_implementation_takes_our_signature_of_the_message_in_the_reference() {
    let note = signed_by_the_log();
    let note = note.with([log_cosigner().cosign(&note, TIME_S).unwrap()]).unwrap();
    let signature = last_signature(&note).try_into().unwrap();
    assert!(other_key_pair().0.verify(&hex::decode(MESSAGE).unwrap(), &signature, &[]));
}

#[test]
fn we_take_the_signature_of_another_implementation() {
    let (_, other) = other_key_pair();
    let message = hex::decode(MESSAGE).unwrap();
    let signature = other.try_sign_with_seed(&[7; 32], &message, &[]).unwrap();
    let id = hex::decode("ee816b8a").unwrap();
    let payload = [id.as_slice(), &TIME_S.to_be_bytes(), &signature].concat();
    let line = format!("— log.example.com/test {}", STANDARD.encode(payload));
    let note = format!("{}{line}\n", signed_by_the_log());
    let note = SignedNote::parse(&note).unwrap();
    assert_eq!(note.verify(&[vector_key("log-mldsa")]).unwrap()[0].time_s, Some(TIME_S));
}

#[test]
fn log_and_witness_sign_beside_each_other_with_both_kinds() {
    let note = signed_by_the_log();
    let post_quantum = Cosigner::ml_dsa_44(name("witness.example.com/w1"), &[7; 32]);
    let cosigners = [log_cosigner(), witness(), post_quantum];
    let note = note.with(cosigners.iter().map(|by| by.cosign(&note, TIME_S).unwrap())).unwrap();
    let keys: Vec<_> = cosigners.iter().map(Cosigner::verifier_key).collect();
    assert_eq!(note.verify(&keys).unwrap().len(), 3);
    assert_eq!(SignedNote::parse(&note.to_string()).unwrap(), note);
}

#[test]
fn time_zero_says_nothing_about_when() {
    let note = signed_by_the_log();
    let keys = [log_cosigner().verifier_key()];
    for (time_s, told) in [(0, None), (1, Some(1)), (TIME_MAX_S, Some(TIME_MAX_S))] {
        let signed = note.with([log_cosigner().cosign(&note, time_s).unwrap()]).unwrap();
        assert_eq!(signed.verify(&keys).unwrap()[0].time_s, told);
    }
}

#[test]
fn signature_holds_for_no_other_name_time_checkpoint_or_key() {
    let note = signed_by_the_log();
    let other_name = Cosigner::ml_dsa_44(name("log.example.com/other"), &seed("mldsa log seed"));
    let other_key = Cosigner::ml_dsa_44(name("log.example.com/test"), &[7; 32]);
    let line = log_cosigner().cosign(&note, TIME_S).unwrap().to_string();
    let payload = line.rsplit(' ').next().unwrap();
    for (cosigner, forged) in [
        (&other_name, line.replace("/test 7oFrig", &format!("/other {}", id(&other_name)))),
        (&other_key, line.replace("7oFrig", &id(&other_key))),
        (&log_cosigner(), line.replace("7oFrigAAAABl", "7oFrigAAAABm")),
        (&log_cosigner(), line.replace(&payload[3000..], &payload[2996..3236])),
        (&log_cosigner(), line.replace(&payload[3000..], "")),
    ] {
        assert_ne!(forged, line);
        let note = SignedNote::parse(&format!("{note}{forged}\n")).unwrap();
        let wrong = Err(SignatureError::Wrong(cosigner.name().clone()));
        assert_eq!(note.verify(&[cosigner.verifier_key()]), wrong, "{forged:.60}");
    }
    let larger = note.to_string().replace("\n8\n", "\n9\n");
    let larger = SignedNote::parse(&format!("{larger}{line}\n")).unwrap();
    assert!(larger.verify(&[log_cosigner().verifier_key()]).is_err());
}

/// The first six characters of a line's payload: the key's id and four bits of the time.
fn id(cosigner: &Cosigner) -> String {
    let line = cosigner.cosign(&signed_by_the_log(), TIME_S).unwrap().to_string();
    line.rsplit(' ').next().unwrap()[..6].to_owned()
}

#[test]
fn note_that_is_no_checkpoint_has_no_such_signature() {
    let line = log_cosigner().cosign(&signed_by_the_log(), TIME_S).unwrap();
    let note = SignedNote::parse(&format!("no checkpoint\n\n{line}\n")).unwrap();
    assert!(note.verify(&[log_cosigner().verifier_key()]).is_err());
}

#[test]
fn cosigner_does_not_show_its_seed() {
    assert_eq!(format!("{:?}", log_cosigner()), "Cosigner { name: \"log.example.com/test\", .. }");
}
