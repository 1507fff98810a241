//! What is in a shared folder, as it travels from one member's tree to another's.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::account::{Account, PerformError, Place};
use crate::content::Incoming;
use crate::content_hash::ContentHash;
use crate::folder::Hand;
use crate::locks::Lock;
use crate::namespace::{File, Identities, Identity, NewFile, Node, Operation, Revision};
use crate::path::{self, Location};
use crate::shared_folders::Mount;

/// A file or a folder by its path within the shared folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// Begins with a slash; as it is shown.
    pub(crate) path: String,
    /// What it is called wherever it is; not known of what was kept by an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<Identity>,
    pub(crate) content: Option<FilePiece>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FilePiece {
    pub(crate) content_hash: ContentHash,
    /// In memory alone. After a restart it is what a disk still keeps under the hash.
    #[serde(skip)]
    pub(crate) bytes: Bytes,
    pub(crate) client_modified: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) server_modified: Option<i64>,
    pub(crate) modified_by: Option<String>,
    pub(crate) lock: Option<Lock>,
    /// What it was before in this folder, by paths within that; the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) earlier: Vec<Revision>,
}

impl FilePiece {
    fn written(&self, folder: &str, path: &str, now_s: i64) -> Operation {
        let earlier = |revision: &Revision| Revision {
            path_display: format!("{folder}{}", revision.path_display),
            file: revision.file.clone(),
        };
        Operation::Write(NewFile {
            path: path.to_owned(),
            size: self.bytes.len() as u64,
            content_hash: self.content_hash,
            client_modified: self.client_modified,
            at: self.server_modified.unwrap_or(now_s),
            seen: None,
            id: None,
            modified_by: self.modified_by.clone(),
            earlier: self.earlier.iter().map(earlier).collect(),
            content: Some(self.bytes.clone()),
        })
    }
}

impl Account {
    /// Everything at and below a key, and the folders between it and `base`, by paths relative to that; a
    /// folder before what is in it.
    pub(super) fn pieces(self: &Arc<Self>, lower: &str, base: &str) -> io::Result<Vec<Piece>> {
        let all: Vec<(String, Node)> = {
            let mut namespace = self.namespace();
            namespace.copy_up_below(lower);
            let tree = namespace.tree();
            let above = path::prefixes(lower).filter(|prefix| path::is_below(prefix, base));
            let items = above.filter_map(|prefix| tree.at(prefix)).chain(tree.below(lower));
            items.map(|item| (item.lower.to_owned(), item.node.clone())).collect()
        };
        let depth = path::prefixes(base).count();
        let piece = |(lower, node): (String, Node)| {
            // Folders on the way that nobody else has yet are made as they are shown here.
            let path = path::beyond(&node.path_display, depth).to_owned();
            let identity = Some(node.identity());
            let Some(file) = node.file() else {
                return Ok(Some(Piece { path, identity, content: None }));
            };
            let content = self.bytes(&lower, &node)?.map(|bytes| FilePiece {
                content_hash: file.content_hash,
                bytes,
                client_modified: file.client_modified,
                server_modified: Some(file.server_modified),
                modified_by: file.modified_by.clone(),
                lock: self.lock(node.id),
                earlier: self.earlier(&node, file, base),
            });
            Ok(content.map(|content| Piece { path, identity, content: Some(content) }))
        };
        all.into_iter().filter_map(|one| piece(one).transpose()).collect()
    }

    /// What a file was before below `base`, by paths relative to that.
    fn earlier(&self, node: &Node, now: &File, base: &str) -> Vec<Revision> {
        let mut namespace = self.namespace();
        let known = namespace.tree().history(node.id).iter().map(|revision| revision.file.rev);
        let revs: Vec<_> = known.filter(|rev| *rev != now.rev).collect();
        let revisions = revs.into_iter().filter_map(|rev| namespace.by_rev(rev));
        let depth = path::prefixes(base).count();
        let inside = revisions.filter_map(|(_, Revision { path_display, file })| {
            let is_inside = path::is_below(&path::lower(&path_display), base);
            let path_display = path::beyond(&path_display, depth).to_owned();
            is_inside.then_some(Revision { path_display, file })
        });
        inside.collect()
    }

