//! Accepting connections. One port takes everything: plain HTTP, TLS, HTTP/1.1 and 2 in both, and
//! CONNECT, which leads to the same pages and the same API as if they were Dropbox's own hosts.
//! What a connection begins with says which it is.
//!
//! Everything has a limit here: connections, the time for a handshake or a head, the size of heads.

mod authority;
mod tunnel;

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use axum::{Router, http};
use http::{Method, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

pub(crate) use authority::{Authority, AuthorityError};

use crate::http::router;
use crate::world::World;

/// Beyond this many connections, new ones wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 10_000;
/// How long a handshake, or the head of a request, may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// All headers of a request together. Arguments with the longest paths fit several times.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long open connections may take to end when the sandbox stops.
const DRAIN_MAX: Duration = Duration::from_secs(1);
/// The pause after the system refused a connection, mostly for want of file descriptors.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);
/// The first byte of a TLS connection: a record that holds a handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// Serves until the world stops.
pub(crate) async fn serve(listener: TcpListener, world: Arc<World>) {
    let stopping = world.stopping.clone();
    let door = Arc::new(Door::new(world));
    let _ = stopping.run_until_cancelled(door.accept(&listener)).await;
    drop(listener);
    door.connections.close();
    door.connections.wait().await;
}

/// What every connection comes through.
struct Door {
    world: Arc<World>,
    router: Router,
    http: Builder<TokioExecutor>,
    tls: TlsAcceptor,
    connections: TaskTracker,
    free: Arc<Semaphore>,
}

/// One of the connections that there may be; held until the connection ends.
type Place = Arc<OwnedSemaphorePermit>;

impl Door {
    fn new(world: Arc<World>) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX);
        http.http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(HEAD_TIMEOUT)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
        Self {
            router: router(Arc::clone(&world)),
            tls: world.authority.acceptor(),
            http,
            world,
            connections: TaskTracker::new(),
            free: Arc::new(Semaphore::new(CONNECTIONS_MAX)),
        }
    }

    async fn accept(self: &Arc<Self>, listener: &TcpListener) {
        while let Ok(place) = Arc::clone(&self.free).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let door = Arc::clone(self);
                    self.spawn(async move { door.welcome(stream, Arc::new(place)).await });
                }
                Err(error) => {
                    tracing::warn!(%error, "the system refused the sandbox a connection");
                    sleep(REFUSED_PAUSE).await;
                }
            }
        }
    }

    /// A task for a connection, which ends soon after the sandbox was asked to stop.
    fn spawn(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let stopping = self.world.stopping.clone();
        let overdue = async move {
            stopping.cancelled_owned().await;
            sleep(DRAIN_MAX).await;
        };
        self.connections.spawn(async move {
            tokio::select! {
                () = connection => {}
                () = overdue => {}
            }
        });
    }

    async fn welcome(self: Arc<Self>, stream: TcpStream, place: Place) {
        // Answers are written in one piece; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let mut first = [0];
        match timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await {
            Ok(Ok(1)) if first == [TLS_HANDSHAKE] => {
                // A handshake takes room that plain connections need not have.
                Box::pin(self.secured(stream, place)).await;
            }
            Ok(Ok(1)) => self.plain(stream, place).await,
            _ => {}
        }
    }

    async fn plain(self: Arc<Self>, stream: TcpStream, place: Place) {
        let door = Arc::clone(&self);
        self.speak(stream, move |request| {
            let (door, place) = (Arc::clone(&door), Arc::clone(&place));
            async move {
                if request.method() == Method::CONNECT {
                    Ok(tunnel::open(&door, request, place))
                } else {
                    door.answer(request).await
                }
            }
        })
        .await;
    }

    /// What comes here means a host by its name, whether through a tunnel or straight.
    async fn secured<S>(self: Arc<Self>, stream: S, _place: Place)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Clients that don't trust the authority go away here; that is their right.
        let Ok(Ok(stream)) = timeout(HEAD_TIMEOUT, self.tls.accept(stream)).await else { return };
        let door = Arc::clone(&self);
        self.speak(stream, move |request| Arc::clone(&door).answer(request)).await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response, Infallible> {
        self.router.clone().oneshot(request.map(Body::new)).await
    }

    /// HTTP/1.1 or 2, whichever the client begins with, until it ends or the sandbox stops.
    async fn speak<S, F>(
        &self,
        stream: S,
        answer: impl Fn(Request<Incoming>) -> F + Send + Sync + 'static,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        F: Future<Output = Result<Response, Infallible>> + Send + 'static,
    {
        let service = service_fn(answer);
        let spoken = self.http.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut spoken = pin!(spoken);
        tokio::select! {
            // Clients go away in the middle all the time; that is not our failure.
            _ = spoken.as_mut() => return,
            () = self.world.stopping.cancelled() => {}
        }
        spoken.as_mut().graceful_shutdown();
        let _ = spoken.await;
    }
}
