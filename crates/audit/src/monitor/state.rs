//! What a monitor keeps of a log: the last checkpoint and the roots of its complete subtrees, in one
//! small file of text, replaced at once.

use std::fmt;

use tlog::{Checkpoint, Frontier, Hash, NOTE_BYTES_MAX, SignedNote, VerifierKey};

use super::MonitorError;
use crate::disk::Disk;

/// The name of the file.
pub(super) const FILE: &str = "seen";

const HEADER: &str = "proofbox/monitor/v1";
/// A key, 63 hashes, and a note.
const BYTES_MAX: usize = NOTE_BYTES_MAX + 16 * 1024;

/// What is known of a log.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The key by which it is known; a policy may know it instead.
    pub(super) key: Option<VerifierKey>,
    pub(super) frontier: Frontier,
    pub(super) checkpoint: Checkpoint,
    pub(super) note: SignedNote,
}

impl State {
    /// What was kept, if anything was.
    pub(super) fn read(disk: &Disk) -> Result<Option<Self>, MonitorError> {
        let Some(bytes) = disk.read(FILE, BYTES_MAX)? else { return Ok(None) };
        let state = str::from_utf8(&bytes).ok().and_then(Self::parse);
        state.map(Some).ok_or_else(|| MonitorError::State(disk.root().join(FILE)))
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        if lines.next() != Some(HEADER) {
            return None;
        }
        let (mut key, mut peaks) = (None, Vec::new());
        for line in lines {
            match line.split_once(' ')? {
                ("key", vkey) => key = Some(vkey.parse().ok()?),
                ("peak", hash) => peaks.extend(hash.parse::<Hash>().ok()?.0),
                _ => return None,
            }
        }
        let note = SignedNote::parse(note).ok()?;
        let checkpoint = Checkpoint::parse(note.text()).ok()?;
        let frontier = Frontier::from_bytes(checkpoint.size, &peaks).ok()?;
        let fits = frontier.root() == checkpoint.root;
        fits.then_some(Self { key, frontier, checkpoint, note })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(key) = &self.key {
            writeln!(f, "key {key}")?;
        }
        let bytes = self.frontier.to_bytes();
        let (peaks, _) = bytes.as_chunks();
        for peak in peaks {
            writeln!(f, "peak {}", Hash(*peak))?;
        }
        write!(f, "\n{}", self.note)
    }
}
