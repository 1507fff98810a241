//! Whose log it is: flags that the subcommands share.

use std::path::{Path, PathBuf};

use anyhow::Context;
use audit::Trust;
use clap::Args;
use tlog::{POLICY_BYTES_MAX, Policy, VerifierKey};

/// Whom to believe.
#[derive(Args, Clone, Debug)]
pub(crate) struct Flags {
    /// The log's key, from somewhere that you trust [default: what the log's first entry says, which
    /// proves only that the log agrees with itself]
    #[arg(long, value_name = "VKEY", value_parser = crate::key::parse)]
    key: Option<VerifierKey>,
    /// Witnesses that must have cosigned the checkpoint, and how many: a C2SP tlog-policy file
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Flags {
    /// Reads what the flags name.
    pub(super) fn trust(&self) -> anyhow::Result<Trust> {
        let policy = self.policy.as_deref().map(read_policy).transpose()?;
        Ok(Trust::new(self.key.clone(), policy))
    }

    /// The key, where a policy has no place: an instance's own directory holds what witnesses
    /// signed, but which of them count is for those outside to say.
    pub(super) fn key_alone(&self) -> anyhow::Result<Option<VerifierKey>> {
        anyhow::ensure!(
            self.policy.is_none(),
            "--policy is for logs as they are published; check the instance's address with it"
        );
        Ok(self.key.clone())
    }
}

fn read_policy(path: &Path) -> anyhow::Result<Policy> {
    let hint = || format!("the policy {} cannot be read", path.display());
    let bytes = std::fs::metadata(path).with_context(hint)?.len();
    anyhow::ensure!(
        bytes <= POLICY_BYTES_MAX as u64,
        "{} is too large to be a policy",
        path.display()
    );
    Policy::parse(&std::fs::read(path).with_context(hint)?).with_context(hint)
}
