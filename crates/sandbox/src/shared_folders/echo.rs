//! What one member does in a shared folder, done for the others. A member whose disk refuses is
//! left behind; the log says so.

use std::sync::Arc;

use super::{Mount, SharedFolders};
use crate::account::{Account, PerformError};
use crate::namespace::{NewFile, Operation};
use crate::path;

impl SharedFolders {
    /// Repeats an operation that an account has just performed. `mounts` are those it had before.
    pub(crate) fn echo(&self, account: &Account, mounts: &[Mount], operation: &Operation) {
        let Some(account) = self.account(&account.id) else { return };
        match operation {
            Operation::Write(file) => self.echo_write(&account, mounts, file),
            Operation::CreateFolder { path, at, .. } => {
                let at = *at;
                self.inside(&account, mounts, &path::lower(path), |theirs, _| {
                    let rest = theirs.translated(path);
                    Operation::CreateFolder { path: rest, at, seen: None }
                });
            }
            Operation::Delete { path, at } => {
                let at = *at;
                self.inside(&account, mounts, path, |theirs, _| Operation::Delete {
                    path: path::lower(&theirs.translated(path)),
                    at,
                });
                self.let_go(&account, mounts, path);
            }
            Operation::Move { from, to, at, .. } => {
                self.echo_move(&account, mounts, (from, to), *at);
            }
            Operation::See { .. }
            | Operation::Retell { .. }
            | Operation::Mark { .. }
            | Operation::Forget { .. }
            | Operation::ResetCursors => {}
        }
    }

    fn echo_write(&self, account: &Arc<Account>, mounts: &[Mount], file: &NewFile) {
        let lower = path::lower(&file.path);
        let mut content = file.content.clone();
        self.inside(account, mounts, &lower, |theirs, _| {
            if content.is_none() {
                let node = account.namespace().at(&lower).map(|item| item.node.clone());
                content = node.and_then(|node| account.bytes(&lower, &node).ok().flatten());
            }
            let path = theirs.translated(&file.path);
            let (seen, content) = (None, content.clone());
            Operation::Write(NewFile { path, seen, content, id: None, ..file.clone() })
        });
    }

    fn echo_move(
        &self,
        account: &Arc<Account>,
        mounts: &[Mount],
        (from, to): (&str, &str),
        at: i64,
    ) {
        let target = path::lower(to);
        let left = mounts.iter().find(|mount| mount.has_inside(from));
        let entered = mounts.iter().find(|mount| mount.has_inside(&target));
        if left.is_some() && left == entered {
            self.inside(account, mounts, from, |theirs, _| Operation::Move {
                from: path::lower(&theirs.translated(from)),
                to: theirs.translated(to),
                at,
                seen: None,
            });
            return;
        }
        self.inside(account, mounts, from, |theirs, _| Operation::Delete {
            path: path::lower(&theirs.translated(from)),
            at,
        });
        if let Some(mount) = entered {
            let pieces = account.pieces(&target, &mount.lower).unwrap_or_default();
            self.others(account, mount, |other, theirs| {
                pieces.iter().try_for_each(|piece| other.take(&theirs.display, piece))
            });
        }
    }

