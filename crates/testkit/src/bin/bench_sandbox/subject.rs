//! The sandbox as a process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;
use testkit::APP_KEY;

/// Ends with the value.
pub(crate) struct Subject {
    child: Child,
    url: String,
}

impl Subject {
    pub(crate) fn start(binary: &Path, files: u64) -> anyhow::Result<Self> {
        let mut child = Command::new(binary)
            .args(["sandbox", "--listen", "127.0.0.1:0", "--app-key", APP_KEY, "--generate"])
            .arg(files.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        let mut line = String::new();
        let output = child.stdout.take().context("no output")?;
        BufReader::new(output).read_line(&mut line)?;
        let url = line.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        Ok(Self { child, url })
    }

    /// With a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}
