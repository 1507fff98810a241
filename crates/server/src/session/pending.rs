//! Authorizations at Dropbox that a user began and has not finished: kept in the session that began
//! them, so that a code that arrives in another browser is worth nothing, and each used once.

use jiff::{SignedDuration, Timestamp};
use ledger::SourceId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use url::Url;

use crate::error::Error;

/// How long a user may take at Dropbox.
const PENDING_MAX: SignedDuration = SignedDuration::from_mins(10);

/// Two tabs may each begin one; older ones give way.
const PENDING_COUNT_MAX: usize = 4;

const KEY: &str = "pending_authorizations";

/// An authorization that was begun.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Pending {
    state: String,
    verifier: String,
    redirect_uri: Url,
    begun_at: Timestamp,
    /// The integration that is to read contents, where that is what was asked for.
    #[serde(default)]
    content_for: Option<SourceId>,
}

impl Pending {
    pub(crate) fn new(
        state: String,
        verifier: &SecretString,
        redirect_uri: Url,
        content_for: Option<SourceId>,
    ) -> Self {
        let verifier = verifier.expose_secret().to_owned();
        Self { state, verifier, redirect_uri, begun_at: Timestamp::now(), content_for }
    }

    /// The integration that is to read contents, where that is what was asked for.
    pub(crate) fn content_for(&self) -> Option<SourceId> {
        self.content_for
    }

    /// The secret that proves to Dropbox that we began this.
    pub(crate) fn verifier(&self) -> SecretString {
        self.verifier.clone().into()
    }

    /// Where we told Dropbox to come back to; it wants to hear the same again.
    pub(crate) fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    fn is_open(&self, now: Timestamp) -> bool {
        now.duration_since(self.begun_at) <= PENDING_MAX
    }
}

/// Keeps an authorization until Dropbox sends the user back.
pub(crate) async fn keep(session: &Session, pending: Pending) -> Result<(), Error> {
    let mut all = open(session).await?;
    all.push(pending);
    let surplus = all.len().saturating_sub(PENDING_COUNT_MAX);
    all.drain(..surplus);
    session.insert(KEY, all).await.map_err(Error::internal)
}

/// Takes the authorization that Dropbox answers. A second answer with the same state finds nothing.
pub(crate) async fn take(session: &Session, state: &str) -> Result<Option<Pending>, Error> {
    let mut all = open(session).await?;
    let found = all.iter().position(|pending| pending.state == state).map(|at| all.remove(at));
    if found.is_some() {
        session.insert(KEY, all).await.map_err(Error::internal)?;
        // Written before Dropbox is asked, so that a repeated answer fails even while we wait.
        session.save().await.map_err(Error::internal)?;
    }
    Ok(found)
}

async fn open(session: &Session) -> Result<Vec<Pending>, Error> {
    let now = Timestamp::now();
    let all = session.get::<Vec<Pending>>(KEY).await.map_err(Error::internal)?;
    Ok(all.unwrap_or_default().into_iter().filter(|pending| pending.is_open(now)).collect())
}
