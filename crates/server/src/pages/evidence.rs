//! What the pages of an asset and an event have in common: the verdict's sentence, the publisher,
//! and fingerprints with their algorithms.

use ledger::{
    Asset, Content, DocumentStatus, Event, EventKind, Publisher,
    domains::{Claim, Proof, Standing},
};

use super::words::Moment;
use crate::{State as Instance, archivist::tenant, error::Error};

/// What a document or one version of it is worth, by itself. Who published it, and whether that is
/// known, is said beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Current,
    Superseded,
    Withdrawn,
}

/// One sentence, with the publisher's name in the middle: it is set apart from the text around it,
/// because a name may be written in any direction.
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) label: &'static str,
    pub(super) before: String,
    pub(super) after: String,
}

impl Verdict {
    pub(super) fn of_asset(asset: &Asset) -> Self {
        let day = Moment::new(asset.last_event.accepted_at).day();
        match asset.status {
            DocumentStatus::Published => Self {
                state: State::Current,
                label: "Published",
                before: format!("This document is at version {}, published by ", asset.version),
                after: format!(" on {day}."),
            },
            DocumentStatus::Withdrawn => Self {
                state: State::Withdrawn,
                label: "Withdrawn",
                before: String::new(),
                after: format!(" withdrew this document on {day}."),
            },
        }
    }

    pub(super) fn of_event(event: &Event, asset: &Asset) -> Self {
        let last_day = Moment::new(asset.last_event.accepted_at).day();
        let this = format!("This is version {} of {}", event.version, asset.versions);
        match asset.status {
            DocumentStatus::Withdrawn => Self {
                state: State::Withdrawn,
                label: "Withdrawn",
                before: format!("{this}, but "),
                after: format!(" withdrew the document on {last_day}."),
            },
            DocumentStatus::Published if is_current(event, asset) => Self {
                state: State::Current,
                label: "Current version",
                before: format!("{this}, published by "),
                after: format!(" on {}.", Moment::new(event.accepted_at).day()),
            },
            DocumentStatus::Published => Self {
                state: State::Superseded,
                label: "Authentic, not the latest",
                before: format!("{this}. "),
                after: format!(" published a newer one on {last_day}."),
            },
        }
    }

    /// The tone of the page. A name that nobody verified takes the green away: anyone can call
    /// itself anything.
    pub(super) fn tone(&self, publisher: &Publishing) -> &'static str {
        match self.state {
            State::Current if !publisher.is_verified() => "unverified",
            State::Current => "current",
            State::Superseded => "superseded",
            State::Withdrawn => "withdrawn",
        }
    }
}

/// A document that was withdrawn and published again leaves its withdrawal behind it.
fn is_current(event: &Event, asset: &Asset) -> bool {
    event.version == asset.version && event.kind != EventKind::Withdraw
}

/// Who published, as far as it is known.
pub(super) struct Publishing {
    publisher: Publisher,
    verified: Option<VerifiedDomain>,
}

/// Why a domain stands in place of a name: who says so, since when, and on what ground.
pub(super) struct VerifiedDomain {
    name: String,
    /// The instance that looked.
    pub(super) by: String,
    /// Where it found the proof.
    pub(super) place: &'static str,
    pub(super) since: Moment,
    /// When it looked last.
    pub(super) checked: Moment,
    /// Whether it did not find the proof any more.
    pub(super) is_missed: bool,
}

impl Publishing {
    /// With what is known of the publisher's domain now.
    pub(super) async fn of(instance: &Instance, publisher: Publisher) -> Result<Self, Error> {
        let claim = match publisher.verified_domain {
            Some(_) => instance.ledger.domain(publisher.tenancy).await?,
            None => None,
        };
        let by = instance.ledger.origin();
        let verified = claim.and_then(|claim| VerifiedDomain::of(claim, by));
        Ok(Self { publisher, verified })
    }

    pub(super) fn name(&self) -> &str {
        self.verified.as_ref().map_or(&self.publisher.name, |verified| &verified.name)
    }

    pub(super) fn is_verified(&self) -> bool {
        self.verified.is_some()
    }

    pub(super) fn verified(&self) -> Option<&VerifiedDomain> {
        self.verified.as_ref()
    }

    pub(super) fn identity(&self) -> String {
        tenant(self.publisher.tenancy)
    }
}

impl VerifiedDomain {
    /// `None` for a claim that is not verified.
    fn of(claim: Claim, by: String) -> Option<Self> {
        let Standing::Verified { since, proof, missed_since } = claim.standing else { return None };
        let place = match proof {
            Proof::Dns => "a record in its DNS",
            Proof::File => "a file on its web server",
        };
        let checked = Moment::new(claim.last_check?.at);
        let (since, is_missed) = (Moment::new(since), missed_since.is_some());
        Some(Self { name: claim.name, by, place, since, checked, is_missed })
    }
}

