//! Members of a tenancy: how they come in, what they may do, and that they are out at once.

use futures_util::StreamExt;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    ask::Reply,
    house::{House, last_identity},
};

const MEMBERS: &str = "/archivist/iam/v1/members";
const INVITES: &str = "/archivist/iam/v1/invites";

/// A house with its administrator signed in.
struct Organisation {
    house: House,
    owner: String,
}

impl Organisation {
    async fn new() -> Self {
        let house = House::open();
        let owner = house.signed_in().await;
        Self { house, owner }
    }

    async fn ask(&self, who: &str, method: Method, path: &str, body: &Value) -> Reply {
        self.house.ask(method, path).cookie(who).json(body).send().await
    }

    async fn post(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.ask(who, Method::POST, path, body).await
    }

    async fn get(&self, who: &str, path: &str) -> Reply {
        self.house.get(path).cookie(who).header("x-request-total-count", "true").send().await
    }

    /// The path of an invitation's link.
    async fn invite(&self, body: &Value) -> String {
        let reply = self.post(&self.owner, INVITES, body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        path_of(reply.json()["link"].as_str().unwrap())
    }

    /// Lets somebody in: the cookie, and the path of the member.
    async fn member(&self, name: &str, roles: &Value) -> (String, String) {
        let email = format!("{}@example.org", name.to_lowercase());
        let body = json!({ "email": email, "display_name": name, "roles": roles });
        let link = self.invite(&body).await;
        let joined = self.house.post(&link).send().await;
        assert_eq!(joined.location(), "/assets");
        let list = self.get(&self.owner, MEMBERS).await.json();
        let members = list["members"].as_array().unwrap();
        let member = members.iter().find(|member| member["display_name"] == name).unwrap();
        (joined.cookie().unwrap(), format!("{MEMBERS}/{}", last_identity(member)))
    }

    async fn is_in(&self, cookie: &str) -> bool {
        let status = self.get(cookie, "/api/me").await.status;
        assert!([StatusCode::OK, StatusCode::UNAUTHORIZED].contains(&status), "{status}");
        status == StatusCode::OK
    }
}

fn path_of(link: &str) -> String {
    link.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

fn record(kind: &str, set: &Value) -> Value {
    json!({
        "operation": "Record",
        "behaviour": "RecordEvidence",
        "event_attributes": { "arc_display_type": kind },
        "asset_attributes": set,
    })
}

#[tokio::test]
async fn an_invitation_shows_who_invites_and_lets_in_once() {
    let all = Organisation::new().await;
    let body = json!({
        "email": "grace@example.org", "display_name": "Grace <b>Hopper</b>", "message": "Welcome <i>!",
    });
    let made = all.post(&all.owner, INVITES, &body).await.json();
    assert_eq!(made["display_name"], body["display_name"]);
    assert_eq!(made["roles"], json!([]));
    let link = path_of(made["link"].as_str().unwrap());
    let one = format!("{INVITES}/{}", last_identity(&made));
    assert_eq!(all.get(&all.owner, &one).await.json()["link"], "", "it is shown once");
    for _ in 0..2 {
        let page = all.house.get(&link).send().await;
        assert_eq!(page.status, StatusCode::OK, "looking uses nothing up");
        assert!(page.text().contains("Grace") && page.text().contains("Welcome"));
        assert!(!page.text().contains("<b>Hopper") && !page.text().contains("<i>!"), "markup");
    }
    let joined = all.house.post(&link).send().await;
    let me = all.get(&joined.cookie().unwrap(), "/api/me").await.json();
    assert_eq!(
        (&me["user"]["name"], &me["user"]["role"]),
        (&body["display_name"], &json!("member"))
    );
    for ask in [all.house.get(&link), all.house.post(&link)] {
        let again = ask.send().await;
        assert_eq!(again.status, StatusCode::GONE);
        assert!(again.text().contains("invitation_rejected"));
    }
    assert_eq!(all.get(&all.owner, &one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(all.get(&all.owner, INVITES).await.header("x-total-count"), "0");
}

#[tokio::test]
async fn an_invitation_that_was_taken_back_lets_nobody_in() {
    let all = Organisation::new().await;
    let link = all.invite(&json!({ "email": "grace@example.org" })).await;
    let list = all.get(&all.owner, INVITES).await.json();
    assert_eq!(list["invites"][0]["display_name"], "grace@example.org", "for want of a name");
    let one = format!("{INVITES}/{}", last_identity(&list["invites"][0]));
    let deleted = all.ask(&all.owner, Method::DELETE, &one, &json!({})).await;
    assert_eq!(deleted.json(), json!({}));
    assert_eq!(all.house.post(&link).send().await.status, StatusCode::GONE);
    assert_eq!(all.get(&all.owner, MEMBERS).await.header("x-total-count"), "1");
}

#[tokio::test]
async fn a_member_that_is_removed_is_out_at_once_and_comes_back_by_a_new_link_alone() {
    let all = Organisation::new().await;
    let (grace, member) = all.member("Grace", &json!(["OWNER"])).await;
    assert!(all.is_in(&grace).await);
    let id = member.rsplit('/').next().unwrap();
    let link = format!("/api/members/{id}/sign-in-link");
    let kept = all.post(&all.owner, &link, &json!({})).await.json()["link"].clone();
    let stream = all.house.get("/api/live").cookie(&grace).open().await;
    assert_eq!(stream.0, StatusCode::OK);

    let removed = all.post(&all.owner, &format!("{member}:deactivate"), &json!({})).await.json();
    assert_eq!((&removed["active"], &removed["roles"]), (&json!(false), &json!([])));
    assert!(!all.is_in(&grace).await, "the session");
    let used = all.house.post(&path_of(kept.as_str().unwrap())).send().await;
    assert_eq!(used.status, StatusCode::GONE, "a link that was made before");
    let made = all.post(&all.owner, &link, &json!({})).await;
    assert_eq!(made.status, StatusCode::NOT_FOUND, "and no new one is made");
    let pieces = tokio::time::timeout(
        std::time::Duration::from_secs(10),
        stream.2.into_data_stream().count(),
    );
    assert!(pieces.await.is_ok(), "the live stream goes on");
    let active = all.get(&all.owner, MEMBERS).await;
    assert_eq!(active.header("x-total-count"), "1");
    for (state, count) in [("ACTIVE", "1"), ("INACTIVE", "1"), ("BOTH", "2")] {
        let path = format!("{MEMBERS}?member_state=MEMBER_STATE_{state}");
        assert_eq!(all.get(&all.owner, &path).await.header("x-total-count"), count, "{state}");
    }

    let back = all.post(&all.owner, &format!("{member}:activate"), &json!({})).await.json();
    assert_eq!((&back["active"], &back["roles"]), (&json!(true), &json!([])));
    assert!(!all.is_in(&grace).await, "the old session stays void");
    let again = all.post(&all.owner, &link, &json!({})).await.json()["link"].clone();
    let signed_in = all.house.post(&path_of(again.as_str().unwrap())).send().await;
    assert!(all.is_in(&signed_in.cookie().unwrap()).await);
}

#[tokio::test]
async fn somebody_is_always_left_to_manage_the_tenancy() {
    let all = Organisation::new().await;
    let own = all.get(&all.owner, MEMBERS).await.json()["members"][0].clone();
    let own = format!("{MEMBERS}/{}", last_identity(&own));
    let (grace, member) = all.member("Grace", &json!([])).await;
    let refused = [
        (Method::PATCH, own.clone(), json!({ "roles": [] })),
        (Method::POST, format!("{own}:deactivate"), json!({})),
    ];
    for (method, path, body) in &refused {
        let reply = all.ask(&all.owner, method.clone(), path, body).await;
        assert_eq!(reply.status, StatusCode::CONFLICT, "{path}");
        assert_eq!(reply.code(), "last_owner", "{path}");
    }
    assert!(all.is_in(&all.owner).await);
    let promoted =
        all.ask(&all.owner, Method::PATCH, &member, &json!({ "roles": ["OWNER"] })).await;
    assert_eq!(promoted.json()["roles"], json!(["OWNER"]));
    let demoted = all.ask(&grace, Method::PATCH, &own, &json!({ "roles": [] })).await;
    assert_eq!(demoted.json()["roles"], json!([]));
    let reply = all.get(&all.owner, MEMBERS).await;
    assert_eq!(reply.code(), "administrator_required", "a role counts from the next request on");
    let own_again =
        all.ask(&grace, Method::POST, &format!("{member}:deactivate"), &json!({})).await;
    assert_eq!(own_again.code(), "last_owner");
}

#[tokio::test]
async fn an_event_names_the_member_that_recorded_it() {
    let all = Organisation::new().await;
    let (grace, member) = all.member("Grace", &json!(["OWNER"])).await;
    let body = json!({ "attributes": { "arc_display_type": "Crate" } });
    let asset = all.post(&grace, "/archivist/v2/assets", &body).await.json();
    let first = all.get(&all.owner, &event_path(&asset["last_event"])).await.json();
    let id = member.rsplit('/').next().unwrap();
    for principal in ["principal_accepted", "principal_declared"] {
        assert_eq!(first[principal]["subject"], id, "{principal}");
        assert_eq!(first[principal]["display_name"], "Grace", "{principal}");
        assert_eq!(first[principal]["email"], "grace@example.org", "{principal}");
    }
}

fn event_path(event: &Value) -> String {
    format!("/archivist/v2/{}", event["identity"].as_str().unwrap())
}

#[tokio::test]
async fn a_member_records_what_a_policy_of_the_tenancy_names_and_nothing_else() {
    let all = Organisation::new().await;
    let (grace, member) = all.member("Grace", &json!([])).await;
    let (ada, _) = all.member("Ada", &json!([])).await;
    let id = member.rsplit('/').next().unwrap();
    let body = json!({ "attributes": { "arc_display_type": "Crate", "price": "900" } });
    let asset = all.post(&all.owner, "/archivist/v2/assets", &body).await.json();
    let events = format!("/archivist/v2/assets/{}/events", last_identity(&asset));
    let inspect = record("Inspect", &json!({ "seal": "whole" }));
    let refused = async |who: &str, body: &Value, why: &str| {
        let reply = all.post(who, &events, body).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{why}");
        assert_eq!(reply.code(), "administrator_required", "{why}");
    };
    refused(&grace, &inspect, "without a policy").await;
    for (users, lets_in) in [
        (json!([{ "or": ["email=grace@example.org", "email=nobody@example.org"] }]), true),
        (json!([{ "or": [format!("subject={id}")] }, { "or": ["email=grace@example.org"] }]), true),
        (
            json!([{ "or": ["email=grace@example.org"] }, { "or": ["email=ada@example.org"] }]),
            false,
        ),
        (json!([{ "or": ["jwt_group=inspectors", "email="] }]), false),
        (json!([{ "or": [] }]), false),
        (json!([]), false),
    ] {
        let policy = json!({
            "display_name": "Inspectors",
            "filters": [{ "or": ["attributes.arc_display_type=Crate"] }],
            "access_permissions": [{
                "user_attributes": users,
                "behaviours": ["RecordEvidence"],
                "asset_attributes_write": ["seal"],
                "event_arc_display_type_write": ["Inspect"],
            }],
        });
        let path = "/archivist/iam/v1/access_policies";
        let made = last_identity(&all.post(&all.owner, path, &policy).await.json());
        if lets_in {
            let reply = all.post(&grace, &events, &inspect).await;
            assert_eq!(reply.status, StatusCode::OK, "{users}: {}", reply.text());
            assert_eq!(reply.json()["principal_accepted"]["subject"], id);
            refused(&grace, &record("Pay", &json!({})), "another kind").await;
            let price = record("Inspect", &json!({ "price": "1" }));
            refused(&grace, &price, "another attribute").await;
        } else {
            refused(&grace, &inspect, &format!("{users}")).await;
        }
        refused(&ada, &inspect, "another member").await;
        all.ask(&all.owner, Method::DELETE, &format!("{path}/{made}"), &json!({})).await;
        refused(&grace, &inspect, "the policy is gone").await;
    }
    let everything = all.get(&grace, &events).await.json();
    assert_eq!(everything["events"].as_array().unwrap().len(), 3, "a member reads everything");
}

#[tokio::test]
async fn what_is_no_invitation_or_no_change_is_refused() {
    let all = Organisation::new().await;
    let (_, member) = all.member("Grace", &json!([])).await;
    for body in [
        json!({}),
        json!({ "email": "" }),
        json!({ "email": "grace" }),
        json!({ "email": "@example.org" }),
        json!({ "email": "grace hopper@example.org" }),
        json!({ "email": format!("{}@example.org", "x".repeat(128)) }),
        json!({ "email": "a@b", "display_name": "x".repeat(129) }),
        json!({ "email": "a@b", "display_name": "a\u{7}" }),
        json!({ "email": "a@b", "message": "x".repeat(257) }),
        json!({ "email": "a@b", "roles": ["ADMIN"] }),
        json!({ "email": "a@b", "roles": ["OWNER", "OWNER"] }),
    ] {
        let reply = all.post(&all.owner, INVITES, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}: {}", reply.text());
    }
    for (method, path, body, status) in [
        (Method::PATCH, member.clone(), json!({}), StatusCode::BAD_REQUEST),
        (Method::PATCH, member.clone(), json!({ "roles": ["X"] }), StatusCode::BAD_REQUEST),
        (Method::POST, member.clone(), json!({}), StatusCode::NOT_FOUND),
        (Method::POST, format!("{member}:promote"), json!({}), StatusCode::NOT_FOUND),
        (Method::GET, format!("{member}:deactivate"), json!({}), StatusCode::NOT_FOUND),
        (Method::GET, format!("{MEMBERS}?member_state=X"), json!({}), StatusCode::BAD_REQUEST),
        (Method::GET, format!("{MEMBERS}?display_name=X"), json!({}), StatusCode::BAD_REQUEST),
        (Method::GET, format!("{INVITES}?email=X"), json!({}), StatusCode::BAD_REQUEST),
    ] {
        let reply = all.ask(&all.owner, method.clone(), &path, &body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text());
    }
    let caps = all.get(&all.owner, "/archivist/v1/caps?service=members").await.json();
    let expected = json!({ "resource_type": "Members", "resource_remaining": "998" });
    assert_eq!(caps["caps"], json!([expected]), "the owner and one member");
}

#[tokio::test]
async fn members_come_in_pages() {
    let all = Organisation::new().await;
    for name in ["Ada", "Grace"] {
        all.member(name, &json!([])).await;
    }
    let (mut names, mut token) = (Vec::new(), String::new());
    loop {
        let path = format!("{MEMBERS}?page_size=1&page_token={token}");
        let page = all.get(&all.owner, &path).await.json();
        assert_eq!(page["page_token"], page["next_page_token"]);
        names.push(page["members"][0]["display_name"].as_str().unwrap().to_owned());
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["Administrator", "Ada", "Grace"]);
}
