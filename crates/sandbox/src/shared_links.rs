//! Links that people make to show a file or a folder to others. A link is to a thing, not to a
//! path: it leads there wherever the thing moves.

use std::collections::BTreeMap;

use crate::identifier::NodeId;

#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Anybody,
    Team,
    /// Whoever knows this password.
    Password(String),
}

/// Every link by its name.
#[derive(Clone, Default)]
pub(crate) struct SharedLinks(BTreeMap<String, SharedLink>);

impl SharedLinks {
    pub(crate) fn put(&mut self, link: SharedLink) {
        self.0.insert(link.name.clone(), link);
    }

    pub(crate) fn get(&self, name: &str, key: &str) -> Option<&SharedLink> {
        self.0.get(name).filter(|link| link.key == key)
    }

    pub(crate) fn of(&self, account: &str) -> impl Iterator<Item = &SharedLink> {
        self.0.values().filter(move |link| link.account == account)
    }

    pub(crate) fn to(&self, account: &str, node: NodeId) -> Option<&SharedLink> {
        self.of(account).find(|link| link.node == node)
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}
