//! What other tenancies share with the caller's, and an asset as the caller sees it.
//!
//! A tenancy's policies count for another one while both name each other by subjects, and for the
//! subjects that name it there. All of it is read anew for every request, so that what is taken back is
//! closed from the next one on.

use std::collections::BTreeSet;

use ledger::{
    Asset, AssetId, FullEvent, IamItem, IamKind, PrivateFields, Seen, Shares, TenancyId, User,
};

use super::{asset::AssetBody, iam::Kept, policies::Policy, subjects::Subject};
use crate::{State, caller::Caller, error::Error};

/// Everything that others share with a tenancy. A tenancy that names nobody costs one question.
pub(super) async fn shares(state: &State, tenancy: TenancyId) -> Result<Shares, Error> {
    let mut shares = Shares::default();
    for partner in partners(state, tenancy).await? {
        let names_us = subjects_naming(state, partner, tenancy).await?;
        if names_us.is_empty() {
            continue;
        }
        for IamItem { id, body, .. } in
            state.ledger.iam_items(partner, IamKind::AccessPolicy).await?
        {
            match Policy::read(&body)?.shares(partner, &names_us) {
                Ok(found) => shares.0.extend(found),
                // Whoever it names can do nothing about it, and must not lose all else by it.
                Err(error) => tracing::warn!(policy.id = %id, %error, "A policy cannot be read"),
            }
        }
    }
    Ok(shares)
}

/// What the policies of a member's own tenancy let the member record.
pub(super) async fn shares_of_member(state: &State, member: &User) -> Result<Shares, Error> {
    let mut shares = Shares::default();
    for IamItem { body, .. } in
        state.ledger.iam_items(member.tenancy, IamKind::AccessPolicy).await?
    {
        shares.0.extend(Policy::read(&body)?.of_member(member)?);
    }
    Ok(shares)
}

/// The tenancies that this one names.
async fn partners(state: &State, tenancy: TenancyId) -> Result<BTreeSet<TenancyId>, Error> {
    let mut partners = BTreeSet::new();
    for IamItem { body, .. } in state.ledger.iam_items(tenancy, IamKind::Subject).await? {
        partners.extend(Subject::read(&body)?.names());
    }
    partners.remove(&tenancy);
    Ok(partners)
}

/// The identities of a tenancy's subjects that name another one.
async fn subjects_naming(
    state: &State,
    tenancy: TenancyId,
    other: TenancyId,
) -> Result<BTreeSet<String>, Error> {
    let mut naming = BTreeSet::new();
    for IamItem { id, body, .. } in state.ledger.iam_items(tenancy, IamKind::Subject).await? {
        if Subject::read(&body)?.names() == Some(other) {
            naming.insert(format!("subjects/{id}"));
        }
    }
    Ok(naming)
}

/// An asset as the caller sees it.
pub(super) struct Sight {
    /// The whole asset, whose history may still be asked for.
    whole: Asset,
    /// Of the caller's own: what nobody else sees.
    private: Option<PrivateFields>,
    /// Of another tenancy's: what is seen of it.
    pub(super) seen: Option<Seen>,
}

impl Sight {
    /// An asset that is the caller's, or that another tenancy shares with the caller's.
    pub(super) async fn of(state: &State, caller: &Caller, id: AssetId) -> Result<Self, Error> {
        let tenancy = caller.tenancy();
        if let Some((whole, private)) = state.ledger.asset(tenancy, id).await? {
            return Ok(Self { whole, private: Some(private), seen: None });
        }
        let shares = shares(state, tenancy).await?;
        let found = state.ledger.shared_asset(tenancy, shares, id).await?;
        let (whole, seen) = found.ok_or(Error::NotFound)?;
        Ok(Self { whole, private: None, seen: Some(seen) })
    }

    /// A public asset, as everybody sees it.
    pub(super) fn of_everybody(whole: Asset) -> Self {
        Self { whole, private: None, seen: None }
    }

    /// Whose asset it is.
    pub(super) fn owner(&self) -> TenancyId {
        self.whole.tenancy
    }

    /// The asset with what the caller sees of it.
    pub(super) fn asset(&self) -> Asset {
        let whole = self.whole.clone();
        match &self.seen {
            Some(seen) => seen.asset(whole),
            None => whole,
        }
    }

    /// The asset as it was, with what the caller sees of it now.
    pub(super) async fn at(self, state: &State, at_time: Option<&str>) -> Result<Self, Error> {
        let whole = super::owner::as_of(state, self.whole, at_time).await?;
        Ok(Self { whole, ..self })
    }

    /// An event of the asset with what the caller sees of it.
    pub(super) fn event(&self, full: FullEvent) -> Option<FullEvent> {
        match &self.seen {
            Some(seen) => seen.event(full),
            None => Some(full),
        }
    }

    /// The asset in the published shape.
    pub(super) fn body(self) -> AssetBody {
        let asset = self.asset();
        match self.private {
            Some(private) => AssetBody::owner(&asset, Some(private)),
            None => AssetBody::partner(&asset),
        }
    }
}
