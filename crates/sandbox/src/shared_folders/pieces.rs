//! What is in a shared folder, as it travels from one member's tree to another's.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use crate::account::{Account, PerformError, Place};
use crate::content_hash::ContentHash;
use crate::folder::Hand;
use crate::namespace::{NewFile, Node, Operation};
use crate::path::{self, Location};

/// A file or a folder by its path within the shared folder.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Begins with a slash; as it is shown.
    pub(crate) path: String,
    pub(crate) content: Option<FilePiece>,
}

#[derive(Clone, Debug)]
pub(crate) struct FilePiece {
    pub(crate) bytes: Bytes,
    pub(crate) client_modified: i64,
    pub(crate) modified_by: Option<String>,
}

impl Account {
    /// Everything at and below a key, by paths relative to `base`; a folder before what is in it.
    pub(super) fn pieces(self: &Arc<Self>, lower: &str, base: &str) -> io::Result<Vec<Piece>> {
        let all: Vec<(String, Node)> = {
            let mut namespace = self.namespace();
            namespace.materialize(lower);
            let tree = namespace.tree();
            let top = tree.at(lower).filter(|item| item.lower != base);
            let items = top.into_iter().chain(tree.below(lower));
            items.map(|item| (item.lower.to_owned(), item.node.clone())).collect()
        };
        let piece = |(lower, node): (String, Node)| {
            let rest = lower.get(base.len()..).unwrap_or_default();
            let path = format!("{}/{}", path::parent(rest), node.name());
            let Some(file) = node.file() else { return Ok(Some(Piece { path, content: None })) };
            let content = self.bytes(&lower, &node)?.map(|bytes| FilePiece {
                bytes,
                client_modified: file.client_modified,
                modified_by: file.modified_by.clone(),
            });
            Ok(content.map(|content| Piece { path, content: Some(content) }))
        };
        all.into_iter().filter_map(|one| piece(one).transpose()).collect()
    }

    /// Takes a piece over into a folder of one's own.
    pub(super) fn take(self: &Arc<Self>, folder: &str, piece: &Piece) -> Result<(), PerformError> {
        let path = format!("{folder}{}", piece.path);
        let at = self.clock.now_s();
        self.receive(match &piece.content {
            None => Operation::CreateFolder { path, at, seen: None },
            Some(file) => Operation::Write(NewFile {
                path,
                size: file.bytes.len() as u64,
                content_hash: ContentHash::of(&file.bytes),
                client_modified: file.client_modified,
                at,
                seen: None,
                id: None,
                modified_by: file.modified_by.clone(),
                content: Some(file.bytes.clone()),
            }),
        })
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
