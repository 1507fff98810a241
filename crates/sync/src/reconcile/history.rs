//! Which versions a file has had since we last saw it.
//!
//! An edit may have been followed by others before we looked: Dropbox then shows only the last one.
//! Its list of revisions tells the rest. A rename or a move changes the revision as well, but not
//! the content, and is taken as such without asking: a folder of 10,000 files may be moved.

use dropbox::{FileMetadata, Revisions};
use ledger::{Fingerprint, Item, Origin, Version};

/// What a known file's new sighting means for its history.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum History {
    /// These versions are new, oldest first; often none.
    Versions(Vec<Version>),
    /// The sighting is older than what we know.
    Stale,
    /// Only its list of revisions tells.
    Ask,
}

/// Compares a sighting with what we knew. The list of revisions is None until asked for, and
/// `Some(None)` when it can't be had.
pub(super) fn history(
    item: &Item,
    file: &FileMetadata,
    content: [u8; 32],
    revisions: Option<&Option<Revisions>>,
) -> History {
    let same_content = item.fingerprint == content;
    if item.revision == file.rev.as_str() || (same_content && moved(item, file)) {
        return History::Versions(Vec::new());
    }
    match revisions {
        None => History::Ask,
        Some(Some(revisions)) => fill_in(item, file, content, revisions),
        Some(None) => {
            History::Versions(distinct(Some(item.fingerprint), [observed(file, content)]))
        }
    }
}

/// The version that a sighting shows.
pub(super) fn observed(file: &FileMetadata, content: [u8; 32]) -> Version {
    version(file, content, Origin::Observed)
}

/// The versions of a file that is new here, from the oldest one that Dropbox still keeps.
pub(super) fn from_beginning(
    file: &FileMetadata,
    content: [u8; 32],
    revisions: Option<&Revisions>,
) -> Vec<Version> {
    let newest_first = revisions.map_or(&[][..], |revisions| &revisions.entries);
    let seen_at = newest_first.iter().position(|entry| entry.rev == file.rev);
    let older = seen_at.map_or_else(|| older_than(file, newest_first), |seen_at| seen_at + 1);
    let kept = newest_first.iter().skip(older).rev();
    let kept =
        kept.filter_map(|entry| Some(version(entry, entry.content_hash?.0, Origin::FilledIn)));
    distinct(None, kept.chain([observed(file, content)]))
}

/// The parents' part of a displayed path isn't reliable, so it says nothing about a move.
fn moved(item: &Item, file: &FileMetadata) -> bool {
    file.path_lower.as_deref() != Some(&item.path_key) || file.name != item.name
}

/// The revisions between what we knew and what we see, and what we see.
fn fill_in(item: &Item, file: &FileMetadata, content: [u8; 32], revisions: &Revisions) -> History {
    let newest_first = &revisions.entries;
    let known_at = newest_first.iter().position(|entry| entry.rev.as_str() == item.revision);
    let seen_at = newest_first.iter().position(|entry| entry.rev == file.rev);
    let older = seen_at.map_or_else(|| older_than(file, newest_first), |seen_at| seen_at + 1);
    if known_at.is_some_and(|known_at| known_at < older) {
        return History::Stale;
    }
    let known_at = known_at.unwrap_or_else(|| likely_known(item, older, revisions));
    let missed = newest_first.iter().take(known_at).skip(older).rev();
    let missed =
        missed.filter_map(|entry| Some(version(entry, entry.content_hash?.0, Origin::FilledIn)));
    History::Versions(distinct(Some(item.fingerprint), missed.chain([observed(file, content)])))
}

/// Where the revisions older than a sighting begin, should the list lack the sighting itself.
fn older_than(file: &FileMetadata, newest_first: &[FileMetadata]) -> usize {
    let newer =
        newest_first.iter().take_while(|entry| entry.server_modified > file.server_modified);
    newer.count()
}

/// Where the revision that we knew would be in a list that lacks it.
///
/// Dropbox may have given it another name, by a move that went unseen: then it has its content. Or
/// it is older than the list reaches: then all of the list is news. Otherwise nothing of the list
/// is taken, since what was there before the folder was linked must not appear as news.
fn likely_known(item: &Item, older: usize, revisions: &Revisions) -> usize {
    let has_its_content =
        |entry: &FileMetadata| entry.content_hash.is_some_and(|hash| hash.0 == item.fingerprint);
    let same = revisions.entries.iter().skip(older).position(has_its_content);
    match same {
        Some(at) => older + at,
        None if revisions.has_more => revisions.entries.len(),
        None => older,
    }
}

/// Leaves out what repeats the content before it: saving a file unchanged publishes nothing.
fn distinct(before: Option<[u8; 32]>, versions: impl IntoIterator<Item = Version>) -> Vec<Version> {
    let mut current = before;
    let mut differs = |version: &Version| {
        let content = Some(version.fingerprint.content_hash);
        std::mem::replace(&mut current, content) != content
    };
    versions.into_iter().filter(|version| differs(version)).collect()
}

fn version(file: &FileMetadata, content: [u8; 32], origin: Origin) -> Version {
    Version {
        revision: file.rev.to_string(),
        fingerprint: Fingerprint { content_hash: content, sha256: None },
        bytes: file.size,
        declared_at: file.server_modified,
        origin,
        editor: file.modified_by.as_ref().map(ToString::to_string),
    }
}
