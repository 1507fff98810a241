//! What integrations did, newest last; old steps make room for new ones.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::db::{Db, Row, params};
use super::values::At;
use crate::error::StoreError;
use crate::ids::SourceId;
use crate::model::activity::{ACTIVITY_KEPT, Activity, Step, StepKind};

const INSERT: &str = "
    insert into activity (source, at, kind, detail, events, gone, unrecorded)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7) returning id";
/// Walks the index from its new end, and stops where nothing is too old.
const PRUNE: &str = "
    delete from activity where source = ?1 and id <= (
        select id from activity where source = ?1 order by id desc limit 1 offset ?2)";
/// So many more than are kept there may be: the walk to the oldest one kept takes a hundred times as
/// long as an insertion.
const COUNT_STEP: u64 = 1_000;
const LIST: &str = "
    select activity.id, at, kind, detail, events, gone, unrecorded
    from activity join source on source.id = activity.source
    where source.uuid = ?1 and activity.id < ?2 order by activity.id desc limit ?3";

/// How much of a sentence is kept.
const DETAIL_CHARS_MAX: usize = 500;

pub(crate) fn note(db: &Db, source: i64, now: Timestamp, step: &Step) -> Result<(), StoreError> {
    let detail: String = step.detail.chars().take(DETAIL_CHARS_MAX).collect();
    let step =
        params![source, At(now), step.kind, detail, step.events, step.gone, step.unrecorded,];
    let id: u64 = db.query_row(INSERT, step, |row| row.get(0))?;
    if id.is_multiple_of(COUNT_STEP) {
        db.execute(PRUNE, params![source, ACTIVITY_KEPT])?;
    }
    Ok(())
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
