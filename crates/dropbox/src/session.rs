//! One linked account: the calls, and what every call needs around it.
//!
//! A call waits for a valid access token, names the root of the whole space, is made once more
//! with a new token when Dropbox refuses the old one, and is not made at all while Dropbox asks
//! for patience. Nothing else is repeated here: backoff is the caller's.

mod pause;
mod root;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::Mutex;

use self::root::Root;
use self::tokens::Tokens;
use crate::account::WireAccount;
use crate::failure::{self, Failure};
use crate::listing::{REVISIONS_MAX, WireLongpoll, WirePage, WireRevisions};
use crate::metadata::WireEntry;
use crate::transport::{self, Reply};
use crate::{
    Account, Client, Cursor, Download, Entry, Error, ErrorKind, Grant, Id, ListFolder, Longpoll,
    Page, PathRef, Rev, Revisions,
};

pub use self::pause::Patience;
pub use self::tokens::AccessToken;

/// What Dropbox accepts as the timeout of a longpoll.
const LONGPOLL_MIN: Duration = Duration::from_secs(30);
const LONGPOLL_MAX: Duration = Duration::from_mins(8);
/// Dropbox adds up to 90 s at random, so as not to answer everybody at once.
const LONGPOLL_JITTER_MAX: Duration = Duration::from_secs(90);
const LONGPOLL_SLACK: Duration = Duration::from_secs(20);
/// How long one answer with content may take. Each of its pieces has a limit of its own.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_hours(24);

/// What is kept of a consent.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// For ever, until revoked.
    pub refresh_token: SecretString,
    /// Spares the first refresh where it is at hand.
    pub access_token: Option<AccessToken>,
}

impl From<Grant> for Credentials {
    fn from(grant: Grant) -> Self {
        let access_token = AccessToken { secret: grant.access_token, expires_at: grant.expires_at };
        Self { refresh_token: grant.refresh_token, access_token: Some(access_token) }
    }
}

/// One linked account. Cheap to clone; all clones share tokens and patience.
#[derive(Clone, Debug)]
pub struct Session {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    client: Client,
    tokens: Tokens,
    patience: Patience,
    /// Known after the first call that needs it; forgotten when Dropbox says that it changed.
    root: Mutex<Option<Root>>,
}

impl Session {
    /// A link as it was made earlier. Nothing is called yet.
    pub fn new(client: Client, credentials: Credentials) -> Self {
        Self::patient(client, credentials, Patience::default())
    }

    /// The same, sharing its patience with other links to the same account.
    pub fn patient(client: Client, credentials: Credentials, patience: Patience) -> Self {
        let (tokens, root) = (Tokens::new(credentials), Mutex::default());
        Self { shared: Arc::new(Shared { client, tokens, patience, root }) }
    }

    /// Whose files they are.
    pub async fn current_account(&self) -> Result<Account, Error> {
        self.admit(USERS_GET_CURRENT_ACCOUNT)?;
        let account = self.heed(self.fetch_account().await)?;
        *self.shared.root.lock().await = Some(Root::of(&account));
        Ok(account)
    }

    /// Starts a listing.
    pub async fn list_folder(&self, listing: &ListFolder) -> Result<Page, Error> {
        self.rooted::<WirePage>(LIST_FOLDER, listing).await.map(Page::from)
    }

    /// Goes on with a listing, at once while it has more, later to learn what changed.
    ///
    /// [`ErrorKind::CursorReset`] and [`ErrorKind::RootChanged`] ask for a new listing. So does
    /// [`ErrorKind::NotFound`], once the folder itself is there again.
    pub async fn list_folder_continue(&self, cursor: &Cursor) -> Result<Page, Error> {
        let argument = json!({ "cursor": cursor });
        self.rooted::<WirePage>(LIST_FOLDER_CONTINUE, &argument).await.map(Page::from)
    }

    /// Waits until something changes behind a cursor, or for the timeout (30 to 480 seconds) and up
    /// to 90 seconds more. A connection that broke says nothing: continue the listing.
    pub async fn longpoll(&self, cursor: &Cursor, timeout: Duration) -> Result<Longpoll, Error> {
        self.admit(LONGPOLL)?;
        self.heed(self.call_longpoll(cursor, timeout).await)
    }

