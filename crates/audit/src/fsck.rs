//! The check of a whole log: every entry against its tile, every tile against the one above, all of
//! them against the signed root.
//!
//! The first finding doesn't end it: whoever repairs wants to know all that is wrong, and where.
//! Only a checkpoint that isn't the log's does, since there is nothing then to compare with.

mod finding;
mod pass;
mod prefixes;

pub use finding::{Finding, Wrong};

use futures_util::{StreamExt, stream};
use tlog::{
    BundleId, Checkpoint, CheckpointError, SignatureError, SignedNote, TileId, VerifierKey,
};

use crate::fetch::{self, Bundle, FetchError, Flaw};
use crate::reader::READS_MAX;
use crate::{EntryRules, LogFile, LogReader, ReadError, Trust};
use finding::Findings;
use pass::{Pass, Place};

/// What to check a log by.
pub struct FsckOptions<'a> {
    /// Whose signature counts.
    pub trust: Trust,
    /// What its entries must be.
    pub rules: &'a dyn EntryRules,
    /// How many findings are told; with so many the check ends.
    pub findings_max: usize,
    /// Told now and then: how many entries were checked, and of how many.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct FsckReport {
    /// What the log signed, if that could be told.
    pub checkpoint: Option<Checkpoint>,
    /// The key that it was checked with.
    pub key: Option<VerifierKey>,
    /// Whether that key is only the log's own word.
    pub key_is_own_word: bool,
    /// The keys that the log's first entry names as its own.
    pub named_keys: Vec<VerifierKey>,
    /// How many entries were compared with the tree.
    pub entries: u64,
    /// How many files were read.
    pub files: u64,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// Whether the check ended early, because there were too many findings.
    pub is_cut_short: bool,
}

impl FsckReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Checks a log. An error means that the log couldn't be read for a reason that lies elsewhere,
/// such as the network.
pub async fn fsck<R: LogReader>(
    reader: &R,
    options: &FsckOptions<'_>,
) -> Result<FsckReport, ReadError> {
    let mut report = FsckReport::default();
    let mut findings = Findings::new(options.findings_max);
    let checked = check(reader, options, &mut report, &mut findings).await;
    report.is_cut_short = findings.is_full();
    report.findings = findings.into_vec();
    match checked {
        Ok(()) => Ok(report),
        Err(FetchError::Unreachable(error)) => Err(error),
        // A flaw that ended the check is among the findings.
        Err(FetchError::Flawed { file, flaw, .. }) => {
            report.findings.push(Finding { file, wrong: Wrong::Flaw(flaw) });
            Ok(report)
        }
    }
}

async fn check<R: LogReader>(
    reader: &R,
    options: &FsckOptions<'_>,
    report: &mut FsckReport,
    findings: &mut Findings,
) -> Result<(), FetchError> {
    let note = fetch::checkpoint(reader).await?;
    report.files += 1;
    let claimed = match Checkpoint::parse(note.text()) {
        Ok(claimed) => claimed,
        Err(error) => {
            findings.push(LogFile::Checkpoint, Wrong::Checkpoint(error.to_string()));
            return Ok(());
        }
    };
    let trust = options.trust.clone();
    let trust = match trust.clone().or_own_word(reader, claimed.size, options.rules).await {
        // The flawed first bundle is found again below, where the tree is checked.
        Err(FetchError::Flawed { .. }) => trust,
        trust => trust?,
    };
    report.key = trust.key().cloned();
    report.key_is_own_word = trust.is_own_word();
    let has_key = trust.key().is_some() || trust.is_given();
    if has_key && let Err(error) = trust.open(&note) {
        findings.push(LogFile::Checkpoint, Wrong::Signature(error));
        return Ok(());
    }
    report.checkpoint = Some(claimed.clone());
    check_tree(reader, &claimed, options, report, findings).await?;
    check_named_keys(&note, report, findings);
    if !has_key && findings.is_empty() {
        findings.push(LogFile::Checkpoint, Wrong::Signature(crate::TrustError::NoKey));
    }
    prefixes::check(reader, claimed.size, findings).await?;
    check_key(reader, report, findings).await
}