    /// How everything is known at and below a key, and the folders between it and a mount.
    pub(super) fn identities(&self, lower: &str, mount: &Mount) -> Identities {
        let namespace = self.namespace();
        let tree = namespace.tree();
        let above = path::prefixes(lower).filter(|prefix| mount.has_inside(prefix));
        let items = above.filter_map(|prefix| tree.at(prefix)).chain(tree.below(lower));
        items.map(|item| (item.lower.to_owned(), item.node.identity())).collect()
    }

    /// Takes a piece over into a folder of one's own.
    pub(super) fn take(self: &Arc<Self>, folder: &str, piece: &Piece) -> Result<(), PerformError> {
        let path = format!("{folder}{}", piece.path);
        let at = self.clock.now_s();
        let identity = piece.identity.map(|identity| (path::lower(&path), identity));
        let identities = identity.into_iter().collect();
        let Some(file) = &piece.content else {
            return self.receive(Operation::CreateFolder { path, at, seen: None }, identities);
        };
        self.receive(file.written(folder, &path, at), identities)?;
        match &file.lock {
            Some(lock) => self.set_own_lock(&path::lower(&path), Some(lock)),
            None => Ok(()),
        }
    }

    /// Does what somebody else did, and tells nobody further. The disk comes first.
    pub(crate) fn receive(
        self: &Arc<Self>,
        operation: Operation,
        identities: Identities,
    ) -> Result<(), PerformError> {
        let Some(operation) = self.done_by_hand(operation)? else { return Ok(()) };
        if identities.is_empty() {
            return self.perform_here(&operation);
        }
        self.perform_here(&Operation::Follow { operation: Box::new(operation), identities })
    }

    /// An operation that was done on the disk, if this account has one; nothing where there was
    /// nothing to do.
    fn done_by_hand(
        self: &Arc<Self>,
        operation: Operation,
    ) -> Result<Option<Operation>, PerformError> {
        let Place::Disk(folder) = &self.place else { return Ok(Some(operation)) };
        let hand = Hand::new(folder, self);
        let known = |lower: &str| self.namespace().at(lower).map(|item| item.node.clone());
        let done = match operation {
            Operation::Write(mut file) => {
                let place = location(&file.path);
                let content = file.content.take().unwrap_or_default();
                let content = Incoming::known(content, file.content_hash);
                let known = known(&place.lower);
                hand.write(&place, &content, file.client_modified, known.as_ref()).map(|seen| {
                    file.seen = Some(seen);
                    Operation::Write(file)
                })
            }
            Operation::CreateFolder { path, at, .. } => hand
                .create_folder(&location(&path))
                .map(|seen| Operation::CreateFolder { path, at, seen: Some(seen) }),
            Operation::Move { from, to, at, .. } => match known(&from) {
                None => return Ok(None),
                Some(node) => hand
                    .relocate(&from, &node, &location(&to))
                    .map(|seen| Operation::Move { from, to, at, seen: Some(seen) }),
            },
            Operation::Delete { path, at } => match known(&path) {
                None => return Ok(None),
                Some(node) => hand.remove(&path, &node).map(|()| Operation::Delete { path, at }),
            },
            other @ (Operation::See { .. }
            | Operation::Retell { .. }
            | Operation::Detach { .. }
            | Operation::Follow { .. }
            | Operation::Number { .. }
            | Operation::Mark { .. }
            | Operation::Forget { .. }
            | Operation::ResetCursors) => Ok(other),
        };
        done.map(Some).map_err(|trouble| PerformError::Unreadable(io::Error::other(trouble)))
    }
}

fn location(path: &str) -> Location {
    Location { display: path.to_owned(), lower: path::lower(path) }
}
