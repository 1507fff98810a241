//! Accounts, listings, waiting, metadata and revisions: what is sent and what is read.

use std::time::Duration;

use dropbox::{Cursor, Entry, ErrorKind, FolderAccess, Id, ListFolder, PathRef};
use serde_json::{Value, json};

use crate::double::{Answer, Double, Seen, franz};

const ACCOUNT: &str = "/2/users/get_current_account";
const LIST: &str = "/2/files/list_folder";
const CONTINUE: &str = "/2/files/list_folder/continue";
const LONGPOLL: &str = "/2/files/list_folder/longpoll";
const METADATA: &str = "/2/files/get_metadata";
const REVISIONS: &str = "/2/files/list_revisions";
const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn prime_numbers() -> Value {
    json!({ ".tag": "file", "name": "Prime_Numbers.txt",
        "path_lower": "/homework/math/prime_numbers.txt",
        "path_display": "/Homework/math/Prime_Numbers.txt", "id": "id:a4ayc_80_OEAAAAAAAAAXw",
        "client_modified": "2015-05-12T15:50:38Z", "server_modified": "2015-05-12T15:50:39Z",
        "rev": "a1c10ce0dd78", "size": 7212, "is_downloadable": true, "content_hash": HASH,
        "sharing_info": { "read_only": true, "parent_shared_folder_id": "84528192421",
            "modified_by": "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc" },
        "has_explicit_shared_members": false })
}

fn page(entries: &[Value], has_more: bool) -> Answer {
    Answer::ok(&json!({ "entries": entries, "cursor": "AAF", "has_more": has_more }))
}

async fn list(double: &Double) -> Vec<Entry> {
    double.session().list_folder(&ListFolder::tree(PathRef::root())).await.unwrap().entries
}

fn argument(seen: &[Seen]) -> Value {
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    seen[0].json()
}

#[tokio::test]
async fn account_is_read() {
    let double = Double::answering(ACCOUNT, Answer::ok(&franz("7", "1"))).await;
    let account = double.session().current_account().await.unwrap();
    assert_eq!(account.account_id.as_str(), "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc");
    assert_eq!(account.name, "Franz Ferdinand (Personal)");
    assert_eq!(account.email, "franz@dropbox.com");
    assert_eq!(account.root_namespace_id.as_str(), "7");
    assert_eq!(account.home_namespace_id.as_str(), "1");
    assert_eq!(double.seen(ACCOUNT)[0].body, "null");
}

#[tokio::test]
async fn root_is_listed_with_exactly_the_fields_that_dropbox_knows() {
    let double = Double::answering(LIST, page(&[], false)).await;
    let page = double.session().list_folder(&ListFolder::tree(PathRef::root())).await.unwrap();
    assert_eq!((page.entries.len(), page.has_more), (0, false));
    assert_eq!(
        argument(&double.seen(LIST)),
        json!({ "path": "", "recursive": true, "include_deleted": false })
    );
    let limited = ListFolder { limit: Some(2000), ..ListFolder::children("id:x".parse().unwrap()) };
    double.session().list_folder(&limited).await.unwrap();
    assert_eq!(
        argument(&double.seen(LIST)[1..]),
        json!({ "path": "id:x", "recursive": false, "limit": 2000, "include_deleted": false })
    );
}

#[tokio::test]
async fn page_without_entries_may_have_more() {
    let double = Double::answering(CONTINUE, page(&[], true)).await;
    let page = double.session().list_folder_continue(&Cursor::new("AAE")).await.unwrap();
    assert!(page.has_more && page.entries.is_empty());
    assert_eq!(page.cursor.expose(), "AAF");
    assert_eq!(argument(&double.seen(CONTINUE)), json!({ "cursor": "AAE" }));
}

#[tokio::test]
async fn file_is_read_with_all_that_dropbox_says_of_it() {
    let double = Double::answering(LIST, page(&[prime_numbers()], false)).await;
    let [Entry::File(file)] = &list(&double).await[..] else { panic!("not one file") };
    assert_eq!(file.id.as_str(), "id:a4ayc_80_OEAAAAAAAAAXw");
    assert_eq!(file.name, "Prime_Numbers.txt");
    assert_eq!(file.path_lower.as_deref(), Some("/homework/math/prime_numbers.txt"));
    assert_eq!(file.path_display.as_deref(), Some("/Homework/math/Prime_Numbers.txt"));
    assert_eq!((file.rev.as_str(), file.size), ("a1c10ce0dd78", 7212));
    assert_eq!(file.content_hash.unwrap().to_string(), HASH);
    assert_eq!(file.client_modified.to_string(), "2015-05-12T15:50:38Z");
    assert_eq!(file.server_modified.to_string(), "2015-05-12T15:50:39Z");
    assert!(file.is_downloadable);
    let editor = file.modified_by.as_ref().unwrap();
    assert_eq!(editor.as_str(), "dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc");
}

