//! What Dropbox itself answers on bad days, as clients have captured it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Fault;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html";
/// Captured: 107 bytes with these spaces, and no `retry_after` in it.
const TOO_MANY_WRITES: &str = r#"{"error_summary": "too_many_write_operations/", "error": {"reason": {".tag": "too_many_write_operations"}}}"#;
const SERVER_ERROR: &str = r#"{"error":"The server has either erred or is incapable of performing the requested operation."}"#;
const BAD_GATEWAY: &str = "<html><head><title>502 Bad Gateway</title></head><body>\
     <center><h1>502 Bad Gateway</h1></center></body></html>";

/// An answer that real clients have met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// 429 in JSON, to be tried again after so many seconds.
    TooManyRequests(u32),
    /// 429 as plain text.
    TooManyRequestsText(u32),
    /// 429 for writes, with the wait in the header alone.
    TooManyWriteOperations(u32),
    /// 500 in JSON.
    ServerError,
    /// 502 in HTML.
    BadGateway,
    /// 503 with nothing in it.
    Unavailable,
    /// 401: the token has to be refreshed.
    ExpiredAccessToken,
    /// 401: the link is over.
    InvalidAccessToken,
    /// 401: somebody at Dropbox has closed the account for now.
    UserSuspended,
    /// 403: the account may not do this.
    NoPermission,
    /// 409 for cursors.
    Reset,
    /// 409 for paths.
    NotFound,
    /// 409 for content that was taken down.
    RestrictedContent,
    /// 200 of a longpoll: nothing new, and don't ask for so many seconds.
    Backoff(u32),
}

impl Trouble {
    /// The fault with this answer in it.
    pub(crate) fn put_into(self, fault: Fault) -> Fault {
        let (status, kind, body) = self.answer();
        let mut headers = BTreeMap::from([("content-type".to_owned(), kind.to_owned())]);
        if let Some(wait_s) = self.wait_s() {
            headers.insert("retry-after".to_owned(), wait_s.to_string());
        }
        Fault { status: Some(status), headers, body, ..fault }
    }

    fn wait_s(self) -> Option<u32> {
        match self {
            Self::TooManyRequests(wait_s)
            | Self::TooManyRequestsText(wait_s)
            | Self::TooManyWriteOperations(wait_s) => Some(wait_s),
            _ => None,
        }
    }

    fn answer(self) -> (u16, &'static str, String) {
        match self {
            Self::TooManyRequests(wait_s) => (429, JSON, too_many_requests(wait_s)),
            Self::TooManyRequestsText(_) => (429, TEXT, "too_many_requests".to_owned()),
            Self::TooManyWriteOperations(_) => (429, JSON, TOO_MANY_WRITES.to_owned()),
            Self::ServerError => (500, JSON, SERVER_ERROR.to_owned()),
            Self::BadGateway => (502, HTML, BAD_GATEWAY.to_owned()),
            Self::Unavailable => (503, TEXT, String::new()),
            Self::ExpiredAccessToken => (401, JSON, tagged(&["expired_access_token"])),
            Self::InvalidAccessToken => (401, JSON, tagged(&["invalid_access_token"])),
            Self::UserSuspended => (401, JSON, tagged(&["user_suspended"])),
            Self::NoPermission => (403, JSON, tagged(&["no_permission"])),
            Self::Reset => (409, JSON, tagged(&["reset"])),
            Self::NotFound => (409, JSON, tagged(&["path", "not_found"])),
            Self::RestrictedContent => (409, JSON, tagged(&["path", "restricted_content"])),
            Self::Backoff(wait_s) => {
                (200, JSON, json!({ "changes": false, "backoff": wait_s }).to_string())
            }
        }
    }
}

fn too_many_requests(wait_s: u32) -> String {
    let reason = json!({ ".tag": "too_many_requests" });
    let error = json!({ "reason": reason, "retry_after": wait_s });
    json!({ "error_summary": "too_many_requests/...", "error": error }).to_string()
}

/// An error by its tags, outermost first.
fn tagged(tags: &[&str]) -> String {
    let error = tags.iter().rev().fold(None, |inner, tag| {
        Some(match inner {
            Some(inner) => json!({ ".tag": tag, *tag: inner }),
            None => json!({ ".tag": tag }),
        })
    });
    let summary = format!("{}/..", tags.join("/"));
    json!({ "error_summary": summary, "error": error }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_answers_are_as_they_were() {
        assert_eq!(TOO_MANY_WRITES.len(), 107);
        let fault = Trouble::TooManyRequests(15).put_into(Fault::delay("*", 1, 0));
        assert_eq!(fault.headers["retry-after"], "15");
        let restricted = tagged(&["path", "restricted_content"]);
        assert!(restricted.contains(r#""path":{".tag":"restricted_content"}"#), "{restricted}");
    }
}
