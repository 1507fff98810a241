//! Entry bundles: up to 256 consecutive entries in one file, each behind its length in two bytes.

use crate::BundleId;

/// The largest entry that a bundle can hold: what two bytes of length can say.
pub const ENTRY_BYTES_MAX: usize = u16::MAX as usize;

/// An entry doesn't fit into a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry of {found} bytes is longer than {ENTRY_BYTES_MAX}")]
pub struct EntryTooLong {
    /// The length of the entry.
    pub found: usize,
}

/// Bytes aren't a bundle of so many entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedBundle {
    /// The bytes end within an entry or its length, or before the last entry.
    #[error("the bundle ends before its last entry does")]
    Truncated,
    /// There are bytes behind the last entry.
    #[error("the bundle goes on behind its last entry")]
    TooLong,
}

/// The file that holds these entries.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, EntryTooLong> {
    let mut bytes = Vec::new();
    for entry in entries {
        let entry = entry.as_ref();
        let found = entry.len();
        let length = u16::try_from(found).map_err(|_| EntryTooLong { found })?;
        bytes.extend(length.to_be_bytes());
        bytes.extend(entry);
    }
    Ok(bytes)
}

/// The entries in a bundle's file, as many as the bundle is wide.
pub fn decode_bundle(id: BundleId, bytes: &[u8]) -> Result<Vec<&[u8]>, MalformedBundle> {
    let mut entries = Vec::with_capacity(id.width().into());
    let mut rest = bytes;
    for _ in 0..id.width() {
        let (entry, behind) = split_entry(rest).ok_or(MalformedBundle::Truncated)?;
        entries.push(entry);
        rest = behind;
    }
    if rest.is_empty() { Ok(entries) } else { Err(MalformedBundle::TooLong) }
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}
