//! Access policies and subjects. Their bodies are JSON whose shape is checked where it comes in; only
//! whose they are is the store's business.

use rusqlite::{Connection, OptionalExtension};

use crate::error::StoreError;
use crate::ids::{IamId, TenancyId};
use crate::model::iam::IamKind;

const INSERT: &str = "
    insert into iam_item (uuid, tenancy, kind, body)
    select ?1, id, ?3, ?4 from tenancy where uuid = ?2";
const SELECT: &str = "
    select body from iam_item join tenancy on tenancy.id = iam_item.tenancy
    where iam_item.uuid = ?1 and tenancy.uuid = ?2 and kind = ?3";
const LIST: &str = "
    select iam_item.id, iam_item.uuid, body
    from iam_item join tenancy on tenancy.id = iam_item.tenancy
    where tenancy.uuid = ?1 and kind = ?2 order by iam_item.id";
const UPDATE: &str = "update iam_item set body = ?2 where uuid = ?1";
const DELETE: &str = "delete from iam_item where uuid = ?1";

pub(crate) fn insert(
    db: &Connection,
    tenancy: TenancyId,
    kind: IamKind,
    id: IamId,
    body: &str,
) -> Result<(), StoreError> {
    db.prepare_cached(INSERT)?.execute((id, tenancy, kind, body))?;
    Ok(())
}

pub(crate) fn get(
    db: &Connection,
    tenancy: TenancyId,
    kind: IamKind,
    id: IamId,
) -> Result<Option<String>, StoreError> {
    Ok(db.prepare_cached(SELECT)?.query_row((id, tenancy, kind), |row| row.get(0)).optional()?)
}

/// All of a kind, in the order in which they were made. There are a thousand at most.
pub(crate) fn list(
    db: &Connection,
    tenancy: TenancyId,
    kind: IamKind,
) -> Result<Vec<(u64, IamId, String)>, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let rows = statement.query_map((tenancy, kind), |row| row.try_into())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(crate) fn update(db: &Connection, id: IamId, body: &str) -> Result<(), StoreError> {
    db.prepare_cached(UPDATE)?.execute((id, body))?;
    Ok(())
}

pub(crate) fn delete(db: &Connection, id: IamId) -> Result<(), StoreError> {
    db.prepare_cached(DELETE)?.execute([id])?;
    Ok(())
}
