//! The sixteen fields of an event: their numbers, names and order are part of the format.

use std::fmt;

use crate::model::asset::PrivateField;

/// How many fields an event has, used or not.
pub const FIELDS: usize = 16;

/// A field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What the event did.
    Kind,
    /// The asset's UUID.
    Asset,
    /// The event's UUID.
    Event,
    /// The version, decimal.
    Version,
    /// SHA-256 over the SHA-256 of each block of 4 MiB, hex.
    ContentHash,
    /// SHA-256 of the content, hex.
    Sha256,
    /// When the source says that the content was written.
    DeclaredAt,
    /// When the publisher's instance accepted it.
    AcceptedAt,
    /// The publishing tenancy's UUID.
    Publisher,
    /// How the instance learned of the version.
    Origin,
    /// The asset's entry before this one: its index and leaf hash.
    Previous,
    /// Further public attributes. Reserved.
    Attributes,
    /// The file's name. Private.
    Name,
    /// Where the file was. Private.
    Path,
    /// The source's revision. Private.
    Revision,
    /// Who edited. Private.
    Editor,
}

/// The values of an event's fields, in their order.
pub type Values = [Option<String>; FIELDS];

impl Field {
    /// All of them, in the order of the format.
    pub const ALL: [Self; FIELDS] = [
        Self::Kind,
        Self::Asset,
        Self::Event,
        Self::Version,
        Self::ContentHash,
        Self::Sha256,
        Self::DeclaredAt,
        Self::AcceptedAt,
        Self::Publisher,
        Self::Origin,
        Self::Previous,
        Self::Attributes,
        Self::Name,
        Self::Path,
        Self::Revision,
        Self::Editor,
    ];

    /// Its place in the order, which its salt and its commitment depend on.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Its place as an index into [`Field::ALL`] and [`Values`].
    pub(super) fn position(self) -> usize {
        usize::from(self.number())
    }

    /// Its name in a receipt.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Asset => "asset",
            Self::Event => "event",
            Self::Version => "version",
            Self::ContentHash => "content_hash",
            Self::Sha256 => "sha256",
            Self::DeclaredAt => "declared_at",
            Self::AcceptedAt => "accepted_at",
            Self::Publisher => "publisher",
            Self::Origin => "origin",
            Self::Previous => "previous",
            Self::Attributes => "attributes",
            Self::Name => "name",
            Self::Path => "path",
            Self::Revision => "revision",
            Self::Editor => "editor",
        }
    }

    /// Whether everybody may see it.
    pub fn is_public(self) -> bool {
        !matches!(self, Self::Name | Self::Path | Self::Revision | Self::Editor)
    }
}

impl From<PrivateField> for Field {
    fn from(field: PrivateField) -> Self {
        match field {
            PrivateField::Name => Self::Name,
            PrivateField::Path => Self::Path,
            PrivateField::Revision => Self::Revision,
            PrivateField::Editor => Self::Editor,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
