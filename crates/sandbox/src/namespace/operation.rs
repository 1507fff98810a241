//! What can happen to a namespace. Operations are kept in the state file and replayed from there,
//! so their JSON is a format: fields may be added, never changed.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::node::{Mark, Revision, Seen};
use crate::content_hash::ContentHash;
use crate::identifier::{NodeId, Rev};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    /// Makes a file or a new version of it. Same content changes nothing.
    Write(NewFile),
    CreateFolder {
        path: String,
        at: i64,
        seen: Option<Seen>,
    },
    /// `from` is a key, `to` a path to be shown. Within one key it changes the case alone.
    Move {
        from: String,
        to: String,
        at: i64,
        seen: Option<Seen>,
    },
    /// Always with everything below.
    Delete {
        path: String,
        at: i64,
    },
    /// The disk shows the same content in another way (touched, copied back).
    See {
        path: String,
        seen: Seen,
    },
    /// Cursors hear of a folder and all in it again, as gone and come back: what is shared or no
    /// longer so has other metadata.
    Retell {
        path: String,
        at: i64,
    },
    /// The same for a folder that was shared and is a copy of its own from now on: with other ids
    /// and revisions than those that the others go on to have.
    Detach {
        path: String,
        at: i64,
    },
    /// What somebody else did in a shared folder. What is new has the id and the revision here that
    /// it has there, as far as nothing else has them.
    Follow {
        operation: Box<Operation>,
        identities: Identities,
    },
    /// Numbers go on from here, so that no two people have the same.
    Number {
        from: u64,
    },
    /// What was at a path and below it, and is gone, can't be restored any more.
    Forget {
        path: String,
    },
    /// Says something about a file that its content doesn't; told as a change without a new version.
    Mark {
        path: String,
        mark: Option<Mark>,
    },
    /// Cursors handed out before are answered with `reset`.
    ResetCursors,
}

/// By what everybody knows a file or a folder who has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: NodeId,
    /// A file's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rev: Option<Rev>,
}

/// By key.
pub(crate) type Identities = BTreeMap<String, Identity>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewFile {
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) content_hash: ContentHash,
    pub(crate) client_modified: i64,
    pub(crate) at: i64,
    pub(crate) seen: Option<Seen>,
    /// The id of a file that comes back, where nothing else is and nothing else has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<NodeId>,
    /// Who wrote it, where others can see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified_by: Option<String>,
    /// What a file was before, where it comes from somebody else; the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) earlier: Vec<Revision>,
    #[serde(skip)]
    pub(crate) content: Option<Bytes>,
}

/// Why an operation can't be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("there is nothing at this path")]
    NotFound,
    #[error("there is something else at this path")]
    Conflict,
    #[error("a folder can't be moved into itself")]
    IntoItself,
}
