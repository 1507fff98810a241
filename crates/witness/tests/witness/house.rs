//! A witness on a real socket, over a directory that is gone afterwards.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::extract::Request;
use jiff::Timestamp;
use ledger::Clock;
use reqwest::{Client, StatusCode};
use tempfile::TempDir;
use tlog::{Policy, Signature, SignedNote, Verified, VerifierKey};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use witness::{CosignatureKinds, Options, Witness};

pub(crate) const TIME_S: i64 = 1_800_000_000;

/// A witness that answers.
pub(crate) struct House {
    directory: Option<TempDir>,
    pub(crate) witness: Witness,
    pub(crate) url: String,
    pub(crate) time_s: Arc<AtomicI64>,
    logs: Policy,
    server: JoinHandle<()>,
}

/// A witness that nobody serves.
pub(crate) struct Away {
    directory: TempDir,
    address: String,
    logs: Policy,
}

impl Away {
    /// It returns to its address.
    pub(crate) async fn back(self) -> House {
        House::over(self.directory, &self.address, self.logs).await
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: String,
    pub(crate) body: String,
}

pub(crate) fn options(directory: &Path, logs: Policy) -> Options {
    Options {
        directory: directory.to_owned(),
        name: "witness.example.com/w1".parse().unwrap(),
        logs,
        kinds: CosignatureKinds::Both,
        clock: Clock::new(|| Timestamp::from_second(TIME_S).unwrap()),
    }
}

impl House {
    pub(crate) async fn open(logs: Policy) -> Self {
        Self::over(tempfile::tempdir().unwrap(), "127.0.0.1:0", logs).await
    }

    async fn over(directory: TempDir, address: &str, logs: Policy) -> Self {
        let time_s = Arc::new(AtomicI64::new(TIME_S));
        let clock = Arc::clone(&time_s);
        let clock =
            Clock::new(move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap());
        let witness =
            Witness::open(Options { clock, ..options(directory.path(), logs.clone()) }).unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = witness.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { directory: Some(directory), witness, url, time_s, logs, server }
    }

    /// The same witness after a kill.
    pub(crate) async fn restarted(mut self, logs: Policy) -> Self {
        self.server.abort();
        let directory = self.directory.take().unwrap();
        drop(self);
        Self::over(directory, "127.0.0.1:0", logs).await
    }

    /// The same witness while nobody serves it.
    pub(crate) fn away(mut self) -> Away {
        self.server.abort();
        let address = self.url.trim_start_matches("http://").to_owned();
        Away { directory: self.directory.take().unwrap(), address, logs: self.logs.clone() }
    }

    /// Another address of it, at which it shows nothing to monitors.
    pub(crate) async fn without_monitoring(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let submit = self.witness.router();
        let router = Router::new().route(
            "/add-checkpoint",
            axum::routing::post(move |request: Request| submit.oneshot(request)),
        );
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.as_ref().unwrap().path()
    }

    pub(crate) async fn submit(&self, body: impl ToString) -> Answer {
        let request = Client::new().post(format!("{}/add-checkpoint", self.url));
        Answer::of(request.body(body.to_string()).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(Client::new().get(format!("{}/{path}", self.url)).send().await.unwrap()).await
    }
}

impl Answer {
    async fn of(response: reqwest::Response) -> Self {
        let kind = response.headers().get("content-type");
        let kind = kind.map(|kind| kind.to_str().unwrap().to_owned()).unwrap_or_default();
        Self { status: response.status(), kind, body: response.text().await.unwrap() }
    }

    /// The times of the cosignatures, all of which must hold for the checkpoint.
    pub(crate) fn times(&self, checkpoint: &SignedNote, keys: &[VerifierKey]) -> Vec<u64> {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        let lines = Signature::parse_lines(&self.body).unwrap();
        let note = checkpoint.with(lines).unwrap();
        times(&note.verify(keys).unwrap())
    }
}

pub(crate) fn times(verified: &[Verified<'_>]) -> Vec<u64> {
    verified.iter().map(|verified| verified.time_s.unwrap()).collect()
}
