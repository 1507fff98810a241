//! One asset's history: whether the events at hand are one unbroken chain. Each entry commits to
//! the index and leaf hash of its asset's entry before, so what was left out between the first and
//! the last shows, without the log. What came after the last never shows here.
//!
//! Pure, and only about events that were proven before: receipts are not verified here.

use std::ops::RangeInclusive;

use tlog::Hash;

use super::{Previous, Statement};
use crate::ids::AssetId;
use crate::model::asset::EventKind;

#[cfg(test)]
mod tests;

/// An event that a receipt has proven to be in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Its place in the log.
    pub index: u64,
    /// The leaf hash of its entry.
    pub leaf: Hash,
    /// What it says.
    pub statement: Statement,
}

/// Why events are not one asset's history. Entries are told by their index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// No event at all.
    #[error("there is no event")]
    Nothing,
    /// An event that another one continues is not among these.
    #[error("entry {entry} points to entry {missing}, which is not among these")]
    LeftOut {
        /// The entry that continues it.
        entry: u64,
        /// The entry that is not there.
        missing: u64,
        /// The versions that are certainly not there; empty where none was made in between.
        versions: RangeInclusive<u32>,
    },
    /// Two events continue the same one.
    #[error("entries {one} and {other} both continue entry {entry}: these are two histories")]
    TwoHistories {
        /// The entry that both continue.
        entry: u64,
        /// The earlier one.
        one: u64,
        /// The later one.
        other: u64,
    },
    /// Two events begin the asset.
    #[error("entries {one} and {other} both begin the asset: these are two histories")]
    TwoBeginnings {
        /// The earlier one.
        one: u64,
        /// The later one.
        other: u64,
    },
    /// Two different entries were proven at the same place.
    #[error("there are two different entries {0}: the log has signed two histories")]
    TwoEntries(u64),
    /// An event of something else.
    #[error("entry {entry} is about another asset, {asset}")]
    OtherAsset {
        /// Which one.
        entry: u64,
        /// What it is about.
        asset: AssetId,
    },
    /// An event of somebody else.
    #[error("entry {0} is of another publisher than the entries before it")]
    OtherPublisher(u64),
    /// The entry before is there, and is not the one that was meant.
    #[error("entry {entry} points to another entry {previous} than the one among these")]
    OtherPrevious {
        /// The entry that points.
        entry: u64,
        /// Where it points.
        previous: u64,
    },
    /// An entry continues itself or a later one.
    #[error("entry {entry} points to entry {previous}, which is not before it")]
    NotBefore {
        /// The entry that points.
        entry: u64,
        /// Where it points.
        previous: u64,
    },
    /// A version that does not follow.
    #[error("entry {entry} says version {version}, which does not follow version {after}")]
    Version {
        /// Which one.
        entry: u64,
        /// What it says.
        version: u32,
        /// The last version before it, 0 at the beginning.
        after: u32,
    },
    /// The kind of event does not fit its place.
    #[error("entry {0} says that it begins the asset and does not, or the other way round")]
    Kind(u64),
    /// It was accepted before the one that it continues.
    #[error("entry {0} was accepted before the entry that it continues")]
    Backwards(u64),
}

/// The events in their order, if they are one asset's whole history up to the last of them. They
/// may come in any order, and more than once.
pub fn history(events: &[Proven]) -> Result<Vec<&Proven>, Broken> {
    let mut events: Vec<_> = events.iter().collect();
    events.sort_by_key(|event| event.index);
    events.dedup_by(|one, other| one.index == other.index && one.leaf == other.leaf);
    let first = *events.first().ok_or(Broken::Nothing)?;
    belong_together(first, &events)?;
    let mut so_far = 0;
    for (at, event) in events.iter().enumerate() {
        let before = events.get(..at).unwrap_or_default();
        continues(before, event, so_far)?;
        so_far = version_after(event, so_far)?;
    }
    Ok(events)
}

fn belong_together(first: &Proven, events: &[&Proven]) -> Result<(), Broken> {
    for event in events {
        let (entry, asset) = (event.index, event.statement.asset);
        if asset != first.statement.asset {
            return Err(Broken::OtherAsset { entry, asset });
        }
        if event.statement.publisher != first.statement.publisher {
            return Err(Broken::OtherPublisher(entry));
        }
    }
    let mut neighbours = events.iter().zip(events.iter().skip(1));
    let same = neighbours.find(|(one, other)| one.index == other.index);
    same.map_or(Ok(()), |(one, _)| Err(Broken::TwoEntries(one.index)))
}

/// Whether an event continues the last of those before it, which are one chain themselves.
fn continues(before: &[&Proven], event: &Proven, so_far: u32) -> Result<(), Broken> {
    let entry = event.index;
    let statement = &event.statement;
    if (statement.kind == EventKind::NewAsset) != statement.previous.is_none() {
        return Err(Broken::Kind(entry));
    }
    match (before, statement.previous) {
        ([], None) => Ok(()),
        ([first, ..], None) => Err(Broken::TwoBeginnings { one: first.index, other: entry }),
        ([.., last], Some(previous)) if is(last, previous) => {
            let backwards = statement.accepted_at < last.statement.accepted_at;
            if backwards { Err(Broken::Backwards(entry)) } else { Ok(()) }
        }
        (_, Some(previous)) => Err(why_not(before, event, previous, so_far)),
    }
}

fn is(event: &Proven, previous: Previous) -> bool {
    event.index == previous.index && event.leaf == previous.leaf
}

/// What is wrong with an event that does not continue the last one.
fn why_not(before: &[&Proven], event: &Proven, previous: Previous, so_far: u32) -> Broken {
    let entry = event.index;
    if previous.index >= entry {
        return Broken::NotBefore { entry, previous: previous.index };
    }
    let mut following = before.iter().skip_while(|known| known.index != previous.index);
    match (following.next(), following.next()) {
        (None, _) => {
            let versions = so_far.saturating_add(1)..=versions_before(event);
            Broken::LeftOut { entry, missing: previous.index, versions }
        }
        // Those before are a chain, so the next one continues the one that is meant.
        (Some(known), Some(one)) if is(known, previous) => {
            Broken::TwoHistories { entry: known.index, one: one.index, other: entry }
        }
        (Some(_), _) => Broken::OtherPrevious { entry, previous: previous.index },
    }
}

/// How many versions there must have been before an event. A withdrawal or a record makes none.
fn versions_before(event: &Proven) -> u32 {
    match event.statement.kind {
        EventKind::Withdraw | EventKind::Record => event.statement.version,
        EventKind::NewAsset | EventKind::Publish => event.statement.version.saturating_sub(1),
    }
}

/// The newest version after an event.
fn version_after(event: &Proven, so_far: u32) -> Result<u32, Broken> {
    let version = event.statement.version;
    let (fits, newest) = match event.statement.kind {
        EventKind::Withdraw | EventKind::Record => ((1..=so_far).contains(&version), so_far),
        EventKind::NewAsset | EventKind::Publish => {
            (so_far.checked_add(1) == Some(version), version)
        }
    };
    let broken = Broken::Version { entry: event.index, version, after: so_far };
    fits.then_some(newest).ok_or(broken)
}
