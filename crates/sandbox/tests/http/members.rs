//! What members have of a shared folder: the same files, what they may do in them, and what they are
//! told of each other.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, at, short};
use crate::shared::{House, house, put, refused};

#[tokio::test]
async fn a_shared_file_is_the_same_for_everybody() {
    let (house, id) = House::shared("editor").await;
    let known = async |client: &Client, path: &str| {
        let metadata = client.ok("files/get_metadata", json!({ "path": path })).await;
        ["id", "rev", "server_modified"].map(|field| metadata[field].clone())
    };
    let same = async |path: &str| {
        let known = (known(&house.ada, path).await, known(&house.grace, path).await);
        assert_eq!(known.0, known.1, "{path}");
        known.0
    };
    let [before, ..] = same("/Work/plan.txt").await;
    put(&house.ada, "/Work/New/deep/a.txt", "a").await;
    put(&house.grace, "/Work/plan.txt", "a better plan").await;
    for path in ["/Work/New", "/Work/New/deep", "/Work/New/deep/a.txt", "/Work/plan.txt"] {
        same(path).await;
    }
    let pair = json!({ "from_path": "/Work/New", "to_path": "/Work/Old" });
    house.grace.ok("files/move_v2", pair).await;
    let [deep, rev, _] = same("/Work/Old/deep/a.txt").await;
    let by_rev = json!({ "path": format!("rev:{}", rev.as_str().unwrap()) });
    assert_eq!(house.ada.fetch("files/download", &by_rev, None).await.text, "a");
    let pair = json!({ "from_path": "/Work/Old", "to_path": "/Private" });
    house.ada.ok("files/move_v2", pair).await;
    let pair = json!({ "from_path": "/Private", "to_path": "/Work/Old" });
    house.ada.ok("files/move_v2", pair).await;
    assert_eq!(same("/Work/Old/deep/a.txt").await[0], deep);

    let by_id = json!({ "shared_folder_id": id });
    house.grace.ok("sharing/unmount_folder", by_id.clone()).await;
    put(&house.ada, "/Work/later.txt", "first").await;
    put(&house.ada, "/Work/later.txt", "second").await;
    house.sandbox.admin().advance_clock(Duration::from_secs(1_000));
    house.grace.ok("sharing/mount_folder", by_id.clone()).await;
    assert_eq!(same("/Work/plan.txt").await[0], before);
    for path in ["/Work/plan.txt", "/Work/later.txt"] {
        let revisions = json!({ "path": path });
        let ours = house.ada.ok("files/list_revisions", revisions.clone()).await;
        let theirs = house.grace.ok("files/list_revisions", revisions).await;
        assert_eq!(ours["entries"].as_array().unwrap().len(), 2);
        assert_eq!(ours["entries"], theirs["entries"], "{path}");
        let first = &theirs["entries"][1]["rev"];
        let by_rev = json!({ "path": format!("rev:{}", first.as_str().unwrap()) });
        assert_eq!(house.grace.fetch("files/download", &by_rev, None).await.status, 200);
        house.grace.ok("files/restore", json!({ "path": path, "rev": first })).await;
        same(path).await;
    }

    let copy = json!({ "shared_folder_id": id, "leave_a_copy": true });
    house.grace.ok("sharing/relinquish_folder_membership", copy).await;
    let (ours, theirs) =
        (known(&house.ada, "/Work/plan.txt").await, known(&house.grace, "/Work/plan.txt").await);
    assert_eq!(ours[0], before);
    assert_ne!(ours[0], theirs[0], "a copy is another file");
    assert_ne!(ours[1], theirs[1]);
}

#[tokio::test]
async fn nobodys_ids_are_those_of_others() {
    let house = house(None).await;
    let mut known = std::collections::BTreeSet::new();
    for client in [&house.ada, &house.grace] {
        for number in 0..3 {
            let entry = put(client, &format!("/{number}/own.txt"), "own").await.json();
            for field in ["id", "rev"] {
                assert!(known.insert(entry[field].as_str().unwrap().to_owned()), "{entry}");
            }
        }
    }
}

#[tokio::test]
async fn cursors_hear_of_what_a_member_may_do_now() {
    let (house, id) = House::shared("viewer").await;
    let member = json!({ ".tag": "email", "email": "grace@example.org" });
    let mut cursor = house.grace.list("").await.1;
    let ours = house.ada.list("").await.1;
    for (access, read_only) in [("editor", false), ("viewer", true)] {
        let update = json!({ "shared_folder_id": id, "member": member, "access_level": access });
        house.ada.ok("sharing/update_folder_member", update).await;
        let (news, next) = house.grace.changes(&cursor).await;
        assert_eq!(short(&news), ["deleted /Work", "folder /Work", "file /Work/plan.txt"]);
        for entry in &news[1..] {
            assert_eq!(entry["sharing_info"]["read_only"], read_only, "{entry}");
        }
        cursor = next;
    }
    let again = json!([{ "member": member, "access_level": "viewer_no_comment" }]);
    let again = json!({ "shared_folder_id": id, "members": again });
    house.ada.ok("sharing/add_folder_member", again).await;
    assert!(house.grace.changes(&cursor).await.0.is_empty(), "looking is all that it allows");
    let grace = house.grace.ok("users/get_current_account", json!(null)).await;
    let transfer = json!({ "shared_folder_id": id, "to_dropbox_id": grace["account_id"] });
    house.ada.ok("sharing/transfer_folder", transfer).await;
    let (news, _) = house.grace.changes(&cursor).await;
    assert_eq!(at(&news, "/Work/plan.txt")["sharing_info"]["read_only"], false);
    assert!(house.ada.changes(&ours).await.0.is_empty(), "nothing is new for the other");
}

