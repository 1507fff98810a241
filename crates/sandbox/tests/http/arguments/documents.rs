//! Documents as they were before they became files, and what converters make of files.

use serde_json::{Value, json};

use super::{LATER, Story, Style, commit};

pub(super) async fn tell(story: &mut Story) {
    paper(story).await;
    riviera(story).await;
}

/// Nobody has any, and nobody can make one.
async fn paper(story: &mut Story) {
    let list = json!({ "filter_by": { ".tag": "docs_created" }, "sort_by": { ".tag": "modified" },
                       "sort_order": { ".tag": "descending" }, "limit": 10,
                       "stop_at_date": LATER });
    let listed = story.rpc("paper/docs/list", list).await;
    assert_eq!((&listed["doc_ids"], &listed["has_more"]), (&json!([]), &json!(false)));
    let cursor = json!({ "cursor": listed["cursor"]["value"] });
    story.rpc("paper/docs/list/continue", cursor).await;
    let forged = json!({ "cursor": "none" });
    story.refused("paper/docs/list/continue", Style::Rpc, forged).await;

    let doc = json!({ "doc_id": "doc" });
    for route in ["archive", "get_folder_info", "permanently_delete", "sharing_policy/get"] {
        story.refused(&format!("paper/docs/{route}"), Style::Rpc, doc.clone()).await;
    }
    let format = json!({ ".tag": "markdown" });
    let create = json!({ "parent_folder_id": "folder", "import_format": format });
    story.refused("paper/docs/create", Style::Upload, create).await;
    let policy = json!({ ".tag": "append" });
    let update = json!({ "doc_id": "doc", "doc_update_policy": policy, "revision": 7,
                         "import_format": format });
    story.refused("paper/docs/update", Style::Upload, update).await;
    let export = json!({ "doc_id": "doc", "export_format": format, "include_comments": true });
    story.refused("paper/docs/download", Style::Download, export).await;
    let folder = json!({ "name": "Plans", "parent_folder_id": "folder", "is_team_folder": true });
    story.refused("paper/folders/create", Style::Rpc, folder).await;

    let member = json!({ ".tag": "email", "email": "guest@example.org" });
    let user = json!({ "member": member, "permission_level": { ".tag": "view_and_comment" } });
    let only = json!({ "public_sharing_policy": { ".tag": "invite_only" },
                       "team_sharing_policy": { ".tag": "invite_only" } });
    let users = [
        ("docs/folder_users/list", json!({ "doc_id": "doc", "limit": 10 })),
        ("docs/folder_users/list/continue", json!({ "doc_id": "doc", "cursor": "none" })),
        (
            "docs/users/list",
            json!({ "doc_id": "doc", "limit": 10,
                                    "filter_by": { ".tag": "visited" } }),
        ),
        ("docs/users/list/continue", json!({ "doc_id": "doc", "cursor": "none" })),
        (
            "docs/users/add",
            json!({ "doc_id": "doc", "members": [user], "custom_message": "Look.",
                                   "quiet": true }),
        ),
        ("docs/users/remove", json!({ "doc_id": "doc", "member": member })),
        ("docs/sharing_policy/set", json!({ "doc_id": "doc", "sharing_policy": only })),
        ("docs/get_metadata", json!({ "doc_id": "doc", "file_id": "id:none" })),
    ];
    for (route, argument) in users {
        story.refused(&format!("paper/{route}"), Style::Rpc, argument).await;
    }
}

/// There are no converters.
async fn riviera(story: &mut Story) {
    story.upload("files/upload", commit("/Converted/a.pdf")).await;
    let there = json!({ ".tag": "path", "path": "/Converted/a.pdf" });
    let with = |mut more: Value| {
        more["file_id_or_url"] = there.clone();
        more
    };
    let transform = json!({
        "transform_type": { ".tag": "thumbnail" },
        "thumbnail": { "size": { ".tag": "w64h64" }, "mode": { ".tag": "bestfit" },
                       "format": { ".tag": "png" } },
        "image": { "page_number": 2, "scale_percent": 50 },
        "video_frame": { "offset_in_seconds": 1.5, "scale_percent": 50 },
    });
    let transcript = json!({ "timestamp_level": { ".tag": "word" }, "audio_language": "en",
                             "included_special_words": "Proofbox" });
    let orders = [
        ("keyframes", json!({ "scene_change_threshold": 12.5, "include_images": true })),
        ("markdown", json!({ "enable_ocr": true, "embed_images": true })),
        ("metadata", json!({})),
        ("ocr", json!({})),
        ("text", json!({})),
        ("transcript", transcript),
        ("transform", transform),
    ];
    for (what, more) in orders {
        let route = format!("riviera/get_{what}_async");
        let outcome = story.job(&route, with(more), &format!("{route}/check")).await;
        let why = if what == "transcript" { "no_audio_error" } else { "unsupported_format_error" };
        assert_eq!((&outcome[".tag"], &outcome["failed"][".tag"]), (&json!("failed"), &json!(why)));
    }
    let why_not = async |story: &mut Story, file: Value| {
        let (route, file) = ("riviera/get_text_async", json!({ "file_id_or_url": file }));
        let outcome = story.job(route, file, "riviera/get_text_async/check").await;
        outcome["failed"][".tag"].as_str().unwrap().to_owned()
    };
    let path = |path: &str| json!({ ".tag": "path", "path": path });
    assert_eq!(why_not(story, path("/Converted")).await, "is_a_folder_error");
    assert_eq!(why_not(story, path("/none")).await, "not_found_error");
    let url = json!({ ".tag": "url", "url": "https://example.org/a.pdf" });
    assert_eq!(why_not(story, url).await, "not_found_error");
    assert_eq!(why_not(story, Value::Null).await, "user_error");
    let output = json!({ "output_handle": "none" });
    story.refused("riviera/download_transform_output", Style::Download, output).await;
}
