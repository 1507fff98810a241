//! The story of a user over HTTP, against the real binary.

use std::process::Command;

use serde_json::Value;
use testkit::{Consent, Walk};

use super::beside::{Beside, binary};

const FILES: [(&str, &str); 3] = [
    ("/Contracts/2026/Lease.txt", "twelve months"),
    ("/Contracts/2025/Lease.txt", "eleven months"),
    ("/Readme.txt", "hello"),
];

#[tokio::test(flavor = "multi_thread")]
async fn saved_file_becomes_a_version_that_anybody_can_prove_offline() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 3).await.unwrap();
    let asset = walk.asset_at("/Contracts/2026/Lease.txt").await.unwrap();
    let identity = asset["identity"].as_str().unwrap();

    beside.dropbox.files().write("/Contracts/2026/Lease.txt", "thirteen months").unwrap();
    let newest = until_versions(&walk, identity, 2).await;

    let receipt = walk.receipt(newest["identity"].as_str().unwrap()).await.unwrap();
    std::fs::write(beside.path("lease.tlog-proof"), receipt).unwrap();
    std::fs::write(beside.path("lease.txt"), "thirteen months").unwrap();
    let key = walk.log_key().await.unwrap();
    let output = Command::new(binary())
        .arg("verify")
        .arg(beside.path("lease.txt"))
        .arg("--receipt")
        .arg(beside.path("lease.tlog-proof"))
        .args(["--key", &key, "--json"])
        .output()
        .unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &verdict["verdict"]), (Some(0), &Value::from("proven")));
    assert_eq!(verdict["proof"]["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn owner_hands_out_a_receipt_that_tells_the_name_of_the_file_and_then_erases_it() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 3).await.unwrap();
    let asset = walk.asset_at("/Readme.txt").await.unwrap();
    let event = walk.events(asset["identity"].as_str().unwrap()).await.unwrap().remove(0);
    let event = format!("/archivist/v2/{}", event["identity"].as_str().unwrap());
    let opened = format!("{event}/receipt?open=name");
    let receipt = walk.text(&opened).await.unwrap();
    let erase = format!("{event}/private/name?confirm=for-ever");
    let erased = walk.request(reqwest::Method::DELETE, &erase).send().await.unwrap();
    assert_eq!(erased.status(), 204);
    let refused = walk.request(reqwest::Method::GET, &opened).send().await.unwrap();
    assert_eq!(refused.status(), 410);

    std::fs::write(beside.path("readme.tlog-proof"), receipt).unwrap();
    std::fs::write(beside.path("copy"), "hello").unwrap();
    let key = walk.log_key().await.unwrap();
    let verify = |json: &[&str]| {
        let mut command = Command::new(binary());
        let command = command.arg("verify").arg(beside.path("copy")).args(["--key", &key]);
        let command = command.arg("--receipt").arg(beside.path("readme.tlog-proof"));
        String::from_utf8(command.args(json).output().unwrap().stdout).unwrap()
    };
    let said = verify(&[]);
    assert!(said.contains("It also proves its name: \"Readme.txt\""), "{said}");
    let said: Value = serde_json::from_str(&verify(&["--json"])).unwrap();
    assert_eq!(said["proof"]["private"], serde_json::json!({ "name": "Readme.txt" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn server_tells_the_command_which_version_a_copy_is() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 3).await.unwrap();
    beside.dropbox.files().write("/Readme.txt", "hello, world").unwrap();
    let readme = walk.asset_at("/Readme.txt").await.unwrap();
    until_versions(&walk, readme["identity"].as_str().unwrap(), 2).await;

    let key = walk.log_key().await.unwrap();
    for (content, code, words) in [
        ("hello, world", 0, "version 2 of 2"),
        ("hello", 10, "version 1 of 2"),
        ("never seen", 20, "That proves nothing by itself"),
    ] {
        let copy = beside.path("copy.txt");
        std::fs::write(&copy, content).unwrap();
        for witness in
            [vec!["--server", proofbox.url()], vec!["--server", proofbox.url(), "--key", &key]]
        {
            let output =
                Command::new(binary()).arg("verify").arg(&copy).args(witness).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(
                output.status.code(),
                Some(code),
                "{text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(text.contains(words), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_consent_connects_nothing() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start();
    let walk = beside.administrator(&proofbox).await;
    let landing = walk.consent(Consent::Cancel).await.unwrap();
    assert!(landing.contains("problem=denied"), "{landing}");
    let all = walk.get("/api/integrations").await.unwrap();
    assert_eq!(all["integrations"], Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_at_dropbox_is_noticed_and_reconnecting_goes_on() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 3).await.unwrap();
    beside.dropbox.admin().disconnect_all().unwrap();
    // The next change wakes the instance, which finds the door closed.
    beside.dropbox.files().write("/Readme.txt", "hello again").unwrap();
    walk.until_health(&integration, |health| health["state"] == "disconnected").await.unwrap();

    assert_eq!(walk.connect().await.unwrap(), integration);
    let readme = walk.asset_at("/Readme.txt").await.unwrap();
    until_versions(&walk, readme["identity"].as_str().unwrap(), 2).await;
    assert_eq!(walk.assets().await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn public_bytes_hold_no_name() {
    let beside = Beside::with_files(&FILES).await;
    let proofbox = beside.start();
    let (walk, integration) = beside.linked(&proofbox).await;
    walk.until_up_to_date(&integration, 3).await.unwrap();
    let asset = walk.asset_at("/Contracts/2026/Lease.txt").await.unwrap();
    let public = format!("public{}", asset["identity"].as_str().unwrap());
    let event = walk.events(&public).await.unwrap().remove(0);
    let event = event["identity"].as_str().unwrap();
    let stranger = Walk::new(proofbox.url()).unwrap();
    for path in [
        format!("/{public}"),
        format!("/{event}"),
        format!("/{event}/receipt"),
        format!("/archivist/v2/{public}"),
        format!("/archivist/v2/{public}/events"),
        "/log/checkpoint".to_owned(),
        "/log/tile/entries/000.p/4".to_owned(),
    ] {
        let text = stranger.bytes(&path).await.unwrap();
        let text = String::from_utf8_lossy(&text);
        for private in ["Lease", "Contracts", "2026/", "ada@", "Ada", "dbid:", "\"id:"] {
            assert!(!text.contains(private), "{path} holds {private}: {text}");
        }
    }
}

/// Waits until an asset has this many events, and returns the newest.
async fn until_versions(walk: &Walk, asset: &str, versions: usize) -> Value {
    let path = format!("/archivist/v2/{asset}/events");
    let enough = |page: &Value| page["events"].as_array().is_some_and(|all| all.len() >= versions);
    let mut page = walk.until(&path, enough).await.unwrap();
    assert_eq!(page["events"].as_array().unwrap().len(), versions);
    page["events"][0].take()
}
