//! The high-water file: the largest head that was ever about to be signed, outside the database,
//! so that an older copy of the database can be told from the newest one. Signing from an older
//! copy would make a second history under the same name, which nothing could mend.
//!
//! Two slots are written in turn, so that a torn write leaves the other one.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};
use tlog::Hash;

use super::{Edge, Remembered};

/// The name of the file in the data directory.
pub(crate) const HIGH_WATER: &str = "high-water";
const SLOT_BYTES: usize = 128;
const SLOTS: usize = 2;

/// The open file.
pub(crate) struct HighWater {
    file: File,
}

/// A head that was about to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) size: u64,
    pub(crate) root: Hash,
}

impl HighWater {
    /// Opens the file, and makes an empty one where there is none.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(directory.join(HIGH_WATER))?;
        file.sync_all()?;
        File::open(directory)?.sync_all()?;
        Ok(Self { file })
    }

    /// The largest head remembered. A file with content but no readable slot is an error: what it
    /// knew may be what keeps us from forking.
    pub(crate) fn read(&self) -> io::Result<Option<Mark>> {
        let slots = self.slots()?;
        let is_empty = slots.as_flattened().iter().all(|byte| *byte == 0);
        match newest(&slots) {
            Some((_, mark)) => Ok(Some(mark)),
            None if is_empty => Ok(None),
            None => Err(io::Error::other("the high-water file cannot be read")),
        }
    }

    /// Remembers a head, durably.
    pub(crate) fn advance(&self, mark: Mark) -> io::Result<()> {
        let current = newest(&self.slots()?).map_or(SLOTS - 1, |(slot, _)| slot);
        let next = (current + 1) % SLOTS;
        self.file.write_all_at(&mark.to_slot(), (next * SLOT_BYTES) as u64)?;
        self.file.sync_data()
    }

    /// Remembers a head that was signed elsewhere, whatever is remembered: both slots say it.
    pub(crate) fn overrule(&self, mark: Mark) -> io::Result<()> {
        for slot in 0..SLOTS {
            self.file.write_all_at(&mark.to_slot(), (slot * SLOT_BYTES) as u64)?;
            self.file.sync_data()?;
        }
        Ok(())
    }

    fn slots(&self) -> io::Result<[[u8; SLOT_BYTES]; SLOTS]> {
        let mut slots = [[0; SLOT_BYTES]; SLOTS];
        let mut read = 0;
        let bytes = slots.as_flattened_mut();
        while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, read as u64)? {
                0 => break,
                count => read += count,
            }
        }
        Ok(slots)
    }
}

impl Mark {
    pub(crate) fn of(edge: &Edge) -> Self {
        Self { size: edge.size(), root: edge.root() }
    }

    /// The mark as what the file remembers.
    pub(crate) fn remembered(self) -> Remembered {
        let place = "the high-water file".to_owned();
        Remembered { place, size: self.size, root: Some(self.root) }
    }

    fn text(self) -> String {
        format!("{} {}", self.size, self.root)
    }

    /// Size, root and a checksum, filled with spaces to one length.
    fn to_slot(self) -> [u8; SLOT_BYTES] {
        let text = format!("{} {}", self.text(), checksum(&self.text()));
        let mut slot = [b' '; SLOT_BYTES];
        slot.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        if let Some(last) = slot.last_mut() {
            *last = b'\n';
        }
        slot
    }

    fn from_slot(slot: &[u8; SLOT_BYTES]) -> Option<Self> {
        let text = str::from_utf8(slot).ok()?;
        let (head, check) = text.trim_ascii_end().rsplit_once(' ')?;
        let (size, root) = head.split_once(' ')?;
        let mark = Self { size: size.parse().ok()?, root: root.parse().ok()? };
        (check == checksum(head)).then_some(mark)
    }
}

fn newest(slots: &[[u8; SLOT_BYTES]; SLOTS]) -> Option<(usize, Mark)> {
    let marks = slots.iter().map(Mark::from_slot).enumerate();
    marks.filter_map(|(slot, mark)| Some((slot, mark?))).max_by_key(|(_, mark)| mark.size)
}

fn checksum(text: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(text).into();
    hex::encode(hash.first_chunk::<8>().copied().unwrap_or_default())
}
