//! What is beside files and survives a restart: shares, links, locks, properties, requests, tags,
//! webhooks, the trees of other people, and content that a person overwrote in the folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sandbox::{Backing, Options, Person, Sandbox, Team};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, Reply, short};
use crate::content::ALL;
use crate::folder::Watched;

const GRACE: &str = "grace@example.org";

/// Ada and Grace over a folder, today and after restarts.
struct House {
    directory: TempDir,
    sandbox: Sandbox,
    ada: Client,
    grace: Client,
}

fn options(directory: &Path, team: Option<Team>) -> Options {
    let path = directory.join("folder");
    fs::create_dir_all(&path).unwrap();
    let backing = Backing::Folder { path, state_file: directory.join("state/sandbox.json") };
    let further_accounts = vec![Person::new("Grace", "Example", GRACE)];
    Options { backing, further_accounts, team, ..Options::default() }
}

impl House {
    async fn build() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sandbox = Sandbox::start(options(directory.path(), None)).await.unwrap();
        let scope = format!("{ALL} file_requests.read file_requests.write");
        let ada = Client::linked_for(&sandbox, &scope).await;
        let grace = Client::linked_as(&sandbox, GRACE, &scope).await;
        Self { directory, sandbox, ada, grace }
    }

    async fn restart(self) -> Self {
        let Self { directory, sandbox, ada, grace } = self;
        sandbox.shutdown().await;
        let sandbox = Sandbox::start(options(directory.path(), None)).await.unwrap();
        let (ada, grace) = (ada.moved_to(&sandbox), grace.moved_to(&sandbox));
        Self { directory, sandbox, ada, grace }
    }
}

async fn put(client: &Client, path: &str, content: &'static str) -> Value {
    let argument = json!({ "path": path, "mode": "overwrite" });
    let reply = client.upload("files/upload", &argument, content).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.json()
}

async fn content(client: &Client, path: &str) -> String {
    let reply = client.download(&json!({ "path": path }), None).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.text
}

#[tokio::test]
async fn a_shared_folder_is_shared_after_a_restart_and_both_go_on_with_it() {
    let house = House::build().await;
    put(&house.ada, "/Work/plan.txt", "plan").await;
    let shared = house.ada.ok("sharing/share_folder", json!({ "path": "/Work" })).await;
    let by_id = json!({ "shared_folder_id": shared["shared_folder_id"] });
    let member = json!({ ".tag": "email", "email": GRACE });
    let members = json!([{ "member": member, "access_level": "editor" }]);
    let add = json!({ "shared_folder_id": shared["shared_folder_id"], "members": members });
    house.ada.ok("sharing/add_folder_member", add).await;
    house.grace.ok("sharing/mount_folder", by_id.clone()).await;
    let (before, cursor) = house.grace.list("").await;
    assert_eq!(short(&before), ["folder /Work", "file /Work/plan.txt"]);
    let hers = house.directory.path().join("state/sandbox.people").join(GRACE);
    assert_eq!(fs::read_to_string(hers.join("Work/plan.txt")).unwrap(), "plan");

    let house = house.restart().await;
    assert_eq!(house.grace.changes(&cursor).await.0, [json!(null); 0]);
    assert_eq!(house.grace.list("").await.0, before);
    put(&house.grace, "/Work/plan.txt", "a better plan").await;
    assert_eq!(content(&house.ada, "/Work/plan.txt").await, "a better plan");
    let members = house.ada.ok("sharing/list_folder_members", by_id.clone()).await;
    assert_eq!(members["users"][1]["user"]["email"], GRACE);

    // What nobody has in their tree is still there for who mounts it next.
    house.grace.ok("sharing/unmount_folder", by_id.clone()).await;
    house.ada.ok("sharing/unmount_folder", by_id.clone()).await;
    let house = house.restart().await;
    house.ada.ok("sharing/mount_folder", by_id).await;
    assert_eq!(content(&house.ada, "/Work/plan.txt").await, "a better plan");
    let next = house.ada.ok("sharing/share_folder", json!({ "path": "/Next" })).await;
    assert_ne!(next["shared_folder_id"], shared["shared_folder_id"]);
}

