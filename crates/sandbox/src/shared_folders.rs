//! Folders that several people have. Each member has it in a place of their own, if they have
//! mounted it; what one of them changes in it is changed for the others too.

mod echo;
mod mounting;
mod pieces;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::identifier::NodeId;
use crate::path;
use crate::table::{Shelf, Table};

pub(crate) use pieces::Piece;

/// Numbers of shared folders begin here, apart from those of people and teams.
const FIRST_NUMBER: u64 = 80_000_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Access {
    Owner,
    Editor,
    Viewer,
    ViewerNoComment,
}

impl Access {
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
            Self::ViewerNoComment => "viewer_no_comment",
        }
    }

    pub(crate) fn parse(tag: &str) -> Option<Self> {
        [Self::Owner, Self::Editor, Self::Viewer, Self::ViewerNoComment]
            .into_iter()
            .find(|access| access.tag() == tag)
    }

    pub(crate) fn may_write(self) -> bool {
        matches!(self, Self::Owner | Self::Editor)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) access: Access,
    /// The folder that is it in the member's own tree; `None` while it is not mounted.
    pub(crate) mount: Option<NodeId>,
}

/// Who may do what; the words are Dropbox's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) member: String,
    pub(crate) acl_update: String,
    pub(crate) shared_link: String,
    pub(crate) viewer_info: String,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            member: "anyone".to_owned(),
            acl_update: "owner".to_owned(),
            shared_link: "anyone".to_owned(),
            viewer_info: "enabled".to_owned(),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SharedFolder {
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) is_team_folder: bool,
    pub(crate) since_s: i64,
    pub(crate) policy: Policy,
    pub(crate) access_inheritance: String,
    pub(crate) members: Vec<Member>,
    /// People without an account here, by address.
    pub(crate) invitees: Vec<(String, Access)>,
    /// What was in it when the last member let it go.
    pub(crate) kept: Vec<Piece>,
}

impl SharedFolder {
    pub(crate) fn member(&self, account: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.account == account)
    }

    pub(crate) fn member_mut(&mut self, account: &str) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.account == account)
    }
}

/// A shared folder in somebody's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    pub(crate) number: String,
    /// The key of the folder that is it.
    pub(crate) lower: String,
    pub(crate) display: String,
    pub(crate) access: Access,
    pub(crate) is_team_folder: bool,
}

impl Mount {
    pub(crate) fn has_inside(&self, lower: &str) -> bool {
        path::is_below(lower, &self.lower)
    }

    /// Whether it goes where a folder goes.
    fn is_at_or_in(&self, folder: &str) -> bool {
        self.lower == folder || path::is_below(&self.lower, folder)
    }
}

/// All shared folders, and everybody who may have them. Its lock is taken after a turn and before
/// a namespace.
pub(crate) struct SharedFolders {
    rows: Mutex<Rows>,
    accounts: OnceLock<Vec<Weak<Account>>>,
}

struct Rows {
    folders: Table<String, SharedFolder>,
    /// The number that was given last. None is given twice.
    last: Table<(), u64>,
}

impl SharedFolders {
    /// Those of an earlier run, for people who are introduced later.
    pub(crate) fn open(shelf: &mut Shelf) -> serde_json::Result<Self> {
        let folders = shelf.open("shared_folders")?;
        let rows = Rows { folders, last: shelf.open("shared_folder_number")? };
        Ok(Self { rows: rows.into(), accounts: OnceLock::new() })
    }

    /// The same folders for other accounts with the same ids.
    pub(crate) fn copy(&self) -> Self {
        let rows = self.rows();
        let rows = Rows { folders: rows.folders.copy(), last: rows.last.copy() };
        Self { rows: rows.into(), accounts: OnceLock::new() }
    }

    /// Says once who everybody is.
    pub(crate) fn introduce(&self, accounts: &[Arc<Account>]) {
        let weak = accounts.iter().map(Arc::downgrade).collect();
        let _said_before = self.accounts.set(weak);
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, number: &str) -> Option<SharedFolder> {
        self.rows().folders.get(&number.to_owned()).cloned()
    }

    /// Those that an account is a member of, and as what.
    pub(crate) fn of(&self, account: &str) -> Vec<(SharedFolder, Member)> {
        let rows = self.rows();
        let ours = rows.folders.rows().values();
        let ours =
            ours.filter_map(|folder| Some((folder.clone(), folder.member(account)?.clone())));
        ours.collect()
    }

    /// Changes a folder that is still shared; `None` where it is not.
    pub(crate) fn change<T>(
        &self,
        number: &str,
        change: impl FnOnce(&mut SharedFolder) -> T,
    ) -> io::Result<Option<T>> {
        self.rows().folders.change(&number.to_owned(), change)
    }

    /// Sharing ends; who had the folder keeps what is in their tree.
    pub(crate) fn end(&self, number: &str) -> io::Result<()> {
        self.rows().folders.remove(&number.to_owned()).map(|_| ())
    }

    pub(crate) fn account(&self, id: &str) -> Option<Arc<Account>> {
        self.accounts().find(|account| account.id == id)
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = Arc<Account>> {
        self.accounts.get().into_iter().flatten().filter_map(Weak::upgrade)
    }

    /// Begins to share a folder that somebody has.
    pub(crate) fn share(
        &self,
        name: &str,
        owner: Member,
        policy: Policy,
        is_team_folder: bool,
        since_s: i64,
    ) -> io::Result<SharedFolder> {
        let mut rows = self.rows();
        let number = rows.last.get(&()).map_or(FIRST_NUMBER, |last| last + 1);
        let folder = SharedFolder {
            number: number.to_string(),
            name: name.to_owned(),
            is_team_folder,
            since_s,
            policy,
            access_inheritance: "inherit".to_owned(),
            members: vec![owner],
            invitees: Vec::new(),
            kept: Vec::new(),
        };
        rows.last.put((), number)?;
        rows.folders.put(folder.number.clone(), folder.clone())?;
        Ok(folder)
    }

    /// Where an account has shared folders.
    pub(crate) fn mounts_of(&self, account: &Account) -> Vec<Mount> {
        let mounted: Vec<_> = {
            let rows = self.rows();
            let mounted = rows.folders.rows().values().filter_map(|folder| {
                let member = folder.member(&account.id)?;
                Some((folder.number.clone(), folder.is_team_folder, member.access, member.mount?))
            });
            mounted.collect()
        };
        if mounted.is_empty() {
            return Vec::new();
        }
        let mut namespace = account.namespace();
        let mut place = |(number, is_team_folder, access, id)| {
            let item = namespace.by_id(id)?;
            let display = item.node.path_display.clone();
            Some(Mount { number, lower: item.lower.to_owned(), display, access, is_team_folder })
        };
        mounted.into_iter().filter_map(&mut place).collect()
    }
}
