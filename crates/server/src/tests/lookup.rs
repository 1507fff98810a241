//! The padded lookup as Instaproof asks it.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;

use super::house::House;

#[tokio::test]
async fn answer_is_a_padded_bucket_of_sealed_records() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:lease").await;
    let bits = house.get("/api/lookup").send().await.json();
    assert_eq!(bits, serde_json::json!({ "bits": 0 }));

    let bucket = house.get("/api/lookup?bits=0&prefix=").send().await;
    let records = bucket.json()["records"].as_array().unwrap().clone();
    assert_eq!(records.len() % 64, 0);
    assert!(!records.is_empty());
    for record in &records {
        assert_eq!(record["tag"].as_str().unwrap().len(), 16);
        assert_eq!(STANDARD.decode(record["body"].as_str().unwrap()).unwrap().len(), 12 + 448 + 16);
    }
    assert_eq!(bucket.header("cache-control"), "no-store");
}

#[tokio::test]
async fn bucket_is_not_compressed_because_it_is_ciphertext() {
    let house = House::open();
    let bucket =
        house.get("/api/lookup?bits=0&prefix=").header("accept-encoding", "gzip").send().await;
    assert_eq!(bucket.header("content-encoding"), "");
    let page = house.get("/sign-in").header("accept-encoding", "gzip").send().await;
    assert_eq!(page.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn questions_that_are_none_are_refused() {
    let house = House::open();
    for (query, status, code) in [
        ("bits=4&prefix=b0", StatusCode::BAD_REQUEST, "bad_query"),
        ("bits=4", StatusCode::BAD_REQUEST, "bad_query"),
        ("bits=300&prefix=00", StatusCode::BAD_REQUEST, "bad_query"),
        ("bits=0&fingerprint=00", StatusCode::BAD_REQUEST, "bad_query"),
        ("bits=64&prefix=0123456789abcdef", StatusCode::CONFLICT, "lookup_bits_changed"),
    ] {
        let reply = house.get(&format!("/api/lookup?{query}")).send().await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{query}");
    }
}

#[tokio::test]
async fn address_that_asks_without_end_is_told_to_wait() {
    let house = House::open();
    for _ in 0..1_000 {
        let reply = house.get("/api/lookup").send().await;
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(reply.header("retry-after").parse::<u64>().unwrap() > 0);
            assert_eq!(reply.code(), "too_many_requests");
            return;
        }
    }
    panic!("nobody was told to wait");
}
