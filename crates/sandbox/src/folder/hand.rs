//! Changes the folder for clients of the API, as carefully as if a person looked on.
//!
//! Every way to a file is walked name by name from the folder, and no symbolic link on it is
//! followed, so nothing outside can be reached. What is written appears whole or not at all: it is
//! written beside, in the cache, and renamed. Nothing is ever lost: what is replaced or deleted
//! goes to the cache, where older revisions are found again by their hash.

mod cache;
mod way;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, linkat, openat, renameat, renameat_with};
use rustix::io::Errno;

use super::agenda::Wanted;
use super::disk::{self, Found};
use super::look::Looker;
use crate::account::Account;
use crate::content::Incoming;
use crate::edit::Trouble;
use crate::namespace::{Node, Seen};
use crate::path::{self, Location};
use cache::Cache;
use way::Way;

pub(crate) use cache::tidy;
pub(super) use cache::unused_name;

pub(crate) struct Hand<'a> {
    root: &'a Path,
    account: &'a Arc<Account>,
}

impl<'a> Hand<'a> {
    pub(crate) fn new(root: &'a Path, account: &'a Arc<Account>) -> Self {
        Self { root, account }
    }

    /// Takes in what is on the disk in these folders.
    pub(crate) fn look<'b>(&self, folders: impl Iterator<Item = &'b str>) {
        let folders = folders.map(|lower| self.names(lower, lower).into_iter().collect());
        let wanted = Wanted::Folders(folders.collect());
        let _unsettled =
            Looker::again(self.root.to_owned(), Arc::clone(self.account)).look(&wanted);
    }

    /// Writes a file. `known` is what it replaces; [`Trouble::Busy`] when the disk has something
    /// else there.
    pub(crate) fn write(
        &self,
        place: &Location,
        content: &Incoming,
        modified_s: i64,
        known: Option<&Node>,
    ) -> Result<Seen, Trouble> {
        let names = self.names(&place.lower, &place.display);
        let way = Way::make(self.root, &names)?;
        self.expect(&names, known)?;
        let cache = Cache::open(self.root)?;
        let beside = unused_name("new");
        let written = write_beside(&cache, &beside, content, modified_s);
        let placed = written.and_then(|()| put(&cache, &beside, &way, known));
        if placed.is_err() {
            cache.forget(&beside);
        }
        placed?;
        if let Some(versions) = &self.account.circle.versions {
            versions.keep(content);
        }
        self.seen(&names)
    }

    pub(crate) fn create_folder(&self, place: &Location) -> Result<Seen, Trouble> {
        let names = self.names(&place.lower, &place.display);
        Way::make(self.root, &names)?.make_last()?;
        self.seen(&names)
    }

    pub(crate) fn relocate(&self, from: &str, node: &Node, to: &Location) -> Result<Seen, Trouble> {
        let (source, mut target) = (self.names(from, from), self.names(&to.lower, &to.display));
        if to.lower == from {
            // The same file under another case: its new name is the one asked for.
            target.pop();
            target.push(path::name(&to.display).to_owned());
        }
        if !node.is_folder() {
            self.expect(&source, Some(node))?;
        }
        let here = Way::to(self.root, &source)?;
        let there = Way::make(self.root, &target)?;
        if source != target {
            rename_new((&here.directory, &here.name), (&there.directory, &there.name))?;
        }
        self.seen(&target)
    }

    /// Moves what is at a key to the cache: files under their hash, so that they can be restored.
    pub(crate) fn remove(&self, lower: &str, node: &Node) -> Result<(), Trouble> {
        let names = self.names(lower, lower);
        let way = Way::to(self.root, &names)?;
        let cache = Cache::open(self.root)?;
        let name = match node.file() {
            Some(file) if self.expect(&names, Some(node)).is_ok() => file.content_hash.to_string(),
            _ => unused_name("gone"),
        };
        if node.is_folder() {
            self.keep_versions(&cache, lower);
        }
        renameat(&way.directory, &way.name, &cache.directory, name).map_err(io_error)?;
        Ok(())
    }

    /// Files of a folder that goes away, under their hashes too. A file system without links
    /// keeps them in the folder alone.
    fn keep_versions(&self, cache: &Cache, folder: &str) {
        let below: Vec<(String, String)> = {
            let namespace = self.account.namespace();
            let files = namespace.tree().below(folder);
            let files = files.filter_map(|item| Some((item.lower, item.node.file()?)));
            files.map(|(lower, file)| (lower.to_owned(), file.content_hash.to_string())).collect()
        };
        for (lower, version) in below {
            let Ok(way) = Way::to(self.root, &self.names(&lower, &lower)) else { continue };
            let there = &way.directory;
            let _kept = linkat(there, &way.name, &cache.directory, version, AtFlags::empty());
        }
    }

    /// The file at a key, as the account knows it.
    pub(crate) fn open(&self, lower: &str, node: &Node) -> Result<File, Trouble> {
        let names = self.names(lower, lower);
        self.expect(&names, Some(node))?;
        Ok(Way::to(self.root, &names)?.open()?)
    }

    /// An older version, if it is still kept.
    pub(crate) fn open_version(&self, hash: &str) -> io::Result<File> {
        let names = [cache::NAME.to_owned(), hash.to_owned()];
        Way::to(self.root, &names)?.open()
    }

    /// Refuses to touch what somebody has changed since it was looked at.
    fn expect(&self, names: &[String], known: Option<&Node>) -> Result<(), Trouble> {
        let found = self.find(names);
        let as_known = match (&found, known) {
            (None, None) => true,
            (Some(found), Some(node)) => {
                let size = node.file().map(|file| file.size);
                node.seen.as_ref().is_some_and(|seen| found.looks_like(seen, size))
            }
            _ => false,
        };
        if as_known { Ok(()) } else { Err(Trouble::Busy) }
    }

    fn find(&self, names: &[String]) -> Option<Found> {
        let name = names.last()?;
        let disk: PathBuf = names.iter().collect();
        disk::look_at(&self.root.join(disk), name)
    }

    fn seen(&self, names: &[String]) -> Result<Seen, Trouble> {
        self.find(names).map(|found| found.seen).ok_or(Trouble::Busy)
    }

    /// The names on disk on the way to a key; where there is nothing yet, those to be shown.
    fn names(&self, lower: &str, display: &str) -> Vec<String> {
        let mut namespace = self.account.namespace();
        let prefixes = path::prefixes(lower).zip(path::prefixes(display));
        let name = |(lower, display)| {
            let known = namespace.at(lower).map(|item| item.node.disk_name().to_owned());
            known.unwrap_or_else(|| path::name(display).to_owned())
        };
        prefixes.map(name).collect()
    }
}

