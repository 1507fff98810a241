//! `proofbox demo`: both servers in one process, over samples or over a folder of the user's.

use std::path::Path;
use std::process::Command;

use testkit::{Proofbox, Walk};

use super::beside::binary;

/// The files that a demo without a folder creates.
const SAMPLES: u64 = 7;

/// Starts a demo on free ports, and signs in with the link that it prints.
async fn start(data: &Path, folder: Option<&Path>) -> (Proofbox, Walk) {
    let mut command = Command::new(binary());
    command.args(["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0", "--data"]);
    command.arg(data).args(folder);
    let demo = Proofbox::start_command(&mut command).unwrap();
    let walk = Walk::new(demo.url()).unwrap();
    let link = demo.line_after("Sign in, once and within 15 minutes: ").unwrap();
    walk.sign_in(&link).await.unwrap();
    (demo, walk)
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_that_was_stopped_goes_on_with_the_same_data() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("demo");
    let (demo, walk) = start(&data, None).await;
    let integration = walk.connect().await.unwrap();
    walk.link_all(&integration).await.unwrap();
    walk.until_up_to_date(&integration, SAMPLES).await.unwrap();
    let before = walk.asset_at("/Welcome.txt").await.unwrap();
    assert!(demo.stop().unwrap().success());

    std::fs::write(data.join("files/Welcome.txt"), "changed while nobody looked").unwrap();
    let (demo, walk) = start(&data, None).await;
    let asset = before["identity"].as_str().unwrap();
    let two =
        |page: &serde_json::Value| page["events"].as_array().is_some_and(|all| all.len() == 2);
    walk.until(&format!("/archivist/v2/{asset}/events"), two).await.unwrap();
    assert_eq!(walk.assets().await.unwrap().len() as u64, SAMPLES);
    assert!(demo.stop().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_folder_has_a_demo_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("demo");
    for (folder, file) in [("one", "first.txt"), ("two", "second.txt")] {
        let folder = place.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(file), file).unwrap();
        let (demo, walk) = start(&data, Some(&folder)).await;
        let integration = walk.connect().await.unwrap();
        walk.link_all(&integration).await.unwrap();
        walk.until_up_to_date(&integration, 1).await.unwrap();
        walk.asset_at(&format!("/{file}")).await.unwrap();
        assert!(demo.stop().unwrap().success());
    }
}
