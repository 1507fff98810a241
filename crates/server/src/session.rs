//! Who is signed in, kept on our side under a random id that the cookie carries.
//!
//! A session holds the user's id and times, and authorizations at Dropbox that were begun and not
//! yet finished. It ends after [`IDLE_MAX`] without use and after [`AGE_MAX`] in any case. Whether
//! the user still exists, and with which role, is asked anew for every request.

pub(crate) mod pending;
pub(crate) mod store;

use jiff::{SignedDuration, Timestamp};
use ledger::UserId;
use serde::{Deserialize, Serialize};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, cookie::SameSite, cookie::time::Duration, session,
};

use crate::{State, error::Error};

/// How long a session may rest.
const IDLE_MAX: Duration = Duration::hours(24);

/// How long a session may live, however busy.
const AGE_MAX: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Use is written down this often; each writing is a row, and moves the cookie's own expiry.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(10);

const SIGNED_IN: &str = "signed_in";

/// What a session says of its user.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct SignedIn {
    user: UserId,
    at: Timestamp,
    seen_at: Timestamp,
}

/// The layer that reads and writes the cookie. Requests that never ask for their session cost
/// nothing, and pages that never sign in set no cookie.
pub(crate) fn layer(state: &State) -> SessionManagerLayer<store::LedgerStore> {
    let secure = state.config.is_https();
    SessionManagerLayer::new(store::LedgerStore::new(state.ledger.clone()))
        .with_name(cookie_name(secure))
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE_MAX))
}

/// The prefix makes browsers refuse the cookie from anywhere but this very host over TLS.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-session" } else { "session" }
}

/// Tells the browser to forget the cookie, in the words that the prefix demands.
pub(crate) fn forget_cookie(state: &State) -> String {
    let secure = state.config.is_https();
    let attribute = if secure { "; Secure" } else { "" };
    format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{attribute}", cookie_name(secure))
}

/// Signs a user in under a fresh id, so that an id planted before is worth nothing.
pub(crate) async fn sign_in(session: &Session, user: UserId) -> Result<(), Error> {
    let now = Timestamp::now();
    session.cycle_id().await.map_err(Error::internal)?;
    session.clear().await;
    put(session, SignedIn { user, at: now, seen_at: now }).await
}

/// Ends the session here; what a stolen cookie points to is gone.
pub(crate) async fn sign_out(session: &Session) -> Result<(), Error> {
    session.flush().await.map_err(Error::internal)
}

/// The user that a living session belongs to, and when it began.
pub(crate) async fn user(session: &Session) -> Result<Option<(UserId, Timestamp)>, Error> {
    let found = session.get::<SignedIn>(SIGNED_IN).await;
    let Some(signed_in) = found.or_else(unreadable_is_none)? else { return Ok(None) };
    let now = Timestamp::now();
    if now.duration_since(signed_in.at) > AGE_MAX {
        sign_out(session).await?;
        return Ok(None);
    }
    if now.duration_since(signed_in.seen_at) > SEEN_EVERY {
        put(session, SignedIn { seen_at: now, ..signed_in }).await?;
    }
    Ok(Some((signed_in.user, signed_in.at)))
}

async fn put(session: &Session, signed_in: SignedIn) -> Result<(), Error> {
    session.insert(SIGNED_IN, signed_in).await.map_err(Error::internal)
}

/// A session that an older version wrote otherwise is no session.
fn unreadable_is_none<T>(error: session::Error) -> Result<Option<T>, Error> {
    match error {
        session::Error::SerdeJson(_) => Ok(None),
        other @ session::Error::Store(_) => Err(Error::internal(other)),
    }
}
