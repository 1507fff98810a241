//! How a shared folder comes into a member's tree, and out of it.

use std::io;
use std::sync::Arc;

use super::pieces::Piece;
use super::{Mount, SharedFolder, SharedFolders};
use crate::account::{Account, PerformError};
use crate::content_hash::ContentHash;
use crate::namespace::{Identities, Operation};
use crate::path;

impl SharedFolders {
    /// Puts a shared folder into a member's tree, and what is in it.
    pub(crate) fn mount(
        &self,
        number: &str,
        account: &Arc<Account>,
        path: &str,
    ) -> Result<(), PerformError> {
        let pieces = self.contents(number);
        let at = account.clock.now_s();
        let folder = Operation::CreateFolder { path: path.to_owned(), at, seen: None };
        account.receive(folder, Identities::new())?;
        let id = account.namespace().at(&path::lower(path)).map(|item| item.node.id);
        for piece in &pieces {
            account.take(path, piece)?;
        }
        let mounted = self.change(number, |folder| {
            folder.kept.clear();
            if let Some(member) = folder.member_mut(&account.id) {
                member.mount = id;
            }
        });
        mounted.map(|_| ()).map_err(PerformError::Unrecorded)
    }

    /// Takes a shared folder out of a member's tree. What nobody else has is kept.
    pub(crate) fn unmount(
        &self,
        mount: &Mount,
        account: &Arc<Account>,
    ) -> Result<(), PerformError> {
        let kept = account.pieces(&mount.lower, &mount.lower).unwrap_or_default();
        let unmounted = self.change(&mount.number, |folder| {
            if let Some(member) = folder.member_mut(&account.id) {
                member.mount = None;
            }
            if folder.members.iter().all(|member| member.mount.is_none()) {
                folder.kept = kept;
            }
        });
        unmounted.map_err(PerformError::Unrecorded)?;
        let at = account.clock.now_s();
        let path = mount.lower.clone();
        let deletion = Operation::Delete { path: path.clone(), at };
        account.receive(deletion, Identities::new())?;
        // It comes back by mounting, with the ids that it has, and not from the trash.
        account.perform_here(&Operation::Forget { path })
    }

    /// What is in a shared folder, from whoever has it.
    fn contents(&self, number: &str) -> Vec<Piece> {
        if let Some((account, mount)) = self.mounted_by(number).into_iter().next() {
            return account.pieces(&mount.lower, &mount.lower).unwrap_or_default();
        }
        let Some(SharedFolder { mut kept, .. }) = self.get(number) else { return Vec::new() };
        kept.retain_mut(|piece| self.fill(piece).is_ok());
        kept
    }

    /// Content that a restart took from memory is still on a disk for a while.
    fn fill(&self, piece: &mut Piece) -> io::Result<()> {
        let Some(file) = &mut piece.content else { return Ok(()) };
        if ContentHash::of(&file.bytes) == file.content_hash {
            return Ok(());
        }
        for account in self.accounts() {
            if let Some(content) = account.kept(file.content_hash)? {
                file.bytes = content.bytes()?;
                return Ok(());
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }
}
