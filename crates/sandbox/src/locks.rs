//! Files that somebody keeps for themselves for a while: nobody else may change, move or delete
//! them. In a shared folder each member has a file of their own for it, and all of those are locked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::{Account, PerformError};
use crate::clock;
use crate::identifier::NodeId;
use crate::namespace::Operation;
use crate::table::Table;
use crate::world::locked;

/// Who holds a lock, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lock {
    /// An account by its id.
    pub(crate) holder: String,
    pub(crate) since_s: i64,
}

/// All locks, by account and file.
pub(crate) type Locks = Mutex<Table<(String, NodeId), Lock>>;

impl Account {
    pub(crate) fn lock(&self, id: NodeId) -> Option<Lock> {
        locked(&self.circle.locks).get(&(self.id.clone(), id)).cloned()
    }

    /// The keys of files that somebody else has locked.
    pub(crate) fn kept_from_it(&self) -> Vec<String> {
        let of_others = |(id, lock): (NodeId, Lock)| (lock.holder != self.id).then_some(id);
        let ids: Vec<NodeId> = self.locks().into_iter().filter_map(of_others).collect();
        if ids.is_empty() {
            return Vec::new();
        }
        let mut namespace = self.namespace();
        let key = |id| namespace.by_id(id).map(|item| item.lower.to_owned());
        ids.into_iter().filter_map(key).collect()
    }

    fn locks(&self) -> Vec<(NodeId, Lock)> {
        let locks = locked(&self.circle.locks);
        let first = (self.id.clone(), NodeId::ROOT);
        let ours = locks.rows().range(first..).take_while(|((account, _), _)| *account == self.id);
        ours.map(|((_, id), lock)| (*id, lock.clone())).collect()
    }

    /// Locks or unlocks what is at a key, for everybody who has it. Cursors are told.
    pub(crate) fn set_lock(
        self: &Arc<Self>,
        lower: &str,
        lock: Option<&Lock>,
    ) -> Result<(), PerformError> {
        for (account, lower) in self.circle.shared.everywhere(self, lower) {
            account.set_own_lock(&lower, lock)?;
        }
        Ok(())
    }

    /// The same for this account alone.
    pub(crate) fn set_own_lock(
        &self,
        lower: &str,
        lock: Option<&Lock>,
    ) -> Result<(), PerformError> {
        let found = self.namespace().at(lower).map(|item| item.node.clone());
        let Some(node) = found else { return Ok(()) };
        let key = (self.id.clone(), node.id);
        let recorded = match lock {
            Some(lock) => locked(&self.circle.locks).put(key, lock.clone()),
            None => locked(&self.circle.locks).remove(&key).map(|_| ()),
        };
        recorded.map_err(PerformError::Unrecorded)?;
        let mark = node.file().and_then(|file| file.mark);
        self.perform_here(&Operation::Mark { path: lower.to_owned(), mark })
    }

    /// What is said of the locks of this account's files: Dropbox's `FileLockMetadata`.
    pub(crate) fn locks_shown(&self) -> BTreeMap<NodeId, Value> {
        self.locks().iter().map(|(id, lock)| (*id, self.shown(lock))).collect()
    }

    fn shown(&self, lock: &Lock) -> Value {
        let holder = self.circle.shared.account(&lock.holder);
        json!({
            "is_lockholder": lock.holder == self.id,
            "lockholder_name": holder.map(|holder| holder.person.display_name()),
            "lockholder_account_id": lock.holder,
            "created": clock::text(lock.since_s),
        })
    }
}

impl Lock {
    /// Dropbox's `FileLock`; of a file that nobody has locked, too.
    pub(crate) fn described(lock: Option<&Self>) -> Value {
        json!({ "content": match lock {
            None => json!({ ".tag": "unlocked" }),
            Some(lock) => json!({
                ".tag": "single_user",
                "created": clock::text(lock.since_s),
                "lock_holder_account_id": lock.holder,
            }),
        } })
    }
}