/// The pass over all entries and tiles.
async fn check_tree<R: LogReader>(
    reader: &R,
    checkpoint: &Checkpoint,
    options: &FsckOptions<'_>,
    report: &mut FsckReport,
    findings: &mut Findings,
) -> Result<(), FetchError> {
    let size = checkpoint.size;
    let mut pass = Pass::new(size);
    let places = BundleId::all(size).map(|id| Place::fetch(reader, id));
    let mut places = stream::iter(places).buffered(READS_MAX);
    while let Some(place) = places.next().await {
        let place = place?;
        report.files += 2;
        for (file, flaw) in place.flaws() {
            findings.push(file, Wrong::Flaw(flaw));
        }
        if let Some(bundle) = &place.bundle {
            check_entries(place.id, bundle, options, findings);
            if let Some(first) = bundle.entries().first().filter(|_| place.id.index() == 0) {
                report.named_keys = options.rules.keys(first);
            }
        }
        for tile in pass.take(&place) {
            report.files += 1;
            compare(reader, &mut pass, tile, findings).await?;
        }
        report.entries = pass.size();
        (options.progress)(pass.size(), size);
        if findings.is_full() {
            return Ok(());
        }
    }
    for tile in pass.last_tiles() {
        report.files += 1;
        compare(reader, &mut pass, tile, findings).await?;
    }
    pass.finish(&checkpoint.root, findings);
    Ok(())
}

/// Compares a stored tile of a higher level with what follows from those below.
async fn compare<R: LogReader>(
    reader: &R,
    pass: &mut Pass,
    tile: TileId,
    findings: &mut Findings,
) -> Result<(), FetchError> {
    match fetch::tile(reader, tile).await {
        Ok(stored) => pass.compare(tile, &stored),
        Err(FetchError::Flawed { file, flaw, .. }) => findings.push(file, Wrong::Flaw(flaw)),
        Err(unreachable) => return Err(unreachable),
    }
    Ok(())
}

fn check_entries(
    id: BundleId,
    bundle: &Bundle,
    options: &FsckOptions<'_>,
    findings: &mut Findings,
) {
    for (index, entry) in id.entries().zip(bundle.entries()) {
        if let Some(problem) = options.rules.objection(index, entry) {
            findings.push(LogFile::Bundle(id), Wrong::Entry { index, problem });
        }
    }
}

/// What the first entry says is worth something when the caller knew the key from elsewhere. Its
/// further keys need not have signed, but where they have, it must hold.
fn check_named_keys(note: &SignedNote, report: &FsckReport, findings: &mut Findings) {
    let Some((named, others)) = report.named_keys.split_first() else { return };
    if let (Some(key), Some(first)) = (&report.key, BundleId::new(0, 1))
        && named != key
    {
        let size = report.checkpoint.as_ref().map_or(1, |checkpoint| checkpoint.size);
        let file = LogFile::Bundle(BundleId::at(0, size).unwrap_or(first));
        findings.push(file, Wrong::OtherKey { named: named.clone() });
    }
    for other in others {
        if let Err(wrong @ SignatureError::Wrong(_)) = note.verify(std::slice::from_ref(other)) {
            let wrong = Wrong::Signature(CheckpointError::from(wrong).into());
            findings.push(LogFile::Checkpoint, wrong);
        }
    }
}

/// The key that is published beside the log, if one is, must be the log's.
async fn check_key<R: LogReader>(
    reader: &R,
    report: &FsckReport,
    findings: &mut Findings,
) -> Result<(), FetchError> {
    let Some(key) = &report.key else { return Ok(()) };
    match fetch::read(reader, LogFile::Key).await {
        Ok(Some(published)) if !is_published(&published, key, &report.named_keys) => {
            findings.push(LogFile::Key, Wrong::PublishedKey);
        }
        Ok(_) => {}
        Err(FetchError::Flawed { file, flaw, .. }) => findings.push(file, Wrong::Flaw(flaw)),
        Err(unreachable) => return Err(unreachable),
    }
    Ok(())
}

/// One key to a line: the log's alone, or all that its first entry names.
fn is_published(published: &[u8], key: &VerifierKey, named: &[VerifierKey]) -> bool {
    let all: Vec<_> = named.iter().map(|key| format!("{key}\n")).collect();
    published == format!("{key}\n").as_bytes() || published == all.concat().as_bytes()
}

/// A flaw on its own; anything else ends the check.
fn flaw_of<T>(fetched: Result<T, FetchError>) -> Result<Result<T, (LogFile, Flaw)>, FetchError> {
    match fetched {
        Ok(found) => Ok(Ok(found)),
        Err(FetchError::Flawed { file, flaw, .. }) => Ok(Err((file, flaw))),
        Err(unreachable) => Err(unreachable),
    }
}
