//! What one member does in a shared folder, done for the others. A member whose disk refuses is
//! left behind; the log says so.

use std::sync::Arc;

use super::{Member, Mount, SharedFolders};
use crate::account::{Account, PerformError};
use crate::namespace::{Identities, NewFile, Operation};
use crate::path;

impl SharedFolders {
    /// Repeats an operation that an account has just performed. `mounts` are those it had before.
    pub(crate) fn echo(&self, account: &Account, mounts: &[Mount], operation: &Operation) {
        let Some(account) = self.account(&account.id) else { return };
        match operation {
            Operation::Write(file) => self.echo_write(&account, mounts, file),
            Operation::CreateFolder { path, at, .. } => {
                let at = *at;
                let lower = path::lower(path);
                self.inside(&account, mounts, &lower, Some(&lower), |theirs| {
                    let rest = theirs.translated(path);
                    Operation::CreateFolder { path: rest, at, seen: None }
                });
            }
            Operation::Delete { path, at } => {
                self.delete_inside(&account, mounts, path, *at);
                self.let_go(&account, mounts, path);
            }
            Operation::Move { from, to, at, .. } => {
                self.echo_move(&account, mounts, (from, to), *at);
            }
            Operation::See { .. }
            | Operation::Retell { .. }
            | Operation::Detach { .. }
            | Operation::Follow { .. }
            | Operation::Number { .. }
            | Operation::Mark { .. }
            | Operation::Forget { .. }
            | Operation::ResetCursors => {}
        }
    }

