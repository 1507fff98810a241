//! The lookup's index: fingerprints by the first 8 bytes of their lookup ids. Eight bytes find a
//! row and are never trusted: the event's own fingerprint decides.

use super::db::{Db, Insert, Row, params};
use super::values::{At, read_content};
use super::{events, log};
use crate::error::StoreError;
use crate::ids::{AssetId, EventId};
use crate::lookup::{Algorithm, Answer, LookupId, bucket_range, fingerprints};
use crate::model::asset::Content;

macro_rules! candidate_columns {
    () => {
        "event.uuid, event.id, event.version, event.accepted_at, event.content_hash, event.sha256,
         latest.uuid, latest.id, latest.version, latest.accepted_at, latest.content_hash,
         latest.sha256, asset.uuid, asset.versions, asset.status, tenancy.display_name,
         tenancy.verified_domain"
    };
}

macro_rules! candidate_joins {
    () => {
        "join asset on asset.id = event.asset
         join event as latest on latest.id = asset.latest_event
         join tenancy on tenancy.id = asset.tenancy"
    };
}

static INSERT: Insert = Insert("insert into lookup (level, prefix, event) values (0, ?1, ?2)");
/// The next prefix in use: hopping from one to the next skips the many rows of a common file.
const SELECT_NEXT_PREFIX: &str =
    "select min(prefix) from lookup where level = ?1 and prefix between ?2 and ?3";
const SELECT_CANDIDATES: &str = concat!(
    "select ",
    candidate_columns!(),
    " from lookup join event on event.id = lookup.event ",
    candidate_joins!(),
    " where lookup.level = ?1 and lookup.prefix = ?2 and lookup.event < ?3
      order by lookup.event limit ?4"
);
/// The same for whole buckets. The cross join says which table leads.
const SELECT_FEW: &str = concat!(
    "select ",
    candidate_columns!(),
    ", lookup.prefix from lookup cross join event on event.id = lookup.event ",
    candidate_joins!(),
    " where lookup.level = ?1 and lookup.prefix between ?2 and ?3 and lookup.event < ?4
      order by lookup.prefix, lookup.event limit ?5"
);
/// The same for all prefixes of a bucket, hopping from one to the next: for a database that is a round
/// trip away.
const SELECT_BUCKET: &str = concat!(
    "with recursive used (prefix) as (
        select min(prefix) from lookup where level = 0 and prefix between ?1 and ?2
        union all
        select (select min(lookup.prefix) from lookup
            where level = 0 and lookup.prefix > used.prefix and lookup.prefix <= ?2)
        from used where used.prefix is not null
     ), listed as (select prefix from used where prefix is not null limit ?5)
     select ",
    candidate_columns!(),
    ", listed.prefix from listed cross join lateral (
        select lookup.event from lookup
        where level = 0 and lookup.prefix = listed.prefix and lookup.event < ?3
        order by lookup.event limit ?4
     ) as found join event on event.id = found.event ",
    candidate_joins!(),
    " order by listed.prefix, found.event"
);

/// A bucket with fewer rows is read at once, and nearly all have.
const FEW: usize = if cfg!(test) { 40 } else { 512 };
/// The most fingerprints in a bucket; there are 32 to 64 on average.
const BUCKET_FINGERPRINTS_MAX: usize = 1_024;
/// The most events of one fingerprint that are looked at: the first ones. An empty file may be in
/// a million documents, and whoever published it first is the most interesting.
const FINGERPRINT_EVENTS_MAX: usize = 64;
/// The levels of the index, older rows first.
const LEVELS: [i64; 2] = [1, 0];
/// The one level that there is on `PostgreSQL`.
const ONE_LEVEL: [i64; 1] = [0];

/// What is known about one content in one document, with what it is to be sealed under.
pub(crate) struct Found {
    pub(crate) algorithm: Algorithm,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) answer: Answer,
}

/// Files an event under its fingerprints, and says how many those are.
pub(crate) fn insert(db: &Db, content: Content, event: u64) -> Result<u64, StoreError> {
    let mut count = 0;
    for (algorithm, hash) in fingerprints(content) {
        let prefix = LookupId::of(algorithm, &hash).prefix();
        db.insert(&INSERT, params![ordered(prefix), event])?;
        count += 1;
    }
    Ok(count)
}

