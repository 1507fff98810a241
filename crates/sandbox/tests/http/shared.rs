//! Shared folders and teams: what one changes the others have, each in a place of their own.

use sandbox::{Backing, Options, Person, Sandbox, Team};
use serde_json::{Value, json};

use crate::client::{Client, Reply, at, short};
use crate::content::ALL;

pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) ada: Client,
    pub(crate) grace: Client,
}

pub(crate) async fn house(team: Option<Team>) -> House {
    house_with(Options { team, ..Options::default() }).await
}

async fn house_with(options: Options) -> House {
    let grace = Person::new("Grace", "Example", "grace@example.org");
    let options = Options { further_accounts: vec![grace], ..options };
    let sandbox = Sandbox::start(options).await.unwrap();
    let ada = Client::linked_for(&sandbox, ALL).await;
    let grace = Client::linked_as(&sandbox, "grace@example.org", ALL).await;
    House { sandbox, ada, grace }
}

fn team() -> Team {
    Team { name: "Example".to_owned(), folders: vec!["Common".to_owned()] }
}

pub(crate) async fn refused(client: &Client, route: &str, argument: Value, expected: &str) {
    let reply = client.call(route, argument).await;
    assert_eq!((reply.status, reply.tags().as_str()), (409, expected), "{}", reply.text);
}

impl House {
    /// `/Work/plan.txt` of Ada, shared with Grace, who has it mounted.
    pub(crate) async fn shared(access: &str) -> (Self, String) {
        let house = house(None).await;
        house.sandbox.files().write("/Work/plan.txt", "plan").unwrap();
        let id = house.share("/Work", access).await;
        (house, id)
    }

    /// Shares a folder of Ada with Grace, who mounts it.
    async fn share(&self, path: &str, access: &str) -> String {
        let shared = self.ada.ok("sharing/share_folder", json!({ "path": path })).await;
        let id = shared["shared_folder_id"].as_str().unwrap().to_owned();
        let member = json!({ ".tag": "email", "email": "grace@example.org" });
        let members = json!([{ "member": member, "access_level": access }]);
        let add = json!({ "shared_folder_id": id, "members": members });
        self.ada.ok("sharing/add_folder_member", add).await;
        let mount = json!({ "shared_folder_id": id });
        self.grace.ok("sharing/mount_folder", mount).await;
        id
    }
}

pub(crate) async fn put(client: &Client, path: &str, content: &'static str) -> Reply {
    let argument = json!({ "path": path, "mode": "overwrite" });
    client.upload("files/upload", &argument, content).await
}

#[tokio::test]
async fn what_one_member_changes_the_other_has() {
    let (house, id) = House::shared("editor").await;
    let theirs = house.sandbox.files_of("grace@example.org").unwrap();
    assert_eq!(theirs.read("/Work/plan.txt").unwrap(), "plan");
    let cursor = house.ada.list("").await.1;
    assert_eq!(put(&house.grace, "/work/New/idea.txt", "idea").await.status, 200);
    assert_eq!(house.sandbox.files().read("/Work/New/idea.txt").unwrap(), "idea");
    let (news, _) = house.ada.changes(&cursor).await;
    let idea = at(&news, "/Work/New/idea.txt");
    let grace = house.grace.ok("users/get_current_account", json!(null)).await;
    let info = json!({
        "read_only": false, "parent_shared_folder_id": id, "modified_by": grace["account_id"],
    });
    assert_eq!(idea["sharing_info"], info);

    let pair = json!({ "from_path": "/Work", "to_path": "/Mine/Job" });
    house.grace.ok("files/move_v2", pair).await;
    house.sandbox.files().write("/Work/plan.txt", "a better plan").unwrap();
    assert_eq!(theirs.read("/Mine/Job/plan.txt").unwrap(), "a better plan");
    let pair = json!({ "from_path": "/Work/plan.txt", "to_path": "/Work/New/plan.txt" });
    house.ada.ok("files/move_v2", pair).await;
    assert_eq!(theirs.read("/Mine/Job/New/plan.txt").unwrap(), "a better plan");
    let pair = json!({ "from_path": "/Work/New", "to_path": "/Private" });
    house.ada.ok("files/move_v2", pair).await;
    assert!(theirs.metadata("/Mine/Job/New").is_none(), "it left the shared folder");
    let pair = json!({ "from_path": "/Private", "to_path": "/Work/Back" });
    house.ada.ok("files/move_v2", pair).await;
    assert_eq!(theirs.read("/Mine/Job/Back/idea.txt").unwrap(), "idea");
    house.grace.ok("files/delete_v2", json!({ "path": "/Mine/Job/Back" })).await;
    assert!(house.sandbox.files().metadata("/Work/Back").is_none());
}

