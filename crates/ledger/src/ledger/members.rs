//! Members of a tenancy: inviting, promoting, removing.

use secrecy::SecretString;

use crate::error::StoreError;
use crate::ids::{InvitationId, TenancyId, UserId, random_uuid};
use crate::ledger::Ledger;
use crate::model::access::{Role, User};
use crate::model::change::{Change, ChangeKind};
use crate::model::members::{
    Invitation, MEMBERS_MAX, Member, MemberError, MemberState, NewInvitation,
};
use crate::model::registered::{OnceKey, RegisterError};
use crate::registry::{made_before, remember, tenancy_row};
use crate::store::{access, members};
use crate::writer::Batch;

impl Ledger {
    /// A tenancy's members in the order in which they came, each with its place in it.
    pub async fn members(
        &self,
        tenancy: TenancyId,
        state: MemberState,
    ) -> Result<Vec<(u64, Member)>, StoreError> {
        self.scan(move |db| members::list(db, tenancy, state)).await
    }

    /// One of a tenancy's members, removed or not.
    pub async fn member(
        &self,
        tenancy: TenancyId,
        id: UserId,
    ) -> Result<Option<Member>, StoreError> {
        self.read(move |db| members::get(db, tenancy, id)).await
    }

    /// Gives an active member another role. Somebody must be left to manage the tenancy.
    pub async fn set_member_role(
        &self,
        tenancy: TenancyId,
        id: UserId,
        role: Role,
    ) -> Result<Member, MemberError> {
        self.change_member(tenancy, id, move |batch, member| {
            if !member.is_active {
                return Err(MemberError::Unknown);
            }
            if role == Role::Member {
                check_not_last(batch, tenancy, member)?;
            }
            Ok(members::set_role(batch.db, id, role)?)
        })
        .await
    }

    /// Removes a member: its sessions and sign-in links end at once, and so does its role. Somebody must
    /// be left to manage the tenancy. Asked for again, it is as removed.
    pub async fn deactivate_member(
        &self,
        tenancy: TenancyId,
        id: UserId,
    ) -> Result<Member, MemberError> {
        self.change_member(tenancy, id, move |batch, member| {
            if !member.is_active {
                return Ok(());
            }
            check_not_last(batch, tenancy, member)?;
            Ok(members::deactivate(batch.db, id, batch.now)?)
        })
        .await
    }

    /// Lets a member that was removed come in again, to look.
    pub async fn activate_member(
        &self,
        tenancy: TenancyId,
        id: UserId,
    ) -> Result<Member, MemberError> {
        self.change_member(tenancy, id, move |batch, member| {
            if member.is_active {
                return Ok(());
            }
            check_room(batch, tenancy)?;
            Ok(members::activate(batch.db, id)?)
        })
        .await
    }

