//! Events appended over HTTP, each with its receipt.

use std::rc::Rc;

use anyhow::Context;
use ledger::entry::Opened;
use ledger::{Attributes, NewAsset, Principal, Sharing};
use memchr::memmem::Finder;
use sha2::{Digest, Sha256};
use tlog::{Checkpoint, Receipt, VerifierKey, verify_inclusion};

use crate::arguments::Arguments;
use crate::http::{Caller, Said, authorization};
use crate::load::{bearable, press, steady};
use crate::place::Place;
use crate::{Rows, row};

/// Documents that get versions.
const DOCUMENTS: u64 = 1_000;
/// One receipt of so many is verified, because that costs the cores that are measured.
const VERIFIED: u64 = 1_000;

/// Where the numbers of each load begin, so that no content comes twice.
const FIRST_WITH_RECEIPT: u64 = 1 << 40;
const FIRST_STEADY: u64 = 1 << 41;

/// What an append is made of.
struct Appending {
    documents: Vec<String>,
    authorization: String,
    key: VerifierKey,
}

pub(crate) async fn measure(arguments: &Arguments) -> anyhow::Result<Rows> {
    let place = Place::new(arguments, "append")?;
    let appending = Rc::new(prepare(&place).await?);
    let served = place.serve(&arguments.binary)?;
    let answered = Rc::clone(&appending);
    let append = async move |caller: &mut Caller, number: u64| {
        answered.append(caller, number).await.map(drop)
    };
    let mut alone = press(served.url(), 0, append).await?;
    let mut most = press(served.url(), FIRST_WITH_RECEIPT, with_receipt(&appending)).await?;
    let rate = bearable(arguments.rate, most.per_second());
    let (first, load) = (FIRST_STEADY, arguments.load);
    let mut steady = steady(served.url(), first, rate, load, with_receipt(&appending)).await?;
    let what = format!("appended over HTTP, receipt fetched, {rate} events/s");
    Ok(vec![
        row(
            "most events appended over HTTP, answered when signed",
            "over 10000/s",
            alone.summary(),
        ),
        row("most events appended over HTTP, receipt fetched", "over 10000/s", most.summary()),
        row(&what, "under 25 ms at 99 %", steady.summary()),
    ])
}

fn with_receipt(
    appending: &Rc<Appending>,
) -> impl AsyncFn(&mut Caller, u64) -> anyhow::Result<()> + use<> {
    let appending = Rc::clone(appending);
    async move |caller: &mut Caller, number: u64| appending.with_receipt(caller, number).await
}

async fn prepare(place: &Place) -> anyhow::Result<Appending> {
    let loaded = place.open().await?;
    let tenancy = loaded.ledger.first_tenancy().await?.id;
    let mut documents = Vec::new();
    for number in 0..DOCUMENTS {
        let hash = hex::encode(Sha256::digest(format!("document {number}")));
        let attributes = Attributes::from([
            ("arc_display_name", format!("Document {number}").as_str()),
            ("arc_profile", "Document"),
            ("document_hash_alg", "sha256"),
            ("document_hash_value", hash.as_str()),
        ]);
        let accepted = Principal::default();
        let new = NewAsset { attributes, sharing: Sharing::Public, accepted };
        let made = loaded.ledger.register_asset(tenancy, new, None).await?;
        documents.push(made.asset.to_string());
    }
    let authorization = authorization(&loaded.ledger).await?;
    let key = loaded.ledger.log_key();
    loaded.ledger.close().await;
    Ok(Appending { documents, authorization, key })
}

impl Appending {
    /// Publishes a version; answers with the path of its receipt.
    async fn append(&self, caller: &mut Caller, number: u64) -> anyhow::Result<String> {
        let document = usize::try_from(number % DOCUMENTS)?;
        let document = self.documents.get(document).context("no such document")?;
        let path = format!("/archivist/v2/assets/{document}/events");
        let headers = &[("authorization", self.authorization.as_str())];
        let said = Said { body: Some(event(number)), headers };
        let answer = caller.ask(&path, said).await?;
        let receipt = receipt_path(&answer).context("the answer names no receipt")?;
        Ok(receipt.to_owned())
    }

    async fn with_receipt(&self, caller: &mut Caller, number: u64) -> anyhow::Result<()> {
        let path = self.append(caller, number).await?;
        let receipt = caller.ask(&path, Said::default()).await?;
        if number.is_multiple_of(VERIFIED) { self.verify(&receipt) } else { Ok(()) }
    }

    fn verify(&self, receipt: &[u8]) -> anyhow::Result<()> {
        let receipt = Receipt::parse(std::str::from_utf8(receipt)?)?;
        let head = Checkpoint::open(&receipt.checkpoint, &self.key)?;
        let leaf = Opened::parse(receipt.extra.as_deref().unwrap_or_default())?.leaf();
        Ok(verify_inclusion(&leaf, receipt.index, head.size, &receipt.path, &head.root)?)
    }
}

fn event(number: u64) -> String {
    let hash = hex::encode(Sha256::digest(number.to_be_bytes()));
    serde_json::json!({
        "operation": "Record",
        "behaviour": "RecordEvidence",
        "event_attributes": { "arc_display_type": "Publish" },
        "asset_attributes": {
            "document_hash_alg": "sha256",
            "document_hash_value": hash,
            "document_status": "Published",
            "document_version": number.to_string(),
        },
    })
    .to_string()
}

fn receipt_path(answer: &[u8]) -> Option<&str> {
    const MEMBER: &[u8] = b"\"receipt\":\"";
    let start = Finder::new(MEMBER).find(answer)? + MEMBER.len();
    let rest = answer.get(start..)?;
    let end = memchr::memchr(b'"', rest)?;
    std::str::from_utf8(rest.get(..end)?).ok()
}
