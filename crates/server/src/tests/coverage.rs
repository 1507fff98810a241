//! Every route, who may use it, and what everybody else gets. A route that is not entered here, or
//! entered with another access than the router obeys, fails the test.

use http::{Method, StatusCode};
use ledger::ApplicationRole;
use serde_json::json;

use super::{
    ask::{Ask, Reply},
    house::{Document, House, Registered},
};
use crate::{
    caller::Access,
    guard::{BODY_BYTES_MAX, address::ADDRESS_BYTES_MAX},
    routes,
};

/// All routes, in the order of their paths.
const ROUTES: [(&str, &str, Access); 126] = [
    ("GET", "/", Access::Anonymous),
    ("GET", "/api", Access::Anonymous),
    ("GET", "/api/domain", Access::Reader),
    ("PUT", "/api/domain", Access::Manager),
    ("DELETE", "/api/domain", Access::Manager),
    ("POST", "/api/domain/check", Access::Manager),
    ("GET", "/api/integrations", Access::Reader),
    ("POST", "/api/integrations/dropbox/connect", Access::Administrator),
    ("GET", "/api/integrations/{integration}", Access::Reader),
    ("PATCH", "/api/integrations/{integration}", Access::Administrator),
    ("GET", "/api/integrations/{integration}/activity", Access::Reader),
    ("GET", "/api/integrations/{integration}/activity/export", Access::Reader),
    ("POST", "/api/integrations/{integration}/disconnect", Access::Administrator),
    ("GET", "/api/integrations/{integration}/folders", Access::User),
    ("PUT", "/api/integrations/{integration}/folders", Access::Administrator),
    ("POST", "/api/integrations/{integration}/pause", Access::Administrator),
    ("POST", "/api/integrations/{integration}/preview", Access::Administrator),
    ("POST", "/api/integrations/{integration}/resume", Access::Administrator),
    ("POST", "/api/integrations/{integration}/secret", Access::Administrator),
    ("PUT", "/api/integrations/{integration}/settings", Access::Administrator),
    ("POST", "/api/integrations/{integration}/sync", Access::Administrator),
    ("GET", "/api/integrations/{integration}/unrecorded", Access::Reader),
    ("POST", "/api/integrations/{integration}/unrecorded/retry", Access::Administrator),
    ("GET", "/api/live", Access::Reader),
    ("GET", "/api/lookup", Access::Anonymous),
    ("GET", "/api/me", Access::Reader),
    ("POST", "/api/members/{member}/sign-in-link", Access::Administrator),
    ("GET", "/api/openapi.json", Access::Anonymous),
    ("PATCH", "/api/tenancy", Access::Administrator),
    ("GET", "/api/webhooks", Access::Manager),
    ("POST", "/api/webhooks", Access::Manager),
    ("GET", "/api/webhooks/{webhook}", Access::Manager),
    ("DELETE", "/api/webhooks/{webhook}", Access::Manager),
    ("GET", "/api/webhooks/{webhook}/deliveries", Access::Manager),
    ("POST", "/api/webhooks/{webhook}/events/{index}/redeliver", Access::Manager),
    ("POST", "/api/webhooks/{webhook}/resume", Access::Manager),
    ("POST", "/api/webhooks/{webhook}/test", Access::Manager),
    ("GET", "/archivist/iam/v1/access_policies", Access::Manager),
    ("POST", "/archivist/iam/v1/access_policies", Access::Manager),
    ("GET", "/archivist/iam/v1/access_policies/{policy}", Access::Manager),
    ("PATCH", "/archivist/iam/v1/access_policies/{policy}", Access::Manager),
    ("DELETE", "/archivist/iam/v1/access_policies/{policy}", Access::Manager),
    ("GET", "/archivist/iam/v1/access_policies/{policy}/assets", Access::Manager),
    ("POST", "/archivist/iam/v1/appidp/token", Access::Anonymous),
    ("GET", "/archivist/iam/v1/applications", Access::Manager),
    ("POST", "/archivist/iam/v1/applications", Access::Manager),
    ("GET", "/archivist/iam/v1/applications/{application}", Access::Manager),
    ("POST", "/archivist/iam/v1/applications/{application}", Access::Manager),
    ("PATCH", "/archivist/iam/v1/applications/{application}", Access::Manager),
    ("DELETE", "/archivist/iam/v1/applications/{application}", Access::Manager),
    ("GET", "/archivist/iam/v1/assets/{asset}/access_policies", Access::Manager),
    ("GET", "/archivist/iam/v1/invites", Access::Manager),
    ("POST", "/archivist/iam/v1/invites", Access::Manager),
    ("GET", "/archivist/iam/v1/invites/{invite}", Access::Manager),
    ("DELETE", "/archivist/iam/v1/invites/{invite}", Access::Manager),
    ("GET", "/archivist/iam/v1/members", Access::Manager),
    ("GET", "/archivist/iam/v1/members/{member}", Access::Manager),
    ("POST", "/archivist/iam/v1/members/{member}", Access::Manager),
    ("PATCH", "/archivist/iam/v1/members/{member}", Access::Manager),
    ("GET", "/archivist/iam/v1/subjects", Access::Reader),
    ("POST", "/archivist/iam/v1/subjects", Access::Manager),
    ("GET", "/archivist/iam/v1/subjects/{subject}", Access::Reader),
    ("PATCH", "/archivist/iam/v1/subjects/{subject}", Access::Manager),
    ("DELETE", "/archivist/iam/v1/subjects/{subject}", Access::Manager),
    ("GET", "/archivist/publicassets/{asset}", Access::Anonymous),
    ("GET", "/archivist/publicassets/{asset}/events", Access::Anonymous),
    ("GET", "/archivist/publicassets/{asset}/events/{event}", Access::Anonymous),
    ("POST", "/archivist/v1/blobs", Access::Recorder),
    ("GET", "/archivist/v1/blobs/{blob}", Access::Reader),
    ("GET", "/archivist/v1/blobs/{blob}/info", Access::Reader),
    ("GET", "/archivist/v1/caps", Access::Reader),
    ("GET", "/archivist/v1/tenancies/self", Access::Reader),
    ("PATCH", "/archivist/v1/tenancies/self", Access::Manager),
    ("GET", "/archivist/v1/tenancies/{tenancy}", Access::Anonymous),
    ("GET", "/archivist/v2/assets", Access::Reader),
    ("POST", "/archivist/v2/assets", Access::Recorder),
    ("GET", "/archivist/v2/assets/{asset}", Access::Reader),
    ("GET", "/archivist/v2/assets/{asset}/events", Access::Reader),
    ("POST", "/archivist/v2/assets/{asset}/events", Access::Contributor),
    ("GET", "/archivist/v2/assets/{asset}/events/{event}", Access::Reader),
    (
        "DELETE",
        "/archivist/v2/assets/{asset}/events/{event}/private/{field}",
        Access::Administrator,
    ),
    ("GET", "/archivist/v2/assets/{asset}/events/{event}/receipt", Access::Reader),
    ("GET", "/archivist/v2/attachments/assets/{asset}/events/{event}/{blob}", Access::Reader),
    ("GET", "/archivist/v2/attachments/assets/{asset}/events/{event}/{blob}/info", Access::Reader),
    ("GET", "/archivist/v2/attachments/assets/{asset}/{blob}", Access::Reader),
    ("GET", "/archivist/v2/attachments/assets/{asset}/{blob}/info", Access::Reader),
    (
        "GET",
        "/archivist/v2/attachments/publicassets/{asset}/events/{event}/{blob}",
        Access::Anonymous,
    ),
    (
        "GET",
        "/archivist/v2/attachments/publicassets/{asset}/events/{event}/{blob}/info",
        Access::Anonymous,
    ),
    ("GET", "/archivist/v2/attachments/publicassets/{asset}/{blob}", Access::Anonymous),
    ("GET", "/archivist/v2/attachments/publicassets/{asset}/{blob}/info", Access::Anonymous),
    ("GET", "/archivist/v2/publicassets/{asset}", Access::Anonymous),
    ("GET", "/archivist/v2/publicassets/{asset}/events", Access::Anonymous),
    ("GET", "/archivist/v2/publicassets/{asset}/events/{event}", Access::Anonymous),
    ("GET", "/assets", Access::Page),
    ("GET", "/assets/register", Access::Page),
    ("GET", "/assets/{asset}", Access::Page),
    ("GET", "/assets/{asset}/events/{event}", Access::Page),
    ("GET", "/healthz", Access::Anonymous),
    ("GET", "/integrations/dropbox/callback", Access::Page),
    ("GET", "/join/{token}", Access::Anonymous),
    ("POST", "/join/{token}", Access::Anonymous),
    ("GET", "/log", Access::Anonymous),
    ("GET", "/log/", Access::Anonymous),
    ("GET", "/log/checkpoint", Access::Anonymous),
    ("GET", "/log/entry", Access::Anonymous),
    ("GET", "/log/entry/{index}", Access::Anonymous),
    ("GET", "/log/tile/{*path}", Access::Anonymous),
    ("GET", "/log/vkey", Access::Anonymous),
    ("GET", "/log/witnessed-checkpoint", Access::Anonymous),
    ("GET", "/metrics", Access::Anonymous),
    ("GET", "/publicassets/{asset}", Access::Anonymous),
    ("GET", "/publicassets/{asset}/events/{event}", Access::Anonymous),
    ("GET", "/publicassets/{asset}/events/{event}/receipt", Access::Anonymous),
    ("GET", "/settings", Access::Page),
    ("GET", "/settings/domain", Access::Page),
    ("GET", "/settings/integrations", Access::Page),
    ("GET", "/settings/integrations/{integration}", Access::Page),
    ("GET", "/settings/members", Access::Page),
    ("GET", "/settings/webhooks", Access::Page),
    ("GET", "/sign-in", Access::Anonymous),
    ("GET", "/sign-in/{token}", Access::Anonymous),
    ("POST", "/sign-in/{token}", Access::Anonymous),
    ("POST", "/sign-out", Access::User),
    ("GET", "/static/{*path}", Access::Anonymous),
    ("GET", "/webhooks/dropbox", Access::Anonymous),
    ("POST", "/webhooks/dropbox", Access::Anonymous),
];