#[tokio::test]
async fn cloud_document_has_no_hash_and_is_not_downloadable() {
    let paper = json!({ ".tag": "file", "name": "Notes.paper", "path_lower": null,
        "id": "id:n", "client_modified": "2015-05-12T15:50:38Z",
        "server_modified": "2015-05-12T15:50:38Z", "rev": "a1c10ce0dd79", "size": 0,
        "is_downloadable": false,
        "export_info": { "export_as": "html", "export_options": ["html", "markdown"] } });
    let double = Double::answering(LIST, page(&[paper], false)).await;
    let [Entry::File(file)] = &list(&double).await[..] else { panic!("not one file") };
    assert_eq!((file.content_hash, file.is_downloadable), (None, false));
    assert_eq!((&file.path_lower, &file.path_display, &file.modified_by), (&None, &None, &None));
}

#[tokio::test]
async fn folders_say_whether_their_content_can_be_seen() {
    let folder = |sharing: Value| {
        json!({ ".tag": "folder", "name": "math", "id": "id:z", "path_lower": "/math",
            "path_display": "/Math", "sharing_info": sharing, "property_groups": [] })
    };
    let plain = json!({ ".tag": "folder", "name": "math", "id": "id:z" });
    let entries = [
        folder(json!({ "read_only": false, "traverse_only": true, "no_access": false })),
        folder(json!({ "read_only": false, "traverse_only": false, "no_access": true })),
        folder(json!({ "read_only": true, "shared_folder_id": "84528192421" })),
        plain,
    ];
    let double = Double::answering(LIST, page(&entries, false)).await;
    let access: Vec<_> = list(&double)
        .await
        .into_iter()
        .map(|entry| match entry {
            Entry::Folder(folder) => folder.access,
            other => panic!("{other:?} is no folder"),
        })
        .collect();
    let expected =
        [FolderAccess::TraverseOnly, FolderAccess::Denied, FolderAccess::Full, FolderAccess::Full];
    assert_eq!(access, expected);
}

