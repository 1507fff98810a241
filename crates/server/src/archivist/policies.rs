//! Access policies: which of a tenancy's private assets they are about, and what they grant to whom.
//!
//! Public assets match no policy: everybody sees them anyway. What a policy opens to another tenancy is
//! told by [`Policy::shares`]; which policies count is found out in `shares`.

use std::collections::BTreeSet;

use axum::{Json, extract::State as Shared};
use http::HeaderMap;
use ledger::{
    AssetId, AssetQuery, Grant, IamId, IamItem, IamKind, Share, Sharing, TenancyId, User,
    model::filter::Filter,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AssetPath,
    asset::AssetBody,
    filter::{Listed, any_of},
    iam::{ItemPath, Kept, checked_name, kept},
    owner::{AtTime, owned, total},
    paging::List,
    parameters::PageQuery,
    tenant,
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Asked, Ids, Strict},
};

const DESCRIPTION_CHARS_MAX: usize = 4_096;
/// The most terms in all filters of a policy together.
const TERMS_MAX: usize = 64;
const PERMISSIONS_MAX: usize = 64;
/// The most texts in one list of a permission, and the longest of them.
const NAMES_MAX: usize = 256;
const NAME_CHARS_MAX: usize = 1_024;

/// A policy, as it is written and as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AccessPolicyToMake")]
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
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct AnyOf {
    pub(super) or: Vec<String>,
}

/// Who may do what. Members that were not sent are empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "AccessPermission")]
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

/// What of an access policy is changed.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AccessPolicyChange")]
pub(crate) struct ToChange {
    display_name: Option<String>,
    description: Option<String>,
    filters: Option<Vec<AnyOf>>,
    access_permissions: Option<Vec<Permission>>,
}

/// Which assets a policy is about, and what it grants.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessPolicy")]
pub(crate) struct PolicyBody {
    identity: String,
    tenant: String,
    #[serde(flatten)]
    policy: Policy,
}

/// A page of a list of access policies.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccessPolicies")]
pub(crate) struct Policies {
    access_policies: Vec<PolicyBody>,
    next_page_token: String,
}

/// A page of a list of the assets that a policy is about.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MatchingAssets")]
pub(crate) struct Matching {
    assets: Vec<AssetBody>,
    next_page_token: String,
}

impl Policy {
    /// What it opens to a tenancy that its owner knows under these subjects' identities.
    pub(super) fn shares(
        &self,
        owner: TenancyId,
        subjects: &BTreeSet<String>,
    ) -> Result<Vec<Share>, Error> {
        let names = |permission: &&Permission| {
            permission.subjects.iter().any(|subject| subjects.contains(subject))
        };
        self.opened(owner, self.access_permissions.iter().filter(names))
    }

    fn opened<'a>(
        &self,
        owner: TenancyId,
        permissions: impl Iterator<Item = &'a Permission>,
    ) -> Result<Vec<Share>, Error> {
        let share = |permission: &Permission| {
            let (filter, grant) = (self.filter()?, permission.grant());
            Ok(Share { owner, filter, grant })
        };
        permissions.map(share).collect()
    }

    /// What it lets a member of its own tenancy record, who need not be named to read.
    pub(super) fn of_member(&self, member: &User) -> Result<Vec<Share>, Error> {
        let names = |permission: &&Permission| permission.names_user(member);
        self.opened(member.tenancy, self.access_permissions.iter().filter(names))
    }

    /// Which assets it is about.
    fn filter(&self) -> Result<Filter, Error> {
        let groups = self.filters.iter().map(|group| {
            let terms = group.or.iter().map(|term| any_of(Listed::Assets, &quoted(term)));
            Ok(terms.collect::<Result<Vec<_>, Error>>()?.concat())
        });
        Ok(Filter { groups: groups.collect::<Result<_, Error>>()?, ..Filter::default() })
    }

    fn check_limits(&self) -> Result<(), Error> {
        let terms: usize = self.filters.iter().map(|group| group.or.len()).sum();
        if terms > TERMS_MAX || self.access_permissions.len() > PERMISSIONS_MAX {
            return Err(Error::BadRequest(format!(
                "A policy has at most {TERMS_MAX} terms in its filters and {PERMISSIONS_MAX} permissions. \
                 Make several policies."
            )));
        }
        if self.access_permissions.iter().any(Permission::is_too_large) {
            return Err(Error::BadRequest(format!(
                "Each list of a permission has at most {NAMES_MAX} texts of {NAME_CHARS_MAX} characters. \
                 `*` in it stands for all."
            )));
        }
        Ok(())
    }
}

