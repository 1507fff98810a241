//! Assets and indexes: what is kept to find events quickly, against the events and items.

use super::tally::Tally;
use super::{Fsck, Start, Sums, readable, rebuild, restore};
use crate::error::StoreError;
use crate::lookup::LookupId;
use crate::store::db::Db;
use crate::store::fsck as rows;
use crate::store::items::key_tag;
use crate::store::lookup::ordered;

/// Assets end with their newest event and begin with their first, and their item knows them.
pub(super) fn check_assets(db: &Db, size: u64, report: &mut Fsck) -> Result<(), StoreError> {
    for asset in rows::wrong_assets(db, size)? {
        let problem = "its first event, newest event, versions or item are not those of its row";
        report.add(restore(format!("asset {asset}"), problem));
    }
    Ok(())
}

/// Every event but the registered ones has exactly one idempotency key, and it is the key of the event's
/// revision.
pub(super) fn check_recorded(db: &Db, size: u64, report: &mut Fsck) -> Result<(), StoreError> {
    let (mut count, mut sum) = (0, 0_u64);
    rows::each_recorded(db, size, |recorded| {
        let place = || "an idempotency key".to_owned();
        let Some(recorded) = readable(recorded, place, report)? else { return Ok(()) };
        count += 1;
        sum = sum.wrapping_add(recorded.event);
        if !recorded.is_right() {
            let place = format!("idempotency key of event {}", recorded.event);
            report.add(restore(place, "it is not that of the event's revision"));
        }
        Ok(())
    })?;
    // One key for each event from 1 on: with each key known to be right, count and sum say so.
    let registered = rows::registered(db, size)?;
    let events = size.saturating_sub(1).saturating_sub(registered.count);
    let all = u128::from(size.saturating_sub(1)) * u128::from(size) / 2;
    let all = u64::try_from(all & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    if (count, sum) != (events, all.wrapping_sub(registered.sum)) {
        let problem = format!("there are {count} for {events} events, or some twice");
        report.add(restore("idempotency keys", problem));
    }
    Ok(())
}

/// Sums up the lookup as it is.
pub(super) fn sum_lookup(db: &Db, size: u64, sum: &mut Tally) -> Result<(), StoreError> {
    rows::each_pair(db, rows::LOOKUP, size, |prefix, event| sum.add_row(prefix, event))
}

/// Sums up the index of items as it is.
pub(super) fn sum_item_keys(db: &Db, sum: &mut Tally) -> Result<(), StoreError> {
    rows::each_pair(db, rows::ITEM_KEYS, 0, |tag, item| sum.add_row(tag, item))
}

/// Sums up what the index of items must hold.
pub(super) fn sum_items(db: &Db, report: &mut Fsck, sum: &mut Tally) -> Result<(), StoreError> {
    rows::each_item(db, |id, source_and_key| {
        let place = || format!("item {id}");
        if let Some((source, key)) = readable(source_and_key, place, report)? {
            sum.add_row(key_tag(source, &key), id);
        }
        Ok(())
    })
}

/// Compares what the jobs summed up. Where two sums differ, goes through the rows.
pub(super) fn compare(
    db: &Db,
    start: &Start,
    sums: &Sums,
    report: &mut Fsck,
) -> Result<(), StoreError> {
    let expected = sums.lookup_expected;
    if sums.lookup != expected {
        let before = report.findings.len();
        find_lookup(db, start.size, report)?;
        if report.findings.len() == before {
            report.add(rebuild("the lookup", "it has rows that belong to no event"));
        }
    }
    // Beside a running instance the two scans of the items may have seen different states.
    if sums.item_keys != sums.item_keys_expected {
        find_item_keys(db, report)?;
    }
    let counted = start.head.as_ref().map_or(expected.count, |head| head.fingerprints);
    if counted != expected.count {
        let problem =
            format!("the head counts {counted} fingerprints, and there are {}", expected.count);
        report.add(rebuild("the lookup", problem));
    }
    Ok(())
}

/// Says which events the lookup doesn't lead to.
fn find_lookup(db: &Db, size: u64, report: &mut Fsck) -> Result<(), StoreError> {
    rows::each_event(db, 1..size, |index, event| {
        // Events that cannot be read were told before.
        let Ok(event) = event else { return Ok(()) };
        for (algorithm, hash) in event.filed() {
            let prefix = ordered(LookupId::of(algorithm, &hash).prefix());
            if !rows::has_pair(db, rows::HAS_LOOKUP, prefix, index.cast_signed())? {
                let place = format!("the lookup of event {index}");
                report.add(rebuild(place, "its fingerprint does not lead to it"));
            }
        }
        Ok(())
    })
}

/// Says which items their index doesn't lead to, or that it leads to others.
fn find_item_keys(db: &Db, report: &mut Fsck) -> Result<(), StoreError> {
    let (mut items, mut is_complete) = (0, true);
    rows::each_item(db, |id, source_and_key| {
        items += 1;
        let Ok((source, key)) = source_and_key else { return Ok(()) };
        if !rows::has_pair(db, rows::HAS_ITEM_KEY, key_tag(source, &key), id)? {
            is_complete = false;
            report.add(rebuild(format!("the index of item {id}"), "it does not lead to it"));
        }
        Ok(())
    })?;
    let mut keys = Tally::default();
    sum_item_keys(db, &mut keys)?;
    if is_complete && keys.count != items {
        report.add(rebuild("the index of items", "it has rows that belong to no item"));
    }
    Ok(())
}
