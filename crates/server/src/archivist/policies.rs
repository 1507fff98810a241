//! Access policies: which of a tenancy's private assets they are about, and what they say to grant.
//!
//! Public assets match no policy: everybody sees them anyway. What a policy grants is kept as it was
//! written and opens nothing: only its own tenancy reads a private asset.

use axum::{
    Json,
    extract::{RawQuery, State as Shared},
};
use http::HeaderMap;
use ledger::{
    AssetId, AssetQuery, IamId, IamItem, IamKind, Sharing, TenancyId, model::filter::Filter,
};
use serde::{Deserialize, Serialize};

use super::{
    AssetPath,
    asset::AssetBody,
    filter::{Listed, any_of},
    iam::{Empty, checked_name, listing, named},
    once::Once,
    owner::{AtTime, Nothing, is_counted, owned, total},
    paging::List,
    tenant,
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{FromPath, Ids, Strict, identity},
};

const KIND: IamKind = IamKind::AccessPolicy;
const DESCRIPTION_CHARS_MAX: usize = 4_096;

/// A policy, as it is written and as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Policy {
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    pub(super) filters: Vec<AnyOf>,
    #[serde(default)]
    pub(super) access_permissions: Vec<Permission>,
}

/// Conditions of which one must hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AnyOf {
    pub(super) or: Vec<String>,
}

/// Who may do what. Members that were not sent are empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Permission {
    pub(super) subjects: Vec<String>,
    behaviours: Vec<String>,
    include_attributes: Vec<String>,
    user_attributes: Vec<AnyOf>,
    pub(super) asset_attributes_read: Vec<String>,
    asset_attributes_write: Vec<String>,
    event_arc_display_type_read: Vec<String>,
    event_arc_display_type_write: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct ToChange {
    display_name: Option<String>,
    description: Option<String>,
    filters: Option<Vec<AnyOf>>,
    access_permissions: Option<Vec<Permission>>,
}

#[derive(Serialize)]
pub(crate) struct PolicyBody {
    identity: String,
    tenant: String,
    #[serde(flatten)]
    policy: Policy,
}

#[derive(Serialize)]
pub(crate) struct Policies {
    access_policies: Vec<PolicyBody>,
    next_page_token: String,
}

#[derive(Serialize)]
pub(crate) struct Matching {
    assets: Vec<AssetBody>,
    next_page_token: String,
}

impl Policy {
    fn check(&self) -> Result<(), Error> {
        checked_name(&self.display_name)?;
        if self.description.chars().count() > DESCRIPTION_CHARS_MAX {
            return Err(Error::BadRequest(format!(
                "description has at most {DESCRIPTION_CHARS_MAX} characters."
            )));
        }
        self.filter().map(drop)
    }

    /// Which assets it is about.
    pub(super) fn filter(&self) -> Result<Filter, Error> {
        let groups = self.filters.iter().map(|group| {
            let terms = group.or.iter().map(|term| any_of(Listed::Assets, &quoted(term)));
            Ok(terms.collect::<Result<Vec<_>, Error>>()?.concat())
        });
        Ok(Filter { groups: groups.collect::<Result<_, Error>>()?, ..Filter::default() })
    }

    pub(super) fn read(body: &str) -> Result<Self, Error> {
        serde_json::from_str(body).map_err(Error::internal)
    }
}

