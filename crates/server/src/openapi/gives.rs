//! What our handlers answer, by the type that they return.

use std::marker::PhantomData;

use axum::{
    Json,
    response::{IntoResponse, NoContent, Redirect, Response},
};
use http::HeaderMap;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{Description, Gives, schemas::Schemas};
use crate::error::Error;

/// An answer that is put together by hand, with the kind of what is in it.
pub(crate) struct As<K>(Response, PhantomData<fn() -> K>);

/// What an answer holds.
pub(in crate::openapi) trait Kind {
    /// Its schema under its media type, or several of which one comes.
    fn content(schemas: &mut Schemas) -> Map<String, Value>;
}

/// A page for people.
pub(crate) struct Html;
/// Plain text.
pub(crate) struct Text;
/// Lines of RFC 4180.
pub(crate) struct Csv;
/// A file of any kind.
pub(crate) struct Bytes;
/// A stream of server-sent events, each with this as its data.
pub(crate) struct Events<T>(PhantomData<fn() -> T>);

impl<K> From<Response> for As<K> {
    fn from(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<K> IntoResponse for As<K> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Kind for Html {
    fn content(_: &mut Schemas) -> Map<String, Value> {
        one("text/html", &json!({ "type": "string" }))
    }
}

impl Kind for Text {
    fn content(_: &mut Schemas) -> Map<String, Value> {
        one("text/plain", &json!({ "type": "string" }))
    }
}

impl Kind for Csv {
    fn content(_: &mut Schemas) -> Map<String, Value> {
        one("text/csv", &json!({ "type": "string" }))
    }
}

impl Kind for Bytes {
    fn content(_: &mut Schemas) -> Map<String, Value> {
        one("application/octet-stream", &json!({}))
    }
}

impl<T: JsonSchema> Kind for Events<T> {
    fn content(schemas: &mut Schemas) -> Map<String, Value> {
        one("text/event-stream", &schemas.of_answered::<T>())
    }
}

impl<T: JsonSchema> Kind for Json<T> {
    fn content(schemas: &mut Schemas) -> Map<String, Value> {
        one("application/json", &schemas.of_answered::<T>())
    }
}

impl<A: Kind, B: Kind> Kind for (A, B) {
    fn content(schemas: &mut Schemas) -> Map<String, Value> {
        A::content(schemas).into_iter().chain(B::content(schemas)).collect()
    }
}

fn one(media: &str, schema: &Value) -> Map<String, Value> {
    Map::from_iter([(media.to_owned(), json!({ "schema": schema }))])
}

impl Description<'_> {
    fn answer(&mut self, status: &str, response: Value) {
        self.operation.answers.insert(status.to_owned(), response);
    }
}

impl<K: Kind> Gives for As<K> {
    fn gives(description: &mut Description<'_>) {
        let content = K::content(description.schemas);
        description.answer("200", json!({ "description": "Done.", "content": content }));
    }
}

impl<T: JsonSchema> Gives for Json<T> {
    fn gives(description: &mut Description<'_>) {
        As::<Self>::gives(description);
    }
}

/// A page of a list.
impl<T: JsonSchema> Gives for (HeaderMap, Json<T>) {
    fn gives(description: &mut Description<'_>) {
        let content = <Json<T>>::content(description.schemas);
        let total = json!({
            "description": "The number of all that match, where X-Request-Total-Count asked for it.",
            "schema": { "type": "integer" },
        });
        let headers = json!({ "X-Total-Count": total });
        let response =
            json!({ "description": "A page of the list.", "headers": headers, "content": content });
        description.answer("200", response);
    }
}

impl Gives for () {
    fn gives(description: &mut Description<'_>) {
        description.answer("200", json!({ "description": "Done." }));
    }
}

impl Gives for NoContent {
    fn gives(description: &mut Description<'_>) {
        description.answer("204", json!({ "description": "Done." }));
    }
}

impl Gives for Redirect {
    fn gives(description: &mut Description<'_>) {
        let location = json!({ "description": "Where to go on.", "schema": { "type": "string" } });
        let headers = json!({ "Location": location });
        description.answer("3XX", json!({ "description": "Go on there.", "headers": headers }));
    }
}

/// With headers that only browsers mind.
impl<H> Gives for (H, Redirect) {
    fn gives(description: &mut Description<'_>) {
        Redirect::gives(description);
    }
}

impl<T: Gives> Gives for Result<T, Error> {
    fn gives(description: &mut Description<'_>) {
        T::gives(description);
        description.answer("default", json!({ "$ref": "#/components/responses/Failure" }));
    }
}
