//! The log's right edge, kept in memory by the writer: what appending needs and the store would
//! only give back slowly.

use tlog::{Frontier, Hash, RightEdge, leaf_hash};

use crate::error::StoreError;
use crate::store::db::Db;
use crate::store::log::{self, HeadRow};

/// The growing end of the log.
#[derive(Clone)]
pub(crate) struct Edge {
    log: RightEdge,
    /// How many fingerprints the lookup has.
    fingerprints: u64,
}

impl Edge {
    /// The edge of a log without entries.
    pub(crate) fn empty() -> Self {
        Self { log: RightEdge::new(), fingerprints: 0 }
    }

    /// Reads the edge of the stored log, and checks that it leads to the stored root.
    pub(crate) fn load(db: &Db, head: &HeadRow) -> Result<Self, StoreError> {
        let frontier = Frontier::from_bytes(head.size, &head.frontier)
            .map_err(|error| StoreError::Damaged(error.to_string()))?;
        if frontier.root() != head.root {
            return Err(StoreError::Damaged("the log's frontier has another root".into()));
        }
        let log = RightEdge::resume(frontier, |tile| log::hashes(db, tile))?;
        Ok(Self { log, fingerprints: head.fingerprints })
    }

    pub(crate) fn size(&self) -> u64 {
        self.log.size()
    }

    pub(crate) fn root(&self) -> Hash {
        self.log.root()
    }

    /// Counts fingerprints that were filed.
    pub(crate) fn add_fingerprints(&mut self, count: u64) {
        self.fingerprints += count;
    }

    pub(crate) fn to_row(&self) -> HeadRow {
        HeadRow {
            size: self.size(),
            root: self.root(),
            frontier: self.log.frontier().to_bytes(),
            fingerprints: self.fingerprints,
        }
    }

    /// Appends an entry with the tiles that it completes; gives its index and leaf hash.
    pub(crate) fn append(&mut self, db: &Db, entry: &[u8]) -> Result<(u64, Hash), StoreError> {
        let (index, leaf) = (self.size(), leaf_hash(entry));
        log::insert_entry(db, index, entry)?;
        for tile in self.log.push(leaf) {
            log::insert_tile(db, &tile)?;
        }
        Ok((index, leaf))
    }
}
