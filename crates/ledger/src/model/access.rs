//! Who may do what: tenancies, users, tokens, and how a publisher is named in public.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;

use crate::ids::{TenancyId, UserId};

/// An organisation's private area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tenancy {
    /// Its identity, which every event of it commits to as the publisher.
    pub id: TenancyId,
    /// The name it chose for itself.
    pub display_name: String,
    /// The domain it proved to control, if any.
    pub verified_domain: Option<String>,
}

/// What the public is told about who published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Publisher {
    /// The tenancy's identity.
    pub tenancy: TenancyId,
    /// The name it chose for itself; nobody checked it.
    pub name: String,
    /// The domain it proved to control, if any.
    pub verified_domain: Option<String>,
}

/// What a user may do in the tenancy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, integrations included.
    Administrator,
    /// See what the tenancy has, and record what an access policy names this member for.
    Member,
}

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The user's identity.
    pub id: UserId,
    /// The tenancy the user belongs to.
    pub tenancy: TenancyId,
    /// What to call the user.
    pub name: String,
    /// The user's address; empty where nobody said one.
    pub email: String,
    /// What the user may do.
    pub role: Role,
}

/// A bearer token for the API, shown once.
#[derive(Clone, Debug)]
pub struct ApiToken {
    /// What the client sends.
    pub token: SecretString,
    /// When it ends.
    pub expires_at: Timestamp,
}
