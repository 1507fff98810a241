//! Every table, for whoever moves an instance to another database. When and in which transaction is
//! `crate::copy`'s business.

use rusqlite::types::Value;

use super::db::{Db, Params, params};
use super::postgres;
use crate::error::StoreError;

/// A table as both databases have it.
pub(crate) struct Table {
    /// As it stands in a statement.
    pub(crate) name: &'static str,
    columns: &'static [&'static str],
    /// Whether it is an index of one or two levels, which is the database's affair.
    has_levels: bool,
    /// Whether the database numbers the rows.
    numbered: bool,
}

const fn table(name: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, columns, has_levels: false, numbered: false }
}

const fn numbered(name: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, columns, has_levels: false, numbered: true }
}

const fn index(name: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, columns, has_levels: true, numbered: false }
}

/// All of them. Tokens and sessions come along: nobody is signed out by the move.
pub(crate) const TABLES: [Table; 37] = [
    numbered("tenancy", &["id", "uuid", "display_name", "verified_domain", "created_at", "events"]),
    numbered(
        "\"user\"",
        &["id", "uuid", "tenancy", "name", "role", "email", "deactivated_at", "sessions_since"],
    ),
    numbered(
        "invitation",
        &["id", "uuid", "tenancy", "token_hash", "name", "email", "message", "role", "expires_at"],
    ),
    table("sign_in_link", &["token_hash", "\"user\"", "expires_at"]),
    table("session", &["id_hash", "data", "expires_at"]),
    table("api_token", &["token_hash", "source", "expires_at"]),
    numbered(
        "source",
        &[
            "id",
            "uuid",
            "tenancy",
            "account",
            "account_name",
            "account_email",
            "display_name",
            "disconnected_by",
            "disconnected_at",
            "rules",
            "cursor",
            "credentials",
            "secret_hash",
            "secret_valid_until",
            "documents",
            "created_at",
            "paused_at",
            "on_deletion",
            "fingerprints",
            "history",
            "lease",
            "scope",
            "awaited",
            "awaited_bytes",
        ],
    ),
    numbered("folder", &["id", "source", "path", "path_key"]),
    table(
        "item",
        &[
            "id",
            "source",
            "key",
            "asset",
            "revision",
            "content_hash",
            "folder",
            "leaf",
            "leaf_key",
            "name",
            "presence",
            "generation",
        ],
    ),
    index("item_key", &["level", "tag", "item"]),
    table("recorded", &["item", "revision_tag", "event"]),
    table(
        "unrecorded",
        &[
            "source",
            "key",
            "path",
            "path_key",
            "generation",
            "reason",
            "first_seen",
            "last_seen",
            "lack",
        ],
    ),
    table(
        "asset",
        &[
            "id",
            "uuid",
            "tenancy",
            "item",
            "latest_event",
            "version",
            "versions",
            "status",
            "sharing",
        ],
    ),
    table(
        "event",
        &[
            "id",
            "uuid",
            "asset",
            "version",
            "kind",
            "content_hash",
            "sha256",
            "declared_at",
            "accepted_at",
            "origin",
            "previous",
            "salts",
            "folder",
            "leaf",
            "name",
            "revision",
            "editor",
        ],
    ),
    index("lookup", &["level", "prefix", "event"]),
    table("log_entry", &["id", "entry"]),
    table("log_tile", &["id", "root", "hashes"]),
    table("log_head", &["id", "size", "root", "frontier", "fingerprints"]),
    table("checkpoint", &["size", "note", "signed_at", "witnessed_at"]),
    table("cosignature", &["size", "name", "key_id", "line", "cosigned_at"]),
    numbered("activity", &["id", "source", "at", "kind", "detail", "events", "gone", "unrecorded"]),
    table("departed", &["source", "item"]),
    table("registered_asset", &["asset", "tenancy", "attributes", "tracking"]),
    table("registered_event", &["event", "said", "recorder"]),
    table("attribute_tag", &["tag", "asset"]),
    table("once", &["tenancy", "key", "request", "made", "at"]),
    numbered(
        "application",
        &[
            "id",
            "uuid",
            "tenancy",
            "display_name",
            "custom_claims",
            "role",
            "secret_hash",
            "valid_from",
            "valid_until",
        ],
    ),
    table("application_token", &["token_hash", "application", "expires_at"]),
    numbered("iam_item", &["id", "uuid", "tenancy", "kind", "body"]),
    numbered(
        "blob",
        &["id", "uuid", "tenancy", "sha256", "mime_type", "size", "subject", "accepted_at"],
    ),
    table("blob_content", &["blob", "content"]),
    numbered(
        "webhook",
        &[
            "id",
            "uuid",
            "tenancy",
            "url",
            "secret",
            "created_at",
            "position",
            "failures",
            "next_try",
            "stopped",
        ],
    ),
    numbered(
        "webhook_delivery",
        &["id", "webhook", "kind", "event", "at", "duration_ms", "status", "problem"],
    ),
    table(
        "domain",
        &[
            "tenancy",
            "name",
            "token",
            "claimed_at",
            "standing",
            "since",
            "proof",
            "missed_since",
            "checked_at",
            "problem",
            "next_check",
        ],
    ),
    table("answer", &["tenancy", "key", "request", "status", "body", "at"]),
    numbered("domain_step", &["id", "tenancy", "at", "name", "kind", "proof", "problem"]),
    numbered(
        "awaited",
        &[
            "id",
            "source",
            "item",
            "revision_of",
            "revision_tag",
            "revision",
            "content_hash",
            "bytes",
            "declared_at",
            "origin",
            "editor",
            "folder",
            "leaf",
            "name",
            "held",
        ],
    ),
];

