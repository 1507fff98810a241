//! What hides a field, and what is left once it was erased.
//!
//! An event's sixteen salts follow from one random seed, so that a store keeps 32 bytes per event
//! and not 512. Erasing needs the seed gone, since it would bring every salt back: then the other
//! fifteen are kept one by one, and of the erased field only its commitment.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{FIELDS, Field, commitment};

const SALT_DOMAIN: &[u8] = b"proofbox/salt/v1";
const SALT: u8 = 0;
const ERASED: u8 = 1;
const RECORD_BYTES: usize = 33;

/// What is kept of each field's hiding.
#[derive(Clone, PartialEq, Eq)]
pub struct Salts([Kept; FIELDS]);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Salt([u8; 32]),
    Erased { commitment: [u8; 32] },
}

/// Stored bytes are not the salts of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored salts of an event are malformed")]
pub struct MalformedSalts;

impl Salts {
    /// The salts of a seed, which must be random and never used twice.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(seed)
            .expect("invariant: HMAC takes a key of any length");
        Self(Field::ALL.map(|field| {
            let mut mac = keyed.clone();
            mac.update(SALT_DOMAIN);
            mac.update(&[field.number()]);
            Kept::Salt(mac.finalize().into_bytes().into())
        }))
    }

    /// The salt of a field, unless the field was erased.
    pub fn salt(&self, field: Field) -> Option<[u8; 32]> {
        match self.kept(field) {
            Kept::Salt(salt) => Some(salt),
            Kept::Erased { .. } => None,
        }
    }

    /// The commitment to a field. Of an erased field it is the one that was made when it still
    /// had its value.
    pub fn commitment(&self, field: Field, value: Option<&str>) -> [u8; 32] {
        match self.kept(field) {
            Kept::Salt(salt) => commitment(field, &salt, value),
            Kept::Erased { commitment } => commitment,
        }
    }

    /// Forgets a field's salt. Without it nobody can tell which value the commitment was for.
    pub fn erase(&mut self, field: Field, value: Option<&str>) {
        let commitment = self.commitment(field, value);
        if let Some(kept) = self.0.get_mut(field.position()) {
            *kept = Kept::Erased { commitment };
        }
    }

    /// What to store once the seed is gone.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|kept| match kept {
                Kept::Salt(salt) => [&[SALT], salt.as_slice()].concat(),
                Kept::Erased { commitment } => [&[ERASED], commitment.as_slice()].concat(),
            })
            .collect()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) gave.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedSalts> {
        let (records, []) = bytes.as_chunks::<RECORD_BYTES>() else { return Err(MalformedSalts) };
        let kept: Vec<Kept> = records.iter().map(parse_record).collect::<Result<_, _>>()?;
        kept.try_into().map(Self).map_err(|_| MalformedSalts)
    }

    fn kept(&self, field: Field) -> Kept {
        *self.0.get(field.position()).expect("invariant: a field's position is below FIELDS")
    }
}

fn parse_record(record: &[u8; RECORD_BYTES]) -> Result<Kept, MalformedSalts> {
    let [kind, rest @ ..] = *record;
    match kind {
        SALT => Ok(Kept::Salt(rest)),
        ERASED => Ok(Kept::Erased { commitment: rest }),
        _ => Err(MalformedSalts),
    }
}
