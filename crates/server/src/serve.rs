//! Accepting connections, and stopping without cutting anybody off in the middle of an answer.
//!
//! `axum::serve` knows neither a time limit for a request's head nor a limit on connections, so the
//! loop is here.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

use crate::{State, domains, routes::router, webhooks};

/// Beyond this many connections, new ones wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 10_000;

/// How long a client may take to send the head of a request, or to keep a connection without one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long answers may still take after a stop was asked for.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// The pause after the system refused a connection, mostly for want of file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Serves until cancelled: then accepts nothing more, ends live streams, and lets answers finish.
pub async fn serve(
    listener: TcpListener,
    state: State,
    cancel: CancellationToken,
) -> io::Result<()> {
    let closing = state.closing.clone();
    let webhooks = tokio::spawn(webhooks::run(state.clone()));
    let domains = tokio::spawn(domains::run(state.clone()));
    let connections = accept_until(listener, router(state), cancel).await;
    closing.cancel();
    connections.drain().await;
    webhooks.await.map_err(io::Error::other)?;
    domains.await.map_err(io::Error::other)
}

/// Serves another router in the same way: it has no live streams to end.
pub async fn serve_router(listener: TcpListener, router: Router, cancel: CancellationToken) {
    accept_until(listener, router, cancel).await.drain().await;
}

async fn accept_until(
    listener: TcpListener,
    router: Router,
    cancel: CancellationToken,
) -> Connections {
    let connections = Connections::new(router);
    let _ = cancel.run_until_cancelled(connections.accept(&listener)).await;
    connections
}

struct Connections {
    router: Router,
    builder: Builder<TokioExecutor>,
    graceful: GracefulShutdown,
    tasks: TaskTracker,
    free: Arc<Semaphore>,
}

impl Connections {
    fn new(router: Router) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_TIMEOUT);
        let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let (graceful, tasks) = (GracefulShutdown::new(), TaskTracker::new());
        Self { router, builder, graceful, tasks, free }
    }

    async fn accept(&self, listener: &TcpListener) {
        loop {
            let permit = self.free.clone().acquire_owned().await;
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let connection = self.connection(stream, peer);
                    self.tasks.spawn(async move {
                        connection.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "The system refused a connection");
                    sleep(REFUSED_PAUSE).await;
                }
            }
        }
    }

    fn connection(&self, stream: TcpStream, peer: SocketAddr) -> impl Future<Output = ()> + use<> {
        // Live streams send small pieces that should not wait for more.
        let _ = stream.set_nodelay(true);
        let service = self.router.clone().map_request(move |mut request: http::Request<_>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.map(axum::body::Body::new)
        });
        let service = TowerToHyperService::new(service);
        let connection = self.builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let watched = self.graceful.watch(connection);
        async move {
            // Clients go away in the middle all the time; that is not our failure.
            if let Err(error) = watched.await {
                tracing::debug!(%error, "A connection ended early");
            }
        }
    }

    async fn drain(self) {
        self.tasks.close();
        let finished = async {
            self.graceful.shutdown().await;
            self.tasks.wait().await;
        };
        if timeout(DRAIN_MAX, finished).await.is_err() {
            tracing::warn!("Some connections did not finish in time and are cut off");
        }
    }
}
