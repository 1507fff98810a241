//! The domain of a tenancy: claiming it, how to prove it, looking for the proof, giving it up, and
//! what became of it.

use axum::{Json, extract::State as Shared};
use http::StatusCode;
use ledger::{
    TenancyId,
    domains::{Claim, Proof, Standing, Step, StepKind},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    State,
    archivist::{Nothing, rfc3339},
    caller::{Access, Caller},
    domains::{Challenge, look, parsed},
    error::Error,
    query::{Body, Strict},
    routes::Routes,
};

const ANOTHER_IS_CLAIMED: Error = Error::Protocol {
    status: StatusCode::CONFLICT,
    code: "domain_claimed",
    message: "You claim another domain. Give that one up first; it is shown no longer then.",
};
const NOTHING_IS_CLAIMED: Error = Error::Protocol {
    status: StatusCode::CONFLICT,
    code: "no_domain",
    message: "You claim no domain. Claim one first.",
};

pub(super) fn routes(routes: Routes) -> Routes {
    const DOMAIN: &str = "/api/domain";
    let manager = Access::Manager;
    routes
        .get(DOMAIN, Access::Reader, "Read about your domain", read)
        .put(DOMAIN, manager, "Claim a domain", claim)
        .delete(DOMAIN, manager, "Give up your domain", release)
        .post("/api/domain/check", manager, "Look for the proof of your domain", check)
}

/// A domain to be claimed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DomainToClaim")]
pub(crate) struct ToClaim {
    /// Such as `example.org`.
    name: String,
}

/// The domain that a tenancy claims, and what became of those it claimed.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OwnDomain")]
pub(crate) struct DomainBody {
    /// Null if none is claimed.
    domain: Option<ClaimBody>,
    /// Newest first, the last hundred steps.
    history: Vec<StepBody>,
}

/// A domain that a tenancy claims.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Domain")]
struct ClaimBody {
    /// As the DNS has it: international names in their ASCII form.
    name: String,
    state: DomainState,
    /// Since when it is in this state.
    since: String,
    /// What it was proved by last; null unless it is verified.
    proof: Option<DomainProof>,
    challenge: ChallengeBody,
    claimed_at: String,
    /// When its proof was looked for last; null if it never was.
    checked_at: Option<String>,
    /// Why it was not found then, in sentences; empty if it was.
    problem: String,
    /// When it is looked for next; null if that happens only when you ask.
    next_check: Option<String>,
    /// When it lapses unless its proof is found before; null unless it is missing now.
    lapses_at: Option<String>,
}

/// What proves a domain: this text in the record, or as a line of the file.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DomainChallenge")]
struct ChallengeBody {
    /// The name of the TXT record.
    record: String,
    /// The address of the file.
    file: String,
    text: String,
}

/// What is known of a domain.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DomainState {
    /// It was never proved.
    Claimed,
    /// It is shown to everybody.
    Verified,
    /// Its proof is gone for too long, and it is shown no longer.
    Lapsed,
}

/// What proved a domain.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DomainProof {
    /// The TXT record.
    Dns,
    /// The file on its web server.
    File,
}

/// What became of a domain.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DomainStep")]
struct StepBody {
    at: String,
    name: String,
    what: DomainStepKind,
    /// What proved it; null unless it was verified.
    proof: Option<DomainProof>,
    /// Why it lapsed; empty unless it did.
    problem: String,
}

#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DomainStepKind {
    Claimed,
    Verified,
    Lapsed,
    /// It was given up.
    Released,
}

async fn read(
    Shared(state): Shared<State>,
    caller: Caller,
    Strict(Nothing {}): Strict<Nothing>,
) -> Result<Json<DomainBody>, Error> {
    shown(&state, caller.tenancy()).await
}

async fn claim(
    Shared(state): Shared<State>,
    caller: Caller,
    Body(to_claim): Body<ToClaim>,
) -> Result<Json<DomainBody>, Error> {
    let (name, tenancy) = (parsed(&to_claim.name)?, caller.tenancy());
    let claimed = state.ledger.claim_domain(tenancy, name).await?;
    let claim = claimed.ok_or(ANOTHER_IS_CLAIMED)?;
    tracing::info!(tenancy.id = %tenancy, domain = claim.name, "A domain is claimed");
    shown(&state, tenancy).await
}

async fn release(Shared(state): Shared<State>, caller: Caller) -> Result<Json<DomainBody>, Error> {
    let was_there = state.ledger.release_domain(caller.tenancy()).await?;
    if !was_there {
        return Err(NOTHING_IS_CLAIMED);
    }
    shown(&state, caller.tenancy()).await
}

async fn check(Shared(state): Shared<State>, caller: Caller) -> Result<Json<DomainBody>, Error> {
    let tenancy = caller.tenancy();
    let claim = state.ledger.domain(tenancy).await?.ok_or(NOTHING_IS_CLAIMED)?;
    state.limits.domains.take(tenancy)?;
    look(&state, tenancy, &claim).await?;
    shown(&state, tenancy).await
}

async fn shown(state: &State, tenancy: TenancyId) -> Result<Json<DomainBody>, Error> {
    let claim = state.ledger.domain(tenancy).await?;
    let steps = state.ledger.domain_steps(tenancy).await?;
    Ok(Json(DomainBody {
        domain: claim.map(ClaimBody::from),
        history: steps.into_iter().map(StepBody::from).collect(),
    }))
}

impl From<Claim> for ClaimBody {
    fn from(claim: Claim) -> Self {
        let Challenge { record, file, text } = Challenge::of(&claim);
        let lapses_at = claim.lapses_at().map(rfc3339);
        let (state, since, proof) = match claim.standing {
            Standing::Claimed => (DomainState::Claimed, claim.claimed_at, None),
            Standing::Verified { since, proof, .. } => {
                (DomainState::Verified, since, Some(proof.into()))
            }
            Standing::Lapsed { since } => (DomainState::Lapsed, since, None),
        };
        let check = claim.last_check;
        Self {
            name: claim.name,
            state,
            since: rfc3339(since),
            proof,
            challenge: ChallengeBody { record, file, text },
            claimed_at: rfc3339(claim.claimed_at),
            checked_at: check.as_ref().map(|check| rfc3339(check.at)),
            problem: check.map(|check| check.problem).unwrap_or_default(),
            next_check: claim.next_check.map(rfc3339),
            lapses_at,
        }
    }
}

impl From<Proof> for DomainProof {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Dns => Self::Dns,
            Proof::File => Self::File,
        }
    }
}

impl From<Step> for StepBody {
    fn from(Step { at, name, kind }: Step) -> Self {
        let (what, proof, problem) = match kind {
            StepKind::Claimed => (DomainStepKind::Claimed, None, String::new()),
            StepKind::Verified(proof) => {
                (DomainStepKind::Verified, Some(proof.into()), String::new())
            }
            StepKind::Lapsed(problem) => (DomainStepKind::Lapsed, None, problem),
            StepKind::Released => (DomainStepKind::Released, None, String::new()),
        };
        Self { at: rfc3339(at), name, what, proof, problem }
    }
}
