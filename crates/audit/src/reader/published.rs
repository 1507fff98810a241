//! A log as a person names it: one argument that is a directory or an address.

use std::path::Path;

use tlog::SignedNote;
use url::Url;

use super::{Directory, LogReader, ReadError, Site};
use crate::LogFile;

/// Where a Proofbox has its log, under its own address.
const LOG_FOLDER: &str = "log/";

/// A published log of any kind.
#[derive(Clone, Debug)]
pub enum Published {
    /// In a directory.
    Directory(Directory),
    /// On a web site.
    Site(Site),
}

/// Why an argument names no log.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Neither a directory nor an address.
    #[error(
        "{0} is neither a directory nor an address; an address begins with http:// or https://"
    )]
    Neither(String),
    /// An address with parts that a log's address doesn't have.
    #[error("{0} is no log's address: leave out user name, password, query and fragment")]
    Address(String),
    /// The system has no means to fetch anything.
    #[error("nothing can be fetched on this system")]
    Client(#[source] reqwest::Error),
}

impl Published {
    /// The log that an argument names. Of a Proofbox the address itself is enough: its log is found
    /// under `/log`. Of that, nothing but the checkpoint is asked for here.
    pub async fn find(target: &str) -> Result<Self, TargetError> {
        if !is_address(target) {
            return directory(target);
        }
        let site = Site::new(address(target)?).map_err(TargetError::Client)?;
        // Out of reach is no answer: then the address stands as it was given.
        if matches!(has_checkpoint(&site).await, Ok(false))
            && let Some(below) = site.under(LOG_FOLDER)
            && matches!(has_checkpoint(&below).await, Ok(true))
        {
            return Ok(Self::Site(below));
        }
        Ok(Self::Site(site))
    }

    /// The same log, but asked once: for whoever counts failures, or waits by itself.
    #[must_use]
    pub fn impatient(self) -> Self {
        match self {
            Self::Directory(directory) => Self::Directory(directory),
            Self::Site(site) => Self::Site(site.impatient()),
        }
    }

    /// What to call the log.
    pub fn name(&self) -> String {
        match self {
            Self::Directory(directory) => directory.root().display().to_string(),
            Self::Site(site) => site.address().to_string(),
        }
    }
}

impl LogReader for Published {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        match self {
            Self::Directory(directory) => directory.read(file).await,
            Self::Site(site) => site.read(file).await,
        }
    }

    fn place(&self, file: LogFile) -> String {
        match self {
            Self::Directory(directory) => directory.place(file),
            Self::Site(site) => site.place(file),
        }
    }

    async fn partial_files(&self) -> Result<Vec<LogFile>, ReadError> {
        match self {
            Self::Directory(directory) => directory.partial_files().await,
            Self::Site(site) => site.partial_files().await,
        }
    }
}

fn is_address(target: &str) -> bool {
    let lower = target.to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

fn directory(target: &str) -> Result<Published, TargetError> {
    if Path::new(target).is_dir() {
        return Ok(Published::Directory(Directory::new(target)));
    }
    Err(TargetError::Neither(target.to_owned()))
}

/// The address with a slash at its end, so that paths go below it.
fn address(target: &str) -> Result<Url, TargetError> {
    let refused = || TargetError::Address(target.to_owned());
    let mut address = Url::parse(target).map_err(|_| refused())?;
    let has_more = address.query().is_some() || address.fragment().is_some();
    if has_more || !address.username().is_empty() || address.password().is_some() {
        return Err(refused());
    }
    if !address.path().ends_with('/') {
        address.set_path(&format!("{}/", address.path()));
    }
    Ok(address)
}

/// Whether a checkpoint is there at all; a page that says "not found" politely isn't one.
async fn has_checkpoint(site: &Site) -> Result<bool, ReadError> {
    let Some(bytes) = site.read(LogFile::Checkpoint).await? else { return Ok(false) };
    Ok(str::from_utf8(&bytes).is_ok_and(|note| SignedNote::parse(note).is_ok()))
}
