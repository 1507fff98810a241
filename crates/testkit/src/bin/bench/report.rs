//! What was measured, as figures.

use std::time::Duration;

use testkit::Figures;

use crate::contents::{BYTES, Contents};
use crate::saves::Saves;
use crate::scan::Scan;

/// All that was measured.
pub(crate) struct Report {
    pub(crate) files: u64,
    pub(crate) idle: usize,
    pub(crate) rclone: Option<Duration>,
    pub(crate) scan: Scan,
    pub(crate) disk_bytes: u64,
    pub(crate) restart: Duration,
    pub(crate) relist: Duration,
    pub(crate) saves: Saves,
    pub(crate) contents: Contents,
    pub(crate) took: Duration,
}

const METHOD: &str = "`make bench WRITE=1` makes these figures and writes them here: the release \
    binary in a process of its own over an empty data directory on a disk, beside a sandbox \
    Dropbox of generated files on the same machine, which takes its share of the processor. The \
    costs are those of the Proofbox process alone. rclone lists the same tree of the same sandbox with \
    `lsjson -R --hash --files-only`, over TLS, which it cannot do without; Proofbox lists without TLS, \
    and records, commits and signs.\n\nA save is timed from the moment that Dropbox \
    has the file until anybody can download the receipt of its event: the wake-up, the listing, \
    the commit with its `fsync`, the signature and the public page are all in it.";

impl Report {
    /// The figures as a section of the page.
    pub(crate) fn figures(&self) -> Figures {
        Figures { heading: "Following Dropbox", method: METHOD, rows: self.rows() }
    }

    fn rows(&self) -> Vec<(String, String)> {
        #[expect(clippy::cast_precision_loss, reason = "figures for people, far below 2^52")]
        let files = self.files as f64;
        let (took, cpu) = (self.scan.took.as_secs_f64(), self.scan.cpu.as_secs_f64());
        let (saves, idle) = (self.saves.count(), self.idle);
        let ms = |percent| format!("{:.1} ms", self.saves.percentile(percent).as_secs_f64() * 1e3);
        let s = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        let save = format!("save to public receipt beside {idle} idle integrations");
        let (by_hand, took_sha256) = (self.contents.by_hand, self.contents.took);
        let ratio = took_sha256.as_secs_f64() / by_hand.as_secs_f64() * 100.0;
        let contents = format!("{:.2} s, {ratio:.0} % of it", took_sha256.as_secs_f64());
        let rows: [(&str, String); 13] = [
            ("files in the first scan", self.files.to_string()),
            ("first scan", format!("{took:.1} s, {:.0} files a second", files / took)),
            ("rclone, listing the same", self.rclone.map_or("not installed".to_owned(), s)),
            ("CPU seconds per file", format!("{:.1} µs ({cpu:.2} s)", cpu / files * 1e6)),
            ("peak memory", format!("{} MiB", self.scan.peak_memory_bytes >> 20)),
            ("bytes on disk per file", (self.disk_bytes / self.files.max(1)).to_string()),
            ("restart to serving", s(self.restart)),
            ("listing again after a reset, without one event", s(self.relist)),
            (&format!("{save}, median of {saves}"), ms(50)),
            (&format!("{save}, 99th percentile of {saves}"), ms(99)),
            (
                &format!(
                    "{} MB downloaded and hashed by hand, four files at a time",
                    BYTES / 1_000_000
                ),
                format!("{:.2} s", by_hand.as_secs_f64()),
            ),
            ("the same with SHA-256 switched on, until it is public", contents),
            ("the whole benchmark took", format!("{:.0} s", self.took.as_secs_f64())),
        ];
        rows.map(|(what, figure)| (what.to_owned(), figure)).into()
    }
}
