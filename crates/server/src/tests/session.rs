//! Sessions and authorizations that have grown old. Their rows are written as they would be by
//! then, because no test waits for days.

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
};

use super::house::House;
use crate::session::store::LedgerStore;

fn ago(hours: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(hours)).to_string()
}

/// A session with this content, as a cookie.
async fn kept(house: &House, data: Value) -> String {
    let mut record = Record {
        id: Id::default(),
        data: serde_json::from_value(data).unwrap(),
        expiry_date: OffsetDateTime::now_utc() + std::time::Duration::from_hours(1),
    };
    LedgerStore::new(house.ledger.clone()).create(&mut record).await.unwrap();
    format!("session={}", record.id)
}

async fn signed_in(house: &House, since: i64, seen: i64) -> StatusCode {
    let user = house.ledger.first_administrator().await.unwrap().id;
    let signed_in = json!({ "user": user, "at": ago(since), "seen_at": ago(seen) });
    let cookie = kept(house, json!({ "signed_in": signed_in })).await;
    house.get("/api/me").cookie(&cookie).send().await.status
}

#[tokio::test]
async fn session_ends_after_two_weeks_however_busy() {
    let house = House::open();
    assert_eq!(signed_in(&house, 13 * 24, 0).await, StatusCode::OK);
    assert_eq!(signed_in(&house, 15 * 24, 0).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn session_in_use_moves_its_own_end() {
    let house = House::open();
    let user = house.ledger.first_administrator().await.unwrap().id;
    let signed_in = json!({ "user": user, "at": ago(5), "seen_at": ago(5) });
    let cookie = kept(&house, json!({ "signed_in": signed_in })).await;
    let first = house.get("/api/me").cookie(&cookie).send().await;
    assert!(first.header("set-cookie").contains("Max-Age=86400"), "its cookie was not renewed");
    let second = house.get("/api/me").cookie(&cookie).send().await;
    assert_eq!(second.header("set-cookie"), "", "it was written again at once");
}

#[tokio::test]
async fn session_of_nobody_or_of_another_shape_is_none() {
    let house = House::open();
    let nobody = "6ea5cd00-c711-4649-8914-7b125928bbb4";
    for signed_in in [
        json!({ "user": nobody, "at": ago(0), "seen_at": ago(0) }),
        json!({ "user": nobody }),
        json!(7),
    ] {
        let cookie = kept(&house, json!({ "signed_in": signed_in })).await;
        let reply = house.get("/api/me").cookie(&cookie).send().await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{signed_in}");
    }
}

#[tokio::test]
async fn authorization_that_took_more_than_ten_minutes_is_not_used() {
    let house = House::open();
    let user = house.ledger.first_administrator().await.unwrap().id;
    let pending = json!([{
        "state": "the-state",
        "verifier": "v",
        "redirect_uri": "http://localhost:8080/",
        "begun_at": ago(1),
    }]);
    let signed_in = json!({ "user": user, "at": ago(0), "seen_at": ago(0) });
    let data = json!({ "signed_in": signed_in, "pending_authorizations": pending });
    let cookie = kept(&house, data).await;
    let path = "/integrations/dropbox/callback?state=the-state&error=access_denied";
    let reply = house.get(path).cookie(&cookie).send().await;
    assert_eq!(reply.location(), "/settings/integrations?problem=state_mismatch");
}
