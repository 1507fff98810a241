//! The figures, for a terminal and for docs/benchmarks.md.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;

use crate::saves::Saves;
use crate::scan::Scan;

/// All that was measured.
pub(crate) struct Report {
    pub(crate) files: u64,
    pub(crate) scan: Scan,
    pub(crate) disk_bytes: u64,
    pub(crate) saves: Saves,
    pub(crate) took: Duration,
}

impl Report {
    /// Prints the figures.
    pub(crate) fn print(&self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        for (what, figure) in self.rows() {
            writeln!(out, "{what:44} {figure}")?;
        }
        Ok(())
    }

    /// Writes the page of figures.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let rows = self.rows().map(|(what, figure)| format!("| {what} | {figure} |\n")).concat();
        let date = now()?;
        let machine = machine();
        let page = format!(
            "# Benchmarks\n\n\
             `make bench WRITE=1` makes these figures and writes this page: the release binary in a \
             process of its own over an empty data directory on a disk, beside a sandbox Dropbox of \
             generated files on the same machine, which takes its share of the processor. The costs \
             are those of the Proofbox process alone.\n\n\
             Measured on {date}, on {machine}.\n\n\
             | what | figure |\n|---|---|\n{rows}\n\
             A save is timed from the moment that Dropbox has the file until anybody can download \
             the receipt of its event: the wake-up, the listing, the commit with its `fsync`, the \
             signature and the public page are all in it.\n"
        );
        std::fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
    }

    fn rows(&self) -> [(String, String); 8] {
        #[expect(clippy::cast_precision_loss, reason = "figures for people, far below 2^52")]
        let files = self.files as f64;
        let (took, cpu) = (self.scan.took.as_secs_f64(), self.scan.cpu.as_secs_f64());
        let saves = self.saves.count();
        let ms = |percent| format!("{:.1} ms", self.saves.percentile(percent).as_secs_f64() * 1e3);
        [
            ("files in the first scan".into(), self.files.to_string()),
            ("files per second of the first scan".into(), format!("{:.0}", files / took)),
            ("CPU seconds per file".into(), format!("{:.1} µs ({cpu:.2} s)", cpu / files * 1e6)),
            ("peak memory".into(), format!("{} MiB", self.scan.peak_memory_bytes >> 20)),
            ("bytes on disk per file".into(), (self.disk_bytes / self.files.max(1)).to_string()),
            (format!("save to public receipt, median of {saves}"), ms(50)),
            (format!("save to public receipt, 99th percentile of {saves}"), ms(99)),
            ("the whole benchmark took".into(), format!("{:.0} s", self.took.as_secs_f64())),
        ]
    }
}

fn now() -> anyhow::Result<String> {
    let date = std::process::Command::new("date").args(["-u", "+%-d %B %Y"]).output()?;
    Ok(String::from_utf8(date.stdout)?.trim().to_owned())
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cores} cores of {model}")
}
