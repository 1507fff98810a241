//! Routes for which few clients have a use.

use serde_json::{Value, json};

use super::{LATER, NOBODY, Story, Style, commit};
use crate::client::{APP, Reply};

pub(super) async fn tell(story: &mut Story) {
    archives(story).await;
    members(story).await;
    templates(story).await;
    properties(story).await;
    requests(story).await;
    selves(story).await;
    former_token(story).await;
}

async fn archives(story: &mut Story) {
    story.upload("files/upload", commit("/Rarer/a.txt")).await;
    story.download("files/download_zip", json!({ "path": "/Rarer" })).await;
    story.rpc("files/permanently_delete", json!({ "path": "/Rarer/a.txt" })).await;
}

async fn members(story: &mut Story) {
    story.upload("files/upload", commit("/Members/a.txt")).await;
    let file = json!({ "file": "/Members/a.txt" });
    let member = json!({ ".tag": "email", "email": "guest@example.org" });
    let add = json!({
        "file": "/Members/a.txt",
        "members": [member],
        "custom_message": "Look.",
        "quiet": true,
        "access_level": { ".tag": "viewer" },
        "add_message_as_comment": true,
    });
    story.rpc("sharing/add_file_member", add).await;
    let actions = json!([{ ".tag": "edit_contents" }]);
    let about = json!({ "file": "/Members/a.txt", "actions": actions });
    story.rpc("sharing/get_file_metadata", about).await;
    let many = json!({ "files": ["/Members/a.txt", "/none"], "actions": actions });
    story.rpc("sharing/get_file_metadata/batch", many).await;
    let list = json!({ "file": "/Members/a.txt", "actions": [{ ".tag": "remove" }],
                       "include_inherited": false, "limit": 1 });
    story.rpc("sharing/list_file_members", list).await;
    let many = json!({ "files": ["/Members/a.txt", "/none"], "limit": 1 });
    story.rpc("sharing/list_file_members/batch", many).await;
    let received = json!({ "limit": 1, "actions": actions });
    story.rpc("sharing/list_received_files", received).await;
    for route in ["sharing/list_file_members/continue", "sharing/list_received_files/continue"] {
        story.refused(route, Style::Rpc, json!({ "cursor": "none" })).await;
    }
    let level = json!({ ".tag": "viewer_no_comment" });
    let update = json!({ "file": "/Members/a.txt", "member": member, "access_level": level });
    story.rpc("sharing/update_file_member", update).await;
    let policy = json!({ "file": "/Members/a.txt", "actions": actions,
                         "viewer_info_policy": { ".tag": "disabled" } });
    story.rpc("sharing/update_file_policy", policy).await;
    let remove = json!({ "file": "/Members/a.txt", "member": member });
    story.rpc("sharing/remove_file_member_2", remove.clone()).await;
    story.refused("sharing/remove_file_member", Style::Rpc, remove.clone()).await;
    story
        .rpc("sharing/add_file_member", json!({ "file": "/Members/a.txt", "members": [member] }))
        .await;
    story.rpc("sharing/remove_file_member", remove).await;
    story.refused("sharing/relinquish_file_membership", Style::Rpc, file.clone()).await;
    let of_nobody = json!({ "file_id": "id:none" });
    story.refused("sharing/relinquish_access", Style::Rpc, of_nobody).await;
    story.rpc("sharing/unshare_file", file).await;
}

async fn templates(story: &mut Story) {
    let field =
        |name: &str| json!({ "name": name, "description": "Who", "type": { ".tag": "string" } });
    let shape = json!({ "name": "Review", "description": "", "fields": [field("By")] });
    let added = story.rpc("file_properties/templates/add_for_user", shape).await;
    let id = added["template_id"].clone();
    let by_id = json!({ "template_id": id });
    story.rpc("file_properties/templates/get_for_user", by_id.clone()).await;
    let update = json!({ "template_id": id, "name": "Reviews", "description": "All",
                         "add_fields": [field("Of")] });
    story.rpc("file_properties/templates/update_for_user", update).await;
    story.rpc("file_properties/templates/list_for_user", Value::Null).await;
    story.rpc("file_properties/templates/remove_for_user", by_id).await;
}