#[tokio::test]
async fn shared_folders_are_described_listed_and_addressed() {
    let (house, id) = House::shared("editor").await;
    let folder = house.ada.ok("files/get_metadata", json!({ "path": "/Work" })).await;
    assert_eq!(folder["sharing_info"]["shared_folder_id"], *id);
    let by_id = json!({ "shared_folder_id": id });
    let described = house.grace.ok("sharing/get_folder_metadata", by_id.clone()).await;
    assert_eq!(described["access_type"][".tag"], "editor");
    assert_eq!(described["owner_display_names"], json!(["Ada Example"]));
    let members = house.ada.ok("sharing/list_folder_members", by_id).await;
    let users = members["users"].as_array().unwrap();
    assert_eq!(users.len(), 2);
    assert_eq!(users[1]["user"]["email"], "grace@example.org");
    let listed = house.ada.ok("sharing/list_folders", json!({})).await;
    assert_eq!(listed["entries"][0]["path_lower"], "/work");

    let address = format!("ns:{id}/plan.txt");
    let plan = house.grace.ok("files/get_metadata", json!({ "path": address })).await;
    assert_eq!(plan["path_display"], "/Work/plan.txt");
    let root = json!({ ".tag": "namespace_id", "namespace_id": id }).to_string();
    let request = house.grace.post("/2/files/list_folder").bearer_auth(&house.grace.access_token);
    let request = request.header("dropbox-api-path-root", &root);
    let page = Reply::of(request.json(&json!({ "path": "", "recursive": true }))).await;
    assert_eq!(short(page.json()["entries"].as_array().unwrap()), ["file /plan.txt"]);
    let without = json!({ "path": "", "recursive": true, "include_mounted_folders": false });
    let without = house.grace.ok("files/list_folder", without).await;
    assert_eq!(without["entries"], json!([]));
}

#[tokio::test]
async fn viewers_only_look() {
    let (house, id) = House::shared("viewer").await;
    let written = put(&house.grace, "/Work/plan.txt", "mine").await;
    assert_eq!((written.status, written.tags().as_str()), (409, "path/no_write_permission"));
    let delete = json!({ "path": "/Work/plan.txt" });
    let reply = house.grace.call("files/delete_v2", delete).await;
    assert_eq!(reply.tags(), "path_write/no_write_permission");
    let plan = house.grace.ok("files/get_metadata", json!({ "path": "/Work/plan.txt" })).await;
    assert_eq!(plan["sharing_info"]["read_only"], true);
    let member = json!({ ".tag": "email", "email": "grace@example.org" });
    let update = json!({ "shared_folder_id": id, "member": member, "access_level": "editor" });
    house.ada.ok("sharing/update_folder_member", update.clone()).await;
    assert_eq!(put(&house.grace, "/Work/plan.txt", "ours").await.status, 200);
    refused(&house.grace, "sharing/update_folder_member", update, "no_permission").await;
}

#[tokio::test]
async fn leaving_takes_the_folder_from_one_and_unsharing_from_all() {
    let (house, id) = House::shared("editor").await;
    let by_id = json!({ "shared_folder_id": id });
    let theirs = house.sandbox.files_of("grace@example.org").unwrap();
    let cursor = house.grace.list("").await.1;
    house.grace.ok("sharing/unmount_folder", by_id.clone()).await;
    assert_eq!(short(&house.grace.changes(&cursor).await.0), ["deleted /Work"]);
    assert_eq!(house.sandbox.files().read("/Work/plan.txt").unwrap(), "plan");
    let mountable = house.grace.ok("sharing/list_mountable_folders", json!({})).await;
    assert_eq!(mountable["entries"][0]["shared_folder_id"], *id);
    theirs.create_folder("/Work").unwrap();
    let mounted = house.grace.ok("sharing/mount_folder", by_id.clone()).await;
    assert_eq!(mounted["path_display"], "/Work (1)");
    refused(&house.grace, "sharing/mount_folder", by_id.clone(), "already_mounted").await;
    house.grace.ok("files/delete_v2", json!({ "path": "/Work (1)" })).await;
    assert_eq!(house.sandbox.files().read("/Work/plan.txt").unwrap(), "plan");
    house.grace.ok("sharing/mount_folder", by_id.clone()).await;

    refused(&house.grace, "sharing/unshare_folder", by_id.clone(), "no_permission").await;
    let job = house.ada.ok("sharing/unshare_folder", by_id.clone()).await;
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let done = house.ada.ok("sharing/check_job_status", poll).await;
    assert_eq!(done[".tag"], "complete");
    assert!(theirs.metadata("/Work (1)").is_none());
    assert_eq!(house.sandbox.files().read("/Work/plan.txt").unwrap(), "plan");
    refused(&house.ada, "sharing/get_folder_metadata", by_id, "invalid_id").await;
}

