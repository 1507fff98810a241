//! Ten thousand single bits, each flipped alone: every one is found, in the file where it is.
//!
//! Which flips don't matter? In tiles and bundles none: each bit of a tile is a bit of a hash that
//! something hashes to, each bit of a bundle is one of an entry or of a length. Of the key's file
//! none, since it is compared byte for byte. Of the checkpoint's note only some of the lines by
//! others than the log: a signature of an unknown key means nothing, so that as long as the note
//! stays one, such a flip changes nothing that anybody relies on. [`matters`] says exactly which.

use std::ops::Range;

use audit::{LogFile, Trust};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tlog::{Checkpoint, Cosigner, SignedNote};

use super::sample::{Memory, check, check_with_key, key, lines};

const FLIPS: usize = 10_000;

/// A partial tile on both levels; the last has the fewest entries in its last bundle. A flip hits
/// small files as often as large ones.
const SIZES: [u64; 3] = [300, 513, 264];

/// A log with a stranger's signature below its own, and the partial files of an earlier size.
fn log(size: u64) -> Memory {
    let mut log = Memory::of(size);
    let stranger = Cosigner::ed25519("stranger.example".parse().unwrap(), &[3; 32]);
    let note = log.note();
    let note = note.with([stranger.cosign(&note, 1_700_000_000).unwrap()]).unwrap();
    log.change("checkpoint", |bytes| *bytes = note.to_string().into_bytes());
    log.0.extend(Memory::of(size - 5).0.into_iter().filter(|(file, _)| file.is_partial()));
    log
}

#[tokio::test]
async fn every_flipped_bit_that_matters_is_found_where_it_is() {
    let seed = seed();
    let mut random = SmallRng::seed_from_u64(seed);
    let mut logs = SIZES.map(log);
    let mut harmless = 0;
    for flip in 0..FLIPS {
        let log = &mut logs[flip % SIZES.len()];
        let file = *log.0.keys().nth(random.random_range(0..log.0.len())).unwrap();
        let bit = random.random_range(0..log.0[&file].len() * 8);
        let flip_bit = |log: &mut Memory| log.0.get_mut(&file).unwrap()[bit / 8] ^= 1 << (bit % 8);
        flip_bit(log);
        let trust = Trust::new((flip % 2 == 0).then(key), None);
        let report = check(log, trust).await;
        let named: Vec<_> = report.findings.iter().map(|finding| finding.file).collect();
        if matters(file, log) {
            assert!(!named.is_empty(), "seed {seed}, flip {flip}: bit {bit} of {file} unfound");
            let says = lines(&report);
            assert!(named.iter().all(|named| *named == file), "flip {flip} of {file}: {says:?}");
        } else {
            harmless += 1;
            assert!(named.is_empty(), "flip {flip} of {file}: {:?}", lines(&report));
        }
        flip_bit(log);
    }
    // About a tenth of the flips hit the checkpoint, of whose bytes a stranger's line has half.
    assert!((1..FLIPS / 10).contains(&harmless), "{harmless}");
}

/// A flip matters unless the note is still one that says the same under the log's own signature:
/// then it can only have changed a line that is by nobody known.
fn matters(file: LogFile, flipped: &Memory) -> bool {
    if file != LogFile::Checkpoint {
        return true;
    }
    let text = String::from_utf8(flipped.0[&file].clone());
    let note = text.ok().and_then(|text| SignedNote::parse(&text).ok());
    note.is_none_or(|note| Checkpoint::open(&note, &key()).is_err())
}

#[tokio::test]
async fn flip_is_harmless_only_within_the_strangers_line() {
    let size = 300;
    let whole = log(size);
    let bytes = whole.0[&LogFile::Checkpoint].clone();
    let strangers = strangers_line(&bytes);
    for bit in 0..bytes.len() * 8 {
        let mut log = Memory(whole.0.clone());
        log.change("checkpoint", |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let found = !check_with_key(&log).await.is_clean();
        assert!(found || strangers.contains(&(bit / 8)), "bit {bit} changes nothing");
        assert_eq!(found, matters(LogFile::Checkpoint, &log), "bit {bit}");
    }
}

fn strangers_line(note: &[u8]) -> Range<usize> {
    let text = str::from_utf8(note).unwrap();
    let start = text.find("\u{2014} stranger").unwrap();
    start..text.len()
}

/// Flips that can be had again: `PROOFBOX_SEED=… cargo nextest run …`.
fn seed() -> u64 {
    let seed = std::env::var("PROOFBOX_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| rand::rng().random());
    println!("PROOFBOX_SEED={seed}");
    seed
}
