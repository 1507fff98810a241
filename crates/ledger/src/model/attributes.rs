//! Attributes: what the published API lets an asset or an event say about itself.
//!
//! A value is a text, a set of named texts, or a list of such sets; numbers, truth values, nulls and
//! deeper nesting are refused where they are read, so that nothing of them is ever stored.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The longest key, in characters.
pub const KEY_CHARS_MAX: usize = 1_024;
/// The longest text, in characters.
pub const TEXT_CHARS_MAX: usize = 4_096;
/// The most bytes of keys and texts in the attributes of one event together.
pub const ATTRIBUTES_BYTES_MAX: usize = 51_200;

/// Named texts, one level deep.
pub type Dict = BTreeMap<String, String>;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum AttributeValue {
    /// A text.
    Text(String),
    /// Named texts.
    Dict(Dict),
    /// A list of named texts.
    List(Vec<Dict>),
}

/// Attributes by name, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Attributes(BTreeMap<String, AttributeValue>);

/// Attributes are larger than the API takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributesTooLarge {
    /// A key.
    #[error("the attribute key that begins with {0:?} is longer than {KEY_CHARS_MAX} characters")]
    Key(String),
    /// A text.
    #[error("the value of the attribute {0:?} is longer than {TEXT_CHARS_MAX} characters")]
    Text(String),
    /// All of it.
    #[error("the attributes have {0} bytes, and an event takes {ATTRIBUTES_BYTES_MAX}")]
    All(usize),
}

impl Attributes {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.get(name)
    }

    /// The value of an attribute that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(AttributeValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Sets a text.
    pub fn set(&mut self, name: &str, text: impl Into<String>) {
        self.0.insert(name.to_owned(), AttributeValue::Text(text.into()));
    }

    /// Takes over what a later event says: its values replace those of the same name as a whole, and
    /// nothing is ever taken away.
    pub fn fold(&mut self, later: &Self) {
        self.0.extend(later.0.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Each name with its value, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes the keys and texts have.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.bytes()).sum()
    }

    /// Checks keys and texts against their limits. The limit on all of it is an event's.
    pub fn check(&self) -> Result<(), AttributesTooLarge> {
        for (name, value) in &self.0 {
            check_key(name)?;
            for (key, text) in value.texts() {
                key.map_or(Ok(()), check_key)?;
                if is_longer(text, TEXT_CHARS_MAX) {
                    return Err(AttributesTooLarge::Text(name.clone()));
                }
            }
        }
        Ok(())
    }
}

impl AttributeValue {
    /// Every text in it, with its key where it has one.
    pub fn texts(&self) -> Box<dyn Iterator<Item = (Option<&str>, &str)> + '_> {
        fn entries(dict: &Dict) -> impl Iterator<Item = (Option<&str>, &str)> {
            dict.iter().map(|(key, text)| (Some(key.as_str()), text.as_str()))
        }
        match self {
            Self::Text(text) => Box::new(std::iter::once((None, text.as_str()))),
            Self::Dict(dict) => Box::new(entries(dict)),
            Self::List(list) => Box::new(list.iter().flat_map(entries)),
        }
    }

    fn bytes(&self) -> usize {
        self.texts().map(|(key, text)| key.map_or(0, str::len) + text.len()).sum()
    }
}

impl FromIterator<(String, AttributeValue)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (String, AttributeValue)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Attributes {
    fn from(texts: [(&str, &str); N]) -> Self {
        let mut attributes = Self::default();
        for (name, text) in texts {
            attributes.set(name, text);
        }
        attributes
    }
}

fn check_key(key: &str) -> Result<(), AttributesTooLarge> {
    if is_longer(key, KEY_CHARS_MAX) {
        return Err(AttributesTooLarge::Key(key.chars().take(32).collect()));
    }
    Ok(())
}

fn is_longer(text: &str, chars_max: usize) -> bool {
    text.len() > chars_max && text.chars().count() > chars_max
}

