//! Assets and events in the published format.

use http::{Method, StatusCode};
use serde_json::json;

use super::house::{FOLDER, House, NAME, assert_nothing_private, fingerprint};

#[tokio::test]
async fn owner_reads_names_and_paths_and_the_public_does_not() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let cookie = house.signed_in().await;

    let asset = house.get(&document.archivist("assets")).cookie(&cookie).send().await;
    assert_eq!(asset.json()["private"]["name"], NAME);
    assert_eq!(asset.json()["private"]["path"], format!("{FOLDER}/{NAME}"));
    assert_eq!(asset.json()["identity"], format!("assets/{}", document.asset));

    for path in [
        document.archivist("publicassets"),
        format!("{}/events", document.archivist("publicassets")),
        document.archivist_event("publicassets", 1),
    ] {
        let public = house.get(&path).send().await;
        assert_eq!(public.status, StatusCode::OK, "{path}");
        assert!(public.json()["private"].is_null());
        assert_nothing_private(public.text());
        assert!(!public.text().contains("\"assets/"), "an identity of the owner's view in {path}");
    }
}

#[tokio::test]
async fn asset_has_every_member_of_the_published_format() {
    let house = House::open();
    let tenancy = house.tenancy().await;
    let source = house.source(tenancy).await;
    let document = house.document(&source, "id:lease").await;
    let asset = house.get(&document.archivist("publicassets")).send().await.json();
    let at = asset["at_time"].clone();
    let event = format!("publicassets/{}/events/{}", document.asset, document.events[2]);
    assert_eq!(
        asset,
        json!({
            "identity": format!("publicassets/{}", document.asset),
            "behaviours": ["RecordEvidence", "AssetCreator", "Builtin"],
            "attributes": {
                "arc_display_name": "xxx...",
                "arc_display_type": "Document",
                "arc_profile": "Document",
                "document_hash_alg": "dropbox-content-hash",
                "document_hash_value": fingerprint("id:lease", 3).value(),
                "document_status": "Published",
                "document_version": "3",
            },
            "confirmation_status": "CONFIRMED",
            "tracked": "TRACKED",
            "owner": "",
            "at_time": at,
            "proof_mechanism": "MERKLE_LOG",
            "chain_id": "",
            "public": true,
            "tenant_identity": format!("tenant/{tenancy}"),
            "last_event": { "identity": event, "operation": "Publish", "at": at },
        })
    );
}

#[tokio::test]
async fn event_has_every_member_of_the_published_format() {
    let house = House::open();
    let tenancy = house.tenancy().await;
    let source = house.source(tenancy).await;
    let document = house.document(&source, "id:lease").await;
    let path = document.archivist_event("publicassets", 2);
    let event = house.get(&path).send().await.json();
    let blank = json!({ "issuer": "", "subject": "", "display_name": "", "email": "" });
    let (accepted, committed) =
        (event["timestamp_accepted"].clone(), event["timestamp_committed"].clone());
    let index = event["log"]["index"].clone();
    assert_eq!(
        event,
        json!({
            "identity": path.trim_start_matches("/archivist/v2/"),
            "asset_identity": format!("publicassets/{}", document.asset),
            "event_attributes": { "arc_display_type": "Publish" },
            "asset_attributes": {
                "document_hash_alg": "dropbox-content-hash",
                "document_hash_value": fingerprint("id:lease", 2).value(),
                "document_status": "Published",
                "document_version": "2",
            },
            "operation": "Record",
            "behaviour": "RecordEvidence",
            "timestamp_declared": "2026-05-02T14:02:51Z",
            "timestamp_accepted": accepted,
            "timestamp_committed": committed,
            "principal_declared": blank,
            "principal_accepted": blank,
            "confirmation_status": "CONFIRMED",
            "transaction_id": "",
            "block_number": 0,
            "transaction_index": 0,
            "from": "",
            "tenant_identity": format!("tenant/{tenancy}"),
            "merklelog_entry": { "commit": null, "confirm": null, "unequivocal": null },
            "log": {
                "index": index,
                "state": "signed",
                "state_meaning": "The log has signed it: whoever keeps the receipt can prove it, \
                                  even against the log.",
                "checkpoint_size": event["log"]["checkpoint_size"],
                "checkpoint_at": committed,
                "receipt": format!("{}/receipt", document.public_event(2)),
            },
            "document": {
                "version": 2,
                "content_hash": fingerprint("id:lease", 2).value(),
                "sha256": null,
                "origin": "filled-in",
            },
        })
    );
}

