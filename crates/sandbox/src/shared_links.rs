//! Links that people make to show a file or a folder to others. A link is to a thing, not to a
//! path: it leads there wherever the thing moves.

use std::io;

use serde::{Deserialize, Serialize};

use crate::identifier::NodeId;
use crate::table::{Shelf, Table};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SharedLink {
    /// What the address has to have: a name for the link and a key to it.
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) account: String,
    pub(crate) node: NodeId,
    pub(crate) audience: Audience,
    pub(crate) expires_at: Option<i64>,
    pub(crate) allow_download: bool,
}

/// Who may follow a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Audience {
    Anybody,
    Team,
    /// Whoever knows this password.
    Password(String),
}

/// Every link by its name.
pub(crate) struct SharedLinks(Table<String, SharedLink>);

impl SharedLinks {
    /// Those of an earlier run.
    pub(crate) fn open(shelf: &mut Shelf) -> serde_json::Result<Self> {
        shelf.open("shared_links").map(Self)
    }

    pub(crate) fn copy(&self) -> Self {
        Self(self.0.copy())
    }

    pub(crate) fn put(&mut self, link: SharedLink) -> io::Result<()> {
        self.0.put(link.name.clone(), link)
    }

    pub(crate) fn get(&self, name: &str, key: &str) -> Option<&SharedLink> {
        self.0.get(&name.to_owned()).filter(|link| link.key == key)
    }

    pub(crate) fn of(&self, account: &str) -> impl Iterator<Item = &SharedLink> {
        self.0.rows().values().filter(move |link| link.account == account)
    }

    pub(crate) fn to(&self, account: &str, node: NodeId) -> Option<&SharedLink> {
        self.of(account).find(|link| link.node == node)
    }

    pub(crate) fn forget(&mut self, name: &str) -> io::Result<()> {
        self.0.remove(&name.to_owned()).map(|_| ())
    }
}
