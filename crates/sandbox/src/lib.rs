//! A Dropbox to run at home: the HTTP API of files, users and sharing, over a local folder, over
//! memory, or over a tree of up to ten million files that is computed and never stored.
//!
//! [`Sandbox::start`] serves everything on one port: the web pages (sign-in, consent, connected
//! apps), the API, the content host and the notification host, over plain HTTP and over TLS, and as
//! a proxy that leads unmodified clients here when they mean Dropbox. [`Files`] changes what is in an
//! account, [`Admin`] makes bad days: faults, expired tokens, revoked links, reset cursors. Both
//! are reachable over HTTP under `/sandbox/` too, for tests in other processes.
//!
//! ```no_run
//! # async fn story() -> Result<(), Box<dyn std::error::Error>> {
//! use sandbox::{Options, Sandbox};
//!
//! let sandbox = Sandbox::start(Options::default()).await?;
//! sandbox.files().write("/Contracts/Lease.txt", "twelve months")?;
//! println!("a Dropbox with one file: {}", sandbox.url());
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! Files named `*.paper`, `*.gdoc`, `*.gsheet` or `*.gslides` are shown as cloud documents, which
//! have no content.
//!
//! Over a folder, what clients write, move and delete happens to the files on the disk; what they
//! replace or delete stays in `.dropbox.cache` there for thirty days, as older revisions, and what
//! people overwrite themselves is found among copies beside the state file. Everything but upload
//! sessions, jobs and authorization codes survives a restart: further people have folders beside
//! the state file, and it holds links, shared folders, locks, tags, properties, requests and
//! webhooks. In memory, and over a computed tree, everything lasts as long as the sandbox runs.
//!
//! Deliberately not here: any code that Proofbox's own Dropbox client uses. A mistake about how
//! Dropbox behaves must not be able to hide on both sides.

mod access;
mod account;
mod admin;
mod beginning;
mod clock;
mod content;
mod content_hash;
mod cursor;
mod edit;
mod environment;
mod faults;
mod files;
mod folder;
mod host;
mod http;
mod identifier;
mod jobs;
mod locks;
mod namespace;
mod options;
mod path;
mod request_log;
mod sandbox;
mod seal;
mod serve;
mod shared_folders;
mod shared_links;
mod state_file;
mod table;
mod team;
#[cfg(test)]
mod tests;
mod uploads;
mod view;
mod webhooks;
mod wire;
mod world;

pub use admin::Admin;
pub use faults::{
    Coalescing, ContentAuthErrors, Emoji, Fault, MalformedTokens, Normalization, Pages, Quirks,
    Trouble,
};
pub use files::{Files, FilesError, Kind, Metadata};
pub use http::routes;
pub use namespace::Mark;
pub use options::{AppKey, Backing, Options, Person, Team};
pub use request_log::{Request, RequestCounts};
pub use sandbox::{Sandbox, StartError};
pub use webhooks::{Delivery, Mischief, Webhook, WebhookError, WebhookState};