#[tokio::test]
async fn sharing_is_refused_where_dropbox_refuses_it() {
    let (house, id) = House::shared("editor").await;
    let share = async |path: &str, expected: &str| {
        refused(&house.ada, "sharing/share_folder", json!({ "path": path }), expected).await;
    };
    share("/Work", "bad_path/already_shared").await;
    share("/Work/Inner", "bad_path/inside_shared_folder").await;
    share("/Work/plan.txt", "bad_path/is_file").await;
    let other = house.ada.ok("sharing/share_folder", json!({ "path": "/Other" })).await;
    assert_eq!(other[".tag"], "complete");
    let pair = json!({ "from_path": "/Other", "to_path": "/Work/Other" });
    refused(&house.ada, "files/move_v2", pair, "cant_nest_shared_folder").await;
    let stranger = json!({ "shared_folder_id": other["shared_folder_id"] });
    let route = "sharing/get_folder_metadata";
    refused(&house.grace, route, stranger, "not_a_member").await;
    let member = json!({ ".tag": "email", "email": "grace@example.org" });
    let remove = json!({ "shared_folder_id": id, "member": member, "leave_a_copy": false });
    let job = house.ada.ok("sharing/remove_folder_member", remove).await;
    let poll = json!({ "async_job_id": job["async_job_id"] });
    let done = house.ada.ok("sharing/check_remove_member_job_status", poll).await;
    assert_eq!(done["access_level"][".tag"], "editor");
    assert!(house.grace.list("").await.0.is_empty());
}

#[tokio::test]
async fn members_of_a_team_begin_at_home_and_see_the_team_from_its_root() {
    let house = house(Some(team())).await;
    assert_eq!(put(&house.ada, "/notes.txt", "mine").await.status, 200);
    let account = house.ada.ok("users/get_current_account", json!(null)).await;
    let root = account["root_info"]["root_namespace_id"].clone();
    assert_eq!(account["root_info"][".tag"], "team");
    assert_eq!(account["root_info"]["home_path"], "/Ada Example");
    assert_ne!(root, account["root_info"]["home_namespace_id"]);
    assert_eq!(account["team"]["name"], "Example");
    assert_eq!(short(&house.ada.list("").await.0), ["file /notes.txt"]);

    let list = async |client: &Client, root: Value| {
        let request = client.post("/2/files/list_folder").bearer_auth(&client.access_token);
        let request = request.header("dropbox-api-path-root", root.to_string());
        Reply::of(request.json(&json!({ "path": "", "recursive": true }))).await
    };
    let at_root = json!({ ".tag": "root", "root": root });
    let seen = list(&house.ada, at_root.clone()).await.json();
    let expected = ["folder /Ada Example", "file /Ada Example/notes.txt", "folder /Common"];
    assert_eq!(short(seen["entries"].as_array().unwrap()), expected);
    house.sandbox.files().write("/Common/all.txt", "for all").unwrap();
    let seen = list(&house.grace, at_root).await.json();
    let expected = ["folder /Common", "file /Common/all.txt", "folder /Grace Example"];
    assert_eq!(short(seen["entries"].as_array().unwrap()), expected);

    let other = list(&house.ada, json!({ ".tag": "root", "root": "9" })).await;
    assert_eq!((other.status, other.tags().as_str()), (422, "invalid_root/team"));
    assert_eq!(other.json()["error"]["invalid_root"]["root_namespace_id"], root);
    let denied = json!({ ".tag": "namespace_id", "namespace_id": "9" });
    let denied = list(&house.ada, denied).await;
    assert_eq!((denied.status, denied.tags().as_str()), (422, "no_permission"));
}

