//! A thin, typed client for the parts of Dropbox that Proofbox reads: sign-in by OAuth with PKCE,
//! the account, folder listings with their cursors, longpoll, webhooks, metadata, revisions and
//! their content; and the content hash that Dropbox gives every file.
//!
//! [`Client`] is one registered app at one set of [`Hosts`]. It sends people to Dropbox
//! ([`Client::authorize_url`]) and turns the code they come back with into a [`Grant`].
//! [`Session`] is one linked account. It keeps its access token fresh, addresses the whole of a
//! team's space where there is one, and holds every call back while Dropbox asks for patience.
//! Everything that can go wrong is an [`ErrorKind`] that a caller can act on.
//!
//! Deliberately not here: retries with backoff (the caller knows what can wait), anything that
//! writes to Dropbox, keeping content, and what Proofbox makes of what it reads.

mod account;
mod client;
mod content_hash;
mod download;
mod error;
mod failure;
mod hosts;
mod identifier;
mod listing;
mod metadata;
mod oauth;
mod path;
mod session;
mod transport;
mod webhook;

pub use account::Account;
pub use client::{BuildError, Client};
pub use content_hash::{
    BLOCK_BYTES, ContentHash, ContentHasher, Digester, Digests, InvalidHash, digest,
};
pub use download::Download;
pub use error::{Error, ErrorKind, Interruption};
pub use hosts::{App, Hosts};
pub use identifier::{AccountId, Id, NamespaceId, Rev};
pub use listing::{Cursor, ListFolder, Longpoll, Page, REVISIONS_MAX, Revisions};
pub use metadata::{
    DeletedMetadata, Entry, FileMetadata, FolderAccess, FolderMetadata, OtherMetadata,
};
pub use oauth::{
    Access, Authorization, AuthorizeRequest, CONTENT_SCOPE, Grant, Reauthentication, SCOPES,
};
pub use path::{InvalidPath, PathRef};
pub use session::{AccessToken, Credentials, Patience, Session};
pub use webhook::NotificationError;
