//! OAuth scopes, and what Dropbox's consent page says about each.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::options::AppKey;

/// What an app may ask for. The order is that of the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Permission {
    #[serde(rename = "account_info.read")]
    AccountInfoRead,
    #[serde(rename = "account_info.write")]
    AccountInfoWrite,
    #[serde(rename = "files.content.read")]
    FilesContentRead,
    #[serde(rename = "files.content.write")]
    FilesContentWrite,
    #[serde(rename = "files.metadata.read")]
    FilesMetadataRead,
    #[serde(rename = "files.metadata.write")]
    FilesMetadataWrite,
    #[serde(rename = "files.permanent_delete")]
    FilesPermanentDelete,
    #[serde(rename = "sharing.read")]
    SharingRead,
    #[serde(rename = "sharing.write")]
    SharingWrite,
    #[serde(rename = "file_requests.read")]
    FileRequestsRead,
    #[serde(rename = "file_requests.write")]
    FileRequestsWrite,
    #[serde(rename = "contacts.read")]
    ContactsRead,
    #[serde(rename = "contacts.write")]
    ContactsWrite,
    #[serde(rename = "openid")]
    OpenId,
    #[serde(rename = "profile")]
    Profile,
    #[serde(rename = "email")]
    Email,
}

impl Permission {
    /// What is enabled for apps one by one.
    const ALL: [Self; 13] = [
        Self::AccountInfoRead,
        Self::AccountInfoWrite,
        Self::FilesContentRead,
        Self::FilesContentWrite,
        Self::FilesMetadataRead,
        Self::FilesMetadataWrite,
        Self::FilesPermanentDelete,
        Self::SharingRead,
        Self::SharingWrite,
        Self::FileRequestsRead,
        Self::FileRequestsWrite,
        Self::ContactsRead,
        Self::ContactsWrite,
    ];

    /// Who somebody is, by `OpenID` Connect: every app may ask for it, and has to by name.
    const OPENID: [Self; 3] = [Self::OpenId, Self::Profile, Self::Email];

    pub(crate) fn is_of_openid(self) -> bool {
        Self::OPENID.contains(&self)
    }

    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::AccountInfoRead => "account_info.read",
            Self::AccountInfoWrite => "account_info.write",
            Self::FilesContentRead => "files.content.read",
            Self::FilesContentWrite => "files.content.write",
            Self::FilesMetadataRead => "files.metadata.read",
            Self::FilesMetadataWrite => "files.metadata.write",
            Self::FilesPermanentDelete => "files.permanent_delete",
            Self::SharingRead => "sharing.read",
            Self::SharingWrite => "sharing.write",
            Self::FileRequestsRead => "file_requests.read",
            Self::FileRequestsWrite => "file_requests.write",
            Self::ContactsRead => "contacts.read",
            Self::ContactsWrite => "contacts.write",
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
        }
    }

    /// In Dropbox's words.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::AccountInfoRead => {
                "View basic information about your Dropbox account such as your username, email, and country"
            }
            Self::AccountInfoWrite => {
                "View and edit basic information about your Dropbox account such as your profile photo"
            }
            Self::FilesContentRead => "View content of your Dropbox files and folders",
            Self::FilesContentWrite => "Edit content of your Dropbox files and folders",
            Self::FilesMetadataRead => "View information about your Dropbox files and folders",
            Self::FilesMetadataWrite => {
                "View and edit information about your Dropbox files and folders"
            }
            Self::FilesPermanentDelete => "Permanently delete your Dropbox files and folders",
            Self::SharingRead => "View your Dropbox sharing settings and collaborators",
            Self::SharingWrite => "View and manage your Dropbox sharing settings and collaborators",
            Self::FileRequestsRead => "View your Dropbox file requests",
            Self::FileRequestsWrite => "View and manage your Dropbox file requests",
            Self::ContactsRead => "View your manually added Dropbox contacts",
            Self::ContactsWrite => "View and manage your manually added Dropbox contacts",
            Self::OpenId => "Associate you with your Dropbox account",
            Self::Profile => "View your name",
            Self::Email => "View your email address",
        }
    }
}

/// A set of permissions; as text a `scope` of OAuth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// Everything that there is to ask for.
    pub(crate) fn all() -> Self {
        Self(Permission::ALL.into())
    }

    /// What is enabled for an app; names that Dropbox doesn't have enable nothing.
    pub(crate) fn enabled(app: &AppKey) -> Self {
        if app.scopes.is_empty() {
            return Self::all();
        }
        let enabled = |each: &Permission| app.scopes.iter().any(|scope| scope == each.scope());
        Self(Permission::ALL.into_iter().filter(enabled).collect())
    }

    /// Reads `a b c`. A scope that Dropbox does not have is refused by its name.
    pub(crate) fn parse(scope: &str) -> Result<Self, String> {
        let known = |name: &str| {
            let mut all = Permission::ALL.into_iter().chain(Permission::OPENID);
            let found = all.find(|each| each.scope() == name);
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

    /// These and those.
    #[must_use]
    pub(crate) fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }

    pub(crate) fn text(&self) -> String {
        self.iter().map(Permission::scope).collect::<Vec<_>>().join(" ")
    }
}
