//! What can go wrong at the door of this room, as something that a person can act on.

use ledger::StoreError;

use crate::rules::InvalidRules;

/// Why an account wasn't connected. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no app key.
    #[error("this instance has no Dropbox app key; set DROPBOX_APP_KEY and start it again")]
    NotConfigured,
    /// The code is wrong, used or too old.
    #[error("Dropbox no longer accepts this sign-in; start again with Connect")]
    CodeRejected(#[source] dropbox::Error),
    /// The person allowed less than is needed; the text is Dropbox's name of the permission.
    #[error("the permission {0} is missing; connect again and allow it")]
    MissingScope(String),
    /// The app key or secret is wrong.
    #[error("Dropbox refuses this instance's app key or secret; its operator has to correct them")]
    AppRejected(#[source] dropbox::Error),
    /// Somebody signed in to another account than the integration's.
    #[error("this is another Dropbox account than the integration's; sign in to that one")]
    OtherAccount,
    /// There is no such integration, or the setting couldn't be stored.
    #[error("the account is connected, and the setting isn't stored")]
    Settings(#[from] SourceError),
    /// Dropbox couldn't be reached or is in trouble.
    #[error("Dropbox can't be reached at the moment; try again in a minute")]
    Unavailable(#[source] dropbox::Error),
    /// The store failed.
    #[error("the connection couldn't be stored")]
    Store(#[from] StoreError),
}

/// Why something couldn't be done with an integration.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no app key.
    #[error("this instance has no Dropbox app key; set DROPBOX_APP_KEY and start it again")]
    NotConfigured,
    /// The tenancy has no such integration.
    #[error("there is no such integration")]
    Unknown,
    /// It is disconnected, or Dropbox has just said so.
    #[error("the account is disconnected; connect it again")]
    Disconnected,
    /// Its owner has it paused.
    #[error("the integration is paused; let it go on first")]
    Paused,
    /// It would take a permission that the connection doesn't have.
    #[error("SHA-256 takes the permission to read files; allow it at Dropbox first")]
    NotAllowed,
    /// No folder is linked.
    #[error("no folder is linked yet; choose some first")]
    NothingLinked,
    /// A folder isn't there any more.
    #[error("the folder {0} is no longer there; choose again")]
    FolderGone(String),
    /// The rules can't be kept.
    #[error(transparent)]
    Rules(#[from] InvalidRules),
    /// Dropbox couldn't answer.
    #[error("Dropbox didn't answer as it should; try again in a minute")]
    Dropbox(#[source] dropbox::Error),
    /// The store failed.
    #[error("the integration couldn't be read or stored")]
    Store(#[from] StoreError),
}

impl From<dropbox::Error> for ConnectError {
    fn from(error: dropbox::Error) -> Self {
        use dropbox::ErrorKind as Kind;
        match error.kind {
            Kind::MissingScope(scope) => Self::MissingScope(scope),
            Kind::CodeRejected(_) | Kind::Disconnected => Self::CodeRejected(error),
            Kind::AppRejected(_) => Self::AppRejected(error),
            _ => Self::Unavailable(error),
        }
    }
}

impl From<dropbox::Error> for SourceError {
    fn from(error: dropbox::Error) -> Self {
        match error.kind {
            dropbox::ErrorKind::Disconnected => Self::Disconnected,
            _ => Self::Dropbox(error),
        }
    }
}