/// A fingerprint with its algorithm, truthfully.
pub(super) struct HashLine {
    pub(super) title: &'static str,
    pub(super) value: String,
    pub(super) algorithm: &'static str,
}

pub(super) fn hashes(content: &Content) -> Vec<HashLine> {
    let content_hash = content.content_hash.map(|hash| HashLine {
        title: "Content hash",
        value: hex::encode(hash),
        algorithm: "dropbox-content-hash",
    });
    let sha256 = content.sha256.map(|sha256| HashLine {
        title: "SHA-256",
        value: hex::encode(sha256),
        algorithm: "sha256",
    });
    content_hash.into_iter().chain(sha256).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ledger::{EventSummary, Origin, Sharing, TenancyId};
    use uuid::Uuid;

    use super::*;

    const FINGERPRINT: Content = Content { content_hash: Some([7; 32]), sha256: Some([8; 32]) };

    fn asset(status: DocumentStatus, version: u32, kind: EventKind) -> Asset {
        let accepted_at = "2026-05-12T14:03:07Z".parse::<Timestamp>().unwrap();
        let last_event = EventSummary {
            id: Uuid::nil().into(),
            kind,
            log_index: 9,
            fingerprint: FINGERPRINT,
            accepted_at,
        };
        Asset {
            id: Uuid::nil().into(),
            tenancy: TenancyId::from(Uuid::nil()),
            status,
            version,
            versions: version,
            created_at: accepted_at,
            last_event,
            sharing: Sharing::Public,
            registered: None,
        }
    }

    fn event(version: u32, kind: EventKind) -> Event {
        let accepted_at = "2026-03-02T09:00:00Z".parse::<Timestamp>().unwrap();
        Event {
            id: Uuid::nil().into(),
            asset: Uuid::nil().into(),
            tenancy: TenancyId::from(Uuid::nil()),
            log_index: 2,
            version,
            kind,
            fingerprint: FINGERPRINT,
            declared_at: accepted_at,
            accepted_at,
            origin: Origin::Observed,
            checkpoint: None,
            sharing: Sharing::Public,
        }
    }

    fn said(verdict: &Verdict) -> (State, String) {
        (verdict.state, format!("{}X{}", verdict.before, verdict.after))
    }

    #[test]
    fn withdrawn_document_is_withdrawn_in_every_version() {
        let asset = asset(DocumentStatus::Withdrawn, 2, EventKind::Withdraw);
        let whole = "X withdrew this document on 12 May 2026.".to_owned();
        assert_eq!(said(&Verdict::of_asset(&asset)), (State::Withdrawn, whole));
        let one = "This is version 1 of 2, but X withdrew the document on 12 May 2026.".to_owned();
        let verdict = Verdict::of_event(&event(1, EventKind::NewAsset), &asset);
        assert_eq!(said(&verdict), (State::Withdrawn, one));
    }

    #[test]
    fn withdrawal_that_was_followed_by_a_version_is_superseded() {
        let asset = asset(DocumentStatus::Published, 3, EventKind::Publish);
        let withdrawal = Verdict::of_event(&event(2, EventKind::Withdraw), &asset);
        assert_eq!(withdrawal.state, State::Superseded);
        let current = Verdict::of_event(&event(3, EventKind::Publish), &asset);
        let say = "This is version 3 of 3, published by X on 2 March 2026.".to_owned();
        assert_eq!(said(&current), (State::Current, say));
    }

    #[test]
    fn verified_domain_stands_for_the_name_that_the_publisher_chose() {
        let tenancy = TenancyId::from(Uuid::nil());
        let name = "example.org".to_owned();
        let publisher =
            Publisher { tenancy, name: "Anything".to_owned(), verified_domain: Some(name.clone()) };
        let verified = Some(VerifiedDomain {
            name,
            by: "proofs.example.org".to_owned(),
            place: "a record in its DNS",
            since: Moment::new(Timestamp::UNIX_EPOCH),
            checked: Moment::new(Timestamp::UNIX_EPOCH),
            is_missed: false,
        });
        let publishing = Publishing { publisher, verified };
        assert_eq!((publishing.name(), publishing.is_verified()), ("example.org", true));
        let asset = asset(DocumentStatus::Published, 1, EventKind::NewAsset);
        assert_eq!(Verdict::of_asset(&asset).tone(&publishing), "current");
    }

    #[test]
    fn every_fingerprint_is_shown_with_its_own_algorithm() {
        let lines = hashes(&FINGERPRINT);
        let shown: Vec<_> = lines.iter().map(|line| (line.algorithm, &line.value[..2])).collect();
        assert_eq!(shown, [("dropbox-content-hash", "07"), ("sha256", "08")]);
    }
}