    /// Does something for everybody else who has the folder in which a path is.
    fn inside(
        &self,
        account: &Arc<Account>,
        mounts: &[Mount],
        lower: &str,
        mut operation: impl FnMut(&Translation<'_>, &Arc<Account>) -> Operation,
    ) {
        let Some(ours) = mounts.iter().find(|mount| mount.has_inside(lower)) else { return };
        self.others(account, ours, |other, theirs| {
            let translation = Translation { ours, theirs };
            other.receive(operation(&translation, other))
        });
    }

    fn others(
        &self,
        account: &Arc<Account>,
        ours: &Mount,
        mut work: impl FnMut(&Arc<Account>, &Mount) -> Result<(), PerformError>,
    ) {
        let ids: Vec<String> = {
            let folders = self.folders();
            let members = folders.get(&ours.number).into_iter().flat_map(|folder| &folder.members);
            members.map(|member| member.account.clone()).filter(|id| *id != account.id).collect()
        };
        for other in ids.iter().filter_map(|id| self.account(id)) {
            let mounts = self.mounts_of(&other);
            let Some(theirs) = mounts.iter().find(|mount| mount.number == ours.number) else {
                continue;
            };
            if let Err(error) = work(&other, theirs) {
                tracing::warn!(%error, account = %other.id, "a shared folder is behind");
            }
        }
    }

    /// Deleting the folder itself, or what it is in, is letting it go; the others keep it.
    fn let_go(&self, account: &Account, mounts: &[Mount], deleted: &str) {
        let mut folders = self.folders();
        for mount in mounts {
            if mount.lower == deleted || path::is_below(&mount.lower, deleted) {
                let folder = folders.get_mut(&mount.number);
                if let Some(member) = folder.and_then(|folder| folder.member_mut(&account.id)) {
                    member.mount = None;
                }
            }
        }
    }
}

/// From where one member has a folder to where another has it.
struct Translation<'a> {
    ours: &'a Mount,
    theirs: &'a Mount,
}

impl Translation<'_> {
    /// A path of ours, which begins with as many names as the mount, as a path of theirs.
    fn translated(&self, path: &str) -> String {
        let depth = path::prefixes(&self.ours.lower).count();
        let begin = path.match_indices('/').nth(depth).map_or(path.len(), |(at, _)| at);
        format!("{}{}", self.theirs.display, path.get(begin..).unwrap_or_default())
    }
}

impl SharedFolders {
    /// Puts a shared folder into a member's tree, and what is in it. Says where it is now.
    pub(crate) fn mount(
        &self,
        number: &str,
        account: &Arc<Account>,
        path: &str,
    ) -> Result<(), PerformError> {
        let pieces = self.contents(number, account);
        let at = account.clock.now_s();
        account.receive(Operation::CreateFolder { path: path.to_owned(), at, seen: None })?;
        let id = account.namespace().at(&path::lower(path)).map(|item| item.node.id);
        for piece in &pieces {
            account.take(path, piece)?;
        }
        let mut folders = self.folders();
        if let Some(folder) = folders.get_mut(number) {
            folder.kept.clear();
            if let Some(member) = folder.member_mut(&account.id) {
                member.mount = id;
            }
        }
        Ok(())
    }

    /// Takes a shared folder out of a member's tree. What nobody else has is kept.
    pub(crate) fn unmount(
        &self,
        mount: &Mount,
        account: &Arc<Account>,
    ) -> Result<(), PerformError> {
        let kept = account.pieces(&mount.lower, &mount.lower).unwrap_or_default();
        if let Some(folder) = self.folders().get_mut(&mount.number) {
            if let Some(member) = folder.member_mut(&account.id) {
                member.mount = None;
            }
            if folder.members.iter().all(|member| member.mount.is_none()) {
                folder.kept = kept;
            }
        }
        let at = account.clock.now_s();
        account.receive(Operation::Delete { path: mount.lower.clone(), at })
    }

    /// What is in a shared folder, from whoever has it.
    fn contents(&self, number: &str, but: &Account) -> Vec<super::Piece> {
        let (members, kept) = {
            let folders = self.folders();
            let Some(folder) = folders.get(number) else { return Vec::new() };
            let ids: Vec<String> =
                folder.members.iter().map(|member| member.account.clone()).collect();
            (ids, folder.kept.clone())
        };
        for account in members.iter().filter(|id| **id != but.id).filter_map(|id| self.account(id))
        {
            let mounts = self.mounts_of(&account);
            if let Some(mount) = mounts.iter().find(|mount| mount.number == number) {
                return account.pieces(&mount.lower, &mount.lower).unwrap_or_default();
            }
        }
        kept
    }
}
