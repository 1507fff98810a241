//! Private fields of an event: opened one at a time by their owner, or erased for good.

use http::{Method, StatusCode};
use ledger::entry::{Field, Opened};
use tlog::Receipt;

use super::{
    ask::{Ask, Reply},
    house::{Document, EDITOR, FOLDER, House, NAME, assert_nothing_private},
};

const PRIVATE: [Field; 4] = [Field::Name, Field::Path, Field::Revision, Field::Editor];

struct Estate {
    house: House,
    document: Document,
    cookie: String,
}

impl Estate {
    async fn new() -> Self {
        let house = House::open();
        let source = house.source(house.tenancy().await).await;
        let document = house.document(&source, "id:lease").await;
        let cookie = house.signed_in().await;
        Self { house, document, cookie }
    }

    fn event(&self) -> String {
        self.document.archivist_event("assets", 2)
    }

    fn receipt(&self, query: &str) -> Ask {
        self.house.get(&format!("{}/receipt{query}", self.event()))
    }

    async fn own_receipt(&self, query: &str) -> Reply {
        self.receipt(query).cookie(&self.cookie).send().await
    }

    async fn public_receipt(&self) -> Reply {
        let path = format!("{}/receipt", self.document.public_event(2));
        self.house.get(&path).send().await
    }

    async fn erase(&self, field: &str, query: &str) -> Reply {
        let path = format!("{}/private/{field}{query}", self.event());
        self.house.ask(Method::DELETE, &path).cookie(&self.cookie).send().await
    }

    /// The openings of a receipt that verifies.
    fn opened(&self, reply: &Reply) -> Opened {
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let receipt = Receipt::parse(reply.text()).unwrap();
        let opened = Opened::parse(receipt.extra.as_deref().unwrap()).unwrap();
        receipt.verify(&opened.leaf(), &self.house.ledger.log_key()).unwrap();
        opened
    }
}

/// The private fields that a receipt opens.
fn private_in(opened: &Opened) -> Vec<(Field, Option<&str>)> {
    let open = |field| opened.opened_value(field).map(|value| (field, value));
    PRIVATE.into_iter().filter_map(open).collect()
}

#[tokio::test]
async fn owner_opens_chosen_fields_beside_the_public_ones() {
    let estate = Estate::new().await;
    let path = format!("{FOLDER}/{NAME}");
    for (query, open) in [
        ("", vec![]),
        ("?open=name", vec![(Field::Name, Some(NAME))]),
        (
            "?open=editor&open=path",
            vec![(Field::Path, Some(&*path)), (Field::Editor, Some(EDITOR))],
        ),
        ("?open=revision&open=revision", vec![(Field::Revision, Some("rev-2"))]),
    ] {
        let reply = estate.own_receipt(query).await;
        let opened = estate.opened(&reply);
        assert_eq!(private_in(&opened), open, "{query}");
        assert_eq!(opened.value(Field::Version), Some("2"));
        let kind = if query.is_empty() { "" } else { ".private" };
        let name = format!("filename=\"{}{kind}.tlog-proof\"", estate.document.events[1]);
        assert!(reply.header("content-disposition").ends_with(&name), "{query}");
        assert_eq!(reply.header("cache-control"), "no-store");
    }
    assert_eq!(estate.own_receipt("").await.bytes, estate.public_receipt().await.bytes);
}

#[tokio::test]
async fn applications_and_members_of_the_tenancy_may_open_fields() {
    let estate = Estate::new().await;
    let source = estate.house.source(estate.house.tenancy().await).await;
    let token = estate.house.token(&source).await;
    let by_token = estate.receipt("?open=name").bearer(&token).send().await;
    let member = estate.house.signed_in_as(&estate.house.member().await).await;
    let by_member = estate.receipt("?open=name").cookie(&member).send().await;
    for reply in [by_token, by_member] {
        assert_eq!(private_in(&estate.opened(&reply)), [(Field::Name, Some(NAME))]);
    }
}

#[tokio::test]
async fn nobody_else_opens_anything() {
    let estate = Estate::new().await;
    let anonymous = estate.receipt("?open=name").send().await;
    assert_eq!(
        (anonymous.status, &*anonymous.code()),
        (StatusCode::UNAUTHORIZED, "sign_in_required")
    );
    let stranger = estate.house.signed_in_as(&estate.house.stranger().await).await;
    let foreign = estate.receipt("?open=name").cookie(&stranger).send().await;
    assert_eq!((foreign.status, &*foreign.code()), (StatusCode::NOT_FOUND, "not_found"));
    for reply in [anonymous, foreign] {
        assert_nothing_private(reply.text());
    }
    let path = format!("{}/receipt?open=name", estate.document.public_event(2));
    let public = estate.house.get(&path).cookie(&estate.cookie).send().await;
    assert_eq!(private_in(&estate.opened(&public)), [], "the public address opens what is public");
}

