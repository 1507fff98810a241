//! Rows that are inserted together. Half of what a row costs is to begin and to end its statement, and
//! a batch has thousands of rows for the same few statements: here they wait, and leave many at a time.

use std::ops::Range;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use crate::error::StoreError;
use crate::store::db::{Insert, Params};
use crate::store::tables::Tables;

/// A statement for many has so many rows: enough to share what a statement costs, and few enough for
/// the last ones, which go one by one, not to matter.
const TOGETHER: usize = 32;
/// More rows than this do not wait.
const WAITING_MAX: usize = 4_096;

/// Rows of one statement that wait for more.
pub(super) struct Rows {
    pub(super) insert: &'static Insert,
    /// Where they go.
    pub(super) table: Tables,
    /// The same for [`TOGETHER`] rows.
    together: String,
    /// How many parameters a row has.
    width: usize,
    cells: Vec<Cell>,
    /// The texts and blobs of all cells.
    bytes: Vec<u8>,
}

/// A parameter's value.
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

impl Rows {
    pub(super) fn new(insert: &'static Insert, width: usize) -> Self {
        Self {
            insert,
            table: insert.table(),
            together: for_many(insert.0, width),
            width,
            cells: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// Adds a row, or none of it.
    pub(super) fn push(&mut self, row: Params<'_>) -> Result<(), StoreError> {
        let (cells, bytes) = (self.cells.len(), self.bytes.len());
        let pushed = row.iter().try_for_each(|value| {
            match value.to_sql()? {
                ToSqlOutput::Borrowed(value) => self.push_value(value),
                ToSqlOutput::Owned(value) => self.push_value((&value).into()),
                _ => return Err(unusual()),
            }
            Ok(())
        });
        if pushed.is_err() {
            self.cells.truncate(cells);
            self.bytes.truncate(bytes);
        }
        pushed
    }

    fn push_value(&mut self, value: ValueRef<'_>) {
        let cell = match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(text) => Cell::Text(self.keep(text)),
            ValueRef::Blob(blob) => Cell::Blob(self.keep(blob)),
        };
        self.cells.push(cell);
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.cells.len() >= WAITING_MAX * self.width
    }

    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.bytes.clear();
    }

    pub(super) fn send(&self, to: &Connection) -> Result<(), StoreError> {
        let (many, rest) = self.cells.split_at(self.cells.len() - self.cells.len() % self.chunk());
        self.run(to, &self.together, many.chunks(self.chunk()))?;
        self.run(to, self.insert.0, rest.chunks(self.width))
    }

    fn chunk(&self) -> usize {
        TOGETHER * self.width
    }

    fn run<'a>(
        &self,
        to: &Connection,
        statement: &str,
        mut all: impl ExactSizeIterator<Item = &'a [Cell]>,
    ) -> Result<(), StoreError> {
        if all.len() == 0 {
            return Ok(());
        }
        let mut statement = to.prepare_cached(statement)?;
        all.try_for_each(|cells| {
            for (place, cell) in (1..).zip(cells) {
                statement.raw_bind_parameter(place, self.value(cell))?;
            }
            statement.raw_execute()?;
            Ok(())
        })
    }

    fn value(&self, cell: &Cell) -> ToSqlOutput<'_> {
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        ToSqlOutput::Borrowed(match cell {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(*number),
            Cell::Real(number) => ValueRef::Real(*number),
            Cell::Text(range) => ValueRef::Text(bytes(range)),
            Cell::Blob(range) => ValueRef::Blob(bytes(range)),
        })
    }
}

/// A row in place of which `(1, ?1, ?2)` stands becomes many. A row that is refused is told at once and
/// leaves those before it, as single ones would: to undo them, `SQLite` would copy every page first.
fn for_many(one: &str, width: usize) -> String {
    let (into, row) = one.split_once(" values ").unwrap_or((one, ""));
    let into = into.trim_start().replacen("insert into", "insert or fail into", 1);
    let numbered = |number: usize| {
        let mut row = row.to_owned();
        for place in (1..=width).rev() {
            row = row.replace(&format!("?{place}"), &format!("?_{}", number * width + place));
        }
        row.replace("?_", "?")
    };
    let rows: Vec<_> = (0..TOGETHER).map(numbered).collect();
    format!("{into} values {}", rows.join(", "))
}

fn unusual() -> StoreError {
    let value = rusqlite::Error::ToSqlConversionFailure("a value of no kind that is kept".into());
    StoreError::Database(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::params;

    static INSERT: Insert = Insert("\n    insert into t (a, b, c, d)\n    values (?1, 7, ?2, ?1)");

    fn table() -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch("create table t (a integer primary key, b, c, d)").unwrap();
        db
    }

    #[test]
    fn rows_arrive_as_they_would_one_by_one() {
        let (db, mut rows) = (table(), Rows::new(&INSERT, 2));
        let text = |number: usize| (!number.is_multiple_of(5)).then(|| "x".repeat(number % 5));
        let count = 2 * TOGETHER + 3;
        for number in 0..count {
            rows.push(params![number, text(number)]).unwrap();
        }
        rows.send(&db).unwrap();
        let mut statement = db.prepare("select a, b, c, d from t order by a").unwrap();
        let read =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
        let read: Vec<(usize, usize, Option<String>, usize)> =
            read.unwrap().collect::<Result<_, _>>().unwrap();
        let expected: Vec<_> = (0..count).map(|number| (number, 7, text(number), number)).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_row_that_has_no_value_is_not_added_in_part() {
        let (db, mut rows) = (table(), Rows::new(&INSERT, 2));
        assert!(rows.push(params!["text", u64::MAX]).is_err());
        rows.push(params![1, "one"]).unwrap();
        rows.send(&db).unwrap();
        let read = db.query_row("select a, c from t", [], |row| Ok((row.get(0)?, row.get(1)?)));
        assert_eq!(read.unwrap(), (1, "one".to_owned()));
    }

    #[test]
    fn a_row_that_is_refused_is_told() {
        let (db, mut rows) = (table(), Rows::new(&INSERT, 2));
        for number in (0..TOGETHER - 1).chain([3]) {
            rows.push(params![number, Option::<String>::None]).unwrap();
        }
        assert!(rows.send(&db).is_err());
    }
}
