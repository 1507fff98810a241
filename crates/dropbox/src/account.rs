//! The account behind a link: enough to show whom a person connected, and to find their root.

use serde::Deserialize;

use crate::{AccountId, NamespaceId};

/// A Dropbox account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who it is, for ever.
    pub account_id: AccountId,
    /// The name that the person is shown with.
    pub name: String,
    /// Their address at Dropbox.
    pub email: String,
    /// Everything that the account sees. For a member of a team: the team's space.
    pub root_namespace_id: NamespaceId,
    /// The person's own folder. Differs from the root in a team space.
    pub home_namespace_id: NamespaceId,
}

/// `FullAccount` as Dropbox sends it, without the fields that we have no use for.
#[derive(Deserialize)]
pub(crate) struct WireAccount {
    account_id: AccountId,
    name: WireName,
    email: String,
    root_info: WireRootInfo,
}

#[derive(Deserialize)]
struct WireName {
    display_name: String,
}

#[derive(Deserialize)]
struct WireRootInfo {
    root_namespace_id: NamespaceId,
    home_namespace_id: NamespaceId,
}

impl From<WireAccount> for Account {
    fn from(wire: WireAccount) -> Self {
        Self {
            account_id: wire.account_id,
            name: wire.name.display_name,
            email: wire.email,
            root_namespace_id: wire.root_info.root_namespace_id,
            home_namespace_id: wire.root_info.home_namespace_id,
        }
    }
}
