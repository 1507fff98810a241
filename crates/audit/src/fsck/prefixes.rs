//! Partial files that were kept for earlier checkpoints: each is the beginning of the wider file
//! that came after it. Whoever holds an earlier checkpoint reads them.

use super::{Findings, Wrong};
use crate::fetch::{self, FetchError, Flaw};
use crate::{LogFile, LogReader};

use tlog::{BundleId, TileId};

/// Checks those of a log of this size. What lies beyond the size isn't published yet.
pub(super) async fn check<R: LogReader>(
    reader: &R,
    size: u64,
    findings: &mut Findings,
) -> Result<(), FetchError> {
    let files = reader.partial_files().await.map_err(FetchError::Unreachable)?;
    for file in files {
        if let Some(of) = wider(file, size)
            && !findings.concern(of)
        {
            compare(reader, file, of, findings).await?;
        }
    }
    Ok(())
}

/// The same file as a log of this size has it, if it is another one.
fn wider(file: LogFile, size: u64) -> Option<LogFile> {
    let of = match file {
        LogFile::Tile(tile) if tile.is_in(size) => {
            LogFile::Tile(TileId::at(tile.level(), tile.index(), size)?)
        }
        LogFile::Bundle(bundle) if bundle.is_in(size) => {
            LogFile::Bundle(BundleId::at(bundle.index(), size)?)
        }
        _ => return None,
    };
    (of != file).then_some(of)
}

async fn compare<R: LogReader>(
    reader: &R,
    file: LogFile,
    of: LogFile,
    findings: &mut Findings,
) -> Result<(), FetchError> {
    let is_prefix = match (file, of) {
        (LogFile::Tile(narrow), LogFile::Tile(wide)) => {
            let (narrow, wide) =
                (fetch::tile(reader, narrow).await, fetch::tile(reader, wide).await);
            told(narrow, file, findings)?
                .zip(told(wide, of, findings)?)
                .map(|(n, w)| w.starts_with(&n))
        }
        (LogFile::Bundle(narrow), LogFile::Bundle(wide)) => {
            let narrow = fetch::bundle(reader, narrow).await;
            let wide = fetch::bundle(reader, wide).await;
            let both = told(narrow, file, findings)?.zip(told(wide, of, findings)?);
            both.map(|(n, w)| w.entries().starts_with(n.entries()))
        }
        _ => None,
    };
    if is_prefix == Some(false) {
        findings.push(file, Wrong::NotAPrefix { of });
    }
    Ok(())
}

/// What was fetched; a flaw is told, except that the wider file's was told before.
fn told<T>(
    fetched: Result<T, FetchError>,
    of: LogFile,
    findings: &mut Findings,
) -> Result<Option<T>, FetchError> {
    match fetched {
        Ok(found) => Ok(Some(found)),
        // It went between being listed and being read: the full one is there now.
        Err(FetchError::Flawed { flaw: Flaw::Missing, .. }) => Ok(None),
        Err(FetchError::Flawed { flaw, .. }) => {
            findings.push(of, Wrong::Flaw(flaw));
            Ok(None)
        }
        Err(unreachable) => Err(unreachable),
    }
}
