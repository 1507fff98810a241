//! Rows that are inserted together. A batch inserts thousands of rows into the same few tables, one
//! statement each; here those of one statement are kept back, and leave as one, with an array for each
//! parameter. Whatever asks about one of these tables meanwhile sends the rows before it.
//!
//! `values (0, ?1, ?2)` becomes `select 0, row.p1, row.p2 from unnest(?1::bigint[], ?2::bytea[])`.

use tokio_postgres::types::Type;

use super::value::Value;
use crate::store::tables::Tables;

/// A statement carries at most so many rows.
const ROWS_MAX: usize = 4_096;

/// Rows of one statement that wait for more.
pub(super) struct Rows {
    /// The statement for one of them.
    pub(super) text: String,
    /// Where they go.
    pub(super) table: Tables,
    /// A column for each parameter.
    columns: Vec<Vec<Value>>,
}

impl Rows {
    pub(super) fn new(text: &str, table: Tables, row: Vec<Value>) -> Self {
        let columns = row.into_iter().map(|value| vec![value]).collect();
        Self { text: text.to_owned(), table, columns }
    }

    pub(super) fn push(&mut self, row: Vec<Value>) {
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= ROWS_MAX
    }

    pub(super) fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Everything, a column for each parameter.
    pub(super) fn into_columns(self) -> Vec<Vec<Value>> {
        self.columns
    }
}

/// The statement for many rows in place of one for a single row, if it is one that inserts a row into
/// one of the tables and nothing else.
pub(super) fn for_many(text: &str, types: &[Type]) -> Option<String> {
    let (into, values) = text.trim().strip_prefix("insert into ")?.split_once(" values (")?;
    let values = values.strip_suffix(')')?;
    let table = into.split([' ', '(']).next()?;
    if types.is_empty() || !Tables::named_in(table).is_any() || values.contains(['(', ')']) {
        return None;
    }
    let row = values.replace('?', "row.p");
    let arrays: Vec<_> = (1..).zip(types).map(|(n, kind)| format!("${n}::{kind}[]")).collect();
    let names: Vec<_> = (1..=types.len()).map(|n| format!("p{n}")).collect();
    let (arrays, names) = (arrays.join(", "), names.join(", "));
    Some(format!("insert into {into} select {row} from unnest({arrays}) as row ({names})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn insertion_of_a_row_becomes_one_of_many() {
        let one = "\n    insert into lookup (level, prefix, event) values (0, ?1, ?2)";
        assert_eq!(
            for_many(one, &[Type::INT8, Type::INT8]).unwrap(),
            "insert into lookup (level, prefix, event) select 0, row.p1, row.p2 \
             from unnest($1::int8[], $2::int8[]) as row (p1, p2)"
        );
    }

    #[test]
    fn other_statements_stay_as_they_are() {
        for text in [
            "insert into source (id) values (?1)",
            "insert into event (id) values (?1) returning id",
            "insert into attribute_tag (tag, asset) values (?1, ?2) on conflict do nothing",
            "insert into asset (id) select ?1 from tenancy",
            "update event set id = ?1",
        ] {
            assert_eq!(for_many(text, &[Type::INT8]), None, "{text}");
        }
    }
}
