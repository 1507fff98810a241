//! Schemas in words: a kind for a line, a shape for what has members.

use serde_json::Value;

use super::{list, members, text};

/// What something is, in a few words, some of which lead to a schema.
pub(super) struct Kind {
    pub(super) pieces: Vec<Piece>,
}

/// A few words.
pub(super) struct Piece {
    pub(super) words: String,
    /// The schema that they lead to.
    pub(super) schema: Option<String>,
}

/// A schema with a name.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) shape: Shape,
}

/// What there is in something.
pub(super) struct Shape {
    pub(super) about: String,
    /// What it is, where that is more than its members.
    pub(super) kind: Option<Kind>,
    pub(super) members: Vec<Member>,
    /// One of these, beside the members.
    pub(super) variants: Vec<Shape>,
}

/// One thing with a name.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) is_required: bool,
    pub(super) kind: Kind,
    pub(super) about: String,
}

impl Named {
    pub(super) fn of(name: &str, schema: &Value) -> Self {
        Self { name: name.to_owned(), shape: Shape::of(schema) }
    }
}

impl Shape {
    fn of(schema: &Value) -> Self {
        let required = list(&schema["required"]);
        let member = |(name, schema): (&str, &Value)| Member {
            name: name.to_owned(),
            is_required: required.iter().any(|one| one == name),
            kind: Kind::of(schema),
            about: text(&schema["description"]),
        };
        let shapes = variants(schema).iter().filter(|variant| variant["properties"].is_object());
        let shape = Self {
            about: text(&schema["description"]),
            kind: None,
            members: members(&schema["properties"]).map(member).collect(),
            variants: shapes.map(Self::of).collect(),
        };
        let is_told = !shape.members.is_empty() || !shape.variants.is_empty();
        Self { kind: (!is_told).then(|| Kind::of(schema)), ..shape }
    }
}

fn variants(schema: &Value) -> &[Value] {
    let one_of = list(&schema["oneOf"]);
    if one_of.is_empty() { list(&schema["anyOf"]) } else { one_of }
}

impl Kind {
    pub(super) fn of(schema: &Value) -> Self {
        let mut pieces = Vec::new();
        tell(schema, &mut pieces);
        Self { pieces }
    }
}

fn tell(schema: &Value, pieces: &mut Vec<Piece>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.rsplit('/').next()) {
        pieces.push(Piece { words: name.to_owned(), schema: Some(name.to_owned()) });
    } else if !variants(schema).is_empty() {
        separated(variants(schema), pieces);
    } else if let Some(words) = values(schema) {
        say(&words, pieces);
    } else if schema["items"].is_object() {
        say("list of ", pieces);
        tell(&schema["items"], pieces);
    } else if schema["additionalProperties"].is_object() {
        say("object, each member ", pieces);
        tell(&schema["additionalProperties"], pieces);
    } else {
        say(&plain(schema), pieces);
    }
}

fn separated(schemas: &[Value], pieces: &mut Vec<Piece>) {
    for (place, schema) in schemas.iter().enumerate() {
        if place > 0 {
            say(" or ", pieces);
        }
        tell(schema, pieces);
    }
}

/// The values that it may have, where they are counted.
fn values(schema: &Value) -> Option<String> {
    if let Some(value) = schema.get("const") {
        return Some(quoted(value));
    }
    let values = schema.get("enum")?.as_array()?;
    Some(values.iter().map(quoted).collect::<Vec<_>>().join(" or "))
}

fn quoted(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("“{text}”"))
}

fn plain(schema: &Value) -> String {
    let kinds: Vec<_> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    let words = kinds.iter().map(|&kind| match kind {
        "string" if schema["format"] == "uuid" => "UUID",
        "string" if schema["format"] == "date-time" => "time",
        "string" => "text",
        "integer" => "whole number",
        "boolean" => "true or false",
        other => other,
    });
    let words = words.collect::<Vec<_>>().join(" or ");
    if words.is_empty() { "anything".to_owned() } else { words }
}

fn say(words: &str, pieces: &mut Vec<Piece>) {
    pieces.push(Piece { words: words.to_owned(), schema: None });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_is_told_in_words() {
        let told = |schema: Value| -> String {
            Kind::of(&schema).pieces.into_iter().map(|piece| piece.words).collect()
        };
        let cases = [
            (json!({ "type": "string" }), "text"),
            (json!({ "type": ["integer", "null"] }), "whole number or null"),
            (
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/Asset" } }),
                "list of Asset",
            ),
            (
                json!({ "anyOf": [{ "$ref": "#/components/schemas/A" }, { "type": "null" }] }),
                "A or null",
            ),
            (json!({ "type": "string", "enum": ["a", "b"] }), "“a” or “b”"),
            (json!({ "oneOf": [{ "const": "a" }, { "const": "b" }] }), "“a” or “b”"),
            (
                json!({ "type": "object", "additionalProperties": { "type": "string" } }),
                "object, each member text",
            ),
            (json!({}), "anything"),
        ];
        for (schema, words) in cases {
            assert_eq!(told(schema), words);
        }
    }
}
