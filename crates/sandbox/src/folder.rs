//! Keeps an account like a folder that people edit with their own programs. One thread owns it: it
//! hears of changes, waits a moment, looks at the folders that changed, and performs what it finds.
//! Notifications only wake it. What is true is read from the disk, and now and then all of it.

mod agenda;
mod disk;
mod findings;
mod hand;
mod look;
mod versions;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use notify::{Config, RecommendedWatcher, RecursiveMode, Watcher};
use thiserror::Error;
use tokio::sync::watch;

use crate::account::Account;
use agenda::Agenda;
pub(crate) use hand::{Hand, tidy};
use look::Looker;
pub(crate) use versions::Versions;

/// How long after the first sign of a change the disk is looked at, so that a burst is one look.
const DEBOUNCE: Duration = Duration::from_millis(40);
/// The whole folder is looked at this often, in case a notification was lost.
const RESCAN: Duration = Duration::from_secs(30);
/// The same where the system can't notify.
const RESCAN_UNWATCHED: Duration = Duration::from_secs(1);
/// Looking at everything may take this part of the time at most.
const RESCAN_SHARE: u32 = 20;

pub(crate) struct Keeper {
    messages: Sender<Message>,
    looked: watch::Receiver<bool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Error)]
pub(crate) enum KeeperError {
    #[error("the system starts no thread")]
    Thread(#[source] io::Error),
}

enum Message {
    Changed(notify::Result<notify::Event>),
    Stop,
}

impl Keeper {
    pub(crate) fn start(folder: PathBuf, account: Arc<Account>) -> Result<Self, KeeperError> {
        let (messages, received) = mpsc::channel();
        let (looked_once, looked) = watch::channel(false);
        let events = messages.clone();
        let thread = thread::Builder::new().name("folder keeper".to_owned()).spawn(move || {
            tidy(&folder);
            let watcher = watcher(&folder, events);
            let rescan = if watcher.is_some() { RESCAN } else { RESCAN_UNWATCHED };
            run(&received, &mut Looker::new(folder, account), rescan, &looked_once);
        });
        let thread = Some(thread.map_err(KeeperError::Thread)?);
        Ok(Self { messages, looked, thread })
    }

    /// Waits until everything was looked at once, but not for ever.
    pub(crate) async fn first_look(&self, at_most: Duration) {
        let mut looked = self.looked.clone();
        let done = looked.wait_for(|done| *done);
        if tokio::time::timeout(at_most, done).await.is_err() {
            tracing::info!("the folder is large: the sandbox goes on reading it while it serves");
        }
    }

    pub(crate) async fn stop(mut self) {
        let _already_gone = self.messages.send(Message::Stop);
        let Some(thread) = self.thread.take() else { return };
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the folder keeper ended with a panic");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _already_gone = self.messages.send(Message::Stop);
    }
}

/// The system's notifications, or `None` where there are none or no more of them.
fn watcher(folder: &Path, events: Sender<Message>) -> Option<RecommendedWatcher> {
    let hear = move |event| {
        let _keeper_gone = events.send(Message::Changed(event));
    };
    let config = Config::default().with_follow_symlinks(false);
    let watcher = RecommendedWatcher::new(hear, config).and_then(|mut watcher| {
        watcher.watch(folder, RecursiveMode::Recursive)?;
        Ok(watcher)
    });
    watcher
        .inspect_err(|error| {
            tracing::warn!(error = %error, "the folder can't be watched; it is read every second");
        })
        .ok()
}

fn run(
    messages: &Receiver<Message>,
    looker: &mut Looker,
    rescan: Duration,
    looked_once: &watch::Sender<bool>,
) {
    let mut agenda = Agenda::everything(Instant::now());
    loop {
        let wait = agenda.due().saturating_duration_since(Instant::now());
        match messages.recv_timeout(wait) {
            Ok(Message::Changed(Ok(event))) => {
                agenda.note(looker.root(), &event, Instant::now() + DEBOUNCE);
            }
            Ok(Message::Changed(Err(error))) => {
                tracing::warn!(error = %error, "a notification was lost");
                agenda.note_everything(Instant::now() + DEBOUNCE);
            }
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                look(&mut agenda, looker, rescan);
                looked_once.send_replace(true);
            }
        }
    }
}

fn look(agenda: &mut Agenda, looker: &mut Looker, rescan: Duration) {
    let began = Instant::now();
    let wanted = agenda.take();
    let account = looker.account();
    let turn = account.turn();
    let again = looker.look(&wanted);
    drop(turn);
    let now = Instant::now();
    for (folder, after) in again {
        agenda.note_folder(folder, now + after);
    }
    if wanted.is_everything() {
        agenda.rescan_at(now + rescan.max((now - began) * RESCAN_SHARE));
    }
}
