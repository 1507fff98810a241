//! The document: every route of the table with what its types tell, and the schemas that they name.

use serde_json::{Map, Value, json};

use super::{
    Description, Operation, idempotency_key,
    schemas::{Schemas, rename},
};
use crate::{
    caller::Access,
    error::{self, Told},
    routes::Route,
};

const ABOUT: &str = "Assets and events in the format of RKVST (DataTrails), the log that proves them, \
     and what the pages of Proofbox work with. Parameters that are not listed are refused. Every \
     failure has one shape, with a stable code. Nobody can list what is public: a public asset is \
     found by its address or by its content.";

/// The document of these routes. It is the same for every instance.
pub(crate) fn document<'a>(routes: impl Iterator<Item = &'a Route>) -> Value {
    let mut schemas = Schemas::new();
    let failure = schemas.of_answered::<Told>();
    let mut paths = Map::new();
    let mut sections: Vec<Value> = Vec::new();
    for route in routes {
        let section = json!({ "name": route.section });
        if !sections.contains(&section) {
            sections.push(section);
        }
        let described = describe(route, &mut schemas);
        let path = route.at.replace("{*", "{");
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        put(methods, &route.method.as_str().to_ascii_lowercase(), described);
    }
    let (named, twofold) = schemas.finish();
    let mut paths = Value::Object(paths);
    in_requests(&mut paths, |part| rename(part, &twofold));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Proofbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "tags": sections,
        "paths": paths,
        "components": {
            "schemas": named,
            "responses": {
                "Failure": response("application/json", &failure),
                "FailurePage": response("text/html", &json!({ "type": "string" })),
            },
            "securitySchemes": ways_in(),
        },
    })
}

fn response(media: &str, schema: &Value) -> Value {
    let description = "What went wrong, and what to do about it.";
    json!({ "description": description, "content": { media: { "schema": schema } } })
}

fn ways_in() -> Value {
    json!({
        "application": {
            "type": "oauth2",
            "description": "A token of an application or of an integration's app registration.",
            "flows": { "clientCredentials": {
                "tokenUrl": "/archivist/iam/v1/appidp/token",
                "scopes": {},
            } },
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-session",
            "description": "Somebody who signed in. Without TLS the cookie is called session.",
        },
    })
}

fn describe(route: &Route, schemas: &mut Schemas) -> Value {
    let mut description = Description { schemas, operation: Operation::default() };
    (route.describe)(&mut description);
    if route.is_kept {
        idempotency_key(&mut description);
    }
    let Operation { parameters, body, mut answers } = description.operation;
    if error::wants_page(route.path)
        && let Some(failure) = answers.get_mut("default")
    {
        *failure = json!({ "$ref": "#/components/responses/FailurePage" });
    }
    let mut operation = json!({
        "tags": [route.section],
        "operationId": operation_id(route.summary),
        "summary": route.summary,
        "security": security(route.access),
        "responses": answers,
    });
    if let Some(who) = who(route.access) {
        put(&mut operation, "description", who.into());
    }
    let parameters: Vec<Value> = path_parameters(route.at).chain(parameters).collect();
    if !parameters.is_empty() {
        put(&mut operation, "parameters", parameters.into());
    }
    if let Some(body) = body {
        put(&mut operation, "requestBody", body);
    }
    operation
}

fn put(object: &mut Value, name: &str, member: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), member);
    }
}

/// The summary in one word: summaries are short, and no two are the same.
fn operation_id(summary: &str) -> String {
    let words = summary.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut id = String::new();
    for word in words {
        let (first, rest) = word.split_at(1);
        let is_first = id.is_empty();
        id.push_str(&if is_first { first.to_lowercase() } else { first.to_uppercase() });
        id.push_str(rest);
    }
    id
}

fn security(access: Access) -> Value {
    match access {
        Access::Anonymous => json!([]),
        Access::Reader | Access::Recorder | Access::Contributor | Access::Manager => {
            json!([{ "application": [] }, { "session": [] }])
        }
        Access::User | Access::Administrator | Access::Page => json!([{ "session": [] }]),
    }
}

fn who(access: Access) -> Option<&'static str> {
    match access {
        Access::Anonymous => None,
        Access::Reader => Some("For users of a tenancy and its applications."),
        Access::Recorder => Some("For administrators, and for applications of the tenancy's own."),
        Access::Contributor => Some(
            "For administrators, for applications of the tenancy's own, and for members whom an access \
             policy names.",
        ),
        Access::Manager => Some("For administrators, and for applications with the role OWNER."),
        Access::User => Some("For users who signed in."),
        Access::Administrator => Some("For administrators who signed in."),
        Access::Page => Some("For users who signed in; others are sent to the sign-in page."),
    }
}

/// The parameters that stand in a path.
fn path_parameters(path: &str) -> impl Iterator<Item = Value> {
    let is_list_of_events = path.ends_with("{asset}/events");
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(move |(name, _)| {
        let name = name.trim_start_matches('*');
        let (description, schema) = path_parameter(name, is_list_of_events);
        json!({
            "name": name, "in": "path", "required": true, "schema": schema, "description": description,
        })
    })
}

fn path_parameter(name: &str, is_list_of_events: bool) -> (&'static str, Value) {
    let text = json!({ "type": "string" });
    match name {
        "asset" if is_list_of_events => ("The asset's identity, or - for all.", text),
        "field" => (
            "Which private field.",
            json!({ "type": "string", "enum": ["name", "path", "revision", "editor"] }),
        ),
        "index" => ("The entry's number, from 0.", json!({ "type": "integer", "minimum": 0 })),
        "token" => ("What the link carries.", text),
        "path" => ("What follows, slashes included.", text),
        _ => ("The identity: a UUID in lower case.", json!({ "type": "string", "format": "uuid" })),
    }
}

/// Does something to all that tells about requests.
fn in_requests(paths: &mut Value, mut change: impl FnMut(&mut Value)) {
    let methods = paths.as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    let operations = methods.filter_map(Value::as_object_mut).flat_map(|all| all.values_mut());
    for operation in operations {
        for part in ["parameters", "requestBody"] {
            if let Some(part) = operation.get_mut(part) {
                change(part);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_called_by_its_summary() {
        assert_eq!(operation_id("Read an event's receipt"), "readAnEventSReceipt");
        assert_eq!(operation_id("List assets"), "listAssets");
    }

    #[test]
    fn parameters_of_a_path_are_read_off_it() {
        let names = |path| path_parameters(path).map(|one| one["name"].clone()).collect::<Vec<_>>();
        assert_eq!(names("/a/{asset}/b/{event}:publicurl"), ["asset", "event"]);
        assert_eq!(names("/log/tile/{*path}"), ["path"]);
        assert!(names("/api/me").is_empty());
    }
}
