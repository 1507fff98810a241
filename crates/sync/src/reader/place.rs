//! Finds out where the folders of the rules are.

use std::collections::HashSet;

use dropbox::{Entry, Error, ErrorKind, FolderMetadata, PathRef};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::seams::Remote;
use crate::rules::FolderId;
use crate::rules::placed::{Placed, PlacedRule, Presence};

/// How many folders are looked up side by side.
const LOOKUPS_MAX: usize = 4;

/// The same rules with their folders where they are now.
///
/// A folder is looked for by its id. If that is gone, a folder that was made anew at its path takes
/// its place: deleting a linked folder and putting it back is what people do by accident.
pub(crate) async fn place<R: Remote>(remote: &R, placed: &Placed) -> Result<Placed, Error> {
    let lookups = stream::iter(placed.iter().cloned()).map(|rule| find(remote, rule));
    let mut found: Vec<_> = lookups.buffered(LOOKUPS_MAX).try_collect().await?;
    forget_twins(placed, &mut found);
    Ok(placed.found_at(found))
}

async fn find<R: Remote>(remote: &R, rule: PlacedRule) -> Result<PlacedRule, Error> {
    if rule.rule.folder.is_root() {
        return Ok(PlacedRule { presence: Presence::Here, ..rule });
    }
    if let Some(folder) = folder_at(remote, &rule.rule.folder.path_ref()).await? {
        return Ok(placed_at(rule, &folder));
    }
    match rule.path_key.parse::<PathRef>() {
        Ok(path) if !path.is_root() => {
            let successor = folder_at(remote, &path).await?;
            Ok(successor
                .map_or_else(|| gone(rule.clone()), |folder| placed_at(rule.clone(), &folder)))
        }
        _ => Ok(gone(rule)),
    }
}

async fn folder_at<R: Remote>(remote: &R, path: &PathRef) -> Result<Option<FolderMetadata>, Error> {
    match remote.metadata(path).await {
        Ok(Some(Entry::Folder(folder))) => Ok(Some(folder)),
        Ok(_) | Err(Error { kind: ErrorKind::NotFound | ErrorKind::Path(_), .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A folder that isn't mounted anywhere can't be listed, whatever its id says.
fn placed_at(rule: PlacedRule, folder: &FolderMetadata) -> PlacedRule {
    let Some(path_key) = folder.path_lower.clone() else { return gone(rule) };
    let mut placed = PlacedRule { path_key, presence: Presence::Here, ..rule };
    placed.rule.folder = FolderId::from(&folder.id);
    placed.rule.path = folder.path_display.clone().unwrap_or_else(|| placed.path_key.clone());
    placed
}

fn gone(rule: PlacedRule) -> PlacedRule {
    PlacedRule { presence: Presence::Gone, ..rule }
}

/// Takes back a successor that has, or got, a rule of its own.
fn forget_twins(before: &Placed, found: &mut [PlacedRule]) {
    let mut taken: HashSet<_> = before.iter().map(|rule| rule.rule.folder.clone()).collect();
    for (rule, before) in found.iter_mut().zip(before.iter()) {
        let adopted = rule.rule.folder != before.rule.folder;
        if adopted && !taken.insert(rule.rule.folder.clone()) {
            *rule = gone(before.clone());
        }
    }
}
