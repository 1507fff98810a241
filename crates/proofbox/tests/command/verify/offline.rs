//! With a receipt and a key, and no network.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;
use std::thread;

use insta::assert_snapshot;
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use super::sample::{LETTER, Sample};
use crate::command::run::{Place, Ran};

/// The number of the system call `socket`, and the signal that forbidden system calls end in.
const SOCKET: i64 = if cfg!(target_arch = "x86_64") { 41 } else { 198 };
const SIGSYS: i32 = 31;

/// Verifies a file against a receipt.
fn verify(content: &str, receipt: &str, key: &str, more: &[&str]) -> Ran {
    let place = Place::new();
    place.write("letter.txt", content).write("letter.tlog-proof", receipt);
    let words = ["verify", "letter.txt", "--receipt", "letter.tlog-proof", "--key", key];
    place.command(words.iter().chain(more)).output().unwrap().into()
}

#[test]
fn receipt_proves_the_file() {
    let sample = Sample::published();
    assert_snapshot!(verify(LETTER, &sample.receipt(), &sample.key(), &[]));
}

#[test]
fn json_holds_the_whole_proof() {
    let sample = Sample::published();
    assert_snapshot!(verify(LETTER, &sample.receipt(), &sample.key(), &["--json"]));
}

#[test]
fn withdrawn_document_is_said_to_be_withdrawn() {
    let sample = Sample::withdrawn();
    assert_snapshot!(verify(LETTER, &sample.receipt(), &sample.key(), &[]));
}

#[test]
fn changed_file_is_not_proven() {
    let sample = Sample::published();
    assert_snapshot!(verify("Dear Eve,\n", &sample.receipt(), &sample.key(), &[]));
}

#[test]
fn altered_receipt_is_not_proven() {
    let sample = Sample::published();
    let receipt = sample.receipt_with("\"2\"", "\"3\"");
    assert_snapshot!(verify(LETTER, &receipt, &sample.key(), &[]));
}

#[test]
fn receipt_of_another_log_is_not_proven() {
    let sample = Sample::published();
    assert_snapshot!(verify(LETTER, &sample.receipt(), &Sample::other_key(), &[]));
}

#[test]
fn file_that_is_no_receipt_is_not_proven() {
    assert_snapshot!(verify(LETTER, "no receipt", &Sample::published().key(), &["--json"]));
}

#[test]
fn missing_receipt_is_an_error() {
    let key = Sample::published().key();
    let place = Place::new();
    place.write("letter.txt", LETTER);
    let output =
        place.command(["verify", "letter.txt", "--receipt", "gone.tlog-proof", "--key", &key]);
    assert_snapshot!(Ran::from({ output }.output().unwrap()));
}

#[test]
fn worst_file_decides_the_exit_code() {
    let sample = Sample::published();
    let place = Place::new();
    place.write("letter.txt", LETTER).write("other.txt", "?").write("r", sample.receipt());
    let words = ["verify", "letter.txt", "other.txt", "--receipt", "r", "--key", &sample.key()];
    assert_snapshot!(Ran::from(place.command(words).output().unwrap()));
}

#[test]
fn usage_without_a_witness_or_a_key_is_explained() {
    let place = Place::new();
    assert_snapshot!("no_witness", place.run("verify letter.txt"));
    assert_snapshot!("no_key", place.run("verify letter.txt --receipt r"));
    assert_snapshot!("bad_key", place.run("verify letter.txt --receipt r --key nonsense"));
}

#[test]
fn offline_verification_opens_no_socket() {
    let sample = Sample::published();
    let place = Place::new();
    place.write("letter.txt", LETTER).write("r", sample.receipt());
    let key = sample.key();
    let mut offline = place.command(["verify", "letter.txt", "--receipt", "r", "--key", &key]);
    let output = deadly_sockets(move || offline.output().unwrap());
    assert_eq!(output.status.code(), Some(0), "{}", Ran::from(output));

    // The trap works: asking a server under it ends at once.
    let mut online = place.command(["verify", "letter.txt", "--server", "http://127.0.0.1:9"]);
    let output = deadly_sockets(move || online.output().unwrap());
    assert_eq!(output.status.signal(), Some(SIGSYS));
}

/// Runs something on a thread whose children die if they open a socket.
fn deadly_sockets(run: impl FnOnce() -> Output + Send + 'static) -> Output {
    let filter = SeccompFilter::new(
        BTreeMap::from([(SOCKET, Vec::new())]),
        SeccompAction::Allow,
        SeccompAction::KillProcess,
        std::env::consts::ARCH.try_into().unwrap(),
    );
    let program: BpfProgram = filter.unwrap().try_into().unwrap();
    let trapped = thread::spawn(move || {
        seccompiler::apply_filter(&program).unwrap();
        run()
    });
    trapped.join().unwrap()
}
