//! Access policies and subjects. Their bodies are JSON whose shape is checked where it comes in; only
//! whose they are is the store's business.

use super::db::{Db, params};
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
    db: &Db,
    tenancy: TenancyId,
    kind: IamKind,
    id: IamId,
    body: &str,
) -> Result<(), StoreError> {
    db.execute(INSERT, params![id, tenancy, kind, body])
}

pub(crate) fn get(
    db: &Db,
    tenancy: TenancyId,
    kind: IamKind,
    id: IamId,
) -> Result<Option<String>, StoreError> {
    db.optional(SELECT, params![id, tenancy, kind], |row| row.get(0))
}

/// All of a kind, in the order in which they were made. There are a thousand at most.
pub(crate) fn list(
    db: &Db,
    tenancy: TenancyId,
    kind: IamKind,
) -> Result<Vec<(u64, IamId, String)>, StoreError> {
    db.query_all(LIST, params![tenancy, kind], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

pub(crate) fn update(db: &Db, id: IamId, body: &str) -> Result<(), StoreError> {
    db.execute(UPDATE, params![id, body])
}

pub(crate) fn delete(db: &Db, id: IamId) -> Result<(), StoreError> {
    db.execute(DELETE, params![id])
}
