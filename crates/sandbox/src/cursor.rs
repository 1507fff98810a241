//! Cursors: where a client is, sealed, so that nothing has to be stored for it and none can be
//! made up. All arguments of the listing travel in it.

use serde::{Deserialize, Serialize};

use crate::namespace::{Position, Scope};
use crate::view::Frame;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) account: String,
    /// Cursors of an earlier epoch are answered with `reset`.
    pub(crate) epoch: u32,
    pub(crate) scope: Scope,
    /// From where the listing was asked for.
    #[serde(default)]
    pub(crate) frame: Frame,
    pub(crate) limit: usize,
    pub(crate) position: Position,
}
