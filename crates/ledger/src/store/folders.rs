//! Folders: each path prefix is stored once, and items and events point to it. Deep trees would
//! otherwise repeat the same 60 bytes four times per file.

use std::collections::HashMap;

use super::db::{Db, Texts, params};
use crate::error::StoreError;

const SELECT: Texts = Texts {
    sqlite: "select id from folder where source = ?1 and path_key = ?2 and path = ?3",
    postgres: "
        select id from folder where source = ?1 and left(path_key, 256) = left(?2, 256)
            and path_key = ?2 and path = ?3",
};
const INSERT: &str = "insert into folder (source, path, path_key) values (?1, ?2, ?3) returning id";

/// How many folders the writer remembers. Listings stay in a folder for a while.
const REMEMBERED_MAX: usize = 10_000;

/// A path cut behind its last slash: joined they are the path.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('/').map_or(0, |slash| slash + 1))
}

/// What a folder's path prefix looks like: the folder's path with a slash at its end.
pub(crate) fn prefix_of(folder_path_key: &str) -> String {
    format!("{}/", folder_path_key.trim_end_matches('/'))
}

/// The end of the range of texts that begin with a prefix that ends in a slash: 0 is the byte
/// behind the slash.
pub(crate) fn range_end(prefix: &str) -> String {
    format!("{}0", prefix.strip_suffix('/').unwrap_or(prefix))
}

/// The ids of folders, remembered by the writer. Forget them when a transaction is undone.
#[derive(Default)]
pub(crate) struct Folders {
    known: HashMap<(i64, String, String), i64>,
}

impl Folders {
    /// The id of a folder, which is new if need be.
    pub(crate) fn id(
        &mut self,
        db: &Db,
        source: i64,
        path: &str,
        path_key: &str,
    ) -> Result<i64, StoreError> {
        let key = (source, path_key.to_owned(), path.to_owned());
        if let Some(id) = self.known.get(&key) {
            return Ok(*id);
        }
        let id = find_or_insert(db, source, path, path_key)?;
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(key, id);
        Ok(id)
    }

    /// Forgets everything.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }
}

fn find_or_insert(db: &Db, source: i64, path: &str, path_key: &str) -> Result<i64, StoreError> {
    let found = db.optional(SELECT.on(db), params![source, path_key, path], |row| row.get(0))?;
    if let Some(id) = found {
        return Ok(id);
    }
    db.query_row(INSERT, params![source, path, path_key], |row| row.get(0))
}
