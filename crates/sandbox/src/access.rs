//! Who may see what: the grants that people gave to apps, and the codes and tokens that stand for
//! them. Tokens carry their meaning under a seal, so that only grants and what was taken back are
//! kept. How requests and pages look is not here.

mod codes;
mod permission;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use codes::{Challenge, Code, Codes};
pub(crate) use permission::{Permission, Permissions};

/// One consent of one person to one app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) number: u64,
    pub(crate) app: String,
    pub(crate) account: String,
    pub(crate) permissions: Permissions,
    pub(crate) at: i64,
    /// Refreshing a token of an app that authorized without PKCE needs the app's secret.
    pub(crate) with_pkce: bool,
    #[serde(default)]
    pub(crate) revoked: bool,
}

/// What a person allowed just now.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    pub(crate) app: String,
    pub(crate) account: String,
    pub(crate) permissions: Permissions,
    pub(crate) with_pkce: bool,
}

/// What a sealed access token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenClaims {
    pub(crate) grant: u64,
    pub(crate) permissions: Permissions,
    pub(crate) expires_at: i64,
    pub(crate) epoch: u32,
    /// Two tokens of the same second differ.
    pub(crate) serial: u64,
}

/// What happened to the grants, as the state file keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessChange {
    Granted(Grant),
    Revoked {
        grants: Vec<u64>,
    },
    /// Every access token handed out so far is over; refresh tokens are not.
    TokensExpired,
}

/// Why a token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    Invalid,
    Expired,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Access {
    grants: BTreeMap<u64, Grant>,
    token_epoch: u32,
}

impl Access {
    pub(crate) fn apply(&mut self, change: &AccessChange) {
        match change {
            AccessChange::Granted(grant) => {
                self.grants.insert(grant.number, grant.clone());
            }
            AccessChange::Revoked { grants } => {
                for number in grants {
                    if let Some(grant) = self.grants.get_mut(number) {
                        grant.revoked = true;
                    }
                }
            }
            AccessChange::TokensExpired => self.token_epoch += 1,
        }
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.grants.last_key_value().map_or(1, |(number, _)| number + 1)
    }

    pub(crate) fn claims(
        &self,
        grant: &Grant,
        permissions: Permissions,
        expires_at: i64,
        serial: u64,
    ) -> TokenClaims {
        TokenClaims {
            grant: grant.number,
            permissions,
            expires_at,
            epoch: self.token_epoch,
            serial,
        }
    }

    pub(crate) fn admit(&self, claims: &TokenClaims, now_s: i64) -> Result<&Grant, TokenProblem> {
        let grant = self.grant(claims.grant).ok_or(TokenProblem::Invalid)?;
        if claims.epoch < self.token_epoch || claims.expires_at <= now_s {
            return Err(TokenProblem::Expired);
        }
        Ok(grant)
    }

    /// A grant that was not taken back.
    pub(crate) fn grant(&self, number: u64) -> Option<&Grant> {
        self.grants.get(&number).filter(|grant| !grant.revoked)
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Grant> {
        self.grants.values().filter(|grant| !grant.revoked)
    }

    /// All that one person has granted one app so far.
    pub(crate) fn granted(&self, account: &str, app: &str) -> Permissions {
        let theirs = self.live().filter(|grant| grant.account == account && grant.app == app);
        theirs.fold(Permissions::default(), |all, grant| all.with(grant.permissions.clone()))
    }

    /// Whether an app may use somebody's account at all.
    pub(crate) fn is_connected(&self, account: &str, app: &str) -> bool {
        self.live().any(|grant| grant.account == account && grant.app == app)
    }

    /// Whether this person need not be asked again.
    pub(crate) fn has_approved(&self, account: &str, app: &str, wanted: &Permissions) -> bool {
        self.is_connected(account, app) && wanted.is_within(&self.granted(account, app))
    }
}
