//! What the witnesses remember of a log, asked before it opens: a database that is behind one of
//! them is an older copy, and must not sign.
//!
//! A witness that can't be reached keeps nobody from starting: it is a second look, and an outage
//! at a stranger's must not become one here. The high-water file is the first look.

use std::time::Duration;

use ledger::Remembered;
use tlog::{AddCheckpoint, Origin, Policy, SignedNote, VerifierKey};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::place::{Answer, Place, Trouble, UnusableWitness, signed_by, without_cosignatures};

/// Asks every witness of the policy that has an address what it knows of the log with this key.
/// `checkpoint` is the newest that is signed, with which a witness can be asked that shows nothing.
/// They are asked at the same time, and what is not answered within `deadline` is not waited for.
pub async fn remembered(
    policy: &Policy,
    log: &VerifierKey,
    checkpoint: Option<&str>,
    deadline: Duration,
) -> Result<Vec<Remembered>, UnusableWitness> {
    let checkpoint = checkpoint
        .and_then(|note| SignedNote::parse(note).ok())
        .and_then(|note| without_cosignatures(&note, log.name()));
    let mut asked = JoinSet::new();
    for place in Place::all(policy, deadline)? {
        asked.spawn(ask_in_time(place, log.clone(), checkpoint.clone(), deadline));
    }
    Ok(asked.join_all().await.into_iter().flatten().collect())
}

async fn ask_in_time(
    place: Place,
    log: VerifierKey,
    checkpoint: Option<SignedNote>,
    deadline: Duration,
) -> Option<Remembered> {
    let asked = timeout(deadline, ask(&place, &log, checkpoint)).await;
    match asked.unwrap_or_else(|_| Err(Trouble::new("it takes too long to answer"))) {
        Ok(remembered) => remembered,
        Err(trouble) if trouble.is_unknown_log => None,
        Err(trouble) => {
            let name = &place.name;
            tracing::warn!("{name} could not be asked what it knows of this log: {trouble}");
            None
        }
    }
}

/// The checkpoint that it shows, if our own key signed it; else the bare size that it names.
async fn ask(
    place: &Place,
    log: &VerifierKey,
    checkpoint: Option<SignedNote>,
) -> Result<Option<Remembered>, Trouble> {
    let origin = Origin::from(log.name());
    let shown = place.shown(&origin).await;
    if let Some(head) = shown.ok().flatten().and_then(|note| signed_by(log, &note)) {
        let (place, root) = (place.name.clone(), Some(head.root));
        return Ok(Some(Remembered { place, size: head.size, root }));
    }
    let Some(checkpoint) = checkpoint else { return Ok(None) };
    let request = AddCheckpoint { old_size: 0, proof: Vec::new(), checkpoint };
    match place.submit(&request).await? {
        // It knew nothing of the log until now.
        Answer::Cosigned(_) => Ok(None),
        Answer::OtherSize(size) => {
            Ok(Some(Remembered { place: place.name.clone(), size, root: None }))
        }
        Answer::Contradicted(words) => Err(Trouble::new(words)),
    }
}
