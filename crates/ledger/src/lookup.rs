//! Provisional.
/// One record of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupRecord {
    /// Which record of the bucket is about a content: bytes 8 to 16 of its lookup id.
    pub tag: [u8; 8],
    /// Nonce and sealed answer.
    pub body: Vec<u8>,
}
