//! Blobs: what is known of them in one table, their bytes in another.

use jiff::Timestamp;

use super::db::{Db, Row, params};
use super::values::At;
use crate::error::StoreError;
use crate::ids::{BlobId, TenancyId};
use crate::model::blob::{Blob, NewBlob};

const INSERT: &str = "
    insert into blob (uuid, tenancy, sha256, mime_type, size, subject, accepted_at)
    select ?1, id, ?3, ?4, ?5, ?6, ?7 from tenancy where uuid = ?2
    returning id";
const INSERT_CONTENT: &str = "insert into blob_content (blob, content) values (?1, ?2)";
const SELECT: &str = "
    select blob.uuid, sha256, mime_type, size, subject, accepted_at
    from blob join tenancy on tenancy.id = blob.tenancy
    where blob.uuid = ?1 and tenancy.uuid = ?2";
const SELECT_CONTENT: &str = "
    select content from blob_content join blob on blob.id = blob_content.blob
    where blob.uuid = ?1";
const SELECT_BYTES: &str = "
    select cast(coalesce(sum(size), 0) as bigint) from blob join tenancy on tenancy.id = blob.tenancy
    where tenancy.uuid = ?1";

pub(crate) fn insert(
    db: &Db,
    tenancy: TenancyId,
    id: BlobId,
    new: &NewBlob,
    now: Timestamp,
) -> Result<(), StoreError> {
    let size = new.content.len();
    let known = params![id, tenancy, new.sha256, new.mime_type, size, new.subject, At(now),];
    let row: i64 = db.query_row(INSERT, known, |row| row.get(0))?;
    db.execute(INSERT_CONTENT, params![row, &new.content])
}

pub(crate) fn get(db: &Db, tenancy: TenancyId, id: BlobId) -> Result<Option<Blob>, StoreError> {
    db.optional(SELECT, params![id, tenancy], read)
}

pub(crate) fn content(db: &Db, id: BlobId) -> Result<Option<Vec<u8>>, StoreError> {
    db.optional(SELECT_CONTENT, params![id], |row| row.get(0))
}

/// How many bytes a tenancy's blobs have together.
pub(crate) fn bytes(db: &Db, tenancy: TenancyId) -> Result<u64, StoreError> {
    db.query_row(SELECT_BYTES, params![tenancy], |row| row.get(0))
}

fn read(row: &Row<'_>) -> Result<Blob, StoreError> {
    Ok(Blob {
        id: row.get(0)?,
        sha256: row.get(1)?,
        mime_type: row.get(2)?,
        size: row.get(3)?,
        subject: row.get(4)?,
        accepted_at: row.get::<At>(5)?.0,
    })
}
