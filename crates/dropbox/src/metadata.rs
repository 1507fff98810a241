//! What Dropbox says about files and folders.
//!
//! Read leniently: fields that we don't know are ignored, and an entry that can't be used as what
//! it claims to be is kept as [`Entry::Other`], so that one odd entry never hides a whole page.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{AccountId, ContentHash, Id, Rev};

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file that is there.
    File(FileMetadata),
    /// A folder that is there.
    Folder(FolderMetadata),
    /// Something that was at this path and no longer is. Its content went with it.
    Deleted(DeletedMetadata),
    /// Something else, or something that lacks what its kind must have.
    Other(OtherMetadata),
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMetadata {
    /// The file, through renames and moves.
    pub id: Id,
    /// The last component of its path.
    pub name: String,
    /// An opaque key of the path, whatever its case. None when the file isn't mounted.
    pub path_lower: Option<String>,
    /// The path to show. Only its last component has the right case for sure.
    pub path_display: Option<String>,
    /// This revision of its content.
    pub rev: Rev,
    /// In bytes.
    pub size: u64,
    /// Absent for documents that have no content of their own, such as Paper.
    pub content_hash: Option<ContentHash>,
    /// When the editor's machine says that it was changed.
    pub client_modified: Timestamp,
    /// When Dropbox took the revision.
    pub server_modified: Timestamp,
    /// False for cloud documents: their content can only be exported.
    pub is_downloadable: bool,
    /// Who changed it last. Only known inside shared folders.
    pub modified_by: Option<AccountId>,
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderMetadata {
    /// The folder, through renames and moves.
    pub id: Id,
    /// The last component of its path.
    pub name: String,
    /// An opaque key of the path, whatever its case. None when the folder isn't mounted.
    pub path_lower: Option<String>,
    /// The path to show. Only its last component has the right case for sure.
    pub path_display: Option<String>,
    /// Whether its content can be seen.
    pub access: FolderAccess,
}

/// What the account may see of a folder. What can't be seen isn't gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderAccess {
    /// Everything in it.
    Full,
    /// Only some folders in it.
    TraverseOnly,
    /// Nothing in it.
    Denied,
}

/// Where something was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedMetadata {
    /// The last component of the path.
    pub name: String,
    /// An opaque key of the path, whatever its case.
    pub path_lower: Option<String>,
    /// The path to show.
    pub path_display: Option<String>,
}

/// An entry that we can't use, with what is needed to tell its owner about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherMetadata {
    /// What Dropbox calls it. `file` or `folder` when it lacked a part that these must have.
    pub tag: String,
    /// The last component of its path.
    pub name: Option<String>,
    /// An opaque key of the path, whatever its case.
    pub path_lower: Option<String>,
    /// The path to show.
    pub path_display: Option<String>,
}

/// Any entry as Dropbox sends it: every field of every kind, all optional, read in one pass.
#[derive(Deserialize)]
pub(crate) struct WireEntry {
    #[serde(rename = ".tag")]
    tag: Option<String>,
    id: Option<Id>,
    name: Option<String>,
    path_lower: Option<String>,
    path_display: Option<String>,
    rev: Option<Rev>,
    size: Option<u64>,
    content_hash: Option<String>,
    client_modified: Option<String>,
    server_modified: Option<String>,
    is_downloadable: Option<bool>,
    sharing_info: Option<WireSharingInfo>,
}

#[derive(Deserialize)]
struct WireSharingInfo {
    modified_by: Option<AccountId>,
    #[serde(default)]
    traverse_only: bool,
    #[serde(default)]
    no_access: bool,
}

impl From<WireEntry> for Entry {
    fn from(wire: WireEntry) -> Self {
        match wire.tag.as_deref() {
            Some("file") => file(&wire).map(Self::File),
            Some("folder") => folder(&wire).map(Self::Folder),
            Some("deleted") => deleted(&wire).map(Self::Deleted),
            _ => None,
        }
        .unwrap_or_else(|| Self::Other(other(wire)))
    }
}

/// The file that an entry without a tag is, as in a list of revisions.
pub(crate) fn file(wire: &WireEntry) -> Option<FileMetadata> {
    Some(FileMetadata {
        id: wire.id.clone()?,
        name: wire.name.clone()?,
        path_lower: wire.path_lower.clone(),
        path_display: wire.path_display.clone(),
        rev: wire.rev.clone()?,
        size: wire.size.unwrap_or(0),
        // A hash of another kind, should Dropbox ever change it, must not be taken for this one.
        content_hash: wire.content_hash.as_deref().and_then(|hash| hash.parse().ok()),
        client_modified: wire.client_modified.as_deref()?.parse().ok()?,
        server_modified: wire.server_modified.as_deref()?.parse().ok()?,
        is_downloadable: wire.is_downloadable.unwrap_or(true),
        modified_by: wire.sharing_info.as_ref().and_then(|sharing| sharing.modified_by.clone()),
    })
}

fn folder(wire: &WireEntry) -> Option<FolderMetadata> {
    Some(FolderMetadata {
        id: wire.id.clone()?,
        name: wire.name.clone()?,
        path_lower: wire.path_lower.clone(),
        path_display: wire.path_display.clone(),
        access: wire.sharing_info.as_ref().map_or(FolderAccess::Full, access),
    })
}

fn access(sharing: &WireSharingInfo) -> FolderAccess {
    match sharing {
        WireSharingInfo { no_access: true, .. } => FolderAccess::Denied,
        WireSharingInfo { traverse_only: true, .. } => FolderAccess::TraverseOnly,
        _ => FolderAccess::Full,
    }
}

fn deleted(wire: &WireEntry) -> Option<DeletedMetadata> {
    Some(DeletedMetadata {
        name: wire.name.clone()?,
        path_lower: wire.path_lower.clone(),
        path_display: wire.path_display.clone(),
    })
}

fn other(wire: WireEntry) -> OtherMetadata {
    OtherMetadata {
        tag: wire.tag.unwrap_or_default(),
        name: wire.name,
        path_lower: wire.path_lower,
        path_display: wire.path_display,
    }
}
