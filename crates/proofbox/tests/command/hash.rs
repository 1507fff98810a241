//! `proofbox hash`.

use insta::assert_snapshot;

use super::run::Place;

#[test]
fn both_fingerprints_are_printed_for_each_file() {
    let place = Place::new();
    place.write("empty.txt", "").write("letter.txt", "Dear Ada,\n");
    assert_snapshot!(place.run("hash empty.txt letter.txt"));
}

#[test]
fn large_file_is_hashed_in_blocks_as_dropbox_does() {
    let place = Place::new();
    place.write("large.bin", vec![b'a'; 9 * 1024 * 1024]);
    assert_snapshot!(place.run("hash large.bin"));
}

#[test]
fn json_is_one_line_per_file() {
    let place = Place::new();
    place.write("a.txt", "a").write("b.txt", "b");
    assert_snapshot!(place.run("hash --json a.txt b.txt"));
}

#[test]
fn unreadable_file_is_an_error_and_the_others_are_hashed() {
    let place = Place::new();
    place.write("here.txt", "here").write("folder/inside.txt", "");
    assert_snapshot!(place.run("hash missing.txt folder here.txt"));
}

#[test]
fn name_cannot_steer_the_terminal() {
    let place = Place::new();
    let name = "evil\u{1b}[2J\u{202e}fdp.exe";
    place.write(name, "x");
    let output = place.command(["hash", name]).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.contains("evil\\u{1b}[2J\\u{202e}fdp.exe"), "{out}");
}

#[test]
fn no_file_is_wrong_usage() {
    assert_snapshot!(Place::new().run("hash"));
}
