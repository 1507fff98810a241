//! Domains: what proves one, what does not, and what everybody is told, against a name server and a
//! web server on this machine.

mod name_server;
mod web_server;

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use http::{Method, StatusCode};
use jiff::Timestamp;
use ledger::{ApplicationRole, Clock};
use reqwest::Certificate;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::{
    name_server::{NameServer, Said},
    web_server::{Answer, Authority, WebServer},
};
use super::{
    ask::Reply,
    house::{House, Plan, assert_nothing_private},
};
use crate::{Lookups, Reach, domains};

const PATIENCE: Duration = Duration::from_secs(20);
const DAY_S: i64 = 86_400;

/// An instance with the world that it looks at, and its owner's token.
struct Bench {
    house: House,
    token: String,
    names: NameServer,
    web: WebServer,
    /// How far its clock is ahead.
    ahead_s: Arc<AtomicI64>,
}

impl Bench {
    async fn new() -> Self {
        Self::reaching(Reach::LoopbackToo).await
    }

    async fn reaching(webhooks: Reach) -> Self {
        let authority = Authority::new();
        let names = NameServer::start().await;
        let web = WebServer::start(&authority, "example.org").await;
        let ahead_s = Arc::new(AtomicI64::new(0));
        let ahead = ahead_s.clone();
        let domains = Lookups {
            name_servers: vec![names.address],
            authorities: vec![Certificate::from_pem(authority.pem().as_bytes()).unwrap()],
            https_port: web.address.port(),
        };
        let clock = Clock::new(move || {
            Timestamp::now() + jiff::SignedDuration::from_secs(ahead.load(Ordering::Relaxed))
        });
        let house = House::build(Plan { webhooks, domains, clock, ..Plan::default() });
        let (_, token) = house.application(ApplicationRole::Administrator).await;
        Self { house, token, names, web, ahead_s }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let ask = self.house.ask(method, path).bearer(&self.token);
        match body {
            Some(body) => ask.json(&body).send().await,
            None => ask.send().await,
        }
    }

    async fn claim(&self, name: &str) -> Value {
        let reply = self.send(Method::PUT, "/api/domain", Some(json!({ "name": name }))).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["domain"].take()
    }

    async fn check(&self) -> Value {
        let reply = self.send(Method::POST, "/api/domain/check", None).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        reply.json()["domain"].take()
    }

    async fn read(&self) -> Value {
        self.send(Method::GET, "/api/domain", None).await.json()
    }

    /// The domain with its TXT record in place.
    async fn proved(&self) -> Value {
        let claim = self.claim("example.org").await;
        let text = claim["challenge"]["text"].as_str().unwrap();
        self.names.say("_proofbox-challenge.example.org", Said::Texts(vec![text.to_owned()]));
        self.check().await
    }

