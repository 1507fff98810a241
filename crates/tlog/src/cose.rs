//! COSE receipts: the same proof once more, in the form of the IETF (RFC 9942) for tools that know
//! nothing of C2SP.
//!
//! Such a receipt signs the root alone. It doesn't sign the tree's size, has no room for witnesses
//! and no text to read, so the `.tlog-proof` file of [`Receipt`] stays the first choice, and one is
//! only ever made from the other: a root that the log hasn't signed as a checkpoint isn't signed
//! here either.
//!
//! The log's Ed25519 key signs both. What COSE signs begins with the byte `0x84`, with which no
//! UTF-8 text begins and hence no note, so neither signature can be passed off as the other.

mod read;

use std::fmt;

use coset::{
    CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable as _,
    cbor::Value, iana,
};
use sha2::{Digest, Sha256};

use crate::{
    Hash, ProofError, Receipt, ReceiptError, Signer, VerifierKey, proof::root_of_inclusion,
};

/// The longest COSE receipt that is read: the longest proof has 2 kB.
pub const COSE_BYTES_MAX: usize = 16 * 1024;

/// The media type of a COSE receipt.
pub const COSE_MEDIA_TYPE: &str = "application/scitt-receipt+cose";

const CWT_CLAIMS: i64 = 15;
const ISSUER: i64 = 1;
const SUBJECT: i64 = 2;
const DATA_STRUCTURE: i64 = 395;
const RFC9162_SHA256: i64 = 1;
const PROOFS: i64 = 396;
const INCLUSION: i64 = -1;

/// The longest issuer or subject.
const CLAIM_BYTES_MAX: usize = 1024;

/// An entry's place in a log with the proof of it, as a COSE message.
#[derive(Clone)]
pub struct CoseReceipt {
    bytes: Vec<u8>,
    message: CoseSign1,
    claims: Option<Claims>,
    inclusion: Inclusion,
}

/// Who says what a receipt says, and of what: both are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The log, usually by its address.
    pub issuer: String,
    /// What the entry is about.
    pub subject: String,
}

/// Where in which tree the entry is. Nothing of this is signed, but a wrong word of it leads to
/// another root than the signed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// How many entries the tree has.
    pub size: u64,
    /// The index of the entry.
    pub index: u64,
    /// The proof that it is there, the leaf's sibling first.
    pub path: Vec<Hash>,
}

/// Why bytes are no COSE receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedCose {
    /// Longer than any receipt.
    #[error("the receipt is longer than {COSE_BYTES_MAX} bytes")]
    TooLong,
    /// Not a tagged `COSE_Sign1`, or something follows it.
    #[error("the receipt is not one COSE_Sign1")]
    NotSign1,
    /// The root is in the receipt. It must follow from the proof.
    #[error("the receipt has a payload")]
    Payload,
    /// The receipt asks its readers to understand what isn't known here.
    #[error("the receipt depends on unknown headers")]
    Critical,
    /// The receipt isn't of a tree like ours.
    #[error("the receipt is not of an RFC 9162 tree with SHA-256")]
    DataStructure,
    /// Issuer and subject aren't two short texts.
    #[error("the receipt's claims are malformed")]
    Claims,
    /// There isn't exactly one inclusion proof, or it is malformed.
    #[error("the receipt's proof is malformed")]
    Proof,
}

/// Why a COSE receipt isn't made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The log itself hasn't signed the root.
    #[error("the receipt to export doesn't hold")]
    Receipt(#[from] ReceiptError),
    /// A claim is too long.
    #[error("issuer and subject have at most {CLAIM_BYTES_MAX} bytes")]
    Claims,
}

/// Why a COSE receipt proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoseError {
    /// The proof doesn't fit the place.
    #[error("the entry isn't proved to be in the log")]
    Inclusion(#[from] ProofError),
    /// Another algorithm than Ed25519, or a key of another kind.
    #[error("the receipt isn't signed with Ed25519")]
    Algorithm,
    /// The entry is another, or the log.
    #[error("the receipt's signature is wrong")]
    Signature,
}

impl CoseReceipt {
    /// Makes a COSE receipt from one that holds for this leaf, with the key that signed that one.
    pub fn export(
        receipt: &Receipt,
        leaf: &Hash,
        claims: Claims,
        signer: &Signer,
    ) -> Result<Self, ExportError> {
        let key = signer.verifier_key();
        let checkpoint = receipt.verify(leaf, &key)?;
        if claims.issuer.len().max(claims.subject.len()) > CLAIM_BYTES_MAX {
            return Err(ExportError::Claims);
        }
        let (size, index, path) = (checkpoint.size, receipt.index, receipt.path.clone());
        let inclusion = Inclusion { size, index, path };
        let message = CoseSign1Builder::new()
            .protected(protected(&key, &claims))
            .unprotected(HeaderBuilder::new().value(PROOFS, proofs(&inclusion)).build())
            .create_detached_signature(&checkpoint.root.0, &[], |bytes| signer.sign_bytes(bytes))
            .build();
        let bytes = message.clone().to_tagged_vec();
        let bytes = bytes.expect("invariant: no label was set twice, and nothing else can fail");
        Ok(Self { bytes, message, claims: Some(claims), inclusion })
    }

