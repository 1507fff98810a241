//! Who delivers: a task for each webhook that is due, until nothing is left or something fails.

use std::{collections::HashSet, time::Duration};

use ledger::{TenancyId, WebhookId, webhooks::Message as Sent};
use tokio::{
    task::JoinSet,
    time::{interval, sleep, timeout},
};

use super::{attempt, message::Message};
use crate::{
    State,
    error::{Error, chain},
};

/// How long changes are gathered before anybody looks, so that many of them are one look.
const GATHER: Duration = Duration::from_millis(100);
/// How often it is looked whether something waits that is due by now.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long what is on its way may still take when the server stops. It is sent again if it is cut off.
const DRAIN: Duration = Duration::from_secs(5);

/// Delivers until the server stops.
pub(crate) async fn run(state: State) {
    let closing = state.closing.clone();
    let mut deliveries = Deliveries::new(state);
    closing.run_until_cancelled(deliveries.forever()).await;
    let drained = async { while deliveries.tasks.join_next().await.is_some() {} };
    if timeout(DRAIN, drained).await.is_err() {
        tracing::info!("A webhook is slow; what was on its way there is sent again next time");
    }
}

struct Deliveries {
    state: State,
    tasks: JoinSet<(TenancyId, WebhookId)>,
    /// Who has a task: never two, or their messages would overtake each other.
    busy: HashSet<WebhookId>,
    /// Who has one that may have looked before there was something to see.
    again: HashSet<WebhookId>,
}

impl Deliveries {
    fn new(state: State) -> Self {
        Self { state, tasks: JoinSet::new(), busy: HashSet::new(), again: HashSet::new() }
    }

    async fn forever(&mut self) {
        let mut changes = self.state.ledger.changes();
        let mut looks = interval(LOOK_EVERY);
        loop {
            tokio::select! {
                // Whatever it says, or if it says that some were missed: look.
                _ = changes.recv() => {
                    sleep(GATHER).await;
                    self.look().await;
                }
                _ = looks.tick() => self.look().await,
                Some(done) = self.tasks.join_next() => match done {
                    Ok((tenancy, id)) => self.finished(tenancy, id),
                    // Whose task it was that panicked nobody knows; all may begin again.
                    Err(_) => self.busy.clear(),
                },
            }
        }
    }

    async fn look(&mut self) {
        match self.state.ledger.active_webhooks().await {
            Ok(active) => active.into_iter().for_each(|(tenancy, id)| self.begin(tenancy, id)),
            Err(error) => {
                tracing::warn!(error.chain = %chain(&error), "Webhooks could not be read");
            }
        }
    }

    fn begin(&mut self, tenancy: TenancyId, id: WebhookId) {
        if self.busy.insert(id) {
            self.tasks.spawn(deliver(self.state.clone(), tenancy, id));
        } else {
            self.again.insert(id);
        }
    }

    fn finished(&mut self, tenancy: TenancyId, id: WebhookId) {
        self.busy.remove(&id);
        if self.again.remove(&id) {
            self.begin(tenancy, id);
        }
    }
}

async fn deliver(state: State, tenancy: TenancyId, id: WebhookId) -> (TenancyId, WebhookId) {
    loop {
        match deliver_next(&state, tenancy, id).await {
            Ok(true) => {}
            Ok(false) => return (tenancy, id),
            Err(error) => {
                tracing::warn!(webhook.id = %id, error.chain = %chain(&error), "A webhook waits");
                return (tenancy, id);
            }
        }
    }
}

/// Sends the next event. False if there is none, or it did not arrive.
async fn deliver_next(state: &State, tenancy: TenancyId, id: WebhookId) -> Result<bool, Error> {
    let Some(turn) = state.ledger.next_turn(tenancy, id).await? else { return Ok(false) };
    let witnessed = state.ledger.witnessed_size().await?;
    let message = Message::of(&turn.event, witnessed);
    let sent = Sent::Event(turn.event.event.log_index);
    let Some(attempt) = attempt(state, id, &turn.webhook.url, &message, sent).await? else {
        return Ok(false);
    };
    let has_arrived = attempt.has_arrived();
    let noted = state.ledger.note_delivery(tenancy, id, attempt).await?;
    Ok(has_arrived && noted.is_some())
}
