//! Random bytes from the system, fetched a page at a time: a first scan needs 64 per file.

use crate::error::StoreError;

const BUFFER_BYTES: usize = 8_192;

/// A buffered source of random bytes.
pub(crate) struct Randomness {
    buffer: Box<[u8; BUFFER_BYTES]>,
    used: usize,
}

impl Randomness {
    pub(crate) fn new() -> Self {
        Self { buffer: Box::new([0; BUFFER_BYTES]), used: BUFFER_BYTES }
    }

    /// Bytes that nobody else gets; they are overwritten here as they leave.
    pub(crate) fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        if self.used + N > BUFFER_BYTES {
            getrandom::fill(self.buffer.as_mut_slice())
                .map_err(|error| StoreError::Randomness(std::io::Error::other(error)))?;
            self.used = 0;
        }
        let range = self.used..self.used + N;
        self.used += N;
        let bytes = self.buffer.get_mut(range).expect("invariant: used stays within the buffer");
        let mut taken = [0; N];
        taken.copy_from_slice(bytes);
        bytes.fill(0);
        Ok(taken)
    }
}