#[tokio::test]
async fn links_locks_properties_requests_and_tags_are_kept() {
    let house = House::build().await;
    put(&house.ada, "/a.txt", "a").await;
    let create = "sharing/create_shared_link_with_settings";
    let settings = json!({ "require_password": true, "link_password": "secret" });
    let link = json!({ "path": "/a.txt", "settings": settings });
    let link = house.ada.ok(create, link).await;
    let entries = json!({ "entries": [{ "path": "/a.txt" }] });
    let lock = house.ada.ok("files/lock_file_batch", entries.clone()).await;
    let field = json!({ "name": "By", "description": "", "type": "string" });
    let shape = json!({ "name": "Review", "description": "", "fields": [field] });
    let template = house.ada.ok("file_properties/templates/add_for_user", shape).await;
    let group = json!({ "template_id": template["template_id"],
                        "fields": [{ "name": "By", "value": "Ada" }] });
    let group = json!({ "path": "/a.txt", "property_groups": [group] });
    house.ada.ok("file_properties/properties/add", group).await;
    let request = json!({ "title": "Plans", "destination": "/Plans" });
    let request = house.ada.ok("file_requests/create", request).await;
    house.ada.ok("files/tags/add", json!({ "path": "/a.txt", "tag_text": "old" })).await;
    let member = json!({ ".tag": "email", "email": "guest@example.org" });
    let add = json!({ "file": "/a.txt", "members": [member] });
    house.ada.ok("sharing/add_file_member", add).await;

    let house = house.restart().await;
    let argument = json!({ "url": link["url"], "link_password": "secret" });
    // The port is another one; the link is the same.
    let url = url::Url::parse(argument["url"].as_str().unwrap()).unwrap();
    let url = house.sandbox.url().join(&url[url::Position::BeforePath..]).unwrap();
    let argument = json!({ "url": url, "link_password": "secret" });
    let seen = house.ada.ok("sharing/get_shared_link_metadata", argument).await;
    assert_eq!(seen["name"], "a.txt");
    let held = house.ada.ok("files/get_file_lock_batch", entries).await;
    assert_eq!(held["entries"][0]["lock"], lock["entries"][0]["lock"]);
    let query = json!({ "query": "Ada", "mode": { ".tag": "field_name", "field_name": "By" } });
    let search = json!({ "queries": [query] });
    let found = house.ada.ok("file_properties/properties/search", search).await;
    assert_eq!(found["matches"][0]["path"], "/a.txt");
    let again = house.ada.ok("file_requests/get", json!({ "id": request["id"] })).await;
    assert_eq!(again["title"], "Plans");
    let tags = house.ada.ok("files/tags/get", json!({ "paths": ["/a.txt"] })).await;
    assert_eq!(tags["paths_to_tags"][0]["tags"][0]["tag_text"], "old");
    let members = house.ada.ok("sharing/list_file_members", json!({ "file": "/a.txt" })).await;
    assert_eq!(members["invitees"][0]["invitee"]["email"], "guest@example.org");
}

#[tokio::test]
async fn what_does_not_outlive_a_restart_is_unknown_in_dropboxs_words() {
    let house = House::build().await;
    let begun = house.ada.upload("files/upload_session/start", &json!({}), "one").await.json();
    let request = json!({ "paths": ["/A"], "force_async": true });
    let job = house.ada.ok("files/create_folder_batch", request).await;
    let code = house.ada.code(&[]).await;
    let house = house.restart().await;
    let cursor = json!({ "session_id": begun["session_id"], "offset": 3 });
    let append = json!({ "cursor": cursor });
    let append = house.ada.upload("files/upload_session/append_v2", &append, "two").await;
    assert_eq!((append.status, append.tags().as_str()), (409, "not_found"));
    let finish = json!({ "cursor": cursor, "commit": { "path": "/a" } });
    let finish = house.ada.upload("files/upload_session/finish", &finish, "").await;
    assert_eq!((finish.status, finish.tags().as_str()), (409, "lookup_failed/not_found"));
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let poll = house.ada.call("files/create_folder_batch/check", poll).await;
    assert_eq!((poll.status, poll.tags().as_str()), (409, "invalid_async_job_id"));
    let bought = house.ada.token(&crate::client::exchange(&code)).await;
    assert_eq!(bought.json()["error_description"], "code doesn't exist or has expired");
}

