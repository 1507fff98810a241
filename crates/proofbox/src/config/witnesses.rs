//! The policy file that says who witnesses the log, in the form of C2SP's tlog-policy.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tlog::{POLICY_BYTES_MAX, Policy};

/// The witnesses, and the file that names them.
#[derive(Debug)]
pub(crate) struct Witnesses {
    /// The file.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) policy: Policy,
}

/// Reads the file. An error names its line.
pub(super) fn read(path: &str) -> anyhow::Result<Witnesses> {
    let path = PathBuf::from(path);
    let policy = parse(&path).with_context(|| path.display().to_string())?;
    Ok(Witnesses { path, policy })
}

fn parse(path: &Path) -> anyhow::Result<Policy> {
    let mut text = Vec::new();
    // One byte more than is allowed, so that a longer file is seen to be one.
    File::open(path)?.take(POLICY_BYTES_MAX as u64 + 1).read_to_end(&mut text)?;
    let policy = Policy::parse(&text)?;
    witness::check(&policy)?;
    Ok(policy)
}

impl Witnesses {
    /// What the file amounts to, for `proofbox check`.
    pub(crate) fn summary(&self) -> String {
        let named = self.policy.witnesses();
        let asked = named.iter().filter(|witness| witness.url.is_some()).count();
        format!(
            "Witnesses in {}: {}, of which {asked} with an address to ask.",
            self.path.display(),
            named.len()
        )
    }
}
