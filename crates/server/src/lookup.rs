//! The padded range lookup behind Instaproof. The question is a few bits and the answer is a padded
//! bucket of sealed records, so that neither says which file was asked about. No question is
//! logged.

use axum::{Json, extract::State as Shared, response::IntoResponse};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{LookupError, lookup::LookupRecord};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    State, caller::Access, error::Error, guard::rate::Address, openapi::As, query::Strict,
    routes::Routes,
};

/// What one record weighs in the answer is nearly all ciphertext; compressing it would burn
/// processor time for nothing. A response that carries this is left as it is.
#[derive(Clone, Copy)]
pub(crate) struct Incompressible;

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.section("What everybody sees").get(
        "/api/lookup",
        Access::Anonymous,
        "Look up a document by the first bits of its hash",
        lookup,
    )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Query {
    /// How many bits the prefix has. Left out, the answer says how many it must have.
    bits: Option<u8>,
    /// The first bits of a tag, as hexadecimal digits, zero after the last bit.
    prefix: Option<String>,
}

/// How many bits are asked with, or all records that begin with the prefix.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "LookupAnswer")]
enum Answer {
    Bits { bits: u8 },
    Bucket { bits: u8, records: Vec<Record> },
}

/// A sealed record, which only the file that it is about opens.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LookupRecord")]
struct Record {
    /// Hexadecimal digits.
    tag: String,
    /// Base64.
    body: String,
}

async fn lookup(
    Shared(state): Shared<State>,
    address: Address,
    Strict(query): Strict<Query>,
) -> Result<As<Json<Answer>>, Error> {
    state.limits.lookups.take(address)?;
    let Some(bits) = query.bits else {
        let bits = state.ledger.lookup_bits().await?;
        return Ok(Json(Answer::Bits { bits }).into_response().into());
    };
    let prefix = parse_prefix(bits, query.prefix.as_deref().unwrap_or_default())?;
    let records = state.ledger.lookup(bits, prefix).await.map_err(refused)?;
    let records = records.into_iter().map(Record::from).collect();
    let mut response = Json(Answer::Bucket { bits, records }).into_response();
    response.extensions_mut().insert(Incompressible);
    Ok(response.into())
}

impl From<LookupRecord> for Record {
    fn from(record: LookupRecord) -> Self {
        Self { tag: hex::encode(record.tag), body: STANDARD.encode(record.body) }
    }
}

fn refused(error: LookupError) -> Error {
    match error {
        LookupError::Bits { .. } => Error::LookupBitsChanged,
        LookupError::Store(cause) => cause.into(),
    }
}

/// The prefix is its bits from the left, in as few hexadecimal digits as hold them, zero-filled.
fn parse_prefix(bits: u8, digits: &str) -> Result<u64, Error> {
    const BITS_MAX: u8 = 64;
    let wanted = usize::from(bits.div_ceil(4));
    let well_formed = bits <= BITS_MAX
        && digits.len() == wanted
        && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let prefix = if well_formed { left_aligned(digits) } else { None };
    match prefix {
        Some(prefix) if bits == BITS_MAX || prefix << bits == 0 => Ok(prefix),
        _ => Err(Error::BadQuery(format!(
            "A prefix of {bits} bits is {wanted} lower-case hexadecimal digits, zero after the \
             last bit."
        ))),
    }
}

fn left_aligned(digits: &str) -> Option<u64> {
    if digits.is_empty() {
        return Some(0);
    }
    let shift = u64::BITS.checked_sub(u32::try_from(digits.len()).ok()? * 4)?;
    u64::from_str_radix(digits, 16).ok()?.checked_shl(shift)
}

#[cfg(test)]
mod tests {
    use super::parse_prefix;

    #[test]
    fn a_prefix_is_its_bits_from_the_left() {
        assert_eq!(parse_prefix(0, "").unwrap(), 0);
        assert_eq!(parse_prefix(1, "8").unwrap(), 1 << 63);
        assert_eq!(parse_prefix(5, "b0").unwrap(), 0xb0 << 56);
        assert_eq!(parse_prefix(16, "b7ff").unwrap(), 0xb7ff << 48);
        assert_eq!(parse_prefix(64, "0123456789abcdef").unwrap(), 0x0123_4567_89ab_cdef);
    }

    #[test]
    fn a_prefix_of_another_length_or_with_more_bits_is_refused() {
        for (bits, digits) in [(0, "0"), (1, "4"), (1, ""), (5, "b"), (5, "b4"), (4, "B"), (4, "+")]
        {
            assert!(parse_prefix(bits, digits).is_err(), "{bits} bits from {digits:?}");
        }
        assert!(parse_prefix(65, "0123456789abcdef0").is_err());
    }
}
