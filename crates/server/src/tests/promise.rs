//! What the document of the API promises of an answer. Every JSON answer of every test is held against
//! it, so that the document cannot say anything else than what clients get.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};

use http::{Method, StatusCode};
use jsonschema::Validator;
use serde_json::{Value, json};

const FAILURE: &str = "/components/responses/Failure";

/// The committed document. Members that it does not list are not answered.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let mut document = serde_json::from_str(&fs::read_to_string(place).unwrap()).unwrap();
    close(&mut document);
    document
});

/// Schemas are compiled once, by their place in the document.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Panics where an answer is not what the document says.
pub(super) fn hold(method: &Method, path: &str, status: StatusCode, body: &[u8]) {
    let place = promised(method, path, status);
    let media = format!("{place}/content/application~1json/schema");
    assert!(DOCUMENT.pointer(&media).is_some(), "{method} {path} {status}: no JSON is promised");
    let answer: Value = serde_json::from_slice(body).unwrap();
    let validator = validator(&media);
    let problems: Vec<_> = validator
        .iter_errors(&answer)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{method} {path} {status}: {problems:#?}\n{answer:#}");
}

fn validator(pointer: &str) -> Arc<Validator> {
    let mut validators = VALIDATORS.lock().unwrap();
    let made = validators.entry(pointer.to_owned()).or_insert_with(|| {
        let promised = DOCUMENT.pointer(pointer).unwrap();
        let schema = json!({ "allOf": [promised], "components": DOCUMENT["components"] });
        Arc::new(jsonschema::draft202012::new(&schema).unwrap())
    });
    made.clone()
}

/// Where the document tells of this answer.
fn promised(method: &Method, path: &str, status: StatusCode) -> String {
    if status.is_client_error() || status.is_server_error() {
        return FAILURE.to_owned();
    }
    let path = path.split('?').next().unwrap();
    let templates = DOCUMENT["paths"].as_object().unwrap().keys();
    let fitting = templates.filter(|template| fits(template, path));
    // Where several fit, the one with the most words of its own is meant.
    let template = fitting.max_by_key(|template| words(template));
    let template = template.unwrap_or_else(|| panic!("{path} is not in the document"));
    let method = method.as_str().to_lowercase();
    let escaped = template.replace('~', "~0").replace('/', "~1");
    format!("/paths/{escaped}/{method}/responses/{}", status.as_u16())
}

fn words(template: &str) -> usize {
    template.split('/').filter(|part| !part.starts_with('{') || part.contains(':')).count()
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(part, given)| match part.split_once('}') {
            None => *part == given,
            Some((_, verb)) => given.ends_with(verb) && given.contains(':') != verb.is_empty(),
        })
}

/// Refuses members that are not listed, wherever all are listed in one place.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            let has_parts = PARTS.iter().any(|part| members.contains_key(*part));
            let lists = members.get("properties").is_some_and(Value::is_object);
            for (name, member) in members.iter_mut() {
                // The parts of an object that lists members of its own know only theirs.
                let is_part = lists && PARTS.contains(&name.as_str());
                if is_part { close_within(member) } else { close(member) }
            }
            if lists && members.contains_key("type") && !has_parts {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Leaves the parts themselves open, and closes what their members hold.
fn close_within(parts: &mut Value) {
    let parts = parts.as_array_mut().into_iter().flatten();
    for part in parts.filter_map(Value::as_object_mut) {
        part.values_mut().for_each(close);
    }
}

/// What puts an object together out of several schemas.
const PARTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "$ref"];
