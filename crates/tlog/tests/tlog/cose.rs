//! COSE receipts: one of another maker, ours byte by byte, and what must be refused.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use coset::{
    CborSerializable, CoseSign1, CoseSign1Builder, Header, HeaderBuilder, Label,
    RegisteredLabelWithPrivate, TaggedCborSerializable, cbor::Value, iana,
};
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use p256::ecdsa::{self, signature::Verifier as _};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tlog::{
    Hash, ProofError, Receipt, ReceiptError, Signer,
    cose::{
        self, COSE_BYTES_MAX, Claims, CoseError, CoseReceipt, ExportError, Inclusion, MalformedCose,
    },
    leaf_hash,
};

use crate::{
    notes::{LOG_KEY, WITNESS_KEY, key, log_signer, name, seed},
    reference::{Log, entry},
};

const VECTOR: &[u8] = include_bytes!("../vectors/receipt.cbor");
const VECTOR_KEY: &str = include_str!("../vectors/receipt.jwk");
const RECEIPT: &str = include_str!("../vectors/log8/proofs/5.tlog-proof");

fn leaf(index: u64) -> Hash {
    leaf_hash(entry(index).as_bytes())
}

fn claims() -> Claims {
    Claims { issuer: "https://log.example.com/test".into(), subject: "assets/abc".into() }
}

fn exported() -> CoseReceipt {
    let receipt = Receipt::parse(RECEIPT).unwrap();
    CoseReceipt::export(&receipt, &leaf(5), claims(), &log_signer()).unwrap()
}

/// Our receipt with something changed; its signature stays what it was.
fn changed(change: impl FnOnce(&mut CoseSign1)) -> Vec<u8> {
    let mut message = CoseSign1::from_tagged_slice(exported().as_bytes()).unwrap();
    change(&mut message);
    // What was read is written as it was read, unless that is forgotten.
    message.protected.original_data = None;
    message.to_tagged_vec().unwrap()
}

fn set(header: &mut Header, label: i64, value: impl Into<Value>) {
    header.rest.retain(|(found, _)| *found != Label::Int(label));
    header.rest.push((Label::Int(label), value.into()));
}

fn bytes_of(value: Value) -> Value {
    Value::Bytes(value.to_vec().unwrap())
}

fn array(values: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(values.into_iter().collect())
}

/// Our receipt with another inclusion proof.
fn with_proof(proof: Value) -> Vec<u8> {
    let proofs = Value::Map(vec![(Value::from(-1), array([bytes_of(proof)]))]);
    changed(|message| set(&mut message.unprotected, 396, proofs))
}

#[test]
fn receipt_of_another_maker_verifies() {
    let receipt = CoseReceipt::parse(VECTOR).unwrap();
    let path = Receipt::parse(RECEIPT).unwrap().path;
    assert_eq!(receipt.inclusion(), &Inclusion { size: 8, index: 5, path });
    assert_eq!(receipt.claims().unwrap().issuer, "https://log.example.com");
    assert_eq!(receipt.claims().unwrap().subject, "asset/abc");
    assert_eq!(receipt.key_id(), b"kid-1");
    assert_eq!(receipt.as_bytes(), VECTOR);

    let signature = ecdsa::Signature::from_slice(receipt.signature()).unwrap();
    let verify =
        |leaf: Hash| vector_key().verify(&receipt.signed_bytes(&leaf).unwrap(), &signature);
    assert!(verify(leaf(5)).is_ok());
    assert!(verify(leaf(6)).is_err());
    assert_eq!(receipt.verify(&leaf(5), &key(LOG_KEY)), Err(CoseError::Algorithm));
}

