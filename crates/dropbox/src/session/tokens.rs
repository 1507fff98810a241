//! The tokens of one link: refreshed in time, by one call at a time, and never once it has ended.

use std::time::Duration;

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::{Client, Credentials, Error, ErrorKind};

/// Refreshed this long before its time, so that none expires on its way.
const EXPIRY_MARGIN: Duration = Duration::from_mins(5);

/// A token for calls, and when Dropbox stops to accept it.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The token.
    pub secret: SecretString,
    /// By our clock, which also decides when it is due.
    pub expires_at: Timestamp,
}

/// The tokens of a link.
///
/// The lock is held over a refresh on purpose: whoever comes meanwhile waits for its outcome, so
/// that any number of calls that find their token expired make one refresh.
#[derive(Debug)]
pub(super) struct Tokens {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Linked(Credentials),
    /// Dropbox ended the link. The tokens are gone, and it isn't asked again.
    Ended,
}

impl Tokens {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self { state: Mutex::new(State::Linked(credentials)) }
    }

    /// A token that is valid by the clock.
    pub(super) async fn current(&self, client: &Client) -> Result<AccessToken, Error> {
        self.token(client, |token| !token.is_due()).await
    }

    /// A token other than the one that Dropbox refused.
    pub(super) async fn renewed(
        &self,
        client: &Client,
        refused: &AccessToken,
    ) -> Result<AccessToken, Error> {
        self.token(client, |token| !token.is_due() && !token.is(refused)).await
    }

    /// Forgets all tokens.
    pub(super) async fn end(&self) {
        *self.state.lock().await = State::Ended;
    }

    async fn token(
        &self,
        client: &Client,
        usable: impl Fn(&AccessToken) -> bool,
    ) -> Result<AccessToken, Error> {
        let mut state = self.state.lock().await;
        let State::Linked(credentials) = &mut *state else { return Err(ended()) };
        if let Some(token) = credentials.access_token.as_ref().filter(|token| usable(token)) {
            return Ok(token.clone());
        }
        let refreshed = client.refresh(&credentials.refresh_token).await;
        match &refreshed {
            Ok(token) => credentials.access_token = Some(token.clone()),
            Err(Error { kind: ErrorKind::Disconnected, .. }) => *state = State::Ended,
            Err(_) => {}
        }
        refreshed
    }
}

impl AccessToken {
    fn is_due(&self) -> bool {
        let margin = Timestamp::now().saturating_add(EXPIRY_MARGIN).unwrap_or(Timestamp::MAX);
        self.expires_at <= margin
    }

    fn is(&self, other: &Self) -> bool {
        self.secret.expose_secret() == other.secret.expose_secret()
    }
}

fn ended() -> Error {
    Error { kind: ErrorKind::Disconnected, route: "oauth2/token", request_id: None }
}
