//! A sum over rows that says whether two tables hold the same ones, in any order: the count and
//! the added hashes. It finds damage; it does not withstand somebody who wants two to agree.

use sha2::{Digest, Sha256};

/// The sum over some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) count: u64,
    sum: u128,
}

impl Tally {
    /// Adds a row of two numbers.
    pub(super) fn add_row(&mut self, key: i64, value: i64) {
        let mut hash = Sha256::new();
        hash.update(key.to_be_bytes());
        hash.update(value.to_be_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        let first = hash.first_chunk().copied().unwrap_or_default();
        self.count += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(first));
    }

    /// Adds the rows of another sum.
    pub(super) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
    }
}
