//! What is registered over the API, and what hostile requests get: a clear refusal, and nothing written.

use http::StatusCode;
use ledger::ApplicationRole;
use serde_json::{Value, json};

use super::house::{House, last_identity};

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A house with an application that records.
async fn recorder() -> (House, String) {
    let house = House::open();
    let (_, token) = house.application(ApplicationRole::Recorder).await;
    (house, token)
}

async fn create(house: &House, token: &str, body: &Value) -> String {
    let reply = house.post("/archivist/v2/assets").bearer(token).json(body).send().await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    last_identity(&reply.json())
}

async fn size(house: &House) -> String {
    house.get("/log/checkpoint").send().await.text().lines().nth(1).unwrap().to_owned()
}

fn document() -> Value {
    json!({
        "arc_profile": "Document",
        "arc_display_name": "Deed",
        "document_hash_alg": "sha256",
        "document_hash_value": HASH,
    })
}

#[tokio::test]
async fn a_registered_document_is_found_by_its_hash_and_has_a_page_and_a_receipt() {
    let (house, token) = recorder().await;
    let body = json!({ "public": true, "attributes": document() });
    let asset = create(&house, &token, &body).await;
    let path = "/archivist/v2/publicassets/-/events?asset_attributes.document_hash_value=";
    let found = house.get(&format!("{path}{HASH}")).send().await.json();
    assert_eq!(found["events"][0]["asset_identity"], format!("publicassets/{asset}"));
    let event = last_identity(&found["events"][0]);
    let page = house.get(&format!("/publicassets/{asset}")).send().await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains(HASH));
    let receipt = house.get(&format!("/publicassets/{asset}/events/{event}/receipt")).send().await;
    assert!(receipt.text().starts_with("c2sp.org/tlog-proof@v1"), "{}", receipt.text());
    let (_, unknown) = HASH.split_at(2);
    let none = house.get(&format!("{path}ff{unknown}")).send().await.json();
    assert_eq!(none["events"], json!([]));
}

