//! The bytes of a file or of one of its versions, wherever an account keeps them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use bytes::Bytes;

use crate::account::{Account, Place};
use crate::content_hash::ContentHash;
use crate::edit::Trouble;
use crate::folder::Hand;
use crate::identifier::Rev;
use crate::namespace::Node;

/// What can be sent, from any place on.
pub(crate) enum Content {
    Memory(Bytes),
    Disk(File),
}

impl Content {
    /// Everything at once.
    pub(crate) fn bytes(self) -> io::Result<Bytes> {
        match self {
            Self::Memory(bytes) => Ok(bytes),
            Self::Disk(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }

    /// The same without its first bytes.
    pub(crate) fn skip(self, first: u64) -> io::Result<Self> {
        Ok(match self {
            Self::Memory(bytes) => {
                let at = usize::try_from(first).unwrap_or(usize::MAX).min(bytes.len());
                Self::Memory(bytes.slice(at..))
            }
            Self::Disk(mut file) => {
                file.seek(SeekFrom::Start(first))?;
                Self::Disk(file)
            }
        })
    }
}

/// Content that is to become a file.
pub(crate) struct Incoming {
    content: Content,
    pub(crate) hash: ContentHash,
    pub(crate) size: u64,
}

impl Incoming {
    pub(crate) fn of(bytes: Bytes) -> Self {
        let (hash, size) = (ContentHash::of(&bytes), bytes.len() as u64);
        Self { content: Content::Memory(bytes), hash, size }
    }

    /// The same when its hash is known.
    pub(crate) fn known(bytes: Bytes, hash: ContentHash) -> Self {
        Self { size: bytes.len() as u64, content: Content::Memory(bytes), hash }
    }

    /// What an upload has left in a file.
    pub(crate) fn read(file: File) -> io::Result<Self> {
        let (hash, size) = ContentHash::read(&file)?;
        Ok(Self { content: Content::Disk(file), hash, size })
    }

    /// Everything at once, for where it is kept in memory.
    pub(crate) fn bytes(&self) -> io::Result<Bytes> {
        match &self.content {
            Content::Memory(bytes) => Ok(bytes.clone()),
            Content::Disk(file) => {
                let mut bytes = Vec::new();
                from_the_start(file)?.read_to_end(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }

    pub(crate) fn write_to(&self, mut file: &File) -> io::Result<()> {
        match &self.content {
            Content::Memory(bytes) => file.write_all(bytes),
            Content::Disk(source) => io::copy(&mut from_the_start(source)?, &mut file).map(|_| ()),
        }
    }
}

fn from_the_start(mut file: &File) -> io::Result<&File> {
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

impl Account {
    /// The content of what is at a key; `None` where it is gone or just changing.
    pub(crate) fn content(
        self: &Arc<Self>,
        lower: &str,
        node: &Node,
    ) -> io::Result<Option<Content>> {
        let Place::Disk(folder) = &self.place else {
            return Ok(self.namespace().content(lower).map(Content::Memory));
        };
        match Hand::new(folder, self).open(lower, node) {
            Ok(file) => Ok(Some(Content::Disk(file))),
            Err(Trouble::Failed(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    pub(crate) fn bytes(self: &Arc<Self>, lower: &str, node: &Node) -> io::Result<Option<Bytes>> {
        self.content(lower, node)?.map(Content::bytes).transpose()
    }

    /// The content of a version, today's or an older one that is still kept.
    pub(crate) fn content_of(self: &Arc<Self>, rev: Rev) -> io::Result<Option<Content>> {
        let mut namespace = self.namespace();
        let Some((id, version)) = namespace.by_rev(rev) else { return Ok(None) };
        let present = namespace.by_id(id).map(|item| (item.lower.to_owned(), item.node.clone()));
        drop(namespace);
        if let Some((lower, node)) = present
            && node.file().is_some_and(|file| file.content_hash == version.file.content_hash)
            && let Some(content) = self.content(&lower, &node)?
        {
            return Ok(Some(content));
        }
        if let Some(bytes) = version.file.content {
            return Ok(Some(Content::Memory(bytes)));
        }
        self.kept(version.file.content_hash)
    }

    /// What the disk still has of some content: in the cache, among the versions, or in another file.
    pub(crate) fn kept(self: &Arc<Self>, hash: ContentHash) -> io::Result<Option<Content>> {
        let Place::Disk(folder) = &self.place else { return Ok(None) };
        match Hand::new(folder, self).open_version(&hash.to_string()) {
            Ok(file) => return Ok(Some(Content::Disk(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if let Some(versions) = &self.circle.versions
            && let Some(file) = versions.open(hash)?
        {
            return Ok(Some(Content::Disk(file)));
        }
        let twin = {
            let namespace = self.namespace();
            let same = |node: &Node| node.file().is_some_and(|file| file.content_hash == hash);
            let found = namespace.tree().nodes().find(|item| same(item.node));
            found.map(|item| (item.lower.to_owned(), item.node.clone()))
        };
        twin.map_or(Ok(None), |(lower, node)| self.content(&lower, &node))
    }
}
