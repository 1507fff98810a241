//! Webhooks and their deliveries. Secrets are sealed; old deliveries make room for new ones.

use secrecy::SecretString;

use super::db::{Db, Row, params};
use super::values::At;
use crate::error::StoreError;
use crate::ids::{TenancyId, WebhookId};
use crate::keys::Vault;
use crate::model::webhooks::{
    Attempt, DELIVERIES_KEPT, Delivery, Message, PROBLEM_CHARS_MAX, Progress, Webhook,
};

macro_rules! webhook_columns {
    () => {
        "webhook.uuid, url, webhook.created_at, position, failures, next_try, stopped
         from webhook join tenancy on tenancy.id = webhook.tenancy"
    };
}

const LIST: &str =
    concat!("select ", webhook_columns!(), " where tenancy.uuid = ?1 order by webhook.id");
const SELECT: &str =
    concat!("select ", webhook_columns!(), " where tenancy.uuid = ?1 and webhook.uuid = ?2");
const ACTIVE: &str = "
    select tenancy.uuid, webhook.uuid from webhook join tenancy on tenancy.id = webhook.tenancy
    where stopped = 0 order by webhook.id";
const INSERT: &str = "
    insert into webhook (uuid, tenancy, url, secret, created_at, position, failures, stopped)
    select ?1, id, ?3, ?4, ?5, ?6, 0, 0 from tenancy where uuid = ?2";
const SELECT_ROW: &str = "select id from webhook where uuid = ?1";
const SELECT_SECRET: &str = "select secret from webhook where uuid = ?1";
const ADVANCE: &str = "
    update webhook set position = ?2, failures = 0, next_try = null, stopped = 0 where uuid = ?1";
const FAIL: &str = "update webhook set failures = ?2, next_try = ?3, stopped = ?4 where uuid = ?1";
const DELETE: &str = "delete from webhook where uuid = ?1";
const DELETE_DELIVERIES: &str = "
    delete from webhook_delivery where webhook = (select id from webhook where uuid = ?1)";
const INSERT_DELIVERY: &str = "
    insert into webhook_delivery (webhook, kind, event, at, duration_ms, status, problem)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7) returning id";
const PRUNE: &str = "
    delete from webhook_delivery where webhook = ?1 and id <= (
        select id from webhook_delivery where webhook = ?1 order by id desc limit 1 offset ?2)";
const DELIVERIES: &str = "
    select webhook_delivery.id, kind, event, at, duration_ms, status, problem
    from webhook_delivery join webhook on webhook.id = webhook_delivery.webhook
    where webhook.uuid = ?1 and webhook_delivery.id < ?2
    order by webhook_delivery.id desc limit ?3";
const NEXT_EVENT: &str = "
    select event.id from event join asset on asset.id = event.asset
    join tenancy on tenancy.id = asset.tenancy
    where tenancy.uuid = ?1 and event.id >= ?2 and event.id < ?3 order by event.id limit 1";

pub(crate) fn list(db: &Db, tenancy: TenancyId) -> Result<Vec<Webhook>, StoreError> {
    db.query_all(LIST, params![tenancy], read)
}

pub(crate) fn get(
    db: &Db,
    tenancy: TenancyId,
    id: WebhookId,
) -> Result<Option<Webhook>, StoreError> {
    db.optional(SELECT, params![tenancy, id], read)
}

