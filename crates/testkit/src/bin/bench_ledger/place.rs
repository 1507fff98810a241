//! Where one part of the benchmark keeps its instance: a directory of its own, and on `PostgreSQL` a
//! schema of its own.

use std::path::Path;
use std::process::Command;

use ledger::Database;
use tempfile::TempDir;
use testkit::{Loaded, Proofbox};

use crate::arguments::Arguments;

/// The variable in which the binary finds its database.
const VARIABLE: &str = "PROOFBOX_DATABASE";

pub(crate) struct Place {
    directory: TempDir,
    /// What `--database` would be.
    address: String,
}

impl Place {
    pub(crate) fn new(arguments: &Arguments, part: &str) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir_in(&arguments.place)?;
        let address = match &arguments.database {
            None => "sqlite".to_owned(),
            Some(address) => {
                let joint = if address.contains('?') { '&' } else { '?' };
                let schema = format!("bench_{part}_{}", std::process::id());
                format!("{address}{joint}options=-c%20search_path%3D{schema}")
            }
        };
        Ok(Self { directory, address })
    }

    /// Opens the ledger in this process.
    pub(crate) async fn open(&self) -> anyhow::Result<Loaded> {
        let database: Database = self.address.parse()?;
        Loaded::open(self.directory.path(), database).await
    }

    /// Serves the instance in a process of its own, without a Dropbox.
    pub(crate) fn serve(&self, binary: &Path) -> anyhow::Result<Proofbox> {
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(self.directory.path());
        Proofbox::start_command(command.env(VARIABLE, &self.address))
    }
}
