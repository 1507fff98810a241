//! What integrations did, newest last; old steps make room for new ones.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::db::{Db, Insert, Row, params};
use super::values::At;
use crate::error::StoreError;
use crate::ids::SourceId;
use crate::model::activity::{ACTIVITY_KEPT, Activity, Step, StepKind};

static INSERT: Insert = Insert(
    "
    insert into activity (source, at, kind, detail, events, gone, unrecorded)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
);
/// Walks the index from its new end, and stops where nothing is too old.
const PRUNE: &str = "
    delete from activity where source = ?1 and id <= (
        select id from activity where source = ?1 order by id desc limit 1 offset ?2)";
const FORGET: &str = "delete from activity where source = ?1";
/// So many more than are kept there may be, twice as many after a transaction that was undone: the walk
/// to the oldest one kept takes a hundred times as long as an insertion.
const PRUNED_AFTER: u32 = 1_000;
const LIST: &str = "
    select activity.id, at, kind, detail, events, gone, unrecorded
    from activity join source on source.id = activity.source
    where source.uuid = ?1 and activity.id < ?2 order by activity.id desc limit ?3";

/// How much of a sentence is kept.
const DETAIL_CHARS_MAX: usize = 500;

/// Notes steps. Knows of each source how many came since its old ones made room; at first, whoever
/// noted before may have left as many as there may be.
#[derive(Default)]
pub(crate) struct Notes {
    since_pruned: HashMap<i64, u32>,
}

impl Notes {
    pub(crate) fn note(
        &mut self,
        db: &Db,
        source: i64,
        now: Timestamp,
        step: &Step,
    ) -> Result<(), StoreError> {
        let detail: String = step.detail.chars().take(DETAIL_CHARS_MAX).collect();
        let Step { kind, events, gone, unrecorded, .. } = step;
        db.insert(&INSERT, params![source, At(now), kind, detail, events, gone, unrecorded])?;
        let since = self.since_pruned.entry(source).or_insert(PRUNED_AFTER);
        *since += 1;
        if *since > PRUNED_AFTER {
            *since = 0;
            db.execute(PRUNE, params![source, ACTIVITY_KEPT])?;
        }
        Ok(())
    }
}

/// Forgets everything of a source that is forgotten itself.
pub(crate) fn forget(db: &Db, source: i64) -> Result<(), StoreError> {
    db.execute(FORGET, params![source])
}

pub(crate) fn list(
    db: &Db,
    id: SourceId,
    before: u64,
    limit: u32,
) -> Result<Vec<Activity>, StoreError> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    db.query_all(LIST, params![id, before, limit], read)
}

fn read(row: &Row<'_>) -> Result<Activity, StoreError> {
    Ok(Activity {
        id: row.get(0)?,
        at: row.get::<At>(1)?.0,
        step: Step {
            kind: row.get(2)?,
            detail: row.get(3)?,
            events: row.get(4)?,
            gone: row.get(5)?,
            unrecorded: row.get(6)?,
        },
    })
}

impl ToSql for StepKind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for StepKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_word(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;
    use crate::store;

    #[test]
    fn old_steps_of_each_source_make_room() {
        let directory = tempfile::tempdir().unwrap();
        let db = store::open_writer(&Location::embedded(directory.path())).unwrap();
        let (step, now) = (Step::new(StepKind::Recorded, ""), Timestamp::UNIX_EPOCH);
        let kept = i64::try_from(ACTIVITY_KEPT).unwrap();
        let transaction = db.transaction().unwrap();
        // Two processes, one after the other; the sources take turns.
        for _ in 0..2 {
            let mut notes = Notes::default();
            for number in 0..3 * kept {
                notes.note(&transaction, number % 2, now, &step).unwrap();
            }
        }
        for source in 0..2 {
            let select = "select count(*) from activity where source = ?1";
            let left: i64 =
                transaction.query_row(select, params![source], |row| row.get(0)).unwrap();
            let most = kept + i64::from(PRUNED_AFTER);
            assert!((kept..=most).contains(&left), "{left} of source {source}");
        }
    }
}
