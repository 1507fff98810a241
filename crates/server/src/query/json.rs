//! JSON bodies, read in one way wherever they come from.
//!
//! Whatever a body is for, no object in it may have two members of one name, of which every reader would
//! take another one, and no text the character U+0000, which not every database can keep.

use std::{collections::HashSet, fmt};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::{header, request::Parts};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor},
};

use super::unreadable;
use crate::error::Error;

/// The body of a request that says that it has JSON, with what came before it.
pub(crate) async fn read<S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<(Parts, Bytes), Error> {
    let (parts, body) = request.into_parts();
    check_kind(&parts)?;
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
    let bytes = bytes.map_err(|rejection| unreadable(rejection.status(), &rejection))?;
    Ok((parts, bytes))
}

/// What the body says. A refusal names the member that is wrong.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice::<Sound>(bytes).map_err(|error| refused(&error))?;
    let mut body = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut body).map_err(|error| refused(&error))
}

fn refused(error: &dyn fmt::Display) -> Error {
    Error::BadRequest(format!(
        "The body cannot be used: {error}. Correct the body and send it again."
    ))
}

fn check_kind(parts: &Parts) -> Result<(), Error> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim).unwrap_or_default();
    let is_json = kind.eq_ignore_ascii_case("application/json");
    is_json.then_some(()).ok_or_else(|| {
        Error::BadRequest("Send JSON, with Content-Type: application/json.".to_owned())
    })
}

/// Any JSON without what no body may hold.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Sounding)
    }
}

struct Sounding;

impl<'de> Visitor<'de> for Sounding {
    type Value = Sound;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_unit<E>(self) -> Result<Sound, E> {
        Ok(Sound)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Sound, E> {
        if text.contains('\0') {
            return Err(E::custom("a text holds U+0000, which no text may hold"));
        }
        Ok(Sound)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sound, A::Error> {
        while list.next_element::<Sound>()?.is_some() {}
        Ok(Sound)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Sound, A::Error> {
        let mut names = HashSet::new();
        while let Some(name) = object.next_key::<String>()? {
            Sounding.visit_str::<A::Error>(&name)?;
            let shown: String = name.chars().take(64).collect();
            if !names.insert(name) {
                return Err(A::Error::custom(format!("the member {shown:?} comes twice")));
            }
            object.next_value::<Sound>()?;
        }
        Ok(Sound)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn refused(body: &[u8]) -> String {
        parse::<Value>(body).unwrap_err().to_string()
    }

    #[test]
    fn sound_bodies_are_read() {
        let body = br#"{"a":[1,-1,1.5,true,null,"\\u0000"],"b":{"a":{}}}"#;
        assert_eq!(parse::<Value>(body).unwrap()["a"][5], "\\u0000");
    }

    #[test]
    fn no_text_holds_u_0000_and_no_member_comes_twice() {
        for body in [r#"{"a":"x\u0000"}"#, r#"{"a":[{"b\u0000":1}]}"#, r#"["\\\u0000"]"#] {
            assert!(refused(body.as_bytes()).contains("U+0000"), "{body}");
        }
        for body in [r#"{"a":1,"a":1}"#, r#"{"x":[{"a":1,"b":{},"a":2}]}"#, r#"{"a":1,"\u0061":2}"#]
        {
            assert!(refused(body.as_bytes()).contains("\"a\" comes twice"), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        for body in [&b""[..], b"{", b"\xff", b"{} {}", b"{\"a\":\"\xff\"}", deep.as_bytes()] {
            assert!(refused(body).starts_with("The body cannot be used"));
        }
    }
}
