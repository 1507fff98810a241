//! Everything that the routes share: the accounts, who may see them, and today's weather. Each
//! part has its own lock, held for moments and never over an await.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::access::{
    Access, AccessChange, Codes, Consent, Grant, Permissions, TokenClaims, TokenProblem,
};
use crate::account::{Account, Circle};
use crate::clock::Clock;
use crate::faults::BadDays;
use crate::http::{FileMembers, FileRequest, Properties};
use crate::identifier::NodeId;
use crate::jobs::Jobs;
use crate::options::AppKey;
use crate::request_log::{Request, RequestLog};
use crate::seal::{Key, Purpose};
use crate::serve::Authority;
use crate::shared_links::SharedLinks;
use crate::state_file::{Record, StateFile};
use crate::table::Table;
use crate::uploads::Uploads;
use crate::webhooks::Webhooks;

/// How a short-lived access token of Dropbox begins.
const TOKEN_PREFIX: &str = "sl.u.";
/// So many characters of a token mean nothing.
const TOKEN_FILLER: usize = 1_000;

pub(crate) struct World {
    pub(crate) url: Url,
    pub(crate) key: Key,
    /// Who vouches for the sandbox where clients want TLS.
    pub(crate) authority: Arc<Authority>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) apps: Vec<AppKey>,
    /// At least one: the first is whose Dropbox the backing is.
    pub(crate) accounts: Vec<Arc<Account>>,
    /// What they have in common.
    pub(crate) circle: Circle,
    pub(crate) stopping: CancellationToken,
    pub(crate) state: Option<Arc<StateFile>>,
    pub(crate) access: Mutex<Access>,
    pub(crate) codes: Mutex<Codes>,
    pub(crate) bad_days: Mutex<BadDays>,
    pub(crate) requests: Mutex<RequestLog>,
    pub(crate) webhooks: Webhooks,
    pub(crate) uploads: Mutex<Uploads>,
    pub(crate) shared_links: Mutex<SharedLinks>,
    pub(crate) jobs: Mutex<Jobs>,
    pub(crate) file_members: Mutex<FileMembers>,
    pub(crate) properties: Mutex<Properties>,
    /// By id.
    pub(crate) file_requests: Mutex<Table<String, FileRequest>>,
    /// Words that people put on things, by account and id.
    pub(crate) tags: Mutex<Table<(String, NodeId), BTreeSet<String>>>,
    /// Makes tokens and request ids differ.
    pub(crate) serial: AtomicU64,
}

/// A token as long as Dropbox's are, so that nobody learns here that they are short.
fn token_text(sealed: &str) -> String {
    let filler = sealed.chars().cycle().take(TOKEN_FILLER);
    TOKEN_PREFIX.chars().chain(sealed.chars()).chain(filler).collect()
}

fn sealed_text(token: &str) -> Option<&str> {
    let filled = token.strip_prefix(TOKEN_PREFIX)?;
    let end = filled.len().checked_sub(TOKEN_FILLER)?;
    let (sealed, rest) = filled.split_at_checked(end)?;
    let length = sealed.len().max(1);
    let is_filler = |piece: &[u8]| sealed.as_bytes().starts_with(piece);
    rest.as_bytes().chunks(length).all(is_filler).then_some(sealed)
}

