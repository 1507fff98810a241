//! Every way in which a chain can be whole or broken.

use super::*;
use crate::model::asset::{Fingerprint, Origin};

/// The entries of a chain of so many versions, at indexes 10, 20, 30 and so on.
fn chain(versions: u32) -> Vec<Proven> {
    let mut events = Vec::new();
    for version in 1..=versions {
        events.push(next(&events, EventKind::Publish, version));
    }
    events
}

/// An event that continues the last of these.
fn next(events: &[Proven], kind: EventKind, version: u32) -> Proven {
    let previous = events.last().map(|last| Previous { index: last.index, leaf: last.leaf });
    let index = events.last().map_or(0, |last| last.index) + 10;
    let statement = Statement {
        kind: if previous.is_none() { EventKind::NewAsset } else { kind },
        asset: AssetId::from_bytes([1; 16]),
        event: crate::EventId::from_bytes([2; 16]),
        version,
        fingerprint: Fingerprint { content_hash: [3; 32], sha256: None }.into(),
        declared_at: "2026-05-12T12:00:00Z".parse().unwrap(),
        accepted_at: format!("2026-05-12T12:00:{index}Z").parse().unwrap(),
        publisher: crate::TenancyId::from_bytes([4; 16]),
        origin: Origin::Observed,
        previous,
        attributes: None,
    };
    Proven { index, leaf: leaf(index), statement }
}

fn leaf(index: u64) -> Hash {
    Hash([u8::try_from(index).unwrap(); 32])
}

/// The indexes in the order in which they were found to be, or what is wrong.
fn check(events: &[Proven], expected: Result<&[u64], Broken>) {
    let found = history(events).map(|all| all.iter().map(|event| event.index).collect());
    assert_eq!(found, expected.map(<[u64]>::to_vec));
}

fn left_out(
    entry: u64,
    missing: u64,
    versions: RangeInclusive<u32>,
) -> Result<&'static [u64], Broken> {
    Err(Broken::LeftOut { entry, missing, versions })
}

#[test]
fn chain_is_whole_in_whatever_order_it_comes() {
    let mut events = chain(4);
    check(&events, Ok(&[10, 20, 30, 40]));
    events.reverse();
    check(&events, Ok(&[10, 20, 30, 40]));
    events.swap(1, 3);
    check(&events, Ok(&[10, 20, 30, 40]));
    check(&events[..0], Err(Broken::Nothing));
    check(&chain(1), Ok(&[10]));
}

#[test]
fn receipt_that_is_there_twice_counts_once() {
    let events = [chain(3), chain(2)].concat();
    check(&events, Ok(&[10, 20, 30]));
}

#[test]
fn chain_cannot_tell_what_came_after_its_last_entry() {
    check(&chain(4)[..3], Ok(&[10, 20, 30]));
}

#[test]
fn missing_version_is_named() {
    let without = |at: &[usize]| {
        let kept = chain(5).into_iter().enumerate().filter(|(place, _)| !at.contains(place));
        kept.map(|(_, event)| event).collect::<Vec<_>>()
    };
    check(&without(&[0]), left_out(20, 10, 1..=1));
    check(&without(&[2]), left_out(40, 30, 3..=3));
    check(&without(&[1, 2]), left_out(40, 30, 2..=3));
    check(&without(&[0, 1, 2, 3]), left_out(50, 40, 1..=4));
    check(&without(&[1, 3]), left_out(30, 20, 2..=2));
}

#[test]
fn withdrawal_is_part_of_the_chain_and_makes_no_version() {
    let mut events = chain(2);
    events.push(next(&events, EventKind::Withdraw, 2));
    check(&events, Ok(&[10, 20, 30]));
    events.push(next(&events, EventKind::Publish, 3));
    check(&events, Ok(&[10, 20, 30, 40]));
    events.remove(2);
    let broken = history(&events).unwrap_err();
    let Broken::LeftOut { entry: 40, missing: 30, versions } = broken else { panic!("{broken:?}") };
    assert!(versions.is_empty());

    let mut events = chain(1);
    events.push(next(&events, EventKind::Withdraw, 2));
    check(&events, Err(Broken::Version { entry: 20, version: 2, after: 1 }));
    events.push(next(&events, EventKind::Withdraw, 2));
    events.remove(1);
    check(&events, left_out(30, 20, 2..=2));
}

#[test]
fn two_events_that_continue_the_same_one_are_two_histories() {
    let mut events = chain(3);
    let mut other = next(&events[..2], EventKind::Publish, 3);
    (other.index, other.leaf) = (35, leaf(35));
    events.push(other);
    check(&events, Err(Broken::TwoHistories { entry: 20, one: 30, other: 35 }));
}

#[test]
fn two_beginnings_are_two_histories() {
    let mut other = chain(1).remove(0);
    (other.index, other.leaf) = (15, leaf(15));
    let events = [chain(2), vec![other]].concat();
    check(&events, Err(Broken::TwoBeginnings { one: 10, other: 15 }));
}

#[test]
fn two_entries_at_one_place_are_two_histories_of_the_log() {
    let mut events = chain(2);
    let mut other = events[1].clone();
    other.leaf = leaf(99);
    events.push(other);
    check(&events, Err(Broken::TwoEntries(20)));
}

#[test]
fn event_of_another_asset_or_publisher_does_not_belong() {
    let mut events = chain(3);
    events[2].statement.asset = AssetId::from_bytes([9; 16]);
    let asset = events[2].statement.asset;
    check(&events, Err(Broken::OtherAsset { entry: 30, asset }));
    let mut events = chain(3);
    events[1].statement.publisher = crate::TenancyId::from_bytes([9; 16]);
    check(&events, Err(Broken::OtherPublisher(20)));
}

#[test]
fn link_must_name_the_very_entry() {
    let mut events = chain(3);
    events[1].leaf = leaf(99);
    check(&events, Err(Broken::OtherPrevious { entry: 30, previous: 20 }));
    let mut events = chain(3);
    events[1].statement.previous = Some(Previous { index: 30, leaf: leaf(30) });
    check(&events, Err(Broken::NotBefore { entry: 20, previous: 30 }));
    events[1].statement.previous = Some(Previous { index: 20, leaf: leaf(20) });
    check(&events, Err(Broken::NotBefore { entry: 20, previous: 20 }));
}

#[test]
fn versions_have_no_gap_although_the_links_hold() {
    let mut events = chain(3);
    events[2].statement.version = 4;
    check(&events, Err(Broken::Version { entry: 30, version: 4, after: 2 }));
    events[2].statement.version = 2;
    check(&events, Err(Broken::Version { entry: 30, version: 2, after: 2 }));
    let mut events = chain(1);
    events[0].statement.version = 2;
    check(&events, Err(Broken::Version { entry: 10, version: 2, after: 0 }));
}

#[test]
fn kind_fits_the_place() {
    let mut events = chain(2);
    events[1].statement.kind = EventKind::NewAsset;
    check(&events, Err(Broken::Kind(20)));
    let mut events = chain(2);
    events[0].statement.kind = EventKind::Publish;
    check(&events, Err(Broken::Kind(10)));
}

#[test]
fn times_do_not_go_backwards_and_may_stand_still() {
    let mut events = chain(3);
    events[1].statement.accepted_at = events[0].statement.accepted_at;
    check(&events, Ok(&[10, 20, 30]));
    events[2].statement.accepted_at = "2026-05-12T12:00:09Z".parse().unwrap();
    check(&events, Err(Broken::Backwards(30)));
}
