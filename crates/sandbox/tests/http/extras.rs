//! Archives, properties, files shared with single people, and deleting for good.

use std::io::Write;
use std::process::Command;

use serde_json::{Value, json};

use crate::client::Client;
use crate::content::writable;

async fn refused(client: &Client, route: &str, argument: Value, expected: &str) {
    let reply = client.call(route, argument).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{}", reply.text);
}

#[tokio::test]
async fn a_folder_is_downloaded_as_an_archive_that_others_can_read() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/Work/é/a.txt", "content").unwrap();
    sandbox.files().create_folder("/Work/Empty").unwrap();
    let request = client.post("/2/files/download_zip").bearer_auth(&client.access_token);
    let request = request.header("dropbox-api-arg", r#"{"path":"/work"}"#);
    let response = request.send().await.unwrap();
    let result = response.headers()["dropbox-api-result"].to_str().unwrap().to_owned();
    let archive = response.bytes().await.unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["metadata"]["name"], "Work");
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&archive).unwrap();
    let script = "import sys, zipfile\n\
                  archive = zipfile.ZipFile(sys.argv[1])\n\
                  assert archive.testzip() is None\n\
                  print(ascii(sorted(archive.namelist())), archive.read('Work/\\u00e9/a.txt'))";
    let read = Command::new("python3").arg("-c").arg(script).arg(file.path()).output().unwrap();
    let read = String::from_utf8(read.stdout).unwrap();
    let names = r"['Work/', 'Work/Empty/', 'Work/\xe9/', 'Work/\xe9/a.txt']";
    assert_eq!(read, format!("{names} b'content'\n"));
}

#[tokio::test]
async fn what_is_deleted_for_good_cannot_be_restored() {
    let (sandbox, _) = writable().await;
    let scope = "files.metadata.read files.content.write files.permanent_delete";
    let client = Client::linked_for(&sandbox, scope).await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let before = client.ok("files/get_metadata", json!({ "path": "/a.txt" })).await;
    let cursor = client.list("").await.1;
    client.ok("files/permanently_delete", json!({ "path": "/a.txt" })).await;
    assert_eq!(client.changes(&cursor).await.0[0][".tag"], "deleted");
    let restore = json!({ "path": "/a.txt", "rev": before["rev"] });
    refused(&client, "files/restore", restore, "invalid_revision").await;
    refused(&client, "files/permanently_delete", json!({ "path": "/b" }), "path_lookup/not_found")
        .await;
}

