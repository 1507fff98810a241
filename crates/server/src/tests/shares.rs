//! Assets that a tenancy shares with another one by access policies: what opens, what stays closed, and
//! that what is taken back is closed at once.

use http::{Method, StatusCode};
use ledger::User;
use serde_json::{Value, json};

use super::{
    ask::Reply,
    house::{House, last_identity},
};

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Two tenancies that know each other, and a third one that both do not know.
struct Neighbours {
    house: House,
    /// Cookies of their administrators.
    owner: String,
    partner: String,
    stranger: String,
    /// The owner's subject for the partner, and the partner's for the owner.
    of_partner: String,
    of_owner: String,
}

impl Neighbours {
    async fn new() -> Self {
        let house = House::open();
        let owner = house.ledger.first_administrator().await.unwrap();
        let partner = house.stranger().await;
        let stranger = house.stranger().await;
        let subject = async |by: &User, of: &User| {
            let cookie = house.signed_in_as(by).await;
            let body =
                json!({ "display_name": "Other", "wallet_pub_key": [of.tenancy.to_string()] });
            let ask = house.post("/archivist/iam/v1/subjects").cookie(&cookie).json(&body);
            last_identity(&ask.send().await.json())
        };
        let of_partner = subject(&owner, &partner).await;
        let of_owner = subject(&partner, &owner).await;
        let cookies = [&owner, &partner, &stranger];
        let [owner, partner, stranger] = [
            house.signed_in_as(cookies[0]).await,
            house.signed_in_as(cookies[1]).await,
            house.signed_in_as(cookies[2]).await,
        ];
        Self { house, owner, partner, stranger, of_partner, of_owner }
    }

    async fn ask(&self, who: &str, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let ask = self.house.ask(method, path).cookie(who).header("x-request-total-count", "true");
        match body {
            Some(body) => ask.json(body).send().await,
            None => ask.send().await,
        }
    }

    async fn get(&self, who: &str, path: &str) -> Reply {
        self.ask(who, Method::GET, path, None).await
    }

    async fn post(&self, who: &str, path: &str, body: &Value) -> Reply {
        self.ask(who, Method::POST, path, Some(body)).await
    }

    /// A private container of the owner, with two events beside its first.
    async fn container(&self) -> String {
        let body = json!({ "attributes": {
            "arc_display_name": "Container 7", "arc_display_type": "Container", "weight": "900",
            "price": "secret-price",
        }});
        let reply = self.post(&self.owner, "/archivist/v2/assets", &body).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let asset = last_identity(&reply.json());
        for (kind, price) in [("Inspect", "secret-price-2"), ("Pay", "secret-price-3")] {
            let event = record(kind, &json!({ "price": price, "weight": "901" }));
            let reply = self.post(&self.owner, &events_of(&asset), &event).await;
            assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        }
        asset
    }

