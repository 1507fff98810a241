//! Sessions as rows of the ledger. The ledger keeps a hash of the id: who reads the database cannot
//! sign in with what is found there.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use ledger::Ledger;
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store::{Error, Result},
};

#[derive(Clone)]
pub(crate) struct LedgerStore {
    ledger: Ledger,
}

impl LedgerStore {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }
}

impl fmt::Debug for LedgerStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerStore")
    }
}

#[async_trait]
impl SessionStore for LedgerStore {
    // 128 random bits do not collide; were one ever to, saving would only replace.
    async fn create(&self, record: &mut Record) -> Result<()> {
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let bytes = serde_json::to_vec(record).map_err(|error| Error::Encode(error.to_string()))?;
        let expires_at = timestamp(record.expiry_date)?;
        self.ledger
            .save_session(&record.id.to_string(), bytes, expires_at)
            .await
            .map_err(|error| Error::Backend(error.to_string()))
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = self.ledger.load_session(&id.to_string()).await;
        let found = found.map_err(|error| Error::Backend(error.to_string()))?;
        found.map(|(bytes, _)| decode(&bytes)).transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let deleted = self.ledger.delete_session(&id.to_string()).await;
        deleted.map_err(|error| Error::Backend(error.to_string()))
    }
}

fn decode(bytes: &[u8]) -> Result<Record> {
    serde_json::from_slice(bytes).map_err(|error| Error::Decode(error.to_string()))
}

fn timestamp(date: OffsetDateTime) -> Result<Timestamp> {
    let at = Timestamp::from_second(date.unix_timestamp());
    at.map_err(|error| Error::Encode(error.to_string()))
}