/// A table while it is filled.
enum Filling<'a> {
    /// Row by row.
    Rows { db: &'a Db, insert: String },
    /// In a stream.
    Stream(postgres::Filling),
}

impl Filling<'_> {
    fn put(&mut self, row: Params<'_>) -> Result<(), StoreError> {
        match self {
            Self::Rows { db, insert } => db.execute(insert, row),
            Self::Stream(filling) => filling.put(row),
        }
    }

    fn finish(self) -> Result<(), StoreError> {
        match self {
            Self::Rows { .. } => Ok(()),
            Self::Stream(filling) => filling.finish(),
        }
    }
}

impl Table {
    /// How many rows it has.
    pub(crate) fn count(&self, db: &Db) -> Result<u64, StoreError> {
        let count = format!("select count(*) from {} /* every row */", self.name);
        db.query_row(&count, params![], |row| row.get(0))
    }

    /// Copies all rows, and goes on numbering behind them; tells after each row.
    pub(crate) fn copy(
        &self,
        from: &Db,
        to: &Db,
        mut copied: impl FnMut(),
    ) -> Result<(), StoreError> {
        let mut filling = self.fill(to)?;
        from.each(&self.select(to), params![], |row| {
            let values: Vec<Value> =
                (0..self.columns.len()).map(|column| row.get(column)).collect::<Result<_, _>>()?;
            let values: Vec<_> = values.iter().map(|value| value as &dyn rusqlite::ToSql).collect();
            copied();
            filling.put(&values)
        })?;
        filling.finish()?;
        self.number_on(to)
    }

    fn fill<'a>(&self, to: &'a Db) -> Result<Filling<'a>, StoreError> {
        Ok(match to {
            Db::Sqlite(_) => Filling::Rows { db: to, insert: self.insert() },
            Db::Postgres(session) => {
                let columns = self.columns.join(", ");
                Filling::Stream(session.fill(self.name, &columns, &self.insert())?)
            }
        })
    }

    fn select(&self, to: &Db) -> String {
        // Many rows belong on the large level of two.
        let level = if let Db::Sqlite(_) = to { "1" } else { "0" };
        let is_level = |name: &str| self.has_levels && name == "level";
        let column = |name: &&'static str| if is_level(name) { level } else { *name };
        let columns: Vec<_> = self.columns.iter().map(column).collect();
        format!("select {} from {} /* every row */", columns.join(", "), self.name)
    }

    fn insert(&self) -> String {
        let values: Vec<_> = (1..=self.columns.len()).map(|n| format!("?{n}")).collect();
        let (columns, values) = (self.columns.join(", "), values.join(", "));
        format!("insert into {} ({columns}) values ({values})", self.name)
    }

    fn number_on(&self, db: &Db) -> Result<(), StoreError> {
        let (Db::Postgres(_), true) = (db, self.numbered) else { return Ok(()) };
        let name = self.name;
        db.script(&format!(
            "select setval(pg_get_serial_sequence('{name}', 'id'), greatest(max(id), 1)) from {name}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::Location;
    use crate::store;

    const COLUMNS: &str = "
        select found.name || '.' || part.name
        from sqlite_schema as found join pragma_table_info(found.name) as part
        where found.type = 'table' and found.name not like 'sqlite_%'";

    #[test]
    fn every_column_of_every_table_is_copied() {
        let directory = tempfile::tempdir().unwrap();
        let db = store::open_writer(&Location::embedded(directory.path())).unwrap();
        let mut known: Vec<String> = db.query_all(COLUMNS, params![], |row| row.get(0)).unwrap();
        let column = |table: &Table, column: &str| format!("{}.{column}", table.name);
        let mut copied: Vec<String> = TABLES
            .iter()
            .flat_map(|table| table.columns.iter().map(|name| column(table, name)))
            .map(|name| name.replace('"', ""))
            .collect();
        known.sort();
        copied.sort();
        assert_eq!(copied, known);
    }
}
