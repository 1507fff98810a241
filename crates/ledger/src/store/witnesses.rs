//! Cosignatures of witnesses, and which checkpoints the quorum has seen.

use jiff::Timestamp;
use tlog::{Signature, SignedNote, VerifierKey};

use super::db::{Db, Params, Row, params};
use super::log::CheckpointRow;
use super::values::At;
use crate::error::StoreError;

const INSERT: &str = "
    insert into cosignature (size, name, key_id, line, cosigned_at) values (?1, ?2, ?3, ?4, ?5)
    on conflict (size, name, key_id) do update
    set line = excluded.line, cosigned_at = excluded.cosigned_at
    where excluded.cosigned_at > cosignature.cosigned_at";
const SELECT_LINES: &str = "select line from cosignature where size = ?1 order by name, key_id";
const SELECT_NEWEST_BY: &str = "
    select size, cosigned_at from cosignature where name = ?1 and key_id = ?2
    order by size desc limit 1";
const SELECT_CHECKPOINT: &str = "select size, note from checkpoint where size = ?1";
const SELECT_NEWEST_WITNESSED: &str = "
    select size, note from checkpoint where witnessed_at is not null order by size desc limit 1";
const SELECT_WITNESSED_OVER: &str = "
    select witnessed_at from checkpoint where witnessed_at is not null and size > ?1
    order by size limit 1";
const MARK: &str =
    "update checkpoint set witnessed_at = ?2 where size = ?1 and witnessed_at is null";
const UNMARK_ALL: &str =
    "update checkpoint set witnessed_at = null where witnessed_at is not null /* every row */";

/// Keeps a witness's line; of two under one checkpoint the later one.
pub(crate) fn insert(
    db: &Db,
    size: u64,
    signature: &Signature,
    cosigned_at: Timestamp,
) -> Result<(), StoreError> {
    let (name, id) = (signature.name().as_str(), signature.key_id().0);
    let line = signature.to_string();
    db.execute(INSERT, params![size, name, id, line, At(cosigned_at)])
}

/// A checkpoint with all the lines that witnesses put under it.
pub(crate) fn cosigned(db: &Db, checkpoint: &CheckpointRow) -> Result<SignedNote, StoreError> {
    let damaged = |what: String| {
        StoreError::Damaged(format!("the checkpoint of {} entries: {what}", checkpoint.size))
    };
    let note = SignedNote::parse(&checkpoint.note).map_err(|error| damaged(error.to_string()))?;
    let lines: Vec<String> =
        db.query_all(SELECT_LINES, params![checkpoint.size], |row| row.get(0))?;
    if lines.is_empty() {
        return Ok(note);
    }
    let signatures = Signature::parse_lines(&(lines.join("\n") + "\n"))
        .map_err(|error| damaged(error.to_string()))?;
    note.with(signatures).map_err(|error| damaged(error.to_string()))
}

/// The checkpoint of exactly this size.
pub(crate) fn checkpoint(db: &Db, size: u64) -> Result<Option<CheckpointRow>, StoreError> {
    one(db, SELECT_CHECKPOINT, params![size])
}

/// The newest checkpoint that the quorum has seen.
pub(crate) fn newest_witnessed(db: &Db) -> Result<Option<CheckpointRow>, StoreError> {
    one(db, SELECT_NEWEST_WITNESSED, params![])
}

fn one(
    db: &Db,
    statement: &str,
    parameters: Params<'_>,
) -> Result<Option<CheckpointRow>, StoreError> {
    let read = |row: &Row<'_>| Ok(CheckpointRow { size: row.get(0)?, note: row.get(1)? });
    db.optional(statement, parameters, read)
}

/// When the quorum first saw a checkpoint over this entry.
pub(crate) fn witnessed_at(db: &Db, index: u64) -> Result<Option<Timestamp>, StoreError> {
    let found = db.optional(SELECT_WITNESSED_OVER, params![index], |row| row.get::<At>(0))?;
    Ok(found.map(|at| at.0))
}

/// The largest size that a witness cosigned, and when.
pub(crate) fn newest_by(
    db: &Db,
    key: &VerifierKey,
) -> Result<Option<(u64, Timestamp)>, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<At>(1)?.0));
    db.optional(SELECT_NEWEST_BY, params![key.name().as_str(), key.id().0], read)
}

/// Notes that the quorum has seen a checkpoint; the first time stays.
pub(crate) fn mark(db: &Db, size: u64, now: Timestamp) -> Result<(), StoreError> {
    db.execute(MARK, params![size, At(now)])
}

/// Forgets which checkpoints a quorum has seen, because the quorum is another one now.
pub(crate) fn unmark_all(db: &Db) -> Result<(), StoreError> {
    db.execute(UNMARK_ALL, params![])
}
