//! The log as people are shown it. Every statement is a seek by primary key, so that a page costs
//! the same with a hundred checkpoints as with a hundred million.

use jiff::Timestamp;
use tlog::{Checkpoint, SignedNote, leaf_hash, prove_inclusion, verify_inclusion};

use super::db::{Db, Row, params};
use super::log::{self, Nodes, TileCache};
use super::values::At;
use crate::error::StoreError;
use crate::model::asset::CheckpointSeen;
use crate::model::log::{ProvedEntry, SignedCheckpoint};

const SELECT_NEWEST: &str = "select note, signed_at from checkpoint order by size desc limit ?1";
const SELECT_OLDEST: &str = "select size, signed_at from checkpoint order by size limit 1";
const SELECT_AT_MOST: &str =
    "select size, signed_at from checkpoint where size <= ?1 order by size desc limit 1";

/// The newest checkpoints, the newest first.
pub(crate) fn newest_checkpoints(db: &Db, count: u32) -> Result<Vec<SignedCheckpoint>, StoreError> {
    db.query_all(SELECT_NEWEST, params![count], |row| {
        signed(&row.get::<String>(0)?, row.get::<At>(1)?.0)
    })
}

fn signed(note: &str, at: Timestamp) -> Result<SignedCheckpoint, StoreError> {
    let damaged = || StoreError::Damaged("a checkpoint cannot be read".to_owned());
    let note = SignedNote::parse(note).map_err(|_| damaged())?;
    let Checkpoint { size, root, .. } = Checkpoint::parse(note.text()).map_err(|_| damaged())?;
    Ok(SignedCheckpoint { size, root, at })
}

/// How large the signed log was at each of these times, which are in their order. Times before the
/// first checkpoint have no place in the answer.
pub(crate) fn sizes_at(db: &Db, times: &[Timestamp]) -> Result<Vec<CheckpointSeen>, StoreError> {
    let Some(oldest) = oldest(db)? else { return Ok(Vec::new()) };
    let signed = log::signed_size(db)?;
    let mut sizes = Vec::with_capacity(times.len());
    let mut known = oldest.size;
    for &at in times.iter().filter(|&&at| at >= oldest.at) {
        known = size_at(db, at, known, signed)?;
        sizes.push(CheckpointSeen { size: known, at });
    }
    Ok(sizes)
}

/// Checkpoints are signed in the order of their sizes, so what was signed by a time is found by
/// halving. `known` was signed by then; `signed` is the newest.
fn size_at(db: &Db, at: Timestamp, known: u64, signed: u64) -> Result<u64, StoreError> {
    let (mut lowest, mut highest) = (known, signed);
    while lowest < highest {
        let middle = highest - (highest - lowest) / 2;
        match at_most(db, middle)? {
            Some(checkpoint) if checkpoint.at <= at => lowest = middle,
            _ => highest = middle - 1,
        }
    }
    Ok(at_most(db, lowest)?.map_or(known, |checkpoint| checkpoint.size))
}

/// The oldest checkpoint.
pub(crate) fn oldest(db: &Db) -> Result<Option<CheckpointSeen>, StoreError> {
    db.optional(SELECT_OLDEST, params![], seen)
}

fn at_most(db: &Db, size: u64) -> Result<Option<CheckpointSeen>, StoreError> {
    db.optional(SELECT_AT_MOST, params![size], seen)
}

fn seen(row: &Row<'_>) -> Result<CheckpointSeen, StoreError> {
    Ok(CheckpointSeen { size: row.get(0)?, at: row.get::<At>(1)?.0 })
}

/// An entry that the newest checkpoint covers, with the proof of it, checked before it is shown.
pub(crate) fn proved_entry(
    db: &Db,
    tiles: &TileCache,
    index: u64,
) -> Result<Option<ProvedEntry>, StoreError> {
    let Some(newest) = newest_checkpoints(db, 1)?.pop() else { return Ok(None) };
    if index >= newest.size {
        return Ok(None);
    }
    let missing = || StoreError::Damaged(format!("log entry {index} is missing"));
    let bytes = log::entry(db, index)?.ok_or_else(missing)?;
    let covered = log::checkpoint_over(db, index)?.ok_or_else(missing)?;
    let mut nodes = Nodes::cached(db, newest.size, tiles);
    let unproved = |error: &dyn std::error::Error| {
        StoreError::Damaged(format!("log entry {index} cannot be proved: {error}"))
    };
    let path = prove_inclusion(index, newest.size, |node| nodes.read(node))
        .map_err(|error| unproved(&error))?;
    verify_inclusion(&leaf_hash(&bytes), index, newest.size, &path, &newest.root)
        .map_err(|error| unproved(&error))?;
    Ok(Some(ProvedEntry { index, bytes, path, newest, covered }))
}
