//! The openings that a receipt carries as its extra data: per field either salt and value, or the
//! bare commitment. Nobody has signed them, and nobody needs to: wrong ones make another entry.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    EVENT_ENTRY_BYTES, FIELDS, Field, MalformedStatement, Salts, Statement, Values, commitment,
    event_entry,
};

const FORMAT_VERSION: u32 = 1;
/// The most extra data that a receipt carries.
const EXTRA_BYTES_MAX: usize = tlog::EXTRA_BYTES_MAX;
/// Room for most extra data, so that it need not grow.
const EXTRA_BYTES_USUAL: usize = 3 * 1024;

/// An event's fields as a receipt shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened([Opening; FIELDS]);

/// What a receipt shows of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Everything: the value (or that there is none) and the salt that proves it.
    Open {
        /// What the value was hidden with.
        salt: [u8; 32],
        /// The value; `None` when the event has none.
        value: Option<String>,
    },
    /// Nothing but the commitment.
    Closed {
        /// The commitment.
        commitment: [u8; 32],
    },
}

/// Why bytes are not the openings of an event.
#[derive(Debug, thiserror::Error)]
pub enum MalformedOpening {
    /// Longer than any receipt's extra data.
    #[error("the opened fields are longer than {EXTRA_BYTES_MAX} bytes")]
    TooLong,
    /// Not JSON of the right shape.
    #[error("the opened fields are not the JSON that they should be")]
    Json(#[from] serde_json::Error),
    /// A version that is not known here.
    #[error("the opened fields have format {0}, which is not known here")]
    Version(u32),
    /// Not sixteen of them.
    #[error("there are {0} fields instead of {FIELDS}")]
    Count(usize),
    /// One of them is wrong.
    #[error("the field {0} is out of place, or is not either opened or closed")]
    Field(Field),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document<'a> {
    v: u32,
    #[serde(borrow)]
    fields: Vec<Record<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Text<'a>>,
    /// Outer: whether it is there. Inner: `null` where the event has no such field.
    #[expect(clippy::option_option, reason = "absent and null differ in the format")]
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    value: Option<Option<Text<'a>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commitment: Option<Text<'a>>,
}

/// Text that is copied only where it has escapes.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Opened {
    /// Opens the public fields and closes the others.
    pub fn public(values: &Values, salts: &Salts) -> Self {
        Self::showing(values, salts, Field::is_public)
    }

    /// Opens the fields that `show` says, except erased ones, which stay closed for ever.
    pub fn showing(values: &Values, salts: &Salts, show: impl Fn(Field) -> bool) -> Self {
        let opening = |field: Field| {
            let value = values.get(field.position()).and_then(Option::as_deref);
            match salts.salt(field) {
                Some(salt) if show(field) => {
                    Opening::Open { salt, value: value.map(str::to_owned) }
                }
                _ => Opening::Closed { commitment: salts.commitment(field, value) },
            }
        };
        Self(Field::ALL.map(opening))
    }

    /// Reads a receipt's extra data: all sixteen fields, by name and in order.
    pub fn parse(extra: &[u8]) -> Result<Self, MalformedOpening> {
        if extra.len() > EXTRA_BYTES_MAX {
            return Err(MalformedOpening::TooLong);
        }
        let document: Document<'_> = serde_json::from_slice(extra)?;
        if document.v != FORMAT_VERSION {
            return Err(MalformedOpening::Version(document.v));
        }
        let count = document.fields.len();
        let openings: Vec<Opening> = Field::ALL
            .into_iter()
            .zip(document.fields)
            .map(|(field, record)| record.open(field))
            .collect::<Result<_, _>>()?;
        if count != FIELDS {
            return Err(MalformedOpening::Count(count));
        }
        openings.try_into().map(Self).map_err(|_| MalformedOpening::Count(count))
    }

    /// Writes a receipt's extra data.
    pub fn to_extra(&self) -> Vec<u8> {
        let fields = self.iter().map(|(field, opening)| Record::of(field, opening)).collect();
        let mut extra = Vec::with_capacity(EXTRA_BYTES_USUAL);
        serde_json::to_writer(&mut extra, &Document { v: FORMAT_VERSION, fields })
            .expect("invariant: strings and numbers always make JSON");
        extra
    }

    /// A field's value, where it is opened and there is one.
    pub fn value(&self, field: Field) -> Option<&str> {
        self.opened_value(field).flatten()
    }

    /// Whether a field is opened, and its value where there is one.
    pub fn opened_value(&self, field: Field) -> Option<Option<&str>> {
        match self.0.get(field.position())? {
            Opening::Open { value, .. } => Some(value.as_deref()),
            Opening::Closed { .. } => None,
        }
    }

    /// The fields and what is shown of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &Opening)> {
        Field::ALL.into_iter().zip(&self.0)
    }

    /// The public fields in types.
    pub fn statement(&self) -> Result<Statement, MalformedStatement> {
        Statement::read(self)
    }

    /// The log entry that these fields make.
    pub fn entry(&self) -> [u8; EVENT_ENTRY_BYTES] {
        let mut commitments = [[0; 32]; FIELDS];
        for (slot, (field, opening)) in commitments.iter_mut().zip(self.iter()) {
            *slot = match opening {
                Opening::Open { salt, value } => commitment(field, salt, value.as_deref()),
                Opening::Closed { commitment } => *commitment,
            };
        }
        event_entry(&commitments)
    }

    /// The leaf hash of that entry, for the receipt's proof.
    pub fn leaf(&self) -> tlog::Hash {
        tlog::leaf_hash(&self.entry())
    }
}

impl<'a> Record<'a> {
    fn of(field: Field, opening: &'a Opening) -> Self {
        let name = Cow::Borrowed(field.name());
        match opening {
            Opening::Open { salt, value } => Self {
                name,
                salt: Some(Text::hex(salt)),
                value: Some(value.as_deref().map(|value| Text(value.into()))),
                commitment: None,
            },
            Opening::Closed { commitment } => {
                Self { name, salt: None, value: None, commitment: Some(Text::hex(commitment)) }
            }
        }
    }

    fn open(self, field: Field) -> Result<Opening, MalformedOpening> {
        let opening = match (self.salt, self.value, self.commitment) {
            (Some(salt), Some(value), None) => salt
                .parse_hex()
                .map(|salt| Opening::Open { salt, value: value.map(|value| value.0.into_owned()) }),
            (None, None, Some(commitment)) => {
                commitment.parse_hex().map(|commitment| Opening::Closed { commitment })
            }
            _ => None,
        };
        opening.filter(|_| self.name == field.name()).ok_or(MalformedOpening::Field(field))
    }
}

impl Text<'_> {
    fn hex(bytes: &[u8; 32]) -> Self {
        Self(HEXLOWER.encode(bytes).into())
    }

    /// The bytes of 64 lower-case digits and nothing else.
    fn parse_hex(&self) -> Option<[u8; 32]> {
        let digits: &[u8; 64] = self.0.as_bytes().try_into().ok()?;
        let mut bytes = [0; 32];
        HEXLOWER.decode_mut(digits, &mut bytes).ok()?;
        Some(bytes)
    }
}

#[expect(clippy::option_option, reason = "absent and null differ in the format")]
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    input: D,
) -> Result<Option<Option<Text<'a>>>, D::Error> {
    Option::<Text<'a>>::deserialize(input).map(Some)
}
