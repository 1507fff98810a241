//! The asset object, field by field in the order in which RKVST emits it, with two members of ours
//! at the end.

use ledger::{Asset, Attributes, PrivateFields, Sharing, model::filter::tracked};
use schemars::JsonSchema;
use serde::Serialize;

use super::{View, rfc3339, tenant};

/// An asset, whose attributes are the fold of its events.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Asset")]
pub(crate) struct AssetBody {
    identity: String,
    behaviours: [&'static str; 3],
    attributes: Attributes,
    confirmation_status: &'static str,
    tracked: &'static str,
    owner: &'static str,
    at_time: String,
    proof_mechanism: &'static str,
    chain_id: &'static str,
    public: bool,
    tenant_identity: String,
    /// Of an asset that another tenancy shares it is left out: not all of its events may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event: Option<LastEvent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private: Option<PrivateName>,
}

/// The newest event of an asset.
#[derive(Serialize, JsonSchema)]
struct LastEvent {
    identity: String,
    operation: &'static str,
    at: String,
}

/// Where the owner finds the file. Null where it was erased.
#[derive(Serialize, JsonSchema)]
struct PrivateName {
    name: Option<String>,
    path: Option<String>,
}

impl AssetBody {
    pub(crate) fn owner(asset: &Asset, private: Option<PrivateFields>) -> Self {
        let private = private.unwrap_or_default();
        let private = PrivateName { name: private.name, path: private.path };
        Self { private: Some(private), ..Self::shared(asset, View::Owner) }
    }

    /// One that another tenancy shares, with what is seen of it.
    pub(super) fn partner(asset: &Asset) -> Self {
        Self { last_event: None, ..Self::shared(asset, View::Owner) }
    }

    pub(crate) fn public(asset: &Asset) -> Self {
        Self::shared(asset, View::Public)
    }

    fn shared(asset: &Asset, view: View) -> Self {
        let last = &asset.last_event;
        Self {
            identity: view.asset(asset.id),
            behaviours: ["RecordEvidence", "AssetCreator", "Builtin"],
            attributes: asset.attributes(),
            // A commit is acknowledged after its checkpoint is signed, which is what this word
            // means.
            confirmation_status: "CONFIRMED",
            tracked: tracked(asset.tracking()),
            owner: "",
            at_time: rfc3339(last.accepted_at),
            proof_mechanism: "MERKLE_LOG",
            chain_id: "",
            public: asset.sharing == Sharing::Public,
            tenant_identity: tenant(asset.tenancy),
            last_event: Some(LastEvent {
                identity: view.event(asset.id, last.id),
                operation: last.kind.as_str(),
                at: rfc3339(last.accepted_at),
            }),
            private: None,
        }
    }
}
