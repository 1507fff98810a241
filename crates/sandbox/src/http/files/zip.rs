//! `files/download_zip`: a folder as one archive. Files are stored as they are, without compression.

use flate2::Crc;
use serde::Deserialize;

use super::download::content;
use super::lookup::find;
use super::upload::described;
use crate::content::Content;
use crate::content_hash::ContentHash;
use crate::edit::Placed;
use crate::http::argument::Pattern;
use crate::http::call::{Call, Caller};
use crate::http::failure::{Failure, internal};
use crate::http::reply::{Download, Reply};
use crate::http::routes::Outcome;
use crate::path;
use crate::view::{Found, View};

const ENTRIES_MAX: usize = 10_000;
/// The archive is made in memory, so less than the 20 GB of Dropbox.
const ARCHIVE_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const VERSION: u16 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Argument {
    path: String,
}

pub(super) fn download(call: &Call, caller: &Caller) -> Outcome {
    let argument: Argument = call.argument()?;
    Pattern::ReadPath.check("path", &argument.path)?;
    let view = &caller.view;
    let folder = match find(view, &argument.path)? {
        Found::Present(lower, node) if node.is_folder() => (lower, node),
        Found::Root | Found::Present(..) => return Err(Failure::lookup("not_folder")),
        Found::Gone(_) | Found::Nothing => return Err(Failure::lookup("not_found")),
    };
    let archive = archive(view, &folder)?;
    let mut result = br#"{"metadata":"#.to_vec();
    result.extend(described(view, &folder));
    result.push(b'}');
    Ok(Reply::Download(Download {
        result,
        version: ContentHash::of(&archive).to_string(),
        size: archive.len() as u64,
        content: Content::Memory(archive.into()),
    }))
}

fn archive(view: &View, folder: &Placed) -> Result<Vec<u8>, Failure> {
    let below = below(view, &folder.0);
    if below.len() >= ENTRIES_MAX {
        return Err(Failure::tag("too_many_files"));
    }
    let mut archive = Archive::default();
    let top = folder.1.name();
    archive.add(&format!("{top}/"), &[])?;
    for placed in &below {
        // Names below the folder are those that the tree shows, whatever their folders' case.
        let rest = placed.0.get(folder.0.len()..).unwrap_or_default();
        let name = format!("{top}{}/{}", path::parent(rest), placed.1.name());
        if placed.1.is_folder() {
            archive.add(&format!("{name}/"), &[])?;
        } else {
            let bytes = content(view, placed)?.bytes().map_err(|error| internal(&error))?;
            archive.add(&name, &bytes)?;
        }
    }
    archive.finish()
}

fn below(view: &View, folder: &str) -> Vec<Placed> {
    let mut namespace = view.account.namespace();
    namespace.copy_up_below(folder);
    let all = namespace.tree().below(folder);
    all.map(|item| (item.lower.to_owned(), item.node.clone())).collect()
}

/// A ZIP archive: what was added so far, and the directory that comes at its end.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

impl Archive {
    fn add(&mut self, name: &str, content: &[u8]) -> Result<(), Failure> {
        if self.bytes.len() + content.len() > ARCHIVE_BYTES_MAX {
            return Err(Failure::tag("too_large"));
        }
        let offset = small(self.bytes.len())?;
        let header = header(name, content)?;
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&header);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(content);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend(VERSION.to_le_bytes());
        self.directory.extend(&header);
        // Comment, disk, attributes: none.
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, Failure> {
        let offset = small(self.bytes.len())?;
        let size = small(self.directory.len())?;
        self.bytes.extend(self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.entries.to_le_bytes());
        self.bytes.extend(self.entries.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend(offset.to_le_bytes());
        self.bytes.extend([0; 2]);
        Ok(self.bytes)
    }
}

/// What the entry and the directory say alike: version, flags, no compression, no time, checksum,
/// sizes, length of the name.
fn header(name: &str, content: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut checksum = Crc::new();
    checksum.update(content);
    let size = small(content.len())?;
    let length = u16::try_from(name.len()).map_err(|_| Failure::tag("too_large"))?;
    let mut header = Vec::with_capacity(26);
    header.extend(VERSION.to_le_bytes());
    header.extend(FLAGS.to_le_bytes());
    header.extend([0; 6]);
    header.extend(checksum.sum().to_le_bytes());
    header.extend(size.to_le_bytes());
    header.extend(size.to_le_bytes());
    header.extend(length.to_le_bytes());
    header.extend([0; 2]);
    Ok(header)
}

fn small(number: usize) -> Result<u32, Failure> {
    u32::try_from(number).map_err(|_| Failure::tag("too_large"))
}
