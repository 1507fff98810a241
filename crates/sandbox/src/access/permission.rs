//! OAuth scopes, and what Dropbox's consent page says about each.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What an app may ask for. The order is that of the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Permission {
    #[serde(rename = "account_info.read")]
    AccountInfoRead,
    #[serde(rename = "files.content.read")]
    FilesContentRead,
    #[serde(rename = "files.content.write")]
    FilesContentWrite,
    #[serde(rename = "files.metadata.read")]
    FilesMetadataRead,
    #[serde(rename = "files.metadata.write")]
    FilesMetadataWrite,
    #[serde(rename = "sharing.read")]
    SharingRead,
    #[serde(rename = "sharing.write")]
    SharingWrite,
}

impl Permission {
    const ALL: [Self; 7] = [
        Self::AccountInfoRead,
        Self::FilesContentRead,
        Self::FilesContentWrite,
        Self::FilesMetadataRead,
        Self::FilesMetadataWrite,
        Self::SharingRead,
        Self::SharingWrite,
    ];

    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::AccountInfoRead => "account_info.read",
            Self::FilesContentRead => "files.content.read",
            Self::FilesContentWrite => "files.content.write",
            Self::FilesMetadataRead => "files.metadata.read",
            Self::FilesMetadataWrite => "files.metadata.write",
            Self::SharingRead => "sharing.read",
            Self::SharingWrite => "sharing.write",
        }
    }

    /// In Dropbox's words.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::AccountInfoRead => {
                "View basic information about your Dropbox account such as your username, email, \
                 and country"
            }
            Self::FilesContentRead => "View content of your Dropbox files and folders",
            Self::FilesContentWrite => "Edit content of your Dropbox files and folders",
            Self::FilesMetadataRead => "View information about your Dropbox files and folders",
            Self::FilesMetadataWrite => {
                "View and edit information about your Dropbox files and folders"
            }
            Self::SharingRead => "View your Dropbox sharing settings and collaborators",
            Self::SharingWrite => "View and manage your Dropbox sharing settings and collaborators",
        }
    }
}

/// A set of permissions; as text a `scope` of OAuth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// What an app that names no scope asks for: all that can be read of files and account.
    pub(crate) fn usual() -> Self {
        Self(BTreeSet::from([
            Permission::AccountInfoRead,
            Permission::FilesContentRead,
            Permission::FilesMetadataRead,
        ]))
    }

    /// Reads `a b c`. A scope that Dropbox does not have is refused by its name.
    pub(crate) fn parse(scope: &str) -> Result<Self, String> {
        let known = |name: &str| {
            let found = Permission::ALL.into_iter().find(|each| each.scope() == name);
            found.ok_or_else(|| name.to_owned())
        };
        scope.split_whitespace().map(known).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn has(&self, permission: Permission) -> bool {
        self.0.contains(&permission)
    }

    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }

    pub(crate) fn text(&self) -> String {
        self.iter().map(Permission::scope).collect::<Vec<_>>().join(" ")
    }
}