#[tokio::test]
async fn assets_are_listed_in_pages_counted_and_searched() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    for key in ["id:one", "id:two", "id:three"] {
        house.document(&source, key).await;
    }
    let cookie = house.signed_in().await;
    let ask = |query: &str| {
        let ask = house.get(&format!("/archivist/v2/assets?{query}")).cookie(&cookie);
        ask.header("x-request-total-count", "true").send()
    };
    let first = ask("page_size=2").await;
    assert_eq!(first.header("x-total-count"), "3");
    assert_eq!(first.json()["assets"].as_array().unwrap().len(), 2);
    let token = first.json()["next_page_token"].as_str().unwrap().to_owned();
    let second = ask(&format!("page_size=2&page_token={token}")).await.json();
    assert_eq!(second["assets"].as_array().unwrap().len(), 1);
    assert_eq!(second["next_page_token"], "");
    assert_eq!(ask("search=onerror").await.json()["assets"].as_array().unwrap().len(), 3);
    assert_eq!(ask("search=nowhere").await.json()["assets"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn events_are_listed_newest_first_in_pages() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let path = format!("{}/events", document.archivist("publicassets"));
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = house.get(&format!("{path}?page_size=1&page_token={token}")).send().await.json();
        seen.extend(
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["document"]["version"].clone()),
        );
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [3, 2, 1]);
}

#[tokio::test]
async fn unknown_query_keys_and_bad_values_are_refused() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let cookie = house.signed_in().await;
    for path in [
        "/archivist/v2/assets?atributes.arc_display_name=x".to_owned(),
        "/archivist/v2/assets?page_size=-1".to_owned(),
        "/archivist/v2/assets?page_token=forged".to_owned(),
        "/archivist/v2/assets?page_size=1&page_size=2".to_owned(),
        format!("{}?at_time=yesterday", document.archivist("assets")),
        format!("{}/events?page_token=x", document.archivist("publicassets")),
        format!("{}?x=y", document.archivist_event("publicassets", 1)),
    ] {
        let reply = house.get(&path).cookie(&cookie).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(reply.code(), "bad_query", "{path}");
    }
}

#[tokio::test]
async fn malformed_identities_are_refused_and_unknown_ones_not_found() {
    let house = House::open();
    let cookie = house.signed_in().await;
    for (id, status) in [
        ("x", StatusCode::BAD_REQUEST),
        ("6EA5CD00-C711-4649-8914-7B125928BBB4", StatusCode::BAD_REQUEST),
        ("6ea5cd00c71146498914-7b125928bbb4", StatusCode::BAD_REQUEST),
        ("%F0%9F%94%90", StatusCode::BAD_REQUEST),
        ("6ea5cd00-c711-4649-8914-7b125928bbb4", StatusCode::NOT_FOUND),
    ] {
        for collection in ["assets", "publicassets"] {
            let path = format!("/archivist/v2/{collection}/{id}");
            let reply = house.get(&path).cookie(&cookie).send().await;
            assert_eq!(reply.status, status, "{path}");
            assert!(!reply.code().is_empty());
        }
    }
}

#[tokio::test]
async fn nobody_can_list_what_is_public() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:lease").await;
    for path in [
        "/archivist/v2/publicassets",
        "/archivist/v2/publicassets/",
        "/publicassets",
        "/publicassets/",
    ] {
        assert_eq!(house.get(path).send().await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let wildcard = house.get("/archivist/v2/publicassets/-/events").send().await;
    assert_eq!(wildcard.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn application_gets_a_token_for_its_secret_and_reads_with_it() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let cookie = house.signed_in().await;
    let path = format!("/api/integrations/{}/secret", source.id);
    let made = house.post(&path).cookie(&cookie).send().await.json();
    let form = |secret: &str| {
        format!("grant_type=client_credentials&client_id={}&client_secret={secret}", source.id)
    };
    let token = || house.post("/archivist/iam/v1/appidp/token");

    let wrong = token().form(&form("wrong")).send().await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::UNAUTHORIZED, "client_rejected")
    );

    let issued = token().form(&form(made["secret"].as_str().unwrap())).send().await;
    assert_eq!(issued.json()["token_type"], "Bearer");
    assert!((3500..=3600).contains(&issued.json()["expires_in"].as_i64().unwrap()));
    assert_eq!(issued.header("cache-control"), "no-store");

    let issued = issued.json()["access_token"].as_str().unwrap().to_owned();
    let read = house.get(&document.archivist("assets")).bearer(&issued).send().await;
    assert_eq!(read.status, StatusCode::OK);
    let forged = house.get(&document.archivist("assets")).bearer("forged").send().await;
    assert_eq!(
        (forged.status, forged.code().as_str()),
        (StatusCode::UNAUTHORIZED, "token_rejected")
    );
}

#[tokio::test]
async fn incomplete_token_requests_are_refused() {
    let house = House::open();
    for body in ["", "grant_type=password&client_id=x&client_secret=y", "client_id=%FF"] {
        let reply = house.post("/archivist/iam/v1/appidp/token").form(body).send().await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
    }
}

#[tokio::test]
async fn new_secret_ends_the_old_one() {
    let house = House::open();
    let source = house.source(house.tenancy().await).await;
    let cookie = house.signed_in().await;
    let path = format!("/api/integrations/{}/secret", source.id);
    let first = house.post(&path).cookie(&cookie).send().await.json();
    house.ask(Method::POST, &path).cookie(&cookie).send().await;
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        source.id,
        first["secret"].as_str().unwrap()
    );
    let reply = house.post("/archivist/iam/v1/appidp/token").form(&form).send().await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
}
