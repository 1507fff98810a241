//! Recorded, signed, witnessed: what everybody is told of an event as witnesses sign the log.

use http::StatusCode;
use tlog::{Checkpoint, Cosigner, Policy, SignedNote};

use super::house::{Document, House};

const WITNESSED_AT_S: u64 = 1_800_000_000;

fn witness(name: &str, seed: u8) -> Cosigner {
    Cosigner::ed25519(name.parse().unwrap(), &[seed; 32])
}

/// A log that needs both of two witnesses.
async fn watched() -> (House, Document, [Cosigner; 2]) {
    let witnesses = [witness("witness.example/one", 1), witness("witness.example/two", 2)];
    let lines = witnesses
        .iter()
        .zip(["one", "two"])
        .map(|(witness, name)| format!("witness {name} {}\n", witness.verifier_key()));
    let text = lines.collect::<String>() + "group both all one two\nquorum both\n";
    let house = House::watched_by(Policy::parse(text.as_bytes()).unwrap());
    let source = house.source(house.tenancy().await).await;
    let document = house.document(&source, "id:lease").await;
    (house, document, witnesses)
}

async fn cosign(house: &House, by: &Cosigner) {
    let note = SignedNote::parse(&house.ledger.checkpoint().await.unwrap()).unwrap();
    let size = Checkpoint::open(&note, &house.ledger.log_key()).unwrap().size;
    let signature = by.cosign(&note, WITNESSED_AT_S).unwrap();
    house.ledger.add_cosignatures(size, vec![signature]).await.unwrap();
}

async fn state(house: &House, path: &str) -> (String, String) {
    let event = house.get(path).send().await.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&event["log"]["state"]), text(&event["confirmation_status"]))
}

#[tokio::test]
async fn event_is_witnessed_when_the_quorum_has_signed_and_stays_confirmed_for_old_clients() {
    let (house, document, [one, two]) = watched().await;
    let path = document.archivist_event("publicassets", 1);
    let said = |state: &str| (state.to_owned(), "CONFIRMED".to_owned());
    assert_eq!(state(&house, &path).await, said("signed"));
    cosign(&house, &one).await;
    assert_eq!(state(&house, &path).await, said("signed"), "one of two is no quorum");
    cosign(&house, &two).await;
    assert_eq!(state(&house, &path).await, said("witnessed"));

    let list = house.get(&format!("{}/events", document.archivist("publicassets"))).send().await;
    let states = list.json()["events"].as_array().unwrap().clone();
    assert!(states.iter().all(|event| event["log"]["state"] == "witnessed"));
    let cookie = house.signed_in().await;
    let own = document.archivist_event("assets", 1);
    let own = house.get(&own).cookie(&cookie).send().await.json();
    assert_eq!(own["log"]["state"], "witnessed");

    // The next event is signed, and no witness has seen it yet.
    let source = house.source(house.tenancy().await).await;
    let later = house.document(&source, "id:later").await;
    let later = later.archivist_event("publicassets", 1);
    assert_eq!(state(&house, &later).await, said("signed"));
}

#[tokio::test]
async fn witnessed_checkpoint_is_the_newest_that_the_quorum_signed() {
    let (house, _, [one, two]) = watched().await;
    let path = "/log/witnessed-checkpoint";
    cosign(&house, &one).await;
    assert_eq!(house.get(path).send().await.status, StatusCode::NOT_FOUND, "one of two");
    cosign(&house, &two).await;
    let witnessed = house.get(path).send().await;
    assert_eq!(witnessed.status, StatusCode::OK);
    for name in ["content-type", "cache-control", "access-control-allow-origin"] {
        let newest = house.get("/log/checkpoint").send().await;
        assert_eq!(witnessed.header(name), newest.header(name), "{name}");
    }
    assert!(
        house.get("/log").send().await.text().contains(r#"<a href="/log/witnessed-checkpoint">"#)
    );
    let note = SignedNote::parse(witnessed.text()).unwrap();
    let keys = [one.verifier_key(), two.verifier_key()];
    assert_eq!(note.verify(&keys).unwrap().len(), 2);

    // The next checkpoint is not witnessed, so this one stays.
    let source = house.source(house.tenancy().await).await;
    house.document(&source, "id:later").await;
    let ask = house.get(path).header("if-none-match", witnessed.header("etag"));
    assert_eq!(ask.send().await.status, StatusCode::NOT_MODIFIED);
    let newest = house.get("/log/checkpoint").send().await;
    let size = |text: &str| text.lines().nth(1).unwrap().parse::<u64>().unwrap();
    assert!(size(witnessed.text()) < size(newest.text()));
}

#[tokio::test]
async fn event_page_says_which_state_holds_and_what_it_means() {
    let (house, document, witnesses) = watched().await;
    let path = document.public_event(1);
    let before = house.get(&path).send().await;
    assert!(before.text().contains("<dt>State</dt><dd>signed <small>The log has signed it: "));
    assert!(!before.text().contains("<dt>Witnessed</dt>"));
    for witness in &witnesses {
        cosign(&house, witness).await;
    }
    let after = house.get(&path).send().await;
    assert_eq!(after.status, StatusCode::OK);
    assert!(after.text().contains("<dt>State</dt><dd>witnessed <small>Independent witnesses "));
    assert!(after.text().contains("<dt>Witnessed</dt><dd><time "));
}

#[tokio::test]
async fn log_page_says_who_witnessed_how_much_and_when() {
    let (house, _, [one, two]) = watched().await;
    let page = async || house.get("/log").send().await.text().to_owned();
    let before = page().await;
    assert!(before.contains("Not enough witnesses have signed yet."));
    assert!(before.contains(r#"<span class="hash">witness.example/one</span> <small>has not"#));
    let tag = house.get("/log/checkpoint").send().await.header("etag").to_owned();
    cosign(&house, &one).await;
    let half = page().await;
    assert!(half.contains("signed 4 entries on <time datetime=\"2027-01-15T08:00:00Z\">"));
    assert!(half.contains("<li>Not witnessed yet</li>"));
    cosign(&house, &two).await;
    let after = page().await;
    assert!(after.contains("<li>Witnessed up to 4 entries</li>"));
    let checkpoint = house.get("/log/checkpoint").send().await;
    assert_ne!(checkpoint.header("etag"), tag, "a witness's line makes another answer");
    assert!(checkpoint.text().contains("— witness.example/two "));
}
