//! A log behind a web server on loopback.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use url::Url;

use super::sample::Memory;
use audit::LogFile;

/// A server that answers with what it currently has.
#[derive(Clone)]
pub(crate) struct Served {
    state: Arc<Mutex<Answers>>,
    url: Url,
}

#[derive(Default)]
struct Answers {
    log: Memory,
    /// How many more requests it answers with 503.
    failures: u32,
    /// Which paths were asked for.
    asked: Vec<String>,
}

impl Served {
    /// Serves a log under this folder, until the test ends.
    pub(crate) async fn under(folder: &str, log: Memory) -> Self {
        let state = Arc::new(Mutex::new(Answers { log, ..Answers::default() }));
        let routes = Router::new()
            .route(&format!("{folder}/{{*path}}"), get(answer))
            .with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { state, url }
    }

    /// The server's address.
    pub(crate) fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Shows another log from now on.
    pub(crate) fn show(&self, log: Memory) {
        self.state.lock().unwrap().log = log;
    }

    /// Answers the next so many requests with 503.
    pub(crate) fn fail(&self, failures: u32) {
        self.state.lock().unwrap().failures = failures;
    }

    /// Waits until so many files were asked for.
    pub(crate) async fn until_asked(&self, count: usize) {
        while self.state.lock().unwrap().asked.len() < count {
            tokio::task::yield_now().await;
        }
    }

    /// The paths that were asked for since last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

async fn answer(State(state): State<Arc<Mutex<Answers>>>, Path(path): Path<String>) -> Response {
    let mut state = state.lock().unwrap();
    state.asked.push(path.clone());
    if state.failures > 0 {
        state.failures -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let bytes = LogFile::parse(&path).and_then(|file| state.log.0.get(&file).cloned());
    bytes.map_or_else(|| StatusCode::NOT_FOUND.into_response(), IntoResponse::into_response)
}