    fn echo_write(&self, account: &Arc<Account>, mounts: &[Mount], file: &NewFile) {
        let lower = path::lower(&file.path);
        let mut content = file.content.clone();
        self.inside(account, mounts, &lower, Some(&lower), |theirs| {
            if content.is_none() {
                let node = account.namespace().at(&lower).map(|item| item.node.clone());
                content = node.and_then(|node| account.bytes(&lower, &node).ok().flatten());
            }
            let path = theirs.translated(&file.path);
            let (seen, content) = (None, content.clone());
            let earlier = Vec::new();
            Operation::Write(NewFile { path, seen, content, id: None, earlier, ..file.clone() })
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
        self.let_in(account, mounts, (from, &target), at);
        let left = mounts.iter().find(|mount| mount.has_inside(from));
        let entered = mounts.iter().find(|mount| mount.has_inside(&target));
        if left.is_some() && left == entered {
            self.inside(account, mounts, from, Some(&target), |theirs| Operation::Move {
                from: path::lower(&theirs.translated(from)),
                to: theirs.translated(to),
                at,
                seen: None,
            });
            return;
        }
        self.delete_inside(account, mounts, from, at);
        if let Some(mount) = entered {
            let pieces = account.pieces(&target, &mount.lower).unwrap_or_default();
            self.others(account, mount, |other, theirs| {
                pieces.iter().try_for_each(|piece| other.take(&theirs.display, piece))
            });
        }
    }

    fn delete_inside(&self, account: &Arc<Account>, mounts: &[Mount], lower: &str, at: i64) {
        self.inside(account, mounts, lower, None, |theirs| Operation::Delete {
            path: path::lower(&theirs.translated(lower)),
            at,
        });
    }

    /// Does something for everybody else who has the folder in which a path is. Where it is now what
    /// it leaves behind, it is the same file or folder for them as for the account.
    fn inside(
        &self,
        account: &Arc<Account>,
        mounts: &[Mount],
        lower: &str,
        now: Option<&str>,
        mut operation: impl FnMut(&Translation<'_>) -> Operation,
    ) {
        let Some(ours) = mounts.iter().find(|mount| mount.has_inside(lower)) else { return };
        let identities = now.map_or_else(Identities::new, |now| account.identities(now, ours));
        self.others(account, ours, |other, theirs| {
            let translation = Translation { ours, theirs };
            let identities = identities
                .iter()
                .map(|(lower, identity)| (path::lower(&translation.translated(lower)), *identity));
            other.receive(operation(&translation), identities.collect())
        });
    }

    fn others(
        &self,
        account: &Arc<Account>,
        ours: &Mount,
        mut work: impl FnMut(&Arc<Account>, &Mount) -> Result<(), PerformError>,
    ) {
        for (other, theirs) in self.mounted_by(&ours.number) {
            if other.id == account.id {
                continue;
            }
            if let Err(error) = work(&other, &theirs) {
                tracing::warn!(%error, account = %other.id, "a shared folder is behind");
            }
        }
    }

    /// Everybody who has a shared folder in their tree, and where.
    pub(crate) fn mounted_by(&self, number: &str) -> Vec<(Arc<Account>, Mount)> {
        let members = self.get(number).map(|folder| folder.members).unwrap_or_default();
        let mounted = members.iter().filter_map(|member| {
            let account = self.account(&member.account)?;
            let mount =
                self.mounts_of(&account).into_iter().find(|mount| mount.number == number)?;
            Some((account, mount))
        });
        mounted.collect()
    }

    /// Everybody's key of what an account has at a key.
    pub(crate) fn everywhere(
        &self,
        account: &Arc<Account>,
        lower: &str,
    ) -> Vec<(Arc<Account>, String)> {
        let mounts = self.mounts_of(account);
        let Some(ours) = mounts.iter().find(|mount| mount.has_inside(lower)) else {
            return vec![(Arc::clone(account), lower.to_owned())];
        };
        let key = |(other, theirs): (Arc<Account>, Mount)| {
            let translation = Translation { ours, theirs: &theirs };
            (other, path::lower(&translation.translated(lower)))
        };
        self.mounted_by(&ours.number).into_iter().map(key).collect()
    }

    /// Deleting the folder itself, or what it is in, is letting it go. While others keep it, what is
    /// in it can't come back from the trash: it is there, and has its ids there.
    fn let_go(&self, account: &Account, mounts: &[Mount], deleted: &str) {
        for mount in mounts.iter().filter(|mount| mount.is_at_or_in(deleted)) {
            self.note_unmounted(account, mount);
            if !self.mounted_by(&mount.number).is_empty() {
                told(account, &Operation::Forget { path: mount.lower.clone() });
            }
        }
    }

    /// A shared folder that a person puts into another by hand is let go; what was in it is a copy
    /// from then on, with ids of its own, since the others keep what they had.
    fn let_in(&self, account: &Account, mounts: &[Mount], (from, target): (&str, &str), at: i64) {
        if !mounts.iter().any(|mount| mount.has_inside(target)) {
            return;
        }
        for mount in mounts.iter().filter(|mount| mount.is_at_or_in(from)) {
            let path = format!("{target}{}", mount.lower.get(from.len()..).unwrap_or_default());
            told(account, &Operation::Detach { path, at });
        }
        self.let_go(account, mounts, from);
    }

    fn note_unmounted(&self, account: &Account, mount: &Mount) {
        let unmount = |member: &mut Member| member.mount = None;
        let noted =
            self.change(&mount.number, |folder| folder.member_mut(&account.id).map(unmount));
        if let Err(error) = noted {
            tracing::warn!(%error, account = %account.id, "an unmounted folder is not recorded");
        }
    }
}

impl Account {
    /// What is in a shared folder is what it was when a member moves the folder, or one that it is in: for
    /// the others nothing happened.
    pub(crate) fn carried(&self, mounts: &[Mount], operation: &Operation) -> Identities {
        let Operation::Move { from, to, .. } = operation else { return Identities::new() };
        let target = path::lower(to);
        if mounts.iter().any(|mount| mount.has_inside(&target)) {
            return Identities::new();
        }
        let moved = mounts.iter().filter(|mount| mount.is_at_or_in(from));
        let known = moved.flat_map(|mount| {
            self.namespace().copy_up_below(&mount.lower);
            self.identities(&mount.lower, mount)
        });
        let there =
            |lower: String| format!("{target}{}", lower.get(from.len()..).unwrap_or_default());
        known.map(|(lower, identity)| (there(lower), identity)).collect()
    }
}

/// What follows for an account from what it did; the log says where it could not be recorded.
fn told(account: &Account, operation: &Operation) {
    if let Err(error) = account.perform_here(operation) {
        tracing::warn!(%error, account = %account.id, "what was shared still has its old ids");
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
        format!("{}{}", self.theirs.display, path::beyond(path, depth))
    }
}
