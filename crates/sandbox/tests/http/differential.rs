//! Whoever follows a cursor ends where a fresh listing begins: random operations on random trees,
//! read at random moments with random page sizes. Each seed is a test's name for itself.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sandbox::{Backing, Files, Options, Pages, Sandbox};
use serde_json::json;

use crate::client::Client;
use crate::model::Model;

const OPERATIONS: usize = 500;
const NAMES: [&str; 7] = ["a", "B", "c d", "é", "😀", "e.txt", "F.txt"];

/// A reader of one folder, or of its children alone.
struct Reader {
    path: &'static str,
    recursive: bool,
    limit: u32,
    known: Option<(Model, String, bool)>,
}

impl Reader {
    /// Reads one page: of a listing, or of what changed since.
    async fn step(&mut self, client: &Client) {
        let reply = match &self.known {
            None => {
                let path = self.path;
                let (recursive, limit) = (self.recursive, self.limit);
                let argument = json!({ "path": path, "recursive": recursive, "limit": limit });
                client.call("files/list_folder", argument).await
            }
            Some((_, cursor, _)) => {
                client.call("files/list_folder/continue", json!({ "cursor": cursor })).await
            }
        };
        if reply.status == 409 {
            self.known = None;
            return;
        }
        let page = reply.json();
        let mut model = self.known.take().map_or_else(Model::default, |(model, ..)| model);
        model.apply(page["entries"].as_array().unwrap());
        let cursor = page["cursor"].as_str().unwrap().to_owned();
        self.known = Some((model, cursor, page["has_more"] == true));
    }

    /// What it knows once nothing changes any more; nothing where there is no folder.
    async fn finish(&mut self, client: &Client) -> Model {
        self.step(client).await;
        // A page may have been the last of a listing: changes come after it.
        for _ in 0..2 {
            self.step(client).await;
            while matches!(&self.known, Some((_, _, true))) {
                self.step(client).await;
            }
        }
        self.known.take().map_or_else(Model::default, |(model, ..)| model)
    }
}

fn random_path(dice: &mut ChaCha8Rng) -> String {
    let depth = dice.random_range(1..=4);
    let names: Vec<_> = (0..depth).map(|_| NAMES[dice.random_range(0..NAMES.len())]).collect();
    format!("/{}", names.join("/"))
}

/// Refusals are part of the game: most random operations make no sense.
fn random_operation(files: &Files, dice: &mut ChaCha8Rng, base: &str) {
    let path = format!("{base}{}", random_path(dice));
    let _refused = match dice.random_range(0..10) {
        0..=4 => files.write(&path, dice.random_range(0..20_u32).to_string()),
        5 => files.create_folder(&path),
        6 => files.delete(&path),
        7 => files.move_to(&path, &path.to_uppercase()),
        _ => files.move_to(&path, &format!("{base}{}", random_path(dice))),
    };
}

async fn check(seed: u64, backing: Backing, paths: [&'static str; 3], base: &str) {
    println!("seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let sandbox = Sandbox::start(Options { backing, ..Options::default() }).await.unwrap();
    let client = Client::linked(&sandbox).await;
    sandbox.admin().set_pages(Pages { entries_max: None, empty_every: Some(5) });
    let mut readers: Vec<Reader> = paths
        .into_iter()
        .flat_map(|path| [(path, true), (path, false)])
        .map(|(path, recursive)| {
            let limit = dice.random_range(1..=9);
            Reader { path, recursive, limit, known: None }
        })
        .collect();
    for _ in 0..OPERATIONS {
        random_operation(&sandbox.files(), &mut dice, base);
        if dice.random_range(0..4) == 0 {
            let reader = dice.random_range(0..readers.len());
            readers[reader].step(&client).await;
        }
        if dice.random_range(0..200) == 0 {
            sandbox.admin().reset_cursors().unwrap();
        }
    }
    for reader in &mut readers {
        let followed = reader.finish(&client).await;
        let fresh =
            Reader { path: reader.path, recursive: reader.recursive, limit: 2000, known: None }
                .finish(&client)
                .await;
        assert_eq!(followed, fresh, "seed {seed}, {:?} {}", reader.path, reader.recursive);
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn followed_cursor_equals_fresh_listing_in_memory() {
    for seed in 0..8 {
        check(seed, Backing::Memory, ["", "/a", "/b/c d"], "").await;
    }
}

#[tokio::test]
async fn followed_cursor_equals_fresh_listing_on_a_generated_tree() {
    let department = "/Department 0000";
    let paths = ["", department, "/Department 0000/Project 01"];
    for seed in 100..103 {
        let backing = Backing::Generated { seed, files: 250 };
        check(seed, backing, paths, department).await;
    }
}
