//! The document of the API, as it is for programs and as a page for people. The page is written from
//! the document, so that it says the same; it runs no script, and folds by itself.

mod shape;

use std::sync::OnceLock;

use askama::Template;
use axum::{
    Json,
    extract::State as Shared,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use self::shape::{Kind, Named};
use super::render;
use crate::{
    State,
    archivist::Nothing,
    error::Error,
    openapi::{As, Html},
    query::Strict,
    routes,
};

/// A copy is good for a while: the document changes with the version of the instance alone.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Made once, when it is first asked for: it is the same for every instance of this binary.
static DOCUMENT: OnceLock<Value> = OnceLock::new();

fn the_document(state: &State) -> &'static Value {
    DOCUMENT.get_or_init(|| routes::all(state.clone()).document())
}

pub(super) async fn document(
    Shared(state): Shared<State>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<As<Json<Value>>, Error> {
    let json = serde_json::to_vec(the_document(&state)).map_err(Error::internal)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, CACHE),
    ];
    Ok((headers, json).into_response().into())
}

pub(super) async fn page(
    Shared(state): Shared<State>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<As<Html>, Error> {
    let page = Page::of(the_document(&state));
    Ok(cached(render(StatusCode::OK, &page)).into())
}

fn cached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    response
}

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    about: String,
    version: String,
    sections: Vec<Section>,
    schemas: Vec<Named>,
}

/// Routes that belong together.
struct Section {
    name: String,
    id: String,
    operations: Vec<Operation>,
}

/// One route.
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    who: String,
    parameters: Vec<Parameter>,
    bodies: Vec<Content>,
    answers: Vec<Answer>,
}

/// What a request may carry beside its body.
struct Parameter {
    name: String,
    place: String,
    is_required: bool,
    kind: Kind,
    about: String,
}

/// What is in a body.
struct Content {
    media: String,
    kind: Kind,
}

/// What may come back.
struct Answer {
    status: String,
    about: String,
    contents: Vec<Content>,
}

impl Page {
    fn of(document: &Value) -> Self {
        let schemas = members(at(document, "/components/schemas"));
        Self {
            about: text(at(document, "/info/description")),
            version: text(at(document, "/info/version")),
            sections: sections(document),
            schemas: schemas.map(|(name, schema)| Named::of(name, schema)).collect(),
        }
    }
}

/// In the order in which the table has them.
fn sections(document: &Value) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for tag in list(&document["tags"]) {
        let name = text(&tag["name"]);
        let id = name.to_lowercase().replace(' ', "-");
        sections.push(Section { name, id, operations: Vec::new() });
    }
    for (path, methods) in members(&document["paths"]) {
        for (method, operation) in members(methods) {
            let tag = text(at(operation, "/tags/0"));
            if let Some(section) = sections.iter_mut().find(|section| section.name == tag) {
                section.operations.push(Operation::of(document, path, method, operation));
            }
        }
    }
    sections
}

impl Operation {
    fn of(document: &Value, path: &str, method: &str, operation: &Value) -> Self {
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            who: text(&operation["description"]),
            parameters: list(&operation["parameters"]).iter().map(Parameter::of).collect(),
            bodies: contents(&operation["requestBody"]),
            answers: members(&operation["responses"])
                .map(|(status, answer)| Answer::of(document, status, answer))
                .collect(),
        }
    }
}

impl Parameter {
    fn of(parameter: &Value) -> Self {
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            is_required: parameter["required"] == true,
            kind: Kind::of(&parameter["schema"]),
            about: text(&parameter["description"]),
        }
    }
}

impl Answer {
    fn of(document: &Value, status: &str, answer: &Value) -> Self {
        let reference = answer["$ref"].as_str().map(|place| place.trim_start_matches('#'));
        let answer = reference.and_then(|place| document.pointer(place)).unwrap_or(answer);
        Self {
            status: if status == "default" { "else" } else { status }.to_owned(),
            about: text(&answer["description"]),
            contents: contents(answer),
        }
    }
}

fn contents(of: &Value) -> Vec<Content> {
    let content = |(media, content): (&str, &Value)| Content {
        media: media.to_owned(),
        kind: Kind::of(&content["schema"]),
    };
    members(&of["content"]).map(content).collect()
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
