//! Assets and events in the format that RKVST's clients read, for their owner and for everybody.
//!
//! Everybody sees a single public asset by its address or by the exact hash of a document, and nothing
//! else: there is no public list, and the public shape holds no path and nobody's name.

mod applications;
mod asset;
mod blobs;
mod event;
mod filter;
mod iam;
mod once;
mod owner;
mod paging;
mod policies;
mod private;
mod public;
mod record;
mod subjects;
mod tenancies;
mod token;
mod verb;

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
    let routes = attachments(management(routes));
    let (reader, anonymous) = (Access::Reader, Access::Anonymous);
    routes
        .get("/archivist/v2/assets", reader, owner::assets)
        .post("/archivist/v2/assets", Access::Recorder, record::create_asset)
        .get("/archivist/v2/assets/{asset}", reader, owner::asset)
        .get("/archivist/v2/assets/{asset}/events", reader, owner::events)
        .post("/archivist/v2/assets/{asset}/events", Access::Recorder, record::create_event)
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
        .get("/archivist/publicassets/{asset}", anonymous, public::asset)
        .get("/archivist/publicassets/{asset}/events", anonymous, public::events)
        .get("/archivist/publicassets/{asset}/events/{event}", anonymous, public::event)
        .post("/archivist/iam/v1/appidp/token", anonymous, token::token)
}

/// Applications, access policies, subjects and tenancies.
fn management(routes: Routes) -> Routes {
    let manager = Access::Manager;
    routes
        .get("/archivist/iam/v1/applications", manager, applications::list)
        .post("/archivist/iam/v1/applications", manager, applications::create)
        .get("/archivist/iam/v1/applications/{application}", manager, applications::get)
        .post("/archivist/iam/v1/applications/{application}", manager, applications::act)
        .patch("/archivist/iam/v1/applications/{application}", manager, applications::change)
        .delete("/archivist/iam/v1/applications/{application}", manager, applications::delete)
        .get("/archivist/iam/v1/access_policies", manager, policies::list)
        .post("/archivist/iam/v1/access_policies", manager, policies::create)
        .get("/archivist/iam/v1/access_policies/{policy}", manager, policies::get)
        .patch("/archivist/iam/v1/access_policies/{policy}", manager, policies::change)
        .delete("/archivist/iam/v1/access_policies/{policy}", manager, policies::delete)
        .get("/archivist/iam/v1/access_policies/{policy}/assets", manager, policies::assets)
        .get("/archivist/iam/v1/assets/{asset}/access_policies", manager, policies::of_asset)
        .get("/archivist/iam/v1/subjects", Access::Reader, subjects::list)
        .post("/archivist/iam/v1/subjects", manager, subjects::create)
        .get("/archivist/iam/v1/subjects/{subject}", Access::Reader, subjects::get)
        .patch("/archivist/iam/v1/subjects/{subject}", manager, subjects::change)
        .delete("/archivist/iam/v1/subjects/{subject}", manager, subjects::delete)
        .get("/archivist/v1/caps", Access::Reader, tenancies::caps)
        .get("/archivist/v1/tenancies/self", Access::Reader, tenancies::own)
        .patch("/archivist/v1/tenancies/self", manager, tenancies::rename)
        .get("/archivist/v1/tenancies/{tenancy}", Access::Anonymous, tenancies::public_info)
}

/// Blobs, and blobs as attachments.
fn attachments(routes: Routes) -> Routes {
    use blobs::{
        OfAsset, OfEvent, UPLOAD_BYTES_MAX, attachment, attachment_info, public_attachment,
        public_attachment_info,
    };
    let (reader, anonymous) = (Access::Reader, Access::Anonymous);
    routes
        .upload("/archivist/v1/blobs", Access::Recorder, UPLOAD_BYTES_MAX, blobs::upload)
        .get("/archivist/v1/blobs/{blob}", reader, blobs::download)
        .get("/archivist/v1/blobs/{blob}/info", reader, blobs::info)
        .get("/archivist/v2/attachments/assets/{asset}/{blob}", reader, attachment::<OfAsset>)
        .get(
            "/archivist/v2/attachments/assets/{asset}/{blob}/info",
            reader,
            attachment_info::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/assets/{asset}/events/{event}/{blob}",
            reader,
            attachment::<OfEvent>,
        )
        .get(
            "/archivist/v2/attachments/assets/{asset}/events/{event}/{blob}/info",
            reader,
            attachment_info::<OfEvent>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/{blob}",
            anonymous,
            public_attachment::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/{blob}/info",
            anonymous,
            public_attachment_info::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/events/{event}/{blob}",
            anonymous,
            public_attachment::<OfEvent>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/events/{event}/{blob}/info",
            anonymous,
            public_attachment_info::<OfEvent>,
        )
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
