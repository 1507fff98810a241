//! Who is asking, for which tenancy, on which instance.

use axum::{Json, extract::State as Shared};
use ledger::{Role, Tenancy};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Rename, display_name};
use crate::{State, archivist::tenant, caller::Caller, error::Error, query::Body};

/// Who asks, for which tenancy, on which instance.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Me {
    user: UserBody,
    tenancy: TenancyBody,
    dropbox: DropboxBody,
    log: LogBody,
}

/// Who is signed in, or which application asks.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
struct UserBody {
    /// Of a member as `members/…`, of a program as `applications/…`.
    identity: String,
    name: String,
    /// `administrator`, `member` or `application`.
    role: &'static str,
}

/// Your tenancy.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnTenancy")]
pub(crate) struct TenancyBody {
    identity: String,
    display_name: String,
    verified_domain: Option<String>,
}

/// Whether and how Dropbox is connected to.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DropboxSettings")]
struct DropboxBody {
    configured: bool,
    connected_apps_url: String,
}

/// The log of this instance.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogIdentity")]
struct LogBody {
    origin: String,
    vkey: String,
}

pub(super) async fn me(Shared(state): Shared<State>, caller: Caller) -> Result<Json<Me>, Error> {
    let found = state.ledger.tenancy(caller.tenancy()).await?;
    let tenancy = found.ok_or(Error::SignInRequired)?;
    Ok(Json(Me {
        user: user(caller),
        tenancy: tenancy.into(),
        dropbox: DropboxBody {
            configured: state.sync.configured(),
            connected_apps_url: state.config.connected_apps_url().into(),
        },
        log: LogBody { origin: state.ledger.origin(), vkey: state.ledger.log_key().to_string() },
    }))
}

pub(super) async fn rename_tenancy(
    Shared(state): Shared<State>,
    caller: Caller,
    Body(rename): Body<Rename>,
) -> Result<Json<TenancyBody>, Error> {
    let name = display_name(&rename.display_name)?;
    let renamed = state.ledger.set_tenancy_name(caller.tenancy(), name).await;
    let tenancy = renamed?.ok_or(Error::NotFound)?;
    Ok(Json(tenancy.into()))
}

impl From<Tenancy> for TenancyBody {
    fn from(tenancy: Tenancy) -> Self {
        Self {
            identity: tenant(tenancy.id),
            display_name: tenancy.display_name,
            verified_domain: tenancy.verified_domain,
        }
    }
}

fn user(caller: Caller) -> UserBody {
    match caller {
        Caller::User(user) => UserBody {
            identity: format!("members/{}", user.id),
            name: user.name,
            role: role(user.role),
        },
        Caller::Application(application) => UserBody {
            identity: format!("applications/{}", application.id),
            name: application.display_name,
            role: "application",
        },
        Caller::Integration { source, .. } => UserBody {
            identity: format!("applications/{source}"),
            name: source.to_string(),
            role: "application",
        },
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Administrator => "administrator",
        Role::Member => "member",
    }
}
