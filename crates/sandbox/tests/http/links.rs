//! Shared links: made, changed, followed with and without an account, revoked.

use std::time::Duration;

use sandbox::{Options, Person, Sandbox};
use serde_json::{Value, json};

use crate::client::{APP, Client, Reply, short};
use crate::content::{ALL, writable};

const CREATE: &str = "sharing/create_shared_link_with_settings";

async fn refused(client: &Client, route: &str, argument: Value, expected: &str) {
    let reply = client.call(route, argument).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{}", reply.text);
}

/// A call by an app without an account.
async fn as_app(client: &Client, route: &str, argument: &Value) -> Reply {
    let request = client.post(&format!("/2/{route}")).basic_auth(APP, Some("any"));
    Reply::of(request.json(argument)).await
}

#[tokio::test]
async fn a_link_shows_a_file_to_whoever_has_it() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a 😀.txt", "content").unwrap();
    let link = client.ok(CREATE, json!({ "path": "/a 😀.txt" })).await;
    assert_eq!((&link[".tag"], &link["path_lower"]), (&json!("file"), &json!("/a 😀.txt")));
    assert_eq!(link["link_permissions"]["resolved_visibility"][".tag"], "public");
    refused(&client, CREATE, json!({ "path": "/nowhere" }), "path/not_found").await;
    let again = client.call(CREATE, json!({ "path": "/a 😀.txt" })).await;
    assert_eq!(again.tags(), "shared_link_already_exists/metadata/file");
    let there = &again.json()["error"]["shared_link_already_exists"]["metadata"];
    assert_eq!(there["url"], link["url"]);

    let argument = json!({ "url": link["url"] });
    let seen = as_app(&client, "sharing/get_shared_link_metadata", &argument).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    assert_eq!((&seen.json()["name"], &seen.json()["path_lower"]), (&link["name"], &json!(null)));
    let file = client.fetch("sharing/get_shared_link_file", &argument, None).await;
    assert_eq!((file.status, file.text.as_str()), (200, "content"));
    let result: Value = serde_json::from_str(file.header("dropbox-api-result")).unwrap();
    assert_eq!(result["url"], link["url"]);
    let url = url::Url::parse(link["url"].as_str().unwrap()).unwrap();
    let page = &url[url::Position::BeforePath..];
    assert_eq!(Reply::of(Client::new(sandbox.url()).get(page)).await.text, "content");

    sandbox.files().move_to("/a 😀.txt", "/b.txt").unwrap();
    let moved = client.ok("sharing/get_shared_link_metadata", argument.clone()).await;
    assert_eq!(moved["name"], "b.txt");
    client.ok("sharing/revoke_shared_link", argument.clone()).await;
    let route = "sharing/get_shared_link_metadata";
    refused(&client, route, argument.clone(), "shared_link_not_found").await;
    refused(&client, "sharing/revoke_shared_link", argument, "shared_link_not_found").await;
}

#[tokio::test]
async fn a_link_to_a_folder_lists_it() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/A/b/c.txt", "c").unwrap();
    let link = client.ok(CREATE, json!({ "path": "/A" })).await;
    assert_eq!(link[".tag"], "folder");
    let argument = json!({ "path": "", "shared_link": { "url": link["url"] } });
    let page = as_app(&client, "files/list_folder", &argument).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert_eq!(short(page.json()["entries"].as_array().unwrap()), ["folder /b"]);
    let inside = json!({ "url": link["url"], "path": "/b/c.txt" });
    let file = client.fetch("sharing/get_shared_link_file", &inside, None).await;
    assert_eq!(file.text, "c");
    let folder = json!({ "url": link["url"] });
    let folder = client.fetch("sharing/get_shared_link_file", &folder, None).await;
    assert_eq!(folder.tags(), "shared_link_is_directory");
    let without = as_app(&client, "files/list_folder", &json!({ "path": "" })).await;
    assert_eq!(without.status, 400);
}

#[tokio::test]
async fn links_are_listed_for_a_path_and_what_is_above_it() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/A/b.txt", "b").unwrap();
    client.ok(CREATE, json!({ "path": "/A" })).await;
    client.ok(CREATE, json!({ "path": "/A/b.txt" })).await;
    let names = async |argument: Value| {
        let listed = client.ok("sharing/list_shared_links", argument).await;
        let links = listed["links"].as_array().unwrap();
        let mut names: Vec<_> =
            links.iter().map(|link| link["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(json!({})).await, ["A", "b.txt"]);
    assert_eq!(names(json!({ "path": "/a/b.txt" })).await, ["A", "b.txt"]);
    assert_eq!(names(json!({ "path": "/a/b.txt", "direct_only": true })).await, ["b.txt"]);
    assert_eq!(names(json!({ "path": "/A" })).await, ["A"]);
    let older = client.ok("sharing/get_shared_links", json!({ "path": "/A" })).await;
    assert_eq!(
        (&older["links"][0][".tag"], &older["links"][0]["path"]),
        (&json!("path"), &json!("/a"))
    );
    let given = client.ok("sharing/create_shared_link", json!({ "path": "/A" })).await;
    assert_eq!(given["url"], older["links"][0]["url"]);
}

#[tokio::test]
async fn passwords_and_expiry_close_a_link() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let settings = json!({ "requested_visibility": "password" });
    let argument = json!({ "path": "/a.txt", "settings": settings });
    refused(&client, CREATE, argument, "settings_error/invalid_settings").await;
    let settings = json!({ "audience": "team" });
    let argument = json!({ "path": "/a.txt", "settings": settings });
    refused(&client, CREATE, argument, "settings_error/not_authorized").await;
    let settings = json!({ "require_password": true, "link_password": "secret" });
    let link = client.ok(CREATE, json!({ "path": "/a.txt", "settings": settings })).await;
    let route = "sharing/get_shared_link_metadata";
    let bare = json!({ "url": link["url"] });
    refused(&client, route, bare.clone(), "shared_link_access_denied").await;
    let right = json!({ "url": link["url"], "link_password": "secret" });
    assert_eq!(client.ok(route, right).await["name"], "a.txt");

    let expires = json!({ "require_password": false, "expires": "2100-01-01T00:00:00Z" });
    let argument = json!({ "url": link["url"], "settings": expires });
    let changed = client.ok("sharing/modify_shared_link_settings", argument).await;
    assert_eq!(changed["expires"], "2100-01-01T00:00:00Z");
    assert_eq!(client.call(route, bare.clone()).await.status, 200);
    sandbox.admin().advance_clock(Duration::from_hours(24 * 365 * 100));
    let client = Client::linked_for(&sandbox, ALL).await;
    refused(&client, route, bare, "shared_link_not_found").await;
}

#[tokio::test]
async fn nobody_changes_the_links_of_others() {
    let grace = Person::new("Grace", "Example", "grace@example.org");
    let options = Options { further_accounts: vec![grace], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let ada = Client::linked_for(&sandbox, ALL).await;
    let grace = Client::linked_as(&sandbox, "grace@example.org", ALL).await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let link = ada.ok(CREATE, json!({ "path": "/a.txt" })).await;
    let argument = json!({ "url": link["url"] });
    let route = "sharing/revoke_shared_link";
    refused(&grace, route, argument.clone(), "shared_link_access_denied").await;
    let seen = grace.ok("sharing/get_shared_link_metadata", argument).await;
    assert_eq!(seen["link_permissions"]["can_revoke"], false);
}
