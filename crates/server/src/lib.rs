//! The HTTP face of Proofbox: public pages, the REST API, sign-in, and the files of the built
//! pages.
//!
//! ```text
//!  request ─► headers ─► error shape ─► limits ─► cross-site check ─► session ─► route
//!                                                                                 │
//!         pages (askama, anonymous) · site (built pages) · log (tiles) · lookup (padded ranges)
//!         archivist (RKVST-shaped assets and events) · api (integrations, live) · sign-in
//! ```
//!
//! Every route is entered in one table together with who may use it (`routes`),
//! and the table admits callers before a handler runs. A handler therefore never checks *whether*
//! it may answer; it only asks the ledger for what belongs to its caller's tenancy.
//!
//! Deliberately not here: SQL, Dropbox and the log's arithmetic. The crate translates between HTTP
//! and `ledger` and `sync`, and decides nothing about recording.

mod api;
mod archivist;
mod caller;
mod config;
mod domains;
mod error;
mod guard;
mod log;
mod lookup;
mod metrics;
mod openapi;
mod pages;
mod query;
mod repeated;
mod routes;
mod serve;
mod session;
mod site;
mod standing;
mod state;
#[cfg(test)]
mod tests;
mod webhooks;

pub use config::Config;
pub use domains::Lookups;
pub use routes::router;
pub use serve::{serve, serve_router};
pub use state::State;
pub use webhooks::Reach;
