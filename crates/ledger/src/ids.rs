//! Typed identities, so that a user can never be passed as an asset.
//!
//! All are UUIDs of version 4 in shape, because clients of the published API check for that.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

/// Writes one newtype over [`Uuid`]; several copies of the same forty lines would hide a difference.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            pub(crate) fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        /// Stored as its 16 bytes; the hyphens are for the edge.
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_bytes().as_slice()))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                FromSql::column_result(value).map(Self::from_bytes)
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    };
}

id! {
    /// An organisation's private area.
    TenancyId
}
id! {
    /// An address that is told of events.
    WebhookId
}
id! {
    /// A document with a history. Its public address, so it cannot be guessed.
    AssetId
}
id! {
    /// One event of an asset. Part of its public address, so it cannot be guessed.
    EventId
}
id! {
    /// A linked account of a tenancy, and the client id of its app registration.
    SourceId
}
id! {
    /// A person who signs in.
    UserId
}
id! {
    /// Somebody's invitation to become a member.
    InvitationId
}

id! {
    /// An application, and its client id.
    ApplicationId
}
id! {
    /// An access policy, or another tenancy as one knows it.
    IamId
}
id! {
    /// Content that was attached.
    BlobId
}

/// Shapes 16 random bytes into a UUID.
pub(crate) fn random_uuid(random: [u8; 16]) -> [u8; 16] {
    Builder::from_random_bytes(random).into_uuid().into_bytes()
}

/// Log positions that share the first two bytes of their ids.
const NEIGHBOURS: u64 = 2048;

/// An id that is random but for its first two bytes, which follow the log's growth: a batch then
/// lands on neighbouring pages of the index instead of touching all of them, and 106 random bits
/// are as far out of reach for guessing as 122.
pub(crate) fn id_near(log_index: u64, random: [u8; 16]) -> [u8; 16] {
    let mut bytes = random;
    let [.., high, low] = (log_index / NEIGHBOURS).to_be_bytes();
    bytes[0] = high;
    bytes[1] = low;
    random_uuid(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_near_a_log_position_is_a_valid_version_4_uuid() {
        let id = Uuid::from_bytes(id_near(2048 * 0x1234, [0xff; 16]));
        assert_eq!(id.to_string(), "1234ffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(id.get_version_num(), 4);
    }

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = AssetId::from_bytes(random_uuid([7; 16]));
        assert_eq!(id.to_string().parse::<AssetId>().unwrap(), id);
    }
}
