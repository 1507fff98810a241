//! Subjects: other tenancies as one knows them. The subject of all zeros is the tenancy itself; what it
//! shows under `wallet_pub_key` is what others enter to name it, and a subject is confirmed once both
//! have named each other.

use axum::{
    Json,
    extract::{RawQuery, State as Shared},
};
use http::HeaderMap;
use ledger::{IamId, IamItem, IamKind, TenancyId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    iam::{Empty, checked_name, listing, named},
    once::Once,
    owner::{Nothing, is_counted, total},
    paging::List,
    policies::{PolicyPath, cut},
    tenant,
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Ids, Strict},
};

const KIND: IamKind = IamKind::Subject;
const KEYS_MAX: usize = 16;
const KEY_CHARS_MAX: usize = 1_024;

const SELF_IS_FIXED: Error = Error::Protocol {
    status: http::StatusCode::FORBIDDEN,
    code: "subject_is_self",
    message: "This subject is your own tenancy, which nobody can change or delete here. Rename the \
              tenancy under Settings instead.",
};

/// A subject, as it is written and as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subject {
    display_name: String,
    #[serde(default)]
    wallet_pub_key: Vec<String>,
    #[serde(default)]
    tessera_pub_key: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct ToChange {
    display_name: Option<String>,
    wallet_pub_key: Option<Vec<String>>,
    tessera_pub_key: Option<Vec<String>>,
}

#[derive(Serialize)]
pub(crate) struct SubjectBody {
    identity: String,
    display_name: String,
    wallet_pub_key: Vec<String>,
    wallet_address: Vec<String>,
    tessera_pub_key: Vec<String>,
    tenant: String,
    confirmation_status: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Subjects {
    subjects: Vec<SubjectBody>,
    next_page_token: String,
}

impl Subject {
    fn check(&self) -> Result<(), Error> {
        checked_name(&self.display_name)?;
        let keys = self.wallet_pub_key.iter().chain(&self.tessera_pub_key);
        let is_long = keys.clone().any(|key| key.chars().count() > KEY_CHARS_MAX);
        if keys.count() > KEYS_MAX || is_long {
            return Err(Error::BadRequest(format!(
                "A subject has at most {KEYS_MAX} keys of {KEY_CHARS_MAX} characters."
            )));
        }
        Ok(())
    }

    /// The tenancy that its first key names, if it names one.
    pub(super) fn names(&self) -> Option<TenancyId> {
        self.wallet_pub_key.first().and_then(|key| key.parse().ok())
    }

    pub(super) fn read(body: &str) -> Result<Self, Error> {
        serde_json::from_str(body).map_err(Error::internal)
    }
}

pub(super) async fn create(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(subject, once): Once<Subject>,
) -> Result<Json<SubjectBody>, Error> {
    subject.check()?;
    let tenancy = caller.tenancy();
    let id = state.ledger.add_iam_item(tenancy, KIND, text(&subject), once).await?;
    read(&state, tenancy, id).await.map(Json)
}

pub(super) async fn list(
    Shared(state): Shared<State>,
    caller: Caller,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<(HeaderMap, Json<Subjects>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("subjects {tenancy}"));
    let page = list.read(query.as_deref())?;
    let name = named(&page.pairs)?;
    let mut found = Vec::new();
    for IamItem { place, id, body } in state.ledger.iam_items(tenancy, KIND).await? {
        let subject = Subject::read(&body)?;
        if name.as_ref().is_none_or(|name| *name == subject.display_name) {
            found.push((place, body_of(&state, tenancy, id, subject).await?));
        }
    }
    let count = is_counted(&headers).then_some(found.len() as u64);
    let (subjects, next) = cut(found, listing(&page)?);
    let next_page_token = list.next(&page, next);
    Ok((total(count), Json(Subjects { subjects, next_page_token })))
}

pub(super) async fn get(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<SubjectBody>, Error> {
    if is_self(id) {
        return own(&state, caller.tenancy()).await.map(Json);
    }
    read(&state, caller.tenancy(), id).await.map(Json)
}

pub(super) async fn change(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
    Once(change, _): Once<ToChange>,
) -> Result<Json<SubjectBody>, Error> {
    if is_self(id) {
        return Err(SELF_IS_FIXED);
    }
    let tenancy = caller.tenancy();
    let old = state.ledger.iam_item(tenancy, KIND, id).await?.ok_or(Error::NotFound)?;
    let old = Subject::read(&old)?;
    let subject = Subject {
        display_name: change.display_name.unwrap_or(old.display_name),
        wallet_pub_key: change.wallet_pub_key.unwrap_or(old.wallet_pub_key),
        tessera_pub_key: change.tessera_pub_key.unwrap_or(old.tessera_pub_key),
    };
    subject.check()?;
    state.ledger.change_iam_item(tenancy, KIND, id, text(&subject)).await?;
    read(&state, tenancy, id).await.map(Json)
}

pub(super) async fn delete(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(PolicyPath(id)): Ids<PolicyPath>,
) -> Result<Json<Empty>, Error> {
    if is_self(id) {
        return Err(SELF_IS_FIXED);
    }
    let was_there = state.ledger.delete_iam_item(caller.tenancy(), KIND, id).await?;
    was_there.then_some(Json(Empty {})).ok_or(Error::NotFound)
}

fn is_self(id: IamId) -> bool {
    Uuid::from(id).is_nil()
}

async fn own(state: &State, tenancy: TenancyId) -> Result<SubjectBody, Error> {
    let found = state.ledger.tenancy(tenancy).await?.ok_or(Error::NotFound)?;
    Ok(SubjectBody {
        identity: format!("subjects/{}", Uuid::nil()),
        display_name: found.display_name,
        wallet_pub_key: vec![tenancy.to_string()],
        wallet_address: Vec::new(),
        tessera_pub_key: Vec::new(),
        tenant: tenant(tenancy),
        confirmation_status: "CONFIRMED",
    })
}

async fn read(state: &State, tenancy: TenancyId, id: IamId) -> Result<SubjectBody, Error> {
    let body = state.ledger.iam_item(tenancy, KIND, id).await?.ok_or(Error::NotFound)?;
    body_of(state, tenancy, id, Subject::read(&body)?).await
}

async fn body_of(
    state: &State,
    tenancy: TenancyId,
    id: IamId,
    subject: Subject,
) -> Result<SubjectBody, Error> {
    let is_mutual = match subject.names() {
        Some(partner) => has_named(state, partner, tenancy).await?,
        None => false,
    };
    Ok(SubjectBody {
        identity: format!("subjects/{id}"),
        display_name: subject.display_name,
        wallet_pub_key: subject.wallet_pub_key,
        wallet_address: Vec::new(),
        tessera_pub_key: subject.tessera_pub_key,
        tenant: tenant(tenancy),
        confirmation_status: if is_mutual { "CONFIRMED" } else { "PENDING" },
    })
}

/// Whether a tenancy has a subject that names another one.
pub(super) async fn has_named(
    state: &State,
    tenancy: TenancyId,
    other: TenancyId,
) -> Result<bool, Error> {
    for item in state.ledger.iam_items(tenancy, KIND).await? {
        if Subject::read(&item.body)?.names() == Some(other) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn text(subject: &Subject) -> String {
    serde_json::to_string(subject).expect("invariant: texts are always JSON")
}
