//! From an answer that reports a failure to what the caller can do about it.
//!
//! Decided by status and by tags. `error_summary` is never read: it ends in random dots. Texts that
//! reach a message go through [`excerpt`], since Dropbox quotes what it was sent, tokens included.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::transport::Reply;
use crate::{Error, ErrorKind, Interruption};

/// When Dropbox says to wait but not how long.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(15);
const RETRY_AFTER_MIN: Duration = Duration::from_secs(1);
/// Waits of 300 s have been seen; more than this would look like a standstill.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);
/// How content that was taken down was refused before there was a tag for it.
const TAKEN_DOWN: [u16; 2] = [460, 461];
const TAG_DEPTH_MAX: usize = 4;
const EXCERPT_CHARS_MAX: usize = 300;
/// Longer words are masked: every token, code, verifier and cursor is longer than this.
const WORD_CHARS_MAX: usize = 30;

/// A call that failed, and whether a new access token may mend it.
pub(crate) enum Failure {
    /// Once more with a new token; if that fails too, this is what it means.
    Token(Error),
    /// Nothing to do here.
    Final(Error),
}

impl Failure {
    /// What it means for a call that was made without a token: nothing about the link.
    pub(crate) fn into_error_without_token(self) -> Error {
        match self {
            Self::Token(error) => {
                let kind = ErrorKind::Unexpected("it refuses a token that wasn't sent".to_owned());
                Error { kind, ..error }
            }
            Self::Final(error) => error,
        }
    }

    /// What it means when no new token is going to be tried.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Token(error) | Self::Final(error) => error,
        }
    }
}

/// What was given to the token endpoint. It answers `invalid_grant` to both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GrantKind {
    AuthorizationCode,
    RefreshToken,
}

/// What a failed call means.
pub(crate) fn of_call(reply: &Reply) -> Failure {
    let kind = match reply.status {
        StatusCode::UNAUTHORIZED => return unauthorized(reply),
        StatusCode::BAD_REQUEST => return bad_request(reply),
        StatusCode::CONFLICT => conflict(&tag_path(&reported_error(reply))),
        StatusCode::FORBIDDEN => ErrorKind::Forbidden(tag_path(&reported_error(reply))),
        StatusCode::UNPROCESSABLE_ENTITY => path_root(&tag_path(&reported_error(reply))),
        _ => of_status(reply),
    };
    Failure::Final(reply.error(kind))
}

/// What a failed call to the token endpoint means.
pub(crate) fn of_token(reply: &Reply, grant: GrantKind) -> Error {
    let refused = reply.status == StatusCode::BAD_REQUEST
        || reply.status == StatusCode::UNAUTHORIZED
        || reply.status == StatusCode::FORBIDDEN;
    let kind = if refused { refusal(reply, grant) } else { of_status(reply) };
    reply.error(kind)
}

/// An error of the shape that RFC 6749 gives the token endpoint.
#[derive(Deserialize)]
struct OAuthError {
    error: String,
    #[serde(default)]
    error_description: String,
}

fn refusal(reply: &Reply, grant: GrantKind) -> ErrorKind {
    let Ok(OAuthError { error, error_description }) = serde_json::from_slice(&reply.body) else {
        return ErrorKind::BadRequest(excerpt(&reply.body));
    };
    let description = excerpt(error_description.as_bytes());
    match (error.as_str(), grant) {
        ("invalid_grant", GrantKind::AuthorizationCode) => ErrorKind::CodeRejected(description),
        ("invalid_grant", GrantKind::RefreshToken) => ErrorKind::Disconnected,
        ("invalid_client" | "unauthorized_client", _) => ErrorKind::AppRejected(description),
        // So Dropbox says that this app has to send its secret; written with a space or without.
        ("invalid request" | "invalid_request", _) if description.contains("auth function") => {
            ErrorKind::AppRejected(description)
        }
        _ => ErrorKind::BadRequest(excerpt(format!("{error}: {description}").as_bytes())),
    }
}

fn of_status(reply: &Reply) -> ErrorKind {
    match reply.status {
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited { retry_after: wait(reply) },
        status if TAKEN_DOWN.contains(&status.as_u16()) => {
            ErrorKind::Path("restricted_content".to_owned())
        }
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            ErrorKind::Transient(Interruption::Status(status))
        }
        status => ErrorKind::Unexpected(format!("status {status}")),
    }
}

/// The wait of a 429: its header, else its JSON, else a guess; its body may be plain text.
fn wait(reply: &Reply) -> Duration {
    let in_body = || reported_error(reply).get("retry_after")?.as_u64().map(Duration::from_secs);
    let wait = reply.retry_after.or_else(in_body).unwrap_or(RETRY_AFTER_DEFAULT);
    wait.clamp(RETRY_AFTER_MIN, RETRY_AFTER_MAX)
}