#[tokio::test]
async fn fields_and_parameters_that_do_not_exist_are_refused_in_words() {
    let estate = Estate::new().await;
    for (query, say) in [
        ("?open=size", "name, path, revision and editor"),
        ("?open=content_hash", "name, path, revision and editor"),
        ("?open=", "name, path, revision and editor"),
        ("?open=name,path", "name, path, revision and editor"),
        ("?close=name", "open=FIELD"),
    ] {
        let reply = estate.own_receipt(query).await;
        assert_eq!(
            (reply.status, &*reply.code()),
            (StatusCode::BAD_REQUEST, "bad_query"),
            "{query}"
        );
        assert!(reply.text().contains(say), "{query}: {}", reply.text());
    }
    let unknown = estate.erase("size", "?confirm=for-ever").await;
    assert_eq!((unknown.status, &*unknown.code()), (StatusCode::BAD_REQUEST, "bad_query"));
}

#[tokio::test]
async fn event_of_another_asset_is_not_found() {
    let estate = Estate::new().await;
    let source = estate.house.source(estate.house.tenancy().await).await;
    let other = estate.house.document(&source, "id:other").await;
    let path = format!("{}/events/{}", other.archivist("assets"), estate.document.events[1]);
    let receipt = estate.house.get(&format!("{path}/receipt?open=name")).cookie(&estate.cookie);
    assert_eq!(receipt.send().await.status, StatusCode::NOT_FOUND);
    let erase = format!("{path}/private/name?confirm=for-ever");
    let erase = estate.house.ask(Method::DELETE, &erase).cookie(&estate.cookie);
    assert_eq!(erase.send().await.status, StatusCode::NOT_FOUND);
    assert_eq!(private_in(&estate.opened(&estate.own_receipt("?open=name").await)).len(), 1);
}

#[tokio::test]
async fn erasure_must_be_confirmed_and_erases_nothing_before() {
    let estate = Estate::new().await;
    for query in ["", "?confirm=", "?confirm=true"] {
        let reply = estate.erase("name", query).await;
        assert_eq!(reply.status, StatusCode::PRECONDITION_REQUIRED, "{query}");
        assert_eq!(reply.code(), "confirmation_required");
        assert!(reply.text().contains("?confirm=for-ever"));
    }
    let misspelt = estate.erase("name", "?confirmed=for-ever").await;
    assert_eq!(misspelt.status, StatusCode::BAD_REQUEST);
    let event = estate.house.get(&estate.event()).cookie(&estate.cookie).send().await.json();
    assert_eq!(event["private"]["name"], NAME);
}

#[tokio::test]
async fn erased_field_can_never_be_opened_and_everything_else_still_verifies() {
    let estate = Estate::new().await;
    let before = estate.public_receipt().await.bytes;
    let earlier = estate.own_receipt("?open=name").await;
    assert_eq!(estate.erase("name", "?confirm=for-ever").await.status, StatusCode::NO_CONTENT);

    let event = estate.house.get(&estate.event()).cookie(&estate.cookie).send().await.json();
    assert!(event["private"]["name"].is_null());
    assert_eq!(event["private"]["erased"], serde_json::json!(["name"]));
    assert_eq!(event["private"]["path"], format!("{FOLDER}/{NAME}"));
    for query in ["?open=name", "?open=path&open=name"] {
        let reply = estate.own_receipt(query).await;
        assert_eq!((reply.status, &*reply.code()), (StatusCode::GONE, "erased"), "{query}");
    }
    let rest = estate.own_receipt("?open=path&open=revision&open=editor").await;
    assert_eq!(private_in(&estate.opened(&rest)).len(), 3);
    assert_eq!(estate.public_receipt().await.bytes, before);
    // Whoever was handed a receipt before keeps what it proves.
    assert_eq!(private_in(&estate.opened(&earlier)), [(Field::Name, Some(NAME))]);

    assert_eq!(estate.erase("name", "?confirm=for-ever").await.status, StatusCode::NO_CONTENT);
    let next = estate.document.archivist_event("assets", 3);
    let next = estate.house.get(&next).cookie(&estate.cookie).send().await.json();
    assert_eq!(next["private"]["name"], NAME, "another event keeps its own");
    assert_eq!(next["private"]["erased"], serde_json::json!([]));
}

#[tokio::test]
async fn only_administrators_of_the_tenancy_erase() {
    let estate = Estate::new().await;
    let path = format!("{}/private/name?confirm=for-ever", estate.event());
    let ask = || estate.house.ask(Method::DELETE, &path);
    let member = estate.house.signed_in_as(&estate.house.member().await).await;
    let stranger = estate.house.signed_in_as(&estate.house.stranger().await).await;
    let source = estate.house.source(estate.house.tenancy().await).await;
    let token = estate.house.token(&source).await;
    let cross_site = ask().cookie(&estate.cookie).header("sec-fetch-site", "cross-site");
    for (ask, status) in [
        (ask(), StatusCode::UNAUTHORIZED),
        (ask().cookie(&member), StatusCode::FORBIDDEN),
        (ask().bearer(&token), StatusCode::FORBIDDEN),
        (ask().cookie(&stranger), StatusCode::NOT_FOUND),
        (cross_site, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(ask.send().await.status, status);
    }
    assert_eq!(private_in(&estate.opened(&estate.own_receipt("?open=name").await)).len(), 1);
}
