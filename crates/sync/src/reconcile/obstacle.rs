//! Why something in a linked folder can't be recorded, in words for its owner.

use dropbox::FileMetadata;

/// What is in the way of recording something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    CloudDocument,
    NoContentHash,
    PartlyVisible,
    Unreadable,
    UnknownKind,
}

impl Obstacle {
    /// A sentence that says what it means, and what would help.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::CloudDocument => {
                "This is a cloud document, such as Paper or Google Docs: Dropbox keeps no file of \
                 it that could be fingerprinted. Export it as a file to give it a history."
            }
            Self::NoContentHash => {
                "Dropbox has not told a fingerprint of this file. It is recorded as soon as it does."
            }
            Self::PartlyVisible => {
                "Dropbox shows this account only parts of this shared folder. What it does not \
                 show is not recorded; whoever owns the folder can give access."
            }
            Self::Unreadable => {
                "Dropbox does not let this account read this shared folder, so nothing in it is \
                 recorded. Whoever owns the folder can give access."
            }
            Self::UnknownKind => {
                "Dropbox lists something here that this version of Proofbox does not know. A newer \
                 version may."
            }
        }
    }
}

/// The hash of a file's content, or why it has none.
pub(crate) fn content(file: &FileMetadata) -> Result<[u8; 32], Obstacle> {
    if !file.is_downloadable {
        return Err(Obstacle::CloudDocument);
    }
    let hash = file.content_hash.ok_or(Obstacle::NoContentHash)?;
    Ok(hash.0)
}
