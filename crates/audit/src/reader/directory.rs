//! A log in a directory, laid out as a web server would serve it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{LogReader, ReadError};
use crate::LogFile;

/// `tile`, `entries`, seven groups of digits, and the width: no path of a log is deeper.
const DEPTH_MAX: usize = 12;

/// A static tlog-tiles site in a directory.
#[derive(Clone, Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// The log under this directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl LogReader for Directory {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let path = self.root.join(file.path());
        let bytes_max = file.bytes_max();
        let place = self.place(file);
        let read = blocking(move || read_at_most(&path, bytes_max)).await;
        match read {
            Ok(Some(bytes)) if bytes.len() > bytes_max => {
                Err(ReadError::TooLarge { place, bytes_max })
            }
            Ok(bytes) => Ok(bytes),
            Err(source) => Err(ReadError::File { place, source }),
        }
    }

    fn place(&self, file: LogFile) -> String {
        self.root.join(file.path()).display().to_string()
    }

    async fn partial_files(&self) -> Result<Vec<LogFile>, ReadError> {
        let root = self.root.clone();
        let found = blocking(move || {
            let mut found = Vec::new();
            collect_partial(&root, "tile", 0, &mut found)?;
            found.sort_unstable();
            Ok(found)
        });
        let place = self.root.display().to_string();
        found.await.map_err(|source| ReadError::File { place, source })
    }
}

/// Files are read on threads that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// One byte more than allowed, at most, so that the caller sees that there is more.
pub(crate) fn read_at_most(path: &Path, bytes_max: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_missing(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// A file where the path needs a folder is as good as nothing there.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn collect_partial(
    root: &Path,
    path: &str,
    depth: usize,
    found: &mut Vec<LogFile>,
) -> io::Result<()> {
    let entries = match fs::read_dir(root.join(path)) {
        Err(error) if is_missing(&error) => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{path}/{name}");
        if entry.file_type()?.is_dir() {
            if depth < DEPTH_MAX {
                collect_partial(root, &path, depth + 1, found)?;
            }
        } else {
            found.extend(LogFile::parse(&path).filter(|file| file.is_partial()));
        }
    }
    Ok(())
}