/// A key that filters can name: not empty, no dot, no control character, no `[]` at its end.
fn named<E: Error>(key: String) -> Result<String, E> {
    if key.is_empty() || key.contains('.') || key.ends_with("[]") || key.contains(char::is_control)
    {
        let shown: String = key.chars().take(64).collect();
        return Err(E::custom(format!(
            "{shown:?} cannot be the key of an attribute: keys are not empty and hold no dot, no \
             control character and no [] at their end"
        )));
    }
    Ok(key)
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of attributes")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Attributes, A::Error> {
                unique(map).map(Attributes)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl<'de> Visitor<'de> for Value {
            type Value = AttributeValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a string, an object of strings, or a list of such objects (write numbers, \
                     true and false in quotes)",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Text(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Text(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<AttributeValue, A::Error> {
                unique(map).map(AttributeValue::Dict)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AttributeValue, A::Error> {
                let mut list = Vec::new();
                while let Some(Entry(dict)) = seq.next_element()? {
                    list.push(dict);
                }
                Ok(AttributeValue::List(list))
            }
        }
        deserializer.deserialize_any(Value)
    }
}

/// An element of a list.
struct Entry(Dict);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                unique(map).map(Entry)
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// An object whose keys come once. JSON does not say which of two would count.
fn unique<'de, V, A>(mut map: A) -> Result<BTreeMap<String, V>, A::Error>
where
    V: Deserialize<'de>,
    A: MapAccess<'de>,
{
    let mut pairs = BTreeMap::new();
    while let Some((key, value)) = map.next_entry::<String, V>()? {
        let key = named(key)?;
        if pairs.contains_key(&key) {
            let shown: String = key.chars().take(64).collect();
            return Err(A::Error::custom(format!("the key {shown:?} comes twice")));
        }
        pairs.insert(key, value);
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Attributes, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_dicts_and_lists_of_dicts_are_read_and_written_back_the_same() {
        let json = r#"{"a":"x","b":{"c":"y"},"d":[{"e":"z"},{}]}"#;
        assert_eq!(serde_json::to_string(&read(json).unwrap()).unwrap(), json);
        assert_eq!(read(json).unwrap().bytes(), 8);
    }

    #[test]
    fn everything_else_is_refused() {
        for (json, word) in [
            (r#"{"a":1}"#, "in quotes"),
            (r#"{"a":true}"#, "in quotes"),
            (r#"{"a":null}"#, "in quotes"),
            (r#"{"a":{"b":{"c":"d"}}}"#, "string"),
            (r#"{"a":{"b":1}}"#, "string"),
            (r#"{"a":["x"]}"#, "object of strings"),
            (r#"{"a":"1","a":"2"}"#, "twice"),
            (r#"{"a":{"b":"1","b":"2"}}"#, "twice"),
            (r#"{"a.b":"1"}"#, "no dot"),
            (r#"{"":"1"}"#, "not empty"),
            (r#"{"a\n":"1"}"#, "control"),
            (r#"{"a[]":"1"}"#, "[]"),
            (r#"["a"]"#, "object of attributes"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(word), "{json}: {error}");
        }
    }

    #[test]
    fn limits_count_characters_and_the_sum_counts_bytes() {
        let of = |name: &str, text: &str| Attributes::from([(name, text)]);
        assert_eq!(of("a", &"ü".repeat(TEXT_CHARS_MAX)).check(), Ok(()));
        assert!(of("a", &"ü".repeat(TEXT_CHARS_MAX + 1)).check().is_err());
        assert_eq!(of(&"k".repeat(KEY_CHARS_MAX), "").check(), Ok(()));
        assert!(of(&"k".repeat(KEY_CHARS_MAX + 1), "").check().is_err());
        assert_eq!(of("a", "ü").bytes(), 3);
    }

    #[test]
    fn later_values_replace_earlier_ones_as_a_whole_and_take_nothing_away() {
        let mut folded = read(r#"{"a":{"b":"1","c":"2"},"d":"3"}"#).unwrap();
        folded.fold(&read(r#"{"a":{"b":"9"},"e":"4"}"#).unwrap());
        assert_eq!(folded, read(r#"{"a":{"b":"9"},"d":"3","e":"4"}"#).unwrap());
    }
}
