//! Writing a file as an upload does: what happens where something is already is the client's wish.

use std::time::Duration;

use super::{Editor, Placed, Trouble, names};
use crate::content::Incoming;
use crate::content_hash::ContentHash;
use crate::edit::Obstacle;
use crate::identifier::NodeId;
use crate::namespace::{File, NewFile, Node, Operation};
use crate::path::Location;

/// How often a file that a program is just writing is looked at again before giving up.
const TRIES_MAX: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(60);

/// What to do where something is already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Add,
    Overwrite,
    /// Overwrite this revision and no other.
    Update(String),
}

/// How a file is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) mode: Mode,
    pub(crate) autorename: bool,
    /// Same content is a conflict too.
    pub(crate) strict_conflict: bool,
    pub(crate) client_modified: Option<i64>,
    /// The id that a restored file had; taken where the path is free and the id gone.
    pub(crate) id: Option<NodeId>,
}

impl Wish {
    /// To have it there, whatever is there now.
    pub(crate) fn overwrite(client_modified: Option<i64>) -> Self {
        let mode = Mode::Overwrite;
        Self { mode, autorename: false, strict_conflict: false, client_modified, id: None }
    }
}

enum Verdict {
    /// The same content is there already.
    Keep(Placed),
    Write(Location),
}

impl Editor<'_> {
    pub(crate) fn write(
        &self,
        place: &Location,
        content: &Incoming,
        wish: &Wish,
    ) -> Result<Placed, Trouble> {
        for _ in 0..TRIES_MAX {
            self.catch_up(&[place]);
            let target = match self.verdict(place, content.hash, wish)? {
                Verdict::Keep(placed) => return Ok(placed),
                Verdict::Write(target) => target,
            };
            match self.put(&target, content, wish) {
                Err(Trouble::Busy) => std::thread::sleep(BETWEEN_TRIES),
                outcome => return outcome,
            }
        }
        Err(Trouble::Busy)
    }

    fn verdict(
        &self,
        place: &Location,
        hash: ContentHash,
        wish: &Wish,
    ) -> Result<Verdict, Trouble> {
        self.check_ancestors(place)?;
        let Some(node) = self.at(&place.lower) else { return Ok(Verdict::Write(place.clone())) };
        let other =
            if matches!(wish.mode, Mode::Update(_)) { names::conflicted } else { names::numbered };
        match node.file() {
            Some(file) if !wish.strict_conflict && file.content_hash == hash => {
                Ok(Verdict::Keep((place.lower.clone(), node)))
            }
            Some(file) if wish.mode.replaces(file) => {
                self.check_unlocked(&node, &place.lower)?;
                Ok(Verdict::Write(place.clone()))
            }
            _ if wish.autorename => Ok(Verdict::Write(self.free(place, other))),
            Some(_) => Err(Trouble::Conflict(Obstacle::File)),
            None => Err(Trouble::Conflict(Obstacle::Folder)),
        }
    }

    pub(super) fn put(
        &self,
        place: &Location,
        content: &Incoming,
        wish: &Wish,
    ) -> Result<Placed, Trouble> {
        let at = self.now_s();
        let client_modified = wish.client_modified.unwrap_or(at);
        let replaced: Option<Node> = self.at(&place.lower);
        let (seen, content_kept) = match &self.hand {
            Some(hand) => {
                (Some(hand.write(place, content, client_modified, replaced.as_ref())?), None)
            }
            None => (None, Some(content.bytes()?)),
        };
        self.perform(&Operation::Write(NewFile {
            path: place.display.clone(),
            size: content.size,
            content_hash: content.hash,
            client_modified,
            at,
            seen,
            id: wish.id,
            modified_by: None,
            earlier: Vec::new(),
            content: content_kept,
        }))?;
        self.placed(&place.lower)
    }
}

impl Mode {
    fn replaces(&self, file: &File) -> bool {
        match self {
            Self::Add => false,
            Self::Overwrite => true,
            Self::Update(rev) => *rev == file.rev.text(),
        }
    }
}
