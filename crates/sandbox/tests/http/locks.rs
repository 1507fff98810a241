//! Locked files: their holder's alone to change, whoever else has them.

use sandbox::{Mark, Options, Person, Sandbox};
use serde_json::{Value, json};

use crate::client::{Client, Reply, at};
use crate::content::ALL;

struct House {
    sandbox: Sandbox,
    ada: Client,
    grace: Client,
}

/// Ada and Grace share `/Work` with `/Work/plan.txt`.
async fn house() -> House {
    let grace = Person::new("Grace", "Example", "grace@example.org");
    let options = Options { further_accounts: vec![grace], ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let ada = Client::linked_for(&sandbox, ALL).await;
    let grace = Client::linked_as(&sandbox, "grace@example.org", ALL).await;
    sandbox.files().write("/Work/plan.txt", "plan").unwrap();
    let shared = ada.ok("sharing/share_folder", json!({ "path": "/Work" })).await;
    let id = &shared["shared_folder_id"];
    let member = json!({ ".tag": "email", "email": "grace@example.org" });
    let members = json!([{ "member": member, "access_level": "editor" }]);
    ada.ok("sharing/add_folder_member", json!({ "shared_folder_id": id, "members": members }))
        .await;
    grace.ok("sharing/mount_folder", json!({ "shared_folder_id": id })).await;
    House { sandbox, ada, grace }
}

fn plan() -> Value {
    json!({ "entries": [{ "path": "/Work/plan.txt" }] })
}

async fn put(client: &Client, path: &str, content: &'static str) -> Reply {
    let argument = json!({ "path": path, "mode": "overwrite" });
    client.upload("files/upload", &argument, content).await
}

async fn refused(client: &Client, route: &str, argument: Value, expected: &str) {
    let reply = client.call(route, argument).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{}", reply.text);
}

#[tokio::test]
async fn a_locked_file_is_changed_by_its_holder_alone() {
    let House { sandbox, ada, grace } = house().await;
    let rev =
        ada.ok("files/get_metadata", json!({ "path": "/Work/plan.txt" })).await["rev"].clone();
    let theirs = grace.ok("files/get_metadata", json!({ "path": "/Work/plan.txt" })).await;
    let locked = ada.ok("files/lock_file_batch", plan()).await;
    assert_eq!(locked["entries"][0]["lock"]["content"][".tag"], "single_user");

    let written = put(&grace, "/Work/plan.txt", "hers").await;
    assert_eq!((written.status, written.tags().as_str()), (409, "path/no_write_permission"));
    let begun = grace.upload("files/upload_session/start", &json!({ "close": true }), "hers").await;
    let cursor = json!({ "session_id": begun.json()["session_id"], "offset": 4 });
    let commit = json!({ "path": "/Work/plan.txt", "mode": "overwrite" });
    let finish = json!({ "cursor": cursor, "commit": commit });
    let finished = grace.upload("files/upload_session/finish", &finish, "").await;
    assert_eq!(finished.tags(), "path/no_write_permission");
    let path = json!({ "path": "/Work/plan.txt" });
    refused(&grace, "files/delete_v2", path, "path_lookup/locked").await;
    let pair = json!({ "from_path": "/Work/plan.txt", "to_path": "/Work/other.txt" });
    refused(&grace, "files/move_v2", pair, "from_lookup/locked").await;
    sandbox.files_of("grace@example.org").unwrap().create_folder("/Work/In").unwrap();
    let restore = json!({ "path": "/Work/plan.txt", "rev": theirs["rev"] });
    put(&ada, "/Work/plan.txt", "a newer plan").await;
    refused(&grace, "files/restore", restore, "path_lookup/locked").await;
    let copy = json!({ "from_path": "/Work/plan.txt", "to_path": "/copy.txt" });
    grace.ok("files/copy_v2", copy).await;
    assert_eq!(sandbox.files().read("/Work/plan.txt").unwrap(), "a newer plan");
    ada.ok("files/restore", json!({ "path": "/Work/plan.txt", "rev": rev })).await;

    ada.ok("files/unlock_file_batch", plan()).await;
    assert_eq!(put(&grace, "/Work/plan.txt", "hers").await.status, 200);
}

#[tokio::test]
async fn a_lock_is_told_to_everybody_and_is_no_new_version() {
    let House { ada, grace, sandbox: _sandbox } = house().await;
    let (before, cursor) = grace.list("").await;
    ada.ok("files/lock_file_batch", plan()).await;
    let account = ada.ok("users/get_current_account", json!(null)).await["account_id"].clone();
    let (news, cursor) = grace.changes(&cursor).await;
    let plan_now = at(&news, "/Work/plan.txt");
    assert_eq!(plan_now["rev"], at(&before, "/Work/plan.txt")["rev"]);
    let info = &plan_now["file_lock_info"];
    assert_eq!(
        (&info["is_lockholder"], &info["lockholder_name"]),
        (&json!(false), &json!("Ada Example"))
    );
    assert_eq!(info["lockholder_account_id"], account);
    let own = ada.ok("files/get_metadata", json!({ "path": "/Work/plan.txt" })).await;
    assert_eq!(own["file_lock_info"]["is_lockholder"], true);

    let held = grace.ok("files/get_file_lock_batch", plan()).await;
    let content = &held["entries"][0]["lock"]["content"];
    assert_eq!(content["lock_holder_account_id"], account);
    for route in ["files/lock_file_batch", "files/unlock_file_batch"] {
        let conflict = grace.ok(route, plan()).await;
        let failure = &conflict["entries"][0]["failure"];
        assert_eq!(failure[".tag"], "lock_conflict", "{conflict}");
        assert_eq!(failure["lock"]["content"]["lock_holder_account_id"], account);
    }
    let again = ada.ok("files/lock_file_batch", plan()).await;
    assert_eq!(again["entries"][0]["lock"], held["entries"][0]["lock"], "it is locked since then");
    ada.ok("files/unlock_file_batch", plan()).await;
    let (news, _) = grace.changes(&cursor).await;
    assert!(at(&news, "/Work/plan.txt").get("file_lock_info").is_none());
}

#[tokio::test]
async fn a_lock_goes_where_its_file_goes() {
    let House { sandbox, ada, grace } = house().await;
    ada.ok("files/lock_file_batch", plan()).await;
    let delete = json!({ "path": "/Work" });
    refused(&grace, "files/delete_v2", delete, "path_lookup/locked").await;
    let pair = json!({ "from_path": "/Work/plan.txt", "to_path": "/Work/In/moved.txt" });
    ada.ok("files/move_v2", pair).await;
    let written = put(&grace, "/Work/In/moved.txt", "hers").await;
    assert_eq!(written.tags(), "path/no_write_permission");
    // Whoever takes the folder into their tree later finds it locked, too.
    let id =
        ada.ok("files/get_metadata", json!({ "path": "/Work" })).await["shared_folder_id"].clone();
    grace.ok("sharing/unmount_folder", json!({ "shared_folder_id": id })).await;
    grace.ok("sharing/mount_folder", json!({ "shared_folder_id": id })).await;
    let written = put(&grace, "/Work/In/moved.txt", "hers").await;
    assert_eq!(written.tags(), "path/no_write_permission");
    assert_eq!(sandbox.files().read("/Work/In/moved.txt").unwrap(), "plan");
}

#[tokio::test]
async fn what_a_test_has_marked_as_locked_is_kept_from_everybody() {
    let House { sandbox, ada, .. } = house().await;
    sandbox.files().mark("/Work/plan.txt", Some(Mark::Locked)).unwrap();
    let written = put(&ada, "/Work/plan.txt", "mine").await;
    assert_eq!(written.tags(), "path/no_write_permission");
    let path = json!({ "path": "/Work/plan.txt" });
    refused(&ada, "files/delete_v2", path, "path_lookup/locked").await;
    sandbox.files().mark("/Work/plan.txt", None).unwrap();
    assert_eq!(put(&ada, "/Work/plan.txt", "mine").await.status, 200);
}
