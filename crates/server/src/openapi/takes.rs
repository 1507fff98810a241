//! What the extractors of our handlers read of a request.

use axum::{
    Form,
    body::Bytes,
    extract::{
        Multipart, Path, Query, State,
        rejection::{FormRejection, QueryRejection},
    },
};
use http::{HeaderMap, request::Parts};
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{Description, Gives, Takes};
use crate::{
    archivist::Once,
    caller::{Caller, Visit},
    guard::rate::Address,
    query::{Asked, Body, FromPath, Ids, Strict},
};

/// A handler whose types tell what it takes and gives. The parameter is the one by which axum tells
/// handlers of different shapes apart.
pub(crate) trait Described<T> {
    /// Whether it remembers by itself what it did for a key of the caller's own.
    const WITH_KEY: bool;

    /// Adds all of it.
    fn describe(description: &mut Description<'_>);
}

macro_rules! described {
    ($($argument:ident),*) => {
        impl<F, Answer, M, $($argument,)*> Described<(M, $($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> Answer,
            Answer: Future,
            Answer::Output: Gives,
            $($argument: Takes,)*
        {
            const WITH_KEY: bool = false $(|| <$argument as Takes>::WITH_KEY)*;

            fn describe(description: &mut Description<'_>) {
                $($argument::takes(description);)*
                Answer::Output::gives(description);
            }
        }
    };
}

impl<F, Answer> Described<((),)> for F
where
    F: FnOnce() -> Answer,
    Answer: Future,
    Answer::Output: Gives,
{
    const WITH_KEY: bool = false;

    fn describe(description: &mut Description<'_>) {
        Answer::Output::gives(description);
    }
}

described!(A);
described!(A, B);
described!(A, B, C);
described!(A, B, C, D);
described!(A, B, C, D, E);

/// The parameters of a query string that is read in another way than into a type.
pub(crate) trait Parameters: JsonSchema {
    /// Headers that are read as well, with what they mean.
    const HEADERS: &'static [(&'static str, &'static str)] = &[];
}

impl Description<'_> {
    /// Parameters of the query: the members of a type.
    pub(crate) fn query<T: JsonSchema>(&mut self) {
        for (name, schema, is_required) in self.schemas.members_of_sent::<T>() {
            self.parameter("query", &name, schema, is_required);
        }
    }

    /// A header that may be sent.
    pub(crate) fn header(&mut self, name: &str, description: &str) {
        self.parameter(
            "header",
            name,
            json!({ "type": "string", "description": description }),
            false,
        );
    }

    /// The body, in one form.
    pub(crate) fn body(&mut self, media: &str, schema: &Value) {
        let content = json!({ media: { "schema": schema } });
        self.operation.body = Some(json!({ "required": true, "content": content }));
    }

    /// A schema says of itself what it is for; a parameter says it in its own place.
    fn parameter(&mut self, place: &str, name: &str, mut schema: Value, is_required: bool) {
        let description = taken(&mut schema, "description");
        // What is meant where a parameter is left out is told in words, if it is worth one.
        taken(&mut schema, "default");
        without_null(&mut schema);
        let mut parameter =
            json!({ "name": name, "in": place, "required": is_required, "schema": schema });
        if let (Some(text), Some(parameter)) = (description, parameter.as_object_mut()) {
            parameter.insert("description".to_owned(), text);
        }
        self.operation.parameters.push(parameter);
    }
}

fn taken(schema: &mut Value, member: &str) -> Option<Value> {
    schema.as_object_mut()?.remove(member)
}

/// A query has no null: what may be left out is left out.
fn without_null(schema: &mut Value) {
    if let Some(kind) = the_other(&schema["type"], |kind| kind == "null")
        && let Some(schema) = schema.as_object_mut()
    {
        schema.insert("type".to_owned(), kind);
    }
    if let Some(variant) = the_other(&schema["anyOf"], |variant| variant["type"] == "null") {
        *schema = variant;
    }
}

/// What is left of several when those that are null are gone, if it is one.
fn the_other(values: &Value, is_null: impl Fn(&Value) -> bool) -> Option<Value> {
    let mut others = values.as_array()?.iter().filter(|value| !is_null(value));
    let only = others.next()?;
    others.next().is_none().then(|| only.clone())
}

impl<S> Takes for State<S> {}
impl<T> Takes for Path<T> {}
impl<T: FromPath> Takes for Ids<T> {}
impl Takes for Caller {}
impl Takes for Visit {}
impl Takes for Address {}
impl Takes for HeaderMap {}
impl Takes for Parts {}

impl Takes for Bytes {
    fn takes(description: &mut Description<'_>) {
        description.body("application/json", &json!({}));
    }
}

impl<T: JsonSchema> Takes for Strict<T> {
    fn takes(description: &mut Description<'_>) {
        description.query::<T>();
    }
}

impl<P: Parameters> Takes for Asked<P> {
    fn takes(description: &mut Description<'_>) {
        description.query::<P>();
        for (name, meaning) in P::HEADERS {
            description.header(name, meaning);
        }
    }
}

impl<T: JsonSchema> Takes for Result<Query<T>, QueryRejection> {
    fn takes(description: &mut Description<'_>) {
        description.query::<T>();
    }
}

impl<T: JsonSchema> Takes for Body<T> {
    fn takes(description: &mut Description<'_>) {
        let schema = description.schemas.of_sent::<T>();
        description.body("application/json", &schema);
    }
}

impl<T: JsonSchema> Takes for Once<T> {
    const WITH_KEY: bool = true;

    fn takes(description: &mut Description<'_>) {
        Body::<T>::takes(description);
        idempotency_key(description);
    }
}

/// The key of the caller's own that every write takes.
pub(crate) fn idempotency_key(description: &mut Description<'_>) {
    description.header(
        "Idempotency-Key",
        "Up to 255 characters of your choice: the request is done once, however often it is sent.",
    );
}

impl<T: JsonSchema> Takes for Result<Form<T>, FormRejection> {
    fn takes(description: &mut Description<'_>) {
        let schema = description.schemas.of_sent::<T>();
        description.body("application/x-www-form-urlencoded", &schema);
    }
}

impl Takes for Multipart {
    const WITH_KEY: bool = true;

    fn takes(description: &mut Description<'_>) {
        let file = json!({ "type": "string", "contentMediaType": "application/octet-stream" });
        let schema =
            json!({ "type": "object", "required": ["file"], "properties": { "file": file } });
        description.body("multipart/form-data", &schema);
        idempotency_key(description);
    }
}