/// A house with one document, one integration and one of everything that is registered, whose
/// identities fill the paths.
struct Estate {
    house: House,
    document: Document,
    integration: String,
    registered: Registered,
    webhook: String,
}

impl Estate {
    async fn new() -> Self {
        let house = House::open();
        let source = house.source(house.tenancy().await).await;
        let document = house.document(&source, "id:lease").await;
        let registered = Registered::new(&house).await;
        // A name that leads nowhere, whatever is sent there.
        let url = "https://webhook.invalid/".to_owned();
        let webhook = house.ledger.add_webhook(house.tenancy().await, url, None).await.unwrap();
        let webhook = webhook.webhook.id.to_string();
        Self { house, document, integration: source.id.to_string(), registered, webhook }
    }

    fn ask(&self, method: &str, path: &str) -> Ask {
        let (asset, event) = if path.contains("/attachments/") {
            (self.registered.asset.clone(), self.registered.event.clone())
        } else {
            (self.document.asset.to_string(), self.document.events[0].to_string())
        };
        let filled = path
            .replace("{asset}", &asset)
            .replace("{event}", &event)
            .replace("{integration}", &self.integration)
            .replace("{application}", &self.registered.application)
            .replace("{policy}", &self.registered.policy)
            .replace("{subject}", &self.registered.subject)
            .replace("{webhook}", &self.webhook)
            .replace("{member}", &self.registered.member)
            .replace("{invite}", &self.registered.invite)
            .replace("{blob}", &self.registered.blob)
            .replace("{tenancy}", &self.registered.tenancy)
            .replace("{field}", "name")
            .replace("{index}", "1")
            .replace("{token}", "unknown")
            .replace("{*path}", "unknown")
            .replace("/export", "/export?format=csv");
        let verb = match (method, path) {
            ("POST", path) if path.ends_with("{application}") => ":regenerate-secret",
            ("POST", path) if path.ends_with("{member}") => ":deactivate",
            _ => "",
        };
        let filled = format!("{filled}{verb}");
        let ask = self.house.ask(method.parse::<Method>().unwrap(), &filled);
        match (method, path) {
            ("GET", _) => ask,
            ("POST", "/archivist/v1/blobs") => ask.file(b"Some text."),
            _ => ask.json(&body_for(path)),
        }
    }
}

