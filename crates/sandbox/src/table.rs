//! What is remembered beside files: rows under keys, which survive a restart where there is a state
//! file. A row is recorded before it holds.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::state_file::{Record, Row, StateFile};

/// Rows of one kind by key. Changing one writes that one.
pub(crate) struct Table<K, V> {
    name: &'static str,
    rows: BTreeMap<K, V>,
    state: Option<Arc<StateFile>>,
}

/// Every table that an earlier run left: by name, then by the key as JSON.
pub(crate) type Kept = BTreeMap<String, BTreeMap<String, Value>>;

/// What tables are opened from: what is kept of them, and where they are kept from now on.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) kept: Kept,
    pub(crate) state: Option<Arc<StateFile>>,
}

impl Shelf {
    /// The table of this name, as it was left.
    pub(crate) fn open<K, V>(&mut self, name: &'static str) -> serde_json::Result<Table<K, V>>
    where
        K: Ord + DeserializeOwned,
        V: DeserializeOwned,
    {
        let kept = self.kept.remove(name).unwrap_or_default();
        let row = |(key, row): (String, Value)| {
            Ok((serde_json::from_str(&key)?, serde_json::from_value(row)?))
        };
        let rows = kept.into_iter().map(row).collect::<serde_json::Result<_>>()?;
        Ok(Table { name, rows, state: self.state.clone() })
    }
}

impl<K, V> Table<K, V> {
    /// Nothing yet, and remembered nowhere.
    pub(crate) fn none(name: &'static str) -> Self {
        Self { name, rows: BTreeMap::new(), state: None }
    }
}

impl<K, V> Table<K, V>
where
    K: Ord + Clone + Serialize,
    V: Clone + Serialize,
{
    /// The same rows, remembered nowhere from now on.
    pub(crate) fn copy(&self) -> Self {
        Self { name: self.name, rows: self.rows.clone(), state: None }
    }

    pub(crate) fn rows(&self) -> &BTreeMap<K, V> {
        &self.rows
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.rows.get(key)
    }

    pub(crate) fn put(&mut self, key: K, row: V) -> io::Result<()> {
        self.record(&key, Some(&row))?;
        self.rows.insert(key, row);
        Ok(())
    }

    pub(crate) fn remove(&mut self, key: &K) -> io::Result<Option<V>> {
        if self.rows.contains_key(key) {
            self.record(key, None)?;
        }
        Ok(self.rows.remove(key))
    }

    /// Changes a row that is there; `None` where there is none.
    pub(crate) fn change<T>(
        &mut self,
        key: &K,
        change: impl FnOnce(&mut V) -> T,
    ) -> io::Result<Option<T>> {
        let Some(mut row) = self.rows.get(key).cloned() else { return Ok(None) };
        let outcome = change(&mut row);
        self.put(key.clone(), row)?;
        Ok(Some(outcome))
    }

    fn record(&self, key: &K, row: Option<&V>) -> io::Result<()> {
        let Some(state) = &self.state else { return Ok(()) };
        state.append(&Record::Row(Row {
            table: self.name.to_owned(),
            key: serde_json::to_string(key)?,
            value: row.map(serde_json::to_value).transpose()?,
        }))
    }
}

impl Row {
    /// Brings what is kept up to this row.
    pub(crate) fn apply(self, kept: &mut Kept) {
        let table = kept.entry(self.table).or_default();
        match self.value {
            Some(value) => table.insert(self.key, value),
            None => table.remove(&self.key),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_changed_one_by_one_and_taken_out() {
        let mut table: Table<(String, u64), Vec<u8>> = Shelf::default().open("numbers").unwrap();
        let key = ("a".to_owned(), 1);
        assert_eq!(table.change(&key, |row| row.push(1)).unwrap(), None);
        table.put(key.clone(), vec![1]).unwrap();
        assert_eq!(table.change(&key, Vec::pop).unwrap(), Some(Some(1)));
        let copy = table.copy();
        assert_eq!(table.remove(&key).unwrap(), Some(vec![]));
        assert!(table.rows().is_empty() && copy.get(&key).is_some());
    }
}
