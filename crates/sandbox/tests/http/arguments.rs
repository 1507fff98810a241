//! What clients send: every route takes its argument with all fields, encoded by the crate that is
//! generated from Dropbox's specification, and refuses a field that the specification does not
//! have. What comes back is held against the same specification, as every reply is.

use std::collections::BTreeSet;

use sandbox::Sandbox;
use serde_json::{Value, json};

use crate::client::{APP, Client, Reply, start};
use crate::oracle;

#[cfg(test)]
mod documents;
#[cfg(test)]
mod rarer;

const SCOPE: &str = "account_info.read account_info.write contacts.write email \
                     file_requests.read file_requests.write files.content.read \
                     files.content.write files.metadata.read files.metadata.write \
                     files.permanent_delete openid profile sharing.read sharing.write";
const NOBODY: &str = "dbid:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const LATER: &str = "2015-05-12T15:50:38Z";

/// Somebody who calls one route after the other.
struct Story {
    sandbox: Sandbox,
    client: Client,
    told: BTreeSet<String>,
}

#[derive(Clone, Copy)]
enum Style {
    Rpc,
    Upload,
    Download,
}

impl Story {
    async fn begin() -> Self {
        let sandbox = start().await;
        let client = Client::linked_for(&sandbox, SCOPE).await;
        Self { sandbox, client, told: BTreeSet::new() }
    }

    async fn rpc(&mut self, route: &str, argument: Value) -> Value {
        self.tell(Style::Rpc, route, argument).await
    }

    async fn upload(&mut self, route: &str, argument: Value) -> Value {
        self.tell(Style::Upload, route, argument).await
    }

    async fn download(&mut self, route: &str, argument: Value) -> Value {
        self.tell(Style::Download, route, argument).await
    }

    /// Something that is done.
    async fn tell(&mut self, style: Style, route: &str, argument: Value) -> Value {
        let encoded = self.encoded(style, route, &argument).await;
        let (status, text) = self.send(style, route, &encoded).await;
        assert_eq!(status, 200, "{route} {encoded}: {text}");
        self.told.insert(route.to_owned());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{route}: {error}: {text}"))
    }

    /// The argument as the crate sends it. With a field too many it is refused.
    async fn encoded(&self, style: Style, route: &str, argument: &Value) -> Value {
        let types = oracle::types(route).unwrap_or_else(|| panic!("nobody knows {route}"));
        let encoded = types.encode(argument);
        if encoded.is_object() {
            let mut odd = encoded.clone();
            odd["no_such_field"] = json!(1);
            let (status, text) = self.send(style, route, &odd).await;
            assert_eq!(status, 400, "{route}: {text}");
            let start = format!("Error in call to API function \"{route}\": ");
            let unknown = text.ends_with(": unknown field 'no_such_field'");
            assert!(text.starts_with(&start) && unknown, "{text}");
        }
        encoded
    }

    async fn send(&self, style: Style, route: &str, argument: &Value) -> (u16, String) {
        let client = &self.client;
        let reply = match style {
            Style::Rpc => client.call(route, argument.clone()).await,
            Style::Upload => client.upload(route, argument, "content").await,
            Style::Download => client.fetch(route, argument, None).await,
        };
        (reply.status, reply.result().to_owned())
    }

    /// Something that the route understands and does not do.
    async fn refused(&mut self, route: &str, style: Style, argument: Value) {
        let encoded = self.encoded(style, route, &argument).await;
        let (status, text) = self.send(style, route, &encoded).await;
        assert_eq!(status, 409, "{route}: {text}");
        self.told.insert(route.to_owned());
    }

    /// What a job comes to that may take its time.
    async fn job(&mut self, route: &str, argument: Value, check: &str) -> Value {
        let launch = self.rpc(route, argument).await;
        let job = launch["async_job_id"].as_str().unwrap_or_else(|| panic!("{route}: {launch}"));
        self.rpc(check, json!({ "async_job_id": job })).await
    }
}

#[tokio::test]
async fn every_route_takes_what_the_specification_says_and_nothing_else() {
    let mut story = Story::begin().await;
    files(&mut story).await;
    batches(&mut story).await;
    sessions(&mut story).await;
    oddities(&mut story).await;
    links(&mut story).await;
    folders(&mut story).await;
    rarer::tell(&mut story).await;
    documents::tell(&mut story).await;
    people(&mut story).await;
    let told = |route: &&str| story.told.contains(*route) || is_told_elsewhere(route);
    let untold: Vec<_> = sandbox::routes().filter(|route| !told(route)).collect();
    assert!(untold.is_empty(), "no argument for {untold:?}");
    story.sandbox.shutdown().await;
}

/// Deprecated routes that the specification does not have any more. `extras.rs` calls them.
fn is_told_elsewhere(route: &str) -> bool {
    let gone = [
        "files/properties/remove",
        "files/properties/template/get",
        "files/properties/template/list",
    ];
    gone.contains(&route)
}