/// A body that the route would take, so that a refusal is about the caller alone.
fn body_for(path: &str) -> serde_json::Value {
    if path.ends_with("/folders") || path.ends_with("/preview") {
        json!({ "rules": [] })
    } else if path.ends_with("/settings") {
        json!({ "on_deletion": "withdraw", "fingerprints": "metadata", "history": "now" })
    } else if path.ends_with("/connect") {
        json!({})
    } else if path == "/api/domain" {
        json!({ "name": "example.org" })
    } else if path == "/api/webhooks" {
        json!({ "url": "https://example.org/" })
    } else if path.ends_with("{member}") {
        json!({ "roles": [] })
    } else if path.ends_with("/invites") {
        json!({ "email": "ada@example.org" })
    } else if path.ends_with("/events") {
        json!({ "operation": "Record", "behaviour": "RecordEvidence" })
    } else {
        json!({ "display_name": "Another" })
    }
}

#[tokio::test]
async fn every_route_is_entered_with_the_access_that_the_router_obeys() {
    let house = House::open();
    let table = routes::all(house.state.clone()).table;
    let mut obeyed: Vec<_> =
        table.iter().map(|route| (route.path, route.method.as_str(), route.access)).collect();
    let mut entered: Vec<_> =
        ROUTES.iter().map(|(method, path, access)| (*path, *method, *access)).collect();
    obeyed.sort_by_key(|(path, method, _)| (*path, *method));
    entered.sort_by_key(|(path, method, _)| (*path, *method));
    assert_eq!(obeyed, entered);
}

