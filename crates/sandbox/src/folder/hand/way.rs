//! The way to a name in the folder, walked directory by directory without following a link.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, mkdirat, open, openat};
use rustix::io::Errno;

/// An open directory and a name in it.
pub(super) struct Way {
    pub(super) directory: OwnedFd,
    pub(super) name: String,
}

#[derive(Clone, Copy)]
enum Missing {
    Fail,
    Make,
}

impl Way {
    pub(super) fn to(root: &Path, names: &[String]) -> io::Result<Self> {
        Self::walk(root, names, Missing::Fail)
    }

    /// Makes the directories that are missing on the way.
    pub(super) fn make(root: &Path, names: &[String]) -> io::Result<Self> {
        Self::walk(root, names, Missing::Make)
    }

    fn walk(root: &Path, names: &[String], missing: Missing) -> io::Result<Self> {
        let (name, folders) = names.split_last().ok_or(io::ErrorKind::InvalidInput)?;
        let mut directory = open(root, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        for folder in folders {
            directory = step(&directory, folder, missing)?;
        }
        Ok(Self { directory, name: name.clone() })
    }

    /// Makes the last name a directory, unless it is one.
    pub(super) fn make_last(&self) -> io::Result<()> {
        step(&self.directory, &self.name, Missing::Make).map(|_| ())
    }

    /// Opens a file for reading. Opening a pipe that somebody put there does not wait.
    pub(super) fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(openat(&self.directory, &self.name, flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

fn step(directory: &OwnedFd, name: &str, missing: Missing) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match (openat(directory, name, flags, Mode::empty()), missing) {
        (Err(Errno::NOENT), Missing::Make) => {
            match mkdirat(directory, name, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            Ok(openat(directory, name, flags, Mode::empty())?)
        }
        (opened, _) => Ok(opened?),
    }
}
