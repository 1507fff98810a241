//! What a tenancy reads: its assets with their private names, their events, and what other tenancies
//! share with it; one by one, and in lists with filters.

use axum::{
    Json,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use ledger::{
    Asset, AssetId, AssetQuery, EventId, EventQuery, FullEvent, Order, Origin, OwnedEvent,
    PrivateFields, Seen, Shares, Sharing, TenancyId, model::filter::Filter,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    View,
    asset::AssetBody,
    event::{EventBody, PrivateBody},
    filter::{self, Listed},
    paging::{List, Page},
    parameters::{AssetsQuery, EventsQuery},
    shares::{Sight, shares},
    verb::{Verb, Verbal},
};
use crate::{
    State,
    caller::Caller,
    error::Error,
    openapi::As,
    query::{Asked, FromPath, Ids, Strict, identity},
};

/// A page of a list of assets.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Assets {
    assets: Vec<AssetBody>,
    next_page_token: String,
}

/// A page of a list of events.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Events {
    pub(super) events: Vec<EventBody>,
    pub(super) next_page_token: String,
}

/// An address without parameters.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// A single asset may be asked for as it was.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtTime {
    /// The asset as it was at this time, in RFC 3339.
    pub(super) at_time: Option<String>,
}

pub(super) async fn assets(
    Shared(state): Shared<State>,
    caller: Caller,
    asked: Asked<AssetsQuery>,
) -> Result<(HeaderMap, Json<Assets>), Error> {
    let tenancy = caller.tenancy();
    let list = List::new(&state, format!("assets {tenancy}"));
    let page = list.read(&asked)?;
    let shares = shares(&state, tenancy).await?;
    let query = AssetQuery { shares, ..asset_query(&page)? };
    let count = if asked.is_counted && query.search.is_none() {
        let own = state.ledger.count_assets(tenancy, query.filter.clone()).await?;
        Some(own + state.ledger.count_shared_assets(tenancy, query.clone()).await?)
    } else {
        None
    };
    let found = state.ledger.assets(tenancy, query).await?;
    let assets = found.assets.into_iter();
    let assets = assets.map(|(asset, private)| match private {
        Some(private) => AssetBody::owner(&asset, Some(private)),
        None => AssetBody::partner(&asset),
    });
    let assets = assets.collect();
    let next_page_token = list.next(&page, found.next_page_token);
    Ok((total(count), Json(Assets { assets, next_page_token })))
}

fn asset_query(page: &Page) -> Result<AssetQuery, Error> {
    let (filters, others) = page.split(&["order_by", "search", "storage_integrity"]);
    let other = |name: &str| {
        let found = others.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.clone())
    };
    Ok(AssetQuery {
        search: other("search"),
        page_token: page.position.clone(),
        page_size: page.size,
        filter: filter::parse(Listed::Assets, &filters)?,
        order: order_of(page)?,
        ..AssetQuery::default()
    })
}

/// In which order a list is asked for.
fn order_of(page: &Page) -> Result<Order, Error> {
    let (_, asked) = page.split(&["order_by"]);
    match asked.first().map(|(_, order)| order.as_str()) {
        None | Some("" | "DEFAULT") => Ok(Order::Newest),
        Some("SIMPLEHASHV1" | "SIMPLEHASHV2") => Ok(Order::Identity),
        Some(_) => {
            let names = "order_by is DEFAULT, SIMPLEHASHV1 or SIMPLEHASHV2.";
            Err(Error::BadQuery(names.to_owned()))
        }
    }
}

/// The header with the number of all that match.
pub(super) fn total(count: Option<u64>) -> HeaderMap {
    const TOTAL: HeaderName = HeaderName::from_static("x-total-count");
    count.map(|count| (TOTAL, HeaderValue::from(count))).into_iter().collect()
}

