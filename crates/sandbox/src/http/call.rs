//! One call of the API: who makes it, what they may do, and its argument, as strict and as lenient
//! as Dropbox is.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::failure::Failure;
use crate::access::{Grant, Permission, TokenProblem};
use crate::account::Account;
use crate::world::World;

const CONTENT_TYPES: [&str; 3] = [
    "application/json",
    "application/json; charset=utf-8",
    "text/plain; charset=dropbox-cors-hack",
];

pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// Whose token it was.
pub(super) struct Caller {
    pub(super) account: Arc<Account>,
    pub(super) grant: Grant,
}

impl Call<'_> {
    pub(super) fn check_content_type(&self) -> Result<(), Failure> {
        let Some(given) = self.header(header::CONTENT_TYPE.as_str()) else { return Ok(()) };
        if self.body.is_empty() || CONTENT_TYPES.contains(&given.to_lowercase().as_str()) {
            return Ok(());
        }
        Err(Failure::Argument(format!(
            "Bad HTTP \"Content-Type\" header: \"{given}\".  Expecting one of \
             \"application/json\", \"application/json; charset=utf-8\", \
             \"text/plain; charset=dropbox-cors-hack\"."
        )))
    }

    /// Somebody with a token that may do this, in a path root that they have.
    pub(super) fn caller(&self, needed: Option<Permission>) -> Result<Caller, Failure> {
        let (grant, claims) = self.world.admit(self.token()?).map_err(|problem| {
            Failure::unauthorized(match problem {
                TokenProblem::Invalid => "invalid_access_token",
                TokenProblem::Expired => "expired_access_token",
            })
        })?;
        if let Some(needed) = needed.filter(|needed| !claims.permissions.has(*needed)) {
            let scope = needed.scope();
            let error = json!({ ".tag": "missing_scope", "required_scope": scope });
            return Err(Failure::Unauthorized(error));
        }
        let account = self.world.account(&grant.account).cloned();
        let account = account.ok_or_else(|| Failure::unauthorized("invalid_access_token"))?;
        self.check_path_root(&account)?;
        Ok(Caller { account, grant })
    }

    fn token(&self) -> Result<&str, Failure> {
        let Some(value) = self.header(header::AUTHORIZATION.as_str()) else {
            return Err(Failure::Argument(
                "Must provide HTTP header \"Authorization\" or URL parameter \"authorization\"."
                    .to_owned(),
            ));
        };
        let token = value.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty());
        token.ok_or_else(|| {
            Failure::Argument(format!(
                "Invalid authorization value in HTTP header \"Authorization\": \"{value}\". \
                 Expecting \"Bearer <ACCESS_TOKEN>\""
            ))
        })
    }

    /// There is one namespace here, so every root that is a real one is the same.
    fn check_path_root(&self, account: &Account) -> Result<(), Failure> {
        let Some(text) = self.header("dropbox-api-path-root") else { return Ok(()) };
        let bad = || {
            Failure::Text(
                "HTTP header \"Dropbox-API-Path-Root\": could not decode input as JSON".to_owned(),
            )
        };
        let root: Value = serde_json::from_str(text).map_err(|_| bad())?;
        let number = account.number.to_string();
        let is_ours = |field: &str| root.get(field).and_then(Value::as_str) == Some(&number);
        match root.get(".tag").and_then(Value::as_str) {
            Some("home") => Ok(()),
            Some("root") if is_ours("root") => Ok(()),
            Some("namespace_id") if is_ours("namespace_id") => Ok(()),
            Some("root") => Err(Failure::PathRoot(json!({
                ".tag": "invalid_root",
                "invalid_root": {
                    ".tag": "user",
                    "root_namespace_id": number,
                    "home_namespace_id": number,
                },
            }))),
            Some("namespace_id") => Err(Failure::PathRoot(json!({ ".tag": "no_permission" }))),
            _ => Err(bad()),
        }
    }

    /// The argument; a field that the route does not know is refused by its name.
    pub(super) fn argument<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(self.body)
            .map_err(|error| Failure::Argument(format!("request body: {}", in_their_words(&error))))
    }

    /// Nothing, or the `null` that some clients send for it.
    pub(super) fn no_argument(&self) -> Result<(), Failure> {
        if self.body.is_empty() || self.body.trim_ascii() == b"null" {
            return Ok(());
        }
        Err(Failure::Argument("request body: expected null".to_owned()))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
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
    text
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

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
    }
}
