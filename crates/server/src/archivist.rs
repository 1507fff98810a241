//! Assets and events in the format that RKVST's clients read, for their owner and for everybody.
//!
//! Everybody sees a single asset by its address and nothing else: there is no public list, and the
//! public shape holds no name and no path. Recording is not done here; documents come from sync.

mod asset;
mod event;
mod owner;
mod private;
mod public;
mod token;

use jiff::Timestamp;
use ledger::{AssetId, EventId, TenancyId};

use crate::{
    caller::Access,
    error::Error,
    query::{FromPath, identity},
    routes::Routes,
};

pub(crate) use owner::Nothing;

pub(crate) fn routes(routes: Routes) -> Routes {
    let (reader, anonymous) = (Access::Reader, Access::Anonymous);
    routes
        .get("/archivist/v2/assets", reader, owner::assets)
        .get("/archivist/v2/assets/{asset}", reader, owner::asset)
        .get("/archivist/v2/assets/{asset}/events", reader, owner::events)
        .get("/archivist/v2/assets/{asset}/events/{event}", reader, owner::event)
        .delete(
            "/archivist/v2/assets/{asset}/events/{event}/private/{field}",
            Access::Administrator,
            private::erase,
        )
        .get("/archivist/v2/assets/{asset}/events/{event}/receipt", reader, private::receipt)
        .get("/archivist/v2/publicassets/{asset}", anonymous, public::asset)
        .get("/archivist/v2/publicassets/{asset}/events", anonymous, public::events)
        .get("/archivist/v2/publicassets/{asset}/events/{event}", anonymous, public::event)
        .post("/archivist/iam/v1/appidp/token", anonymous, token::token)
}

/// Who reads: identities are spelt accordingly, and only the owner sees private fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Owner,
    Public,
}

impl View {
    pub(crate) fn asset(self, id: AssetId) -> String {
        match self {
            Self::Owner => format!("assets/{id}"),
            Self::Public => format!("publicassets/{id}"),
        }
    }

    pub(crate) fn event(self, asset: AssetId, event: EventId) -> String {
        format!("{}/events/{event}", self.asset(asset))
    }
}

pub(crate) fn tenant(id: TenancyId) -> String {
    format!("tenant/{id}")
}

/// RFC 3339 as protocol buffers print it: no fraction, or three digits.
pub(crate) fn rfc3339(time: Timestamp) -> String {
    let fraction = if time.subsec_millisecond() == 0 { "" } else { "%.3f" };
    time.strftime(&format!("%Y-%m-%dT%H:%M:%S{fraction}Z")).to_string()
}

/// The path of an asset.
pub(crate) struct AssetPath(pub(crate) AssetId);

impl FromPath for AssetPath {
    type Raw = String;

    fn from_path(raw: String) -> Result<Self, Error> {
        identity(&raw).map(Self)
    }
}

/// The path of an event.
pub(crate) struct EventPath(pub(crate) AssetId, pub(crate) EventId);

impl FromPath for EventPath {
    type Raw = (String, String);

    fn from_path((asset, event): Self::Raw) -> Result<Self, Error> {
        Ok(Self(identity(&asset)?, identity(&event)?))
    }
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times_have_no_fraction_or_three_digits() {
        let time = |text: &str| rfc3339(text.parse().unwrap());
        assert_eq!(time("2024-05-24T07:27:00.2Z"), "2024-05-24T07:27:00.200Z");
        assert_eq!(time("2024-05-24T07:27:00Z"), "2024-05-24T07:27:00Z");
        assert_eq!(time("2024-05-24T07:27:00.000Z"), "2024-05-24T07:27:00Z");
    }
}