    /// The receipt's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Who says so of what, if the receipt tells.
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// Where the entry is said to be.
    pub fn inclusion(&self) -> &Inclusion {
        &self.inclusion
    }

    /// The id of the key, in whatever way the log names its keys: ours is [`key_id`].
    pub fn key_id(&self) -> &[u8] {
        &self.message.protected.header.key_id
    }

    /// Checks that the log whose key is `log` signed a tree with this leaf at the receipt's index,
    /// and gives the root of that tree.
    pub fn verify(&self, leaf: &Hash, log: &VerifierKey) -> Result<Hash, CoseError> {
        let root = self.root(leaf)?;
        if !self.is_ed25519() || log.ed25519().is_none() {
            return Err(CoseError::Algorithm);
        }
        let message = self.message.tbs_detached_data(&root.0, &[]);
        log.verify_bytes(&message, self.signature()).ok_or(CoseError::Signature)?;
        Ok(root)
    }

    /// The bytes that [`signature`](Self::signature) is over if the leaf is the receipt's: for keys
    /// of kinds that aren't known here.
    pub fn signed_bytes(&self, leaf: &Hash) -> Result<Vec<u8>, ProofError> {
        Ok(self.message.tbs_detached_data(&self.root(leaf)?.0, &[]))
    }

    /// The signature proper.
    pub fn signature(&self) -> &[u8] {
        &self.message.signature
    }

    fn root(&self, leaf: &Hash) -> Result<Hash, ProofError> {
        let Inclusion { size, index, path } = &self.inclusion;
        root_of_inclusion(leaf, *index, *size, path)
    }

    /// Under its old number, which everybody still writes, or under its new one.
    fn is_ed25519(&self) -> bool {
        let known = [iana::Algorithm::EdDSA, iana::Algorithm::Ed25519];
        known.into_iter().any(|known| self.message.protected.header.alg == Some(known.into()))
    }
}

/// All that a receipt says is in its bytes.
impl PartialEq for CoseReceipt {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for CoseReceipt {}

impl fmt::Debug for CoseReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CoseReceipt");
        shown.field("claims", &self.claims).field("inclusion", &self.inclusion);
        shown.finish_non_exhaustive()
    }
}

/// A log's key as others' tools read it: a `COSE_Key` with nothing but the key. `None` for keys that
/// don't sign COSE receipts.
pub fn public_key(log: &VerifierKey) -> Option<Vec<u8>> {
    let coordinate = Value::Bytes(log.ed25519()?.to_vec());
    // Type 1 is a key pair of octets, curve 6 is Ed25519; in the order of deterministic CBOR.
    let key = map([(1, 1.into()), (-1, 6.into()), (-2, coordinate)]);
    key.to_vec().ok()
}

/// How the log's key is called in its receipts: the thumbprint of RFC 9679.
pub fn key_id(log: &VerifierKey) -> Option<[u8; 32]> {
    public_key(log).map(|key| Sha256::digest(key).into())
}

fn protected(key: &VerifierKey, claims: &Claims) -> coset::Header {
    let claims = map([
        (ISSUER, Value::Text(claims.issuer.clone())),
        (SUBJECT, Value::Text(claims.subject.clone())),
    ]);
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(key_id(key).map(Vec::from).unwrap_or_default())
        .value(CWT_CLAIMS, claims)
        .value(DATA_STRUCTURE, RFC9162_SHA256.into())
        .build()
}

/// The one proof, in the array of proofs, in the map of kinds of proofs.
fn proofs(inclusion: &Inclusion) -> Value {
    let path = inclusion.path.iter().map(|hash| Value::Bytes(hash.0.to_vec())).collect();
    let proof = [inclusion.size.into(), inclusion.index.into(), Value::Array(path)];
    let proof = Value::Array(proof.into()).to_vec();
    let proof = proof.expect("invariant: writing numbers and bytes to memory can't fail");
    map([(INCLUSION, Value::Array(vec![Value::Bytes(proof)]))])
}

fn map<const N: usize>(entries: [(i64, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(label, value)| (label.into(), value)).collect())
}
