//! Names and paths: Dropbox's idea of them counts, never ours.

use sandbox::Kind;
use serde_json::json;
use sync::{FolderId, InvalidRules, Rule, Rules, Verdict};

use crate::direct::LIST;
use crate::house::House;

/// Every one of these files is a document under the same path, and still is after an edit.
async fn names_survive(paths: &[&str]) {
    let house = House::new().await;
    for path in paths {
        house.files.write(path, "one").unwrap();
    }
    house.linked("/d").await;
    for path in paths {
        house.files.write(path, "two").unwrap();
    }
    let mut expected: Vec<_> = paths.iter().map(|path| (*path, "new publish")).collect();
    expected.sort_unstable();
    house.until_documents(&expected).await;
}

#[tokio::test]
async fn t15_folder_whose_case_changes_keeps_its_documents() {
    let house = House::new().await;
    house.files.write("/d/Sub/a.txt", "one").unwrap();
    house.files.write("/d/Sub/b.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.move_to("/d/Sub", "/d/SUB").unwrap();
    house.files.write("/d/SUB/a.txt", "two").unwrap();
    let documents = || async { house.documents().await };
    let mut events = house.ledger.changes();
    while !documents().await.iter().any(|(_, history)| history == "new publish") {
        events.recv().await.unwrap();
    }
    let lower = documents().await.into_iter().map(|(path, _)| path.to_lowercase());
    assert_eq!(lower.collect::<Vec<_>>(), ["/d/sub/a.txt", "/d/sub/b.txt"]);
}

#[tokio::test]
async fn t16_folder_that_is_spelt_in_two_ways_holds_each_file_once() {
    let house = House::new().await;
    house.files.write("/d/Sub/a.txt", "one").unwrap();
    let direct = house.direct().await;
    let mut listing = direct.listing("/d").await;
    let entries = listing["entries"].as_array_mut().unwrap();
    let mut again = entries.last().unwrap().clone();
    again["path_display"] = json!("/D/SUB/a.txt");
    entries.push(again);
    house.answer_next(LIST, &listing);
    let source = house.linked("/d").await;
    assert_eq!(house.health(source.id).await.documents, 1);
    house.files.write("/d/SUB/a.txt", "two").unwrap();
    let mut events = house.ledger.changes();
    while house.documents().await.iter().all(|(_, history)| history == "new") {
        events.recv().await.unwrap();
    }
    assert_eq!(house.documents().await.len(), 1);
}

#[tokio::test]
async fn t17_name_written_decomposed_is_the_composed_one() {
    let house = House::new().await;
    house.files.write("/d/U\u{308}bersicht.txt", "one").unwrap();
    house.linked("/d").await;
    house.files.write("/d/\u{dc}bersicht.txt", "two").unwrap();
    house.files.write("/d/U\u{308}bersicht.txt", "three").unwrap();
    let mut events = house.ledger.changes();
    let three = |(_, history): &(String, String)| history.split(' ').count() == 3;
    while !house.documents().await.iter().any(three) {
        events.recv().await.unwrap();
    }
    let documents = house.documents().await;
    assert_eq!((documents.len(), documents[0].0.as_str()), (1, "/d/\u{dc}bersicht.txt"));
}

/// Lower-casing is Dropbox's, with rules of its own: only its key of a path is ever compared.
#[tokio::test]
async fn t18_letters_whose_case_is_a_matter_of_opinion_stay_apart_or_together_as_dropbox_says() {
    names_survive(&["/d/ΣΣΣ.txt", "/d/İstanbul.txt", "/d/Ꙋ.txt", "/d/STRASSE"]).await;
    let house = House::new().await;
    house.files.write("/d/Ꙋ.txt", "one").unwrap();
    let direct = house.direct().await;
    let mut listing = direct.listing("/d").await;
    for entry in listing["entries"].as_array_mut().unwrap() {
        entry["path_lower"] = json!(entry["path_lower"].as_str().unwrap().replace('ꙋ', "Ꙋ"));
    }
    house.answer_next(LIST, &listing);
    let source = house.linked("/d").await;
    let keys = house.ledger.items_below(source.id, "/d", None, 9).await.unwrap();
    assert_eq!(keys[0].path_key, "/d/Ꙋ.txt");
}

#[tokio::test]
async fn t19_characters_beyond_the_basic_plane_are_recorded_and_followed() {
    names_survive(&["/d/😀.txt", "/d/資料/第一章 𠮷.txt", "/d/🏳️‍🌈/👩‍👩‍👧.pdf"]).await;
}

#[tokio::test]
async fn t20_names_that_look_like_something_else_come_back_byte_for_byte() {
    let long = format!("/d/{}.txt", "n".repeat(251));
    names_survive(&[
        "/d/line\nbreak.txt",
        "/d/\"quoted\" & 'single' <b>.txt",
        "/d/100%25 %2F.txt",
        "/d/.leading",
        "/d/trailing.",
        "/d/ leading space",
        "/d/\u{202e}txt.exe",
        &long,
    ])
    .await;
}

#[tokio::test]
async fn t21_path_in_place_of_a_folder_is_refused_and_names_dropbox_refuses_never_arrive() {
    for path in ["/d ", "/d/", "/d", "id:abc/sub"] {
        let rule =
            Rule { folder: FolderId::new(path), path: path.to_owned(), verdict: Verdict::Include };
        let refused = Rules::new(vec![rule]);
        assert_eq!(refused, Err(InvalidRules::NotAnId(path.to_owned())));
    }
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    assert!(house.files.write("/d/a.txt ", "two").is_err());
    let (status, body) =
        house.direct().await.attempt(LIST, &json!({ "path": "/d/", "recursive": true })).await;
    assert!(status == 409 && body.contains("malformed_path"), "{status} {body}");
    house.linked("/d").await;
    house.until_documents(&[("/d/a.txt", "new")]).await;
    assert!(matches!(house.files.metadata("/d/a.txt").unwrap().kind, Kind::File { .. }));
}

#[tokio::test]
async fn t51_doubled_slash_is_one_and_the_root_is_the_empty_text() {
    let house = House::new().await;
    house.files.write("/d/a.txt", "one").unwrap();
    let direct = house.direct().await;
    assert_eq!(direct.entry("//d//a.txt").await, direct.entry("/d/a.txt").await);
    let (status, body) = direct.attempt(LIST, &json!({ "path": "/" })).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        "Error in call to API function \"files/list_folder\": request body: path: Specify the \
         root folder as an empty string rather than as \"/\"."
    );
}
