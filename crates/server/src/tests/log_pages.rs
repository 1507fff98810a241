//! The pages that show the log to people.

use http::StatusCode;
use tlog::{Checkpoint, SignedNote, leaf_hash};

use super::house::{Document, House, assert_nothing_private};

async fn with_document() -> (House, Document) {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    (house, document)
}

#[tokio::test]
async fn log_page_shows_size_root_key_and_that_nobody_witnesses_it_yet() {
    let (house, _) = with_document().await;
    let page = house.get("/log").send().await;
    assert_eq!(page.status, StatusCode::OK);
    let note = SignedNote::parse(&house.ledger.checkpoint().await.unwrap()).unwrap();
    let checkpoint = Checkpoint::open(&note, &house.ledger.log_key()).unwrap();
    let key = house.ledger.log_key().to_string();
    for part in [
        "<li>4 entries</li>",
        "No witness yet",
        &checkpoint.root.to_string(),
        &key,
        "proofs.example.org",
        "Number of the entry, 0 to 3",
        &format!("proofbox log fsck http://localhost:8080/log --key '{key}'"),
        &format!("proofbox log monitor http://localhost:8080/log --key '{key}'"),
    ] {
        assert!(page.text().contains(part), "{part} is not on {}", page.text());
    }
}

#[tokio::test]
async fn log_page_draws_its_growth_and_says_it_in_words_and_numbers() {
    let (house, _) = with_document().await;
    let page = house.get("/log").send().await;
    assert!(page.text().contains(r#"<path class="curve" d="M0 "#));
    assert!(page.text().contains(r#"role="img" aria-label="From 1 entry on "#));
    assert!(page.text().contains(r#"<td role="cell" data-label="Entries">4</td>"#));
    let checkpoints = page.text().split(r#"id="checkpoints""#).nth(1).unwrap();
    let newest = checkpoints.split("</tr>").nth(1).unwrap();
    assert!(newest.contains(r#"data-label="Entries">4</td>"#), "the newest is not first");
}

#[tokio::test]
async fn growth_ends_at_the_size_that_the_page_says_also_a_moment_later() {
    let (house, _) = with_document().await;
    assert!(house.get("/log").send().await.text().contains(" to 4 entries on "));
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:later").await;
    assert!(house.get("/log").send().await.text().contains(" to 7 entries on "));
}

#[tokio::test]
async fn entry_of_an_event_is_shown_with_its_proof_and_leads_to_no_document() {
    let (house, document) = with_document().await;
    let page = house.get("/log/entry/2").send().await;
    assert_eq!(page.status, StatusCode::OK);
    let entry = house.ledger.log_entry(2).await.unwrap().unwrap();
    let mut shown = vec![
        "a hash over sixteen salted commitments, which says nothing by itself".to_owned(),
        hex::encode(&entry.bytes),
        hex::encode(leaf_hash(&entry.bytes).0),
        hex::encode(entry.newest.root.0),
        r#"<a href="/log/entry/1" rel="prev">"#.to_owned(),
        r#"<a href="/log/entry/3" rel="next">"#.to_owned(),
    ];
    shown.extend(
        entry.path.iter().map(|hash| format!(r#"<li class="hash">{}</li>"#, hex::encode(hash.0))),
    );
    for part in shown {
        assert!(page.text().contains(&part), "{part} is not on {}", page.text());
    }
    let identities = [document.asset.to_string(), house.tenancy().await.to_string()];
    let events = document.events.iter().map(ToString::to_string);
    for identity in identities.into_iter().chain(events) {
        assert!(!page.text().contains(&identity), "the entry leads to {identity}");
    }
    assert!(!page.text().contains("publicassets"));
}

#[tokio::test]
async fn entry_0_is_the_policy_in_its_own_words() {
    let (house, _) = with_document().await;
    let page = house.get("/log/entry/0").send().await;
    assert!(page.text().contains("Entry 0 is the log’s policy"));
    assert!(page.text().contains("proofbox/policy/v1\norigin proofs.example.org\nlog "));
    assert!(!page.text().contains(r#"rel="prev""#));
    let last = house.get("/log/entry/3").send().await;
    assert!(!last.text().contains(r#"rel="next""#));
}

#[tokio::test]
async fn entries_that_are_not_there_are_a_page_that_says_so() {
    let house = House::open();
    for index in ["1", "01", "+0", "-1", "x", "18446744073709551615", "18446744073709551616"] {
        let page = house.get(&format!("/log/entry/{index}")).send().await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{index}");
        assert!(page.header("content-type").starts_with("text/html"), "{index}");
        assert!(page.text().contains("The log has no entry with this number"), "{index}");
    }
}

#[tokio::test]
async fn form_leads_to_the_entry_however_its_number_is_written() {
    let house = House::open();
    for written in ["18204", "18,204", "+18%20204+", "18.204"] {
        let reply = house.get(&format!("/log/entry?index={written}")).send().await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{written}");
        assert_eq!(reply.location(), "/log/entry/18204", "{written}");
    }
    for query in ["index=", "index=first", "index=-1", "", "index=1&x=y"] {
        let reply = house.get(&format!("/log/entry?{query}")).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(reply.header("content-type").starts_with("text/html"), "{query}");
    }
    assert_eq!(house.get("/log/").send().await.location(), "/log");
}

#[tokio::test]
async fn pages_of_the_log_hold_nothing_private_and_run_nothing() {
    let (house, _) = with_document().await;
    for path in ["/log", "/log/entry/0", "/log/entry/3"] {
        let page = house.get(path).send().await;
        assert_nothing_private(page.text());
        assert_eq!(page.header("x-robots-tag"), "noindex", "{path}");
        assert_eq!(page.header("set-cookie"), "", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{path}: {policy}");
        for forbidden in ["<script", "<style", " style=", " onclick", "javascript:"] {
            assert!(!page.text().contains(forbidden), "{path} has {forbidden}");
        }
        for part in [r#"<html lang="en">"#, r#"<main id="main""#, "<h1>", r##"href="#main""##] {
            assert!(page.text().contains(part), "{path} lacks {part}");
        }
    }
}

#[tokio::test]
async fn public_pages_lead_to_the_log_and_an_event_to_its_entry() {
    let (house, document) = with_document().await;
    let event = house.get(&document.public_event(2)).send().await;
    assert!(event.text().contains(r#"<a href="/log/entry/2">Log entry 2</a>, signed</li>"#));
    for path in [document.public(), document.public_event(2)] {
        let page = house.get(&path).send().await;
        assert!(page.text().contains(r#"<a href="/log">The log</a>"#), "{path}");
    }
}