fn write_beside(
    cache: &Cache,
    beside: &str,
    content: &Incoming,
    modified_s: i64,
) -> Result<(), Trouble> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o644);
    let file = File::from(openat(&cache.directory, beside, flags, mode).map_err(io_error)?);
    content.write_to(&file)?;
    let since = Duration::from_secs(u64::try_from(modified_s).unwrap_or_default());
    file.set_modified(SystemTime::UNIX_EPOCH + since)?;
    file.sync_data()?;
    Ok(())
}

/// What was written takes its place; what was there goes to the cache.
fn put(cache: &Cache, beside: &str, way: &Way, known: Option<&Node>) -> Result<(), Trouble> {
    let Some(file) = known.and_then(Node::file) else {
        return rename_new((&cache.directory, beside), (&way.directory, &way.name));
    };
    let version = file.content_hash.to_string();
    let (here, there) = ((&cache.directory, beside), (&way.directory, way.name.as_str()));
    match renameat_with(here.0, here.1, there.0, there.1, RenameFlags::EXCHANGE) {
        Ok(()) => renameat(here.0, beside, here.0, version).map_err(io_error)?,
        Err(Errno::INVAL | Errno::NOSYS) => {
            renameat(there.0, there.1, here.0, version).map_err(io_error)?;
            renameat(here.0, here.1, there.0, there.1).map_err(io_error)?;
        }
        Err(error) => return Err(io_error(error).into()),
    }
    Ok(())
}

/// Renames to a name that nothing has. Where the system can't promise that, it is looked at first.
fn rename_new(
    from: (&rustix::fd::OwnedFd, &str),
    to: (&rustix::fd::OwnedFd, &str),
) -> Result<(), Trouble> {
    match renameat_with(from.0, from.1, to.0, to.1, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(Trouble::Busy),
        Err(Errno::INVAL | Errno::NOSYS) => {
            match rustix::fs::statat(to.0, to.1, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => Ok(renameat(from.0, from.1, to.0, to.1).map_err(io_error)?),
                _ => Err(Trouble::Busy),
            }
        }
        Err(error) => Err(io_error(error).into()),
    }
}

fn io_error(error: Errno) -> io::Error {
    error.into()
}
