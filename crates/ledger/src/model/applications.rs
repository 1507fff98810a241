//! Applications: programs of a tenancy with an id and a secret of their own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use secrecy::SecretString;

use crate::ids::{ApplicationId, TenancyId};

/// The most applications of a tenancy.
pub const APPLICATIONS_MAX: u32 = 1_000;

/// What an application may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationRole {
    /// Everything that the API offers.
    Administrator,
    /// Read what the tenancy has, register assets, record events, upload blobs.
    Recorder,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its identity, and its client id.
    pub id: ApplicationId,
    /// Whose it is.
    pub tenancy: TenancyId,
    /// What its owner calls it.
    pub display_name: String,
    /// What its owner says of it.
    pub custom_claims: BTreeMap<String, String>,
    /// What it may do.
    pub role: ApplicationRole,
    /// Since when its secret is good.
    pub valid_from: Timestamp,
    /// When its secret ends.
    pub valid_until: Timestamp,
}

/// An application to make.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// What to call it.
    pub display_name: String,
    /// What to say of it.
    pub custom_claims: BTreeMap<String, String>,
    /// What it may do.
    pub role: ApplicationRole,
}

/// What to change of an application. `None` keeps.
#[derive(Clone, Debug, Default)]
pub struct ApplicationChange {
    /// Another name.
    pub display_name: Option<String>,
    /// Other claims, in place of all there were.
    pub custom_claims: Option<BTreeMap<String, String>>,
    /// Another role.
    pub role: Option<ApplicationRole>,
}

/// An application with its secret, which is shown this once.
#[derive(Clone, Debug)]
pub struct WithSecret {
    /// The application.
    pub application: Application,
    /// Its secret; `None` when the request was repeated and the secret was shown before.
    pub secret: Option<SecretString>,
}
