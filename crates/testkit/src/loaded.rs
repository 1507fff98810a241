//! A ledger with one linked source, and files for it as a listing would show them: ids and paths
//! of the usual length. What a file's content is follows from its number, so that whoever looks it up
//! needs no list.

use std::path::Path;

use ledger::{
    AssetChoice, Clock, Commit, Database, Fingerprint, ItemUpdate, Ledger, NewSource, Options,
    Origin, SourceId, Version,
};
use sha2::{Digest, Sha256};

const FOLDER_FILES: u64 = 40;

/// A ledger to load.
pub struct Loaded {
    /// The ledger.
    pub ledger: Ledger,
    /// Its source.
    pub source: SourceId,
}

/// What files have.
#[derive(Clone, Copy)]
pub struct Shape {
    /// How many versions.
    pub versions: u64,
    /// Whether each version is known by its SHA-256 too.
    pub has_sha256: bool,
}

impl Loaded {
    /// Opens a directory with its database, and links the source where it is not there yet.
    pub async fn open(directory: &Path, database: Database) -> anyhow::Result<Self> {
        let ledger = Ledger::open(Options {
            directory: directory.to_owned(),
            database,
            origin: "log.example/bench".to_owned(),
            clock: Clock::system(),
            witnesses: None,
        })?;
        let source = NewSource {
            tenancy: ledger.first_tenancy().await?.id,
            account: "dbid:bench".to_owned(),
            account_name: "Bench".to_owned(),
            account_email: "bench@example.com".to_owned(),
            credentials: "none".into(),
            scope: String::new(),
        };
        let source = ledger.connect_source(source).await?.id;
        Ok(Self { ledger, source })
    }

    /// A commit of new files, numbered from `first`.
    pub fn commit(&self, shape: Shape, first: u64, count: u64) -> Commit {
        let updates = (first..first + count).map(|number| shape.file(number)).collect();
        Commit { cursor: Some(format!("cursor {first}")), updates, ..Commit::new(self.source) }
    }
}

impl Shape {
    /// As a first scan finds them: the newest version alone, by its block hash.
    pub const FOUND: Self = Self { versions: 1, has_sha256: false };

    /// What a version of a file is known by; versions count from 0.
    pub fn fingerprint(self, file: u64, version: u64) -> Fingerprint {
        let number = file * self.versions + version;
        let hash: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
        let content_hash = Sha256::digest(hash).into();
        Fingerprint { content_hash, sha256: self.has_sha256.then_some(hash) }
    }

    fn file(self, number: u64) -> ItemUpdate {
        let folder = number / FOLDER_FILES;
        let name = format!("Report {number:08}.docx");
        let path = format!("/Projects/Customer {:03}/Folder {folder:06}/{name}", folder / 50);
        let newest = self.versions - 1;
        let key = Sha256::digest(number.to_le_bytes());
        ItemUpdate {
            key: format!("id:{}", hex::encode(key).split_off(42)),
            revision: revision(number, newest),
            fingerprint: self.fingerprint(number, newest),
            name,
            path_key: path.to_lowercase(),
            path,
            generation: 1,
            asset: AssetChoice::Own,
            versions: (0..self.versions).map(|version| self.version(number, version)).collect(),
        }
    }

    fn version(self, file: u64, version: u64) -> Version {
        Version {
            revision: revision(file, version),
            fingerprint: self.fingerprint(file, version),
            bytes: 0,
            declared_at: jiff::Timestamp::UNIX_EPOCH,
            origin: Origin::Observed,
            editor: Some("dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc".to_owned()),
        }
    }
}

fn revision(file: u64, version: u64) -> String {
    format!("5f{version:04x}{file:014x}")
}
