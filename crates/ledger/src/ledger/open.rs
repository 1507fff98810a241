//! Opening a data directory: lock, keys, schema, the log's own key, the high-water file, and the
//! checkpoint that a crash may have left unsigned. Each has its error, and none is overridden.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rusqlite::{Connection, TransactionBehavior};
use secrecy::ExposeSecret;
use tlog::{Checkpoint, KeyName, Signer};
use tokio::sync::{broadcast, watch};

use super::Options;
use crate::clock::Clock;
use crate::entry::Policy;
use crate::error::{OpenError, StoreError};
use crate::ids::{TenancyId, UserId, random_uuid};
use crate::keys::{self, LOG_KEY, Missing, SECRETS_KEY, Vault};
use crate::lock::DirectoryLock;
use crate::store::folders::Folders;
use crate::store::recent::Recent;
use crate::store::{self, access, log};
use crate::writer::{
    Edge, HighWater, Randomness, Shared, Signing, Steps, Writer, check_last_entry,
};

/// How many changes a slow watcher may lag behind before it is told to read everything again.
const CHANGES_KEPT: usize = 1_024;

/// What the first tenancy is called until somebody names it.
const FIRST_NAME: &str = "My organisation";

/// Opens everything and brings the log to a signed state.
pub(super) fn open(options: Options, steps: Steps) -> Result<Writer, OpenError> {
    let Options { directory, origin, clock } = options;
    let failed = |source| OpenError::Store { directory: directory.clone(), source };
    create_directory(&directory)?;
    let lock = DirectoryLock::take(&directory)?;
    // A key may be made only while nothing depends on it.
    let is_new = !directory.join(store::DATABASE).exists();
    let missing = if is_new { Missing::Create } else { Missing::Refuse };
    let seed = keys::load(&directory.join(LOG_KEY), missing)?;
    let vault = Vault::new(keys::load(&directory.join(SECRETS_KEY), missing)?);
    let mut db = store::open_writer(&directory)?;
    if log::head(&db).map_err(failed)?.is_none() {
        let name: KeyName = origin.parse().map_err(|_| OpenError::Origin(origin))?;
        let signer = Signer::from_seed(name, seed.expose_secret());
        begin(&mut db, &signer, &clock).map_err(failed)?;
    }
    let signer = signer_of(&directory, &db, seed.expose_secret())?;
    let edge = load_edge(&directory, &db, &signer)?;
    let recent = Recent::load(&db).map_err(failed)?;
    let high_water = HighWater::open(&directory)
        .map_err(|source| OpenError::Directory { path: directory.clone(), source })?;
    let writer = Writer {
        db,
        edge,
        folders: Folders::default(),
        recent,
        random: Randomness::new(),
        vault: Arc::new(vault),
        signing: Signing { signer, high_water },
        clock,
        shared: Arc::new(Shared {
            failed: watch::Sender::new(None),
            read_only: OnceLock::new(),
            changes: broadcast::Sender::new(CHANGES_KEPT),
        }),
        steps,
        lock,
    };
    recover(&directory, &writer)?;
    Ok(writer)
}

fn create_directory(directory: &Path) -> Result<(), OpenError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| OpenError::Directory { path: directory.to_owned(), source })
}

/// The first tenancy, its administrator, and entry 0, in one transaction.
fn begin(db: &mut Connection, signer: &Signer, clock: &Clock) -> Result<(), StoreError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut random = Randomness::new();
    let tenancy = TenancyId::from_bytes(random_uuid(random.take()?));
    let administrator = UserId::from_bytes(random_uuid(random.take()?));
    access::create_tenancy(&transaction, tenancy, FIRST_NAME, administrator, clock.now())?;
    let mut edge = Edge::empty();
    edge.append(&transaction, &Policy { key: signer.verifier_key() }.entry())?;
    log::insert_head(&transaction, &edge.to_row())?;
    Ok(transaction.commit()?)
}

/// The signer under the name that the log began with, if the key is the one that it began with.
fn signer_of(directory: &Path, db: &Connection, seed: &[u8; 32]) -> Result<Signer, OpenError> {
    let damaged =
        |what: &str| OpenError::Damaged { directory: directory.to_owned(), what: what.to_owned() };
    let entry = log::entry(db, 0)
        .map_err(|source| OpenError::Store { directory: directory.to_owned(), source })?
        .ok_or_else(|| damaged("the log has no entry 0"))?;
    let policy = Policy::parse(&entry).map_err(|_| damaged("the log's entry 0 is malformed"))?;
    let signer = Signer::from_seed(policy.key.name().clone(), seed);
    if signer.verifier_key() == policy.key {
        return Ok(signer);
    }
    Err(OpenError::OtherKey { path: directory.join(LOG_KEY), expected: policy.key.to_string() })
}

/// The log's right edge, checked against the stored root and by proving the last entry.
fn load_edge(directory: &Path, db: &Connection, signer: &Signer) -> Result<Edge, OpenError> {
    let load = || {
        let head = log::head(db)?.ok_or_else(|| StoreError::Damaged("no head".into()))?;
        let edge = Edge::load(db, &head)?;
        let origin = signer.name().into();
        check_last_entry(db, &Checkpoint { origin, size: head.size, root: head.root })?;
        Ok(edge)
    };
    load().map_err(|error| match error {
        StoreError::Damaged(what) => OpenError::Damaged { directory: directory.to_owned(), what },
        source => OpenError::Store { directory: directory.to_owned(), source },
    })
}

/// Continues where a crash may have stopped: a head without a checkpoint is signed now, by the
/// same code as ever. If something newer was signed before, nothing is.
fn recover(directory: &Path, writer: &Writer) -> Result<(), OpenError> {
    let Writer { db, edge, signing, clock, steps, shared, .. } = writer;
    let failed = |source| OpenError::Store { directory: directory.to_owned(), source };
    let unreadable = |source| OpenError::Directory { path: directory.to_owned(), source };
    let known = signing.high_water.read().map_err(unreadable)?;
    let objection = known.map_or(Ok(None), |mark| mark.objection(db, edge)).map_err(failed)?;
    if let Some(reason) = objection {
        tracing::error!(reason, "the ledger is read-only");
        shared.read_only.get_or_init(|| reason);
        return Ok(());
    }
    let signed = log::newest_checkpoint(db).map_err(failed)?;
    if signed.is_some_and(|checkpoint| checkpoint.size == edge.size()) && known.is_some() {
        return Ok(());
    }
    signing.sign(db, edge, clock.now(), steps).map_err(|stop| failed(StoreError::Stopped(stop.0)))
}
