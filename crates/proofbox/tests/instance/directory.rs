//! The data directory: whose it is, how old it is, and the way in beside a running server.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::process::{Command, Output};

use testkit::{Walk, sign_in_link};

use super::beside::{Beside, binary};

/// Where the store keeps an application's schema version in its file.
const USER_VERSION_OFFSET: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn second_server_on_the_same_directory_is_refused() {
    let beside = Beside::with_files(&[]).await;
    let first = beside.start();
    let second = serve(&beside);
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("in use") && said.contains(&first.id().to_string()), "{said}");
    assert!(first.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn directory_of_a_newer_version_is_left_alone() {
    let beside = Beside::with_files(&[]).await;
    assert!(beside.start().stop().unwrap().success());
    let store = beside.data().join("proofbox.db");
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    file.write_all_at(&9999_u32.to_be_bytes(), USER_VERSION_OFFSET).unwrap();
    let before = std::fs::read(&store).unwrap();
    let output = serve(&beside);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("newer Proofbox"), "{said}");
    assert!(std::fs::read(&store).unwrap() == before);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_link_is_made_beside_a_running_server_and_works_once() {
    let beside = Beside::with_files(&[]).await;
    let proofbox = beside.start();
    let link = sign_in_link(binary(), &beside.data()).unwrap();
    let walk = Walk::new(proofbox.url()).unwrap();
    walk.get("/api/me").await.unwrap_err();
    walk.sign_in(&link).await.unwrap();
    walk.get("/api/me").await.unwrap();
    Walk::new(proofbox.url()).unwrap().sign_in(&link).await.unwrap_err();
}

#[test]
fn sign_in_link_without_data_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let error = sign_in_link(binary(), &directory.path().join("nothing")).unwrap_err().to_string();
    assert!(error.contains("proofbox serve --data"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn first_start_alone_prints_a_sign_in_link() {
    let beside = Beside::with_files(&[]).await;
    let first = beside.start();
    let link = first.line_after("Sign in, once and within 15 minutes: ").unwrap();
    Walk::new(first.url()).unwrap().sign_in(&link).await.unwrap();
    assert!(first.stop().unwrap().success());
    let lines = beside.start().stop_and_read().unwrap();
    assert!(!lines.iter().any(|line| line.contains("Sign in")), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_address_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(binary())
        .args(["serve", "--listen", &address, "--data"])
        .arg(directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("choose another address with --listen"), "{said}");
}

/// A start that is expected to fail.
fn serve(beside: &Beside) -> Output {
    let listen = ["serve", "--listen", "127.0.0.1:0", "--data"];
    Command::new(binary()).args(listen).arg(beside.data()).output().unwrap()
}
