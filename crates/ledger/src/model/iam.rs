//! Access policies and subjects as the store knows them: bodies in JSON, under an identity.

use crate::ids::IamId;

/// The most access policies, and the most subjects, of a tenancy.
pub const IAM_ITEMS_MAX: usize = 1_000;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IamKind {
    /// Who may see which private assets.
    AccessPolicy,
    /// Another tenancy as one knows it.
    Subject,
}

/// An access policy or a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamItem {
    /// Its place in the order in which they were made.
    pub place: u64,
    /// Its identity.
    pub id: IamId,
    /// What it says, as JSON.
    pub body: String,
}
