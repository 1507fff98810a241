//! Opening a data directory: lock, keys, schema, the log's own key, the high-water file, and the
//! checkpoint that a crash may have left unsigned. Each has its error, and none is overridden.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use secrecy::ExposeSecret;
use tlog::{Checkpoint, Cosigner, KeyName, Policy, Signer, VerifierKey};
use tokio::sync::{broadcast, watch};

use super::{Ledger, Options};
use crate::clock::Clock;
use crate::entry;
use crate::error::{OpenError, StoreError};
use crate::ids::{TenancyId, UserId, random_uuid};
use crate::keys::{self, LOG_KEY, Missing, SECRETS_KEY, Vault};
use crate::location::{Database, Location};
use crate::lock::DirectoryLock;
use crate::store::activity::Notes;
use crate::store::db::Db;
use crate::store::folders::Folders;
use crate::store::log::Nodes;
use crate::store::tally::Tally;
use crate::store::{self, access, log, witnesses};
use crate::writer::{
    Edge, Folding, HighWater, Mark, Randomness, Remembered, Shared, Signing, Steps, Writer,
    check_last_entry,
};

/// How many changes a slow watcher may lag behind before it is told to read everything again.
const CHANGES_KEPT: usize = 1_024;

/// Separates the seed of the second key from that of the first, which is the file's.
const SECOND_KEY_DOMAIN: &str = "proofbox/log-key/ml-dsa-44/v1";

/// What the first tenancy is called until somebody names it.
const FIRST_NAME: &str = "My organisation";

/// A data directory that is open and checked, and signs nothing yet: first it may be held against
/// what others remember of the log.
pub struct Opening {
    at: Location,
    writer: Writer,
    second_signer: Option<Cosigner>,
    witnesses: Option<Policy>,
}

/// What a handle is made of.
pub(super) struct Opened {
    pub(super) at: Location,
    pub(super) writer: Writer,
    pub(super) second_signer: Option<Cosigner>,
    pub(super) witnesses: Option<Policy>,
}

impl Opening {
    pub(super) fn new(options: Options, steps: Steps) -> Result<Self, OpenError> {
        let Options { directory, database, origin, clock, witnesses } = options;
        let at = Location { directory, database };
        let directory = &at.directory;
        let failed = |source| OpenError::Store { place: at.to_string(), source };
        create_directory(directory)?;
        let lock = DirectoryLock::take(directory)?;
        // A key may be made only while nothing depends on it.
        let missing = if store::is_new(&at)? { Missing::Create } else { Missing::Refuse };
        let seed = keys::load(&directory.join(LOG_KEY), missing)?;
        let vault = Vault::new(keys::load(&directory.join(SECRETS_KEY), missing)?);
        let db = store::open_writer(&at)?;
        if log::head(&db).map_err(failed)?.is_none() {
            let name: KeyName = origin.parse().map_err(|_| OpenError::Origin(origin))?;
            let keys = LogKeys::new(name, seed.expose_secret());
            begin(&db, &keys, &clock).map_err(failed)?;
        }
        let keys = keys_of(&at, &db, seed.expose_secret())?;
        let edge = load_edge(&at, &db, &keys.signer)?;
        let tally = Tally::load(&db).map_err(failed)?;
        let high_water = HighWater::open(directory)
            .map_err(|source| OpenError::Directory { path: directory.clone(), source })?;
        let witnesses = witnesses.map(|policy| policy.with_log(keys.signer.verifier_key()));
        forget_other_quorum(&db, witnesses.as_ref()).map_err(failed)?;
        let shared = Arc::new(Shared {
            failed: watch::Sender::new(None),
            read_only: OnceLock::new(),
            changes: broadcast::Sender::new(CHANGES_KEPT),
        });
        let folding = match at.database {
            Database::Embedded => Some(Folding::start(&at, Arc::clone(&shared))?),
            Database::Postgres(_) => None,
        };
        let writer = Writer {
            db,
            at: at.clone(),
            edge,
            folders: Folders::default(),
            activity: Notes::default(),
            tally,
            random: Randomness::new(),
            vault: Arc::new(vault),
            signing: Signing { signer: keys.signer, high_water },
            clock,
            shared,
            steps,
            folding,
            lock,
            undone: 0,
        };
        Ok(Self { at, writer, second_signer: keys.second, witnesses })
    }

    /// The key that the log's checkpoints are verified with; its name is the log's origin.
    pub fn log_key(&self) -> VerifierKey {
        self.writer.signing.signer.verifier_key()
    }

    /// How many entries the log has.
    pub fn size(&self) -> u64 {
        self.writer.edge.size()
    }

    /// The newest checkpoint that is signed, with which a witness can be asked; a new log has none.
    pub fn checkpoint(&self) -> Result<Option<String>, OpenError> {
        let newest = log::newest_checkpoint(&self.writer.db);
        let failed = |source| OpenError::Store { place: self.at.to_string(), source };
        Ok(newest.map_err(failed)?.map(|checkpoint| checkpoint.note))
    }

