//! What the tests hold every statement to that they run: its plan goes through no whole table that grows
//! with the files, unless the statement says that it wants to. Plans do not depend on what is in the
//! tables, so a small one shows what would happen in a large one.

use std::cell::RefCell;
use std::collections::HashSet;

use rusqlite::Connection;

/// Stands in a statement that is meant to meet every row. One that has a limit ends early.
const EVERY_ROW: &str = "/* every row */";

const GROWING: [&str; 12] = [
    "asset",
    "attribute_tag",
    "checkpoint",
    "event",
    "item",
    "item_key",
    "log_entry",
    "log_tile",
    "lookup",
    "recorded",
    "registered_asset",
    "registered_event",
];

thread_local! {
    static CHECKED: RefCell<HashSet<String>> = RefCell::default();
}

/// Panics where a statement would become slow.
pub(super) fn check(connection: &Connection, statement: &str) {
    let is_meant = statement.contains(EVERY_ROW) || statement.contains(" limit ");
    let is_new = || CHECKED.with_borrow_mut(|checked| checked.insert(statement.to_owned()));
    if is_meant || !is_new() {
        return;
    }
    let Ok(mut explained) = connection.prepare(&format!("explain query plan {statement}")) else {
        return;
    };
    let nothing = vec![rusqlite::types::Null; explained.parameter_count()];
    let steps = explained.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3));
    let steps: Vec<String> = steps.and_then(Iterator::collect).unwrap_or_default();
    let is_slow = |step: &&String| {
        let scans = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        step.contains("AUTOMATIC") || scans.is_some_and(|table| GROWING.contains(&table))
    };
    assert_eq!(steps.iter().find(is_slow), None, "{statement}\n{steps:#?}");
}
