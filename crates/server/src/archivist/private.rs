//! The private fields of an event, one at a time: an owner hands somebody a receipt that opens some
//! of them, or erases one for good. What is not here is reading them, which an event does.

use axum::{extract::State as Shared, response::NoContent};
use http::StatusCode;
use ledger::{
    AssetId, EventId, PrivateField,
    entry::{Field, Opened},
};
use schemars::JsonSchema;
use serde::Deserialize;
use tlog::Receipt;
use url::form_urlencoded;

use super::{EventPath, owner::owned, parameters::OpenQuery, shares::Sight};
use crate::{
    State,
    caller::Caller,
    error::Error,
    openapi::{As, Text},
    pages::receipt_file,
    query::{Asked, FromPath, Ids, Strict, identity},
};

/// What an erasure must be asked for with, because nothing and nobody can undo it.
const CONFIRMATION: &str = "for-ever";

const ERASED: Error = Error::Protocol {
    status: StatusCode::GONE,
    code: "erased",
    message: "A field that should be opened was erased, so nobody can open it any more. Leave out \
              those that the event has under private.erased.",
};

const CONFIRMATION_REQUIRED: Error = Error::Protocol {
    status: StatusCode::PRECONDITION_REQUIRED,
    code: "confirmation_required",
    message: "Nothing was erased. An erased field can never be read or proved again, by you \
              neither. If that is what you want, ask again with ?confirm=for-ever.",
};

/// A receipt opens every field but the private ones, so that it would tell what is not shared.
const NOT_ALL_SEEN: Error = Error::Protocol {
    status: StatusCode::FORBIDDEN,
    code: "not_all_seen",
    message: "This asset is another tenancy's, and what it shares with you is less than a receipt proves. \
              Ask for a policy that lets you read all attributes (`*`) and this kind of event; private \
              fields open for the owner alone.",
};

/// `GET …/receipt?open=name&open=path`: a receipt that opens these fields beside the public ones.
pub(super) async fn receipt(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(EventPath(asset, event)): Ids<EventPath>,
    asked: Asked<OpenQuery>,
) -> Result<As<Text>, Error> {
    let open = fields_to_open(asked.query.as_deref().unwrap_or_default())?;
    let sight = Sight::of(&state, &caller, asset).await?;
    let full = state.ledger.full_event(asset, event).await?.and_then(|full| sight.event(full));
    let full = full.ok_or(Error::NotFound)?;
    if let Some(seen) = &sight.seen
        && !(open.is_empty() && seen.shows_all_of(&full))
    {
        return Err(NOT_ALL_SEEN);
    }
    let text = state.ledger.owner_receipt(sight.owner(), event, open.clone()).await?;
    let text = text.ok_or(Error::NotFound)?;
    if !opens_all(&text, &open)? {
        return Err(ERASED);
    }
    // Another name than the public receipt's, so that nobody gives away the wrong one.
    let kind = if open.is_empty() { "" } else { ".private" };
    Ok(receipt_file(&format!("{event}{kind}.tlog-proof"), text).into())
}

/// Erases a private field of an event: its value and its salt. Asked for again, it is as erased.
pub(super) async fn erase(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(FieldPath(asset, event, field)): Ids<FieldPath>,
    Strict(Erasure { confirm }): Strict<Erasure>,
) -> Result<NoContent, Error> {
    let event = own_event(&state, &caller, asset, event).await?;
    if confirm.as_deref() != Some(CONFIRMATION) {
        return Err(CONFIRMATION_REQUIRED);
    }
    let found = state.ledger.erase_private_field(caller.tenancy(), event, field).await?;
    if !found {
        return Err(Error::NotFound);
    }
    tracing::info!(event.id = %event, field = name(field), "A private field was erased");
    Ok(NoContent)
}

/// Parameters of an erasure.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// `for-ever`, because nothing and nobody can undo it.
    confirm: Option<String>,
}

/// An event that is the asset's, of an asset that is the caller's.
async fn own_event(
    state: &State,
    caller: &Caller,
    asset: AssetId,
    event: EventId,
) -> Result<EventId, Error> {
    owned(state, caller, asset).await?;
    let found = state.ledger.event(asset, event).await?;
    found.map(|event| event.id).ok_or(Error::NotFound)
}

/// The same key may come several times, which the other query strings do not allow.
fn fields_to_open(query: &str) -> Result<Vec<PrivateField>, Error> {
    form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| match key.as_ref() {
            "open" => private_field(&value),
            other => Err(Error::BadQuery(format!(
                "{:?} is not a parameter of a receipt. Name private fields with open=FIELD.",
                shortened(other)
            ))),
        })
        .collect()
}

fn private_field(text: &str) -> Result<PrivateField, Error> {
    PrivateField::ALL.into_iter().find(|&field| name(field) == text).ok_or_else(|| {
        Error::BadQuery(format!(
            "{:?} is not a private field of an event. Those are name, path, revision and editor.",
            shortened(text)
        ))
    })
}

pub(super) fn name(field: PrivateField) -> &'static str {
    Field::from(field).name()
}

/// How much of what was sent an error repeats.
fn shortened(text: &str) -> String {
    const ECHO_MAX: usize = 64;
    text.chars().take(ECHO_MAX).collect()
}

/// Whether a receipt opens all of these. One that was erased it cannot.
fn opens_all(text: &str, fields: &[PrivateField]) -> Result<bool, Error> {
    let receipt = Receipt::parse(text).map_err(Error::internal)?;
    let opened = Opened::parse(receipt.extra.as_deref().unwrap_or_default());
    let opened = opened.map_err(Error::internal)?;
    Ok(fields.iter().all(|&field| opened.opened_value(field.into()).is_some()))
}

/// The path of a private field of an event.
pub(super) struct FieldPath(AssetId, EventId, PrivateField);

impl FromPath for FieldPath {
    type Raw = (String, String, String);

    fn from_path((asset, event, field): Self::Raw) -> Result<Self, Error> {
        Ok(Self(identity(&asset)?, identity(&event)?, private_field(&field)?))
    }
}
