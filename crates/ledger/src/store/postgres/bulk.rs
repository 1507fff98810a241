//! Rows that are inserted together. A batch inserts thousands of rows into the same few tables, one
//! statement each; here those of one statement are kept back, and leave as one, with an array for each
//! parameter. Whatever asks about one of these tables meanwhile sends the rows before it.
//!
//! `values (0, ?1, ?2)` becomes `select 0, row.p1, row.p2 from unnest(?1::bigint[], ?2::bytea[])`.

use tokio_postgres::types::Type;

use super::value::Value;

/// The tables that grow with every event. The place in the list is the bit in a [`Tables`].
const TABLES: [&str; 11] = [
    "item",
    "item_key",
    "recorded",
    "log_entry",
    "log_tile",
    "event",
    "asset",
    "lookup",
    "registered_asset",
    "registered_event",
    "attribute_tag",
];

/// A statement carries at most so many rows.
const ROWS_MAX: usize = 4_096;

/// Some of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tables(u16);

impl Tables {
    pub(super) const ALL: Self = Self(u16::MAX);

    /// Those that a statement names.
    pub(super) fn named_in(text: &str) -> Self {
        let is_part = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '_');
        let words: Vec<&str> = text.split(is_part).collect();
        let bit = |(place, table): (usize, &&str)| u16::from(words.contains(table)) << place;
        Self(TABLES.iter().enumerate().map(bit).sum())
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

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
    if types.is_empty() || !TABLES.contains(&table) || values.contains(['(', ')']) {
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

    #[test]
    fn tables_are_known_by_their_whole_names() {
        let named = Tables::named_in("select said from registered_event where event = ?1");
        assert!(named.meets(Tables::named_in("insert into registered_event values")));
        assert!(!named.meets(Tables::named_in("insert into asset values")));
    }
}
