//! A ledger with one linked source, and files for it as a listing would show them: ids and paths
//! of the usual length.

use std::path::Path;

use ledger::{
    AssetChoice, Clock, Commit, Database, Fingerprint, ItemUpdate, Ledger, NewSource, Options,
    Origin, SourceId, Version,
};
use sha2::{Digest, Sha256};

const FOLDER_FILES: u64 = 40;

/// A ledger to load.
pub(crate) struct Loaded {
    pub(crate) ledger: Ledger,
    pub(crate) source: SourceId,
}

impl Loaded {
    pub(crate) async fn open(directory: &Path) -> anyhow::Result<Self> {
        let ledger = Ledger::open(Options {
            directory: directory.to_owned(),
            database: Database::default(),
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
    pub(crate) fn commit(&self, first: u64, count: u64) -> Commit {
        let updates = (first..first + count).map(file).collect();
        Commit { cursor: Some(format!("cursor {first}")), updates, ..Commit::new(self.source) }
    }
}

fn file(number: u64) -> ItemUpdate {
    let hash: [u8; 32] = Sha256::digest(number.to_be_bytes()).into();
    let revision = format!("5f{number:018x}");
    let folder = number / FOLDER_FILES;
    let path =
        format!("/Projects/Customer {:03}/Folder {folder:06}/Report {number:08}.docx", folder / 50);
    let fingerprint = Fingerprint { content_hash: Sha256::digest(hash).into(), sha256: None };
    ItemUpdate {
        key: format!("id:{}", hex::encode(hash).split_off(42)),
        revision: revision.clone(),
        fingerprint,
        name: format!("Report {number:08}.docx"),
        path_key: path.to_lowercase(),
        path,
        generation: 1,
        asset: AssetChoice::Own,
        versions: vec![Version {
            revision,
            fingerprint,
            bytes: 0,
            declared_at: jiff::Timestamp::UNIX_EPOCH,
            origin: Origin::Observed,
            editor: Some("dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc".to_owned()),
        }],
    }
}
