//! Members of a tenancy: the people who belong to it, and those who are invited.

use jiff::Timestamp;

use super::access::{Role, User};
use crate::error::StoreError;
use crate::ids::{InvitationId, TenancyId};

/// The most members of a tenancy, open invitations included. Those who were removed do not count.
pub const MEMBERS_MAX: u64 = 1_000;

/// Somebody who belongs to a tenancy, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who it is.
    pub user: User,
    /// Whether the member may come in. One that was removed stays known, because events name it.
    pub is_active: bool,
}

/// Which members are meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemberState {
    /// Those who may come in.
    #[default]
    Active,
    /// Those who were removed.
    Inactive,
    /// All of them.
    Both,
}

impl MemberState {
    pub(crate) fn includes(self, member: &Member) -> bool {
        match self {
            Self::Active => member.is_active,
            Self::Inactive => !member.is_active,
            Self::Both => true,
        }
    }
}

/// Somebody to invite.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// What the member is going to be called.
    pub name: String,
    /// The member's address.
    pub email: String,
    /// A word to the one who is invited; may be empty.
    pub message: String,
    /// What the member is going to be allowed.
    pub role: Role,
}

/// An invitation that nobody has accepted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its identity.
    pub id: InvitationId,
    /// To which tenancy.
    pub tenancy: TenancyId,
    /// What the member is going to be called.
    pub name: String,
    /// The member's address.
    pub email: String,
    /// A word to the one who is invited; may be empty.
    pub message: String,
    /// What the member is going to be allowed.
    pub role: Role,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// Why a member was not changed. Nothing was then.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// The tenancy has no such member.
    #[error("the tenancy has no such member")]
    Unknown,
    /// Nobody would be left to manage the tenancy.
    #[error("this is the last administrator of the tenancy")]
    LastAdministrator,
    /// The tenancy has as many members as it may.
    #[error("the tenancy has {MEMBERS_MAX} members and open invitations")]
    Full,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
