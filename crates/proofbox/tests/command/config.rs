//! Configuration: flag, environment and file, and the errors that each leads to.

use insta::assert_snapshot;

use super::run::{Place, Ran};

/// `check` with a configuration file in the data directory.
fn check(file: &str) -> Ran {
    let place = Place::new();
    place.write("data/proofbox.toml", file);
    place.run("check --data data")
}

#[test]
fn without_any_setting_the_defaults_count() {
    assert_snapshot!(Place::new().run("check --data data"));
}

#[test]
fn every_key_of_the_file_is_read() {
    assert_snapshot!(check(
        r#"
        listen = "0.0.0.0:80"
        public_url = "https://proofs.example.org"
        dropbox_app_key = "key123"
        dropbox_app_secret = "secret456"
        dropbox_url = "http://127.0.0.1:8471"
        metrics_token = "sixteen characters"
        log_copy = "copy"
        webhooks_to = "loopback"
        name_servers = "127.0.0.1:5353, ::1"
        log_format = "json"
        log_filter = "warn"
        "#
    ));
}

const WITNESS: &str =
    "witness.example.com/w1+b561d173+BJxF7rN7ExpCLpUYVh30imeBF9M06ROxDmj66mUeHdTR";

/// `check` with this policy.
fn check_witnesses(policy: &str) -> Ran {
    let place = Place::new();
    place.write("witnesses.policy", policy);
    let mut command = place.command(["check", "--data", "data"]);
    command.env("PROOFBOX_WITNESSES", "witnesses.policy");
    command.output().unwrap().into()
}

#[test]
fn policy_of_witnesses_is_read_and_summed_up() {
    assert_snapshot!(check_witnesses(&format!(
        "witness w1 {WITNESS} https://witness.example.com\nquorum w1\n"
    )));
}

#[test]
fn policy_that_cannot_be_used_is_named_with_its_line() {
    let unknown = format!("witness w1 {WITNESS}\ngroup both 2 w1 w2\nquorum both\n");
    assert_snapshot!("unknown_witness", check_witnesses(&unknown));
    let changed = format!("# ours\nwitness w1 {}\nquorum none\n", WITNESS.replace("BJxF", "BJxG"));
    assert_snapshot!("changed_key", check_witnesses(&changed));
    assert_snapshot!("no_quorum", check_witnesses(&format!("witness w1 {WITNESS}\n")));
    let address = format!("witness w1 {WITNESS} witness.example.com\nquorum w1\n");
    assert_snapshot!("address_of_a_witness", check_witnesses(&address));
    assert_snapshot!("no_policy", check("witnesses = \"nowhere.policy\""));
}

#[test]
fn place_for_the_copy_that_helps_nobody_or_publishes_too_much_is_refused() {
    let refused = |copy: &str| {
        let place = Place::new();
        place.write("file", "").write("other/proofbox.db", "").write("data/proofbox.toml", "");
        let mut command = place.command(["check", "--data", "data"]);
        let ran = Ran::from(command.env("PROOFBOX_LOG_COPY", copy).output().unwrap());
        assert_eq!(ran.code, Some(1), "{ran}");
        ran
    };
    assert_snapshot!("copy_in_the_data_directory", refused("data/copy"));
    assert_snapshot!("copy_around_the_data_directory", refused("."));
    assert_snapshot!("copy_in_a_file", refused("file"));
    assert_snapshot!("copy_in_another_data_directory", refused("other"));
}

#[test]
fn flag_beats_environment_and_environment_beats_file() {
    let place = Place::new();
    place.write("data/proofbox.toml", "listen = \"127.0.0.1:1\"\nlog_filter = \"error\"\n");
    let mut command = place.command(["check", "--data", "data", "--listen", "127.0.0.1:3"]);
    command.env("PROOFBOX_LISTEN", "127.0.0.1:2").env("PROOFBOX_LOG", "debug");
    assert_snapshot!(Ran::from(command.output().unwrap()));
}

#[test]
fn secret_is_never_shown() {
    let place = Place::new();
    place.write("data/proofbox.toml", "dropbox_app_key = \"key\"\ndropbox_app_secret = \"hush!!\"");
    let ran = place.run("check --data data");
    assert_eq!(ran.code, Some(1));
    assert!(!ran.out.contains("hush") && !ran.err.contains("hush"), "{ran}");
}

#[test]
fn unknown_key_is_named() {
    assert_snapshot!(check("listn = \"127.0.0.1:8470\""));
}

#[test]
fn unreadable_value_is_named_with_an_example() {
    assert_snapshot!("file", check("listen = \"localhost\""));
    assert_snapshot!("not_a_text", check("listen = 8470"));
    let place = Place::new();
    assert_snapshot!("flag", place.run("check --data data --public-url proofs.example.org"));
    let mut command = place.command(["check", "--data", "data"]);
    command.env("PROOFBOX_LOG_FORMAT", "xml");
    assert_snapshot!("environment", Ran::from(command.output().unwrap()));
}

#[test]
fn broken_toml_is_shown_where_it_breaks() {
    assert_snapshot!(check("listen = \"127.0.0.1:8470\nlog_format = json"));
}

#[test]
fn named_file_must_exist() {
    assert_snapshot!(Place::new().run("check --data data --config nowhere.toml"));
}

#[test]
fn secret_without_a_key_is_refused() {
    assert_snapshot!(check("dropbox_app_secret = \"secret456\""));
}

#[test]
fn open_address_without_a_public_one_is_refused() {
    assert_snapshot!(check("listen = \"0.0.0.0:8470\""));
}

#[test]
fn serve_refuses_what_check_refuses() {
    let place = Place::new();
    place.write("data/proofbox.toml", "listn = \"127.0.0.1:8470\"");
    assert_eq!(place.run("serve --data data"), place.run("check --data data"));
}

#[test]
fn json_holds_every_setting() {
    assert_snapshot!(Place::new().run("check --data data --json"));
}