    async fn change_member(
        &self,
        tenancy: TenancyId,
        id: UserId,
        change: impl Fn(&Batch<'_>, &Member) -> Result<(), MemberError> + Send + 'static,
    ) -> Result<Member, MemberError> {
        self.write(move |batch| {
            let member = members::get(batch.db, tenancy, id)?.ok_or(MemberError::Unknown)?;
            change(batch, &member)?;
            batch.changes.push(Change { tenancy, kind: ChangeKind::Tenancy });
            members::get(batch.db, tenancy, id)?.ok_or(MemberError::Unknown)
        })
        .await
    }

    /// Invites somebody, for a week; gives the token of the link. A request that is repeated with its
    /// key gives the invitation without its token.
    pub async fn invite(
        &self,
        tenancy: TenancyId,
        new: NewInvitation,
        once: Option<OnceKey>,
    ) -> Result<(Invitation, Option<SecretString>), RegisterError> {
        self.write(move |batch| {
            let (row, now) = (tenancy_row(batch, tenancy)?, batch.now);
            let once = once.map(|key| (row, key));
            if let Some([id]) = made_before(batch, once)? {
                let id = InvitationId::from_bytes(id);
                let invitation = members::invitation(batch.db, tenancy, id, now)?;
                return Ok((invitation.ok_or(RegisterError::KeyReused)?, None));
            }
            check_room(batch, tenancy).map_err(|error| match error {
                MemberError::Store(error) => RegisterError::Store(error),
                _ => RegisterError::Full("the tenancy has 1,000 members and open invitations"),
            })?;
            let id = InvitationId::from_bytes(random_uuid(batch.random.take()?));
            let token = members::invite(batch.db, tenancy, id, &new, now)?;
            remember(batch, once, &[id.as_bytes()])?;
            let missing = || StoreError::Damaged("an invitation is missing".to_owned());
            let invitation = members::invitation(batch.db, tenancy, id, now)?;
            Ok((invitation.ok_or_else(missing)?, Some(token)))
        })
        .await
    }

    /// A tenancy's open invitations, each with its place in the order in which they were made.
    pub async fn invitations(
        &self,
        tenancy: TenancyId,
    ) -> Result<Vec<(u64, Invitation)>, StoreError> {
        let now = self.inner.clock.now();
        self.scan(move |db| members::invitations(db, tenancy, now)).await
    }

    /// One of a tenancy's open invitations.
    pub async fn invitation(
        &self,
        tenancy: TenancyId,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        let now = self.inner.clock.now();
        self.read(move |db| members::invitation(db, tenancy, id, now)).await
    }

    /// Takes an invitation back; `false` if the tenancy has no such one.
    pub async fn delete_invitation(
        &self,
        tenancy: TenancyId,
        id: InvitationId,
    ) -> Result<bool, StoreError> {
        self.write(move |batch| {
            let is_there = members::invitation(batch.db, tenancy, id, batch.now)?.is_some();
            if is_there {
                members::delete_invitation(batch.db, id)?;
            }
            Ok(is_there)
        })
        .await
    }

    /// The open invitation that a link leads to. Looking uses nothing up.
    pub async fn invitation_of_token(&self, token: &str) -> Result<Option<Invitation>, StoreError> {
        let (token, now) = (token.to_owned(), self.inner.clock.now());
        self.read(move |db| members::invitation_of(db, &token, now)).await
    }

    /// Uses up the token of an invitation, and gives the member that it made. `None` if it is unknown,
    /// used, taken back or too old.
    pub async fn accept_invitation(&self, token: &str) -> Result<Option<User>, StoreError> {
        let token = token.to_owned();
        self.write(move |batch| {
            let found = members::invitation_of(batch.db, &token, batch.now)?;
            let Some(Invitation { id, tenancy, name, email, role, .. }) = found else {
                return Ok(None);
            };
            members::delete_invitation(batch.db, id)?;
            let user = UserId::from_bytes(random_uuid(batch.random.take()?));
            access::create_user(batch.db, user, tenancy, (&name, &email), role)?;
            batch.changes.push(Change { tenancy, kind: ChangeKind::Tenancy });
            access::user(batch.db, user)
        })
        .await
    }
}

/// Refuses what would leave nobody to manage the tenancy.
fn check_not_last(
    batch: &Batch<'_>,
    tenancy: TenancyId,
    member: &Member,
) -> Result<(), MemberError> {
    let is_last = member.user.role == Role::Administrator
        && members::count_administrators(batch.db, tenancy)? <= 1;
    if is_last { Err(MemberError::LastAdministrator) } else { Ok(()) }
}

fn check_room(batch: &Batch<'_>, tenancy: TenancyId) -> Result<(), MemberError> {
    let active = members::list(batch.db, tenancy, MemberState::Active)?.len() as u64;
    let invited = members::invitations(batch.db, tenancy, batch.now)?.len() as u64;
    if active + invited >= MEMBERS_MAX { Err(MemberError::Full) } else { Ok(()) }
}