#[tokio::test]
async fn anonymous_callers_get_what_is_public_and_nothing_else() {
    let estate = Estate::new().await;
    for (method, path, access) in ROUTES {
        let (status, headers, _) = estate.ask(method, path).open().await;
        let location = headers.get("location").map(|value| value.to_str().unwrap());
        match access {
            Access::Anonymous => {
                assert_ne!(status, StatusCode::FORBIDDEN, "{method} {path}");
                assert_ne!(location, Some("/sign-in"), "{method} {path}");
            }
            Access::Page => {
                assert_eq!(status, StatusCode::SEE_OTHER, "{method} {path}");
                assert_eq!(location, Some("/sign-in"), "{method} {path}");
            }
            Access::Reader
            | Access::Recorder
            | Access::Contributor
            | Access::Manager
            | Access::User
            | Access::Administrator => {
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn integrations_may_read_and_change_nothing() {
    let estate = Estate::new().await;
    let tenancy = estate.house.tenancy().await;
    let source = estate.house.source(tenancy).await;
    let token = estate.house.token(&source).await;
    for (method, path, access) in ROUTES {
        let (status, _, _) = estate.ask(method, path).bearer(&token).open().await;
        match access {
            Access::Anonymous => {}
            Access::Reader => assert_eq!(status, StatusCode::OK, "{method} {path}"),
            _ => assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}"),
        }
    }
}

#[tokio::test]
async fn applications_record_and_only_owners_among_them_manage() {
    for role in [ApplicationRole::Recorder, ApplicationRole::Administrator] {
        let estate = Estate::new().await;
        let (_, token) = estate.house.application(role).await;
        for (method, path, access) in ROUTES {
            let (status, _, _) = estate.ask(method, path).bearer(&token).open().await;
            let may = match access {
                Access::Anonymous => continue,
                Access::Reader | Access::Recorder | Access::Contributor => true,
                Access::Manager => role == ApplicationRole::Administrator,
                Access::Page | Access::User | Access::Administrator => false,
            };
            assert_eq!(status != StatusCode::FORBIDDEN, may, "{method} {path}: {status}");
        }
    }
}

#[tokio::test]
async fn members_may_look_and_change_nothing() {
    let estate = Estate::new().await;
    let member = estate.house.member().await;
    let cookie = estate.house.signed_in_as(&member).await;
    for (method, path, access) in ROUTES {
        // A member whom no policy names contributes nothing either.
        let is_closed = matches!(
            access,
            Access::Administrator | Access::Manager | Access::Recorder | Access::Contributor
        );
        if is_closed {
            let reply = estate.ask(method, path).cookie(&cookie).send().await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert_eq!(reply.code(), "administrator_required", "{method} {path}");
        } else if access == Access::Reader {
            let (status, _, _) = estate.ask(method, path).cookie(&cookie).open().await;
            assert_eq!(status, StatusCode::OK, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn another_tenancy_finds_nothing_of_ours() {
    let estate = Estate::new().await;
    let stranger = estate.house.stranger().await;
    let cookie = estate.house.signed_in_as(&stranger).await;
    for (method, path, access) in ROUTES {
        let ours = [
            "{asset}",
            "{integration}",
            "{application}",
            "{policy}",
            "{subject}",
            "{blob}",
            "{webhook}",
            "{member}",
            "{invite}",
        ];
        let names_ours = ours.iter().any(|name| path.contains(name));
        if !names_ours || matches!(access, Access::Anonymous | Access::Page) {
            continue;
        }
        let reply = estate.ask(method, path).cookie(&cookie).send().await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{method} {path}");
        assert_eq!(reply.code(), "not_found", "{method} {path}");
    }
    nothing_in_lists(&estate, &cookie).await;
}

async fn nothing_in_lists(estate: &Estate, cookie: &str) {
    let read = async |path: &str| -> Reply {
        let ask = estate.house.get(path).header("x-request-total-count", "true");
        ask.cookie(cookie).send().await
    };
    let assets = read("/archivist/v2/assets").await;
    assert_eq!(assets.json()["assets"], json!([]));
    assert_eq!(assets.header("x-total-count"), "0");
    assert_eq!(read("/archivist/v2/assets?search=pdf").await.json()["assets"], json!([]));
    for list in ["applications", "access_policies", "subjects", "invites"] {
        let reply = read(&format!("/archivist/iam/v1/{list}")).await;
        assert_eq!(reply.json()[list], json!([]), "{list}");
        assert_eq!(reply.header("x-total-count"), "0", "{list}");
    }
    let members = read("/archivist/iam/v1/members").await;
    assert_eq!(members.header("x-total-count"), "1", "itself alone");
    let events = read("/archivist/v2/assets/-/events").await;
    assert_eq!(events.json()["events"], json!([]));
    assert_eq!(events.header("x-total-count"), "0");
    assert_eq!(read("/api/integrations").await.json()["integrations"], json!([]));
    assert_eq!(read("/api/me").await.json()["tenancy"]["display_name"], "Strangers");
}

#[tokio::test]
async fn every_route_refuses_what_is_over_its_limit() {
    let estate = Estate::new().await;
    let cookie = estate.house.signed_in().await;
    for (method, path, _) in ROUTES {
        let ask = estate.ask(method, path).cookie(&cookie);
        let (ask, status, code) = match (method, path) {
            ("GET", _) => {
                let ask = ask.longer_by(ADDRESS_BYTES_MAX);
                (ask, StatusCode::URI_TOO_LONG, "address_too_long")
            }
            (_, "/archivist/v1/blobs") => {
                (ask.file(&vec![b'x'; 17 << 20]), StatusCode::PAYLOAD_TOO_LARGE, "too_large")
            }
            _ => {
                let body = json!({ "display_name": "x".repeat(BODY_BYTES_MAX) });
                (ask.json(&body), StatusCode::PAYLOAD_TOO_LARGE, "too_large")
            }
        };
        let reply = ask.send().await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(reply.text().contains(code), "{method} {path}");
    }
}

/// Where guessing or copying pays, an address may ask so often and no more.
#[tokio::test]
async fn routes_where_guessing_pays_have_enough_of_an_address() {
    const WITH_A_RATE: [(&str, &str); 6] = [
        ("GET", "/api/lookup"),
        ("GET", "/join/{token}"),
        ("POST", "/join/{token}"),
        ("GET", "/archivist/v2/publicassets/-/events"),
        ("POST", "/archivist/iam/v1/appidp/token"),
        ("POST", "/sign-in/{token}"),
    ];
    for (method, path) in WITH_A_RATE {
        let estate = Estate::new().await;
        let mut refused = None;
        for _ in 0..1_000 {
            let (status, headers, _) = estate.ask(method, path).open().await;
            if status == StatusCode::TOO_MANY_REQUESTS {
                refused = headers.get("retry-after").cloned();
                break;
            }
        }
        assert!(refused.is_some(), "{method} {path}");
    }
}

/// Writes that take no key of the caller's own, and why.
const WITHOUT_A_KEY: [(&str, &str); 4] = [
    // Whoever asks for a token belongs to nobody yet; every token is as good as another.
    ("POST", "/archivist/iam/v1/appidp/token"),
    // A link is good for one use by itself.
    ("POST", "/join/{token}"),
    ("POST", "/sign-in/{token}"),
    // Notifications say that something may be new, and nothing else.
    ("POST", "/webhooks/dropbox"),
];

#[tokio::test]
async fn every_write_takes_a_key_of_its_callers_own() {
    let house = House::open();
    let document = routes::all(house.state.clone()).document();
    let table = routes::all(house.state.clone()).table;
    for route in table.iter().filter(|route| route.method != Method::GET) {
        let (method, path) = (route.method.as_str(), route.path);
        let operation = &document["paths"][route.at][method.to_lowercase()];
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let names: Vec<_> = parameters.map(|one| one["name"].as_str().unwrap()).collect();
        let takes_one = names.contains(&"Idempotency-Key");
        assert_eq!(takes_one, !WITHOUT_A_KEY.contains(&(method, path)), "{method} {path}");
    }
}

/// Sent twice with one key, a write is done once and answered twice; another one with the key is refused.
#[tokio::test]
async fn every_write_is_done_once_for_a_key() {
    let mut done = 0;
    for (method, path, access) in ROUTES {
        let is_write = method != "GET" && access != Access::Anonymous;
        if !is_write {
            continue;
        }
        let estate = Estate::new().await;
        let cookie = estate.house.signed_in().await;
        let send = async |more: bool| {
            let ask = estate.ask(method, path).cookie(&cookie).header("idempotency-key", "k");
            let ask = match (more, path) {
                (false, _) => ask,
                (true, "/archivist/v1/blobs") => ask.file(b"Another text."),
                (true, "/api/webhooks") => ask.json(&json!({ "url": "https://example.com/" })),
                (true, path) => {
                    let mut other = body_for(path);
                    other["display_name"] = json!("Something else");
                    ask.json(&other)
                }
            };
            ask.send().await
        };
        let first = send(false).await;
        if !first.status.is_success() {
            continue;
        }
        done += 1;
        let again = send(false).await;
        assert_eq!(again.status, first.status, "{method} {path}: {}", again.text());
        let is_replayed = again.header("idempotent-replayed") == "true";
        let is_same = !first.bytes.is_empty()
            && first.json()["identity"].is_string()
            && first.json()["identity"] == again.json()["identity"];
        assert!(is_replayed || is_same, "{method} {path}: {}", again.text());
        if is_replayed {
            assert_eq!(first.bytes, again.bytes, "{method} {path}");
        }
        let other = send(true).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "{method} {path}: {}", other.text());
        assert_eq!(other.code(), "idempotency_key_reused", "{method} {path}");
    }
    assert!(done >= 20, "only {done} writes were done");
}
