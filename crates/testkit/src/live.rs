//! A reader of a live stream (server-sent events): who waits for a change is woken by it instead
//! of asking again and again.

use std::time::Duration;

use anyhow::Context;
use reqwest::{RequestBuilder, Response};

/// A connection that stays open.
const STREAM_TIMEOUT: Duration = Duration::from_mins(10);

/// An open stream.
pub(crate) struct Live {
    answer: Response,
    unread: Vec<u8>,
}

impl Live {
    /// Opens the stream; from here on, no event is missed.
    pub(crate) async fn open(request: RequestBuilder) -> anyhow::Result<Self> {
        let answer = request.timeout(STREAM_TIMEOUT).send().await?.error_for_status()?;
        Ok(Self { answer, unread: Vec::new() })
    }

    /// Waits for the next event and returns it as it came; comments that keep the line open are
    /// passed over.
    pub(crate) async fn next(&mut self) -> anyhow::Result<String> {
        loop {
            while let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let event = self.unread.drain(..end + 2).collect::<Vec<_>>();
                if event.starts_with(b"event:") || event.starts_with(b"data:") {
                    return Ok(String::from_utf8(event)?);
                }
            }
            let chunk = self.answer.chunk().await?.context("the live stream ended")?;
            self.unread.extend_from_slice(&chunk);
        }
    }
}
