//! Accepting connections. One port takes everything: plain HTTP, TLS, HTTP/1.1 and 2 in both, and
//! CONNECT, which leads to the same pages and the same API as if they were Dropbox's own hosts.
//! What a connection begins with says which it is.
//!
//! Everything has a limit here: connections, the time for a handshake or a head, the size of heads.

mod authority;
mod tunnel;

use std::convert::Infallible;
use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

pub(crate) use authority::{Authority, AuthorityError};

use crate::http::{self, router};
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
/// What HTTP/2 begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

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
    /// For what is HTTP/1.1 at first sight: thousands of longpolls wait in such connections, which
    /// take as little room as they can.
    first: http1::Builder,
    /// For what may be either version.
    either: auto::Builder<TokioExecutor>,
    tls: TlsAcceptor,
    connections: TaskTracker,
    free: Arc<Semaphore>,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

/// One of the connections that there may be; held until the connection ends.
type Place = Arc<OwnedSemaphorePermit>;

impl Door {
    fn new(world: Arc<World>) -> Self {
        let mut first = http1::Builder::new();
        first
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX);
        let mut either = auto::Builder::new(TokioExecutor::new());
        either
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(HEAD_BYTES_MAX);
        either
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(HEAD_TIMEOUT)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX));
        Self {
            router: router(Arc::clone(&world)),
            tls: world.authority.acceptor(),
            first,
            either,
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
        let mut first = [0; PREFACE.len()];
        let Ok(Ok(length)) = timeout(HEAD_TIMEOUT, stream.peek(&mut first)).await else { return };
        match first.get(..length).unwrap_or_default() {
            [] => {}
            // What few need takes no room in the others.
            [TLS_HANDSHAKE, ..] => Box::pin(self.secured(stream, place)).await,
            first if PREFACE.starts_with(first) => Box::pin(self.plain(stream, place)).await,
            _ => self.plain_first(stream, place).await,
        }
    }

    async fn plain_first(self: Arc<Self>, stream: TcpStream, place: Place) {
        let (stopping, service) = (self.world.stopping.clone(), service_fn(self.outside(place)));
        let spoken = self.first.serve_connection(TokioIo::new(stream), service).with_upgrades();
        drop(self);
        let mut spoken = pin!(spoken);
        tokio::select! {
            // Clients go away in the middle all the time; that is not our failure.
            _ = spoken.as_mut() => return,
            () = stopping.cancelled() => {}
        }
        spoken.as_mut().graceful_shutdown();
        let _ = spoken.await;
    }

    async fn plain(self: Arc<Self>, stream: TcpStream, place: Place) {
        self.speak(stream, self.outside(place)).await;
    }

    /// What comes here means a host by its name, whether through a tunnel or straight.
    async fn secured<S>(self: Arc<Self>, stream: S, _place: Place)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Clients that don't trust the authority go away here; that is their right.
        let Ok(Ok(stream)) = timeout(HEAD_TIMEOUT, self.tls.accept(stream)).await else { return };
        let door = Arc::clone(&self);
        self.speak(stream, move |request| door.answer(request)).await;
    }

    /// HTTP/1.1 or 2, whichever the client begins with, until it ends or the sandbox stops.
    async fn speak<S>(
        &self,
        stream: S,
        answer: impl Fn(Request<Incoming>) -> Answer + Send + Sync + 'static,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = service_fn(answer);
        let spoken = self.either.serve_connection_with_upgrades(TokioIo::new(stream), service);
        let mut spoken = pin!(spoken);
        tokio::select! {
            _ = spoken.as_mut() => return,
            () = self.world.stopping.cancelled() => {}
        }
        spoken.as_mut().graceful_shutdown();
        let _ = spoken.await;
    }

    /// Answers whoever is not in a tunnel, and opens one for those who ask.
    fn outside(self: &Arc<Self>, place: Place) -> impl Fn(Request<Incoming>) -> Answer + use<> {
        let door = Arc::clone(self);
        move |request| {
            if request.method() == Method::CONNECT {
                Box::pin(ready(Ok(tunnel::open(&door, request, Arc::clone(&place)))))
            } else {
                door.answer(request)
            }
        }
    }

    fn answer(&self, request: Request<Incoming>) -> Answer {
        let answer = http::answer(&self.router, request.map(Body::new));
        Box::pin(async move { Ok(answer.await) })
    }
}
