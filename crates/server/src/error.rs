//! Every way in which a request can fail, each with its status, a stable code, and a sentence that
//! says what to do next. Causes are logged here, once, and never sent.
//!
//! A failure is answered as JSON `{"error":{"code","message"}}` under the API's paths and as a page
//! elsewhere; [`shape`] decides, so that handlers and middleware need not know who is asking.

use std::error::Error as StdError;

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use ledger::StoreError;
use schemars::JsonSchema;
use serde::Serialize;

use crate::pages::problem;

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("Ask the administrator for a sign-in link, then try again.")]
    SignInRequired,
    #[error("This access token is unknown or has expired. Ask the token endpoint for a new one.")]
    TokenRejected,
    #[error(
        "Client id and secret do not match, or the secret has expired. Regenerate the secret under \
         Settings, Integrations."
    )]
    ClientRejected,
    #[error(
        "This sign-in link was used before or is older than 15 minutes. Ask an administrator for a new \
         one, or make one with `proofbox sign-in-link`."
    )]
    LinkRejected,
    #[error("Only an administrator of this tenancy may do this. Ask one of them.")]
    AdministratorRequired,
    #[error("An application may read here, but not change anything. Sign in to do this.")]
    UserRequired,
    #[error(
        "This application may record, and not manage. Ask an administrator to give it the role OWNER, \
         or to do this."
    )]
    OwnerRequired,
    /// Something that is asked to be recorded is not what it should be.
    #[error("{0}")]
    Refused(String),
    /// A tenancy has as much of something as it may.
    #[error("{0}")]
    Quota(String),
    #[error(
        "This request came from another site and was refused. Open Proofbox itself and try again."
    )]
    CrossSite,
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    BadQuery(String),
    #[error(
        "{0:?} is not an identity. Use the one that a list gave you: 8-4-4-4-12 hexadecimal digits."
    )]
    BadIdentity(String),
    #[error("There is nothing at this address, or it is not yours to see. Check the address.")]
    NotFound,
    #[error(
        "The number of prefix bits has changed. Ask /api/lookup without parameters, then try again."
    )]
    LookupBitsChanged,
    #[error("No Dropbox app key is configured. Start Proofbox with DROPBOX_APP_KEY set.")]
    DropboxNotConfigured,
    #[error("Dropbox no longer accepts this connection. Reconnect the integration.")]
    Disconnected,
    #[error("This integration is paused. Let it go on first.")]
    Paused,
    #[error("No folder is linked yet. Choose folders first.")]
    NothingLinked,
    #[error(
        "Dropbox has not allowed Proofbox to read files of this account yet. Allow it with          POST /api/integrations/dropbox/connect and content_for."
    )]
    ConsentNeeded,
    #[error("Dropbox cannot be reached at the moment. Nothing is lost; try again in a minute.")]
    DropboxUnavailable,
    #[error("That folder is no longer in Dropbox. Open the list of folders again and choose anew.")]
    FolderGone,
    #[error("Too many requests of this kind. Wait {retry_after_s} s, then try again.")]
    TooMany { retry_after_s: u64 },
    #[error(
        "Proofbox can record and change nothing at the moment. Its operator has to look into the \
         log of the server."
    )]
    ReadOnly,
    #[error("{message}")]
    Protocol { status: StatusCode, code: &'static str, message: &'static str },
    #[error(
        "Something failed on our side and was logged. Try again; if it stays, look into the log of \
         the server."
    )]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// Why a request failed.
// Kept on the response so that `shape` can tell it as a page.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub(crate) struct Told {
    pub(crate) error: Words,
}

/// What went wrong, for programs and for people.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "FailureWords")]
pub(crate) struct Words {
    /// Stable, for programs.
    pub(crate) code: &'static str,
    /// A sentence for people that says what to do.
    pub(crate) message: String,
}

impl Error {
    /// Wraps a failure that the caller can do nothing about.
    pub(crate) fn internal(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::Internal(Box::new(cause))
    }

    fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::SignInRequired => (StatusCode::UNAUTHORIZED, "sign_in_required"),
            Self::TokenRejected => (StatusCode::UNAUTHORIZED, "token_rejected"),
            Self::ClientRejected => (StatusCode::UNAUTHORIZED, "client_rejected"),
            Self::LinkRejected => (StatusCode::GONE, "link_rejected"),
            Self::AdministratorRequired => (StatusCode::FORBIDDEN, "administrator_required"),
            Self::UserRequired => (StatusCode::FORBIDDEN, "user_required"),
            Self::OwnerRequired => (StatusCode::FORBIDDEN, "owner_required"),
            Self::Refused(_) => (StatusCode::BAD_REQUEST, "refused"),
            Self::Quota(_) => (StatusCode::PAYMENT_REQUIRED, "quota_reached"),
            Self::CrossSite => (StatusCode::FORBIDDEN, "cross_site"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad_request"),
            Self::BadQuery(_) => (StatusCode::BAD_REQUEST, "bad_query"),
            Self::BadIdentity(_) => (StatusCode::BAD_REQUEST, "bad_identity"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::LookupBitsChanged => (StatusCode::CONFLICT, "lookup_bits_changed"),
            Self::DropboxNotConfigured => (StatusCode::CONFLICT, "dropbox_not_configured"),
            Self::Paused => (StatusCode::CONFLICT, "paused"),
            Self::NothingLinked => (StatusCode::CONFLICT, "nothing_linked"),
            Self::ConsentNeeded => (StatusCode::CONFLICT, "consent_needed"),
            Self::Disconnected => (StatusCode::CONFLICT, "disconnected"),
            Self::DropboxUnavailable => (StatusCode::BAD_GATEWAY, "dropbox_unavailable"),
            Self::FolderGone => (StatusCode::CONFLICT, "folder_gone"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            Self::ReadOnly => (StatusCode::SERVICE_UNAVAILABLE, "read_only"),
            Self::Protocol { status, code, .. } => (*status, code),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// The failure behind a status that a library answered without a word of ours.
    fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status {
            StatusCode::NOT_FOUND => return Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => (
                "method_not_allowed",
                "This address does not take that method. See the documentation of the API.",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("too_large", "The body is larger than this address accepts. Send less at once.")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "unsupported_media_type",
                "The body has another type than this address takes. Set Content-Type accordingly.",
            ),
            StatusCode::REQUEST_TIMEOUT => {
                ("timeout", "This took too long and was given up. Nothing is lost; try again.")
            }
            status if status.is_server_error() => {
                ("internal", "Something failed on our side and was logged. Try again.")
            }
            _ => (
                "bad_request",
                "This request could not be understood. See the documentation of the API.",
            ),
        };
        Self::Protocol { status, code, message }
    }
}

impl Error {
    /// What the caller is told. An internal cause is logged here, where it is replaced by words.
    pub(crate) fn tell(&self) -> Told {
        if let Self::Internal(cause) = self {
            tracing::error!(error.chain = %chain(cause.as_ref()), "A request failed on our side");
        }
        let (_, code) = self.status_and_code();
        Told { error: Words { code, message: self.to_string() } }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::PageToken => Self::BadQuery(
                "The page token is not valid here. Start the list again without it.".to_owned(),
            ),
            StoreError::Interrupted(_) => Self::Protocol {
                status: StatusCode::SERVICE_UNAVAILABLE,
                code: "database_interrupted",
                message: "The database cannot be reached at the moment, or was lost for one. Send the request \
                          again in a minute.",
            },
            StoreError::Stopped(_) => {
                tracing::error!(error.chain = %chain(&error), "A request found the store stopped");
                Self::ReadOnly
            }
            other => Self::internal(other),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, _) = self.status_and_code();
        let told = self.tell();
        let mut response = (status, Json(&told)).into_response();
        decorate(&self, &mut response);
        response.extensions_mut().insert(told);
        response
    }
}

/// Headers that a client can act on without reading the sentence.
fn decorate(error: &Error, response: &mut Response) {
    let headers = response.headers_mut();
    match error {
        Error::TooMany { retry_after_s } => {
            let seconds = HeaderValue::from(*retry_after_s);
            headers.insert(header::RETRY_AFTER, seconds.clone());
            // The name that published RKVST clients wait for.
            headers.insert("archivist-rate-limit-reset", seconds);
        }
        Error::SignInRequired | Error::TokenRejected => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
}

/// An error with all of its causes, in one line for the log.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

/// Gives every failed response our words, in the form that its reader wants.
pub(crate) async fn shape(request: Request, next: Next) -> Response {
    let wants_page = wants_page(request.uri().path());
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let response = match response.extensions().get::<Told>() {
        Some(_) => response,
        None => Error::of_status(status).into_response(),
    };
    if wants_page { problem::page(response) } else { response }
}

/// Browsers read everything but the API, the bytes of the log and the files of the pages.
pub(crate) fn wants_page(path: &str) -> bool {
    const MACHINES: [&str; 10] = [
        "/api/",
        "/archivist/",
        "/log/checkpoint",
        "/log/vkey",
        "/log/tile/",
        "/log/witnessed-checkpoint",
        "/static/",
        "/healthz",
        "/webhooks/",
        "/metrics",
    ];
    !MACHINES.iter().any(|prefix| path.starts_with(prefix))
}
