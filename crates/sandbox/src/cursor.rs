//! Cursors: where a client is, sealed, so that nothing has to be stored for it and none can be
//! made up. All arguments of the listing travel in it.

use serde::{Deserialize, Serialize};

use crate::namespace::{Position, Scope};
use crate::view::Frame;
use crate::wire::{self, Lens};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) account: String,
    /// The folder was shown by a shared link, so its cursor is anybody's who has it.
    #[serde(default)]
    pub(crate) by_link: bool,
    /// Shared folders and what is in them are not listed.
    #[serde(default)]
    pub(crate) without_mounted: bool,
    /// Nor are files that have no content.
    #[serde(default)]
    pub(crate) without_cloud_documents: bool,
    /// Cursors of an earlier epoch are answered with `reset`.
    pub(crate) epoch: u32,
    pub(crate) scope: Scope,
    /// From where the listing was asked for.
    #[serde(default)]
    pub(crate) frame: Frame,
    pub(crate) limit: usize,
    pub(crate) position: Position,
    /// What else is told of entries.
    #[serde(default, skip_serializing_if = "Wanted::is_nothing")]
    pub(crate) wanted: Wanted,
}

/// What a client asks to be told beside the usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// Whether files are shared with single people.
    pub(crate) members: bool,
    /// Groups of properties of these templates.
    pub(crate) templates: Vec<String>,
    /// What there is to know of photos and films. Nobody waits with such a cursor.
    pub(crate) media: bool,
}

impl Wanted {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Cursor {
    /// Whether the client asked not to see what is at a key.
    pub(crate) fn skips(&self, lens: &Lens, lower: &str) -> bool {
        (self.without_mounted && lens.is_mounted(lower))
            || (self.without_cloud_documents && wire::is_cloud_document(lower))
    }
}
