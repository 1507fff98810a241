//! Domains that tenancies claim: where a claim stands, and what follows from looking for its proof.
//!
//! ```text
//!            proved                missed for three days
//!  claimed ─────────► verified ───────────────────────► lapsed
//!                        ▲                                │
//!                        └────────────── proved ──────────┘
//! ```
//!
//! Pure: who looks, where and when is somebody else's business.

use std::time::Duration;

use jiff::Timestamp;

/// How much of a tenancy's history of domains is read at once.
pub const DOMAIN_STEPS_MAX: u32 = 100;
/// How much of what went wrong is kept.
pub(crate) const PROBLEM_CHARS_MAX: usize = 500;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// How long a verified domain stays verified while its proof is not found.
pub const GRACE: Duration = Duration::from_hours(3 * 24);
/// How long a claim is looked after before its first proof.
pub const CLAIM_WATCHED: Duration = Duration::from_hours(7 * 24);
/// How long a lapsed domain is looked after.
pub const LAPSED_WATCHED: Duration = Duration::from_hours(30 * 24);

/// A domain that a tenancy says is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The domain as the DNS has it: ASCII, lower case, no dot at the end.
    pub name: String,
    /// What has to be found there. No secret: whoever looks finds it.
    pub token: String,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// What is known of it.
    pub standing: Standing,
    /// When its proof was looked for last, and what came of it.
    pub last_check: Option<Check>,
    /// When it is looked for next by itself.
    pub next_check: Option<Timestamp>,
}

/// What is known of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was never proved.
    Claimed,
    /// It is proved, and shown to everybody.
    Verified {
        /// Since when.
        since: Timestamp,
        /// By what.
        proof: Proof,
        /// Since when the proof is not found, if it is not.
        missed_since: Option<Timestamp>,
    },
    /// It was proved, and its proof has been gone for too long.
    Lapsed {
        /// Since when.
        since: Timestamp,
    },
}

/// Where a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// In a TXT record.
    Dns,
    /// In a file on the domain's web server.
    File,
}

/// One look for a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// When.
    pub at: Timestamp,
    /// Why it was not found, in sentences; empty if it was.
    pub problem: String,
}

/// What came of looking for a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It is there.
    Proved(Proof),
    /// It is not, and why.
    Missing(String),
}

/// What became of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// The tenancy said that it is its own.
    Claimed,
    /// A proof was found.
    Verified(Proof),
    /// The proof was gone for too long, and why.
    Lapsed(String),
    /// The tenancy gave it up.
    Released,
}

/// One step of a tenancy's history of domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// The domain.
    pub name: String,
    /// What became of it.
    pub kind: StepKind,
}

impl Claim {
    /// A claim without a proof yet, which is looked for at once.
    pub(crate) fn new(name: String, token: String, now: Timestamp) -> Self {
        Self {
            name,
            token,
            claimed_at: now,
            standing: Standing::Claimed,
            last_check: None,
            next_check: Some(now + HOUR),
        }
    }

    /// Whether everybody is shown the domain.
    pub fn is_verified(&self) -> bool {
        self.verified_since().is_some()
    }

    /// Since when everybody is shown the domain.
    pub fn verified_since(&self) -> Option<Timestamp> {
        match self.standing {
            Standing::Verified { since, .. } => Some(since),
            Standing::Claimed | Standing::Lapsed { .. } => None,
        }
    }

    /// When it lapses, if its proof does not come back before.
    pub fn lapses_at(&self) -> Option<Timestamp> {
        match self.standing {
            Standing::Verified { missed_since: Some(since), .. } => Some(since + GRACE),
            _ => None,
        }
    }

    /// The claim after somebody looked, and the step of its history, if it is one.
    pub(crate) fn after(&self, finding: &Finding, now: Timestamp) -> (Self, Option<StepKind>) {
        let (standing, step) = match finding {
            Finding::Proved(proof) => self.standing.proved(*proof, now),
            Finding::Missing(problem) => self.standing.missed(problem, now),
        };
        let problem = match finding {
            Finding::Proved(_) => String::new(),
            Finding::Missing(problem) => problem.chars().take(PROBLEM_CHARS_MAX).collect(),
        };
        let last_check = Some(Check { at: now, problem });
        let next_check = standing.next_check(self.claimed_at, now);
        (Self { standing, last_check, next_check, ..self.clone() }, step)
    }
}

