//! How far an event is from being beyond doubt: recorded, signed, witnessed. Each holds what the ones
//! before it hold.
//!
//! This is not RKVST's `confirmation_status`, though each has a name there (STORED, CONFIRMED,
//! UNEQUIVOCAL). Published clients wait for CONFIRMED and take nothing else for done, so an event
//! that is witnessed stays CONFIRMED for them, and says here that it is more.

use ledger::Event;
use schemars::JsonSchema;
use serde::Serialize;

/// How far an event is from being beyond doubt. Each holds what the ones before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// In the store for good, under no signature yet.
    Recorded,
    /// Under a checkpoint with the log's signature.
    Signed,
    /// Under a checkpoint that the quorum of the policy's witnesses has cosigned.
    Witnessed,
}

impl Standing {
    /// Of an event, where the quorum has cosigned the log up to a size.
    pub(crate) fn of(event: &Event, witnessed_size: u64) -> Self {
        match event.checkpoint {
            None => Self::Recorded,
            Some(_) if event.log_index < witnessed_size => Self::Witnessed,
            Some(_) => Self::Signed,
        }
    }

    /// The word for it, for programs and people.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Signed => "signed",
            Self::Witnessed => "witnessed",
        }
    }

    /// What it means, in one sentence.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Recorded => "It is stored, and the log has yet to sign it.",
            Self::Signed => {
                "The log has signed it: whoever keeps the receipt can prove it, even against the \
                 log."
            }
            Self::Witnessed => {
                "Independent witnesses have signed it with the log: nobody can be shown another \
                 history without their help."
            }
        }
    }

    /// RKVST's word for it, as far as its clients understand.
    pub(crate) fn confirmation_status(self) -> &'static str {
        match self {
            Self::Recorded => "STORED",
            Self::Signed | Self::Witnessed => "CONFIRMED",
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ledger::{CheckpointSeen, Content, Event, EventKind, Origin, Sharing, TenancyId};
    use uuid::Uuid;

    use super::Standing;

    fn event(checkpoint: Option<CheckpointSeen>) -> Event {
        Event {
            id: Uuid::nil().into(),
            asset: Uuid::nil().into(),
            tenancy: TenancyId::from(Uuid::nil()),
            log_index: 7,
            version: 1,
            kind: EventKind::NewAsset,
            fingerprint: Content { content_hash: Some([7; 32]), sha256: None },
            declared_at: Timestamp::UNIX_EPOCH,
            accepted_at: Timestamp::UNIX_EPOCH,
            origin: Origin::Observed,
            checkpoint,
            sharing: Sharing::Public,
        }
    }

    #[test]
    fn an_event_is_witnessed_when_the_quorum_signed_beyond_it() {
        let signed = event(Some(CheckpointSeen { size: 8, at: Timestamp::UNIX_EPOCH }));
        for (witnessed, standing) in
            [(0, Standing::Signed), (7, Standing::Signed), (8, Standing::Witnessed)]
        {
            assert_eq!(Standing::of(&signed, witnessed), standing, "{witnessed}");
        }
        assert_eq!(Standing::of(&event(None), 0), Standing::Recorded);
    }

    #[test]
    fn clients_that_wait_for_confirmed_are_not_kept_waiting() {
        let standings = [Standing::Recorded, Standing::Signed, Standing::Witnessed];
        let said = standings.map(Standing::confirmation_status);
        assert_eq!(said, ["STORED", "CONFIRMED", "CONFIRMED"]);
    }
}