#[tokio::test]
async fn whatever_was_given_can_be_given_up() {
    let (house, id) = House::shared("viewer").await;
    let id_of = async |client: &Client, path: &str| {
        client.ok("files/get_metadata", json!({ "path": path })).await["id"].clone()
    };
    let route = "sharing/relinquish_access";
    let folder = json!({ "file_id": id_of(&house.grace, "/Work").await });
    let inside = json!({ "file_id": id_of(&house.grace, "/Work/plan.txt").await });
    refused(&house.grace, route, inside, "no_explicit_access").await;
    let own = json!({ "file_id": id_of(&house.ada, "/Work").await });
    refused(&house.ada, route, own, "owner").await;
    refused(&house.grace, route, json!({ "file_id": "/Work" }), "invalid_file_id").await;
    assert_eq!(house.grace.ok(route, folder.clone()).await, json!({}));
    assert!(house.grace.list("").await.0.is_empty());
    refused(&house.grace, route, folder, "invalid_file_id").await;
    let stranger = json!({ "shared_folder_id": id });
    refused(&house.grace, "sharing/get_folder_metadata", stranger, "not_a_member").await;

    let member = json!({ ".tag": "email", "email": "grace@example.org" });
    let received = async || {
        let received = house.grace.ok("sharing/list_received_files", json!({})).await;
        received["entries"].as_array().unwrap().len()
    };
    let plan = id_of(&house.ada, "/Work/plan.txt").await;
    for (route, field) in
        [("sharing/relinquish_access", "file_id"), ("sharing/relinquish_file_membership", "file")]
    {
        let add = json!({ "file": "/Work/plan.txt", "members": [member] });
        house.ada.ok("sharing/add_file_member", add).await;
        let file = house.grace.ok("sharing/get_file_metadata", json!({ "file": plan })).await;
        assert_eq!((&file["name"], received().await), (&json!("plan.txt"), 1));
        let mut argument = json!({});
        argument[field] = plan.clone();
        house.grace.ok(route, argument).await;
        assert_eq!(received().await, 0, "{route}");
    }
}

/// Everything on all pages of a list, one after the other.
async fn paged(client: &Client, route: &str, mut argument: Value, field: &str) -> Vec<Value> {
    argument["limit"] = json!(1);
    let mut page = client.ok(route, argument).await;
    let mut all = Vec::new();
    loop {
        let users = page[field].as_array().unwrap();
        let invitees = page.get("invitees").and_then(Value::as_array);
        let entries: Vec<_> = users.iter().chain(invitees.into_iter().flatten()).collect();
        assert_eq!(entries.len(), 1, "{route}: {page}");
        all.extend(entries.into_iter().cloned());
        let cursor = page["cursor"].clone();
        if cursor.is_null() || page["has_more"] == false {
            return all;
        }
        page = client.ok(&format!("{route}/continue"), json!({ "cursor": cursor })).await;
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let (house, id) = House::shared("editor").await;
    let guest = json!({ ".tag": "email", "email": "guest@example.org" });
    let grace = json!({ ".tag": "email", "email": "grace@example.org" });
    let by_id = json!({ "shared_folder_id": id });
    let invite = json!({ "shared_folder_id": id, "members": [{ "member": guest }] });
    house.ada.ok("sharing/add_folder_member", invite).await;
    let members = paged(&house.ada, "sharing/list_folder_members", by_id.clone(), "users").await;
    assert_eq!(members.len(), 3);
    assert_eq!(members[2]["invitee"]["email"], "guest@example.org");

    for path in ["/One", "/Two"] {
        let shared = house.ada.ok("sharing/share_folder", json!({ "path": path })).await;
        let members = json!([{ "member": grace }]);
        let add = json!({ "shared_folder_id": shared["shared_folder_id"], "members": members });
        house.ada.ok("sharing/add_folder_member", add).await;
    }
    let names = |entries: Vec<Value>| -> Vec<Value> {
        entries.iter().map(|entry| entry["name"].clone()).collect()
    };
    let folders = paged(&house.ada, "sharing/list_folders", json!({}), "entries").await;
    assert_eq!(names(folders), ["Work", "One", "Two"]);
    let mountable = paged(&house.grace, "sharing/list_mountable_folders", json!({}), "entries");
    assert_eq!(names(mountable.await), ["One", "Two"]);

    for path in ["/a.txt", "/b.txt"] {
        house.sandbox.files().write(path, "x").unwrap();
        let add = json!({ "file": path, "members": [grace, guest] });
        house.ada.ok("sharing/add_file_member", add).await;
    }
    let of_file = json!({ "file": "/a.txt" });
    let members = paged(&house.ada, "sharing/list_file_members", of_file, "users").await;
    assert_eq!(members.len(), 3);
    let received = paged(&house.grace, "sharing/list_received_files", json!({}), "entries").await;
    assert_eq!(names(received), ["a.txt", "b.txt"]);

    let limited = house.ada.ok("sharing/list_folders", json!({ "limit": 1 })).await;
    let cursor = json!({ "cursor": limited["cursor"] });
    for (client, route) in [
        (&house.grace, "sharing/list_folders/continue"),
        (&house.ada, "sharing/list_mountable_folders/continue"),
        (&house.ada, "sharing/list_folder_members/continue"),
    ] {
        refused(client, route, cursor.clone(), "invalid_cursor").await;
    }
}
