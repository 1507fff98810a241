//! Tiles, bundles and checkpoints out of the bytes that a reader gives.
//!
//! Where a partial file isn't there the full one is taken: a log may drop the former once the
//! latter exists. A file that can't be what it should be is a [`Flaw`], told apart from a server
//! that is out of reach: the first is a finding, the second a reason to stop and try later.

use tlog::{
    BundleId, Hash, MalformedBundle, MalformedNote, SignedNote, TILE_WIDTH, Tile, TileId,
    decode_bundle,
};

use crate::{LogFile, LogReader, ReadError, gzip};

/// Why a part of the log can't be had.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The file is not what it should be.
    #[error("{place}: {flaw}")]
    Flawed {
        /// Which file.
        file: LogFile,
        /// What to call it.
        place: String,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// There was no way to it.
    #[error(transparent)]
    Unreachable(ReadError),
}

/// What can be wrong with a file by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It isn't there, nor is the full one in its place.
    #[error("it is missing")]
    Missing,
    /// Too short.
    #[error("it is cut off: {found} bytes of {expected}")]
    Truncated {
        /// What it should have.
        expected: usize,
        /// What it has.
        found: usize,
    },
    /// Too long.
    #[error("it goes on behind its end: it may have {bytes_max} bytes")]
    TooLong {
        /// What it may have.
        bytes_max: usize,
    },
    /// The bundle's entries don't fill it.
    #[error(transparent)]
    Bundle(MalformedBundle),
    /// An entry isn't the one that was there before.
    #[error("entry {index} is not the one that was there before")]
    OtherEntry {
        /// Its index.
        index: u64,
    },
    /// The checkpoint isn't text.
    #[error("it is not text")]
    NotText,
    /// The checkpoint isn't a signed note.
    #[error(transparent)]
    Note(MalformedNote),
    /// The system couldn't read it.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// The entries of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    entries: Vec<Vec<u8>>,
}

impl Bundle {
    /// The entries in their order.
    pub fn entries(&self) -> &[Vec<u8>] {
        &self.entries
    }

    /// Their hashes.
    pub fn leaves(&self) -> Vec<Hash> {
        self.entries.iter().map(|entry| tlog::leaf_hash(entry)).collect()
    }
}

/// The newest checkpoint, not yet verified.
pub(crate) async fn checkpoint<R: LogReader>(reader: &R) -> Result<SignedNote, FetchError> {
    let file = LogFile::Checkpoint;
    let bytes = read(reader, file).await?.ok_or_else(|| flawed(reader, file, Flaw::Missing))?;
    let text = String::from_utf8(bytes).map_err(|_| flawed(reader, file, Flaw::NotText))?;
    SignedNote::parse(&text).map_err(|error| flawed(reader, file, Flaw::Note(error)))
}

/// The hashes of a tile.
pub(crate) async fn tile<R: LogReader>(reader: &R, id: TileId) -> Result<Vec<Hash>, FetchError> {
    let full = TileId::new(id.level(), id.index(), TILE_WIDTH);
    let (wanted, full) = (LogFile::Tile(id), full.map(LogFile::Tile));
    let (file, bytes) = read_or_full(reader, wanted, full).await?;
    // A tile above the last level has no full form, and then the file is the one asked for.
    let expected = file.bytes_max();
    if bytes.len() < expected {
        let flaw = Flaw::Truncated { expected, found: bytes.len() };
        return Err(flawed(reader, file, flaw));
    }
    let tile = Tile::new(id, &bytes).map_err(|wrong| {
        let flaw = Flaw::Truncated { expected: wrong.expected, found: wrong.found };
        flawed(reader, file, flaw)
    })?;
    Ok(tile.hashes().collect())
}

/// The entries of a bundle.
pub(crate) async fn bundle<R: LogReader>(reader: &R, id: BundleId) -> Result<Bundle, FetchError> {
    let full = BundleId::new(id.index(), TILE_WIDTH);
    let (wanted, full) = (LogFile::Bundle(id), full.map(LogFile::Bundle));
    let (file, bytes) = read_or_full(reader, wanted, full).await?;
    let found =
        if file == wanted { id } else { BundleId::new(id.index(), TILE_WIDTH).unwrap_or(id) };
    let entries = parse(found, file, &bytes);
    let mut entries = entries.map_err(|error| flawed(reader, file, Flaw::Bundle(error)))?;
    entries.truncate(id.width().into());
    Ok(Bundle { entries })
}

fn parse(id: BundleId, file: LogFile, bytes: &[u8]) -> Result<Vec<Vec<u8>>, MalformedBundle> {
    let owned = |bytes: &[u8]| {
        let entries = decode_bundle(id, bytes)?;
        Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
    };
    owned(bytes).or_else(|malformed| {
        gzip::inflate(bytes, file.bytes_max()).map_or(Err(malformed), |inner| owned(&inner))
    })
}

/// A file, or the full one in its place, and which of the two it is.
async fn read_or_full<R: LogReader>(
    reader: &R,
    wanted: LogFile,
    full: Option<LogFile>,
) -> Result<(LogFile, Vec<u8>), FetchError> {
    if let Some(bytes) = read(reader, wanted).await? {
        return Ok((wanted, bytes));
    }
    if let Some(full) = full.filter(|full| *full != wanted)
        && let Some(bytes) = read(reader, full).await?
    {
        return Ok((full, bytes));
    }
    Err(flawed(reader, wanted, Flaw::Missing))
}

/// A file's bytes; what is wrong with the file itself is told as such.
pub(crate) async fn read<R: LogReader>(
    reader: &R,
    file: LogFile,
) -> Result<Option<Vec<u8>>, FetchError> {
    match reader.read(file).await {
        Ok(bytes) => Ok(bytes),
        Err(ReadError::TooLarge { bytes_max, .. }) => {
            Err(flawed(reader, file, Flaw::TooLong { bytes_max }))
        }
        Err(ReadError::File { source, .. }) => {
            Err(flawed(reader, file, Flaw::Unreadable(source.to_string())))
        }
        Err(ReadError::Store { source, .. }) => {
            Err(flawed(reader, file, Flaw::Unreadable(source.to_string())))
        }
        Err(unreachable) => Err(FetchError::Unreachable(unreachable)),
    }
}

pub(crate) fn flawed<R: LogReader>(reader: &R, file: LogFile, flaw: Flaw) -> FetchError {
    FetchError::Flawed { file, place: reader.place(file), flaw }
}