/// `GET …/assets/{asset}`, and with `:publicurl` behind the identity where everybody finds it.
pub(super) async fn asset(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(Verbal(id, verb)): Ids<Verbal<AssetId>>,
    Strict(AtTime { at_time }): Strict<AtTime>,
) -> Result<As<Json<AssetBody>>, Error> {
    let sight = Sight::of(&state, &caller, id).await?;
    match verb {
        Verb::None => {
            let sight = sight.at(&state, at_time.as_deref()).await?;
            Ok(Json(sight.body()).into_response().into())
        }
        Verb::PublicUrl => {
            public_url(&state, &sight.asset(), &View::Public.asset(id)).map(As::from)
        }
        _ => Err(Error::NotFound),
    }
}

/// An asset as it was at a time, if one is given.
pub(super) async fn as_of(
    state: &State,
    asset: Asset,
    at_time: Option<&str>,
) -> Result<Asset, Error> {
    let Some(at) = at_time else { return Ok(asset) };
    let at = filter::time("at_time", at)?;
    state.ledger.asset_at(asset, at).await?.ok_or(Error::NotFound)
}

/// Where everybody finds something.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PublicUrl {
    publicurl: String,
}

fn public_url(state: &State, asset: &Asset, identity: &str) -> Result<Response, Error> {
    if asset.sharing != Sharing::Public {
        return Err(Error::NotFound);
    }
    let publicurl = state.config.archivist_url(&format!("v2/{identity}")).into();
    Ok(Json(PublicUrl { publicurl }).into_response())
}

/// Events of one asset, or with `-` in its place of all that the tenancy sees.
pub(super) async fn events(
    Shared(state): Shared<State>,
    caller: Caller,
    Path(asset): Path<String>,
    asked: Asked<EventsQuery>,
) -> Result<(HeaderMap, Json<Events>), Error> {
    let tenancy = caller.tenancy();
    let of = match asset.as_str() {
        "-" => Of::Tenancy(tenancy, shares(&state, tenancy).await?),
        text => {
            let id = identity(text)?;
            Of::Asset(id, Sight::of(&state, &caller, id).await?.seen)
        }
    };
    let list = List::new(&state, format!("events {tenancy} {asset}"));
    list_events(&state, &list, of, View::Owner, &asked).await
}

/// Whose events are listed.
pub(super) enum Of {
    /// Those of an asset; of another tenancy's, what is seen of them.
    Asset(AssetId, Option<Seen>),
    /// Those of a tenancy's assets, and what others share with it.
    Tenancy(TenancyId, Shares),
}

pub(super) async fn list_events(
    state: &State,
    list: &List<'_>,
    of: Of,
    view: View,
    asked: &Asked<EventsQuery>,
) -> Result<(HeaderMap, Json<Events>), Error> {
    let page = list.read(asked)?;
    let witnessed = state.ledger.witnessed_size().await?;
    let filter = event_filter(&page, witnessed, view)?;
    let query = EventQuery {
        filter,
        order: order_of(&page)?,
        page_token: page.position.clone(),
        page_size: page.size,
        ..EventQuery::default()
    };
    let query = match &of {
        Of::Asset(_, seen) => EventQuery { seen: seen.clone(), ..query },
        Of::Tenancy(_, shares) => EventQuery { shares: shares.clone(), ..query },
    };
    let count =
        if asked.is_counted { Some(count_events(state, &of, query.clone()).await?) } else { None };
    let found = match of {
        Of::Asset(id, _) => state.ledger.list_events(id, query).await?.ok_or(Error::NotFound)?,
        Of::Tenancy(id, _) => state.ledger.list_tenancy_events(id, query).await?,
    };
    let body = |full| EventBody::new(full, view, witnessed, None);
    let events = found.events.iter().map(body).collect();
    let next_page_token = list.next(&page, found.next_page_token);
    Ok((total(count), Json(Events { events, next_page_token })))
}

async fn count_events(state: &State, of: &Of, query: EventQuery) -> Result<u64, Error> {
    Ok(match of {
        Of::Asset(id, _) => state.ledger.count_events(*id, query).await?,
        Of::Tenancy(id, _) => {
            let own = state.ledger.count_tenancy_events(*id, query.filter.clone()).await?;
            own + state.ledger.count_shared_events(*id, query).await?
        }
    })
}

