use super::Bench;
use crate::domains::{Claim, Finding, Proof, StepKind};
use crate::{Ledger, TenancyId};

const HOUR_MS: i64 = 3_600_000;

fn missing() -> Finding {
    Finding::Missing("There is no such record.".to_owned())
}

async fn claim(ledger: &Ledger, tenancy: TenancyId) -> Claim {
    ledger.claim_domain(tenancy, "example.org".to_owned()).await.unwrap().unwrap()
}

async fn note(ledger: &Ledger, tenancy: TenancyId, finding: Finding) -> Claim {
    let claim = ledger.domain(tenancy).await.unwrap().unwrap();
    ledger.note_domain(tenancy, claim.token, finding).await.unwrap().unwrap()
}

async fn shown(ledger: &Ledger, tenancy: TenancyId) -> Option<String> {
    ledger.tenancy(tenancy).await.unwrap().unwrap().verified_domain
}

#[tokio::test]
async fn domain_is_shown_while_it_is_verified_and_its_history_is_kept() {
    let bench = Bench::new().await;
    let (ledger, tenancy) = (&bench.ledger, bench.tenancy);
    assert_eq!(ledger.domain(tenancy).await.unwrap(), None);
    let claimed = claim(ledger, tenancy).await;
    assert_eq!(claim(ledger, tenancy).await, claimed, "claiming it again changes nothing");
    let other = ledger.claim_domain(tenancy, "example.com".to_owned()).await.unwrap();
    assert_eq!(other, None);
    assert_eq!(shown(ledger, tenancy).await, None);
    note(ledger, tenancy, Finding::Proved(Proof::File)).await;
    assert_eq!(shown(ledger, tenancy).await.unwrap(), "example.org");
    note(ledger, tenancy, missing()).await;
    assert_eq!(shown(ledger, tenancy).await.unwrap(), "example.org", "once is not enough");
    bench.pass(72 * HOUR_MS);
    let bench = bench.reopen().await;
    let ledger = &bench.ledger;
    note(ledger, tenancy, missing()).await;
    assert_eq!(shown(ledger, tenancy).await, None);
    note(ledger, tenancy, Finding::Proved(Proof::Dns)).await;
    assert_eq!(shown(ledger, tenancy).await.unwrap(), "example.org");
    assert!(ledger.release_domain(tenancy).await.unwrap());
    assert!(!ledger.release_domain(tenancy).await.unwrap());
    assert_eq!(shown(ledger, tenancy).await, None);
    let late = ledger.note_domain(tenancy, claimed.token, Finding::Proved(Proof::Dns)).await;
    assert_eq!(late.unwrap(), None, "what was found too late proves nothing");
    let steps = ledger.domain_steps(tenancy).await.unwrap();
    let kinds: Vec<_> = steps.into_iter().rev().map(|step| step.kind).collect();
    let lapsed = StepKind::Lapsed("There is no such record.".to_owned());
    let (first, second) = (StepKind::Verified(Proof::File), StepKind::Verified(Proof::Dns));
    assert_eq!(kinds, [StepKind::Claimed, first, lapsed, second, StepKind::Released]);
}

#[tokio::test]
async fn one_domain_is_verified_by_one_tenancy_at_a_time() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let other = ledger.create_tenancy("Others".to_owned()).await.unwrap().tenancy;
    let (ours, theirs) = (claim(ledger, bench.tenancy).await, claim(ledger, other).await);
    assert_ne!(ours.token, theirs.token);
    note(ledger, bench.tenancy, Finding::Proved(Proof::Dns)).await;
    let refused = note(ledger, other, Finding::Proved(Proof::Dns)).await;
    assert!(!refused.is_verified());
    assert!(refused.last_check.unwrap().problem.contains("another organisation"));
    assert_eq!(shown(ledger, other).await, None);
    ledger.release_domain(bench.tenancy).await.unwrap();
    assert!(note(ledger, other, Finding::Proved(Proof::Dns)).await.is_verified());
}

#[tokio::test]
async fn claims_are_due_when_their_time_has_come() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    claim(ledger, bench.tenancy).await;
    assert_eq!(ledger.due_domains(10).await.unwrap(), []);
    bench.pass(HOUR_MS);
    let due = ledger.due_domains(10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].0, bench.tenancy);
    note(ledger, bench.tenancy, Finding::Proved(Proof::Dns)).await;
    bench.pass(23 * HOUR_MS);
    assert_eq!(ledger.due_domains(10).await.unwrap(), []);
    bench.pass(HOUR_MS);
    assert_eq!(ledger.due_domains(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn words_of_a_lookup_name_the_domain_only_while_it_holds() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let committed = bench.commit(vec![super::bench::file("id:a", "/a", "r1", "one")]).await;
    let asset = committed.events[0].asset;
    claim(ledger, bench.tenancy).await;
    let publisher = async || ledger.public_asset(asset).await.unwrap().unwrap().1;
    assert_eq!(publisher().await.verified_domain, None);
    note(ledger, bench.tenancy, Finding::Proved(Proof::Dns)).await;
    assert_eq!(publisher().await.verified_domain.unwrap(), "example.org");
    ledger.release_domain(bench.tenancy).await.unwrap();
    assert_eq!(publisher().await.verified_domain, None);
}
