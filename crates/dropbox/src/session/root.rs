//! Where an account's paths start: in a person's own folder, or in the space of their team.

use reqwest::RequestBuilder;
use serde_json::json;

use crate::{Account, NamespaceId};

/// Which tree paths start from.
#[derive(Clone, Debug)]
pub(super) enum Root {
    /// The person's own, which is what Dropbox takes without being told.
    Home,
    /// A team's space. Named in the mode that fails when the person's team changes.
    Team(NamespaceId),
}

impl Root {
    pub(super) fn of(account: &Account) -> Self {
        if account.root_namespace_id == account.home_namespace_id {
            Self::Home
        } else {
            Self::Team(account.root_namespace_id.clone())
        }
    }

    pub(super) fn name_in(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Home => request,
            Self::Team(root) => {
                let mode = json!({ ".tag": "root", "root": root });
                request.header("Dropbox-API-Path-Root", mode.to_string())
            }
        }
    }
}