/// Everything signed in a bucket.
pub(crate) fn bucket(db: &Db, bits: u8, prefix: u64) -> Result<Vec<Found>, StoreError> {
    let signed = log::signed_size(db)?;
    let (first, last) = bucket_range(bits, prefix);
    let candidates = match db {
        Db::Postgres(_) => all_candidates(db, first, last, signed)?,
        Db::Sqlite(_) => match few_candidates(db, first, last, signed)? {
            Some(few) => few,
            None => candidates_by_prefix(db, first, last, signed)?,
        },
    };
    let mut found = Vec::new();
    for (prefix, candidate) in candidates {
        add_candidate(db, prefix, candidate, signed, &mut found)?;
    }
    Ok(found)
}

/// The first events of each prefix in a range, if there are few of all together.
fn few_candidates(
    db: &Db,
    first: u64,
    last: u64,
    signed: u64,
) -> Result<Option<Vec<(u64, Candidate)>>, StoreError> {
    let mut found = Vec::new();
    for level in levels(db) {
        let bounds = params![level, ordered(first), ordered(last), signed, FEW];
        let on_level = db.query_all(SELECT_FEW, bounds, read_with_prefix)?;
        if on_level.len() == FEW {
            return Ok(None);
        }
        found.extend(on_level);
    }
    // Those of one prefix stay as they are: the older level first.
    found.sort_by_key(|(prefix, _)| *prefix);
    let (mut prefix, mut of_prefix) = (None, 0);
    found.retain(|(next, _)| {
        of_prefix = if prefix == Some(*next) { of_prefix + 1 } else { 1 };
        prefix = Some(*next);
        of_prefix <= FINGERPRINT_EVENTS_MAX
    });
    Ok(Some(found))
}

/// The same, hopping from one prefix to the next.
fn candidates_by_prefix(
    db: &Db,
    first: u64,
    last: u64,
    signed: u64,
) -> Result<Vec<(u64, Candidate)>, StoreError> {
    let mut found = Vec::new();
    let mut next = next_prefix(db, first, last)?;
    for _ in 0..BUCKET_FINGERPRINTS_MAX {
        let Some(prefix) = next else { break };
        found.extend(candidates(db, prefix, signed)?.into_iter().map(|one| (prefix, one)));
        next = match prefix.checked_add(1) {
            Some(after) if after <= last => next_prefix(db, after, last)?,
            _ => None,
        };
    }
    Ok(found)
}

/// The signed events with exactly this content, the first ones first; a few dozen at most.
pub(crate) fn events_with(db: &Db, content: Content) -> Result<Vec<u64>, StoreError> {
    let signed = log::signed_size(db)?;
    let Some((algorithm, hash)) = fingerprints(content).last() else { return Ok(Vec::new()) };
    let prefix = LookupId::of(algorithm, &hash).prefix();
    let has_it = |candidate: &Candidate| {
        fingerprints(candidate.event.fingerprint).any(|known| known == (algorithm, hash))
    };
    let found = candidates(db, prefix, signed)?;
    Ok(found.iter().filter(|found| has_it(found)).map(|found| found.event.index).collect())
}

/// Where events with a hash are filed, whichever algorithm it is of.
pub(crate) fn keys_of(hash: &[u8; 32]) -> [i64; 2] {
    let key = |algorithm| ordered(LookupId::of(algorithm, hash).prefix());
    [key(Algorithm::ContentHash), key(Algorithm::Sha256)]
}

fn next_prefix(db: &Db, first: u64, last: u64) -> Result<Option<u64>, StoreError> {
    let mut next: Option<u64> = None;
    for level in levels(db) {
        let bounds = params![level, ordered(first), ordered(last)];
        let found: Option<i64> = db.query_row(SELECT_NEXT_PREFIX, bounds, |row| row.get(0))?;
        let found = found.map(|found| found.cast_unsigned() ^ SIGN);
        next = next.into_iter().chain(found).min();
    }
    Ok(next)
}

/// The first events of a prefix, the older level first.
fn candidates(db: &Db, prefix: u64, signed: u64) -> Result<Vec<Candidate>, StoreError> {
    let mut found = Vec::new();
    for level in levels(db) {
        let bounds = params![level, ordered(prefix), signed, FINGERPRINT_EVENTS_MAX - found.len()];
        found.extend(db.query_all(SELECT_CANDIDATES, bounds, read_candidate)?);
    }
    Ok(found)
}

fn levels(db: &Db) -> &'static [i64] {
    match db {
        Db::Sqlite(_) => &LEVELS,
        Db::Postgres(_) => &ONE_LEVEL,
    }
}