#[tokio::test]
async fn nobody_finds_a_private_asset_without_its_owner() {
    let (house, token) = recorder().await;
    let asset = create(&house, &token, &json!({ "attributes": document() })).await;
    let own = house.get(&format!("/archivist/v2/assets/{asset}")).bearer(&token).send().await;
    let event = own.json()["last_event"]["identity"].as_str().unwrap().to_owned();
    for path in [
        format!("/archivist/v2/publicassets/{asset}"),
        format!("/archivist/v2/publicassets/{asset}/events"),
        format!("/archivist/v2/public{event}"),
        format!("/publicassets/{asset}"),
        format!("/public{event}"),
        format!("/public{event}/receipt"),
    ] {
        assert_eq!(house.get(&path).send().await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let path = "/archivist/v2/publicassets/-/events?asset_attributes.document_hash_value=";
    let found = house.get(&format!("{path}{HASH}")).send().await.json();
    assert_eq!(found["events"], json!([]));
}

#[tokio::test]
async fn public_events_without_an_asset_answer_to_an_exact_hash_and_not_too_often() {
    let house = House::open();
    let base = "/archivist/v2/publicassets/-/events";
    let key = "asset_attributes.document_hash_value";
    for query in [
        String::new(),
        "?page_size=10".to_owned(),
        format!("?{key}=*"),
        format!("?{key}={}", &HASH[..63]),
        format!("?{key}={}", HASH.to_uppercase()),
        format!("?{key}!=*"),
        format!("?{key}={HASH}&asset_attributes.document_hash_alg=md5"),
        format!("?{key}={HASH}&operation=Record"),
        "?event_attributes.arc_display_type=Publish".to_owned(),
    ] {
        let reply = house.get(&format!("{base}{query}")).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let mut last = StatusCode::OK;
    for _ in 0..70 {
        last = house.get(&format!("{base}?{key}={HASH}")).send().await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn hostile_bodies_are_refused_and_nothing_is_written() {
    let (house, token) = recorder().await;
    let before = size(&house).await;
    let long = format!(r#"{{"attributes":{{"a":"{}"}}}}"#, "x".repeat(4_097));
    let deep = format!(r#"{{"attributes":{{"a":{}{}}}}}"#, "[".repeat(500), "]".repeat(500));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("51,201 bytes of attributes", attributes_of(51_201).into_bytes()),
        ("a text that is too long", long.into_bytes()),
        ("deep nesting", deep.into_bytes()),
        ("a key twice", br#"{"attributes":{"a":"1","a":"2"}}"#.to_vec()),
        ("a member twice", br#"{"public":true,"public":false}"#.to_vec()),
        ("bad UTF-8", b"{\"attributes\":{\"a\":\"\xff\xfe\"}}".to_vec()),
        ("half a pair", br#"{"attributes":{"a":"\ud800"}}"#.to_vec()),
        ("U+0000 in a text", br#"{"attributes":{"a":"x\u0000"}}"#.to_vec()),
        ("U+0000 in what is not read", br#"{"more":["\u0000"]}"#.to_vec()),
        ("a key twice in what is not read", br#"{"more":{"a":1,"a":1}}"#.to_vec()),
        ("a number", br#"{"attributes":{"a":1}}"#.to_vec()),
        ("no JSON", b"{".to_vec()),
        ("nothing", Vec::new()),
        ("a list", b"[]".to_vec()),
        ("a behaviour that is none", br#"{"behaviours":["Drop"]}"#.to_vec()),
        ("a mechanism that is none", br#"{"proof_mechanism":"X"}"#.to_vec()),
        ("a document without hash", br#"{"attributes":{"arc_profile":"Document"}}"#.to_vec()),
    ];
    for (what, body) in bodies {
        let ask = house.post("/archivist/v2/assets").bearer(&token);
        let reply = ask.bytes("application/json", body).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {}", reply.text());
        assert!(["bad_request", "refused"].contains(&reply.code().as_str()), "{what}");
    }
    let ask = house.post("/archivist/v2/assets").bearer(&token);
    assert_eq!(
        ask.bytes("text/plain", b"{}".to_vec()).send().await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(size(&house).await, before, "the log grew");
    let fits = attributes_of(51_200);
    let ask = house.post("/archivist/v2/assets").bearer(&token);
    let reply = ask.bytes("application/json", fits.into_bytes()).send().await;
    assert_eq!(reply.status, StatusCode::OK, "51,200 bytes: {}", reply.text());
}

/// An asset whose attributes have so many bytes, in keys and texts together. Some characters have two.
fn attributes_of(bytes: usize) -> String {
    let (mut left, mut texts) = (bytes, Vec::new());
    while left > 0 {
        let size = left.min(4_000);
        let text = format!("é{}", "x".repeat(size - 6));
        texts.push(format!(r#""k{:03}":"{text}""#, texts.len()));
        left -= size;
    }
    format!(r#"{{"attributes":{{{}}}}}"#, texts.join(","))
}

/// An event's own attributes and those of its asset count together.
#[tokio::test]
async fn attributes_of_an_event_are_limited_together_to_the_byte() {
    let (house, token) = recorder().await;
    let asset = create(&house, &token, &json!({ "attributes": { "a": "b" } })).await;
    let path = format!("/archivist/v2/assets/{asset}/events");
    let half: Value = serde_json::from_str(&attributes_of(25_600)).unwrap();
    let more: Value = serde_json::from_str(&attributes_of(25_601)).unwrap();
    let event = |asset_attributes: &Value| {
        json!({
            "operation": "Record",
            "behaviour": "RecordEvidence",
            "event_attributes": half["attributes"],
            "asset_attributes": asset_attributes["attributes"],
        })
    };
    let before = size(&house).await;
    let reply = house.post(&path).bearer(&token).json(&event(&more)).send().await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "refused"));
    assert!(reply.text().contains("51201"), "{}", reply.text());
    assert_eq!(size(&house).await, before, "the log grew");
    let reply = house.post(&path).bearer(&token).json(&event(&half)).send().await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn hostile_events_are_refused_and_nothing_is_written() {
    let (house, token) = recorder().await;
    let asset = create(&house, &token, &json!({ "attributes": document() })).await;
    let path = format!("/archivist/v2/assets/{asset}/events");
    let before = size(&house).await;
    let record = json!({ "operation": "Record", "behaviour": "RecordEvidence" });
    let with = |name: &str, value: Value| {
        let mut body = record.clone();
        body[name] = value;
        body
    };
    for body in [
        json!({}),
        json!({ "operation": "Record" }),
        json!({ "operation": "Delete", "behaviour": "RecordEvidence" }),
        json!({ "operation": "NewAsset", "behaviour": "AssetCreator" }),
        with("timestamp_declared", json!("yesterday")),
        with("principal_declared", json!({ "issuer": 1 })),
        with("principal_declared", json!({ "issuer": "x".repeat(1_025) })),
        with("asset_attributes", json!({ "arc_profile": "Other" })),
        with("asset_attributes", json!({ "document_hash_value": HASH })),
        with("event_attributes", json!({ "arc_display_type": "Publish" })),
        with("event_attributes", json!({ "arc_display_type": "Withdraw" })),
        with("event_attributes", json!({ "a": { "b": { "c": "d" } } })),
    ] {
        let reply = house.post(&path).bearer(&token).json(&body).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.text());
    }
    let stranger = house.signed_in_as(&house.stranger().await).await;
    let reply = house.post(&path).cookie(&stranger).json(&record).send().await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "another tenancy's asset");
    assert_eq!(size(&house).await, before, "the log grew");
}

#[tokio::test]
async fn what_looks_like_sql_or_a_header_is_text() {
    let (house, token) = recorder().await;
    let odd = "x'); drop table asset; --\r\nX-Evil: 1\"<script>\u{1}";
    let asset = create(&house, &token, &json!({ "attributes": { "odd": odd } })).await;
    let value: String = url::form_urlencoded::byte_serialize(odd.as_bytes()).collect();
    let path = format!("/archivist/v2/assets?attributes.odd={value}");
    let reply =
        house.get(&path).bearer(&token).header("x-request-total-count", "true").send().await;
    assert_eq!(reply.header("x-total-count"), "1");
    assert_eq!(reply.header("x-evil"), "");
    assert_eq!(reply.json()["assets"][0]["identity"], format!("assets/{asset}"));
    assert_eq!(reply.json()["assets"][0]["attributes"]["odd"], odd);
    for query in ["attributes.odd'--=x", "search=%27%20or%201=1"] {
        let reply = house.get(&format!("/archivist/v2/assets?{query}")).bearer(&token).send().await;
        assert_eq!(reply.json()["assets"], json!([]), "{query}");
    }
}

#[tokio::test]
async fn a_page_token_is_good_for_its_own_list_and_query_alone() {
    let (house, token) = recorder().await;
    for _ in 0..3 {
        create(&house, &token, &json!({ "attributes": { "kind": "a" } })).await;
    }
    let read = async |path: String| house.get(&path).bearer(&token).send().await;
    let first = read("/archivist/v2/assets?attributes.kind=a&page_size=1".to_owned()).await;
    let page_token = first.json()["next_page_token"].as_str().unwrap().to_owned();
    let alone = read(format!("/archivist/v2/assets?page_token={page_token}&page_size=1")).await;
    let whole =
        read(format!("/archivist/v2/assets?attributes.kind=a&page_size=1&page_token={page_token}"));
    assert_eq!(alone.json(), whole.await.json());
    let mut forged = page_token.clone().into_bytes();
    let last = forged.len() - 1;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for path in [
        format!("/archivist/v2/assets?page_token={forged}"),
        format!("/archivist/v2/assets?page_token={}", &page_token[4..]),
        "/archivist/v2/assets?page_token=eyJza2lwIjogMX0=".to_owned(),
        format!("/archivist/v2/assets?attributes.kind=b&page_token={page_token}"),
        format!("/archivist/v2/assets/-/events?page_token={page_token}"),
        format!("/archivist/v2/assets?attributes.a={}", "x".repeat(17_000)),
    ] {
        let reply = read(path.clone()).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let stranger = house.signed_in_as(&house.stranger().await).await;
    let path = format!("/archivist/v2/assets?page_token={page_token}");
    let reply = house.get(&path).cookie(&stranger).send().await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "another tenancy's token");
}

#[tokio::test]
async fn an_event_says_where_its_reader_gets_the_receipt() {
    let (house, token) = recorder().await;
    for is_public in [false, true] {
        let asset = create(&house, &token, &json!({ "attributes": {}, "public": is_public })).await;
        let events = format!("/archivist/v2/assets/{asset}/events");
        let events = house.get(&events).bearer(&token).send().await.json();
        let receipt = events["events"][0]["log"]["receipt"].as_str().unwrap();
        let reply = house.get(receipt).bearer(&token).send().await;
        assert_eq!(reply.status, StatusCode::OK, "public: {is_public}");
        let anonymous = house.get(receipt).send().await;
        assert_eq!(anonymous.status == StatusCode::OK, is_public);
        tlog::Receipt::parse(reply.text()).unwrap();
    }
}

#[tokio::test]
async fn lists_by_identity_go_on_by_identity() {
    let (house, token) = recorder().await;
    for _ in 0..5 {
        create(&house, &token, &json!({ "attributes": {} })).await;
    }
    for (path, name) in [("assets", "assets"), ("assets/-/events", "events")] {
        let path = format!("/archivist/v2/{path}");
        let mut query = "order_by=SIMPLEHASHV1".to_owned();
        let mut found = Vec::new();
        loop {
            let address = format!("{path}?page_size=2&{query}");
            let page = house.get(&address).bearer(&token).send().await.json();
            let all = page[name].as_array().unwrap();
            found.extend(all.iter().map(|one| one["identity"].as_str().unwrap().to_owned()));
            match page["next_page_token"].as_str().unwrap() {
                "" => break,
                page_token => query = format!("page_token={page_token}"),
            }
        }
        assert_eq!(found.len(), 5, "{path}");
        assert!(found.is_sorted(), "{path}: {found:?}");
        let reply = house.get(&format!("{path}?order_by=NEWEST")).bearer(&token).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn tokens_end_with_their_secret_and_their_application() {
    let house = House::open();
    let (manager, manager_token) = house.application(ApplicationRole::Administrator).await;
    let (id, token) = house.application(ApplicationRole::Recorder).await;
    let path = format!("/archivist/iam/v1/applications/{id}");
    let reads =
        async |token: &str| house.get("/archivist/v2/assets").bearer(token).send().await.status;
    assert_eq!(reads(&token).await, StatusCode::OK);
    let rotated =
        house.post(&format!("{path}:regenerate-secret")).bearer(&manager_token).send().await;
    let secret = rotated.json()["credentials"][0]["secret"].as_str().unwrap().to_owned();
    assert_eq!(reads(&token).await, StatusCode::UNAUTHORIZED, "after another secret");
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let issued = house.post("/archivist/iam/v1/appidp/token").form(&form).send().await;
    let token = issued.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(reads(&token).await, StatusCode::OK);
    let deleted = house.ask(http::Method::DELETE, &path).bearer(&manager_token).send().await;
    assert_eq!(deleted.json(), json!({}));
    assert_eq!(reads(&token).await, StatusCode::UNAUTHORIZED, "after its application");
    let again = house.post("/archivist/iam/v1/appidp/token").form(&form).send().await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    let own = format!("/archivist/iam/v1/applications/{manager}");
    let shown = house.get(&own).bearer(&manager_token).send().await.json();
    assert_eq!(shown["credentials"][0]["secret"], "", "a secret is shown once");
}

#[tokio::test]
async fn a_key_makes_every_post_happen_once() {
    let (house, _) = recorder().await;
    let (_, token) = house.application(ApplicationRole::Administrator).await;
    let named = json!({ "display_name": "Twice" });
    for (path, body) in [
        ("/archivist/v2/assets", json!({ "attributes": { "a": "b" } })),
        ("/archivist/iam/v1/applications", named.clone()),
        ("/archivist/iam/v1/access_policies", named.clone()),
        ("/archivist/iam/v1/subjects", named),
        ("/archivist/iam/v1/invites", json!({ "email": "ada@example.org" })),
    ] {
        let send = async |body: &Value| {
            let ask = house.post(path).bearer(&token).header("idempotency-key", "k-1");
            ask.json(body).send().await
        };
        let (first, again) = (send(&body).await, send(&body).await);
        assert_eq!(first.status, StatusCode::OK, "{path}: {}", first.text());
        assert_eq!(first.json()["identity"], again.json()["identity"], "{path}");
        let mut other = body;
        other["display_name"] = json!("Another");
        let refused = send(&other).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{path}");
        assert_eq!(refused.code(), "idempotency_key_reused", "{path}");
    }
    let upload = async |content: &[u8]| {
        let ask = house.post("/archivist/v1/blobs").bearer(&token);
        ask.header("idempotency-key", "k-1").file(content).send().await
    };
    let (first, again) = (upload(b"text").await.json(), upload(b"text").await.json());
    assert_eq!(first["identity"], again["identity"]);
    assert_eq!(upload(b"other").await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_page_that_somebody_attaches_is_a_file_to_save() {
    let (house, token) = recorder().await;
    let page = b"<!DOCTYPE html><script>alert(1)</script>";
    let blob = house.post("/archivist/v1/blobs").bearer(&token).file(page).send().await;
    let path = format!("/archivist/v1/blobs/{}", last_identity(&blob.json()));
    let reply = house.get(&path).bearer(&token).send().await;
    assert_eq!(reply.bytes, page);
    assert_eq!(reply.header("content-disposition"), "attachment");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(reply.header("content-security-policy").contains("sandbox"));
}

#[tokio::test]
async fn no_upload_makes_the_search_for_its_kind_fail() {
    let (house, token) = recorder().await;
    for head in
        [&b"PK\x03\x04"[..], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF", b"\x1a\x45\xdf\xa3"]
    {
        for length in [head.len(), 19, 26, 31, 49, 60, 600] {
            let mut content = head.to_vec();
            content.resize(length.max(head.len()), 0xff);
            let upload = house.post("/archivist/v1/blobs").bearer(&token).file(&content);
            assert_eq!(upload.send().await.status, StatusCode::OK, "{content:?}");
        }
    }
    let zip = b"PK\x03\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00[Content_Types].xml";
    let upload = house.post("/archivist/v1/blobs").bearer(&token).file(zip).send().await;
    assert_eq!(upload.status, StatusCode::OK, "{}", upload.text());
    for broken in [&b"--edge\r\n"[..], b"--edge--\r\n", b""] {
        let ask = house.post("/archivist/v1/blobs").bearer(&token);
        let reply = ask.bytes("multipart/form-data; boundary=edge", broken.to_vec()).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
}
