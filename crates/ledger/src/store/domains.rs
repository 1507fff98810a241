//! The domain that a tenancy claims, and the history of those it claimed.

use jiff::Timestamp;

use super::db::{Db, Row, params};
use super::values::At;
use crate::error::StoreError;
use crate::ids::TenancyId;
use crate::model::domains::{
    Check, Claim, DOMAIN_STEPS_MAX, PROBLEM_CHARS_MAX, Proof, Standing, Step, StepKind,
};

macro_rules! claim_columns {
    () => {
        "name, token, claimed_at, standing, since, proof, missed_since, checked_at, problem, \
         next_check, tenancy.uuid from domain join tenancy on tenancy.id = domain.tenancy"
    };
}

const SELECT: &str = concat!("select ", claim_columns!(), " where tenancy.uuid = ?1");
const DUE: &str =
    concat!("select ", claim_columns!(), " where next_check <= ?1 order by next_check limit ?2");
const SELECT_HOLDER: &str = "select uuid from tenancy where verified_domain = ?1";
const INSERT: &str = "
    insert into domain (tenancy, name, token, claimed_at, standing, since, problem, next_check)
    select id, ?2, ?3, ?4, 0, ?4, '', ?5 from tenancy where uuid = ?1";
const UPDATE: &str = "
    update domain set standing = ?2, since = ?3, proof = ?4, missed_since = ?5, checked_at = ?6,
        problem = ?7, next_check = ?8
    where tenancy = (select id from tenancy where uuid = ?1)";
const DELETE: &str = "delete from domain where tenancy = (select id from tenancy where uuid = ?1)";
const SHOW: &str = "update tenancy set verified_domain = ?2 where uuid = ?1";
const INSERT_STEP: &str = "
    insert into domain_step (tenancy, at, name, kind, proof, problem)
    select id, ?2, ?3, ?4, ?5, ?6 from tenancy where uuid = ?1";
const STEPS: &str = "
    select at, name, kind, proof, problem
    from domain_step join tenancy on tenancy.id = domain_step.tenancy
    where tenancy.uuid = ?1 order by domain_step.id desc limit ?2";

pub(crate) fn get(db: &Db, tenancy: TenancyId) -> Result<Option<Claim>, StoreError> {
    db.optional(SELECT, params![tenancy], read)
}

/// Those that are to be looked at by now, the longest due first.
pub(crate) fn due(
    db: &Db,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<(TenancyId, Claim)>, StoreError> {
    db.query_all(DUE, params![At(now), limit], |row| Ok((row.get(10)?, read(row)?)))
}

/// The tenancy that has a domain verified.
pub(crate) fn holder(db: &Db, name: &str) -> Result<Option<TenancyId>, StoreError> {
    db.optional(SELECT_HOLDER, params![name], |row| row.get(0))
}

pub(crate) fn insert(db: &Db, tenancy: TenancyId, claim: &Claim) -> Result<(), StoreError> {
    let (at, next) = (At(claim.claimed_at), claim.next_check.map(At));
    db.execute(INSERT, params![tenancy, claim.name, claim.token, at, next])
}

/// What is known of a claim now; and everybody is shown it, or not.
pub(crate) fn update(db: &Db, tenancy: TenancyId, claim: &Claim) -> Result<(), StoreError> {
    let (standing, since, proof, missed_since) = match claim.standing {
        Standing::Claimed => (0, claim.claimed_at, None, None),
        Standing::Verified { since, proof, missed_since } => {
            (1, since, Some(proof), missed_since.map(At))
        }
        Standing::Lapsed { since } => (2, since, None, None),
    };
    let check = claim.last_check.as_ref();
    let (checked_at, problem) =
        (check.map(|check| At(check.at)), check.map_or("", |check| check.problem.as_str()));
    let (since, next) = (At(since), claim.next_check.map(At));
    db.execute(
        UPDATE,
        params![tenancy, standing, since, proof, missed_since, checked_at, problem, next],
    )?;
    show(db, tenancy, claim.is_verified().then_some(claim.name.as_str()))
}

/// Forgets the claim, but not its history.
pub(crate) fn delete(db: &Db, tenancy: TenancyId) -> Result<(), StoreError> {
    db.execute(DELETE, params![tenancy])?;
    show(db, tenancy, None)
}

fn show(db: &Db, tenancy: TenancyId, name: Option<&str>) -> Result<(), StoreError> {
    db.execute(SHOW, params![tenancy, name])
}

pub(crate) fn note(db: &Db, tenancy: TenancyId, step: &Step) -> Result<(), StoreError> {
    let (kind, proof, problem) = match &step.kind {
        StepKind::Claimed => (0, None, ""),
        StepKind::Verified(proof) => (1, Some(*proof), ""),
        StepKind::Lapsed(problem) => (2, None, problem.as_str()),
        StepKind::Released => (3, None, ""),
    };
    let problem: String = problem.chars().take(PROBLEM_CHARS_MAX).collect();
    db.execute(INSERT_STEP, params![tenancy, At(step.at), step.name, kind, proof, problem])
}

/// What became of a tenancy's domains, newest first.
pub(crate) fn steps(db: &Db, tenancy: TenancyId) -> Result<Vec<Step>, StoreError> {
    db.query_all(STEPS, params![tenancy, DOMAIN_STEPS_MAX], read_step)
}

fn read(row: &Row<'_>) -> Result<Claim, StoreError> {
    let (standing, since): (i64, At) = (row.get(3)?, row.get(4)?);
    let proof: Option<Proof> = row.get(5)?;
    let missed_since = row.get::<Option<At>>(6)?.map(|at| at.0);
    let standing = match (standing, proof) {
        (0, None) => Standing::Claimed,
        (1, Some(proof)) => Standing::Verified { since: since.0, proof, missed_since },
        (2, None) => Standing::Lapsed { since: since.0 },
        _ => return Err(StoreError::Damaged("the standing of a domain".to_owned())),
    };
    let (checked_at, problem): (Option<At>, String) = (row.get(7)?, row.get(8)?);
    Ok(Claim {
        name: row.get(0)?,
        token: row.get(1)?,
        claimed_at: row.get::<At>(2)?.0,
        standing,
        last_check: checked_at.map(|at| Check { at: at.0, problem }),
        next_check: row.get::<Option<At>>(9)?.map(|at| at.0),
    })
}

fn read_step(row: &Row<'_>) -> Result<Step, StoreError> {
    let (kind, proof): (i64, Option<Proof>) = (row.get(2)?, row.get(3)?);
    let kind = match (kind, proof) {
        (0, None) => StepKind::Claimed,
        (1, Some(proof)) => StepKind::Verified(proof),
        (2, None) => StepKind::Lapsed(row.get(4)?),
        (3, None) => StepKind::Released,
        _ => return Err(StoreError::Damaged("a step of a domain".to_owned())),
    };
    Ok(Step { at: row.get::<At>(0)?.0, name: row.get(1)?, kind })
}