fn unauthorized(reply: &Reply) -> Failure {
    let error = authorization_error(reply);
    let tag = tag_path(&error);
    let kind = match tag.as_str() {
        "missing_scope" => ErrorKind::MissingScope(required_scope(&error)),
        "user_suspended" => ErrorKind::Suspended,
        "invalid_select_user" | "invalid_select_admin" | "route_access_denied" => {
            ErrorKind::Forbidden(tag)
        }
        // A token may be dead before its time. Only the refresh tells whether the link is, too.
        "invalid_access_token" => return Failure::Token(reply.error(ErrorKind::Disconnected)),
        _ => {
            let kind = ErrorKind::Unexpected(format!("status 401, {tag}, to a new token"));
            return Failure::Token(reply.error(kind));
        }
    };
    Failure::Final(reply.error(kind))
}

/// The error of a 401. Some hosts send `other` and put the real one, as JSON, into the message
/// for the user.
fn authorization_error(reply: &Reply) -> Value {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let error = body.get("error").cloned().unwrap_or_default();
    if tag_path(&error) != "other" {
        return error;
    }
    let message = body.get("user_message").or_else(|| error.get("user_message"));
    let text = message.and_then(|message| message.get("text")).and_then(Value::as_str);
    let inner: Value = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    match inner.get("error").unwrap_or(&inner) {
        Value::Null => error,
        inner => inner.clone(),
    }
}

fn required_scope(error: &Value) -> String {
    let scope = error.get("required_scope").and_then(Value::as_str).unwrap_or("unknown");
    excerpt(scope.as_bytes())
}

/// A 400 is text. One of them is about the token, as the 401 is on newer hosts.
fn bad_request(reply: &Reply) -> Failure {
    let text = String::from_utf8_lossy(&reply.body);
    if text.contains("access token is malformed") {
        return Failure::Token(reply.error(ErrorKind::Disconnected));
    }
    Failure::Final(reply.error(ErrorKind::BadRequest(excerpt(&reply.body))))
}

fn conflict(tags: &str) -> ErrorKind {
    match tags.split_once('/') {
        None if tags == "reset" => ErrorKind::CursorReset,
        None if tags == "unsupported_file" => ErrorKind::Path(tags.to_owned()),
        Some(("path", "not_found")) => ErrorKind::NotFound,
        Some(("path", reason)) => ErrorKind::Path(reason.to_owned()),
        _ => ErrorKind::Unexpected(format!("status 409, {tags}")),
    }
}

fn path_root(tags: &str) -> ErrorKind {
    match tags.split('/').next() {
        Some("invalid_root") => ErrorKind::RootChanged,
        Some("no_permission") => ErrorKind::Forbidden("no_permission".to_owned()),
        _ => ErrorKind::Unexpected(format!("status 422, {tags}")),
    }
}

fn reported_error(reply: &Reply) -> Value {
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    body.get_mut("error").map(Value::take).unwrap_or_default()
}

/// The tags of an error, from the outside in: `path/not_found`.
fn tag_path(error: &Value) -> String {
    let mut tags = Vec::new();
    let mut at = Some(error);
    while let Some(tag) = at.and_then(tag).filter(|_| tags.len() < TAG_DEPTH_MAX) {
        tags.push(tag);
        // What a tag carries is under its own name. Text there is a remark, not a tag.
        at = at.and_then(|error| error.get(tag)).filter(|inner| inner.is_object());
    }
    excerpt(tags.join("/").as_bytes())
}

/// A member of a union that carries nothing may be sent as its bare name.
fn tag(error: &Value) -> Option<&str> {
    error.get(".tag").unwrap_or(error).as_str()
}

/// The beginning of a text, fit for a message: one line, and nothing that could be a secret.
fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let beginning: String = text.chars().take(EXCERPT_CHARS_MAX).collect();
    beginning.split_whitespace().map(masked).collect::<Vec<_>>().join(" ")
}

fn masked(word: &str) -> String {
    if word.chars().count() > WORD_CHARS_MAX { "[…]".to_owned() } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_is_one_short_line_without_long_words() {
        let token = "sl.u.".to_owned() + &"x".repeat(1000);
        let text = format!("Invalid value in \"Authorization\":\n \"Bearer {token}\".");
        assert_eq!(excerpt(text.as_bytes()), "Invalid value in \"Authorization\": \"Bearer […]");
        assert!(excerpt("no ".repeat(1000).as_bytes()).len() <= EXCERPT_CHARS_MAX);
        assert_eq!(excerpt(b"\xff?"), "\u{fffd}?");
    }

    #[test]
    fn tags_are_read_from_the_outside_in_and_only_so_deep() {
        let check = |error: &str, expected| {
            assert_eq!(tag_path(&serde_json::from_str(error).unwrap()), expected);
        };
        check(r#"{".tag":"path","path":{".tag":"not_found"}}"#, "path/not_found");
        check(r#"{".tag":"path","path":"a remark"}"#, "path");
        check(r#""reset""#, "reset");
        check("null", "");
        let endless =
            (0..50).fold("{}".to_owned(), |inner, _| format!(r#"{{".tag":"a","a":{inner}}}"#));
        check(&endless, "a/a/a/a");
    }
}
