//! Events: each makes the entry that the log has at its index, and continues its asset's history.

use std::ops::Range;

use super::tally::Tally;
use super::{Fsck, readable, restore};
use crate::entry::event_entry_of;
use crate::error::StoreError;
use crate::lookup::LookupId;
use crate::model::asset::EventKind;
use crate::store::db::Db;
use crate::store::fsck::{self as rows, Before, EventCheck};
use crate::store::lookup::ordered;

/// Checks the events of a range of indexes, and sums up what the lookup must hold for them.
pub(super) fn check(
    db: &Db,
    range: Range<u64>,
    report: &mut Fsck,
    lookup: &mut Tally,
) -> Result<(), StoreError> {
    let mut expected = range.start;
    rows::each_event(db, range.clone(), |index, event| {
        missing(expected..index, report);
        expected = index + 1;
        let place = || format!("event {index}");
        let Some(event) = readable(event, place, report)? else { return Ok(()) };
        for (algorithm, hash) in event.filed() {
            let prefix = LookupId::of(algorithm, &hash).prefix();
            lookup.add_row(ordered(prefix), index.cast_signed());
        }
        let before = event.previous.map_or(Ok(None), |index| rows::previous(db, index));
        let Some(before) = readable(before, place, report)? else { return Ok(()) };
        if let Err(problem) = check_event(&event, before) {
            report.add(restore(place(), problem));
        }
        Ok(())
    })?;
    missing(expected..range.end, report);
    Ok(())
}

fn missing(gap: Range<u64>, report: &mut Fsck) {
    for index in gap {
        report.add(restore(format!("event {index}"), "it is missing"));
    }
}

fn check_event(event: &EventCheck, before: Option<Before>) -> Result<(), &'static str> {
    let salts = event.salts.as_ref().ok_or("its salts are malformed")?;
    let (asset, tenancy) = event.owner.ok_or("its asset or tenancy is missing")?;
    if event.previous.is_some() && before.is_none() {
        return Err("the event before it is missing");
    }
    let (asset_row, version) =
        before.as_ref().map_or((event.asset_row, 0), |before| (before.asset_row, before.version));
    let makes_version = matches!(event.kind, EventKind::NewAsset | EventKind::Publish);
    if asset_row != event.asset_row || event.version != version + u32::from(makes_version) {
        return Err("it does not continue the event before it");
    }
    let statement = event.statement(asset, tenancy, before.map(|before| before.link));
    let entry = event_entry_of(&statement.values(&event.private), salts);
    if event.entry.as_deref() == Some(&entry) {
        return Ok(());
    }
    Err("it is not the event that its entry commits to")
}