fn commit(path: &str) -> Value {
    json!({
        "path": path,
        "mode": { ".tag": "overwrite" },
        "autorename": true,
        "client_modified": LATER,
        "mute": true,
        "strict_conflict": true,
    })
}

async fn files(story: &mut Story) {
    story.upload("files/upload", commit("/Files/a.txt")).await;
    story.upload("files/alpha/upload", commit("/Files/b.txt")).await;
    let get = json!({
        "path": "/Files/a.txt",
        "include_media_info": true,
        "include_deleted": true,
        "include_has_explicit_shared_members": true,
    });
    let rev = story.rpc("files/get_metadata", get.clone()).await["rev"].clone();
    story.rpc("files/alpha/get_metadata", get).await;
    let list = json!({
        "path": "",
        "recursive": true,
        "include_deleted": true,
        "include_has_explicit_shared_members": true,
        "include_mounted_folders": false,
        "limit": 1,
        "include_non_downloadable_files": false,
    });
    let cursor = story.rpc("files/list_folder", list.clone()).await["cursor"].clone();
    story.rpc("files/list_folder/continue", json!({ "cursor": cursor })).await;
    story.rpc("files/list_folder/get_latest_cursor", list).await;
    longpoll(story, &cursor).await;
    let revisions = json!({ "path": "/Files/a.txt", "mode": { ".tag": "path" }, "limit": 3 });
    story.rpc("files/list_revisions", revisions).await;
    let download = json!({ "path": "/Files/a.txt" });
    let (status, text) = story.send(Style::Download, "files/download", &download).await;
    assert_eq!(status, 200, "{text}");
    story.download("files/download", download).await;
    story.rpc("files/restore", json!({ "path": "/Files/a.txt", "rev": rev })).await;
    let search = json!({ "path": "", "query": "txt", "start": 0, "max_results": 1 });
    story.rpc("files/search", search).await;
    let options = json!({ "path": "/Files", "max_results": 1, "filename_only": true });
    let search = json!({ "query": "txt", "options": options });
    let cursor = story.rpc("files/search_v2", search).await["cursor"].clone();
    story.rpc("files/search/continue_v2", json!({ "cursor": cursor })).await;
}