/// Principals are blank in public, so nothing may be learned of them by filtering either.
fn event_filter(page: &Page, witnessed: u64, view: View) -> Result<Filter, Error> {
    let own = ["order_by", "minimum_trust", "mmr_index", "storage_integrity"];
    let (filters, others) = page.split(&own);
    if view == View::Public && filters.iter().any(|(key, _)| key.starts_with("principal_")) {
        let message = "Who made an event is not public, so it is no filter here.";
        return Err(Error::BadQuery(message.to_owned()));
    }
    let mut filter = filter::parse(Listed::Events, &filters)?;
    for (key, value) in &others {
        match (key.as_str(), value.as_str()) {
            ("minimum_trust", "UNEQUIVOCAL") => filter.below = Some(witnessed),
            ("mmr_index", index) => filter.index = Some(index.parse().map_err(|_| index_wanted())?),
            ("minimum_trust", "STORED" | "COMMITTED" | "CONFIRMED")
            | ("order_by" | "storage_integrity", _) => {}
            (key, _) => {
                return Err(Error::BadQuery(format!("{key} does not take that value here.")));
            }
        }
    }
    Ok(filter)
}

fn index_wanted() -> Error {
    Error::BadQuery("mmr_index is an event's place in the log: a number.".to_owned())
}

pub(super) async fn event(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(EventVerb(asset, id, verb)): Ids<EventVerb>,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<As<Json<EventBody>>, Error> {
    let sight = Sight::of(&state, &caller, asset).await?;
    match verb {
        Verb::None => {
            let body = event_of(&state, &sight, asset, id).await?;
            Ok(Json(body).into_response().into())
        }
        Verb::PublicUrl => {
            state.ledger.full_event(asset, id).await?.ok_or(Error::NotFound)?;
            public_url(&state, &sight.asset(), &View::Public.event(asset, id)).map(As::from)
        }
        _ => Err(Error::NotFound),
    }
}

/// The path of an event, which a verb may follow.
pub(super) struct EventVerb(AssetId, EventId, Verb);

impl FromPath for EventVerb {
    type Raw = (String, String);

    fn from_path((asset, event): Self::Raw) -> Result<Self, Error> {
        let Verbal(event, verb) = Verbal::from_path(event)?;
        Ok(Self(identity(&asset)?, event, verb))
    }
}

/// An event as the caller sees it.
pub(super) async fn event_of(
    state: &State,
    sight: &Sight,
    asset: AssetId,
    id: EventId,
) -> Result<EventBody, Error> {
    let (full, private) = if let Some(seen) = &sight.seen {
        let full = state.ledger.full_event(asset, id).await?;
        (full.and_then(|full| seen.event(full)).ok_or(Error::NotFound)?, None)
    } else {
        let owned = state.ledger.owned_event(sight.owner(), id).await?;
        let owned = owned.filter(|owned| owned.full.event.asset == asset);
        let OwnedEvent { full, private, erased } = owned.ok_or(Error::NotFound)?;
        let private = PrivateBody::new(shown(&full, private), erased);
        (full, Some(private))
    };
    let witnessed = state.ledger.witnessed_size().await?;
    Ok(EventBody::new(&full, View::Owner, witnessed, private))
}

/// A registered event has its principals where others have an editor; they are shown as principals.
fn shown(full: &FullEvent, private: PrivateFields) -> PrivateFields {
    match full.event.origin {
        Origin::Registered => PrivateFields {
            editor: private.editor.map(|_| full.principals.accepted.display_name.clone()),
            ..private
        },
        _ => private,
    }
}

/// An asset that is the caller's. Events are read by their asset alone, so this comes first.
pub(super) async fn owned(
    state: &State,
    caller: &Caller,
    id: AssetId,
) -> Result<(Asset, PrivateFields), Error> {
    state.ledger.asset(caller.tenancy(), id).await?.ok_or(Error::NotFound)
}
