//! Reading COSE receipts, strictly where it is about what is proved: one proof, of one kind of
//! tree. Headers that mean nothing here are left alone.

use coset::{
    CborSerializable as _, CoseSign1, Header, Label, TaggedCborSerializable as _, cbor::Value,
};

use crate::{Hash, PROOF_HASHES_MAX, TREE_SIZE_MAX};

use super::{
    CLAIM_BYTES_MAX, COSE_BYTES_MAX, CWT_CLAIMS, Claims, CoseReceipt, DATA_STRUCTURE, INCLUSION,
    ISSUER, Inclusion, MalformedCose, PROOFS, RFC9162_SHA256, SUBJECT,
};

impl CoseReceipt {
    /// Reads a receipt.
    pub fn parse(bytes: &[u8]) -> Result<Self, MalformedCose> {
        if bytes.len() > COSE_BYTES_MAX {
            return Err(MalformedCose::TooLong);
        }
        let message = CoseSign1::from_tagged_slice(bytes).map_err(|_| MalformedCose::NotSign1)?;
        if message.payload.is_some() {
            return Err(MalformedCose::Payload);
        }
        let protected = &message.protected.header;
        if !protected.crit.is_empty() {
            return Err(MalformedCose::Critical);
        }
        if find(protected, DATA_STRUCTURE) != Some(&RFC9162_SHA256.into()) {
            return Err(MalformedCose::DataStructure);
        }
        let claims = find(protected, CWT_CLAIMS).map(read_claims);
        let claims = claims.map(|claims| claims.ok_or(MalformedCose::Claims)).transpose()?;
        let proofs = find(&message.unprotected, PROOFS);
        let inclusion = proofs.and_then(read_proofs).ok_or(MalformedCose::Proof)?;
        Ok(Self { bytes: bytes.to_owned(), message, claims, inclusion })
    }
}

fn find(header: &Header, label: i64) -> Option<&Value> {
    header.rest.iter().find(|(found, _)| *found == Label::Int(label)).map(|(_, value)| value)
}

fn read_claims(claims: &Value) -> Option<Claims> {
    let claims = claims.as_map()?;
    let text = |claim: i64| {
        let mut found = claims.iter().filter(|(name, _)| *name == claim.into());
        let text = found.next()?.1.as_text()?;
        (found.next().is_none() && text.len() <= CLAIM_BYTES_MAX).then(|| text.to_owned())
    };
    Some(Claims { issuer: text(ISSUER)?, subject: text(SUBJECT)? })
}

fn read_proofs(proofs: &Value) -> Option<Inclusion> {
    let [(kind, proofs)] = proofs.as_map()?.as_slice() else { return None };
    let [proof] = proofs.as_array()?.as_slice() else { return None };
    if *kind != INCLUSION.into() {
        return None;
    }
    let proof = Value::from_slice(proof.as_bytes()?).ok()?;
    let [size, index, path] = proof.as_array()?.as_slice() else { return None };
    let path = path.as_array()?;
    if path.len() > PROOF_HASHES_MAX {
        return None;
    }
    let path = path.iter().map(read_hash).collect::<Option<_>>()?;
    Some(Inclusion { size: read_number(size)?, index: read_number(index)?, path })
}

fn read_number(number: &Value) -> Option<u64> {
    let number = number.as_integer()?.try_into().ok()?;
    (number <= TREE_SIZE_MAX).then_some(number)
}

fn read_hash(hash: &Value) -> Option<Hash> {
    hash.as_bytes()?.as_slice().try_into().ok()
}
