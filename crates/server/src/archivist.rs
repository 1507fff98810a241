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
mod invites;
mod members;
mod once;
mod owner;
mod paging;
mod parameters;
mod policies;
mod private;
mod public;
mod record;
mod shares;
mod subjects;
mod tenancies;
mod token;
mod verb;

use axum::Json;
use jiff::Timestamp;
use ledger::{AssetId, EventId, TenancyId};

use crate::{
    caller::Access,
    error::Error,
    query::{FromPath, identity},
    routes::Routes,
};

pub(crate) use event::EventBody;
pub(crate) use once::{Once, once_key};
pub(crate) use owner::Nothing;
use owner::PublicUrl;

pub(crate) fn routes(routes: Routes) -> Routes {
    let routes = own(routes.section("Assets and events"));
    let routes = public(routes.section("What everybody sees"));
    let routes = attachments(routes.section("Blobs and attachments"));
    let routes = applications(routes.section("Applications"));
    let routes = sharing(routes.section("Sharing with other tenancies"));
    let routes = members(routes.section("Members"));
    tenancies(routes.section("Tenancies"))
}

fn own(routes: Routes) -> Routes {
    const ASSETS: &str = "/archivist/v2/assets";
    const ASSET: &str = "/archivist/v2/assets/{asset}";
    const EVENTS: &str = "/archivist/v2/assets/{asset}/events";
    const EVENT: &str = "/archivist/v2/assets/{asset}/events/{event}";
    let (reader, recorder) = (Access::Reader, Access::Recorder);
    routes
        .get(ASSETS, reader, "List assets", owner::assets)
        .post(ASSETS, recorder, "Register an asset", record::create_asset)
        .get(ASSET, reader, "Read an asset", owner::asset)
        .verb::<Json<PublicUrl>>(
            "/archivist/v2/assets/{asset}:publicurl",
            "Find the public address of an asset",
        )
        .get(EVENTS, reader, "List events", owner::events)
        .post(EVENTS, Access::Contributor, "Record an event", record::create_event)
        .get(EVENT, reader, "Read an event", owner::event)
        .verb::<Json<PublicUrl>>(
            "/archivist/v2/assets/{asset}/events/{event}:publicurl",
            "Find the public address of an event",
        )
        .get(
            "/archivist/v2/assets/{asset}/events/{event}/receipt",
            reader,
            "Get a receipt that opens private fields",
            private::receipt,
        )
        .delete(
            "/archivist/v2/assets/{asset}/events/{event}/private/{field}",
            Access::Administrator,
            "Erase a private field for good",
            private::erase,
        )
}

fn public(routes: Routes) -> Routes {
    const ASSET: &str = "/archivist/v2/publicassets/{asset}";
    const EVENTS: &str = "/archivist/v2/publicassets/{asset}/events";
    const EVENT: &str = "/archivist/v2/publicassets/{asset}/events/{event}";
    let anonymous = Access::Anonymous;
    routes
        .get(ASSET, anonymous, "Read a public asset", public::asset)
        .get(EVENTS, anonymous, "List public events", public::events)
        .get(EVENT, anonymous, "Read a public event", public::event)
        .get(
            "/archivist/publicassets/{asset}",
            anonymous,
            "Read a public asset, without v2",
            public::asset,
        )
        .get(
            "/archivist/publicassets/{asset}/events",
            anonymous,
            "List public events, without v2",
            public::events,
        )
        .get(
            "/archivist/publicassets/{asset}/events/{event}",
            anonymous,
            "Read a public event, without v2",
            public::event,
        )
}

fn applications(routes: Routes) -> Routes {
    const ALL: &str = "/archivist/iam/v1/applications";
    const ONE: &str = "/archivist/iam/v1/applications/{application}";
    let manager = Access::Manager;
    routes
        .post(
            "/archivist/iam/v1/appidp/token",
            Access::Anonymous,
            "Get a token for a secret",
            token::token,
        )
        .get(ALL, manager, "List applications", applications::list)
        .post(ALL, manager, "Make an application", applications::create)
        .get(ONE, manager, "Read an application", applications::get)
        .post(ONE, manager, "Exchange the secret of an application", applications::act)
        .only("/archivist/iam/v1/applications/{application}:regenerate-secret")
        .patch(ONE, manager, "Change an application", applications::change)
        .delete(ONE, manager, "Delete an application", applications::delete)
}