impl Permission {
    fn grant(&self) -> Grant {
        fn texts(list: &[String]) -> impl Iterator<Item = &str> {
            list.iter().map(String::as_str)
        }
        Grant {
            // The older name of the list is read as well.
            attributes_read: texts(&self.asset_attributes_read)
                .chain(texts(&self.include_attributes))
                .collect(),
            attributes_write: texts(&self.asset_attributes_write).collect(),
            kinds_read: texts(&self.event_arc_display_type_read).collect(),
            kinds_write: texts(&self.event_arc_display_type_write).collect(),
            behaviours: texts(&self.behaviours).collect(),
        }
    }

    /// Whether it names a member: one condition of every group holds, of which there is one at least.
    fn names_user(&self, member: &User) -> bool {
        let holds = |condition: &String| match condition.split_once('=') {
            Some(("email", email)) => !email.is_empty() && email == member.email,
            Some(("subject", subject)) => subject == member.id.to_string(),
            // What an identity provider would say of a member nobody says here.
            _ => false,
        };
        !self.user_attributes.is_empty()
            && self.user_attributes.iter().all(|group| group.or.iter().any(holds))
    }

    fn is_too_large(&self) -> bool {
        let lists = [
            &self.subjects,
            &self.behaviours,
            &self.include_attributes,
            &self.asset_attributes_read,
            &self.asset_attributes_write,
            &self.event_arc_display_type_read,
            &self.event_arc_display_type_write,
        ];
        let of_users = self.user_attributes.iter().map(|group| &group.or);
        let is_long = |text: &String| text.chars().count() > NAME_CHARS_MAX;
        self.user_attributes.len() > NAMES_MAX
            || lists
                .into_iter()
                .chain(of_users)
                .any(|list| list.len() > NAMES_MAX || list.iter().any(is_long))
    }
}

impl Kept for Policy {
    const KIND: IamKind = IamKind::AccessPolicy;
    type Change = ToChange;
    type Shown = PolicyBody;
    type Page = Policies;

    fn display_name(&self) -> &str {
        &self.display_name
    }

    fn check(&self) -> Result<(), Error> {
        checked_name(&self.display_name)?;
        if self.description.chars().count() > DESCRIPTION_CHARS_MAX {
            return Err(Error::BadRequest(format!(
                "description has at most {DESCRIPTION_CHARS_MAX} characters."
            )));
        }
        self.check_limits()?;
        self.filter().map(drop)
    }

    fn changed(self, change: ToChange) -> Self {
        Self {
            display_name: change.display_name.unwrap_or(self.display_name),
            description: change.description.unwrap_or(self.description),
            filters: change.filters.unwrap_or(self.filters),
            access_permissions: change.access_permissions.unwrap_or(self.access_permissions),
        }
    }

    fn page(access_policies: Vec<PolicyBody>, next_page_token: String) -> Policies {
        Policies { access_policies, next_page_token }
    }

    async fn show(self, _: &State, tenancy: TenancyId, id: IamId) -> Result<PolicyBody, Error> {
        Ok(PolicyBody::of(tenancy, id, self))
    }
}

impl PolicyBody {
    fn of(tenancy: TenancyId, id: IamId, policy: Policy) -> Self {
        Self { identity: format!("access_policies/{id}"), tenant: tenant(tenancy), policy }
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

/// The assets that a policy is about.
pub(super) async fn assets(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(ItemPath(id)): Ids<ItemPath>,
    asked: Asked<PageQuery>,
) -> Result<(HeaderMap, Json<Matching>), Error> {
    let tenancy = caller.tenancy();
    let policy: Policy = kept(&state, tenancy, id).await?;
    let list = List::new(&state, format!("assets of policy {id}"));
    let page = list.read(&asked)?;
    let filter = private_ones(policy.filter()?);
    let count = if asked.is_counted {
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
    for IamItem { id, body, .. } in
        state.ledger.iam_items(caller.tenancy(), IamKind::AccessPolicy).await?
    {
        let policy = Policy::read(&body)?;
        if asset.sharing == Sharing::Private && policy.filter()?.matches_asset(&asset) {
            found.push(PolicyBody::of(caller.tenancy(), id, policy));
        }
    }
    Ok(found)
}
