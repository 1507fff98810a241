//! A witness that is killed again and again while a log submits as fast as it can: it never forgets
//! what it has signed, and so it never signs another history.

use std::collections::HashMap;
use std::convert::Infallible;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use reqwest::{Client, StatusCode};
use testkit::Witness;
use tlog::{
    AddCheckpoint, Checkpoint, Frontier, Hash, NodeId, Origin, SignedNote, Signer, leaf_hash,
    prove_consistency,
};

use super::beside::binary;

const ORIGIN: &str = "log.example.com/test";
const KILLS: usize = 12;
const SUBMISSIONS_MAX: u64 = 30;

/// A log that can sign every head that it ever had, and others.
struct Log {
    signer: Signer,
    frontier: Frontier,
    nodes: HashMap<NodeId, Hash>,
}

impl Log {
    fn new() -> Self {
        let signer = Signer::from_seed(ORIGIN.parse().unwrap(), &[7; 32]);
        Self { signer, frontier: Frontier::new(), nodes: HashMap::new() }
    }

    fn grow(&mut self) {
        let Self { frontier, nodes, .. } = self;
        let entry = format!("entry {}", frontier.size());
        frontier.push(leaf_hash(entry.as_bytes()), &mut |id, hash| {
            nodes.insert(id, hash);
        });
    }

    /// Asks for the newest head.
    fn request(&self, old_size: u64) -> AddCheckpoint {
        let size = self.frontier.size();
        let read = |id| Ok::<_, Infallible>(self.nodes[&id]);
        let proof = match old_size {
            0 => Vec::new(),
            _ => prove_consistency(old_size, size, read).unwrap(),
        };
        let checkpoint = self.checkpoint(size, self.frontier.root());
        AddCheckpoint { old_size, proof, checkpoint }
    }

    /// Asks for another head of a size that was signed.
    fn fork(&self, size: u64) -> AddCheckpoint {
        let checkpoint = self.checkpoint(size, leaf_hash(b"another history"));
        AddCheckpoint { old_size: size, proof: Vec::new(), checkpoint }
    }

    fn checkpoint(&self, size: u64, root: Hash) -> SignedNote {
        Checkpoint { origin: ORIGIN.parse().unwrap(), size, root }.sign(&self.signer)
    }
}

async fn submit(url: &str, request: &AddCheckpoint) -> Option<StatusCode> {
    let request = Client::new().post(format!("{url}/add-checkpoint")).body(request.to_string());
    let answer = request.send().await.ok()?;
    let status = answer.status();
    // Signed means that the lines have arrived, not only the status.
    answer.text().await.ok().map(|_| status)
}

/// The size that the witness shows; 0 before it signed anything.
async fn shown(url: &str) -> u64 {
    let path = ORIGIN.parse::<Origin>().unwrap().monitoring_path();
    let answer = reqwest::get(format!("{url}/{path}")).await.unwrap();
    if answer.status() == StatusCode::NOT_FOUND {
        return 0;
    }
    let note = SignedNote::parse(&answer.text().await.unwrap()).unwrap();
    Checkpoint::parse(note.text()).unwrap().size
}

#[tokio::test(flavor = "multi_thread")]
async fn witness_never_forgets_what_it_signed_however_often_it_is_killed() {
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let directory = tempfile::tempdir().unwrap();
    let mut log = Log::new();
    let logs = directory.path().join("logs");
    std::fs::write(&logs, format!("log {}\n", log.signer.verifier_key())).unwrap();
    let data = directory.path().join("witness");
    let mut signed = 0;
    for _ in 0..KILLS {
        let witness = Witness::start(binary(), &data, &logs, "127.0.0.1:0").unwrap();
        let url = witness.url().to_owned();
        let mut known = shown(&url).await;
        assert!((signed..=log.frontier.size()).contains(&known), "{signed} signed, {known} known");
        if known > 0 {
            assert_ne!(submit(&url, &log.fork(known)).await, Some(StatusCode::OK));
        }
        let submissions = random.random_range(1..SUBMISSIONS_MAX);
        for _ in 0..submissions {
            log.grow();
            assert_eq!(submit(&url, &log.request(known)).await, Some(StatusCode::OK));
            known = log.frontier.size();
        }
        // The last one is under way when the end comes.
        log.grow();
        let request = log.request(known);
        let (last, killed) = tokio::join!(
            tokio::spawn(async move { submit(&url, &request).await }),
            tokio::task::spawn_blocking(move || witness.kill()),
        );
        killed.unwrap().unwrap();
        signed = if last.unwrap().is_some() { log.frontier.size() } else { known };
    }
}
