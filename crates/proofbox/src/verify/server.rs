//! The server that is asked: small requests that say neither which file it is nor what its
//! fingerprint is, and one more for a receipt where the caller wants it checked.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use ledger::lookup::{Answer, BITS_MAX};
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;
use url::Url;

use super::lookup::{Bucket, Question, outcome};
use crate::fingerprint::Fingerprints;
use crate::receipt::RECEIPT_BYTES_MAX;

/// Larger than any bucket that an honest server sends.
const ANSWER_BYTES_MAX: u64 = 8 * 1024 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A server, and the runtime to talk to it: offline there is neither.
pub(super) struct Server {
    runtime: Runtime,
    client: Client,
    address: Url,
    /// How much of a lookup id the server asks for; it grows with the number of documents.
    bits: Cell<u8>,
}

#[derive(Deserialize)]
struct Bits {
    bits: u8,
}

impl Server {
    /// Finds out whether it is one, and how fine its buckets are.
    pub(super) fn connect(mut address: Url) -> anyhow::Result<Self> {
        if !address.path().ends_with('/') {
            address.set_path(&format!("{}/", address.path()));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let client = Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let server = Self { runtime, client, address, bits: Cell::new(0) };
        server.learn_bits()?;
        Ok(server)
    }

    /// What the server knows about a content: the mildest verdict first, then the earliest.
    pub(super) fn look_up(&self, fingerprints: &Fingerprints) -> anyhow::Result<Vec<Answer>> {
        let mut answers = Vec::new();
        for question in Question::both(fingerprints) {
            answers.extend(question.open(&self.bucket(&question)?));
        }
        answers.sort_by_key(|answer| (outcome(answer), answer.published));
        answers.dedup_by(|one, other| one.event == other.event);
        Ok(answers)
    }

    /// The receipt of a publication. The server learns which one is meant.
    pub(super) fn receipt(&self, answer: &Answer) -> anyhow::Result<String> {
        let path = format!("publicassets/{}/events/{}/receipt", answer.asset, answer.event);
        let bytes = self.read(self.ask(&path)?, RECEIPT_BYTES_MAX)?;
        String::from_utf8(bytes)
            .with_context(|| format!("{} sent a receipt that is not text", self.address))
    }

    fn bucket(&self, question: &Question) -> anyhow::Result<Bucket> {
        let mut answer = self.ask_for_bucket(question)?;
        if answer.status() == StatusCode::CONFLICT {
            // Documents were added since, and the buckets are finer now.
            self.learn_bits()?;
            answer = self.ask_for_bucket(question)?;
        }
        self.json(answer)
    }

    fn ask_for_bucket(&self, question: &Question) -> anyhow::Result<Response> {
        let bits = self.bits.get();
        self.ask(&format!("api/lookup?bits={bits}&prefix={}", question.prefix(bits)))
    }

    fn learn_bits(&self) -> anyhow::Result<()> {
        let Bits { bits } = self.json(self.ask("api/lookup")?)?;
        ensure!(
            bits <= BITS_MAX,
            "{} wants {bits} bits of the fingerprint, which is more than this command gives away",
            self.address
        );
        self.bits.set(bits);
        Ok(())
    }

    fn ask(&self, path: &str) -> anyhow::Result<Response> {
        let request = self.client.get(self.address.join(path)?);
        // Sending starts a timer, which only works inside of the runtime.
        let answer = self.runtime.block_on(async { request.send().await });
        let answer = answer.map_err(reqwest::Error::without_url);
        answer.with_context(|| format!("cannot reach {}; check the address", self.address))
    }

    fn json<T: DeserializeOwned>(&self, answer: Response) -> anyhow::Result<T> {
        serde_json::from_slice(&self.read(answer, ANSWER_BYTES_MAX)?)
            .with_context(|| format!("{} does not answer like a Proofbox server", self.address))
    }

    fn read(&self, answer: Response, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
        if !answer.status().is_success() {
            bail!("{} answered {} for {}", self.address, answer.status(), answer.url().path());
        }
        self.runtime
            .block_on(body(answer, bytes_max))
            .with_context(|| format!("the answer of {} broke off", self.address))
    }
}

/// Reads an answer up to a limit, whatever length it claims.
async fn body(mut answer: Response, bytes_max: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        ensure!(bytes.len() as u64 <= bytes_max, "it is larger than {bytes_max} bytes");
    }
    Ok(bytes)
}
