//! What can go wrong, as kinds that a caller acts on. How answers become kinds is in `failure`.

use std::fmt;
use std::time::Duration;

use http::StatusCode;

/// A call that failed: what it means, and which call it was.
#[derive(Debug)]
pub struct Error {
    /// What the caller can act on.
    pub kind: ErrorKind,
    /// The call, for instance `files/list_folder`.
    pub route: &'static str,
    /// Dropbox's own name for the request, to quote to its support. Absent when none arrived.
    pub request_id: Option<String>,
}

/// What a failed call means.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// The person or Dropbox ended the link. Only a new consent helps: don't call again.
    #[error("Dropbox no longer accepts this link; connect the account again")]
    Disconnected,
    /// The link lacks a permission. Only a new consent helps.
    #[error("the link lacks the Dropbox permission {0}; connect the account again and allow it")]
    MissingScope(String),
    /// Dropbox has suspended the account. Worth a try every day.
    #[error("Dropbox has suspended this account")]
    Suspended,
    /// The account may not do this, now or later; the text is Dropbox's tag.
    #[error("Dropbox doesn't allow this to the account: {0}")]
    Forbidden(String),
    /// Dropbox wants the whole account left alone for this long.
    #[error("Dropbox asks to wait for {} seconds", .retry_after.as_secs())]
    RateLimited {
        /// How long from now.
        retry_after: Duration,
    },
    /// The cursor is void: list again from the beginning.
    #[error("Dropbox has invalidated the cursor; list the folder again from the beginning")]
    CursorReset,
    /// The account's root became another tree (it joined, left or changed a team): list again from
    /// the beginning. Ids stay what they were.
    #[error("the account's root at Dropbox has changed; list its folders again from the beginning")]
    RootChanged,
    /// Nothing is at the path, or the folder of the cursor is gone.
    #[error("there is nothing at that path in Dropbox")]
    NotFound,
    /// Dropbox refuses the path for another reason, given by its tag, for instance `not_folder` or
    /// `restricted_content`.
    #[error("Dropbox refuses the path: {0}")]
    Path(String),
    /// The authorization code is wrong, used or too old: start the consent again.
    #[error("Dropbox refuses the authorization code: {0}")]
    CodeRejected(String),
    /// The app key or secret is wrong, or the app may not do this.
    #[error("Dropbox refuses the app key or secret: {0}")]
    AppRejected(String),
    /// Likely to pass by itself: try the same call again, later and later.
    #[error("Dropbox can't be reached at the moment")]
    Transient(#[source] Interruption),
    /// Dropbox refuses the call as we made it. Never worth a repetition.
    #[error("Dropbox refuses the request: {0}")]
    BadRequest(String),
    /// An answer that nothing here knows.
    #[error("Dropbox gave an unexpected answer: {0}")]
    Unexpected(String),
}

/// Why Dropbox couldn't be reached.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// The connection failed, broke, or took too long.
    #[error("the connection failed")]
    Network(#[source] reqwest::Error),
    /// Nothing came for too long.
    #[error("nothing came for {} seconds", .0.as_secs())]
    Silence(Duration),
    /// Dropbox is in trouble itself.
    #[error("it answered with status {0}")]
    Status(StatusCode),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request_id = self.request_id.as_deref().unwrap_or("none");
        write!(f, "{} ({}, request {request_id})", self.kind, self.route)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}
