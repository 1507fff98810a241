//! Schemas of what is sent and of what is answered, and how both come together under one roof.

use std::collections::BTreeSet;

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

/// Where the document keeps schemas that have a name.
const PLACE: &str = "/components/schemas";

/// Named schemas are made once, however many routes use them.
pub(super) struct Schemas {
    sent: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = PLACE.into();
                settings.meta_schema = None;
            })
        };
        Self {
            sent: settings().for_deserialize().into_generator(),
            answered: settings().for_serialize().into_generator(),
        }
    }

    /// The schema of what is sent: a reference where the type has a name.
    pub(super) fn of_sent<T: JsonSchema>(&mut self) -> Value {
        self.sent.subschema_for::<T>().to_value()
    }

    /// The properties of what is sent, one by one, each with whether it must be there.
    pub(super) fn members_of_sent<T: JsonSchema>(&mut self) -> Vec<(String, Value, bool)> {
        let schema = T::json_schema(&mut self.sent).to_value();
        let required = schema.get("required").and_then(Value::as_array).cloned();
        let required = required.unwrap_or_default();
        let members = schema.get("properties").and_then(Value::as_object).cloned();
        let members = members.unwrap_or_default().into_iter();
        let is_required = |name: &str| required.iter().any(|one| one == name);
        members.map(|(name, schema)| (name.clone(), schema, is_required(&name))).collect()
    }

    /// The schema of what is answered: a reference where the type has a name.
    pub(super) fn of_answered<T: JsonSchema>(&mut self) -> Value {
        self.answered.subschema_for::<T>().to_value()
    }

    /// All that have a name, and the names that mean another schema in what is sent.
    pub(super) fn finish(mut self) -> (Map<String, Value>, BTreeSet<String>) {
        let sent = self.sent.take_definitions(true);
        let mut all = self.answered.take_definitions(true);
        let twofold = twofold(&sent, &all);
        for (name, mut schema) in sent {
            rename(&mut schema, &twofold);
            let name = if twofold.contains(&name) { input_name(&name) } else { name };
            all.insert(name, schema);
        }
        (all, twofold)
    }
}

/// Names with two meanings: the schemas differ, or refer to some that do.
fn twofold(sent: &Map<String, Value>, answered: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (name, schema) in sent {
            let Some(other) = answered.get(name) else { continue };
            let mut renamed = schema.clone();
            rename(&mut renamed, &found);
            if renamed != *other {
                found.insert(name.clone());
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Lets references in what is sent mean the schemas of what is sent.
pub(super) fn rename(value: &mut Value, twofold: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(reference) if key == "$ref" => {
                        let name = reference.rsplit('/').next().unwrap_or_default();
                        if twofold.contains(name) {
                            *reference = format!("#{PLACE}/{}", input_name(name));
                        }
                    }
                    other => rename(other, twofold),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, twofold)),
        _ => {}
    }
}

fn input_name(name: &str) -> String {
    format!("{name}Input")
}
