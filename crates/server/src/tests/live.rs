//! Live streams: they begin with what is and go on with what changes.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use ledger::DisconnectedBy;
use tokio::time::timeout;

use super::house::House;

const PATIENCE: Duration = Duration::from_secs(20);

/// Reads a stream until it has said something.
async fn heard(stream: &mut BodyDataStream, words: &str) -> String {
    let mut text = String::new();
    while !text.contains(words) {
        let next = timeout(PATIENCE, stream.next()).await.expect(words);
        text.push_str(str::from_utf8(&next.expect("the stream ended").unwrap()).unwrap());
    }
    text
}

async fn open(house: &House) -> Body {
    let cookie = house.signed_in().await;
    let ask = house.get("/api/live").cookie(&cookie).header("accept-encoding", "gzip");
    let (_, headers, body) = ask.open().await;
    assert!(!headers.contains_key("content-encoding"), "compression would hold events back");
    assert_eq!(headers["content-type"], "text/event-stream");
    body
}

#[tokio::test]
async fn stream_begins_with_the_present_and_goes_on_with_each_commit() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let mut stream = open(&house).await.into_data_stream();
    let present = heard(&mut stream, r#"{"documents":0}"#).await;
    assert!(present.contains("event: integration"), "{present}");
    assert!(present.contains(&source.id.to_string()), "{present}");
    house.document(&source, "id:lease").await;
    heard(&mut stream, r#"{"documents":1}"#).await;
}

#[tokio::test]
async fn stream_says_that_an_integration_was_forgotten() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let mut stream = open(&house).await.into_data_stream();
    heard(&mut stream, r#"{"documents":0}"#).await;
    house.ledger.disconnect_source(source.id, DisconnectedBy::Owner).await.unwrap();
    let gone = heard(&mut stream, &source.id.to_string()).await;
    assert!(gone.contains("event: integration_gone"), "{gone}");
}
