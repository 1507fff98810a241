//! What stands before the handlers: origin, headers, limits, and the shape of failures.

use http::StatusCode;
use serde_json::json;

use super::house::House;

#[tokio::test]
async fn requests_that_change_something_must_come_from_our_own_pages() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let cases = [
        (vec![("sec-fetch-site", "same-origin")], StatusCode::OK),
        (vec![("sec-fetch-site", "none")], StatusCode::OK),
        (vec![("sec-fetch-site", "cross-site")], StatusCode::FORBIDDEN),
        (vec![("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (vec![("origin", "http://localhost:8080")], StatusCode::OK),
        (vec![("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], StatusCode::OK),
        (
            vec![("origin", "http://evil.example"), ("host", "localhost:8080")],
            StatusCode::FORBIDDEN,
        ),
        (vec![("origin", "null")], StatusCode::FORBIDDEN),
        (vec![], StatusCode::OK),
    ];
    for (headers, status) in cases {
        let ask = house.ask(http::Method::PATCH, "/api/tenancy").cookie(&cookie);
        let ask = ask.json(&json!({ "display_name": "Example Press" }));
        let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
        let reply = ask.send().await;
        assert_eq!(reply.status, status, "{headers:?}");
        if status == StatusCode::FORBIDDEN {
            assert_eq!(reply.code(), "cross_site");
        }
    }
    let read = house.get("/api/me").cookie(&cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(read.send().await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let house = House::open();
    for path in
        ["/", "/sign-in", "/api/me", "/api/lookup", "/nothing", "/log/checkpoint", "/static/x"]
    {
        let reply = house.get(path).send().await;
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(!reply.header("cache-control").is_empty(), "{path}");
        assert_eq!(reply.header("strict-transport-security"), "", "{path}: plain http");
    }
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused_and_change_nothing() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let huge = json!({ "display_name": "x".repeat(1100 * 1024) });
    let ask = house.ask(http::Method::PATCH, "/api/tenancy").cookie(&cookie).json(&huge);
    let reply = ask.send().await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    let me = house.get("/api/me").cookie(&cookie).send().await.json();
    assert_eq!(me["tenancy"]["display_name"], "My organisation");
}

#[tokio::test]
async fn bodies_that_are_not_what_was_asked_for_are_refused() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let patch = || house.ask(http::Method::PATCH, "/api/tenancy").cookie(&cookie);
    let kind = "application/json";
    for (kind, body) in [
        (kind, "{"),
        (kind, "[]"),
        (kind, "{}"),
        (kind, r#"{"display_name":7}"#),
        (kind, r#"{"display_name":"x","role":"administrator"}"#),
        (kind, r#"{"display_name":"  "}"#),
        (kind, "{\"display_name\":\"two\\nlines\"}"),
        ("text/plain", r#"{"display_name":"x"}"#),
    ] {
        let reply = patch().body(kind, body.to_owned()).send().await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, "bad_request"),
            "{body}"
        );
    }
    let fine = patch().json(&json!({ "display_name": " مثال 🔐 <b> " })).send().await;
    assert_eq!(fine.json()["display_name"], "مثال 🔐 <b>");
}

#[tokio::test]
async fn no_address_holds_u_0000() {
    let house = House::open();
    let cookie = house.signed_in().await;
    for path in [
        "/archivist/v2/assets?search=%00",
        "/archivist/v2/assets?attributes.%00=x",
        "/archivist/iam/v1/applications?display_name=a%00",
        "/archivist/v2/assets/%00",
        "/api/integrations/%00/folders?parent=%2F%00",
        "/sign-in/%00",
    ] {
        let reply = house.get(path).cookie(&cookie).send().await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(reply.text().contains("U+0000"), "{path}: {}", reply.text());
    }
}

#[tokio::test]
async fn failures_of_the_router_itself_have_our_shape() {
    let house = House::open();
    let reply = house.ask(http::Method::DELETE, "/api/me").send().await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
    );
    assert_eq!(house.get("/api/nothing").send().await.code(), "not_found");
    assert_eq!(house.get("/archivist/v2/nothing").send().await.code(), "not_found");
}
