//! Both fingerprints of files in one pass over their bytes, several files at a time. What the
//! fingerprints are looked up in, or compared with, is decided elsewhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::{iter, thread};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Files hashed at once: beyond this the disk, not the processor, decides.
const THREADS_MAX: usize = 16;
/// Below this a progress bar would only flicker.
const PROGRESS_BYTES_MIN: u64 = 256 * 1024 * 1024;

/// What identifies a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fingerprints {
    /// Dropbox's content hash.
    #[serde(serialize_with = "hex::serde::serialize")]
    pub(crate) content_hash: [u8; 32],
    /// Plain SHA-256.
    #[serde(serialize_with = "hex::serde::serialize")]
    pub(crate) sha256: [u8; 32],
}

impl Fingerprints {
    /// Reads everything once, through both hashers.
    fn of(content: impl Read) -> io::Result<Self> {
        let digests = dropbox::digest(content)?;
        Ok(Self { content_hash: digests.content_hash.0, sha256: digests.sha256 })
    }
}

/// Fingerprints the files, a few at a time, and hands over each result in the given order.
pub(crate) fn each(
    paths: &[PathBuf],
    mut done: impl FnMut(&Path, io::Result<Fingerprints>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (progress, next) = (progress(paths), AtomicUsize::new(0));
    thread::scope(|scope| {
        let (sender, results) = mpsc::channel();
        for _ in 0..threads(paths.len()) {
            let (sender, next, progress) = (sender.clone(), &next, &progress);
            scope.spawn(move || work(paths, next, progress, &sender));
        }
        drop(sender);
        for (path, fingerprints) in paths.iter().zip(in_order(results)) {
            progress.suspend(|| done(path, fingerprints))?;
        }
        Ok(())
    })
}

/// Takes one file after the other until there is none, or nobody who wants to know.
fn work(
    paths: &[PathBuf],
    next: &AtomicUsize,
    progress: &ProgressBar,
    results: &Sender<(usize, io::Result<Fingerprints>)>,
) {
    let indexes = iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
    for (index, path) in indexes.map_while(|index| Some((index, paths.get(index)?))) {
        let file = File::open(path);
        let fingerprints = file.and_then(|file| Fingerprints::of(progress.wrap_read(file)));
        if results.send((index, fingerprints)).is_err() {
            return;
        }
    }
}

/// Puts results that come in any order back into that of their indexes.
fn in_order<T>(results: Receiver<(usize, T)>) -> impl Iterator<Item = T> {
    let mut early = BTreeMap::new();
    (0..).map_while(move |index| {
        while !early.contains_key(&index) {
            let (arrived, result) = results.recv().ok()?;
            early.insert(arrived, result);
        }
        early.remove(&index)
    })
}

fn threads(files: usize) -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    files.min(cores).min(THREADS_MAX)
}

/// A bar on a terminal, nothing elsewhere, nothing for what is over at once.
fn progress(paths: &[PathBuf]) -> ProgressBar {
    let bytes = paths.iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum();
    let target = if bytes < PROGRESS_BYTES_MIN {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let style = ProgressStyle::with_template(
        "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
    )
    .expect("invariant: the template is well formed");
    ProgressBar::with_draw_target(Some(bytes), target).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_files() {
        let directory = tempfile::tempdir().unwrap();
        let paths = (0..40).map(|n| directory.path().join(n.to_string())).collect::<Vec<_>>();
        for (n, path) in paths.iter().enumerate() {
            std::fs::write(path, vec![b'x'; (40 - n) * 10_000]).unwrap();
        }
        let mut seen = Vec::new();
        each(&paths, |path, fingerprints| {
            fingerprints.unwrap();
            seen.push(path.to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, paths);
    }
}
