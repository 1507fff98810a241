//! The sandbox from outside: over real HTTP, by a client that knows nothing of its insides.

mod administration;
mod client;
mod deltas;
mod differential;
mod files;
mod folder;
mod generated;
mod model;
mod oauth;
mod pages;
mod people;
mod restart;
