//! Tests from inside: what takes a million calls, and so no sockets.

mod differential;
mod inside;

pub(crate) use inside::Inside;