#[tokio::test]
async fn a_team_is_the_same_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let team = Team { name: "Example".to_owned(), folders: vec!["Common".to_owned()] };
    let start =
        async || Sandbox::start(options(directory.path(), Some(team.clone()))).await.unwrap();
    let sandbox = start().await;
    let ada = Client::linked_for(&sandbox, ALL).await;
    let folders = ada.ok("sharing/list_folders", json!({})).await;
    sandbox.files_of(GRACE).unwrap();
    let root = ada.ok("users/get_current_account", json!(null)).await["root_info"].clone();
    let at_root = json!({ ".tag": "root", "root": root["root_namespace_id"] }).to_string();
    let request = ada.post("/2/files/upload").bearer_auth(&ada.access_token);
    let request = request.header("dropbox-api-path-root", &at_root);
    let request = request.header("dropbox-api-arg", r#"{"path":"/Common/all.txt"}"#);
    let request = request.header("content-type", "application/octet-stream").body("for all");
    assert_eq!(Reply::of(request).await.status, 200);
    sandbox.shutdown().await;

    let sandbox = start().await;
    let ada = ada.moved_to(&sandbox);
    assert_eq!(ada.ok("sharing/list_folders", json!({})).await, folders);
    let grace = sandbox.files_of(GRACE).unwrap();
    assert_eq!(grace.read("/Common/all.txt").unwrap(), "for all");
}

#[tokio::test]
async fn content_that_a_person_overwrote_in_the_folder_can_be_had_again() {
    let mut watched = Watched::start().await;
    watched.client = Client::linked_for(&watched.sandbox, ALL).await;
    let before = watched.client.ok("files/get_metadata", json!({ "path": "/notes.txt" })).await;
    // In place, as a program does that does not write beside.
    fs::write(watched.disk("notes.txt"), "other notes").unwrap();
    let cursor = watched.client.list("").await.1;
    let _news =
        tokio::time::timeout(Duration::from_secs(5), watched.client.longpoll(&cursor)).await;
    let made = put(&watched.client, "/by-api.txt", "first").await;
    fs::write(watched.disk("by-api.txt"), "second, by hand").unwrap();
    let Watched { sandbox, client, directory } = watched;
    sandbox.shutdown().await;
    let sandbox = Sandbox::start(crate::folder::options(directory.path())).await.unwrap();
    let client = client.moved_to(&sandbox);
    for (rev, expected) in [(&before["rev"], "notes"), (&made["rev"], "first")] {
        let rev = format!("rev:{}", rev.as_str().unwrap());
        assert_eq!(content(&client, &rev).await, expected);
    }
    let restore = json!({ "path": "/notes.txt", "rev": before["rev"] });
    client.ok("files/restore", restore).await;
    let disk = directory.path().join("folder/notes.txt");
    assert_eq!(fs::read_to_string(disk).unwrap(), "notes");

    // Where the copies are gone too, Dropbox's errors for what it no longer keeps say so.
    fs::remove_dir_all(directory.path().join("state/sandbox.versions")).unwrap();
    let list = json!({ "path": "/by-api.txt", "include_restorable_info": true });
    let mut entries = Vec::new();
    // What was written a moment before the sandbox started is taken in when it has rested.
    while entries.len() < 2 {
        let revisions = client.ok("files/list_revisions", list.clone()).await;
        entries = revisions["entries"].as_array().unwrap().clone();
    }
    let restorable: Vec<_> = entries.iter().map(|one| &one["is_restorable"]).collect();
    assert_eq!(restorable, [true, false]);
    let restore = json!({ "path": "/by-api.txt", "rev": made["rev"] });
    let restored = client.call("files/restore", restore).await;
    assert_eq!((restored.status, restored.tags().as_str()), (409, "invalid_revision"));
    let rev = json!({ "path": format!("rev:{}", made["rev"].as_str().unwrap()) });
    let gone = client.download(&rev, None).await;
    assert_eq!((gone.status, gone.tags().as_str()), (409, "path/not_found"));
}
