//! Blobs: content that somebody attaches to an asset or event on purpose. Nothing of a source ever
//! becomes one.

use jiff::Timestamp;

use crate::ids::BlobId;

/// The largest blob.
pub const BLOB_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most bytes of blobs of a tenancy.
pub const TENANCY_BLOB_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// What is known of a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its identity.
    pub id: BlobId,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// What kind of content it is, found in the content itself.
    pub mime_type: String,
    /// How many bytes it has.
    pub size: u64,
    /// Who sent it.
    pub subject: String,
    /// When.
    pub accepted_at: Timestamp,
}

/// A blob to keep.
#[derive(Clone, Debug)]
pub struct NewBlob {
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// What kind of content it is.
    pub mime_type: String,
    /// Who sends it.
    pub subject: String,
    /// All of it, at most [`BLOB_BYTES_MAX`].
    pub content: Vec<u8>,
}
