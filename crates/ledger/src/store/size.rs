//! How much a database takes.

use super::db::{Db, Texts, params};
use crate::error::StoreError;

/// All pages of the file; all files of the schema's tables and their indexes.
const SELECT_BYTES: Texts = Texts {
    sqlite: "select page_count * page_size from pragma_page_count, pragma_page_size",
    postgres: "
        select cast(coalesce(sum(pg_total_relation_size(oid)), 0) as bigint) from pg_class
        where relnamespace = cast(current_schema() as regnamespace) and relkind = 'r'",
};

/// The bytes of every row and index.
pub(crate) fn bytes(db: &Db) -> Result<u64, StoreError> {
    db.query_row(SELECT_BYTES.on(db), params![], |row| row.get(0))
}
