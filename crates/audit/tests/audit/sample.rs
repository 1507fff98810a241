//! Logs to look at, with what a reader in memory needs.

use std::collections::BTreeMap;
use std::path::Path;

use audit::{EntryRules, FsckOptions, FsckReport, LogFile, LogReader, ReadError, Trust, fsck};
use tlog::{
    BundleId, Checkpoint, Cosigner, RightEdge, SignedNote, Signer, TILE_WIDTH, VerifierKey,
    encode_bundle, leaf_hash,
};

/// The name of the log.
pub(crate) const ORIGIN: &str = "log.example/1";
const SEED: [u8; 32] = [7; 32];
/// The first byte of an entry, by kind.
const FIRST: u8 = 0;
const OTHER: u8 = 1;

/// A log in memory.
#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<LogFile, Vec<u8>>);

impl Memory {
    /// The log of so many entries, as a static site has it.
    pub(crate) fn of(size: u64) -> Self {
        Self::branched(size, u64::MAX)
    }

    /// A log that differs from [`of`](Self::of) from one entry on.
    pub(crate) fn branched(size: u64, from: u64) -> Self {
        Self::of_entries(&(0..size).map(|index| entry(index, index >= from)).collect::<Vec<_>>())
    }

    /// The log of these entries.
    pub(crate) fn of_entries(entries: &[Vec<u8>]) -> Self {
        let size = entries.len() as u64;
        let mut files = BTreeMap::new();
        let mut edge = RightEdge::new();
        let bytes = |hashes: &[tlog::Hash]| hashes.iter().flat_map(|hash| hash.0).collect();
        for entry in entries {
            for tile in edge.push(leaf_hash(entry)) {
                files.insert(LogFile::Tile(tile.id), bytes(&tile.hashes));
            }
        }
        for (tile, hashes) in edge.partial_tiles() {
            files.insert(LogFile::Tile(tile), bytes(hashes));
        }
        for (index, entries) in (0..).zip(entries.chunks(TILE_WIDTH.into())) {
            let bundle = BundleId::at(index, size).unwrap();
            files.insert(LogFile::Bundle(bundle), encode_bundle(entries).unwrap());
        }
        let note =
            Checkpoint { origin: ORIGIN.parse().unwrap(), size, root: edge.root() }.sign(&signer());
        files.insert(LogFile::Checkpoint, note.to_string().into_bytes());
        files.insert(LogFile::Key, format!("{}\n", key()).into_bytes());
        Self(files)
    }

    /// Its checkpoint, as it is signed.
    pub(crate) fn note(&self) -> SignedNote {
        let bytes = self.0[&LogFile::Checkpoint].clone();
        SignedNote::parse(&String::from_utf8(bytes).unwrap()).unwrap()
    }

    /// Writes all of it into a directory.
    pub(crate) fn write_to(&self, directory: &Path) {
        for (file, bytes) in &self.0 {
            let path = directory.join(file.path());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }

    /// Replaces a file's bytes.
    pub(crate) fn change(&mut self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(self.0.get_mut(&LogFile::parse(path).unwrap()).unwrap());
    }

    /// Forgets a file.
    pub(crate) fn forget(&mut self, path: &str) {
        self.0.remove(&LogFile::parse(path).unwrap()).unwrap();
    }
}

impl LogReader for Memory {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let bytes = self.0.get(&file).cloned();
        match bytes {
            Some(bytes) if bytes.len() > file.bytes_max() => {
                Err(ReadError::TooLarge { place: self.place(file), bytes_max: file.bytes_max() })
            }
            bytes => Ok(bytes),
        }
    }

    fn place(&self, file: LogFile) -> String {
        file.path()
    }

    async fn partial_files(&self) -> Result<Vec<LogFile>, ReadError> {
        Ok(self.0.keys().copied().filter(|file| file.is_partial()).collect())
    }
}

/// Entry 0 names the key, every other is a tag and a number.
#[derive(Clone, Copy)]
pub(crate) struct Rules;

impl EntryRules for Rules {
    fn objection(&self, index: u64, entry: &[u8]) -> Option<String> {
        let is_right = match entry {
            [FIRST, ..] => index == 0 && !self.keys(entry).is_empty(),
            [OTHER, ..] => index > 0,
            _ => false,
        };
        (!is_right).then(|| "it is of no known kind".to_owned())
    }

    fn keys(&self, first_entry: &[u8]) -> Vec<VerifierKey> {
        let text = first_entry.strip_prefix(&[FIRST]).and_then(|text| str::from_utf8(text).ok());
        let keys = text.unwrap_or_default().lines().map(str::parse);
        let keys: Vec<VerifierKey> = keys.collect::<Result<_, _>>().unwrap_or_default();
        let again: Vec<_> = keys.iter().map(ToString::to_string).collect();
        if Some(again.join("\n").as_str()) == text { keys } else { Vec::new() }
    }
}

/// An entry 0 that names these keys.
pub(crate) fn first_entry(keys: &[VerifierKey]) -> Vec<u8> {
    let keys: Vec<_> = keys.iter().map(ToString::to_string).collect();
    [&[FIRST], keys.join("\n").as_bytes()].concat()
}

fn entry(index: u64, is_other: bool) -> Vec<u8> {
    if index == 0 {
        return first_entry(&[key()]);
    }
    let index = if is_other { !index } else { index };
    [&[OTHER], leaf_hash(&index.to_be_bytes()).0.as_slice()].concat()
}

/// Who signs the log.
pub(crate) fn signer() -> Signer {
    Signer::from_seed(ORIGIN.parse().unwrap(), &SEED)
}

/// Who signs it too, at times.
pub(crate) fn second() -> Cosigner {
    Cosigner::ml_dsa_44(ORIGIN.parse().unwrap(), &SEED)
}

/// The log's key.
pub(crate) fn key() -> VerifierKey {
    signer().verifier_key()
}

/// A check by the log's own word, with room for a thousand findings.
pub(crate) async fn check<R: LogReader>(reader: &R, trust: Trust) -> FsckReport {
    let options = FsckOptions { trust, rules: &Rules, findings_max: 1_000, progress: &|_, _| () };
    fsck(reader, &options).await.unwrap()
}

/// A check with the log's key.
pub(crate) async fn check_with_key<R: LogReader>(reader: &R) -> FsckReport {
    check(reader, Trust::new(Some(key()), None)).await
}

/// The findings as lines.
pub(crate) fn lines(report: &FsckReport) -> Vec<String> {
    let line = |finding: &audit::Finding| format!("{}: {}", finding.file, finding.wrong);
    report.findings.iter().map(line).collect()
}
