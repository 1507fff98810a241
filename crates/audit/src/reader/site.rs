//! A log on a web site, fetched with patience and within limits.
//!
//! What a busy server or a bad line does is waited out here for a while, so that a check of a large
//! log doesn't end at the first hiccup. Proxies and certificates are as the system has them.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, redirect};
use url::Url;

use super::{LogReader, ReadError};
use crate::LogFile;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For a whole file: a bundle may have 16 MiB.
const FILE_TIMEOUT: Duration = Duration::from_mins(1);
/// For the next piece of it.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
const REDIRECTS_MAX: usize = 3;
const ATTEMPTS_MAX: u32 = 4;
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// A tlog-tiles site.
#[derive(Clone, Debug)]
pub struct Site {
    client: Client,
    address: Url,
    attempts: u32,
}

impl Site {
    /// The log at this address, which ends in a slash.
    pub(crate) fn new(address: Url) -> reqwest::Result<Self> {
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(FILE_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(redirect::Policy::limited(REDIRECTS_MAX))
            .user_agent(concat!("proofbox/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, address, attempts: ATTEMPTS_MAX })
    }

    /// The same log one folder further down: a Proofbox has its log under `log/`.
    pub(crate) fn under(&self, folder: &str) -> Option<Self> {
        Some(Self { address: self.address.join(folder).ok()?, ..self.clone() })
    }

    /// The same log, but asked once: for whoever counts failures, or waits by itself.
    #[must_use]
    pub fn impatient(self) -> Self {
        Self { attempts: 1, ..self }
    }

    /// Where it is.
    pub fn address(&self) -> &Url {
        &self.address
    }

    async fn fetch(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let place = || self.place(file);
        let network = |source: reqwest::Error| {
            let source = source.without_url();
            ReadError::Network { place: place(), source }
        };
        let address = self.address.join(&file.path()).unwrap_or_else(|_| self.address.clone());
        let response = self.client.get(address).send().await.map_err(network)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
            status => return Err(ReadError::Status { place: place(), status: status.as_u16() }),
        }
        let bytes_max = file.bytes_max();
        let bytes = body(response, bytes_max).await.map_err(network)?;
        bytes.map(Some).ok_or_else(|| ReadError::TooLarge { place: place(), bytes_max })
    }
}

impl LogReader for Site {
    async fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, ReadError> {
        let mut pause = PAUSE_FIRST;
        for _ in 1..self.attempts {
            match self.fetch(file).await {
                Err(error) if is_passing(&error) => {}
                answered => return answered,
            }
            tokio::time::sleep(pause).await;
            pause *= 3;
        }
        self.fetch(file).await
    }

    fn place(&self, file: LogFile) -> String {
        format!("{}{file}", self.address)
    }
}

/// Whether asking again in a moment may help.
fn is_passing(error: &ReadError) -> bool {
    match error {
        ReadError::Network { source, .. } => !source.is_builder() && !source.is_redirect(),
        ReadError::Status { status, .. } => *status == 429 || *status >= 500,
        _ => false,
    }
}

/// The body, decompressed, unless it is longer than allowed: whatever length it claims.
async fn body(mut response: Response, bytes_max: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > bytes_max - bytes.len() {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}
