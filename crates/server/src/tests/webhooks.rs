//! Webhooks out: what arrives, in which order, and what happens when it does not.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State as Shared, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode};
use ledger::ApplicationRole;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{net::TcpListener, time::timeout};

use super::house::House;
use crate::webhooks::{self, Reach};

const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who takes messages, and answers as the test wants.
#[derive(Clone, Default)]
struct Taker {
    messages: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    /// What is answered next; 204 when nothing is said.
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
}

impl Taker {
    async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", post(take)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/")
    }

    fn answer(&self, status: StatusCode) {
        self.answers.lock().unwrap().push_back(status);
    }

    async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Bytes)> {
        let waited = timeout(PATIENCE, async {
            while self.messages.lock().unwrap().len() < count {
                tokio::task::yield_now().await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let taken = || self.messages.lock().unwrap().clone();
        assert!(waited.await.is_ok(), "{} of {count} messages came", taken().len());
        taken()
    }
}

async fn take(Shared(taker): Shared<Taker>, headers: HeaderMap, body: Bytes) -> StatusCode {
    taker.messages.lock().unwrap().push((headers, body));
    taker.answers.lock().unwrap().pop_front().unwrap_or(StatusCode::NO_CONTENT)
}

/// An instance that delivers to this machine, and an owner's token.
async fn house() -> (House, String) {
    let house = House::reaching(Reach::LoopbackToo);
    tokio::spawn(webhooks::run(house.state.clone()));
    let (_, token) = house.application(ApplicationRole::Administrator).await;
    (house, token)
}

async fn add(house: &House, token: &str, url: &str) -> (String, String) {
    let reply = house.post("/api/webhooks").bearer(token).json(&json!({ "url": url })).send().await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let text = |name: &str| reply.json()[name].as_str().unwrap().to_owned();
    (text("identity"), text("secret"))
}

async fn register(house: &House, token: &str, colour: &str) -> String {
    let body = json!({ "attributes": { "colour": colour } });
    let reply = house.post("/archivist/v2/assets").bearer(token).json(&body).send().await;
    reply.json()["last_event"]["identity"].as_str().unwrap().to_owned()
}

async fn read(house: &House, token: &str, path: &str) -> Value {
    house.get(path).bearer(token).send().await.json()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

fn event_of(body: &Bytes) -> String {
    let message: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(message["type"], "event.recorded");
    message["data"]["identity"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn events_arrive_in_the_order_of_the_log_and_signed() {
    let (house, token) = house().await;
    register(&house, &token, "before").await;
    let taker = Taker::default();
    let (_, secret) = add(&house, &token, &taker.listen().await).await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(register(&house, &token, &format!("{number}")).await);
    }
    let messages = taker.wait_for(5).await;
    let arrived: Vec<_> = messages.iter().map(|(_, body)| event_of(body)).collect();
    assert_eq!(arrived, expected);
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    for (headers, body) in &messages {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
        let (id, at) = (header(headers, "webhook-id"), header(headers, "webhook-timestamp"));
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        let code = STANDARD.encode(mac.finalize().into_bytes());
        assert_eq!(header(headers, "webhook-signature"), format!("v1,{code}"));
        assert!(event_of(body).ends_with(id.strip_prefix("evt_").unwrap()));
    }
}

#[tokio::test]
async fn what_does_not_arrive_is_sent_again_under_the_same_id_and_nothing_overtakes_it() {
    let (house, token) = house().await;
    let taker = Taker::default();
    let (webhook, _) = add(&house, &token, &taker.listen().await).await;
    taker.answer(StatusCode::INTERNAL_SERVER_ERROR);
    let first = register(&house, &token, "first").await;
    taker.wait_for(1).await;
    let second = register(&house, &token, "second").await;
    let waiting = || read(&house, &token, "/api/webhooks");
    while waiting().await["webhooks"][0]["state"] != "waiting" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(waiting().await["webhooks"][0]["failures"], 1);
    // Rather than wait for the next try, its owner asks for it.
    let path = format!("/api/webhooks/{webhook}/resume");
    house.post(&path).bearer(&token).send().await;
    let messages = taker.wait_for(3).await;
    let arrived: Vec<_> = messages.iter().map(|(_, body)| event_of(body)).collect();
    assert_eq!(arrived, [first.clone(), first, second]);
    let ids: Vec<_> = messages.iter().map(|(headers, _)| header(headers, "webhook-id")).collect();
    assert_eq!(ids[0], ids[1]);
    let path = format!("/api/webhooks/{webhook}/deliveries");
    let mut deliveries = read(&house, &token, &path).await;
    while deliveries["deliveries"].as_array().unwrap().len() < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        deliveries = read(&house, &token, &path).await;
    }
    let all = deliveries["deliveries"].as_array().unwrap().iter();
    let statuses: Vec<_> = all.map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [204, 204, 500]);
}

#[tokio::test]
async fn one_that_is_down_holds_up_no_other() {
    let (house, token) = house().await;
    add(&house, &token, "http://127.0.0.1:9/").await;
    let taker = Taker::default();
    add(&house, &token, &taker.listen().await).await;
    for number in 0..3 {
        register(&house, &token, &format!("{number}")).await;
    }
    taker.wait_for(3).await;
}

#[tokio::test]
async fn tests_and_events_are_sent_when_the_owner_asks() {
    let (house, token) = house().await;
    let taker = Taker::default();
    let (webhook, _) = add(&house, &token, &taker.listen().await).await;
    let path = format!("/api/webhooks/{webhook}/test");
    let delivery = house.post(&path).bearer(&token).send().await.json();
    assert_eq!((&delivery["what"], &delivery["status"]), (&json!("test"), &json!(204)));
    register(&house, &token, "red").await;
    taker.wait_for(2).await;
    let newest = house.ledger.newest_checkpoints(1).await.unwrap()[0].size - 1;
    let path = format!("/api/webhooks/{webhook}/events/{newest}/redeliver");
    taker.answer(StatusCode::FOUND);
    let delivery = house.post(&path).bearer(&token).send().await.json();
    assert_eq!(delivery["what"], "again");
    assert_eq!(delivery["status"], 302);
    assert!(delivery["problem"].as_str().unwrap().contains("redirection"));
    let messages = taker.wait_for(3).await;
    assert_eq!(event_of(&messages[1].1), event_of(&messages[2].1));
}

#[tokio::test]
async fn private_addresses_are_refused_when_they_are_added_and_when_they_are_reached() {
    let house = House::open();
    let (_, token) = house.application(ApplicationRole::Administrator).await;
    for url in ["https://127.0.0.1/", "https://10.0.0.1/", "http://example.org/", "https://[::1]/"]
    {
        let ask = house.post("/api/webhooks").bearer(&token).json(&json!({ "url": url }));
        let reply = ask.send().await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
    }
    // A name says nothing about where it leads until somebody goes there.
    let (webhook, _) = add(&house, &token, "https://localhost:9/").await;
    let path = format!("/api/webhooks/{webhook}/test");
    let delivery = house.post(&path).bearer(&token).send().await.json();
    assert_eq!(delivery["status"], Value::Null);
    let problem = delivery["problem"].as_str().unwrap();
    assert!(problem.contains("no public address"), "{problem}");
}

#[tokio::test]
async fn a_secret_is_shown_once_and_the_number_is_limited() {
    let house = House::open();
    let (_, token) = house.application(ApplicationRole::Administrator).await;
    for number in 0..10 {
        add(&house, &token, &format!("https://example.org/{number}")).await;
    }
    let all = read(&house, &token, "/api/webhooks").await;
    assert!(all["webhooks"].as_array().unwrap().iter().all(|one| one.get("secret").is_none()));
    let ask = house.post("/api/webhooks").bearer(&token);
    let reply = ask.json(&json!({ "url": "https://example.org/more" })).send().await;
    assert_eq!(reply.status, StatusCode::PAYMENT_REQUIRED);
    let first = all["webhooks"][0]["identity"].as_str().unwrap();
    let path = format!("/api/webhooks/{first}");
    let ask = house.ask(http::Method::DELETE, &path).bearer(&token);
    assert_eq!(ask.send().await.status, StatusCode::NO_CONTENT);
    let reply = house.get(&path).bearer(&token).send().await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