/// A panic while a lock was held leaves nothing half done here: each change is one statement.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// The same accounts, keys and grants under another address; good days, nobody asked yet.
    pub(crate) fn copy(&self, url: Url) -> Self {
        let clock = Arc::new(Clock::clone(&self.clock));
        let circle = self.circle.apart();
        let copied = |account: &Arc<Account>| Arc::new(account.copy(Arc::clone(&clock), &circle));
        let accounts: Vec<_> = self.accounts.iter().map(copied).collect();
        circle.shared.introduce(&accounts);
        Self {
            url,
            key: self.key.clone(),
            authority: Arc::clone(&self.authority),
            apps: self.apps.clone(),
            accounts,
            circle,
            clock,
            stopping: CancellationToken::new(),
            state: None,
            access: locked(&self.access).clone().into(),
            codes: Mutex::default(),
            bad_days: Mutex::default(),
            requests: Mutex::default(),
            webhooks: Webhooks::none(),
            uploads: Mutex::default(),
            shared_links: locked(&self.shared_links).copy().into(),
            jobs: Mutex::default(),
            file_members: locked(&self.file_members).copy().into(),
            properties: locked(&self.properties).copy().into(),
            file_requests: locked(&self.file_requests).copy().into(),
            tags: locked(&self.tags).copy().into(),
            serial: self.serial.load(Ordering::Relaxed).into(),
        }
    }

    pub(crate) fn account(&self, id: &str) -> Option<&Arc<Account>> {
        self.accounts.iter().find(|account| account.id == id)
    }

    pub(crate) fn account_by_email(&self, email: &str) -> Option<&Arc<Account>> {
        let wanted = email.trim();
        self.accounts.iter().find(|account| account.person.email.eq_ignore_ascii_case(wanted))
    }

    /// The registration of an app. Without any registration every key is one.
    pub(crate) fn app(&self, key: &str) -> Option<AppKey> {
        if self.apps.is_empty() {
            return Some(key).filter(|key| !key.is_empty()).map(AppKey::from);
        }
        self.apps.iter().find(|app| app.key == key).cloned()
    }

    /// What people call an app; its key, should it no longer be registered.
    pub(crate) fn app_name(&self, key: &str) -> String {
        self.app(key).map_or_else(|| key.to_owned(), |app| app.name)
    }

    pub(crate) fn next_serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// Remembers a request that was answered.
    pub(crate) fn note(&self, request: Request) {
        locked(&self.requests).record(request);
    }

    /// Recorded before it holds.
    pub(crate) fn change_access(&self, change: &AccessChange) -> io::Result<()> {
        let mut access = locked(&self.access);
        self.record(change)?;
        access.apply(change);
        Ok(())
    }

    pub(crate) fn grant(&self, consent: Consent) -> io::Result<Grant> {
        let mut access = locked(&self.access);
        let grant = Grant {
            number: access.next_number(),
            app: consent.app,
            account: consent.account,
            permissions: consent.permissions,
            at: self.clock.now_s(),
            with_pkce: consent.with_pkce,
            revoked: false,
        };
        let change = AccessChange::Granted(grant.clone());
        self.record(&change)?;
        access.apply(&change);
        Ok(grant)
    }

    /// Takes back every grant that fits.
    pub(crate) fn revoke(&self, fits: impl Fn(&Grant) -> bool) -> io::Result<usize> {
        let mut access = locked(&self.access);
        let grants: Vec<u64> =
            access.live().filter(|grant| fits(grant)).map(|grant| grant.number).collect();
        let count = grants.len();
        if count > 0 {
            let change = AccessChange::Revoked { grants };
            self.record(&change)?;
            access.apply(&change);
        }
        Ok(count)
    }

    /// How long an access token is good for that is made now.
    pub(crate) fn access_token_s(&self) -> i64 {
        locked(&self.bad_days).quirks().access_token_s.into()
    }

    pub(crate) fn access_token(&self, grant: &Grant, permissions: Permissions) -> String {
        let serial = self.next_serial();
        let expires_at = self.clock.now_s() + self.access_token_s();
        let claims = locked(&self.access).claims(grant, permissions, expires_at, serial);
        token_text(&self.key.seal(Purpose::AccessToken, &claims))
    }

    /// Whether a text looks like an access token at all.
    pub(crate) fn is_token(text: &str) -> bool {
        sealed_text(text).is_some()
    }

    pub(crate) fn admit(&self, token: &str) -> Result<(Grant, TokenClaims), TokenProblem> {
        let sealed = sealed_text(token).ok_or(TokenProblem::Invalid)?;
        let claims: TokenClaims =
            self.key.open(Purpose::AccessToken, sealed).ok_or(TokenProblem::Invalid)?;
        let grant = locked(&self.access).admit(&claims, self.clock.now_s())?.clone();
        Ok((grant, claims))
    }

    fn record(&self, change: &AccessChange) -> io::Result<()> {
        match &self.state {
            Some(state) => state.append(&Record::Access(change.clone())),
            None => Ok(()),
        }
    }
}