async fn properties(story: &mut Story) {
    for namespace in ["file_properties", "files"] {
        story.upload("files/upload", commit("/Properties/a.txt")).await;
        let field = json!({ "name": "By", "description": "Who", "type": { ".tag": "string" } });
        let shape = json!({ "name": "Review", "description": "", "fields": [field] });
        let added = story.rpc("file_properties/templates/add_for_user", shape).await;
        let id = added["template_id"].clone();
        let value = |value: &str| json!({ "name": "By", "value": value });
        let group = |by: &str| json!([{ "template_id": id, "fields": [value(by)] }]);
        let add = json!({ "path": "/Properties/a.txt", "property_groups": group("Ada") });
        let route = |route: &str| format!("{namespace}/properties/{route}");
        story.rpc(&route("add"), add).await;
        let overwrite = json!({ "path": "/Properties/a.txt", "property_groups": group("Grace") });
        story.rpc(&route("overwrite"), overwrite).await;
        let update = json!([{ "template_id": id, "add_or_update_fields": [value("Ada")],
                              "remove_fields": ["None"] }]);
        let update = json!({ "path": "/Properties/a.txt", "update_property_groups": update });
        story.rpc(&route("update"), update).await;
        let filter = json!({ ".tag": "filter_some", "filter_some": [id] });
        let query = json!({ "query": "Ada", "mode": { ".tag": "field_name", "field_name": "By" },
                            "logical_operator": { ".tag": "or_operator" } });
        let search = json!({ "queries": [query], "template_filter": filter });
        let found = story.rpc("file_properties/properties/search", search).await;
        assert_eq!(found["matches"][0]["path"], "/Properties/a.txt");
        let remove = json!({ "path": "/Properties/a.txt", "property_template_ids": [id] });
        story.rpc("file_properties/properties/remove", remove).await;
    }
    let next = "file_properties/properties/search/continue";
    story.refused(next, Style::Rpc, json!({ "cursor": "none" })).await;
}

async fn requests(story: &mut Story) {
    let deadline = json!({ "deadline": LATER, "allow_late_uploads": { ".tag": "seven_days" } });
    let create = json!({ "title": "Plans", "destination": "/Requests", "deadline": deadline,
                         "open": false, "description": "Please.", "video_project_id": "1" });
    let made = story.rpc("file_requests/create", create).await;
    let id = made["id"].clone();
    story.rpc("file_requests/get", json!({ "id": id })).await;
    let mut update = deadline;
    update[".tag"] = json!("update");
    let update = json!({ "id": id, "title": "All plans", "destination": "/Requests/New",
                         "deadline": update, "open": false, "description": "Now." });
    story.rpc("file_requests/update", update).await;
    story.rpc("file_requests/list", Value::Null).await;
    story.rpc("file_requests/list_v2", json!({ "limit": 1 })).await;
    story.refused("file_requests/list/continue", Style::Rpc, json!({ "cursor": "none" })).await;
    story.rpc("file_requests/count", Value::Null).await;
    story.rpc("file_requests/delete", json!({ "ids": [id] })).await;
    story.rpc("file_requests/delete_all_closed", Value::Null).await;
}

async fn selves(story: &mut Story) {
    let photo = json!({ "photo": { ".tag": "base64_data", "base64_data": "SGVsbG8=" } });
    story.refused("account/set_profile_photo", Style::Rpc, photo).await;
    let get = json!({ "dbx_account_id": NOBODY, "size": "16x16", "circle_crop": false,
                      "expect_account_photo": true });
    story.refused("account/get_photo", Style::Download, get).await;
    story.rpc("account/delete_profile_photo", json!({})).await;
    story.rpc("contacts/delete_manual_contacts", Value::Null).await;
    let some = json!({ "email_addresses": ["guest@example.org"] });
    story.refused("contacts/delete_manual_contacts_batch", Style::Rpc, some).await;
    let who = story.rpc("openid/userinfo", json!({})).await;
    assert_eq!((&who["given_name"], &who["email"]), (&json!("Ada"), &json!("ada@example.org")));
}

/// The one route whose caller is an app that has something of a person.
async fn former_token(story: &mut Story) {
    let client = &story.client;
    let made = client.post("/sandbox/tokens/oauth1").json(&json!({ "app": APP }));
    let token = Reply::of(made).await.json();
    let exchange = async |key: &str, token: &Value| {
        let request = client.post("/2/auth/token/from_oauth1").basic_auth(key, Some("secret"));
        Reply::of(request.json(token)).await
    };
    let exchanged = exchange(APP, &token).await;
    assert_eq!(exchanged.status, 200, "{}", exchanged.text);
    let newer = client.with_token(exchanged.json()["oauth2_token"].as_str().unwrap());
    newer.ok("users/get_current_account", Value::Null).await;
    assert_eq!(exchange("another", &token).await.tags(), "app_id_mismatch");
    let forged =
        json!({ "oauth1_token": "a", "oauth1_token_secret": token["oauth1_token_secret"] });
    assert_eq!(exchange(APP, &forged).await.tags(), "invalid_oauth1_token_info");
    story.told.insert("auth/token/from_oauth1".to_owned());
}
