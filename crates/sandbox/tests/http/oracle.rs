//! Dropbox's own specification as an oracle: the argument, the result and the error of each route
//! as the types of the crate `dropbox-sdk`, which is generated from it. Every reply that a test
//! gets is held against them, so that the sandbox says nothing that clients would not read.

mod documents;
mod files;
mod people;
mod sharing;

use std::collections::BTreeSet;
use std::sync::Mutex;

use dropbox_sdk::types::{auth, common};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What a field can't be, whatever its type.
const BOGUS: &str = r#"[{"neither": ["a", "text"]}, 0.5, "nor anything else"]"#;

type Reading = fn(&str) -> Result<Value, serde_json::Error>;

/// How a route's messages are read.
pub(crate) struct Types {
    argument: Reading,
    result: Reading,
    error: Reading,
}

/// A route has no errors of its own.
#[derive(Deserialize, Serialize)]
enum Never {}

/// Reads what was said and says it again.
fn reading<T: DeserializeOwned + Serialize>(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<T>(text)?)
}

fn of<A, R, E>() -> Types
where
    A: DeserializeOwned + Serialize,
    R: DeserializeOwned + Serialize,
    E: DeserializeOwned + Serialize,
{
    Types { argument: reading::<A>, result: reading::<R>, error: reading::<E> }
}

impl Types {
    /// The argument as a client of the crate sends it.
    pub(crate) fn encode(&self, argument: &Value) -> Value {
        check(self.argument, argument)
    }
}

/// Holds a reply against the types of its route. What is no JSON is text, or was ordered by a test.
pub(crate) fn check_reply(route: &str, status: u16, text: &str) {
    let (Some(types), Ok(body)) = (types(route), serde_json::from_str::<Value>(text)) else {
        return;
    };
    assert!(!text.contains(r#",".tag":"#), "a tag comes first: {text}");
    let body = &body;
    match status {
        200 | 206 => check(types.result, body),
        401 => check(reading::<auth::AuthError>, &body["error"]),
        403 => check(reading::<auth::AccessError>, &body["error"]),
        409 => check(types.error, &body["error"]),
        422 => check(reading::<common::PathRootError>, &body["error"]),
        429 => check(reading::<auth::RateLimitError>, &body["error"]),
        _ => Value::Null,
    };
}

/// Reads a value, and makes sure that nothing in it was skipped over.
fn check(read: Reading, said: &Value) -> Value {
    let understood = read(&said.to_string());
    let understood = understood.unwrap_or_else(|error| panic!("{error}: {said:#}"));
    let mut unread = Vec::new();
    missing(said, &understood, "", &mut unread);
    for place in unread {
        if !is_new(read, &place) {
            continue;
        }
        // What is left out when it is said again is unknown, or has the value of who says nothing.
        let mut bogus = said.clone();
        *bogus.pointer_mut(&place).unwrap() = serde_json::from_str(BOGUS).unwrap();
        assert!(read(&bogus.to_string()).is_err(), "nobody knows {place} in {said:#}");
    }
    understood
}

/// Whether a place in a type is asked about for the first time, wherever in a list it is.
fn is_new(read: Reading, place: &str) -> bool {
    static ASKED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let places = place.split('/').map(|name| if name.parse::<u32>().is_ok() { "*" } else { name });
    ASKED.lock().unwrap().insert(format!("{read:p} {}", places.collect::<Vec<_>>().join("/")))
}

/// Where `understood` lacks something or has something else.
fn missing(said: &Value, understood: &Value, place: &str, found: &mut Vec<String>) {
    match (said, understood) {
        (Value::Object(said), Value::Object(understood)) => {
            for (key, value) in said {
                let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
                match understood.get(key) {
                    Some(again) => missing(value, again, &place, found),
                    None => found.push(place),
                }
            }
        }
        (Value::Array(said), Value::Array(understood)) => {
            for (at, (value, again)) in said.iter().zip(understood).enumerate() {
                missing(value, again, &format!("{place}/{at}"), found);
            }
        }
        // A member of a union without more to say may be a bare string.
        (Value::String(tag), Value::Object(_)) if *understood == json!({ ".tag": tag }) => {}
        _ => assert_eq!(said, understood, "at {place:?}"),
    }
}

/// The types of a route, if the crate has heard of it.
pub(crate) fn types(route: &str) -> Option<Types> {
    match route.split('/').next()? {
        "files" => files::types(route),
        "sharing" => sharing::types(route),
        "paper" | "riviera" => documents::types(route),
        _ => people::types(route),
    }
}
