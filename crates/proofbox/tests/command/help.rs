//! The help of every command, as a reader gets it: a change of it is seen in review.

use insta::assert_snapshot;

use super::run::Place;

#[test]
fn help_of_every_command_is_as_reviewed() {
    let place = Place::new();
    assert_snapshot!("proofbox", place.run("--help").out);
    for command in [
        "serve",
        "verify",
        "history",
        "hash",
        "sign-in-link",
        "log",
        "check",
        "copy",
        "demo",
        "sandbox",
        "witness",
    ] {
        assert_snapshot!(command, place.run(&format!("{command} --help")).out);
    }
    for command in ["fsck", "export", "monitor", "hammer", "rebuild"] {
        assert_snapshot!(format!("log-{command}"), place.run(&format!("log {command} --help")).out);
    }
    assert_snapshot!("sandbox-env", place.run("sandbox env --help").out);
}
