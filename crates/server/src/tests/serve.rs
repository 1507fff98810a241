//! The server on a real socket: what it does when it is told to stop.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::house::House;

const PATIENCE: Duration = Duration::from_secs(20);

struct Served {
    address: String,
    cancel: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

async fn serve(house: &House) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let cancel = CancellationToken::new();
    let task = tokio::spawn(crate::serve(listener, house.state.clone(), cancel.clone()));
    Served { address, cancel, task }
}

impl Served {
    async fn send(&self, head: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    async fn stop(self) {
        self.cancel.cancel();
        timeout(PATIENCE, self.task).await.expect("it does not stop").unwrap().unwrap();
    }
}

/// Reads until the words have come, or to the end.
async fn heard(stream: &mut TcpStream, words: Option<&str>) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = timeout(PATIENCE, stream.read(&mut piece)).await.expect("silence").unwrap();
        text.extend_from_slice(&piece[..count]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        if count == 0 || words.is_some_and(|words| so_far.contains(words)) {
            return so_far;
        }
    }
}

#[tokio::test]
async fn stopping_ends_live_streams_and_idle_connections_and_returns() {
    let house = House::open();
    let cookie = house.signed_in().await;
    let served = serve(&house).await;
    let live = format!("GET /api/live HTTP/1.1\r\nhost: localhost\r\ncookie: {cookie}\r\n\r\n");
    let mut live = served.send(&live).await;
    let mut idle = served.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    heard(&mut live, Some("documents")).await;
    heard(&mut idle, Some("ok\n")).await;
    served.stop().await;
    let rest = heard(&mut live, None).await;
    assert!(rest.ends_with("0\r\n\r\n"), "the stream was torn, not ended: {rest:?}");
    assert_eq!(heard(&mut idle, None).await, "");
}

#[tokio::test]
async fn request_that_is_no_http_is_refused_and_harms_nobody() {
    let house = House::open();
    let served = serve(&house).await;
    let mut nonsense = served.send("\u{1}\u{2}nonsense\r\n\r\n").await;
    assert!(heard(&mut nonsense, None).await.starts_with("HTTP/1.1 400"));
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(600 * 1024));
    let mut stream = TcpStream::connect(&served.address).await.unwrap();
    let _ = stream.write_all(long.as_bytes()).await;
    let mut fine = served.send("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    heard(&mut fine, Some("ok\n")).await;
    served.stop().await;
}
