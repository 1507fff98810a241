//! Access policies and subjects, which are kept as JSON and handled alike; and what their lists share
//! with that of applications.

use axum::{Json, extract::State as Shared};
use http::HeaderMap;
use ledger::{IamId, IamItem, IamKind, TenancyId};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    once::Once,
    owner::{Nothing, total},
    paging::{List, Page},
    parameters::NamedQuery,
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    query::{Asked, Body, FromPath, Ids, Strict, identity},
};

/// The most on one page, and as many as come without asking.
pub(super) const PAGE_MAX: usize = 200;
const NAME_CHARS_MAX: usize = 128;

/// An answer that has nothing to say.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Nothing")]
pub(crate) struct Empty {}

/// A name to show: 1 to 128 characters, none of them a control character.
pub(super) fn checked_name(name: &str) -> Result<String, Error> {
    let characters = name.chars().count();
    if characters == 0 || characters > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Error::BadRequest(format!(
            "display_name has 1 to {NAME_CHARS_MAX} characters, none of them a control character."
        )));
    }
    Ok(name.to_owned())
}

/// The one filter of these lists: an exact name.
pub(super) fn named(pairs: &[(String, String)]) -> Result<Option<String>, Error> {
    match pairs {
        [] => Ok(None),
        [(key, name)] if key == "display_name" => Ok(Some(name.clone())),
        _ => Err(Error::BadQuery(
            "This list is filtered by display_name alone, and by all of it.".to_owned(),
        )),
    }
}

/// Where a page begins and how much it holds.
pub(super) fn listing(page: &Page) -> Result<(i64, usize), Error> {
    let bad = |_| Error::BadQuery("The page token is not valid here.".to_owned());
    let after = page.position.as_deref().map_or(Ok(0), str::parse).map_err(bad)?;
    let size = usize::try_from(page.size).unwrap_or(PAGE_MAX);
    Ok((after, if size == 0 { PAGE_MAX } else { size.min(PAGE_MAX) }))
}

/// What is kept as an item: an access policy or a subject, as it was written.
pub(super) trait Kept: Serialize + DeserializeOwned + Send + Sync + 'static {
    const KIND: IamKind;
    /// What of it can be changed. Members that are sent replace what was there as a whole.
    type Change: DeserializeOwned + JsonSchema + Send;
    /// As it is shown.
    type Shown: Serialize + JsonSchema + Send;
    /// A page of a list.
    type Page: Serialize + JsonSchema + Send;

    fn display_name(&self) -> &str;
    fn check(&self) -> Result<(), Error>;
    fn changed(self, change: Self::Change) -> Self;
    fn page(shown: Vec<Self::Shown>, next_page_token: String) -> Self::Page;
    fn show(
        self,
        state: &State,
        tenancy: TenancyId,
        id: IamId,
    ) -> impl Future<Output = Result<Self::Shown, Error>> + Send;

    /// One that is there without being kept.
    fn given(
        _: &State,
        _: TenancyId,
        _: IamId,
    ) -> impl Future<Output = Result<Option<Self::Shown>, Error>> + Send {
        async { Ok(None) }
    }

    /// Refuses to change what is only given.
    fn may_change(_: IamId) -> Result<(), Error> {
        Ok(())
    }

    /// Reads what was kept.
    fn read(body: &str) -> Result<Self, Error> {
        serde_json::from_str(body).map_err(Error::internal)
    }

    /// What is kept.
    fn text(&self) -> String {
        serde_json::to_string(self).expect("invariant: texts are always JSON")
    }
}

pub(super) async fn create<K: Kept + JsonSchema>(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(kept, once): Once<K>,
) -> Result<Json<K::Shown>, Error> {
    kept.check()?;
    let tenancy = caller.tenancy();
    let id = state.ledger.add_iam_item(tenancy, K::KIND, kept.text(), once).await?;
    shown::<K>(&state, tenancy, id).await.map(Json)
}

pub(super) async fn list<K: Kept>(
    Shared(state): Shared<State>,
    caller: Caller,
    asked: Asked<NamedQuery>,
) -> Result<(HeaderMap, Json<K::Page>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("{:?} {tenancy}", K::KIND));
    let page = list.read(&asked)?;
    let name = named(&page.pairs)?;
    let mut found = Vec::new();
    for IamItem { place, id, body } in state.ledger.iam_items(tenancy, K::KIND).await? {
        let kept = K::read(&body)?;
        if name.as_ref().is_none_or(|name| *name == kept.display_name()) {
            found.push((place, kept.show(&state, tenancy, id).await?));
        }
    }
    let count = asked.is_counted.then_some(found.len() as u64);
    let (shown, next) = cut(found, listing(&page)?);
    let next_page_token = list.next(&page, next);
    Ok((total(count), Json(K::page(shown, next_page_token))))
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
    (page.into_iter().map(|(_, shown)| shown).collect(), next)
}

pub(super) async fn get<K: Kept>(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(ItemPath(id)): Ids<ItemPath>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<K::Shown>, Error> {
    match K::given(&state, caller.tenancy(), id).await? {
        Some(given) => Ok(Json(given)),
        None => shown::<K>(&state, caller.tenancy(), id).await.map(Json),
    }
}

pub(super) async fn change<K: Kept>(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(ItemPath(id)): Ids<ItemPath>,
    Body(change): Body<K::Change>,
) -> Result<Json<K::Shown>, Error> {
    K::may_change(id)?;
    let tenancy = caller.tenancy();
    let changed = kept::<K>(&state, tenancy, id).await?.changed(change);
    changed.check()?;
    state.ledger.change_iam_item(tenancy, K::KIND, id, changed.text()).await?;
    shown::<K>(&state, tenancy, id).await.map(Json)
}

pub(super) async fn delete<K: Kept>(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(ItemPath(id)): Ids<ItemPath>,
) -> Result<Json<Empty>, Error> {
    K::may_change(id)?;
    let was_there = state.ledger.delete_iam_item(caller.tenancy(), K::KIND, id).await?;
    was_there.then_some(Json(Empty {})).ok_or(Error::NotFound)
}

async fn shown<K: Kept>(state: &State, tenancy: TenancyId, id: IamId) -> Result<K::Shown, Error> {
    kept::<K>(state, tenancy, id).await?.show(state, tenancy, id).await
}

/// One of a tenancy's items, as it was written.
pub(super) async fn kept<K: Kept>(
    state: &State,
    tenancy: TenancyId,
    id: IamId,
) -> Result<K, Error> {
    let body = state.ledger.iam_item(tenancy, K::KIND, id).await?.ok_or(Error::NotFound)?;
    K::read(&body)
}

/// The path of an item.
pub(super) struct ItemPath(pub(super) IamId);

impl FromPath for ItemPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}