/// A policy's condition is `attributes.k=v` with everything behind the sign as its value.
fn quoted(term: &str) -> String {
    match term.split_once('=') {
        Some((key, value)) if value != "*" && !value.starts_with('\'') => {
            format!("{key}='{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
        }
        _ => term.to_owned(),
    }
}

pub(super) async fn create(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(policy, once): Once<Policy>,
) -> Result<Json<PolicyBody>, Error> {
    policy.check()?;
    let tenancy = caller.tenancy();
    let id = state.ledger.add_iam_item(tenancy, KIND, text(&policy), once).await?;
    read(&state, tenancy, id).await.map(Json)
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<(HeaderMap, Json<Policies>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("access policies {tenancy}"));
    let page = list.read(query.as_deref())?;
    let name = named(&page.pairs)?;
    let mut found = Vec::new();
    for IamItem { place, id, body } in state.ledger.iam_items(tenancy, KIND).await? {
        let policy = Policy::read(&body)?;
        if name.as_ref().is_none_or(|name| *name == policy.display_name) {
            found.push((place, body_of(tenancy, id, policy)));
        }
    }
    let count = is_counted(&headers).then_some(found.len() as u64);
    let (access_policies, next) = cut(found, listing(&page)?);
    let next_page_token = list.next(&page, next);
    Ok((total(count), Json(Policies { access_policies, next_page_token })))
}

/// One page out of everything.
pub(super) fn cut<T>(
    found: Vec<(u64, T)>,
    (after, size): (i64, usize),
) -> (Vec<T>, Option<String>) {
    let after = u64::try_from(after).unwrap_or(0);
    let mut page: Vec<_> = found.into_iter().filter(|(place, _)| *place > after).collect();
    let has_more = page.len() > size;
    page.truncate(size);
    let next = page.last().filter(|_| has_more).map(|(place, _)| place.to_string());
    (page.into_iter().map(|(_, body)| body).collect(), next)
}

pub(super) async fn get(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<PolicyBody>, Error> {
    read(&state, caller.tenancy(), id).await.map(Json)
}

/// Members that are sent replace what was there as a whole.
pub(super) async fn change(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
    Once(change, _): Once<ToChange>,
) -> Result<Json<PolicyBody>, Error> {
    let tenancy = caller.tenancy();
    let old = state.ledger.iam_item(tenancy, KIND, id).await?.ok_or(Error::NotFound)?;
    let old = Policy::read(&old)?;
    let policy = Policy {
        display_name: change.display_name.unwrap_or(old.display_name),
        description: change.description.unwrap_or(old.description),
        filters: change.filters.unwrap_or(old.filters),
        access_permissions: change.access_permissions.unwrap_or(old.access_permissions),
    };
    policy.check()?;
    state.ledger.change_iam_item(tenancy, KIND, id, text(&policy)).await?;
    read(&state, tenancy, id).await.map(Json)
}

pub(super) async fn delete(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
) -> Result<Json<Empty>, Error> {
    let was_there = state.ledger.delete_iam_item(caller.tenancy(), KIND, id).await?;
    was_there.then_some(Json(Empty {})).ok_or(Error::NotFound)
}

/// The assets that a policy is about.
pub(super) async fn assets(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<(HeaderMap, Json<Matching>), Error> {
    let tenancy = caller.tenancy();
    let body = state.ledger.iam_item(tenancy, KIND, id).await?.ok_or(Error::NotFound)?;
    let list = List::new(&state, format!("assets of policy {id}"));
    let page = list.read(query.as_deref())?;
    let filter = private_ones(Policy::read(&body)?.filter()?);
    let count = if is_counted(&headers) {
        Some(state.ledger.count_assets(tenancy, filter.clone()).await?)
    } else {
        None
    };
    let query = AssetQuery {
        filter,
        page_token: page.position.clone(),
        page_size: page.size,
        ..AssetQuery::default()
    };
    let found = state.ledger.assets(tenancy, query).await?;
    let assets = found.assets.into_iter();
    let assets = assets.map(|(asset, private)| AssetBody::owner(&asset, private)).collect();
    let next_page_token = list.next(&page, found.next_page_token);
    Ok((total(count), Json(Matching { assets, next_page_token })))
}

fn private_ones(mut filter: Filter) -> Filter {
    use ledger::model::filter::{Field, Term, Test, Word};
    let test = Test::Is("RESTRICTED".to_owned());
    filter.groups.push(vec![Term { field: Field::Word(Word::Privacy), test }]);
    filter
}

/// The policies that are about an asset.
pub(super) async fn of_asset(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(AssetPath(id)): Ids<AssetPath>,
    Strict(_): Strict<AtTime>,
) -> Result<Json<Policies>, Error> {
    let access_policies = about(&state, &caller, id).await?;
    Ok(Json(Policies { access_policies, next_page_token: String::new() }))
}

async fn about(state: &State, caller: &Caller, id: AssetId) -> Result<Vec<PolicyBody>, Error> {
    let (asset, _) = owned(state, caller, id).await?;
    let mut found = Vec::new();
    for IamItem { id, body, .. } in state.ledger.iam_items(caller.tenancy(), KIND).await? {
        let policy = Policy::read(&body)?;
        if asset.sharing == Sharing::Private && policy.filter()?.matches_asset(&asset) {
            found.push(body_of(caller.tenancy(), id, policy));
        }
    }
    Ok(found)
}

async fn read(state: &State, tenancy: TenancyId, id: IamId) -> Result<PolicyBody, Error> {
    let body = state.ledger.iam_item(tenancy, KIND, id).await?.ok_or(Error::NotFound)?;
    Ok(body_of(tenancy, id, Policy::read(&body)?))
}

fn body_of(tenancy: TenancyId, id: IamId, policy: Policy) -> PolicyBody {
    PolicyBody { identity: format!("access_policies/{id}"), tenant: tenant(tenancy), policy }
}

fn text(policy: &Policy) -> String {
    serde_json::to_string(policy).expect("invariant: texts are always JSON")
}

/// The path of an access policy or a subject.
pub(super) struct PolicyPath(pub(super) IamId);

impl FromPath for PolicyPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}
