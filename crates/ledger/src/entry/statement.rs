//! What an event says, in types: to be committed to, and read back from a receipt.

use std::str::FromStr;

use jiff::Timestamp;
use tlog::Hash;

use super::{FIELDS, Field, Opened, Values};
use crate::ids::{AssetId, EventId, TenancyId};
use crate::model::asset::{Content, EventKind, Origin, PrivateFields};

/// The public fields of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it did.
    pub kind: EventKind,
    /// The asset it belongs to.
    pub asset: AssetId,
    /// Its identity.
    pub event: EventId,
    /// The version it made, or withdrew.
    pub version: u32,
    /// The content; of a registered event, as far as it says one.
    pub fingerprint: Content,
    /// When the source says that the content was written.
    pub declared_at: Timestamp,
    /// When the publisher's instance accepted it.
    pub accepted_at: Timestamp,
    /// Who published.
    pub publisher: TenancyId,
    /// How the instance learned of it.
    pub origin: Origin,
    /// The asset's entry before this one; `None` for its first.
    pub previous: Option<Previous>,
    /// SHA-256 of what a registered event says, hex; `None` for one that follows a linked file.
    pub attributes: Option<String>,
}

/// A link to the asset's entry before: with it, an asset's history shows gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Previous {
    /// Its index in the log.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Hash,
}

/// Opened fields do not make a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the field {0} is not opened, or does not hold what it should")]
pub struct MalformedStatement(pub Field);

impl Statement {
    /// The values to commit to.
    pub fn values(&self, private: &PrivateFields) -> Values {
        let fingerprint = &self.fingerprint;
        [
            Some(self.kind.as_str().to_owned()),
            Some(self.asset.to_string()),
            Some(self.event.to_string()),
            Some(self.version.to_string()),
            fingerprint.content_hash.map(hex::encode),
            fingerprint.sha256.map(hex::encode),
            Some(self.declared_at.to_string()),
            Some(self.accepted_at.to_string()),
            Some(self.publisher.to_string()),
            Some(self.origin.as_str().to_owned()),
            self.previous.map(|Previous { index, leaf }| format!("{index} {leaf}")),
            self.attributes.clone(),
            private.name.clone(),
            private.path.clone(),
            private.revision.clone(),
            private.editor.clone(),
        ]
    }

    /// Reads the public fields that a receipt opened.
    pub fn read(opened: &Opened) -> Result<Self, MalformedStatement> {
        let statement = Self {
            kind: required(opened, Field::Kind, kind)?,
            asset: required(opened, Field::Asset, canonical)?,
            event: required(opened, Field::Event, canonical)?,
            version: required(opened, Field::Version, canonical)?,
            fingerprint: Content {
                content_hash: optional(opened, Field::ContentHash, hash)?,
                sha256: optional(opened, Field::Sha256, hash)?,
            },
            declared_at: required(opened, Field::DeclaredAt, time)?,
            accepted_at: required(opened, Field::AcceptedAt, time)?,
            publisher: required(opened, Field::Publisher, canonical)?,
            origin: required(opened, Field::Origin, origin)?,
            previous: optional(opened, Field::Previous, previous)?,
            attributes: optional(opened, Field::Attributes, text_hash)?,
        };
        statement.check_form()?;
        Ok(statement)
    }

    /// An event says its attributes when it was registered, and its content hash when it follows a
    /// file.
    fn check_form(&self) -> Result<(), MalformedStatement> {
        let is_registered = self.origin == Origin::Registered;
        if self.attributes.is_some() != is_registered {
            return Err(MalformedStatement(Field::Attributes));
        }
        if !is_registered && self.fingerprint.content_hash.is_none() {
            return Err(MalformedStatement(Field::ContentHash));
        }
        Ok(())
    }
}

fn required<T>(
    opened: &Opened,
    field: Field,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, MalformedStatement> {
    optional(opened, field, parse)?.ok_or(MalformedStatement(field))
}

fn optional<T>(
    opened: &Opened,
    field: Field,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, MalformedStatement> {
    let value = opened.opened_value(field).ok_or(MalformedStatement(field))?;
    value.map(|text| parse(text).ok_or(MalformedStatement(field))).transpose()
}

/// Reads what writes itself back the same: no leading zeros, no capitals.
fn canonical<T: FromStr + ToString>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|value| value.to_string() == text)
}

fn kind(text: &str) -> Option<EventKind> {
    [EventKind::NewAsset, EventKind::Publish, EventKind::Withdraw, EventKind::Record]
        .into_iter()
        .find(|kind| kind.as_str() == text)
}

fn origin(text: &str) -> Option<Origin> {
    let all = [Origin::Observed, Origin::FilledIn, Origin::Registered];
    all.into_iter().find(|origin| origin.as_str() == text)
}

fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().filter(|_| text.ends_with('Z'))
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let bytes = hex::decode(text).ok()?.try_into().ok()?;
    (hex::encode(bytes) == text).then_some(bytes)
}

fn text_hash(text: &str) -> Option<String> {
    hash(text).map(hex::encode)
}

fn previous(text: &str) -> Option<Previous> {
    let (index, leaf) = text.split_once(' ')?;
    Some(Previous { index: canonical(index)?, leaf: leaf.parse().ok()? })
}

const _: () = assert!(FIELDS == 16, "Statement::values lists them all");
