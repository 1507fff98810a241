//! A thousand clients that wait for changes, each on a connection of its own.

use std::time::Duration;

use anyhow::{Context, ensure};
use reqwest::Url;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use testkit::usage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::subject::Subject;

const WAITING: u64 = 1_000;
/// Files, pipes and the sandbox's own sockets come on top of those that wait.
const OPEN_FILES: u64 = WAITING + 200;
/// How long memory has to stay the same until it counts as settled.
const REST: Duration = Duration::from_millis(500);
const LOOKS_MAX: usize = 60;
const ANSWER_BYTES_MAX: usize = 4_096;

/// What it came to.
pub(crate) struct Longpolls {
    pub(crate) waiting: u64,
    /// What the process has resident on top of what it had before.
    pub(crate) bytes: u64,
}

impl Longpolls {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people, far below 2^52")]
    pub(crate) fn mebibytes(&self) -> f64 {
        self.bytes as f64 / 1_048_576.0
    }

    pub(crate) async fn measure(subject: &Subject, token: &str) -> anyhow::Result<Self> {
        let url = Url::parse(subject.url())?;
        let http = reqwest::Client::new();
        let request = http.post(url.join("2/files/list_folder/get_latest_cursor")?);
        let request = request.bearer_auth(token).json(&json!({ "path": "", "recursive": true }));
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        let cursor = answer.get("cursor").and_then(Value::as_str).context("no cursor")?;
        let before = settled(subject.id()).await?;
        let mut waiting = Vec::new();
        for _ in 0..WAITING {
            waiting.push(wait(&url, cursor).await?);
        }
        let after = settled(subject.id()).await?;
        // One change wakes all of them, so that nobody is counted who did not wait.
        let file = url.join("sandbox/files?path=/News.txt")?;
        http.put(file).body("news").send().await?.error_for_status()?;
        for stream in waiting {
            ensure!(answer_of(stream).await?.contains("\"changes\":true"), "somebody was not told");
        }
        Ok(Self { waiting: WAITING, bytes: after.saturating_sub(before) })
    }
}

/// Lets this process, and those that it starts, open as many files as are needed.
pub(crate) fn allow_connections() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < OPEN_FILES) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(OPEN_FILES), ..limit })?;
    }
    Ok(())
}

async fn wait(url: &Url, cursor: &str) -> anyhow::Result<TcpStream> {
    let address = url.socket_addrs(|| None)?.pop().context("no address")?;
    let mut stream = TcpStream::connect(address).await?;
    let body = json!({ "cursor": cursor, "timeout": 480 }).to_string();
    let head = format!(
        "POST /2/files/list_folder/longpoll HTTP/1.1\r\nhost: {address}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    Ok(stream)
}

async fn answer_of(mut stream: TcpStream) -> anyhow::Result<String> {
    let mut answer = vec![0; ANSWER_BYTES_MAX];
    let length = stream.read(&mut answer).await?;
    answer.truncate(length);
    Ok(String::from_utf8(answer)?)
}

/// What the process has resident once that changes no more.
async fn settled(process: u32) -> anyhow::Result<u64> {
    let mut last = usage::memory_bytes(process)?;
    for _ in 0..LOOKS_MAX {
        tokio::time::sleep(REST).await;
        let now = usage::memory_bytes(process)?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}
