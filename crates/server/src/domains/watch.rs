//! Looking again by itself: for claims that wait for their first proof, and at verified domains,
//! which stay verified only while their proof is there.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use ledger::{TenancyId, domains::Claim};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    State,
    error::{Error, chain},
};

/// How often it is looked whether a claim is due.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How many claims are looked at in one go; the others are due the next time.
const CLAIMS_MAX: u32 = 100;
/// How many at the same time.
const LOOKS_MAX: usize = 4;

/// Looks until the server stops.
pub(crate) async fn run(state: State) {
    state.closing.clone().run_until_cancelled(forever(state)).await;
}

async fn forever(state: State) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        looks.tick().await;
        match state.ledger.due_domains(CLAIMS_MAX).await {
            Ok(due) => look_at(&state, due).await,
            Err(error) => {
                tracing::warn!(error.chain = %chain(&error), "Domains could not be read");
            }
        }
    }
}

async fn look_at(state: &State, due: Vec<(TenancyId, Claim)>) {
    let looks = stream::iter(due).for_each_concurrent(LOOKS_MAX, |(tenancy, claim)| async move {
        if let Err(error) = look(state, tenancy, &claim).await {
            tracing::warn!(error.chain = %chain(&error), "A domain could not be noted");
        }
    });
    looks.await;
}

/// Looks for the proof of a claim once. `None` if it was given up meanwhile.
pub(crate) async fn look(
    state: &State,
    tenancy: TenancyId,
    claim: &Claim,
) -> Result<Option<Claim>, Error> {
    let finding = state.prover.look(claim).await;
    let noted = state.ledger.note_domain(tenancy, claim.token.clone(), finding).await?;
    if let Some(noted) = &noted
        && noted.is_verified() != claim.is_verified()
    {
        let (domain, is_verified) = (&noted.name, noted.is_verified());
        tracing::info!(tenancy.id = %tenancy, domain, is_verified, "A domain changed");
    }
    Ok(noted)
}
