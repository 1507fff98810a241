//! Registering: assets and events that a caller writes, in the published shape. Members of a body that
//! are not known are ignored, as clients of the published API expect; those that are must be right.

use axum::{Json, extract::State as Shared};
use jiff::Timestamp;
use ledger::{
    AssetId, Attributes, NewAsset, NewEvent, OnceKey, Principal, RegisterError, Registered, Role,
    Said, Sharing, TenancyId, User,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AssetPath,
    asset::AssetBody,
    event::EventBody,
    once::Once,
    owner::event_of,
    shares::{Sight, shares, shares_of_member},
};
use crate::{State, caller::Caller, error::Error, query::Ids};

/// An asset to be registered.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "AssetToRegister")]
pub(crate) struct AssetToCreate {
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    behaviours: Vec<String>,
    /// `MERKLE_LOG`, as it is without it.
    proof_mechanism: Option<String>,
    /// Whether everybody who has its address or its content sees it. Chosen once, for ever.
    #[serde(default)]
    public: bool,
}

/// An event to be recorded.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EventToRecord")]
pub(crate) struct EventToCreate {
    /// `Record`, `StopTracking` or `StartTracking`.
    operation: String,
    /// `RecordEvidence` with Record, else `Builtin`.
    behaviour: String,
    #[serde(default)]
    asset_attributes: Attributes,
    #[serde(default)]
    event_attributes: Attributes,
    timestamp_declared: Option<Timestamp>,
    principal_declared: Option<Principal>,
}

pub(super) async fn create_asset(
    Shared(state): Shared<State>,
    caller: Caller,
    Once(body, once): Once<AssetToCreate>,
) -> Result<Json<AssetBody>, Error> {
    body.check()?;
    let sharing = if body.public { Sharing::Public } else { Sharing::Private };
    let accepted = caller.principal(&state);
    let new = NewAsset { attributes: body.attributes, sharing, accepted };
    let made = state.ledger.register_asset(caller.tenancy(), new, once).await?;
    let found = state.ledger.asset(caller.tenancy(), made.asset).await?;
    let (asset, private) = found.ok_or(Error::NotFound)?;
    Ok(Json(AssetBody::owner(&asset, Some(private))))
}

pub(super) async fn create_event(
    Shared(state): Shared<State>,
    caller: Caller,
    Ids(AssetPath(asset)): Ids<AssetPath>,
    Once(body, once): Once<EventToCreate>,
) -> Result<Json<EventBody>, Error> {
    body.check()?;
    let new = body.into_event(caller.principal(&state));
    let made = match &caller {
        Caller::User(user) if user.role == Role::Member => {
            record_as_member(&state, user, asset, new, once).await?
        }
        _ => record_as_tenancy(&state, caller.tenancy(), asset, new, once).await?,
    };
    let sight = Sight::of(&state, &caller, made.asset).await?;
    event_of(&state, &sight, made.asset, made.event).await.map(Json)
}

/// On an asset of the tenancy's own, or on one that another tenancy shares for it.
async fn record_as_tenancy(
    state: &State,
    tenancy: TenancyId,
    asset: AssetId,
    new: NewEvent,
    once: Option<OnceKey>,
) -> Result<Registered, Error> {
    match state.ledger.record_event(tenancy, asset, new.clone(), once).await {
        Err(RegisterError::UnknownAsset) => {
            let shares = shares(state, tenancy).await?;
            Ok(state.ledger.record_shared_event(tenancy, shares, asset, new, once).await?)
        }
        made => Ok(made?),
    }
}

/// A member records what a policy of the tenancy names the member for, and otherwise looks.
async fn record_as_member(
    state: &State,
    member: &User,
    asset: AssetId,
    new: NewEvent,
    once: Option<OnceKey>,
) -> Result<Registered, Error> {
    let shares = shares_of_member(state, member).await?;
    if shares.0.is_empty() {
        return Err(Error::AdministratorRequired);
    }
    match state.ledger.record_shared_event(member.tenancy, shares, asset, new, once).await {
        Err(RegisterError::UnknownAsset | RegisterError::NotShared) => {
            Err(Error::AdministratorRequired)
        }
        made => Ok(made?),
    }
}

impl AssetToCreate {
    fn check(&self) -> Result<(), Error> {
        const BEHAVIOURS: [&str; 3] = ["RecordEvidence", "AssetCreator", "Builtin"];
        if let Some(other) =
            self.behaviours.iter().find(|name| !BEHAVIOURS.contains(&name.as_str()))
        {
            return Err(Error::BadRequest(format!(
                "{:?} is not a behaviour of an asset. Send [\"RecordEvidence\"].",
                other.chars().take(64).collect::<String>()
            )));
        }
        match self.proof_mechanism.as_deref() {
            None | Some("KHIPU" | "SIMPLE_HASH" | "MERKLE_LOG") => Ok(()),
            Some(_) => Err(Error::BadRequest(
                "proof_mechanism is MERKLE_LOG; KHIPU and SIMPLE_HASH are taken for it. Leave it out."
                    .to_owned(),
            )),
        }
    }
}

impl EventToCreate {
    fn check(&self) -> Result<(), Error> {
        match (self.operation.as_str(), self.behaviour.as_str()) {
            ("Record", "RecordEvidence") | ("StopTracking" | "StartTracking", "Builtin") => Ok(()),
            _ => Err(Error::BadRequest(
                "An event has the operation Record with the behaviour RecordEvidence, or StopTracking \
                 or StartTracking with the behaviour Builtin."
                    .to_owned(),
            )),
        }
    }

    fn into_event(self, accepted: Principal) -> NewEvent {
        NewEvent {
            said: Said {
                asset_attributes: self.asset_attributes,
                behaviour: self.behaviour,
                event_attributes: self.event_attributes,
                operation: self.operation,
            },
            declared_at: self.timestamp_declared,
            declared: self.principal_declared,
            accepted,
        }
    }
}

impl From<RegisterError> for Error {
    fn from(error: RegisterError) -> Self {
        let sentence = |error: &RegisterError| {
            let text = error.to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string());
            format!("{}{}. Nothing was recorded.", first.unwrap_or_default(), letters.as_str())
        };
        match error {
            RegisterError::TooLarge(_) | RegisterError::Invalid(_) => {
                Self::Refused(sentence(&error))
            }
            RegisterError::UnknownAsset => Self::NotFound,
            RegisterError::NotShared => Self::Protocol {
                status: http::StatusCode::FORBIDDEN,
                code: "not_shared",
                message: "This asset is another tenancy's, and no access policy of theirs lets you record \
                          this event: its behaviour, its arc_display_type and every attribute that it \
                          sets must be named in one permission. Ask them. Nothing was recorded.",
            },
            RegisterError::FollowsSource => Self::Protocol {
                status: http::StatusCode::CONFLICT,
                code: "follows_a_file",
                message: "This asset follows a linked file, so its history is recorded from there \
                          alone. Register another asset for events of your own.",
            },
            RegisterError::Full(_) => Self::Quota(sentence(&error)),
            RegisterError::KeyReused => Self::Protocol {
                status: http::StatusCode::CONFLICT,
                code: "idempotency_key_reused",
                message: "This Idempotency-Key came with another request before. Use a new key for \
                          each request, and the same one only to repeat it.",
            },
            RegisterError::Gone => Self::Protocol {
                status: http::StatusCode::GONE,
                code: "gone",
                message: "What this request made when it first came was deleted since. Use a new \
                          Idempotency-Key to make another.",
            },
            RegisterError::ReadOnly(_) => Self::ReadOnly,
            RegisterError::Store(error) => error.into(),
        }
    }
}
