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
use crate::namespace::{NewFile, Node, Operation};
use crate::path::{self, Location};

/// A file or a folder by its path within the shared folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Piece {
    /// Begins with a slash; as it is shown.
    pub(crate) path: String,
    pub(crate) content: Option<FilePiece>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct FilePiece {
    pub(crate) content_hash: ContentHash,
    /// In memory alone. After a restart it is what a disk still keeps under the hash.
    #[serde(skip)]
    pub(crate) bytes: Bytes,
    pub(crate) client_modified: i64,
    pub(crate) modified_by: Option<String>,
    pub(crate) lock: Option<Lock>,
}

impl FilePiece {
    fn written(&self, path: &str, at: i64) -> Operation {
        Operation::Write(NewFile {
            path: path.to_owned(),
            size: self.bytes.len() as u64,
            content_hash: self.content_hash,
            client_modified: self.client_modified,
            at,
            seen: None,
            id: None,
            modified_by: self.modified_by.clone(),
            content: Some(self.bytes.clone()),
        })
    }
}

impl Account {
    /// Everything at and below a key, by paths relative to `base`; a folder before what is in it.
    pub(super) fn pieces(self: &Arc<Self>, lower: &str, base: &str) -> io::Result<Vec<Piece>> {
        let all: Vec<(String, Node)> = {
            let mut namespace = self.namespace();
            namespace.copy_up_below(lower);
            let tree = namespace.tree();
            let top = tree.at(lower).filter(|item| item.lower != base);
            let items = top.into_iter().chain(tree.below(lower));
            items.map(|item| (item.lower.to_owned(), item.node.clone())).collect()
        };
        let depth = path::prefixes(base).count();
        let piece = |(lower, node): (String, Node)| {
            // Folders on the way that nobody else has yet are made as they are shown here.
            let path = path::beyond(&node.path_display, depth).to_owned();
            let Some(file) = node.file() else { return Ok(Some(Piece { path, content: None })) };
            let content = self.bytes(&lower, &node)?.map(|bytes| FilePiece {
                content_hash: file.content_hash,
                bytes,
                client_modified: file.client_modified,
                modified_by: file.modified_by.clone(),
                lock: self.lock(node.id),
            });
            Ok(content.map(|content| Piece { path, content: Some(content) }))
        };
        all.into_iter().filter_map(|one| piece(one).transpose()).collect()
    }

    /// Takes a piece over into a folder of one's own.
    pub(super) fn take(self: &Arc<Self>, folder: &str, piece: &Piece) -> Result<(), PerformError> {
        let path = format!("{folder}{}", piece.path);
        let at = self.clock.now_s();
        let Some(file) = &piece.content else {
            return self.receive(Operation::CreateFolder { path, at, seen: None });
        };
        self.receive(file.written(&path, at))?;
        match &file.lock {
            Some(lock) => self.set_own_lock(&path::lower(&path), Some(lock)),
            None => Ok(()),
        }
    }

    /// Does what somebody else did, and tells nobody further. The disk comes first.
    pub(crate) fn receive(self: &Arc<Self>, operation: Operation) -> Result<(), PerformError> {
        let Place::Disk(folder) = &self.place else { return self.perform_here(&operation) };
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
                None => return Ok(()),
                Some(node) => hand
                    .relocate(&from, &node, &location(&to))
                    .map(|seen| Operation::Move { from, to, at, seen: Some(seen) }),
            },
            Operation::Delete { path, at } => match known(&path) {
                None => return Ok(()),
                Some(node) => hand.remove(&path, &node).map(|()| Operation::Delete { path, at }),
            },
            other @ (Operation::See { .. }
            | Operation::Retell { .. }
            | Operation::Mark { .. }
            | Operation::Forget { .. }
            | Operation::ResetCursors) => Ok(other),
        };
        let operation =
            done.map_err(|trouble| PerformError::Unreadable(io::Error::other(trouble)))?;
        self.perform_here(&operation)
    }
}

fn location(path: &str) -> Location {
    Location { display: path.to_owned(), lower: path::lower(path) }
}