    /// Opens for good: a head that was committed but not signed is signed now. If one of these
    /// heads, or that of the high-water file, is larger than the log or contradicts it, nothing
    /// is signed: the ledger is read-only and says why.
    pub fn open(self, remembered: &[Remembered]) -> Result<Ledger, OpenError> {
        recover(&self.at, &self.writer, remembered)?;
        let Self { at, writer, second_signer, witnesses } = self;
        Ledger::start(Opened { at, writer, second_signer, witnesses })
    }
}

/// The log's keys, both made from one seed.
struct LogKeys {
    signer: Signer,
    second: Option<Cosigner>,
}

impl LogKeys {
    fn new(name: KeyName, seed: &[u8; 32]) -> Self {
        let second = Cosigner::ml_dsa_44(name.clone(), &keys::derive(seed, SECOND_KEY_DOMAIN));
        Self { signer: Signer::from_seed(name, seed), second: Some(second) }
    }

    fn policy(&self) -> entry::Policy {
        entry::Policy {
            key: self.signer.verifier_key(),
            second_key: self.second.as_ref().map(Cosigner::verifier_key),
        }
    }
}

fn create_directory(directory: &Path) -> Result<(), OpenError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| OpenError::Directory { path: directory.to_owned(), source })
}

/// The first tenancy, its administrator, and entry 0, in one transaction.
fn begin(db: &Db, keys: &LogKeys, clock: &Clock) -> Result<(), StoreError> {
    let transaction = db.transaction()?;
    let mut random = Randomness::new();
    let tenancy = TenancyId::from_bytes(random_uuid(random.take()?));
    let administrator = UserId::from_bytes(random_uuid(random.take()?));
    access::create_tenancy(&transaction, tenancy, FIRST_NAME, administrator, clock.now())?;
    let mut edge = Edge::empty();
    edge.append(&transaction, &keys.policy().entry())?;
    log::insert_head(&transaction, &edge.to_row())?;
    transaction.commit()
}

/// The keys under the name that the log began with, if they are those that it began with.
fn keys_of(at: &Location, db: &Db, seed: &[u8; 32]) -> Result<LogKeys, OpenError> {
    let damaged = |what: &str| OpenError::Damaged { place: at.to_string(), what: what.to_owned() };
    let entry = log::entry(db, 0)
        .map_err(|source| OpenError::Store { place: at.to_string(), source })?
        .ok_or_else(|| damaged("the log has no entry 0"))?;
    let policy =
        entry::Policy::parse(&entry).map_err(|_| damaged("the log's entry 0 is malformed"))?;
    let mut keys = LogKeys::new(policy.key.name().clone(), seed);
    if policy.second_key.is_none() {
        keys.second = None;
    }
    if keys.policy() == policy {
        return Ok(keys);
    }
    Err(OpenError::OtherKey { path: at.directory.join(LOG_KEY), expected: policy.key.to_string() })
}

/// Which checkpoints count as witnessed is what the policy says today: under another one than
/// before they have to be witnessed again.
fn forget_other_quorum(db: &Db, policy: Option<&Policy>) -> Result<(), StoreError> {
    let Some(newest) = witnesses::newest_witnessed(db)? else { return Ok(()) };
    let note = witnesses::cosigned(db, &newest)?;
    if policy.is_none_or(|policy| policy.check(&note).is_ok()) {
        return Ok(());
    }
    witnesses::unmark_all(db)
}

/// The log's right edge, checked against the stored root and by proving the last entry.
fn load_edge(at: &Location, db: &Db, signer: &Signer) -> Result<Edge, OpenError> {
    let load = || {
        let head = log::head(db)?.ok_or_else(|| StoreError::Damaged("no head".into()))?;
        let edge = Edge::load(db, &head)?;
        let origin = signer.name().into();
        let mut nodes = Nodes::new(db, head.size);
        check_last_entry(&mut nodes, &Checkpoint { origin, size: head.size, root: head.root })?;
        Ok(edge)
    };
    load().map_err(|error| match error {
        StoreError::Damaged(what) => OpenError::Damaged { place: at.to_string(), what },
        source => OpenError::Store { place: at.to_string(), source },
    })
}

/// Continues where a crash may have stopped: a head without a checkpoint is signed now, by the
/// same code as ever. If something newer was signed before, nothing is.
fn recover(at: &Location, writer: &Writer, remembered: &[Remembered]) -> Result<(), OpenError> {
    let Writer { db, edge, signing, clock, steps, shared, .. } = writer;
    let failed = |source| OpenError::Store { place: at.to_string(), source };
    let unreadable = |source| OpenError::Directory { path: at.directory.clone(), source };
    let mark = signing.high_water.read().map_err(unreadable)?;
    let own = mark.map(Mark::remembered);
    let mut nodes = Nodes::new(db, edge.size());
    for remembered in own.iter().chain(remembered) {
        if let Some(reason) = remembered.objection(&mut nodes, edge).map_err(failed)? {
            tracing::error!(reason, "the ledger is read-only");
            shared.read_only.get_or_init(|| reason);
            return Ok(());
        }
    }
    let signed = log::newest_checkpoint(db).map_err(failed)?;
    if signed.is_some_and(|checkpoint| checkpoint.size == edge.size()) && mark.is_some() {
        return Ok(());
    }
    signing.sign(db, edge, clock.now(), steps).map_err(|stop| failed(StoreError::Stopped(stop.0)))
}