/// The one route that takes no token.
async fn longpoll(story: &mut Story, cursor: &Value) {
    let reply = story.client.longpoll(cursor.as_str().unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    story.told.insert("files/list_folder/longpoll".to_owned());
}

async fn batches(story: &mut Story) {
    let folder = |path: &str| json!({ "path": path, "autorename": true });
    story.rpc("files/create_folder", folder("/Batches")).await;
    story.rpc("files/create_folder_v2", folder("/Batches/a")).await;
    let paths =
        json!({ "paths": ["/Batches/b", "/Batches/c"], "autorename": true, "force_async": true });
    story.job("files/create_folder_batch", paths, "files/create_folder_batch/check").await;
    let pair = |from: &str, to: &str| {
        json!({ "from_path": from, "to_path": to, "allow_shared_folder": true, "autorename": true,
                "allow_ownership_transfer": true })
    };
    story.rpc("files/copy", pair("/Batches/a", "/Batches/a1")).await;
    story.rpc("files/copy_v2", pair("/Batches/a", "/Batches/a2")).await;
    story.rpc("files/move", pair("/Batches/a1", "/Batches/a3")).await;
    story.rpc("files/move_v2", pair("/Batches/a2", "/Batches/a4")).await;
    let older = |from: &str, to: &str| {
        json!({ "entries": [{ "from_path": from, "to_path": to }], "autorename": true,
                "allow_shared_folder": true, "allow_ownership_transfer": true })
    };
    let newer = |from: &str, to: &str| json!({ "entries": [{ "from_path": from, "to_path": to }], "autorename": true });
    let entries = older("/Batches/b", "/Batches/b1");
    story.job("files/copy_batch", entries, "files/copy_batch/check").await;
    let entries = older("/Batches/b", "/Batches/b2");
    story.job("files/move_batch", entries, "files/move_batch/check").await;
    // These are done at once, so that there is no job to ask about.
    story.rpc("files/copy_batch_v2", newer("/Batches/c", "/Batches/c1")).await;
    story.rpc("files/move_batch_v2", newer("/Batches/c", "/Batches/c2")).await;
    for route in
        ["files/copy_batch/check_v2", "files/move_batch/check_v2", "files/delete_batch/check"]
    {
        story.refused(route, Style::Rpc, json!({ "async_job_id": "dbjid:none" })).await;
    }
    story.rpc("files/delete", json!({ "path": "/Batches/a3" })).await;
    story.rpc("files/delete_v2", json!({ "path": "/Batches/a4" })).await;
    let entries = json!({ "entries": [{ "path": "/Batches/b1" }, { "path": "/none" }] });
    story.rpc("files/delete_batch", entries).await;
}

async fn sessions(story: &mut Story) {
    let start = json!({ "session_type": { ".tag": "sequential" } });
    let session = story.upload("files/upload_session/start", start).await["session_id"].clone();
    let at = |offset: u64| json!({ "session_id": session, "offset": offset });
    story.upload("files/upload_session/append", at(7)).await;
    story.upload("files/upload_session/append_v2", json!({ "cursor": at(14) })).await;
    let finish = json!({ "cursor": at(21), "commit": commit("/Sessions/a") });
    story.upload("files/upload_session/finish", finish).await;
    for (route, check) in [
        ("files/upload_session/finish_batch", true),
        ("files/upload_session/finish_batch_v2", false),
    ] {
        let start = json!({ "close": true });
        let begun = story.upload("files/upload_session/start", start).await;
        let cursor = json!({ "session_id": begun["session_id"], "offset": 7 });
        let entries = json!({ "entries": [{ "cursor": cursor, "commit": commit("/Sessions/b") }] });
        if check {
            let check = "files/upload_session/finish_batch/check";
            story.job(route, entries, check).await;
        } else {
            story.rpc(route, entries).await;
        }
    }
    let begin = json!({ "num_sessions": 1, "session_type": { ".tag": "sequential" } });
    let sessions = story.rpc("files/upload_session/start_batch", begin).await;
    let cursor = json!({ "session_id": sessions["session_ids"][0], "offset": 0 });
    let entries = json!({ "entries": [{ "cursor": cursor, "length": 7, "close": true }] });
    story.upload("files/upload_session/append_batch", entries).await;
}

async fn oddities(story: &mut Story) {
    let create = json!({ "path": "/Odd/a.paper", "import_format": { ".tag": "markdown" } });
    story.upload("files/paper/create", create).await;
    let update = json!({ "path": "/Odd/a.paper", "import_format": { ".tag": "html" },
                         "doc_update_policy": { ".tag": "overwrite" } });
    story.upload("files/paper/update", update).await;
    let export = json!({ "path": "/Odd/a.paper", "export_format": "markdown" });
    story.download("files/export", export).await;
    story.upload("files/upload", commit("/Odd/a.jpg")).await;
    story.upload("files/upload", commit("/Odd/a.docx")).await;
    story.refused("files/get_preview", Style::Download, json!({ "path": "/Odd/a.docx" })).await;
    let look = json!({ "path": "/Odd/a.jpg", "format": { ".tag": "png" },
                       "size": { ".tag": "w128h128" }, "mode": { ".tag": "bestfit" } });
    story.refused("files/get_thumbnail", Style::Download, look.clone()).await;
    let resource = json!({ ".tag": "path", "path": "/Odd/a.jpg" });
    let newer = json!({ "resource": resource, "format": { ".tag": "png" },
                        "size": { ".tag": "w128h128" }, "mode": { ".tag": "bestfit" } });
    story.refused("files/get_thumbnail_v2", Style::Download, newer).await;
    story.rpc("files/get_thumbnail_batch", json!({ "entries": [look] })).await;
    let entries = json!({ "entries": [{ "path": "/Odd/a.jpg" }] });
    story.rpc("files/lock_file_batch", entries.clone()).await;
    story.rpc("files/get_file_lock_batch", entries.clone()).await;
    story.rpc("files/unlock_file_batch", entries).await;
    let tag = json!({ "path": "/Odd/a.jpg", "tag_text": "a_tag" });
    story.rpc("files/tags/add", tag.clone()).await;
    story.rpc("files/tags/get", json!({ "paths": ["/Odd/a.jpg"] })).await;
    story.rpc("files/tags/remove", tag).await;
    let reference = story.rpc("files/copy_reference/get", json!({ "path": "/Odd/a.jpg" })).await;
    let save = json!({ "copy_reference": reference["copy_reference"], "path": "/Odd/b.jpg" });
    story.rpc("files/copy_reference/save", save).await;
    let save = json!({ "path": "/Odd/saved", "url": "http://127.0.0.1:9/file" });
    story.job("files/save_url", save, "files/save_url/check_job_status").await;
    story.rpc("files/get_temporary_link", json!({ "path": "/Odd/a.jpg" })).await;
    let later = json!({ "commit_info": commit("/Odd/later"), "duration": 60.0 });
    story.rpc("files/get_temporary_upload_link", later).await;
}

async fn links(story: &mut Story) {
    story.upload("files/upload", commit("/Links/a.txt")).await;
    let settings = json!({ "audience": { ".tag": "public" }, "allow_download": true });
    let make = json!({ "path": "/Links/a.txt", "settings": settings });
    let link = story.rpc("sharing/create_shared_link_with_settings", make).await;
    let url = link["url"].clone();
    let older = json!({ "path": "/Links/a.txt", "short_url": true });
    story.rpc("sharing/create_shared_link", older).await;
    story.rpc("sharing/get_shared_link_metadata", json!({ "url": url })).await;
    story.download("sharing/get_shared_link_file", json!({ "url": url })).await;
    let list = json!({ "path": "/Links/a.txt", "direct_only": true });
    story.rpc("sharing/list_shared_links", list).await;
    story.rpc("sharing/get_shared_links", json!({ "path": "/Links/a.txt" })).await;
    let settings = json!({ "allow_download": true });
    let modify = json!({ "url": url, "settings": settings, "remove_expiration": true });
    story.rpc("sharing/modify_shared_link_settings", modify).await;
    story.rpc("sharing/revoke_shared_link", json!({ "url": url })).await;
}

async fn folders(story: &mut Story) {
    story.upload("files/upload", commit("/Shared/a/file")).await;
    let share = json!({
        "path": "/Shared/a",
        "acl_update_policy": { ".tag": "editors" },
        "force_async": true,
        "member_policy": { ".tag": "anyone" },
        "shared_link_policy": { ".tag": "anyone" },
    });
    let shared = story.job("sharing/share_folder", share, "sharing/check_share_job_status").await;
    let folder = shared["shared_folder_id"].clone();
    story.rpc("sharing/get_folder_metadata", json!({ "shared_folder_id": folder })).await;
    let grace = json!({ ".tag": "email", "email": "grace@example.org" });
    let members = json!([{ "member": grace, "access_level": { ".tag": "viewer" } }]);
    let add = json!({ "shared_folder_id": folder, "members": members, "quiet": true,
                      "custom_message": "Look." });
    story.rpc("sharing/add_folder_member", add).await;
    let list = json!({ "shared_folder_id": folder, "limit": 1 });
    story.rpc("sharing/list_folder_members", list).await;
    let next = "sharing/list_folder_members/continue";
    story.refused(next, Style::Rpc, json!({ "cursor": "none" })).await;
    let level = json!({ ".tag": "editor" });
    let update = json!({ "shared_folder_id": folder, "member": grace, "access_level": level });
    story.rpc("sharing/update_folder_member", update).await;
    let policy = json!({ "shared_folder_id": folder, "acl_update_policy": { ".tag": "owner" } });
    story.rpc("sharing/update_folder_policy", policy).await;
    let remove = json!({ "shared_folder_id": folder, "member": grace, "leave_a_copy": false });
    let check = "sharing/check_remove_member_job_status";
    story.job("sharing/remove_folder_member", remove, check).await;
    for (list, next) in [
        ("sharing/list_folders", "sharing/list_folders/continue"),
        ("sharing/list_mountable_folders", "sharing/list_mountable_folders/continue"),
    ] {
        let page = story.rpc(list, json!({ "limit": 1 })).await;
        assert!(page.get("cursor").is_none(), "all of them come at once");
        story.refused(next, Style::Rpc, json!({ "cursor": "none" })).await;
    }
    let mine = json!({ "shared_folder_id": folder, "leave_a_copy": false });
    story.refused("sharing/relinquish_folder_membership", Style::Rpc, mine).await;
    let transfer = json!({ "shared_folder_id": folder, "to_dropbox_id": NOBODY });
    story.refused("sharing/transfer_folder", Style::Rpc, transfer).await;
    let inherit =
        json!({ "shared_folder_id": folder, "access_inheritance": { ".tag": "no_inherit" } });
    story.rpc("sharing/set_access_inheritance", inherit).await;
    story.rpc("sharing/unmount_folder", json!({ "shared_folder_id": folder })).await;
    story.rpc("sharing/mount_folder", json!({ "shared_folder_id": folder })).await;
    let unshare = json!({ "shared_folder_id": folder, "leave_a_copy": true });
    story.job("sharing/unshare_folder", unshare, "sharing/check_job_status").await;
}

async fn people(story: &mut Story) {
    let account = story.rpc("users/get_current_account", Value::Null).await["account_id"].clone();
    story.rpc("users/get_account", json!({ "account_id": account })).await;
    story.rpc("users/get_account_batch", json!({ "account_ids": [account] })).await;
    story.rpc("users/get_space_usage", Value::Null).await;
    let features = json!({ "features": [{ ".tag": "paper_as_files" }] });
    story.rpc("users/features/get_values", features).await;
    story.rpc("check/user", json!({ "query": "hello" })).await;
    let request = story.client.post("/2/check/app").basic_auth(APP, Some("any secret"));
    let reply = Reply::of(request.json(&json!({ "query": "hello" }))).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    story.told.insert("check/app".to_owned());
    story.rpc("auth/token/revoke", Value::Null).await;
}
