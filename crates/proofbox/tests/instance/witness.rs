//! The real binary as a witness, and as what is witnessed. What a witness knows of an older copy is in
//! `rollback`.

use std::process::{Command, Output};
use std::time::Duration;

use testkit::{Proofbox, Walk, Witness};
use tlog::{Checkpoint, Policy, SignedNote};
use tokio::time::timeout;

use super::beside::{Beside, binary};

const NAME: &str = "witness.example.org/w1";
/// Longer than a submission takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// An instance that has stopped, with the file that tells a witness of its log.
pub(crate) async fn stopped() -> Beside {
    let beside = Beside::with_files(&[("/Lease.txt", "twelve months")]).await;
    let first = beside.start();
    let key = Walk::new(first.url()).unwrap().log_key().await.unwrap();
    assert!(first.stop().unwrap().success());
    std::fs::write(beside.path("logs"), format!("log {key}\n")).unwrap();
    beside
}

pub(crate) fn start_witness(beside: &Beside, listen: &str) -> Witness {
    Witness::start(binary(), &beside.path("witness"), &beside.path("logs"), listen).unwrap()
}

pub(crate) fn write_policy(beside: &Beside, witness: &Witness) {
    let policy = format!("{}\nquorum {NAME}\n", witness.policy_line());
    std::fs::write(beside.path("policy"), policy).unwrap();
}

/// The instance with its policy.
fn start(beside: &Beside) -> Proofbox {
    let mut command =
        Proofbox::command(Command::new(binary()), &beside.data(), beside.dropbox_url());
    command.env("PROOFBOX_WITNESSES", beside.path("policy"));
    Proofbox::start_command(&mut command).unwrap()
}

/// The newest checkpoint, as soon as the policy accepts it.
pub(crate) async fn witnessed(beside: &Beside, proofbox: &Proofbox) -> Checkpoint {
    let policy = Policy::parse(&std::fs::read(beside.path("policy")).unwrap()).unwrap();
    let key = Walk::new(proofbox.url()).unwrap().log_key().await.unwrap();
    let policy = policy.with_log(key.parse().unwrap());
    let accepted = async {
        loop {
            let note =
                SignedNote::parse(&read(&format!("{}/log/checkpoint", proofbox.url())).await);
            if let Ok(witnessed) = policy.check(&note.unwrap()) {
                return witnessed.checkpoint;
            }
        }
    };
    timeout(PATIENCE, accepted).await.expect("it is never witnessed")
}

async fn read(url: &str) -> String {
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// What a witness shows to people.
async fn page(witness: &Witness) -> String {
    read(witness.url()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_witness_remembers_what_it_signed() {
    let beside = stopped().await;
    let witness = start_witness(&beside, "127.0.0.1:0");
    write_policy(&beside, &witness);
    let proofbox = start(&beside);
    assert_eq!(witnessed(&beside, &proofbox).await.size, 1);
    let (before, line) = (page(&witness).await, witness.policy_line().to_owned());
    let listen = witness.url().replace("http://localhost", "127.0.0.1");
    witness.kill().unwrap();
    let witness = start_witness(&beside, &listen);
    assert_eq!((page(&witness).await, witness.policy_line()), (before, line.as_str()));
    assert!(proofbox.stop().unwrap().success());
    assert!(start(&beside).stop().unwrap().success());
    assert!(witness.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn instance_starts_without_its_witness_and_refuses_a_broken_policy() {
    let beside = stopped().await;
    let witness = start_witness(&beside, "127.0.0.1:0");
    write_policy(&beside, &witness);
    witness.kill().unwrap();
    assert!(start(&beside).stop().unwrap().success());
    std::fs::write(beside.path("policy"), "quorum nobody\n").unwrap();
    let Output { status, stderr, .. } = Command::new(binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(beside.data())
        .env("PROOFBOX_WITNESSES", beside.path("policy"))
        .output()
        .unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(
        said.contains("line 1 of the policy is wrong: nothing before it is called nobody"),
        "{said}"
    );
}