/// All that have not stopped, of all tenancies.
pub(crate) fn active(db: &Db) -> Result<Vec<(TenancyId, WebhookId)>, StoreError> {
    db.query_all(ACTIVE, params![], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(crate) fn insert(
    db: &Db,
    vault: &Vault,
    tenancy: TenancyId,
    webhook: &Webhook,
    secret: &SecretString,
) -> Result<(), StoreError> {
    let sealed = vault.seal(&place(webhook.id), secret)?;
    let (created_at, position) = (At(webhook.created_at), webhook.position);
    db.execute(INSERT, params![webhook.id, tenancy, webhook.url, sealed, created_at, position])
}

pub(crate) fn secret(
    db: &Db,
    vault: &Vault,
    id: WebhookId,
) -> Result<Option<SecretString>, StoreError> {
    let sealed: Option<Vec<u8>> = db.optional(SELECT_SECRET, params![id], |row| row.get(0))?;
    sealed.map(|sealed| vault.open(&place(id), &sealed)).transpose()
}

/// What a sealed secret is bound to.
fn place(id: WebhookId) -> String {
    format!("webhook/{id}/secret")
}

pub(crate) fn delete(db: &Db, id: WebhookId) -> Result<(), StoreError> {
    db.execute(DELETE_DELIVERIES, params![id])?;
    db.execute(DELETE, params![id])
}

/// Everything before this place was delivered.
pub(crate) fn advance(db: &Db, id: WebhookId, position: u64) -> Result<(), StoreError> {
    db.execute(ADVANCE, params![id, position])
}

/// The event at the position was not delivered.
pub(crate) fn set_progress(db: &Db, id: WebhookId, progress: Progress) -> Result<(), StoreError> {
    let (failures, next_try, is_stopped) = match progress {
        Progress::Going => (0, None, false),
        Progress::Waiting { failures, next_try } => (failures, Some(At(next_try)), false),
        Progress::Stopped => (0, None, true),
    };
    db.execute(FAIL, params![id, failures, next_try, i64::from(is_stopped)])
}

/// Remembers an attempt, and gives its number. `None` if there is no such webhook any more.
pub(crate) fn note(db: &Db, id: WebhookId, attempt: &Attempt) -> Result<Option<u64>, StoreError> {
    let Some(row) = db.optional(SELECT_ROW, params![id], |row| row.get::<i64>(0))? else {
        return Ok(None);
    };
    let (kind, event) = match attempt.message {
        Message::Event(event) => (0, Some(event)),
        Message::Again(event) => (1, Some(event)),
        Message::Test => (2, None),
    };
    let problem: String = attempt.problem.chars().take(PROBLEM_CHARS_MAX).collect();
    let (at, status) = (At(attempt.at), attempt.status);
    let values = params![row, kind, event, at, attempt.duration_ms, status, problem];
    let number = db.query_row(INSERT_DELIVERY, values, |row| row.get(0))?;
    db.execute(PRUNE, params![row, DELIVERIES_KEPT])?;
    Ok(Some(number))
}

/// Attempts, newest first, from before the one with this number.
pub(crate) fn deliveries(
    db: &Db,
    id: WebhookId,
    before: u64,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    db.query_all(DELIVERIES, params![id, before, limit], read_delivery)
}

/// The first event of a tenancy at or after a place and before another.
pub(crate) fn next_event(
    db: &Db,
    tenancy: TenancyId,
    from: u64,
    before: u64,
) -> Result<Option<u64>, StoreError> {
    db.optional(NEXT_EVENT, params![tenancy, from, before], |row| row.get(0))
}

fn read(row: &Row<'_>) -> Result<Webhook, StoreError> {
    let next_try: Option<At> = row.get(5)?;
    let is_stopped: bool = row.get(6)?;
    let progress = match (is_stopped, next_try) {
        (true, _) => Progress::Stopped,
        (false, Some(At(next_try))) => Progress::Waiting { failures: row.get(4)?, next_try },
        (false, None) => Progress::Going,
    };
    Ok(Webhook {
        id: row.get(0)?,
        url: row.get(1)?,
        created_at: row.get::<At>(2)?.0,
        position: row.get(3)?,
        progress,
    })
}

fn read_delivery(row: &Row<'_>) -> Result<Delivery, StoreError> {
    let (kind, event): (i64, Option<u64>) = (row.get(1)?, row.get(2)?);
    let message = match (kind, event) {
        (0, Some(event)) => Message::Event(event),
        (1, Some(event)) => Message::Again(event),
        (2, None) => Message::Test,
        _ => return Err(StoreError::Damaged("a delivery of a webhook is unknown".to_owned())),
    };
    Ok(Delivery {
        id: row.get(0)?,
        attempt: Attempt {
            message,
            at: row.get::<At>(3)?.0,
            duration_ms: row.get(4)?,
            status: row.get(5)?,
            problem: row.get(6)?,
        },
    })
}