#[tokio::test]
async fn deletion_has_a_path_and_nothing_else() {
    let gone = json!({ ".tag": "deleted", "name": "pi.txt", "path_lower": "/pi.txt",
        "path_display": "/pi.txt" });
    let double = Double::answering(CONTINUE, page(&[gone], false)).await;
    let page = double.session().list_folder_continue(&Cursor::new("AAE")).await.unwrap();
    let [Entry::Deleted(gone)] = &page.entries[..] else { panic!("not one deletion") };
    assert_eq!(gone.path_lower.as_deref(), Some("/pi.txt"));
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_unknown_or_odd_entries_kept_apart() {
    let mut extended = prime_numbers();
    extended["brand_new"] = json!({ "nested": [1, 2] });
    let mut dateless = prime_numbers();
    dateless["server_modified"] = json!("yesterday");
    let symlink = json!({ "name": "s", ".tag": "wormhole", "path_display": "/S", "size": null });
    let double = Double::answering(LIST, page(&[extended, dateless, symlink], false)).await;
    let entries = list(&double).await;
    assert!(matches!(&entries[0], Entry::File(file) if file.size == 7212));
    let others: Vec<_> = entries[1..]
        .iter()
        .map(|entry| match entry {
            Entry::Other(other) => (other.tag.as_str(), other.path_display.as_deref().unwrap()),
            known => panic!("{known:?} is known"),
        })
        .collect();
    assert_eq!(others, [("file", "/Homework/math/Prime_Numbers.txt"), ("wormhole", "/S")]);
}

#[tokio::test]
async fn names_of_any_characters_arrive_to_the_byte() {
    for name in ["😀 𝒳.txt", "a\nb\"c%25'.md", "日本語", "\u{202e}fdp.exe", "<b>&amp;"] {
        let mut file = prime_numbers();
        file["name"] = json!(name);
        let double = Double::answering(METADATA, Answer::ok(&file)).await;
        let path: PathRef = format!("/{name}").parse().unwrap();
        let entry = double.session().get_metadata(&path).await.unwrap();
        assert!(matches!(entry, Some(Entry::File(file)) if file.name == name));
        assert_eq!(argument(&double.seen(METADATA)), json!({ "path": format!("/{name}") }));
    }
}

#[tokio::test]
async fn longpoll_carries_neither_token_nor_root() {
    let answer = Answer::ok(&json!({ "changes": false, "backoff": 60 }));
    let double = Double::answering(LONGPOLL, answer).await;
    let session = double.session();
    for (asked, sent) in [(1, 30), (240, 240), (9999, 480)] {
        let cursor = Cursor::new("AAE");
        let outcome = session.longpoll(&cursor, Duration::from_secs(asked)).await.unwrap();
        assert_eq!((outcome.changes, outcome.backoff), (false, Some(Duration::from_mins(1))));
        let seen = double.seen(LONGPOLL).pop().unwrap();
        assert_eq!(seen.json(), json!({ "cursor": "AAE", "timeout": sent }));
        assert_eq!(
            (seen.header("authorization"), seen.header("dropbox-api-path-root")),
            (None, None)
        );
    }
    assert_eq!(double.seen(ACCOUNT).len(), 0);
}

#[tokio::test]
async fn refused_longpoll_says_nothing_about_the_link() {
    type Check = fn(&ErrorKind) -> bool;
    let refusal = |status, error: Value| Answer::json(status, &json!({ "error": error }));
    let cases: [(Answer, Check); 3] = [
        (refusal(401, json!({ ".tag": "invalid_access_token" })), |kind| {
            matches!(kind, ErrorKind::Unexpected(_))
        }),
        (refusal(409, json!({ ".tag": "reset" })), |kind| matches!(kind, ErrorKind::CursorReset)),
        (Answer::html(504), |kind| matches!(kind, ErrorKind::Transient(_))),
    ];
    for (answer, check) in cases {
        let double = Double::answering(LONGPOLL, answer).await;
        let session = double.session();
        let waited = session.longpoll(&Cursor::new("AAE"), Duration::from_secs(30)).await;
        assert!(check(&waited.unwrap_err().kind));
        assert!(session.current_account().await.is_ok());
    }
}

#[tokio::test]
async fn nothing_at_a_path_is_an_answer() {
    let error = json!({ ".tag": "path", "path": { ".tag": "not_found" } });
    let body = json!({ "error_summary": "path/not_found/..", "error": error });
    let double = Double::answering(METADATA, Answer::json(409, &body)).await;
    assert_eq!(double.session().get_metadata(&"id:gone".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn revisions_are_asked_for_by_id_and_read_without_tags() {
    let mut revision = prime_numbers();
    revision.as_object_mut().unwrap().remove(".tag");
    let body = json!({ "is_deleted": true, "server_deleted": "2015-05-12T15:50:38Z",
        "entries": [revision], "has_more": true });
    let double = Double::answering(REVISIONS, Answer::ok(&body)).await;
    let revisions = double.session().list_revisions(&Id::new("id:a"), 5000).await.unwrap();
    assert!(revisions.is_deleted && revisions.has_more);
    assert_eq!(revisions.entries[0].rev.as_str(), "a1c10ce0dd78");
    assert_eq!(
        argument(&double.seen(REVISIONS)),
        json!({ "path": "id:a", "mode": { ".tag": "id" }, "limit": 100 })
    );
}

#[tokio::test]
async fn revision_that_cannot_be_read_is_not_left_out() {
    let body = json!({ "is_deleted": false, "entries": [{ "name": "a" }] });
    let double = Double::answering(REVISIONS, Answer::ok(&body)).await;
    let error = double.session().list_revisions(&Id::new("id:a"), 1).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unexpected(_)));
}

#[tokio::test]
async fn team_space_is_addressed_in_root_mode_and_a_home_without_a_header() {
    for (root, home, header) in
        [("7", "1", Some(json!({ ".tag": "root", "root": "7" }))), ("1", "1", None)]
    {
        let double = Double::start(move |seen| match seen.path.as_str() {
            ACCOUNT => Some(Answer::ok(&franz(root, home))),
            LIST => Some(page(&[], false)),
            _ => None,
        })
        .await;
        let session = double.session();
        for _ in 0..2 {
            session.list_folder(&ListFolder::tree(PathRef::root())).await.unwrap();
        }
        for seen in double.seen(LIST) {
            let sent = seen.header("dropbox-api-path-root");
            assert_eq!(sent.map(|text| serde_json::from_str::<Value>(text).unwrap()), header);
        }
        assert_eq!(double.seen(ACCOUNT).len(), 1);
    }
}

#[tokio::test]
async fn changed_root_is_reported_once_and_then_asked_for_again() {
    let info = json!({ ".tag": "team", "root_namespace_id": "9", "home_namespace_id": "1",
        "home_path": "/Franz" });
    let invalid = json!({ "error_summary": "invalid_root/..",
        "error": { ".tag": "invalid_root", "invalid_root": info } });
    let asked = std::sync::atomic::AtomicU32::new(0);
    let double = Double::start(move |seen| match seen.path.as_str() {
        ACCOUNT => {
            let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            Some(Answer::ok(&franz(if first { "7" } else { "9" }, "1")))
        }
        LIST if seen.header("dropbox-api-path-root")?.contains("\"7\"") => {
            Some(Answer::json(422, &invalid))
        }
        LIST => Some(page(&[], false)),
        _ => None,
    })
    .await;
    let session = double.session();
    let listing = ListFolder::tree(PathRef::root());
    let error = session.list_folder(&listing).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::RootChanged), "{error:?}");
    session.list_folder(&listing).await.unwrap();
    assert_eq!(double.seen(ACCOUNT).len(), 2);
}
