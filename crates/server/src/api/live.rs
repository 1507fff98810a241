//! What changes now, as server-sent events: `integration` carries an integration whole,
//! `integration_gone` the identity of one that was forgotten, `assets` the number of documents. A stream begins with the present state, so that nothing between a
//! page's first read and its subscription is lost.
//!
//! Signals from the ledger and from sync only say *what* to read again. They are gathered for a
//! moment, so that a scan of thousands of files does not become thousands of reads per viewer.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use axum::{extract::State as Shared, response::sse::Event};
use futures_util::{StreamExt, stream};
use ledger::{Change, ChangeKind, SourceId, TenancyId};
use schemars::JsonSchema;
use serde::Serialize;
use sync::HealthChange;
use tokio::{
    sync::broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
    time::{Instant, sleep, sleep_until},
};

use super::{events, integration::Integration};
use crate::{
    State,
    caller::Caller,
    error::{Error, chain},
    openapi::{As, Events},
};

/// How long signals are gathered before what they name is read.
const GATHER: Duration = Duration::from_millis(200);

/// How long a stream lives. Browsers reconnect by themselves, and are asked anew who they are.
const STREAM_MAX: Duration = Duration::from_hours(1);

/// How long a browser waits before it reconnects.
const RETRY: Duration = Duration::from_secs(1);

/// What an event of the stream carries: an integration whole under the name `integration`, the
/// identity of one that was forgotten under `integration_gone`, or under `assets` how many documents
/// there are.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Live {
    Integration(Box<Integration>),
    Gone { identity: String },
    Documents { documents: u64 },
}

pub(super) async fn live(Shared(state): Shared<State>, caller: Caller) -> As<Events<Live>> {
    let end = Instant::now() + STREAM_MAX;
    let watch = Watch::new(state.clone(), caller);
    events(&state, stream::unfold(watch, Watch::step).take_until(sleep_until(end)))
}

/// One viewer's subscription.
struct Watch {
    state: State,
    /// Who looks, and may be sent away meanwhile.
    viewer: Caller,
    tenancy: TenancyId,
    changes: Receiver<Change>,
    health: Receiver<HealthChange>,
    due: Due,
    ready: VecDeque<Event>,
}

/// What to read again.
#[derive(Default)]
struct Due {
    everything: bool,
    viewer: bool,
    documents: bool,
    sources: BTreeSet<SourceId>,
}

impl Watch {
    fn new(state: State, viewer: Caller) -> Self {
        Self {
            tenancy: viewer.tenancy(),
            viewer,
            changes: state.ledger.changes(),
            health: state.sync.watch(),
            due: Due { everything: true, ..Due::default() },
            ready: VecDeque::from([Event::default().retry(RETRY)]),
            state,
        }
    }

    async fn step(mut self) -> Option<(Event, Self)> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some((event, self));
            }
            if self.due.is_nothing() {
                self.wait().await?;
                sleep(GATHER).await;
                self.gather()?;
            } else if let Err(error) = self.read().await {
                if !matches!(error, Error::SignInRequired) {
                    tracing::warn!(error.chain = %chain(&error), "A live stream ends");
                }
                return None;
            }
        }
    }

    /// Waits for a signal. `None` when there will be no more.
    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            change = self.changes.recv() => match change {
                Ok(change) => self.due.note_change(self.tenancy, change),
                Err(RecvError::Lagged(_)) => self.due.everything = true,
                Err(RecvError::Closed) => return None,
            },
            change = self.health.recv() => match change {
                Ok(change) => self.due.note_health(self.tenancy, change),
                Err(RecvError::Lagged(_)) => self.due.everything = true,
                Err(RecvError::Closed) => return None,
            },
        }
        Some(())
    }

    /// Takes the signals that came meanwhile.
    fn gather(&mut self) -> Option<()> {
        loop {
            match self.changes.try_recv() {
                Ok(change) => self.due.note_change(self.tenancy, change),
                Err(TryRecvError::Lagged(_)) => self.due.everything = true,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => return None,
            }
        }
        loop {
            match self.health.try_recv() {
                Ok(change) => self.due.note_health(self.tenancy, change),
                Err(TryRecvError::Lagged(_)) => self.due.everything = true,
                Err(TryRecvError::Empty) => return Some(()),
                Err(TryRecvError::Closed) => return None,
            }
        }
    }

    async fn read(&mut self) -> Result<(), Error> {
        let due = std::mem::take(&mut self.due);
        if (due.everything || due.viewer)
            && let Caller::User(user) = &self.viewer
        {
            // A member that was removed sees nothing from here on.
            self.state.ledger.user(user.id).await?.ok_or(Error::SignInRequired)?;
        }
        if due.everything {
            for integration in Integration::read_all(&self.state, self.tenancy).await? {
                self.ready.push_back(Live::Integration(Box::new(integration)).event()?);
            }
        } else {
            for id in due.sources {
                self.read_source(id).await?;
            }
        }
        if due.everything || due.documents {
            let documents = self.state.ledger.asset_count(self.tenancy).await;
            self.ready.push_back(Live::Documents { documents: documents? }.event()?);
        }
        Ok(())
    }

    async fn read_source(&mut self, id: SourceId) -> Result<(), Error> {
        let found = self.state.ledger.source(self.tenancy, id).await?;
        let live = match found {
            Some(source) => {
                Live::Integration(Box::new(Integration::read(&self.state, source).await?))
            }
            None => Live::Gone { identity: id.to_string() },
        };
        self.ready.push_back(live.event()?);
        Ok(())
    }
}

impl Due {
    fn is_nothing(&self) -> bool {
        !(self.everything || self.viewer || self.documents) && self.sources.is_empty()
    }

    fn note_change(&mut self, viewer: TenancyId, change: Change) {
        match change.kind {
            _ if change.tenancy != viewer => {}
            ChangeKind::Events => self.documents = true,
            ChangeKind::Source(id) => _ = self.sources.insert(id),
            ChangeKind::Tenancy => self.viewer = true,
        }
    }

    fn note_health(&mut self, viewer: TenancyId, change: HealthChange) {
        if change.tenancy == viewer {
            self.sources.insert(change.source);
        }
    }
}

impl Live {
    fn event(&self) -> Result<Event, Error> {
        let name = match self {
            Self::Integration(_) => "integration",
            Self::Gone { .. } => "integration_gone",
            Self::Documents { .. } => "assets",
        };
        Event::default().event(name).json_data(self).map_err(Error::internal)
    }
}
