//! What a witness answers, read within limits and put into words. What to make of it is decided by
//! who asked.

use std::time::Duration;

use http::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use tlog::{LatestSize, NOTE_BYTES_MAX, Signature};

/// Of an answer that refuses, only the first words are of interest.
const REFUSAL_BYTES_MAX: usize = 1024;
const WORDS_CHARS_MAX: usize = 200;

/// What a witness said to a submission.
#[derive(Debug)]
pub(crate) enum Answer {
    /// It signed: lines that nobody has checked.
    Cosigned(Vec<Signature>),
    /// It signed this size last.
    OtherSize(u64),
    /// It says that the checkpoint contradicts what it signed, or isn't proved to continue that.
    Contradicted(String),
}

/// Why nothing came of asking.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Trouble {
    /// For people.
    pub(crate) why: String,
    /// When the witness wants to be asked again, if it said so.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the witness doesn't know the log: something that its operator can mend.
    pub(crate) is_unknown_log: bool,
}

impl Trouble {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), retry_after: None, is_unknown_log: false }
    }

    /// An error with its causes.
    pub(crate) fn of(error: &dyn std::error::Error) -> Self {
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        Self::new(causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
    }
}

/// Reads the answer to a submission.
pub(crate) async fn read(sent: Result<Response, reqwest::Error>) -> Result<Answer, Trouble> {
    let response = sent.map_err(network)?;
    let (status, retry_after) = (response.status(), retry_after(&response));
    let bytes_max = if status == StatusCode::OK { NOTE_BYTES_MAX } else { REFUSAL_BYTES_MAX };
    let body = body(response, bytes_max).await?;
    match status {
        StatusCode::OK => Signature::parse_lines(&body)
            .map(Answer::Cosigned)
            .map_err(|_| Trouble::new("its answer holds no signatures")),
        StatusCode::CONFLICT => Ok(body.parse().map_or_else(
            |_| Answer::Contradicted(words(&body)),
            |LatestSize(size)| Answer::OtherSize(size),
        )),
        StatusCode::UNPROCESSABLE_ENTITY => Ok(Answer::Contradicted(words(&body))),
        _ => Err(Trouble { retry_after, ..refused(status, &body) }),
    }
}

/// Reads the checkpoint that a witness shows; `None` where it shows none.
pub(crate) async fn read_shown(
    sent: Result<Response, reqwest::Error>,
    bytes_max: usize,
) -> Result<Option<String>, Trouble> {
    let response = sent.map_err(network)?;
    let status = response.status();
    match status {
        StatusCode::OK => body(response, bytes_max).await.map(Some),
        StatusCode::NOT_FOUND => Ok(None),
        _ => Err(refused(status, &body(response, REFUSAL_BYTES_MAX).await?)),
    }
}

fn refused(status: StatusCode, body: &str) -> Trouble {
    let is_unknown_log = status == StatusCode::NOT_FOUND;
    let why = format!("it answered {status}: {}", words(body));
    Trouble { why, retry_after: None, is_unknown_log }
}

/// The body to its end. One that is longer, or no text, is no answer.
async fn body(mut response: Response, bytes_max: usize) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(network)? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(Trouble::new(format!("its answer is longer than {bytes_max} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Trouble::new("its answer is no text"))
}

/// The first words of a text from outside, harmless in a log.
fn words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|character| !character.is_control()).take(WORDS_CHARS_MAX).collect()
}

/// What kept an answer from arriving, without the layers in between.
fn network(error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    if error.is_timeout() {
        return Trouble::new("it takes too long to answer");
    }
    let what = if error.is_connect() { "it can't be reached" } else { "its answer broke off" };
    let cause = std::error::Error::source(&error);
    let causes = std::iter::successors(cause, |cause| cause.source());
    match causes.last() {
        Some(cause) => Trouble::new(format!("{what} ({cause})")),
        None => Trouble::new(what),
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