    /// Lets the partner read two attributes and inspections, and record seals that set the weight.
    async fn policy(&self) -> String {
        let path = "/archivist/iam/v1/access_policies";
        let reply = self.post(&self.owner, path, &self.policy_body()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        last_identity(&reply.json())
    }

    fn policy_body(&self) -> Value {
        json!({
            "display_name": "Containers",
            "filters": [{ "or": ["attributes.arc_display_type=Container", "attributes.arc_display_type=Crate"] }],
            "access_permissions": [{
                "subjects": [format!("subjects/{}", self.of_partner)],
                "behaviours": ["RecordEvidence"],
                "asset_attributes_read": ["arc_display_name", "weight"],
                "asset_attributes_write": ["weight"],
                "event_arc_display_type_read": ["Inspect"],
                "event_arc_display_type_write": ["Seal"],
            }],
        })
    }

    /// Whether somebody sees the asset: by every way alike.
    async fn sees(&self, who: &str, asset: &str) -> bool {
        let one = self.get(who, &path_of(asset)).await;
        let list = self.get(who, "/archivist/v2/assets").await;
        let events = self.get(who, "/archivist/v2/assets/-/events").await;
        let of_asset = self.get(who, &events_of(asset)).await;
        let by_name = self.get(who, "/archivist/v2/assets?search=container").await;
        let is_seen = one.status == StatusCode::OK;
        if !is_seen {
            assert_eq!(one.status, StatusCode::NOT_FOUND);
        }
        let count = if is_seen { "1" } else { "0" };
        assert_eq!(list.header("x-total-count"), count, "list: {}", list.text());
        assert_eq!(list.json()["assets"].as_array().unwrap().len(), usize::from(is_seen));
        assert_eq!(by_name.json()["assets"].as_array().unwrap().len(), usize::from(is_seen));
        assert_eq!(events.header("x-total-count") != "0", is_seen, "events");
        assert_eq!(events.json()["events"] != json!([]), is_seen, "events");
        assert_eq!(of_asset.status, one.status, "events of the asset");
        is_seen
    }
}

fn record(kind: &str, set: &Value) -> Value {
    json!({
        "operation": "Record",
        "behaviour": "RecordEvidence",
        "event_attributes": { "arc_display_type": kind, "arc_description": "Looked at it." },
        "asset_attributes": set,
    })
}

fn path_of(asset: &str) -> String {
    format!("/archivist/v2/assets/{asset}")
}

fn events_of(asset: &str) -> String {
    format!("/archivist/v2/assets/{asset}/events")
}

#[tokio::test]
async fn a_partner_reads_what_a_policy_names_and_nothing_more() {
    let all = Neighbours::new().await;
    let asset = all.container().await;
    all.policy().await;
    let body = all.get(&all.partner, &path_of(&asset)).await;
    assert!(!body.text().contains("secret-price"), "{}", body.text());
    let body = body.json();
    assert_eq!(body["attributes"], json!({ "arc_display_name": "Container 7", "weight": "901" }));
    assert_eq!(body["identity"], format!("assets/{asset}"));
    assert_ne!(body["tenant_identity"], Value::Null);
    assert_eq!((body.get("private"), body.get("last_event")), (None, None));

    let list = all.get(&all.partner, "/archivist/v2/assets").await.json();
    assert_eq!(list["assets"], json!([body]), "a list shows what the asset itself shows");

    let events = all.get(&all.partner, &events_of(&asset)).await;
    assert!(!events.text().contains("secret-price"), "{}", events.text());
    let events = events.json();
    let [inspection] = events["events"].as_array().unwrap().as_slice() else { panic!("{events}") };
    assert_eq!(inspection["event_attributes"]["arc_display_type"], "Inspect");
    assert_eq!(inspection["asset_attributes"], json!({ "weight": "901" }));
    assert_eq!(inspection["principal_accepted"]["subject"], "", "who made it is the owner's");
    let one = format!("/archivist/v2/{}", inspection["identity"].as_str().unwrap());
    assert_eq!(all.get(&all.partner, &one).await.json(), *inspection);

    let every = all.get(&all.owner, &events_of(&asset)).await.json();
    for event in every["events"].as_array().unwrap() {
        let path = format!("/archivist/v2/{}", event["identity"].as_str().unwrap());
        let reply = all.get(&all.partner, &path).await;
        let is_seen = event["event_attributes"]["arc_display_type"] == "Inspect";
        let status = if is_seen { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(reply.status, status, "{event}");
        let receipt = all.get(&all.partner, &format!("{path}/receipt")).await.status;
        let status = if is_seen { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
        assert_eq!(receipt, status, "a receipt proves more than is shared");
    }
    assert!(!all.sees(&all.stranger, &asset).await, "a third tenancy");
    assert_eq!(all.house.get(&path_of(&asset)).send().await.status, StatusCode::UNAUTHORIZED);
    let public = format!("/archivist/v2/publicassets/{asset}");
    assert_eq!(all.get(&all.partner, &public).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn filters_and_the_past_tell_a_partner_nothing_that_is_not_shared() {
    let all = Neighbours::new().await;
    let asset = all.container().await;
    all.policy().await;
    for (query, count) in [
        ("attributes.weight=901", "1"),
        ("attributes.weight=900", "0"),
        ("attributes.price=secret-price-3", "0"),
        ("attributes.price=*", "0"),
        ("attributes.price!=*", "1"),
        ("filters=attributes.price=secret-price-3+OR+attributes.weight=1", "0"),
    ] {
        let reply = all.get(&all.partner, &format!("/archivist/v2/assets?{query}")).await;
        assert_eq!(reply.header("x-total-count"), count, "{query}");
        for list in [events_of(&asset), "/archivist/v2/assets/-/events".to_owned()] {
            let query = query.replace("attributes.", "asset.attributes.");
            let reply = all.get(&all.partner, &format!("{list}?{query}")).await;
            assert_eq!(reply.header("x-total-count"), count, "{list}?{query}");
            let of_event = query.replace("asset.attributes.", "asset_attributes.");
            let reply = all.get(&all.partner, &format!("{list}?{of_event}")).await;
            assert_eq!(reply.header("x-total-count"), count, "{list}?{of_event}");
        }
    }
    for query in
        ["principal_accepted.display_name=Administrator", "event_attributes.arc_display_type=Pay"]
    {
        let path = format!("/archivist/v2/assets/-/events?{query}");
        assert_eq!(all.get(&all.partner, &path).await.header("x-total-count"), "0", "{query}");
    }
    let at = "2999-01-01T00:00:00Z";
    let past = all.get(&all.partner, &format!("{}?at_time={at}", path_of(&asset))).await;
    assert!(past.text().contains("weight") && !past.text().contains("price"), "{}", past.text());
}

#[tokio::test]
async fn what_is_taken_back_is_closed_at_once() {
    let all = Neighbours::new().await;
    let asset = all.container().await;
    assert!(!all.sees(&all.partner, &asset).await, "without a policy");
    let policy = all.policy().await;
    assert!(all.sees(&all.partner, &asset).await, "with one");
    let policy = format!("/archivist/iam/v1/access_policies/{policy}");
    let of_owner = format!("/archivist/iam/v1/subjects/{}", all.of_owner);
    let of_partner = format!("/archivist/iam/v1/subjects/{}", all.of_partner);
    let named = |tenancy: &str| json!({ "wallet_pub_key": [tenancy] });
    let own = async |who: &str| {
        let own = all.get(who, "/archivist/v1/tenancies/self").await;
        last_identity(&own.json())
    };
    let (owner, partner) = (own(&all.owner).await, own(&all.partner).await);
    let nobody = "6ea5cd00-c711-4649-8914-7b125928bbb4";
    let nothing = json!({ "filters": [{ "or": ["attributes.arc_display_type=Valve"] }] });
    let permissions = all.policy_body()["access_permissions"].clone();
    let again =
        json!({ "filters": all.policy_body()["filters"], "access_permissions": permissions });
    let moved = record("Move", &json!({ "arc_display_type": "Valve" }));
    let back = record("Move", &json!({ "arc_display_type": "Container" }));
    let (owner_does, partner_does) = (&all.owner, &all.partner);
    let events = events_of(&asset);
    let taken_and_given: [(&str, Method, &str, Value, &str, Method, Value); 5] = [
        (owner_does, Method::PATCH, &policy, nothing, owner_does, Method::PATCH, again.clone()),
        (
            owner_does,
            Method::PATCH,
            &policy,
            json!({ "access_permissions": [] }),
            owner_does,
            Method::PATCH,
            again,
        ),
        (
            partner_does,
            Method::PATCH,
            &of_owner,
            named(nobody),
            partner_does,
            Method::PATCH,
            named(&owner),
        ),
        (
            owner_does,
            Method::PATCH,
            &of_partner,
            named(nobody),
            owner_does,
            Method::PATCH,
            named(&partner),
        ),
        (owner_does, Method::POST, &events, moved, owner_does, Method::POST, back),
    ];
    for (taker, taking, path, taken, giver, giving, given) in taken_and_given {
        let reply = all.ask(taker, taking, path, Some(&taken)).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        assert!(!all.sees(&all.partner, &asset).await, "taken back by {path} {taken}");
        let write = all.post(&all.partner, &events_of(&asset), &record("Seal", &json!({}))).await;
        assert_eq!(write.status, StatusCode::NOT_FOUND, "{path} {taken}");
        let reply = all.ask(giver, giving, path, Some(&given)).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        assert!(all.sees(&all.partner, &asset).await, "given again by {path} {given}");
    }
    for (who, path) in [(&all.partner, &of_owner), (&all.owner, &policy)] {
        assert_eq!(all.ask(who, Method::DELETE, path, None).await.status, StatusCode::OK);
        assert!(!all.sees(&all.partner, &asset).await, "{path} was deleted");
        if *path == of_owner {
            let body = json!({ "display_name": "Again", "wallet_pub_key": [owner] });
            all.post(&all.partner, "/archivist/iam/v1/subjects", &body).await;
            assert!(all.sees(&all.partner, &asset).await, "named again");
        }
    }
    assert!(all.sees(&all.owner, &asset).await);
}

#[tokio::test]
async fn a_partner_records_what_a_policy_names_and_nothing_else() {
    let all = Neighbours::new().await;
    let asset = all.container().await;
    let seal = record("Seal", &json!({ "weight": "905" }));
    let early = all.post(&all.partner, &events_of(&asset), &seal).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND, "without a policy");
    all.policy().await;
    let mut tracking = seal.clone();
    tracking["operation"] = json!("StopTracking");
    tracking["behaviour"] = json!("Builtin");
    for refused in [
        record("Inspect", &json!({})),
        record("Seal", &json!({ "price": "1" })),
        record("Seal", &json!({ "weight": "1", "arc_display_type": "Valve" })),
        json!({ "operation": "Record", "behaviour": "RecordEvidence" }),
        tracking,
    ] {
        let reply = all.post(&all.partner, &events_of(&asset), &refused).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{refused}: {}", reply.text());
        assert_eq!(reply.code(), "not_shared");
    }
    let stranger = all.post(&all.stranger, &events_of(&asset), &seal).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);

    let sealed = all.post(&all.partner, &events_of(&asset), &seal).await;
    assert_eq!(sealed.status, StatusCode::OK, "{}", sealed.text());
    let sealed = sealed.json();
    let own = all.get(&all.partner, "/archivist/v1/tenancies/self").await.json();
    assert_eq!(sealed["tenant_identity"], own["identity"], "the one that recorded it");
    assert_eq!(sealed["principal_accepted"]["display_name"], "Administrator");
    let path = format!("/archivist/v2/{}", sealed["identity"].as_str().unwrap());
    assert_eq!(all.get(&all.partner, &path).await.json(), sealed, "its own it reads again");
    let owners = all.get(&all.owner, &path).await.json();
    assert_eq!(owners["tenant_identity"], own["identity"]);
    assert_eq!(owners["principal_accepted"], sealed["principal_accepted"]);
    let now = all.get(&all.owner, &path_of(&asset)).await.json();
    assert_eq!(now["attributes"]["weight"], "905");
    let erase = format!("{path}/private/editor?confirm=for-ever");
    let reply = all.ask(&all.partner, Method::DELETE, &erase, None).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND, "private fields are the owner's");
}

#[tokio::test]
async fn a_key_of_one_tenancy_is_not_a_key_of_another() {
    let all = Neighbours::new().await;
    let asset = all.container().await;
    all.policy().await;
    let seal = record("Seal", &json!({}));
    let send = async |who: &str| {
        let ask = all.house.post(&events_of(&asset)).cookie(who);
        last_identity(&ask.header("idempotency-key", "k-1").json(&seal).send().await.json())
    };
    let (first, again, owners) =
        (send(&all.partner).await, send(&all.partner).await, send(&all.owner).await);
    assert_eq!(first, again);
    assert_ne!(first, owners);
}

#[tokio::test]
async fn who_reads_everything_gets_a_receipt_and_attachments() {
    let all = Neighbours::new().await;
    let upload = async |who: &str, content: &[u8]| {
        let ask = all.house.post("/archivist/v1/blobs").cookie(who).file(content);
        last_identity(&ask.send().await.json())
    };
    let attached = |blob: &str| json!({ "arc_attribute_type": "arc_attachment", "arc_blob_identity": format!("blobs/{blob}") });
    let (photograph, contract) =
        (upload(&all.owner, b"photograph").await, upload(&all.owner, b"contract").await);
    let theirs = upload(&all.partner, b"seal of the partner").await;
    let body = json!({ "attributes": {
        "arc_display_type": "Container",
        "photograph": attached(&photograph),
        "contract": attached(&contract),
    }});
    let made = all.post(&all.owner, "/archivist/v2/assets", &body).await.json();
    let asset = last_identity(&made);
    let mut policy = all.policy_body();
    let permission = |policy: &mut Value, list: &str, names: &[&str]| {
        policy["access_permissions"][0][list] = json!(names);
    };
    permission(&mut policy, "asset_attributes_read", &["photograph", "seal", "stolen"]);
    permission(&mut policy, "asset_attributes_write", &["seal", "stolen"]);
    let policies = "/archivist/iam/v1/access_policies";
    let policy_id = last_identity(&all.post(&all.owner, policies, &policy).await.json());

    let attachments = format!("/archivist/v2/attachments/assets/{asset}");
    let status =
        async |who: &str, blob: &str| all.get(who, &format!("{attachments}/{blob}")).await.status;
    assert_eq!(status(&all.partner, &photograph).await, StatusCode::OK);
    assert_eq!(status(&all.partner, &contract).await, StatusCode::NOT_FOUND, "not shared");
    assert_eq!(status(&all.stranger, &photograph).await, StatusCode::NOT_FOUND);
    let blob = format!("/archivist/v1/blobs/{photograph}");
    assert_eq!(all.get(&all.partner, &blob).await.status, StatusCode::NOT_FOUND);
    let info = all.get(&all.partner, &format!("{attachments}/{photograph}/info")).await.json();
    assert_eq!(info["subject"], "", "who sent it is the owner's");

    let seal = record("Seal", &json!({ "seal": attached(&theirs), "stolen": attached(&contract) }));
    let sealed = all.post(&all.partner, &events_of(&asset), &seal).await;
    assert_eq!(sealed.status, StatusCode::OK, "{}", sealed.text());
    assert_eq!(status(&all.owner, &theirs).await, StatusCode::OK, "what the partner attached");
    assert_eq!(status(&all.partner, &theirs).await, StatusCode::OK);
    let stolen = status(&all.partner, &contract).await;
    assert_eq!(stolen, StatusCode::NOT_FOUND, "naming another's blob opens nothing");
    assert_eq!(status(&all.owner, &contract).await, StatusCode::OK, "nor closes it");

    permission(&mut policy, "asset_attributes_read", &["*"]);
    permission(&mut policy, "event_arc_display_type_read", &["*"]);
    let path = format!("{policies}/{policy_id}");
    all.ask(&all.owner, Method::PATCH, &path, Some(&policy)).await;
    let first = made["last_event"]["identity"].as_str().unwrap();
    let receipt = format!("/archivist/v2/{first}/receipt");
    let reply = all.get(&all.partner, &receipt).await;
    assert!(reply.text().starts_with("c2sp.org/tlog-proof@v1"), "{}", reply.text());
    let opened = all.get(&all.partner, &format!("{receipt}?open=editor")).await;
    assert_eq!((opened.status, opened.code().as_str()), (StatusCode::FORBIDDEN, "not_all_seen"));
}

#[tokio::test]
async fn the_hash_of_a_document_is_shared_with_its_attribute_alone() {
    let all = Neighbours::new().await;
    let body = json!({ "attributes": {
        "arc_profile": "Document", "arc_display_type": "Container",
        "document_hash_alg": "sha256", "document_hash_value": HASH,
    }});
    let made = all.post(&all.owner, "/archivist/v2/assets", &body).await.json();
    let asset = last_identity(&made);
    all.post(&all.owner, &events_of(&asset), &record("Inspect", &json!({}))).await;
    all.policy().await;
    for path in [path_of(&asset), events_of(&asset), "/archivist/v2/assets/-/events".to_owned()] {
        let reply = all.get(&all.partner, &path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!reply.text().contains(HASH), "{path}: {}", reply.text());
    }
}

#[tokio::test]
async fn public_assets_are_no_policys_business() {
    let all = Neighbours::new().await;
    let body = json!({ "public": true, "attributes": { "arc_display_type": "Container" } });
    let asset = last_identity(&all.post(&all.owner, "/archivist/v2/assets", &body).await.json());
    all.policy().await;
    assert!(!all.sees(&all.partner, &asset).await);
    let public = format!("/archivist/v2/publicassets/{asset}");
    assert_eq!(all.house.get(&public).send().await.status, StatusCode::OK);
    let write = all.post(&all.partner, &events_of(&asset), &record("Seal", &json!({}))).await;
    assert_eq!(write.status, StatusCode::NOT_FOUND, "it takes events of its own tenancy alone");
}

#[tokio::test]
async fn policies_have_limits() {
    let all = Neighbours::new().await;
    let path = "/archivist/iam/v1/access_policies";
    let body = |filters: Value, permissions: Value| json!({ "display_name": "Large", "filters": filters, "access_permissions": permissions });
    let terms = vec!["attributes.a=b"; 65];
    let names = vec!["name"; 257];
    for (what, body) in [
        ("terms", body(json!([{ "or": terms }]), json!([]))),
        ("permissions", body(json!([]), json!(vec![json!({}); 65]))),
        ("names", body(json!([]), json!([{ "asset_attributes_read": names }]))),
        ("a long name", body(json!([]), json!([{ "subjects": ["x".repeat(1_025)] }]))),
        ("users", body(json!([]), json!([{ "user_attributes": [{ "or": names }] }]))),
    ] {
        let reply = all.post(&all.owner, path, &body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{what}: {}", reply.text());
        assert_eq!(reply.code(), "bad_request", "{what}");
    }
}
