//! What has gone wrong between Dropbox and those who follow it: 52 situations, each a test whose
//! name begins with its number, over HTTP against the sandbox. Those that concern the server or the
//! whole binary are among their tests.

mod access;
mod content;
mod downloads;
mod listing;
mod moves;
mod names;
mod oddities;
mod patience;
mod team;

use std::fs;
use std::path::Path;

const SITUATIONS: u32 = 52;

#[test]
fn each_situation_has_a_test() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut sources = String::new();
    for room in fs::read_dir(crates).unwrap() {
        collect(&room.unwrap().path().join("tests"), &mut sources);
    }
    let lacks = |number: &u32| !sources.contains(&format!("fn t{number:02}_"));
    let lacking: Vec<u32> = (1..=SITUATIONS).filter(lacks).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// Every source file of a directory, one after the other.
fn collect(directory: &Path, sources: &mut String) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