#[tokio::test]
async fn files_are_uploaded_with_their_properties() {
    let (sandbox, client) = writable().await;
    let field = json!({ "name": "By", "description": "", "type": "string" });
    let shape = json!({ "name": "Review", "description": "Who", "fields": [field] });
    let made = client.ok("file_properties/templates/add_for_user", shape).await;
    let id = made["template_id"].clone();
    let group = |name: &str, value: &str| json!({ "template_id": id, "fields": [{ "name": name, "value": value }] });
    let commit = |path: &str, groups: Value| json!({ "path": path, "mode": "overwrite", "property_groups": groups });
    let by = async |value: &str| {
        let query = json!({ "query": value, "mode": { ".tag": "field_name", "field_name": "By" } });
        let search = json!({ "queries": [query] });
        let found = client.ok("file_properties/properties/search", search).await;
        let matches = found["matches"].as_array().unwrap().iter();
        matches.map(|one| one["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for value in ["Ada", "Grace"] {
        let argument = commit("/a", json!([group("By", value)]));
        assert_eq!(client.upload("files/upload", &argument, "a").await.status, 200);
        assert_eq!(by(value).await, ["/a"]);
    }
    assert!(by("Ada").await.is_empty(), "the later upload took its place");

    let wrong = [
        ("does_not_fit_template", json!([group("Of", "Ada")])),
        ("property_field_too_large", json!([group("By", &"x".repeat(1_025))])),
        ("duplicate_property_groups", json!([group("By", "Ada"), group("By", "Ada")])),
        ("template_not_found", json!([{ "template_id": "ptid:none", "fields": [] }])),
    ];
    for (reason, groups) in wrong {
        let path = format!("/{reason}");
        let reply = client.upload("files/upload", &commit(&path, groups), "b").await;
        let expected = format!("properties_error/{reason}");
        assert_eq!((reply.status, reply.tags()), (409, expected), "{}", reply.text);
        assert_eq!(sandbox.files().read(&path).unwrap(), "b", "the file is there without them");
    }

    let start = client.upload("files/upload_session/start", &json!({}), "c").await.json();
    let cursor = json!({ "session_id": start["session_id"], "offset": 1 });
    let finish = json!({ "cursor": cursor, "commit": commit("/c", json!([group("By", "Mary")])) });
    let reply = client.upload("files/upload_session/finish", &finish, "").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(by("Mary").await, ["/c"]);
    let link = json!({ "commit_info": commit("/d", json!([group("By", "Jean")])) });
    let link = client.ok("files/get_temporary_upload_link", link).await["link"].clone();
    let post = reqwest::Client::new().post(link.as_str().unwrap());
    let brought = post.body("d").send().await.unwrap();
    assert_eq!(brought.status(), 200);
    assert_eq!(by("Jean").await, ["/d"]);
}

#[tokio::test]
async fn properties_follow_their_template_and_their_file() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let field = |name: &str| json!({ "name": name, "description": "", "type": "string" });
    let shape = json!({ "name": "Review", "description": "Who", "fields": [field("By")] });
    let made = client.ok("file_properties/templates/add_for_user", shape).await;
    let id = made["template_id"].clone();
    let group = |name: &str, value: &str| json!({ "template_id": id, "fields": [{ "name": name, "value": value }] });
    let add = |group: Value| json!({ "path": "/a.txt", "property_groups": [group] });
    let route = "file_properties/properties/add";
    refused(&client, route, add(group("Of", "Ada")), "does_not_fit_template").await;
    client.ok(route, add(group("By", "Ada"))).await;
    refused(&client, route, add(group("By", "Ada")), "property_group_already_exists").await;
    sandbox.files().move_to("/a.txt", "/b.txt").unwrap();
    let query = json!({ "query": "Ada", "mode": { ".tag": "field_name", "field_name": "By" } });
    for (filter, found) in [
        (json!({ ".tag": "filter_none" }), json!("/b.txt")),
        (json!({ ".tag": "filter_some", "filter_some": [id] }), json!("/b.txt")),
        (json!({ ".tag": "filter_some", "filter_some": ["ptid:none"] }), Value::Null),
    ] {
        let search = json!({ "queries": [query], "template_filter": filter });
        let matches = client.ok("file_properties/properties/search", search).await;
        assert_eq!(matches["matches"][0]["path"], found, "{filter}");
    }
    let remove = json!({ "path": "/b.txt", "property_template_ids": [id] });
    client.ok("file_properties/properties/remove", remove.clone()).await;
    let expected = "property_group_lookup/property_group_not_found";
    refused(&client, "file_properties/properties/remove", remove, expected).await;
    let by_id = json!({ "template_id": id });
    let template = client.ok("file_properties/templates/get_for_user", by_id).await;
    assert_eq!(template["fields"][0]["type"][".tag"], "string");
}

#[tokio::test]
async fn people_are_added_to_a_file_and_taken_out() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    let member = json!({ ".tag": "email", "email": "guest@example.org" });
    let add = json!({ "file": "/a.txt", "members": [member], "access_level": "viewer" });
    let added = client.ok("sharing/add_file_member", add).await;
    assert_eq!(added[0]["result"]["success"][".tag"], "viewer");
    let listed = client.ok("sharing/list_file_members", json!({ "file": "/a.txt" })).await;
    assert_eq!(listed["users"][0]["access_type"][".tag"], "owner");
    assert_eq!(listed["invitees"][0]["invitee"]["email"], "guest@example.org");
    let counted = json!({ "files": ["/a.txt", "/b.txt"] });
    let counted = client.ok("sharing/list_file_members/batch", counted).await;
    assert_eq!(counted[0]["result"]["member_count"], 2);
    assert_eq!(counted[1]["result"]["access_error"][".tag"], "invalid_file");
    let remove = json!({ "file": "/a.txt", "member": member });
    client.ok("sharing/remove_file_member_2", remove.clone()).await;
    refused(&client, "sharing/remove_file_member_2", remove, "no_explicit_access").await;
    let about = client.ok("sharing/get_file_metadata", json!({ "file": "/a.txt" })).await;
    assert_eq!((&about["name"], &about["path_lower"]), (&json!("a.txt"), &json!("/a.txt")));
    let folder = json!({ "file": "/nowhere" });
    refused(&client, "sharing/get_file_metadata", folder, "access_error/invalid_file").await;
}

#[tokio::test]
async fn properties_and_members_are_told_to_those_who_ask() {
    let (sandbox, client) = writable().await;
    sandbox.files().write("/a.txt", "a").unwrap();
    sandbox.files().write("/b.txt", "b").unwrap();
    let field = json!({ "name": "By", "description": "", "type": "string" });
    let shape = json!({ "name": "Review", "description": "", "fields": [field] });
    let made = client.ok("file_properties/templates/add_for_user", shape).await;
    let id = made["template_id"].clone();
    let group = json!({ "template_id": id, "fields": [{ "name": "By", "value": "Ada" }] });
    let add = json!({ "path": "/a.txt", "property_groups": [group] });
    client.ok("file_properties/properties/add", add).await;
    let member = json!({ ".tag": "email", "email": "guest@example.org" });
    client.ok("sharing/add_file_member", json!({ "file": "/b.txt", "members": [member] })).await;

    let filter = json!({ ".tag": "filter_some", "filter_some": [id] });
    let list = json!({ "path": "", "limit": 1, "include_property_groups": filter,
                       "include_has_explicit_shared_members": true });
    let (entries, _) = client.drain(client.ok("files/list_folder", list).await).await;
    let told = |name: &str| entries.iter().map(|entry| entry[name].clone()).collect::<Vec<_>>();
    assert_eq!(told("property_groups"), [json!([group]), json!(null)]);
    assert_eq!(told("has_explicit_shared_members"), [json!(false), json!(true)]);
    let get = json!({ "path": "/a.txt", "include_property_groups": filter });
    let metadata = client.ok("files/get_metadata", get).await;
    assert_eq!(metadata["property_groups"], json!([group]));
    let plain = client.ok("files/get_metadata", json!({ "path": "/a.txt" })).await;
    assert!(plain.get("property_groups").is_none());
    let unknown = json!({ ".tag": "filter_some", "filter_some": ["ptid:unknown"] });
    let list = json!({ "path": "", "include_property_groups": unknown });
    refused(&client, "files/list_folder", list, "template_error/template_not_found").await;
}

#[tokio::test]
async fn nobody_waits_with_a_cursor_that_tells_of_photos() {
    let (_sandbox, client) = writable().await;
    let list = json!({ "path": "", "include_media_info": true });
    let cursor = client.ok("files/list_folder", list).await["cursor"].clone();
    let refused = client.longpoll(cursor.as_str().unwrap()).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}