    /// The domain as soon as it is so, with somebody who looks as a server does that has just begun.
    async fn watched(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let watch = tokio::spawn(domains::run(self.house.state.clone()));
        let looked = timeout(PATIENCE, async {
            loop {
                let domain = self.read().await["domain"].take();
                if is_so(&domain) {
                    return domain;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let domain = looked.await.expect("somebody looks");
        watch.abort();
        domain
    }

    /// Time in which tokens end.
    async fn pass(&mut self, seconds: i64) {
        self.ahead_s.fetch_add(seconds, Ordering::Relaxed);
        (_, self.token) = self.house.application(ApplicationRole::Administrator).await;
    }
}

#[tokio::test]
async fn record_in_the_dns_proves_a_domain_and_everybody_is_told() {
    let bench = Bench::new().await;
    let house = &bench.house;
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    let info = format!("/archivist/v1/tenancies/{}:publicinfo", house.tenancy().await);

    let claim = bench.claim("Example.ORG.").await;
    assert_eq!((&claim["name"], &claim["state"]), (&json!("example.org"), &json!("claimed")));
    let text = claim["challenge"]["text"].as_str().unwrap().to_owned();
    assert_eq!(claim["challenge"]["record"], "_proofbox-challenge.example.org");
    assert_eq!(bench.claim("example.org").await["challenge"]["text"], text, "claimed once");
    let others = ["v=spf1 -all".to_owned(), text];
    bench.names.say("_proofbox-challenge.example.org", Said::Texts(others.to_vec()));

    let verified = bench.check().await;
    assert_eq!((&verified["state"], &verified["proof"]), (&json!("verified"), &json!("dns")));
    assert_eq!((&verified["problem"], &verified["lapses_at"]), (&json!(""), &Value::Null));
    let told = house.get(&info).send().await.json();
    assert_eq!(told["verified_domain"], "example.org");
    assert_eq!(told["verified_since"], verified["since"]);
    for path in [document.public(), document.public_event(3)] {
        let page = house.get(&path).send().await;
        assert!(page.text().contains("published by <bdi>example.org</bdi>"), "{}", page.text());
        let said = "proofs.example.org verified that the publisher controls this domain, by a \
                    record in its DNS: since <time";
        assert!(page.text().contains(said), "{}", page.text());
        assert!(!page.text().contains("not verified"));
        assert_nothing_private(page.text());
    }

    let released = bench.send(Method::DELETE, "/api/domain", None).await.json();
    let steps = released["history"].as_array().unwrap().iter();
    let steps: Vec<_> = steps.map(|step| step["what"].as_str().unwrap()).collect();
    assert_eq!(
        (&released["domain"], steps.as_slice()),
        (&Value::Null, &["released", "verified", "claimed"][..])
    );
    assert_eq!(house.get(&info).send().await.json()["verified_domain"], "");
    assert!(house.get(&document.public()).send().await.text().contains("not verified"));
}

#[tokio::test]
async fn file_on_the_web_server_proves_a_domain() {
    let bench = Bench::new().await;
    bench.names.say("example.org", Said::Address(Ipv4Addr::LOCALHOST));
    let claim = bench.claim("example.org").await;
    let text = claim["challenge"]["text"].as_str().unwrap();
    let file = format!("proofbox-challenge=another\r\n{text}\r\n");
    bench.web.answer("/.well-known/proofbox-challenge", Answer::Body(file));
    let verified = bench.check().await;
    assert_eq!((&verified["state"], &verified["proof"]), (&json!("verified"), &json!("file")));
}

#[tokio::test]
async fn what_is_wrong_in_the_dns_is_said() {
    let huge = (0..200).map(|number| format!("{number:0250}")).collect();
    let record = "_proofbox-challenge.example.org";
    for (said, problem) in [
        (Said::NoSuchName, "There is no TXT record"),
        (Said::Texts(Vec::new()), "There is no TXT record"),
        (Said::Texts(vec!["proofbox-challenge=guess".to_owned()]), "holds another text"),
        (Said::Texts(huge), "hold other texts"),
        (Said::Failure(2), "answered that it failed (Server Failure)"),
        (Said::Failure(5), "answered that it failed (Query Refused)"),
        (Said::Garbage, "No name server"),
    ] {
        let bench = Bench::new().await;
        bench.claim("example.org").await;
        bench.names.say(record, said);
        let claim = bench.check().await;
        let said = claim["problem"].as_str().unwrap();
        assert!(said.contains(problem), "{problem}: {said}");
        assert_eq!((&claim["state"], &claim["proof"]), (&json!("claimed"), &Value::Null));
        assert!(said.contains("https://example.org/.well-known/proofbox-challenge"), "{said}");
    }
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let silent = async {
        let bench = Bench::new().await;
        bench.claim("example.org").await;
        bench.names.say("_proofbox-challenge.example.org", Said::Nothing);
        bench.check().await["problem"].as_str().unwrap().to_owned()
    };
    let stalled = async {
        let bench = Bench::new().await;
        bench.names.say("example.org", Said::Address(Ipv4Addr::LOCALHOST));
        bench.claim("example.org").await;
        bench.web.answer("/.well-known/proofbox-challenge", Answer::Stalled);
        bench.check().await["problem"].as_str().unwrap().to_owned()
    };
    let both = async { tokio::join!(silent, stalled) };
    let (silent, stalled) = timeout(PATIENCE, both).await.expect("looking has an end");
    assert!(silent.contains("No name server answered in time"), "{silent}");
    assert!(stalled.contains("did not come within 10 seconds"), "{stalled}");
}

#[tokio::test]
async fn what_is_wrong_with_the_file_is_said() {
    let redirect = Answer::Redirect("https://example.com/".to_owned());
    for (answer, problem) in [
        (Answer::Status(StatusCode::NOT_FOUND), "answers with 404"),
        (Answer::Status(StatusCode::INTERNAL_SERVER_ERROR), "answers with 500"),
        (redirect, "answers with a redirection, which is not followed"),
        (Answer::Body("proofbox-challenge=guess".to_owned()), "holds another text"),
        (Answer::Body("x".repeat(16 * 1024 + 1)), "is larger than 16384 bytes"),
        (Answer::Endless, "is larger than 16384 bytes"),
        (Answer::Bytes(vec![0xff; 100]), "holds another text"),
    ] {
        let bench = Bench::new().await;
        bench.names.say("example.org", Said::Address(Ipv4Addr::LOCALHOST));
        bench.claim("example.org").await;
        bench.web.answer("/.well-known/proofbox-challenge", answer);
        let claim = bench.check().await;
        let said = claim["problem"].as_str().unwrap();
        assert!(said.contains(problem), "{problem}: {said}");
        assert_eq!(claim["state"], "claimed");
        assert!(bench.web.taken() < 16 << 20, "{} bytes were taken", bench.web.taken());
    }
}

#[tokio::test]
async fn no_file_is_read_from_private_addresses_or_without_a_good_certificate() {
    let near = Bench::reaching(Reach::Public).await;
    let private = Bench::new().await;
    let mistaken = Bench::new().await;
    let strange = Bench::new().await;
    near.names.say("example.org", Said::Address(Ipv4Addr::LOCALHOST));
    private.names.say("example.org", Said::Address(Ipv4Addr::new(10, 0, 0, 1)));
    mistaken.names.say("example.com", Said::Address(Ipv4Addr::LOCALHOST));
    strange.names.say("example.org", Said::Address(Ipv4Addr::LOCALHOST));
    strange.web.replace(&Authority::new(), "example.org");
    let no_address = "the domain leads to no public address";
    for (bench, name, problem) in [
        (near, "example.org", no_address),
        (private, "example.org", no_address),
        (mistaken, "example.com", "certificate"),
        (strange, "example.org", "certificate"),
    ] {
        let claim = bench.claim(name).await;
        let text = claim["challenge"]["text"].as_str().unwrap().to_owned();
        bench.web.answer("/.well-known/proofbox-challenge", Answer::Body(text));
        let claim = bench.check().await;
        let said = claim["problem"].as_str().unwrap();
        assert!(said.contains(problem), "{problem}: {said}");
        assert_eq!(claim["state"], "claimed");
    }
}

#[tokio::test]
async fn it_is_looked_again_and_a_domain_lapses_when_its_proof_stays_away() {
    let mut bench = Bench::new().await;
    let since = bench.proved().await["since"].clone();
    bench.names.say("_proofbox-challenge.example.org", Said::NoSuchName);
    bench.pass(DAY_S + 1).await;
    let missed = bench.watched(|domain| !domain["lapses_at"].is_null()).await;
    assert_eq!((&missed["state"], &missed["since"]), (&json!("verified"), &since));
    assert!(missed["problem"].as_str().unwrap().contains("There is no TXT record"));
    let me = bench.house.get("/api/me").bearer(&bench.token).send().await.json();
    assert_eq!(me["tenancy"]["verified_domain"], "example.org", "once takes nothing away");

    bench.pass(3 * DAY_S).await;
    bench.watched(|domain| domain["state"] == "lapsed").await;
    let own = bench.read().await;
    assert_eq!(own["history"][0]["what"], "lapsed");
    assert!(own["history"][0]["problem"].as_str().unwrap().contains("There is no TXT record"));
    let me = bench.house.get("/api/me").bearer(&bench.token).send().await.json();
    assert_eq!(me["tenancy"]["verified_domain"], Value::Null);
    assert_eq!(bench.proved().await["state"], "verified", "the same proof brings it back");
}

#[tokio::test]
async fn another_tenancy_cannot_verify_the_same_domain() {
    let bench = Bench::new().await;
    assert_eq!(bench.proved().await["state"], "verified");
    let house = &bench.house;
    let cookie = house.signed_in_as(&house.stranger().await).await;
    let theirs = async |method: Method, path: &str, body: Value| {
        house.ask(method, path).cookie(&cookie).json(&body).send().await.json()
    };
    let claim = theirs(Method::PUT, "/api/domain", json!({ "name": "example.org" })).await;
    let text = claim["domain"]["challenge"]["text"].as_str().unwrap().to_owned();
    bench.names.say("_proofbox-challenge.example.org", Said::Texts(vec![text]));
    let claim = theirs(Method::POST, "/api/domain/check", Value::Null).await;
    assert_eq!(claim["domain"]["state"], "claimed");
    assert!(claim["domain"]["problem"].as_str().unwrap().contains("another organisation"));
    assert!(
        !claim.to_string().contains(&house.tenancy().await.to_string()),
        "nor is it said whose"
    );
}

#[tokio::test]
async fn names_that_nobody_controls_and_second_claims_are_refused() {
    let bench = Bench::new().await;
    for name in ["127.0.0.1", "co.uk", "https://example.org/", "localhost", "a\u{0}b.org", ""] {
        let reply = bench.send(Method::PUT, "/api/domain", Some(json!({ "name": name }))).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::BAD_REQUEST, "bad_request"));
    }
    let reply = bench.send(Method::POST, "/api/domain/check", None).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "no_domain"));
    let reply = bench.send(Method::DELETE, "/api/domain", None).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "no_domain"));
    assert_eq!(bench.read().await, json!({ "domain": null, "history": [] }));
    let claim = bench.claim("BÜCHER.example").await;
    assert_eq!(claim["name"], "xn--bcher-kva.example");
    let other = Some(json!({ "name": "example.org" }));
    let reply = bench.send(Method::PUT, "/api/domain", other).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::CONFLICT, "domain_claimed"));
}

#[tokio::test]
async fn owner_does_not_send_us_to_others_all_the_time() {
    let bench = Bench::new().await;
    bench.claim("example.org").await;
    for _ in 0..6 {
        bench.check().await;
    }
    let reply = bench.send(Method::POST, "/api/domain/check", None).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!reply.header("retry-after").is_empty());
}
