//! The file `proofbox.toml`: read whole, each key known and each value a string, so that nothing
//! in it is ever ignored in silence.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use toml::{Table, Value};

use super::keys::{Given, KEYS, Key, Place};

/// Larger than any honest configuration.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Whether a missing file is an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

/// The file as read: known keys alone.
pub(super) struct File {
    path: PathBuf,
    table: Table,
}

impl File {
    /// Reads the file; without it, nothing is set.
    pub(super) fn read(path: &Path, presence: Presence) -> anyhow::Result<Self> {
        let path = path.to_owned();
        let text = match contents(&path) {
            Ok(text) => text,
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && presence == Presence::Optional =>
            {
                String::new()
            }
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot read the configuration file {}", path.display())
                });
            }
        };
        let table = text.parse().map_err(|error| not_toml(&path, &text, &error))?;
        let file = Self { path, table };
        file.refuse_unknown_keys()?;
        Ok(file)
    }

    /// What the file says about a key.
    pub(super) fn given(&self, key: &'static Key) -> anyhow::Result<Option<Given>> {
        let place = Place::File(self.path.clone());
        match self.table.get(key.name) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(Given { value: value.clone(), place })),
            Some(_) => Err(key.unreadable(&place, "it is not a text in quotes")),
        }
    }

    fn refuse_unknown_keys(&self) -> anyhow::Result<()> {
        let known = KEYS.map(|key| key.name);
        let Some(unknown) = self.table.keys().find(|name| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        bail!(
            "{} holds the unknown key {unknown:?}: remove it or correct it; known keys are {}",
            self.path.display(),
            known.join(", ")
        )
    }
}

/// Names the line and its key. The line itself may hold a secret, so it is not shown.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let key = line.split_once('=').map(|(key, _)| format!(" ({})", key.trim())).unwrap_or_default();
    anyhow::anyhow!(
        "{} is not valid TOML at line {number}{key}: {}; correct this line",
        path.display(),
        error.message()
    )
}

fn contents(path: &Path) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 64 KiB"));
    }
    std::fs::read_to_string(path)
}
