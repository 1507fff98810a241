//! Tenancies in the published shape: what everybody is told of one, and its own view of itself; and how
//! much of each kind of thing it may still make.

use axum::{Json, extract::State as Shared};
use ledger::{
    IamKind, MEMBERS_MAX, MemberState, Tenancy, TenancyId,
    model::{applications::APPLICATIONS_MAX, iam::IAM_ITEMS_MAX},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    iam::checked_name,
    owner::Nothing,
    rfc3339, tenant,
    verb::{Verb, Verbal},
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Body, Ids, Strict},
};

/// What everybody is told of a tenancy.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PublicInfo {
    identity: String,
    /// Empty if there is none.
    verified_domain: String,
    /// Since when it is verified; null if it is not.
    verified_since: Option<String>,
}

/// A tenancy as it sees itself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Tenancy")]
pub(crate) struct TenancyBody {
    identity: String,
    display_name: String,
    verified_domain: String,
}

/// How a tenancy is to be called.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "TenancyName")]
pub(crate) struct Rename {
    display_name: String,
}

/// How much of each kind of thing may still be made.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Caps {
    caps: Vec<Cap>,
}

/// Numbers of 64 bits are texts in the published format.
#[derive(Serialize, JsonSchema)]
struct Cap {
    resource_type: &'static str,
    resource_remaining: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CapsQuery {
    /// Kinds, separated by commas: `access_policies`, `applications`, `assets`, `blobs`, `members`,
    /// `subjects`.
    service: Option<String>,
}

/// `GET …/tenancies/{tenancy}:publicinfo`: who a publisher is, to everybody who met its identity.
pub(super) async fn public_info(
    Shared(state): Shared<State>,
    Ids(Verbal(id, verb)): Ids<Verbal<TenancyId>>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<PublicInfo>, Error> {
    if verb != Verb::PublicInfo {
        return Err(Error::NotFound);
    }
    let found = state.ledger.tenancy(id).await?.ok_or(Error::NotFound)?;
    let verified_domain = found.verified_domain.unwrap_or_default();
    let claim = state.ledger.domain(id).await?.filter(|claim| claim.name == verified_domain);
    let verified_since = claim.and_then(|claim| claim.verified_since()).map(rfc3339);
    Ok(Json(PublicInfo { identity: tenant(id), verified_domain, verified_since }))
}

pub(super) async fn own(
    Shared(state): Shared<State>,
    caller: Caller,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<TenancyBody>, Error> {
    let found = state.ledger.tenancy(caller.tenancy()).await?;
    found.map(|found| Json(found.into())).ok_or(Error::NotFound)
}

pub(super) async fn rename(
    Shared(state): Shared<State>,
    caller: Caller,
    Body(rename): Body<Rename>,
) -> Result<Json<TenancyBody>, Error> {
    let name = checked_name(&rename.display_name)?;
    let renamed = state.ledger.set_tenancy_name(caller.tenancy(), name).await?;
    renamed.map(|renamed| Json(renamed.into())).ok_or(Error::NotFound)
}

impl From<Tenancy> for TenancyBody {
    fn from(tenancy: Tenancy) -> Self {
        Self {
            identity: tenant(tenancy.id),
            display_name: tenancy.display_name,
            verified_domain: tenancy.verified_domain.unwrap_or_default(),
        }
    }
}

pub(super) async fn caps(
    Shared(state): Shared<State>,
    caller: Caller,
    Strict(query): Strict<CapsQuery>,
) -> Result<Json<Caps>, Error> {
    let asked = query.service.unwrap_or_else(|| "access_policies,applications,blobs".to_owned());
    let mut caps = Vec::new();
    for service in asked.split(',') {
        let (resource_type, left) = left(&state, caller.tenancy(), service).await?;
        caps.push(Cap { resource_type, resource_remaining: left.to_string() });
    }
    Ok(Json(Caps { caps }))
}

async fn left(
    state: &State,
    tenancy: TenancyId,
    service: &str,
) -> Result<(&'static str, u64), Error> {
    let items_left = async |kind| -> Result<u64, Error> {
        let count = state.ledger.iam_items(tenancy, kind).await?.len();
        Ok(IAM_ITEMS_MAX.saturating_sub(count) as u64)
    };
    Ok(match service {
        "access_policies" => ("AccessPolicies", items_left(IamKind::AccessPolicy).await?),
        "subjects" => ("Subjects", items_left(IamKind::Subject).await?),
        "applications" => {
            let count = state.ledger.count_applications(tenancy, None).await?;
            ("Applications", u64::from(APPLICATIONS_MAX).saturating_sub(count))
        }
        "blobs" => ("BlobBytes", state.ledger.blob_bytes_left(tenancy).await?),
        // Nothing but the disk limits them; what 32 bits hold is more than anybody reads.
        "assets" => ("Assets", u64::from(u32::MAX)),
        "members" => {
            let active = state.ledger.members(tenancy, MemberState::Active).await?.len();
            let invited = state.ledger.invitations(tenancy).await?.len();
            ("Members", MEMBERS_MAX.saturating_sub((active + invited) as u64))
        }
        _ => {
            return Err(Error::BadQuery(
                "service is a list of access_policies, applications, assets, blobs, members and \
                 subjects."
                    .to_owned(),
            ));
        }
    })
}
