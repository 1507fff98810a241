//! Domains: claiming one, noting what was found there, giving it up. Looking for proofs is somebody
//! else's business.

use crate::error::StoreError;
use crate::ids::TenancyId;
use crate::ledger::Ledger;
use crate::model::change::{Change, ChangeKind};
use crate::model::domains::{Claim, Finding, Step, StepKind};
use crate::store::domains;
use crate::writer::Batch;

/// Nobody guesses it, though nothing would be gained by that.
const TOKEN_BYTES: usize = 16;

/// What a tenancy hears that proved a domain which another one has.
const TAKEN: &str = "The proof is there, but another organisation of this Proofbox has this domain \
    verified. It is free when that one gives it up or its own proof is gone.";

impl Ledger {
    /// Claims a domain, in the spelling of [`Claim::name`]. The same one again changes nothing. `None`
    /// if the tenancy claims another one, which it has to give up first.
    pub async fn claim_domain(
        &self,
        tenancy: TenancyId,
        name: String,
    ) -> Result<Option<Claim>, StoreError> {
        self.write(move |batch| {
            if let Some(claim) = domains::get(batch.db, tenancy)? {
                return Ok((claim.name == name).then_some(claim));
            }
            let token = hex::encode(batch.random.take::<TOKEN_BYTES>()?);
            let claim = Claim::new(name.clone(), token, batch.now);
            domains::insert(batch.db, tenancy, &claim)?;
            note(batch, tenancy, &name, StepKind::Claimed)?;
            Ok(Some(claim))
        })
        .await
    }

    /// The domain that a tenancy claims.
    pub async fn domain(&self, tenancy: TenancyId) -> Result<Option<Claim>, StoreError> {
        self.read(move |db| domains::get(db, tenancy)).await
    }

    /// What became of a tenancy's domains, newest first.
    pub async fn domain_steps(&self, tenancy: TenancyId) -> Result<Vec<Step>, StoreError> {
        self.scan(move |db| domains::steps(db, tenancy)).await
    }

    /// Claims of all tenancies whose proofs are to be looked for by now.
    pub async fn due_domains(&self, limit: u32) -> Result<Vec<(TenancyId, Claim)>, StoreError> {
        let now = self.inner.clock.now();
        self.scan(move |db| domains::due(db, now, limit)).await
    }

    /// Remembers what came of looking for the proof of a claim, and what follows. `None` if the
    /// tenancy has given up that claim meanwhile.
    pub async fn note_domain(
        &self,
        tenancy: TenancyId,
        token: String,
        finding: Finding,
    ) -> Result<Option<Claim>, StoreError> {
        self.write(move |batch| {
            let claim = domains::get(batch.db, tenancy)?.filter(|claim| claim.token == token);
            let Some(claim) = claim else { return Ok(None) };
            let holder = domains::holder(batch.db, &claim.name)?;
            let is_taken = holder.is_some_and(|holder| holder != tenancy);
            let refused = Finding::Missing(TAKEN.to_owned());
            let finding = match &finding {
                Finding::Proved(_) if is_taken => &refused,
                finding => finding,
            };
            let (claim, step) = claim.after(finding, batch.now);
            domains::update(batch.db, tenancy, &claim)?;
            if let Some(kind) = step {
                note(batch, tenancy, &claim.name, kind)?;
            }
            Ok(Some(claim))
        })
        .await
    }

    /// Gives up the domain that a tenancy claims. False if there is none.
    pub async fn release_domain(&self, tenancy: TenancyId) -> Result<bool, StoreError> {
        self.write(move |batch| {
            let Some(claim) = domains::get(batch.db, tenancy)? else { return Ok(false) };
            domains::delete(batch.db, tenancy)?;
            note(batch, tenancy, &claim.name, StepKind::Released)?;
            Ok(true)
        })
        .await
    }
}

fn note(
    batch: &mut Batch<'_>,
    tenancy: TenancyId,
    name: &str,
    kind: StepKind,
) -> Result<(), StoreError> {
    let step = Step { at: batch.now, name: name.to_owned(), kind };
    domains::note(batch.db, tenancy, &step)?;
    batch.changes.push(Change { tenancy, kind: ChangeKind::Tenancy });
    Ok(())
}
