//! Answers to writes that came with a key of their caller's own, for the writes that do not remember
//! in their own transaction what they made.

use std::sync::Arc;

use crate::error::StoreError;
use crate::ids::TenancyId;
use crate::ledger::Ledger;
use crate::model::registered::{Answer, Answered, OnceKey};
use crate::store::{answers, registered};

impl Ledger {
    /// What was answered to a request with this key within a day.
    pub async fn answered(&self, tenancy: TenancyId, key: OnceKey) -> Result<Answered, StoreError> {
        let (vault, now) = (Arc::clone(&self.inner.vault), self.inner.clock.now());
        self.read(move |db| match registered::tenancy_row(db, tenancy)? {
            Some(row) => answers::get(db, &vault, row, &key, now),
            None => Ok(Answered::Nothing),
        })
        .await
    }

    /// Keeps for a day what was answered to a request.
    pub async fn keep_answer(
        &self,
        tenancy: TenancyId,
        key: OnceKey,
        answer: Answer,
    ) -> Result<(), StoreError> {
        self.write(move |batch| match registered::tenancy_row(batch.db, tenancy)? {
            Some(row) => answers::insert(batch.db, batch.vault, row, &key, &answer, batch.now),
            None => Ok(()),
        })
        .await
    }
}
