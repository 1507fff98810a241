//! `witness` before it serves: what it prints, and what it refuses.

use insta::assert_snapshot;

use super::run::{Place, Ran};

/// A seed that tests may know.
const SEED: &str = "1111111111111111111111111111111111111111111111111111111111111111\n";

fn with_key() -> Place {
    let place = Place::new();
    place.write("w/witness.key", SEED);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(place.path("w/witness.key"), mode).unwrap();
    place
}

/// A start that is expected to fail.
fn serve(place: &Place, logs: &str) -> Ran {
    place.write("logs", logs);
    place.run("witness --data w --name w.example.org --listen 127.0.0.1:0 --logs logs")
}

#[test]
fn lines_for_the_other_side_are_printed_without_serving() {
    let place = with_key();
    assert_snapshot!("one_key", place.run("witness --data w --name w.example.org --print-key"));
    let ran = place.run(
        "witness --data w --name w.example.org --print-key --ml-dsa-44 --public-url https://w.example.org/",
    );
    let lines: Vec<_> = ran.out.lines().collect();
    assert_eq!(lines.len(), 2, "{ran}");
    assert!(lines[0].starts_with("witness w.example.org w.example.org+"), "{ran}");
    assert!(lines[1].starts_with("witness w.example.org-ml-dsa-44 w.example.org+"), "{ran}");
    assert!(lines.iter().all(|line| line.ends_with(" https://w.example.org")), "{ran}");
}

#[test]
fn list_of_logs_that_cannot_be_read_is_named_with_its_line() {
    let place = with_key();
    assert_snapshot!("malformed_list", serve(&place, "# logs\nlog nonsense\n"));
    std::fs::remove_file(place.path("logs")).unwrap();
    assert_snapshot!(
        "missing_list",
        place.run("witness --data w --name w.example.org --logs logs")
    );
}

#[test]
fn key_that_others_may_read_is_refused() {
    let place = with_key();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    std::fs::set_permissions(place.path("w/witness.key"), mode).unwrap();
    assert_snapshot!(serve(&place, "quorum none\n"));
}

#[test]
fn other_name_than_before_is_refused() {
    let place = with_key();
    place.run("witness --data w --name w.example.org --print-key");
    assert_snapshot!(place.run("witness --data w --name v.example.org --print-key"));
}
