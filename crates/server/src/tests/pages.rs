//! The pages that everybody reads.

use http::StatusCode;
use jiff::Timestamp;

use super::house::{House, assert_nothing_private};

#[tokio::test]
async fn asset_page_says_in_one_sentence_what_is_published_and_names_no_file() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let page = house.get(&document.public()).send().await;
    let today = Timestamp::now().strftime("%-d %B %Y").to_string();
    let by = "published by “<bdi>My organisation</bdi>” (name not verified)";
    let say = format!("<h1>This document is at version 3, {by} on {today}.</h1>");
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains(&say), "{}", page.text());
    assert!(page.text().contains("Publisher not verified"));
    assert!(page.text().contains("xxx..."));
    assert!(page.text().contains("filled in from Dropbox history"));
    assert_nothing_private(page.text());
}

#[tokio::test]
async fn event_page_tells_versions_apart_and_labels_three_times() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;

    let current = house.get(&document.public_event(3)).send().await;
    assert!(current.text().contains("Current version"));
    assert!(current.text().contains("This is version 3 of 3, published by "));

    let old = house.get(&document.public_event(1)).send().await;
    assert!(old.text().contains("Authentic, not the latest"));
    assert!(old.text().contains("This is version 1 of 3. "));
    assert!(old.text().contains(" (name not verified) published a newer one on "));
    assert!(old.text().contains(&document.public_event(3)), "no link to the current version");

    for label in ["Dropbox says", "Recorded", "Sealed in the log"] {
        assert!(old.text().contains(&format!("<dt>{label}</dt>")), "{label}");
    }
    let declared = r#"<time datetime="2026-05-01T14:02:51Z">1 May 2026, 14:02:51 UTC</time>"#;
    assert!(old.text().contains(declared));
    assert_nothing_private(old.text());
}

#[tokio::test]
async fn event_page_says_how_to_verify_offline_with_the_key_of_this_log() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let page = house.get(&document.public_event(2)).send().await;
    let vkey = house.get("/log/vkey").send().await;
    let command = format!(
        "proofbox verify FILE --receipt {}.tlog-proof --key '{}'",
        document.events[1],
        vkey.text().lines().next().unwrap()
    );
    assert!(page.text().contains(&command), "{}", page.text());
}

#[tokio::test]
async fn receipt_is_a_file_that_verifies_with_the_key_and_names_no_file() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let reply = house.get(&format!("{}/receipt", document.public_event(1))).send().await;
    let name = format!("attachment; filename=\"{}.tlog-proof\"", document.events[0]);
    assert_eq!(reply.header("content-disposition"), name);
    assert_eq!(reply.header("content-type"), "text/plain; charset=utf-8");
    let receipt = tlog::Receipt::parse(reply.text()).unwrap();
    let opened = ledger::entry::Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
    let leaf = tlog::leaf_hash(&opened.entry());
    receipt.verify(&leaf, &house.ledger.log_key()).unwrap();
    assert_nothing_private(str::from_utf8(receipt.extra.as_deref().unwrap()).unwrap());
}

#[tokio::test]
async fn pages_need_no_script_and_no_sign_in_and_ask_not_to_be_indexed() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    for path in [document.public(), document.public_event(1), "/sign-in".to_owned()] {
        let page = house.get(&path).send().await;
        assert_eq!(page.header("x-robots-tag"), "noindex", "{path}");
        assert_eq!(page.header("set-cookie"), "", "{path}");
        assert!(
            page.header("content-security-policy").starts_with("default-src 'none'; style-src")
        );
        for part in [r#"<html lang="en">"#, r#"<main id="main""#, "<h1>", r##"href="#main""##] {
            assert!(page.text().contains(part), "{path} lacks {part}");
        }
        assert!(!page.text().contains("<script") && !page.text().contains(" style="), "{path}");
    }
}

#[tokio::test]
async fn style_sheet_of_a_page_is_served_for_good() {
    let house = House::open();
    let page = house.get("/sign-in").send().await;
    let (_, rest) = page.text().split_once(r#"<link rel="stylesheet" href=""#).unwrap();
    let sheet = house.get(rest.split('"').next().unwrap()).send().await;
    assert_eq!(sheet.status, StatusCode::OK);
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    assert!(sheet.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn unknown_malformed_and_mismatched_addresses_are_pages_that_say_so() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let one = house.document(&source, "id:one").await;
    let other = house.document(&source, "id:other").await;
    let mismatched = format!("{}/events/{}", one.public(), other.events[0]);
    let unknown = "/publicassets/6ea5cd00-c711-4649-8914-7b125928bbb4".to_owned();
    for (path, status) in [
        (unknown, StatusCode::NOT_FOUND),
        (mismatched.clone(), StatusCode::NOT_FOUND),
        (format!("{mismatched}/receipt"), StatusCode::NOT_FOUND),
        ("/publicassets/<script>".replace('<', "%3C").replace('>', "%3E"), StatusCode::BAD_REQUEST),
        (format!("{}?before=x", one.public()), StatusCode::BAD_REQUEST),
        ("/nothing/here".to_owned(), StatusCode::NOT_FOUND),
    ] {
        let page = house.get(&path).send().await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(page.text().contains("<h1>There is nothing here.</h1>"), "{path}");
        assert!(!page.text().contains("<script"), "{path}");
    }
}

#[tokio::test]
async fn long_history_goes_on_at_its_last_event() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let last = house.get(&format!("{}/events", document.archivist("publicassets"))).send().await;
    let newest = last.json()["events"][0]["log"]["index"].as_u64().unwrap();
    let older = house.get(&format!("{}?before={newest}", document.public())).send().await;
    assert!(!older.text().contains(">Version 3</a>") && older.text().contains(">Version 2</a>"));
}