#[tokio::test]
async fn other_people_room_and_features_are_told() {
    let house = house(Some(team())).await;
    assert_eq!(put(&house.ada, "/notes.txt", "12345").await.status, 200);
    let usage = house.ada.ok("users/get_space_usage", json!(null)).await;
    assert_eq!((&usage["used"], &usage["allocation"][".tag"]), (&json!(5), &json!("team")));
    let grace = house.grace.ok("users/get_current_account", json!(null)).await;
    let by_id = json!({ "account_id": grace["account_id"] });
    let seen = house.ada.ok("users/get_account", by_id).await;
    assert_eq!((&seen["email"], &seen["is_teammate"]), (&grace["email"], &json!(true)));
    let many = json!({ "account_ids": [grace["account_id"]] });
    assert_eq!(house.ada.ok("users/get_account_batch", many).await[0], seen);
    let nobody = json!({ "account_id": "dbid:".to_owned() + &"x".repeat(35) });
    refused(&house.ada, "users/get_account", nobody, "no_account").await;
    let features = json!({ "features": ["paper_as_files", { ".tag": "distinct_member_home" }] });
    let values = house.ada.ok("users/features/get_values", features).await;
    let enabled = json!({ ".tag": "enabled", "enabled": true });
    assert_eq!(values["values"][1]["distinct_member_home"], enabled);
    let none = json!({ "features": [] });
    refused(&house.ada, "users/features/get_values", none, "empty_features_list").await;
}

#[tokio::test]
async fn whoever_follows_a_folder_sees_it_go_and_come_back_when_it_is_shared() {
    let house = house(None).await;
    house.sandbox.files().write("/Work/plan.txt", "plan").unwrap();
    let (before, cursor) = house.ada.list("").await;
    let shared = house.ada.ok("sharing/share_folder", json!({ "path": "/Work" })).await;
    let (news, cursor) = house.ada.changes(&cursor).await;
    assert_eq!(short(&news), ["deleted /Work", "folder /Work", "file /Work/plan.txt"]);
    let plan = at(&news, "/Work/plan.txt");
    assert_eq!(plan["rev"], at(&before, "/Work/plan.txt")["rev"]);
    let id = &shared["shared_folder_id"];
    assert_eq!(plan["sharing_info"]["parent_shared_folder_id"], *id);
    let (again, _) = house.ada.list("").await;
    assert_eq!(again.len(), before.len());
    house.ada.ok("sharing/unshare_folder", json!({ "shared_folder_id": id })).await;
    let (news, _) = house.ada.changes(&cursor).await;
    assert_eq!(at(&news, "/Work/plan.txt"), at(&before, "/Work/plan.txt"));
}

#[tokio::test]
async fn what_is_put_into_another_shared_folder_is_a_copy_with_all_its_content() {
    let backing = Backing::Generated { seed: 7, files: 250 };
    let house = house_with(Options { backing, ..Options::default() }).await;
    let files = house.sandbox.files();
    let theirs = house.sandbox.files_of("grace@example.org").unwrap();
    files.write("/Work/plan.txt", "plan").unwrap();
    house.share("/Work", "editor").await;
    let project = "/Department 0000/Project 01";
    house.share(project, "editor").await;
    let before = house.ada.list(project).await.0;
    let file = before.iter().find(|entry| entry[".tag"] == "file").unwrap();
    let content = files.read(file["path_display"].as_str().unwrap()).unwrap();

    files.move_to(project, "/Work/Project").unwrap();
    let copy = format!("/Work/Project/{}", file["name"].as_str().unwrap());
    let kept = format!("/Project 01/{}", file["name"].as_str().unwrap());
    for (files, path) in [(&files, &copy), (&theirs, &copy), (&theirs, &kept)] {
        assert_eq!(files.read(path).unwrap(), content, "{path}");
    }
    let (ours, theirs) = (house.ada.list("/Work").await.0, house.grace.list("").await.0);
    assert_ne!(at(&ours, &copy)["id"], file["id"]);
    for field in ["id", "rev", "server_modified"] {
        assert_eq!(at(&theirs, &copy)[field], at(&ours, &copy)[field]);
        assert_eq!(at(&theirs, &kept)[field], file[field], "it is what it was for the others");
    }
}