impl Standing {
    fn proved(self, proof: Proof, now: Timestamp) -> (Self, Option<StepKind>) {
        match self {
            Self::Verified { since, .. } => {
                (Self::Verified { since, proof, missed_since: None }, None)
            }
            Self::Claimed | Self::Lapsed { .. } => {
                let verified = Self::Verified { since: now, proof, missed_since: None };
                (verified, Some(StepKind::Verified(proof)))
            }
        }
    }

    fn missed(self, problem: &str, now: Timestamp) -> (Self, Option<StepKind>) {
        let Self::Verified { since, proof, missed_since } = self else { return (self, None) };
        let missed = missed_since.unwrap_or(now);
        if now >= missed + GRACE {
            return (Self::Lapsed { since: now }, Some(StepKind::Lapsed(problem.to_owned())));
        }
        (Self::Verified { since, proof, missed_since: Some(missed) }, None)
    }

    /// Once a day where all is well, every hour where an owner waits, and no more where nobody does.
    fn next_check(self, claimed_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Verified { missed_since: None, .. } => Some(now + DAY),
            Self::Verified { .. } => Some(now + HOUR),
            Self::Claimed => (now < claimed_at + CLAIM_WATCHED).then(|| now + HOUR),
            Self::Lapsed { since } => (now < since + LAPSED_WATCHED).then(|| now + DAY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn claim() -> Claim {
        Claim::new("example.org".to_owned(), "token".to_owned(), START)
    }

    fn missing() -> Finding {
        Finding::Missing("There is no such record.".to_owned())
    }

    fn after(claim: &Claim, finding: &Finding, hours: u64) -> (Claim, Option<StepKind>) {
        claim.after(finding, START + Duration::from_hours(hours))
    }

    #[test]
    fn one_failed_look_takes_nothing_away_and_three_days_of_them_do() {
        let (mut now, step) = after(&claim(), &Finding::Proved(Proof::Dns), 1);
        assert_eq!(step, Some(StepKind::Verified(Proof::Dns)));
        assert_eq!(now.next_check, Some(START + DAY + HOUR));
        for hour in 25..25 + 72 {
            let step;
            (now, step) = after(&now, &missing(), hour);
            assert!(now.is_verified() && step.is_none(), "{hour}");
            assert_eq!(now.lapses_at(), Some(START + 4 * DAY + HOUR));
            assert_eq!(now.next_check, now.last_check.as_ref().map(|check| check.at + HOUR));
        }
        let (lapsed, step) = after(&now, &missing(), 25 + 72);
        assert_eq!(step, Some(StepKind::Lapsed("There is no such record.".to_owned())));
        assert!(!lapsed.is_verified());
        let (again, step) = after(&lapsed, &Finding::Proved(Proof::File), 200);
        assert_eq!(step, Some(StepKind::Verified(Proof::File)));
        assert!(again.is_verified());
    }

    #[test]
    fn proof_that_comes_back_in_time_keeps_the_day_since_when_it_was_verified() {
        let (verified, _) = after(&claim(), &Finding::Proved(Proof::Dns), 0);
        let (missed, _) = after(&verified, &missing(), 24);
        let (back, step) = after(&missed, &Finding::Proved(Proof::File), 48);
        let standing = Standing::Verified { since: START, proof: Proof::File, missed_since: None };
        assert_eq!((back.standing, step), (standing, None));
    }

    #[test]
    fn nobody_looks_for_ever_for_what_never_comes() {
        let (waiting, step) = after(&claim(), &missing(), 1);
        assert_eq!((waiting.standing, step), (Standing::Claimed, None));
        assert_eq!(waiting.next_check, Some(START + 2 * HOUR));
        let (given_up, _) = after(&waiting, &missing(), 7 * 24);
        assert_eq!(given_up.next_check, None);
        let lapsed = Claim { standing: Standing::Lapsed { since: START }, ..claim() };
        assert!(after(&lapsed, &missing(), 29 * 24).0.next_check.is_some());
        assert_eq!(after(&lapsed, &missing(), 30 * 24).0.next_check, None);
    }

    #[test]
    fn long_words_about_a_failure_are_cut() {
        let (claim, _) = after(&claim(), &Finding::Missing("é".repeat(2_000)), 1);
        assert_eq!(claim.last_check.unwrap().problem.chars().count(), PROBLEM_CHARS_MAX);
    }
}
