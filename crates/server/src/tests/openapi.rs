//! The document of the API: that it holds every route, that the committed copy is current, that what it
//! refers to is there, and that answers are what it says.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::house::House;
use crate::routes;

#[tokio::test]
async fn every_route_is_in_the_document() {
    let house = House::open();
    let routes = routes::all(house.state.clone());
    let document = routes.document();
    for route in &routes.table {
        let path = route.at.replace("{*", "{");
        let method = route.method.as_str().to_lowercase();
        let operation = &document["paths"][&path][&method];
        assert!(operation.is_object(), "{method} {path}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{method} {path}");
        assert!(!route.section.is_empty(), "{method} {path}");
        let is_spelt_out =
            route.at == route.path || route.at.starts_with(&format!("{}:", route.path));
        assert!(is_spelt_out, "{} is not {}", route.at, route.path);
    }
}

#[tokio::test]
async fn every_operation_has_a_name_of_its_own() {
    let document = document();
    let mut names = BTreeSet::new();
    for operation in operations(&document) {
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{name} comes twice");
    }
}

#[tokio::test]
async fn every_reference_leads_to_something() {
    let document = document();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let place = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(place).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn schemas_are_called_by_names_that_somebody_chose() {
    let document = document();
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(!name.ends_with(|c: char| c.is_ascii_digit()), "two types are called {name}");
    }
}

/// Writes the file where it is not, so that committing it is all that is left to do.
#[tokio::test]
async fn the_committed_document_is_current() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = fs::read_to_string(&place).unwrap_or_default();
    let committed: Value = serde_json::from_str(&committed).unwrap_or_default();
    let current = document();
    if committed != current {
        let text = serde_json::to_string_pretty(&current).unwrap();
        fs::write(&place, format!("{text}\n")).unwrap();
        panic!(
            "docs/openapi.json was not current and is now: look at the difference, run `npm run generate` in web, and commit both"
        );
    }
}

#[tokio::test]
async fn the_document_and_its_page_are_for_everybody() {
    let house = House::open();
    let reply = house.get("/api/openapi.json").send().await;
    assert_eq!(reply.json()["openapi"], "3.1.0");
    let reply = house.get("/api").send().await;
    let page = reply.text();
    for word in ["/archivist/v2/assets/{asset}:publicurl", "schema-Asset", "List assets"] {
        assert!(page.contains(word), "{word}");
    }
    assert!(!page.contains("<script"));
}

fn document() -> Value {
    routes::all(House::open().state).document()
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths.flat_map(|methods| methods.as_object().unwrap().values())
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}
