//! Whether an operation can be done. Asked before anything is recorded, and again when it is done,
//! so that what the state file holds is never more than what was allowed.

use super::node::Kind;
use super::operation::{Operation, Refusal};
use super::tree::Tree;
use crate::path;

impl Tree {
    pub(crate) fn check(&self, operation: &Operation) -> Result<(), Refusal> {
        match operation {
            Operation::Write(file) => self.check_place(&path::lower(&file.path), Kind::is_file),
            Operation::CreateFolder { path, .. } => {
                self.check_place(&path::lower(path), Kind::is_folder)
            }
            Operation::Move { from, to, .. } => self.check_move(from, &path::lower(to)),
            Operation::Delete { path, .. }
            | Operation::See { path, .. }
            | Operation::Retell { path, .. }
            | Operation::Detach { path, .. } => self.at(path).map(|_| ()).ok_or(Refusal::NotFound),
            Operation::Follow { operation, .. } => self.check(operation),
            Operation::Number { .. } | Operation::Forget { .. } | Operation::ResetCursors => Ok(()),
            Operation::Mark { path, .. } => self
                .at(path)
                .filter(|item| !item.node.is_folder())
                .map(|_| ())
                .ok_or(Refusal::NotFound),
        }
    }

    fn check_place(&self, lower: &str, same: fn(&Kind) -> bool) -> Result<(), Refusal> {
        let fits = self.at(lower).is_none_or(|item| same(&item.node.kind));
        if fits { self.check_ancestors(lower) } else { Err(Refusal::Conflict) }
    }

    fn check_ancestors(&self, lower: &str) -> Result<(), Refusal> {
        let file = path::prefixes(path::parent(lower))
            .any(|prefix| self.at(prefix).is_some_and(|item| !item.node.is_folder()));
        if file { Err(Refusal::Conflict) } else { Ok(()) }
    }

    fn check_move(&self, from: &str, to: &str) -> Result<(), Refusal> {
        self.at(from).ok_or(Refusal::NotFound)?;
        if from == to {
            return Ok(());
        }
        if path::is_below(to, from) {
            return Err(Refusal::IntoItself);
        }
        if self.at(to).is_some() { Err(Refusal::Conflict) } else { self.check_ancestors(to) }
    }
}

impl Kind {
    fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    fn is_folder(&self) -> bool {
        matches!(self, Self::Folder)
    }
}
