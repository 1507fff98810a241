//! How values look in a row.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use sha2::{Digest, Sha256};
use tlog::Hash;

use super::db::Row;
use crate::error::StoreError;
use crate::ids::TenancyId;
use crate::model::access::Role;
use crate::model::applications::ApplicationRole;
use crate::model::asset::{Content, DocumentStatus, EventKind, Origin};
use crate::model::change::Lack;
use crate::model::domains::Proof;
use crate::model::iam::IamKind;
use crate::model::registered::{Sharing, Tracking};
use crate::model::source::{Beginning, DisconnectedBy, Fingerprints, OnDeletion, Presence};

const REVISION_DOMAIN: &str = "proofbox/revision/v1\n";

/// A time, as milliseconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct At(pub(crate) Timestamp);

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_millisecond().into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let milliseconds = i64::column_result(value)?;
        Timestamp::from_millisecond(milliseconds)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(milliseconds))
    }
}

/// A hash of the tree, as its 32 bytes.
pub(crate) struct HashBlob(pub(crate) Hash);

impl ToSql for HashBlob {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.0.as_slice().into())
    }
}

impl FromSql for HashBlob {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value).map(|bytes| Self(Hash(bytes)))
    }
}

/// Writes the two directions of an enum that is stored as a small number.
macro_rules! stored_as_number {
    ($name:ty { $($number:literal => $variant:path),+ $(,)? }) => {
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(match self { $($variant => $number,)+ }))
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match i64::column_result(value)? {
                    $($number => Ok($variant),)+
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}

stored_as_number!(Role { 0 => Self::Administrator, 1 => Self::Member });
stored_as_number!(DisconnectedBy { 0 => Self::Owner, 1 => Self::Provider });
stored_as_number!(OnDeletion { 0 => Self::PauseTrail, 1 => Self::Withdraw });
stored_as_number!(Fingerprints { 0 => Self::Metadata, 1 => Self::Sha256 });
stored_as_number!(Beginning { 0 => Self::Now, 1 => Self::Kept });
stored_as_number!(Lack { 0 => Self::Event, 1 => Self::Sha256 });
stored_as_number!(Presence { 0 => Self::Gone, 1 => Self::Present });
stored_as_number!(DocumentStatus { 0 => Self::Withdrawn, 1 => Self::Published });
stored_as_number!(EventKind {
    0 => Self::NewAsset,
    1 => Self::Publish,
    2 => Self::Withdraw,
    3 => Self::Record,
});
stored_as_number!(Origin { 0 => Self::Observed, 1 => Self::FilledIn, 2 => Self::Registered });
stored_as_number!(Sharing { 0 => Self::Private, 1 => Self::Public });
stored_as_number!(Tracking { 0 => Self::NotTracked, 1 => Self::Tracked });
stored_as_number!(IamKind { 0 => Self::AccessPolicy, 1 => Self::Subject });
stored_as_number!(Proof { 0 => Self::Dns, 1 => Self::File });
stored_as_number!(ApplicationRole { 0 => Self::Administrator, 1 => Self::Recorder });

/// A content hash that an event may not have: the column knows no null, so it is empty then.
pub(crate) struct MaybeHash(pub(crate) Option<[u8; 32]>);

impl ToSql for MaybeHash {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.as_ref().map_or(&[][..], |hash| hash.as_slice()).into())
    }
}

impl FromSql for MaybeHash {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Blob([]) => Ok(Self(None)),
            value => FromSql::column_result(value).map(|hash| Self(Some(hash))),
        }
    }
}

/// What is known of content, out of two neighbouring columns.
pub(crate) fn read_content(row: &Row<'_>, first: usize) -> Result<Content, StoreError> {
    let content_hash = row.get::<MaybeHash>(first)?.0;
    Ok(Content { content_hash, sha256: row.get(first + 1)? })
}

/// The first 8 bytes of a hash over parts, each preceded by its length so that parts cannot shift.
pub(crate) fn tag_of(domain: &str, parts: &[&[u8]]) -> i64 {
    let mut hash = Sha256::new_with_prefix(domain);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let hash: [u8; 32] = hash.finalize().into();
    let first = hash.first_chunk().copied().expect("invariant: 32 bytes have a first 8");
    i64::from_be_bytes(first)
}

/// The idempotency key of a revision. With the item's row beside it, 64 bits are plenty.
pub(crate) fn revision_tag(tenancy: TenancyId, account: &str, key: &str, revision: &str) -> i64 {
    let parts = [tenancy.as_bytes(), account.as_bytes(), key.as_bytes(), revision.as_bytes()];
    tag_of(REVISION_DOMAIN, &parts)
}
