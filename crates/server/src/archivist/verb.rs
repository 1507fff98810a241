//! Identities with a verb behind them, as in `{asset}:publicurl`. They share a segment of the path, so
//! the router hands both over as one.

use std::{fmt::Display, str::FromStr};

use crate::{
    error::Error,
    query::{FromPath, identity},
};

/// What is asked of a thing beyond itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    None,
    PublicUrl,
    PublicInfo,
    RegenerateSecret,
    Activate,
    Deactivate,
}

/// An identity and what follows it.
pub(super) struct Verbal<T>(pub(super) T, pub(super) Verb);

impl<T: FromStr + Display> FromPath for Verbal<T> {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        let (id, verb) = match raw.split_once(':') {
            None => (raw.as_str(), Verb::None),
            Some((id, "publicurl")) => (id, Verb::PublicUrl),
            Some((id, "publicinfo")) => (id, Verb::PublicInfo),
            Some((id, "regenerate-secret")) => (id, Verb::RegenerateSecret),
            Some((id, "activate")) => (id, Verb::Activate),
            Some((id, "deactivate")) => (id, Verb::Deactivate),
            Some(_) => return Err(Error::NotFound),
        };
        Ok(Self(identity(id)?, verb))
    }
}
