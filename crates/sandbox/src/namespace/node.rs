//! What a namespace remembers about a file or a folder, present or gone.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::operation::Identity;
use crate::content_hash::ContentHash;
use crate::identifier::{NodeId, Rev};
use crate::path;

/// A file or a folder that is there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: NodeId,
    /// Only the last name is sure to have today's case, as in Dropbox.
    pub(crate) path_display: String,
    /// The number of its latest change; 0 when it was there before every cursor.
    pub(crate) changed: u64,
    pub(crate) kind: Kind,
    /// What a watched folder showed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<Seen>,
}

impl Node {
    pub(crate) fn name(&self) -> &str {
        path::name(&self.path_display)
    }

    /// The name under which a watched folder has it.
    pub(crate) fn disk_name(&self) -> &str {
        let other = self.seen.as_ref().and_then(|seen| seen.disk_name.as_deref());
        other.unwrap_or_else(|| self.name())
    }

    pub(crate) fn file(&self) -> Option<&File> {
        match &self.kind {
            Kind::File(file) => Some(file),
            Kind::Folder => None,
        }
    }

    pub(crate) fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Folder)
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity { id: self.id, rev: self.file().map(|file| file.rev) }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Folder,
    File(File),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) rev: Rev,
    pub(crate) size: u64,
    pub(crate) content_hash: ContentHash,
    pub(crate) client_modified: i64,
    pub(crate) server_modified: i64,
    /// Who wrote it, where others can see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified_by: Option<String>,
    /// What keeps clients from its content, until its next version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mark: Option<Mark>,
    /// In memory alone; a watched folder has its own.
    #[serde(skip)]
    pub(crate) content: Option<Bytes>,
}

/// Something about a file that its content does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Its content was taken down; nobody gets it.
    Restricted,
    /// It is a document of Dropbox Paper, which has no content of its own.
    Paper,
    /// Somebody else has locked it.
    Locked,
}

/// A node with the key under which it is found.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    pub(crate) lower: &'a str,
    pub(crate) node: &'a Node,
}

/// A version of a file, with the path that it had then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Revision {
    pub(crate) path_display: String,
    pub(crate) file: File,
}

/// What was last at a path where nothing is any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Gone {
    pub(crate) id: NodeId,
    pub(crate) path_display: String,
    pub(crate) is_file: bool,
    pub(crate) at: i64,
    /// The number of the deletion when it is reported by itself; what went with its folder is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) changed: Option<u64>,
}

/// How a file or folder looked on disk: enough to know it again and to notice a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) inode: u64,
    /// Inode numbers are reused at once by some file systems; the time of birth is not.
    pub(crate) born_ns: Option<i64>,
    pub(crate) modified_ns: i64,
    /// The name on disk where it is not the one shown: another Unicode form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) disk_name: Option<String>,
}