/// Access policies and subjects.
fn sharing(routes: Routes) -> Routes {
    use self::{policies::Policy, subjects::Subject};
    const POLICIES: &str = "/archivist/iam/v1/access_policies";
    const POLICY: &str = "/archivist/iam/v1/access_policies/{policy}";
    const SUBJECTS: &str = "/archivist/iam/v1/subjects";
    const SUBJECT: &str = "/archivist/iam/v1/subjects/{subject}";
    let (reader, manager) = (Access::Reader, Access::Manager);
    routes
        .get(POLICIES, manager, "List access policies", iam::list::<Policy>)
        .post(POLICIES, manager, "Make an access policy", iam::create::<Policy>)
        .get(POLICY, manager, "Read an access policy", iam::get::<Policy>)
        .patch(POLICY, manager, "Change an access policy", iam::change::<Policy>)
        .delete(POLICY, manager, "Delete an access policy", iam::delete::<Policy>)
        .get(
            "/archivist/iam/v1/access_policies/{policy}/assets",
            manager,
            "List the assets of an access policy",
            policies::assets,
        )
        .get(
            "/archivist/iam/v1/assets/{asset}/access_policies",
            manager,
            "List the access policies of an asset",
            policies::of_asset,
        )
        .get(SUBJECTS, reader, "List subjects", iam::list::<Subject>)
        .post(SUBJECTS, manager, "Make a subject", iam::create::<Subject>)
        .get(SUBJECT, reader, "Read a subject", iam::get::<Subject>)
        .patch(SUBJECT, manager, "Change a subject", iam::change::<Subject>)
        .delete(SUBJECT, manager, "Delete a subject", iam::delete::<Subject>)
}

/// Members and invitations.
fn members(routes: Routes) -> Routes {
    const MEMBERS: &str = "/archivist/iam/v1/members";
    const MEMBER: &str = "/archivist/iam/v1/members/{member}";
    const INVITES: &str = "/archivist/iam/v1/invites";
    const INVITE: &str = "/archivist/iam/v1/invites/{invite}";
    let manager = Access::Manager;
    routes
        .get(MEMBERS, manager, "List members", members::list)
        .get(MEMBER, manager, "Read a member", members::get)
        .patch(MEMBER, manager, "Change the role of a member", members::change)
        .post(MEMBER, manager, "Remove a member", members::act)
        .only("/archivist/iam/v1/members/{member}:deactivate")
        .verb::<Json<members::MemberBody>>(
            "/archivist/iam/v1/members/{member}:activate",
            "Let a member that was removed come in again",
        )
        .get(INVITES, manager, "List invitations", invites::list)
        .post(INVITES, manager, "Invite somebody", invites::create)
        .get(INVITE, manager, "Read an invitation", invites::get)
        .delete(INVITE, manager, "Take an invitation back", invites::delete)
        .post(
            "/api/members/{member}/sign-in-link",
            Access::Administrator,
            "Make a sign-in link for a member",
            members::sign_in_link,
        )
}

fn tenancies(routes: Routes) -> Routes {
    const OWN: &str = "/archivist/v1/tenancies/self";
    routes
        .get(OWN, Access::Reader, "Read your own tenancy", tenancies::own)
        .patch(OWN, Access::Manager, "Rename your tenancy", tenancies::rename)
        .get(
            "/archivist/v1/tenancies/{tenancy}",
            Access::Anonymous,
            "Read who a tenancy is",
            tenancies::public_info,
        )
        .only("/archivist/v1/tenancies/{tenancy}:publicinfo")
        .get("/archivist/v1/caps", Access::Reader, "Read what is left", tenancies::caps)
}

/// Blobs, and blobs as attachments.
fn attachments(routes: Routes) -> Routes {
    use blobs::{
        OfAsset, OfEvent, UPLOAD_BYTES_MAX, attachment, attachment_info, public_attachment,
        public_attachment_info,
    };
    const BLOBS: &str = "/archivist/v1/blobs";
    let (reader, anonymous) = (Access::Reader, Access::Anonymous);
    routes
        .upload(BLOBS, Access::Recorder, "Upload a blob", UPLOAD_BYTES_MAX, blobs::upload)
        .get("/archivist/v1/blobs/{blob}", reader, "Download a blob", blobs::download)
        .get("/archivist/v1/blobs/{blob}/info", reader, "Read about a blob", blobs::info)
        .get(
            "/archivist/v2/attachments/assets/{asset}/{blob}",
            reader,
            "Download an attachment of an asset",
            attachment::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/assets/{asset}/{blob}/info",
            reader,
            "Read about an attachment of an asset",
            attachment_info::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/assets/{asset}/events/{event}/{blob}",
            reader,
            "Download an attachment of an event",
            attachment::<OfEvent>,
        )
        .get(
            "/archivist/v2/attachments/assets/{asset}/events/{event}/{blob}/info",
            reader,
            "Read about an attachment of an event",
            attachment_info::<OfEvent>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/{blob}",
            anonymous,
            "Download an attachment of a public asset",
            public_attachment::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/{blob}/info",
            anonymous,
            "Read about an attachment of a public asset",
            public_attachment_info::<OfAsset>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/events/{event}/{blob}",
            anonymous,
            "Download an attachment of a public event",
            public_attachment::<OfEvent>,
        )
        .get(
            "/archivist/v2/attachments/publicassets/{asset}/events/{event}/{blob}/info",
            anonymous,
            "Read about an attachment of a public event",
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
