//! Arguments, as strict and as lenient as Dropbox reads them: unknown fields are refused by name,
//! unions may be a bare string, addresses have to match a pattern.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::failure::Failure;
use crate::clock;

pub(super) fn read<T: DeserializeOwned>(argument: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(argument).map_err(|error| Failure::Argument(in_their_words(&error)))
}

fn in_their_words(error: &serde_json::Error) -> String {
    if !error.is_data() {
        return "could not decode input as JSON".to_owned();
    }
    let text = error.to_string();
    let named = |start: &str| text.strip_prefix(start)?.split('`').next();
    if let Some(field) = named("unknown field `") {
        return format!("unknown field '{field}'");
    }
    if let Some(field) = named("missing field `") {
        return format!("missing required field '{field}'");
    }
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text.get(..end).unwrap_or(&text).to_owned()
}

/// A member of a union: `"add"`, `{".tag":"add"}` or `{".tag":"update","update":"…"}`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Value")]
pub(super) struct Union {
    #[serde(rename = ".tag")]
    pub(super) tag: String,
    #[serde(flatten)]
    pub(super) fields: Map<String, Value>,
}

impl TryFrom<Value> for Union {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::String(tag) => Ok(Self { tag, fields: Map::new() }),
            Value::Object(mut fields) => match fields.remove(".tag") {
                Some(Value::String(tag)) => Ok(Self { tag, fields }),
                _ => Err("missing '.tag' key".to_owned()),
            },
            _ => Err("expected string or object".to_owned()),
        }
    }
}

impl Union {
    pub(super) fn unknown(&self) -> String {
        format!("unknown tag '{}'", self.tag)
    }

    /// The text that a member such as `update` carries under its own name.
    pub(super) fn text(&self) -> Result<String, String> {
        let text = self.fields.get(&self.tag).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| format!("missing required field '{}'", self.tag))
    }
}

/// What an address may look like. Anything else is refused before it is looked up.
#[derive(Clone, Copy)]
pub(super) enum Pattern {
    /// A folder to be read: the root too.
    PathROrId,
    /// Something to be read: revisions too.
    ReadPath,
    /// Something to be changed.
    WritePathOrId,
}

impl Pattern {
    fn text(self) -> &'static str {
        match self {
            Self::PathROrId => r"(/(.|[\r\n])*)?|id:.*|(ns:[0-9]+(/.*)?)",
            Self::ReadPath => r"(/(.|[\r\n])*|id:.*)|(rev:[0-9a-f]{9,})|(ns:[0-9]+(/.*)?)",
            Self::WritePathOrId => r"(/(.|[\r\n])*)|(ns:[0-9]+(/.*)?)|(id:.*)",
        }
    }

    fn fits(self, address: &str) -> bool {
        let namespace = || {
            let rest = address.strip_prefix("ns:");
            let number = rest.and_then(|rest| rest.split('/').next());
            number.is_some_and(is_number)
        };
        let revision = |rev: &str| {
            rev.len() >= 9 && rev.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        match self {
            _ if address.starts_with('/') || address.starts_with("id:") || namespace() => true,
            Self::PathROrId => address.is_empty(),
            Self::ReadPath => address.strip_prefix("rev:").is_some_and(revision),
            Self::WritePathOrId => false,
        }
    }

    pub(super) fn check(self, field: &str, address: &str) -> Result<(), Failure> {
        if self.fits(address) {
            return Ok(());
        }
        let pattern = self.text();
        let text = format!("{field}: '{address}' did not match pattern '{pattern}'");
        Err(Failure::Argument(text))
    }
}

/// A list or a number that may not be larger.
pub(super) fn at_most(field: &str, given: usize, most: usize) -> Result<(), Failure> {
    between(field, given, 0, most)
}

pub(super) fn between(field: &str, given: usize, least: usize, most: usize) -> Result<(), Failure> {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(Failure::Argument(format!("{field}: {given} is not between {least} and {most}")))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A time as clients write it: `2015-05-12T15:50:38Z`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Time(pub(super) i64);

impl From<Time> for String {
    fn from(time: Time) -> Self {
        clock::text(time.0)
    }
}

impl TryFrom<String> for Time {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let has_form = text.len() == 20 && text.ends_with('Z');
        let time = text.parse::<jiff::Timestamp>().ok().filter(|_| has_form);
        let time = time.map(|time| Self(time.as_second()));
        time.ok_or_else(|| format!("time data '{text}' does not match format '%Y-%m-%dT%H:%M:%SZ'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Argument {
        #[expect(dead_code, reason = "only its presence is tested")]
        cursor: String,
    }

    #[test]
    fn arguments_are_refused_in_dropboxs_words() {
        let check = |body: &str, expected: &str| {
            let error = serde_json::from_str::<Argument>(body).unwrap_err();
            assert_eq!(in_their_words(&error), expected);
        };
        check(r#"{"cursor":"a","path":""}"#, "unknown field 'path'");
        check("{}", "missing required field 'cursor'");
        check("{", "could not decode input as JSON");
        check(r#"{"cursor":1}"#, "invalid type: integer `1`, expected a string");
    }

    #[test]
    fn addresses_are_told_from_other_text() {
        let check = |address: &str, fits: [bool; 3]| {
            let patterns = [Pattern::PathROrId, Pattern::ReadPath, Pattern::WritePathOrId];
            assert_eq!(patterns.map(|pattern| pattern.fits(address)), fits, "{address}");
        };
        check("", [true, false, false]);
        check("/a", [true, true, true]);
        check("id:x", [true, true, true]);
        check("ns:12", [true, true, true]);
        check("ns:12/a", [true, true, true]);
        check("ns:a/b", [false, false, false]);
        check("rev:0123456789", [false, true, false]);
        check("rev:01", [false, false, false]);
        check("a", [false, false, false]);
    }
}
