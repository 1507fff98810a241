//! What can happen to a namespace. Operations are kept in the state file and replayed from there,
//! so their JSON is a format: fields may be added, never changed.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::node::{Mark, Seen};
use crate::content_hash::ContentHash;
use crate::identifier::NodeId;

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