    /// What is at a path or has an id, if anything.
    pub async fn get_metadata(&self, path: &PathRef) -> Result<Option<Entry>, Error> {
        let argument = json!({ "path": path });
        match self.rooted::<WireEntry>(GET_METADATA, &argument).await {
            Ok(entry) => Ok(Some(entry.into())),
            Err(Error { kind: ErrorKind::NotFound, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The newest revisions of a file, through its renames and moves; 1 to [`REVISIONS_MAX`].
    pub async fn list_revisions(&self, file: &Id, limit: u32) -> Result<Revisions, Error> {
        let limit = limit.clamp(1, REVISIONS_MAX);
        let argument = json!({ "path": file, "mode": { ".tag": "id" }, "limit": limit });
        let revisions = self.rooted::<WireRevisions>(LIST_REVISIONS, &argument).await?;
        revisions.try_into().map_err(|_| Error {
            kind: ErrorKind::Unexpected("a revision without its id, name or times".to_owned()),
            route: LIST_REVISIONS,
            request_id: None,
        })
    }

    /// The content of a revision, from a byte on. Takes the permission `files.content.read`.
    ///
    /// [`ErrorKind::NotFound`] and [`ErrorKind::Path`] mean that it can't be had: it is no longer
    /// kept, was taken down, or is a document without content.
    pub async fn download(&self, revision: &Rev, from: u64) -> Result<Download, Error> {
        self.admit(DOWNLOAD)?;
        let root = self.heed(self.root().await)?;
        self.heed(self.authorized_download(revision, from, &root).await)
    }

    /// Ends the link at Dropbox, for all of its tokens. Tried even while Dropbox asks for patience.
    /// [`ErrorKind::Disconnected`] means that it had ended already.
    pub async fn revoke(&self) -> Result<(), Error> {
        self.authorized(TOKEN_REVOKE, &(), &Root::Home).await?;
        self.shared.tokens.end().await;
        Ok(())
    }

    /// How long Dropbox wants this account left alone. Until then calls fail without being made.
    pub fn wait(&self) -> Option<Duration> {
        self.shared.patience.remaining()
    }

    /// A call about files, which needs to know the root.
    async fn rooted<T: DeserializeOwned>(
        &self,
        route: &'static str,
        argument: &impl Serialize,
    ) -> Result<T, Error> {
        self.admit(route)?;
        let root = self.heed(self.root().await)?;
        let reply = self.heed(self.authorized(route, argument, &root).await);
        if let Err(Error { kind: ErrorKind::RootChanged, .. }) = reply {
            *self.shared.root.lock().await = None;
        }
        reply?.json()
    }

    /// The root; calls that arrive while it is being asked for share the one answer.
    async fn root(&self) -> Result<Root, Error> {
        let mut known = self.shared.root.lock().await;
        if known.is_none() {
            *known = Some(Root::of(&self.fetch_account().await?));
        }
        Ok(known.clone().unwrap_or(Root::Home))
    }

    async fn fetch_account(&self) -> Result<Account, Error> {
        let reply = self.authorized(USERS_GET_CURRENT_ACCOUNT, &(), &Root::Home).await?;
        reply.json::<WireAccount>().map(Account::from)
    }

    /// Refuses a call while Dropbox asks for patience.
    fn admit(&self, route: &'static str) -> Result<(), Error> {
        let Some(retry_after) = self.wait() else { return Ok(()) };
        Err(Error { kind: ErrorKind::RateLimited { retry_after }, route, request_id: None })
    }

    /// Notes when Dropbox asks for patience.
    fn heed<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(Error { kind: ErrorKind::RateLimited { retry_after }, .. }) = result {
            self.shared.patience.extend(retry_after);
        }
        result
    }

    /// A call with a valid access token: at most twice, at most one refresh in between.
    async fn authorized(
        &self,
        route: &'static str,
        argument: &impl Serialize,
        root: &Root,
    ) -> Result<Reply, Error> {
        let Shared { client, tokens, .. } = &*self.shared;
        let token = tokens.current(client).await?;
        let refused = match self.attempt(route, argument, root, &token).await {
            Err(Failure::Token(_)) => token,
            result => return result.map_err(Failure::into_error),
        };
        let token = tokens.renewed(client, &refused).await?;
        self.last_word(self.attempt(route, argument, root, &token).await).await
    }

    /// The same for a call whose answer is content.
    async fn authorized_download(
        &self,
        revision: &Rev,
        from: u64,
        root: &Root,
    ) -> Result<Download, Error> {
        let Shared { client, tokens, .. } = &*self.shared;
        let token = tokens.current(client).await?;
        let request = || root.name_in(download_request(client, revision, from));
        let refused = match Download::open(DOWNLOAD, bearing(request(), &token), from).await {
            Err(Failure::Token(_)) => token,
            result => return result.map_err(Failure::into_error),
        };
        let token = tokens.renewed(client, &refused).await?;
        self.last_word(Download::open(DOWNLOAD, bearing(request(), &token), from).await).await
    }

    /// What came of a call with a new token: one that is refused as well means that the link is over.
    async fn last_word<T>(&self, result: Result<T, Failure>) -> Result<T, Error> {
        let result = result.map_err(Failure::into_error);
        if let Err(Error { kind: ErrorKind::Disconnected, .. }) = result {
            self.shared.tokens.end().await;
        }
        result
    }

    async fn attempt(
        &self,
        route: &'static str,
        argument: &impl Serialize,
        root: &Root,
        token: &AccessToken,
    ) -> Result<Reply, Failure> {
        let client = &self.shared.client;
        let request = client.call(&client.hosts().api, route).json(argument);
        answered(route, root.name_in(bearing(request, token))).await
    }

    async fn call_longpoll(&self, cursor: &Cursor, timeout: Duration) -> Result<Longpoll, Error> {
        let request = self.longpoll_request(cursor, timeout.clamp(LONGPOLL_MIN, LONGPOLL_MAX));
        let reply = answered(LONGPOLL, request).await;
        let reply = reply.map_err(Failure::into_error_without_token)?;
        reply.json::<WireLongpoll>().map(Longpoll::from)
    }

    /// Without the token, which Dropbox refuses here: the cursor alone authorizes it.
    fn longpoll_request(&self, cursor: &Cursor, timeout: Duration) -> RequestBuilder {
        let client = &self.shared.client;
        client
            .call(&client.hosts().notify, LONGPOLL)
            .timeout(timeout + LONGPOLL_JITTER_MAX + LONGPOLL_SLACK)
            .json(&json!({ "cursor": cursor, "timeout": timeout.as_secs() }))
    }
}

const USERS_GET_CURRENT_ACCOUNT: &str = "users/get_current_account";
const LIST_FOLDER: &str = "files/list_folder";
const LIST_FOLDER_CONTINUE: &str = "files/list_folder/continue";
const LONGPOLL: &str = "files/list_folder/longpoll";
const GET_METADATA: &str = "files/get_metadata";
const LIST_REVISIONS: &str = "files/list_revisions";
const TOKEN_REVOKE: &str = "auth/token/revoke";
const DOWNLOAD: &str = "files/download";

fn bearing(request: RequestBuilder, token: &AccessToken) -> RequestBuilder {
    request.bearer_auth(token.secret.expose_secret())
}

/// Names a revision, never a path: what is read must be what was listed, whatever is there by now.
fn download_request(client: &Client, revision: &Rev, from: u64) -> RequestBuilder {
    let argument = json!({ "path": PathRef::from(revision) });
    let request = client
        .call(&client.hosts().content, DOWNLOAD)
        .timeout(DOWNLOAD_TIMEOUT)
        // The letters and digits of a revision need no escapes in a header.
        .header("Dropbox-API-Arg", argument.to_string());
    match from {
        0 => request,
        from => request.header(http::header::RANGE, format!("bytes={from}-")),
    }
}

async fn answered(route: &'static str, request: RequestBuilder) -> Result<Reply, Failure> {
    let reply = transport::send(route, request).await.map_err(Failure::Final)?;
    if reply.status == http::StatusCode::OK { Ok(reply) } else { Err(failure::of_call(&reply)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{App, Hosts};

    #[test]
    fn longpoll_outlasts_its_timeout_and_the_jitter_and_goes_to_its_own_host() {
        let app = App { key: "appkey".to_owned(), secret: None };
        let client = Client::new(Hosts::dropbox(), app).unwrap();
        let credentials = Credentials { refresh_token: "oDf".into(), access_token: None };
        let session = Session::new(client, credentials);
        let request = session.longpoll_request(&Cursor::new("AAF"), Duration::from_mins(8));
        let request = request.build().unwrap();
        assert!(*request.timeout().unwrap() > Duration::from_secs(480 + 90));
        assert_eq!(
            request.url().as_str(),
            "https://notify.dropboxapi.com/2/files/list_folder/longpoll"
        );
    }
}