fn vector_key() -> ecdsa::VerifyingKey {
    let jwk: serde_json::Value = serde_json::from_str(VECTOR_KEY).unwrap();
    let coordinate = |of: &str| URL_SAFE_NO_PAD.decode(jwk[of].as_str().unwrap()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    ecdsa::VerifyingKey::from_sec1_bytes(&point).unwrap()
}

#[test]
fn ours_says_the_same_as_the_receipt_it_was_made_from() {
    let receipt = CoseReceipt::parse(exported().as_bytes()).unwrap();
    assert_eq!(receipt, exported());
    assert_eq!(receipt.inclusion(), CoseReceipt::parse(VECTOR).unwrap().inclusion());
    assert_eq!(receipt.claims(), Some(&claims()));
    let root = receipt.verify(&leaf(5), &key(LOG_KEY)).unwrap();
    assert_eq!(root, Log::of(8).frontier.root());
}

#[test]
fn ours_is_what_the_specification_says_byte_for_byte() {
    let hex = |of: &str| hex::decode(of).unwrap();
    let ours = exported();
    let protected = [
        &hex("a40127045820"),
        ours.key_id(),
        &hex("0fa201781c"),
        claims().issuer.as_bytes(),
        &hex("026a"),
        claims().subject.as_bytes(),
        &hex("19018b01"),
    ]
    .concat();
    let length = u8::try_from(protected.len()).unwrap();
    let path = Receipt::parse(RECEIPT).unwrap().path;
    let hashes: Vec<_> = path.iter().map(|hash| [&[0x58, 32], hash.as_ref()].concat()).collect();
    let expected = [
        &[0xd2, 0x84, 0x58, length],
        protected.as_slice(),
        &hex("a119018ca1208158"),
        &[4 + 34 * 3, 0x83, 8, 5, 0x83],
        &hashes.concat(),
        &[0xf6, 0x58, 64],
        ours.signature(),
    ];
    assert_eq!(hex::encode(ours.as_bytes()), hex::encode(expected.concat()));

    let root = Log::of(8).frontier.root();
    let begin = b"\x84\x6aSignature1\x58".as_slice();
    let signed = [begin, &[length], &protected, b"\x40\x58\x20", root.as_ref()].concat();
    assert_eq!(ours.signed_bytes(&leaf(5)).unwrap(), signed);
}

/// Made and checked by `coset` alone, with nothing of ours but the key and the proof.
#[test]
fn coset_makes_the_same_receipt_and_takes_ours() {
    let (ours, root) = (exported(), Log::of(8).frontier.root());
    let secret = SigningKey::from_bytes(&seed("log key seed"));
    let claims =
        Value::Map(vec![(1.into(), claims().issuer.into()), (2.into(), claims().subject.into())]);
    let protected = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(cose::key_id(&key(LOG_KEY)).unwrap().to_vec())
        .value(15, claims)
        .value(395, 1.into())
        .build();
    let path = Receipt::parse(RECEIPT).unwrap().path;
    let path = array(path.iter().map(|hash| Value::Bytes(hash.0.to_vec())));
    let proof = bytes_of(array([8.into(), 5.into(), path]));
    let proofs = Value::Map(vec![((-1).into(), array([proof]))]);
    let theirs = CoseSign1Builder::new()
        .protected(protected)
        .unprotected(HeaderBuilder::new().value(396, proofs).build())
        .create_detached_signature(root.as_ref(), b"", |bytes| {
            secret.sign(bytes).to_bytes().to_vec()
        })
        .build();
    assert_eq!(hex::encode(ours.as_bytes()), hex::encode(theirs.to_tagged_vec().unwrap()));

    let public = secret.verifying_key();
    let takes = |root: &Hash| {
        let ours = CoseSign1::from_tagged_slice(ours.as_bytes()).unwrap();
        ours.verify_detached_signature(root.as_ref(), b"", |signature, bytes| {
            public.verify_strict(bytes, &Signature::from_slice(signature)?)
        })
    };
    assert!(takes(&root).is_ok());
    assert!(takes(&Log::of(7).frontier.root()).is_err());
}

#[test]
fn key_is_called_by_its_thumbprint() {
    let log = key(LOG_KEY);
    let public = cose::public_key(&log).unwrap();
    assert_eq!(hex::encode(&public[..7]), "a3010120062158");
    assert_eq!(public.len(), 40);
    assert_eq!(cose::key_id(&log).unwrap(), *Sha256::digest(&public));
    assert_eq!(exported().key_id(), cose::key_id(&log).unwrap());
    assert_eq!(cose::public_key(&key(WITNESS_KEY)), None);
}

#[test]
fn receipt_holds_for_no_other_leaf_key_or_place() {
    let receipt = exported();
    assert_eq!(receipt.verify(&leaf(4), &key(LOG_KEY)), Err(CoseError::Signature));
    let stranger = Signer::from_seed(name("log.example.com/test"), &[7; 32]).verifier_key();
    assert_eq!(receipt.verify(&leaf(5), &stranger), Err(CoseError::Signature));
    assert_eq!(receipt.verify(&leaf(5), &key(WITNESS_KEY)), Err(CoseError::Algorithm));

    let path = &receipt.inclusion().path;
    let hashes = || array(path.iter().map(|hash| Value::Bytes(hash.0.to_vec())));
    let moved = CoseReceipt::parse(&with_proof(array([8.into(), 4.into(), hashes()]))).unwrap();
    assert_eq!(moved.verify(&leaf(5), &key(LOG_KEY)), Err(CoseError::Signature));
    for (size, index) in [(5, 5), (0, 0), (8, 8)] {
        let proof = array([size.into(), index.into(), hashes()]);
        let outside = CoseReceipt::parse(&with_proof(proof)).unwrap();
        let expected = ProofError::OutOfTree { asked: index, size };
        assert_eq!(outside.verify(&leaf(5), &key(LOG_KEY)), Err(expected.into()));
    }
    let short = CoseReceipt::parse(&with_proof(array([8.into(), 5.into(), array([])]))).unwrap();
    let expected = ProofError::WrongLength { expected: 3, found: 0 };
    assert_eq!(short.verify(&leaf(5), &key(LOG_KEY)), Err(expected.into()));
}

#[test]
fn claims_and_headers_are_signed_and_the_algorithm_is_known() {
    let refused = |change: &dyn Fn(&mut Header)| {
        let bytes = changed(|message| change(&mut message.protected.header));
        CoseReceipt::parse(&bytes).unwrap().verify(&leaf(5), &key(LOG_KEY))
    };
    let other = Value::Map(vec![(1.into(), "other".into()), (2.into(), "other".into())]);
    let signature = Err(CoseError::Signature);
    assert_eq!(refused(&|header| set(header, 15, other.clone())), signature);
    assert_eq!(refused(&|header| header.rest.retain(|(of, _)| *of != Label::Int(15))), signature);
    assert_eq!(refused(&|header| header.key_id = b"other".to_vec()), signature);
    assert_eq!(refused(&|header| header.alg = None), Err(CoseError::Algorithm));
    let es256 = Some(iana::Algorithm::ES256.into());
    assert_eq!(refused(&|header| header.alg = es256.clone()), Err(CoseError::Algorithm));
    let new_number = Some(iana::Algorithm::Ed25519.into());
    assert_eq!(refused(&|header| header.alg = new_number.clone()), signature, "known, and signed");
}

#[test]
fn nothing_is_exported_that_the_log_has_not_signed() {
    let receipt = Receipt::parse(RECEIPT).unwrap();
    let export = |leaf, claims, signer: &_| CoseReceipt::export(&receipt, &leaf, claims, signer);
    let wrong_leaf = export(leaf(4), claims(), &log_signer()).unwrap_err();
    let not_included = ExportError::Receipt(ReceiptError::Inclusion(ProofError::WrongRoot));
    assert_eq!(wrong_leaf, not_included);
    let stranger = Signer::from_seed(name("log.example.com/test"), &[7; 32]);
    let wrong_key = export(leaf(5), claims(), &stranger).unwrap_err();
    assert!(matches!(wrong_key, ExportError::Receipt(ReceiptError::Checkpoint(_))));
    let long = Claims { issuer: "i".repeat(1025), ..claims() };
    assert_eq!(export(leaf(5), long, &log_signer()), Err(ExportError::Claims));
    let longest = Claims { issuer: "i".repeat(1024), subject: "s".repeat(1024) };
    let longest = export(leaf(5), longest, &log_signer()).unwrap();
    assert_eq!(CoseReceipt::parse(longest.as_bytes()), Ok(longest));
}

#[test]
fn only_entry_of_a_log_has_an_empty_proof() {
    let (log, signer) = (Log::of(1), log_signer());
    let (origin, root) = (signer.name().into(), log.frontier.root());
    let checkpoint = tlog::Checkpoint { origin, size: 1, root }.sign(&signer);
    let receipt = Receipt { extra: None, index: 0, path: Vec::new(), checkpoint };
    let receipt = CoseReceipt::export(&receipt, &leaf(0), claims(), &signer).unwrap();
    let receipt = CoseReceipt::parse(receipt.as_bytes()).unwrap();
    assert_eq!(receipt.verify(&leaf(0), &key(LOG_KEY)), Ok(root));
}

#[test]
fn malformed_envelopes_are_refused_with_their_reason() {
    let good = exported().as_bytes().to_vec();
    let untagged = good[1..].to_vec();
    let longer = [good.as_slice(), &[0]].concat();
    let other_tag = [&[0xd1], &good[1..]].concat();
    for bytes in [Vec::new(), untagged, longer, other_tag, good[..good.len() - 1].to_vec()] {
        assert_eq!(CoseReceipt::parse(&bytes), Err(MalformedCose::NotSign1));
    }
    let nested = [vec![0x81; 5000], vec![0]].concat();
    assert_eq!(CoseReceipt::parse(&nested), Err(MalformedCose::NotSign1));
    assert_eq!(CoseReceipt::parse(&vec![0; COSE_BYTES_MAX + 1]), Err(MalformedCose::TooLong));

    let payload = changed(|message| message.payload = Some(vec![0; 32]));
    assert_eq!(CoseReceipt::parse(&payload), Err(MalformedCose::Payload));
    let critical = RegisteredLabelWithPrivate::Assigned(iana::HeaderParameter::CwtClaims);
    let critical = changed(|message| message.protected.header.crit.push(critical));
    assert_eq!(CoseReceipt::parse(&critical), Err(MalformedCose::Critical));
    for structure in [Value::from(2), "1".into(), Value::Null] {
        let other = changed(|message| set(&mut message.protected.header, 395, structure));
        assert_eq!(CoseReceipt::parse(&other), Err(MalformedCose::DataStructure));
    }
    let unsigned = changed(|message| {
        message.protected.header.rest.retain(|(label, _)| *label != Label::Int(395));
        set(&mut message.unprotected, 395, 1);
    });
    assert_eq!(CoseReceipt::parse(&unsigned), Err(MalformedCose::DataStructure));
}

#[test]
fn malformed_claims_and_proofs_are_refused() {
    let text = |of: &str| Value::from(of);
    let claim = |of: i64, value: Value| (Value::from(of), value);
    for claims in [
        Value::Null,
        Value::Map(vec![]),
        Value::Map(vec![claim(1, text("issuer"))]),
        Value::Map(vec![claim(1, text("issuer")), claim(2, 5.into())]),
        Value::Map(vec![claim(1, text("a")), claim(1, text("b")), claim(2, text("c"))]),
        Value::Map(vec![claim(1, text("a")), claim(2, text(&"s".repeat(1025)))]),
    ] {
        let bytes = changed(|message| set(&mut message.protected.header, 15, claims.clone()));
        assert_eq!(CoseReceipt::parse(&bytes), Err(MalformedCose::Claims), "{claims:.80?}");
    }

    let hash = || Value::Bytes(vec![7; 32]);
    let too_many = (0..65).map(|_| hash());
    for proof in [
        Value::Null,
        array([8.into(), 5.into()]),
        array([8.into(), 5.into(), array([]), array([])]),
        array([8.into(), 5.into(), hash()]),
        array([8.into(), (-1).into(), array([])]),
        array([8.into(), text("5"), array([])]),
        array([8.into(), (1_u64 << 63).into(), array([])]),
        array([8.into(), 5.into(), array([Value::Bytes(vec![7; 31])])]),
        array([8.into(), 5.into(), array([text("hash")])]),
        array([8.into(), 5.into(), array(too_many)]),
    ] {
        let read = CoseReceipt::parse(&with_proof(proof.clone()));
        assert_eq!(read, Err(MalformedCose::Proof), "{proof:.80?}");
    }

    let proof = || bytes_of(array([8.into(), 5.into(), array([])]));
    for proofs in [
        Value::Null,
        Value::Map(vec![]),
        Value::Map(vec![claim(-2, array([proof()]))]),
        Value::Map(vec![claim(-1, array([]))]),
        Value::Map(vec![claim(-1, array([proof(), proof()]))]),
        Value::Map(vec![claim(-1, array([proof()])), claim(-2, array([proof()]))]),
        Value::Map(vec![claim(-1, array([array([8.into(), 5.into(), array([])])]))]),
    ] {
        let bytes = changed(|message| set(&mut message.unprotected, 396, proofs.clone()));
        assert_eq!(CoseReceipt::parse(&bytes), Err(MalformedCose::Proof), "{proofs:.80?}");
    }
    let without = changed(|message| message.unprotected.rest.clear());
    assert_eq!(CoseReceipt::parse(&without), Err(MalformedCose::Proof));
}

#[test]
fn every_truncation_is_refused() {
    for bytes in [VECTOR, exported().as_bytes()] {
        for end in 0..bytes.len() {
            assert_eq!(CoseReceipt::parse(&bytes[..end]), Err(MalformedCose::NotSign1), "{end}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = CoseReceipt::parse(&bytes);
    }

    #[test]
    fn receipt_with_a_changed_byte_proves_nothing_else(at in any::<prop::sample::Index>(), to: u8) {
        let original = exported();
        let mut bytes = original.as_bytes().to_vec();
        *at.get_mut(&mut bytes) = to;
        let Ok(read) = CoseReceipt::parse(&bytes) else { return Ok(()) };
        if let Ok(root) = read.verify(&leaf(5), &key(LOG_KEY)) {
            prop_assert_eq!(root, original.verify(&leaf(5), &key(LOG_KEY)).unwrap());
            prop_assert_eq!(read.claims(), original.claims());
            prop_assert_eq!(&read.inclusion().path, &original.inclusion().path);
            prop_assert_eq!(read.inclusion().index, 5);
        }
    }
}
