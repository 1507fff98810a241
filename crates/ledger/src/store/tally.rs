//! What the writer keeps in memory of the rows that it adds: numbers that it would otherwise ask for, or
//! store, with every event of a batch. They are stored once with each batch. Whoever undoes a
//! transaction takes back a copy from before it.

use std::collections::HashMap;

use super::db::{Db, params};
use super::items::NewItems;
use super::recent::Recent;
use super::registered::ChangedAssets;
use crate::error::StoreError;
use crate::ids::TenancyId;

const COUNT_DOCUMENTS: &str = "update source set documents = documents + ?2 where id = ?1";
const COUNT_EVENTS: &str = "update tenancy set events = events + ?2 where uuid = ?1";

/// The numbers.
#[derive(Clone)]
pub(crate) struct Tally {
    /// The small level of the random indexes.
    pub(crate) recent: Recent,
    /// The items that are new.
    pub(crate) items: NewItems,
    /// The registered assets that are new or have new events.
    pub(crate) assets: ChangedAssets,
    /// How many documents a source has made.
    documents: HashMap<i64, u64>,
    /// How many events a tenancy's assets got, for lists that say how many there are.
    events: HashMap<TenancyId, u64>,
}

impl Tally {
    pub(crate) fn load(db: &Db) -> Result<Self, StoreError> {
        let (recent, items) = (Recent::load(db)?, NewItems::load(db)?);
        Ok(Self {
            recent,
            items,
            assets: ChangedAssets::default(),
            documents: HashMap::new(),
            events: HashMap::new(),
        })
    }

    pub(crate) fn count_document(&mut self, source: i64) {
        *self.documents.entry(source).or_default() += 1;
    }

    pub(crate) fn count_event(&mut self, tenancy: TenancyId) {
        *self.events.entry(tenancy).or_default() += 1;
    }

    /// Stores what was counted.
    pub(crate) fn store_counts(&mut self, db: &Db) -> Result<(), StoreError> {
        for (source, documents) in self.documents.drain() {
            db.execute(COUNT_DOCUMENTS, params![source, documents])?;
        }
        for (tenancy, events) in self.events.drain() {
            db.execute(COUNT_EVENTS, params![tenancy, events])?;
        }
        Ok(())
    }

    /// Ends a batch whose rows are all stored.
    pub(crate) fn settle(&mut self, db: &Db) -> Result<(), StoreError> {
        self.store_counts(db)?;
        self.items.settle();
        self.assets.settle();
        self.recent.settle(db)
    }
}
