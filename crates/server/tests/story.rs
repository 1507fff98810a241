//! The HTTP side with everything behind it: a sandbox as Dropbox, the real synchronisation and
//! ledger, a socket. What can be seen without a Dropbox is tested beside the code.

use anyhow::{Context, Result};
use ledger::Database;
use serde_json::{Value, json};
use testkit::{Consent, Instance, Walk};

/// Markup, a mark that turns the writing direction, an emoji.
const NAME: &str = "<img src=x onerror=alert(1)> \u{202e}fdp.🔐.txt";

async fn instance() -> Result<Instance> {
    let instance = Instance::start(Database::scratch()).await?;
    let files = instance.sandbox().files();
    files.write("/Contracts/2026/Lease.txt", "twelve months")?;
    files.write(&format!("/Contracts/{NAME}"), "markup")?;
    files.write("/Private/Diary.txt", "dear diary")?;
    Ok(instance)
}

/// The folder of this path, as the picker finds it: one level at a time.
async fn folder(walk: &Walk, integration: &str, parent: &str, name: &str) -> Result<Value> {
    let path = format!("/api/integrations/{integration}/folders?parent={parent}");
    let listed = walk.get(&path).await?;
    let folders = listed.get("folders").and_then(Value::as_array).context("no folders")?;
    let found = folders.iter().find(|folder| folder.get("name").is_some_and(|is| is == name));
    found.cloned().context("not listed")
}

fn include(folder: &Value) -> Value {
    json!([{ "folder": folder["id"], "path": folder["path"], "verdict": "include" }])
}

#[tokio::test]
async fn connected_account_is_shown_before_anything_else_happens() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let integration = walk.connect().await?;
    let shown = walk.integration(&integration).await?;
    assert!(shown["account"]["email"].as_str().is_some_and(|email| email.contains('@')));
    assert_eq!(shown["health"]["state"], "choosing_folders");
    assert_eq!((&shown["rules"], &shown["folders"]), (&json!([]), &json!([])));
    assert_eq!(shown["health"]["documents"], 0);
    instance.stop().await
}

#[tokio::test]
async fn denied_consent_lands_with_its_reason_and_connects_nothing() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let landing = walk.consent(Consent::Cancel).await?;
    assert_eq!(landing, "/settings/integrations?problem=denied");
    assert_eq!(walk.get("/api/integrations").await?["integrations"], json!([]));
    instance.stop().await
}

#[tokio::test]
async fn code_is_good_once_even_when_the_answer_is_repeated() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let begun = walk.post("/api/integrations/dropbox/connect", &json!({})).await?;
    let authorize = begun["authorize_url"].as_str().context("no address")?;
    let back = walk.at_dropbox(authorize, Consent::Allow).await?;
    let path = back.strip_prefix(instance.url()).context("elsewhere")?.to_owned();
    for landing in ["connected=", "problem=state_mismatch"] {
        let reply = walk.request(reqwest::Method::GET, &path).send().await?;
        let location = reply.headers()["location"].to_str()?;
        assert!(location.contains(landing), "{location}");
    }
    instance.stop().await
}

#[tokio::test]
async fn choice_is_counted_linked_and_recorded_and_the_rest_leaves_no_trace() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let integration = walk.connect().await?;
    let contracts = folder(&walk, &integration, "", "Contracts").await?;
    let parent = contracts["id"].as_str().context("no id")?;
    assert_eq!(folder(&walk, &integration, parent, "2026").await?["path"], "/Contracts/2026");

    let path = format!("/api/integrations/{integration}/preview");
    let choice = json!({ "rules": include(&contracts) });
    let counted = walk.request(reqwest::Method::POST, &path).json(&choice).send().await?;
    assert_eq!(counted.headers()["content-type"], "text/event-stream");
    let counted = counted.text().await?;
    let last = counted.lines().filter_map(|line| line.strip_prefix("data: ")).next_back();
    let last: Value = serde_json::from_str(last.context("no count")?)?;
    assert_eq!((&last["files"], &last["done"]), (&json!(2), &json!(true)), "{counted}");
    assert!(walk.assets().await?.is_empty(), "counting recorded something");

    walk.link(&integration, &include(&contracts)).await?;
    walk.until_up_to_date(&integration, 2).await?;
    let assets = walk.assets().await?;
    assert!(assets.iter().any(|asset| asset["private"]["name"] == NAME), "{assets:?}");
    assert!(!json!(assets).to_string().contains("Diary"));
    for asset in assets {
        let identity = asset["identity"].as_str().context("no identity")?;
        let page = instance.visitor()?.text(&format!("/public{identity}")).await?;
        assert!(page.contains("xxx...") && !page.contains("onerror") && !page.contains("fdp"));
        assert!(!page.contains("Lease") && !page.contains("Contracts"));
    }
    instance.stop().await
}

#[tokio::test]
async fn disconnecting_here_or_there_keeps_what_was_published() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let integration = walk.connect().await?;
    walk.link_all(&integration).await?;
    walk.until_up_to_date(&integration, 3).await?;

    let path = format!("/api/integrations/{integration}/disconnect");
    let ended = walk.post(&path, &json!({})).await?;
    assert_eq!(ended, json!({ "revoked_at_dropbox": true, "forgotten": false }));
    let shown = walk.integration(&integration).await?;
    assert_eq!(shown["health"]["state"], "disconnected");
    assert_eq!(shown["health"]["by"], "owner");
    assert_eq!((&shown["secret_hint"], &shown["secret_valid_until"]), (&Value::Null, &Value::Null));
    assert_eq!(walk.assets().await?.len(), 3);

    assert_eq!(walk.connect().await?, integration, "the same account is the same integration");
    walk.until_up_to_date(&integration, 3).await?;
    instance.sandbox().admin().disconnect_all()?;
    instance.sandbox().files().write("/Contracts/2026/Lease.txt", "thirteen months")?;
    walk.until_health(&integration, |health| health["state"] == "disconnected").await?;
    assert_eq!(walk.integration(&integration).await?["health"]["by"], "provider");
    instance.stop().await
}

#[tokio::test]
async fn wrong_account_leaves_no_trace_when_another_is_chosen() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let wrong = walk.connect().await?;
    let connect = "/api/integrations/dropbox/connect";
    for _ in 0..2 {
        let begun = walk.post(connect, &json!({ "instead_of": wrong })).await?;
        let authorize = begun["authorize_url"].as_str().context("no address")?;
        assert!(authorize.contains("force_reauthentication=true"), "{authorize}");
        assert_eq!(walk.get("/api/integrations").await?["integrations"], json!([]));
    }

    let linked = walk.connect().await?;
    assert_ne!(linked, wrong);
    walk.link_all(&linked).await?;
    walk.until_up_to_date(&linked, 3).await?;
    walk.post(connect, &json!({ "instead_of": linked })).await?;
    assert_eq!(walk.integration(&linked).await?["health"]["state"], "up_to_date");
    instance.stop().await
}

#[tokio::test]
async fn account_without_a_linked_folder_is_forgotten_when_it_is_disconnected() -> Result<()> {
    let instance = instance().await?;
    let walk = instance.administrator().await?;
    let integration = walk.connect().await?;
    let path = format!("/api/integrations/{integration}/disconnect");
    let ended = walk.post(&path, &json!({})).await?;
    assert_eq!(ended, json!({ "revoked_at_dropbox": true, "forgotten": true }));
    assert_eq!(walk.get("/api/integrations").await?["integrations"], json!([]));
    instance.stop().await
}