/// The first events of each prefix in a range.
fn all_candidates(
    db: &Db,
    first: u64,
    last: u64,
    signed: u64,
) -> Result<Vec<(u64, Candidate)>, StoreError> {
    let (events_max, prefixes_max) = (FINGERPRINT_EVENTS_MAX, BUCKET_FINGERPRINTS_MAX);
    let bounds = params![ordered(first), ordered(last), signed, events_max, prefixes_max];
    db.query_all(SELECT_BUCKET, bounds, read_with_prefix)
}

/// Adds one answer per document and content: its newest event with it, of those looked at.
fn add_candidate(
    db: &Db,
    prefix: u64,
    mut candidate: Candidate,
    signed: u64,
    found: &mut Vec<Found>,
) -> Result<(), StoreError> {
    candidate.hold_back(db, signed)?;
    for (algorithm, fingerprint) in fingerprints(candidate.event.fingerprint) {
        if LookupId::of(algorithm, &fingerprint).prefix() == prefix {
            keep_newest(found, candidate.about(algorithm, fingerprint));
        }
    }
    Ok(())
}

/// Candidates come oldest first, so a later one of the same document and content wins.
fn keep_newest(found: &mut Vec<Found>, new: Found) {
    let same = found.iter_mut().find(|old| {
        old.answer.asset == new.answer.asset
            && old.algorithm == new.algorithm
            && old.fingerprint == new.fingerprint
    });
    match same {
        Some(old) => *old = new,
        None => found.push(new),
    }
}

struct Candidate {
    event: Published,
    latest: Published,
    asset: AssetId,
    versions: u32,
    status: crate::model::asset::DocumentStatus,
    publisher: String,
    verified_domain: Option<String>,
}

#[derive(Clone, Copy)]
struct Published {
    id: EventId,
    index: u64,
    version: u32,
    at: jiff::Timestamp,
    fingerprint: Content,
}

impl Candidate {
    /// Puts the newest signed event in place of one that is not signed yet.
    fn hold_back(&mut self, db: &Db, signed: u64) -> Result<(), StoreError> {
        if self.latest.index < signed {
            return Ok(());
        }
        let index = events::signed_from(db, self.latest.index, signed)?;
        if let Some(event) = index.map_or(Ok(None), |index| events::at(db, index))? {
            self.versions = event.version;
            self.latest = Published {
                id: event.id,
                index: event.log_index,
                version: event.version,
                at: event.accepted_at,
                fingerprint: event.fingerprint,
            };
        }
        Ok(())
    }

    fn about(&self, algorithm: Algorithm, fingerprint: [u8; 32]) -> Found {
        // A document that went back to an earlier content has it as its current version.
        let is_current = fingerprints(self.latest.fingerprint)
            .any(|current| current == (algorithm, fingerprint));
        let event = if is_current { self.latest } else { self.event };
        let answer = Answer {
            asset: self.asset,
            event: event.id,
            index: event.index,
            version: event.version,
            versions: self.versions,
            status: self.status,
            published: event.at,
            latest_event: self.latest.id,
            latest_published: self.latest.at,
            publisher: self.publisher.clone(),
            verified_domain: self.verified_domain.clone(),
        };
        Found { algorithm, fingerprint, answer }
    }
}

fn read_candidate(row: &Row<'_>) -> Result<Candidate, StoreError> {
    Ok(Candidate {
        event: read_published(row, 0)?,
        latest: read_published(row, 6)?,
        asset: row.get(12)?,
        versions: row.get(13)?,
        status: row.get(14)?,
        publisher: row.get(15)?,
        verified_domain: row.get(16)?,
    })
}

fn read_with_prefix(row: &Row<'_>) -> Result<(u64, Candidate), StoreError> {
    let prefix: i64 = row.get(17)?;
    Ok((prefix.cast_unsigned() ^ SIGN, read_candidate(row)?))
}

fn read_published(row: &Row<'_>, first: usize) -> Result<Published, StoreError> {
    Ok(Published {
        id: row.get(first)?,
        index: row.get(first + 1)?,
        version: row.get(first + 2)?,
        at: row.get::<At>(first + 3)?.0,
        fingerprint: read_content(row, first + 4)?,
    })
}

const SIGN: u64 = 1 << 63;

/// Signed numbers in the order of the unsigned ones, because the store knows only signed ones.
pub(crate) fn ordered(prefix: u64) -> i64 {
    (prefix ^ SIGN).cast_signed()
}
