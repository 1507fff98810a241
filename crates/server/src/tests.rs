//! The HTTP side as its callers see it: requests through the real router, over a real ledger.
//!
//! [`House`] is an instance in a temporary directory. Its documents have names that would do harm
//! if a page ever showed them as they are.

mod ask;
mod house;
mod promise;

mod archivist;
mod bodies;
mod connect;
mod control;
mod coverage;
mod domains;
mod errors;
mod folders;
mod guard;
mod live;
mod log;
mod log_pages;
mod lookup;
mod members;
mod openapi;
mod pages;
mod private_fields;
mod registered;
mod serve;
mod session;
mod shares;
mod sign_in;
mod site;
mod standing;
mod unrecorded;
mod webhooks;
