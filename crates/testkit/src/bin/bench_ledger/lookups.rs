//! What Instaproof asks when somebody drops a file, from many addresses at once.

use std::rc::Rc;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::lookup::{Algorithm, Answer, LookupId, LookupKey};
use serde::Deserialize;

use crate::arguments::Arguments;
use crate::filled::Filled;
use crate::http::{Caller, Said};
use crate::load::{bearable, press, steady};
use crate::{Rows, row};

/// One answer of so many is opened, because that costs the cores that are measured.
const OPENED: u64 = 1_000;

struct Asking {
    filled: Rc<Filled>,
    bits: u8,
}

#[derive(Deserialize)]
struct Bits {
    bits: u8,
}

#[derive(Deserialize)]
struct Bucket {
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    tag: String,
    body: String,
}

pub(crate) async fn measure(
    arguments: &Arguments,
    filled: &Rc<Filled>,
    url: &str,
) -> anyhow::Result<Rows> {
    let bits = Caller::connect(url).await?.ask("/api/lookup", Said::default()).await?;
    let Bits { bits } = serde_json::from_slice(&bits)?;
    let asking = Rc::new(Asking { filled: Rc::clone(filled), bits });
    let mut most = press(url, 0, look_up(&asking)).await?;
    let rate = bearable(arguments.rate, most.per_second());
    let first = most.times.count() as u64;
    let mut steady = steady(url, first, rate, arguments.load, look_up(&asking)).await?;
    let fingerprints = arguments.fingerprints;
    let what = format!("lookup among {fingerprints} fingerprints, {rate} requests/s");
    Ok(vec![
        row("most lookups", "over 10000/s", most.summary()),
        row(&what, "under 5 ms at 99 %", steady.summary()),
    ])
}

fn look_up(asking: &Rc<Asking>) -> impl AsyncFn(&mut Caller, u64) -> anyhow::Result<()> + use<> {
    let asking = Rc::clone(asking);
    async move |caller: &mut Caller, number: u64| asking.look_up(caller, number).await
}

impl Asking {
    async fn look_up(&self, caller: &mut Caller, number: u64) -> anyhow::Result<()> {
        let hash = self.filled.content(number).content_hash;
        let id = LookupId::of(Algorithm::ContentHash, &hash);
        let path = path(self.bits, id.prefix());
        // A proxy on this machine says whom it asks for; one address alone would have to wait.
        let [.., one, two, three] = number.to_be_bytes();
        let address = format!("10.{one}.{two}.{three}");
        let headers = &[("x-forwarded-for", address.as_str())];
        let answer = caller.ask(&path, Said { headers, ..Said::default() }).await?;
        if number.is_multiple_of(OPENED) { open(&answer, &id, &hash) } else { Ok(()) }
    }
}

fn path(bits: u8, prefix: u64) -> String {
    let kept = prefix & !u64::MAX.checked_shr(bits.into()).unwrap_or(0);
    let digits = usize::from(bits.div_ceil(4));
    let prefix = format!("{kept:016x}");
    format!("/api/lookup?bits={bits}&prefix={}", prefix.get(..digits).unwrap_or_default())
}

/// One of the records must be about the content.
fn open(answer: &[u8], id: &LookupId, hash: &[u8; 32]) -> anyhow::Result<()> {
    let bucket: Bucket = serde_json::from_slice(answer)?;
    let (tag, key) = (hex::encode(id.tag()), LookupKey::of(Algorithm::ContentHash, hash));
    let record = bucket.records.iter().find(|record| record.tag == tag);
    let record = record.context("the bucket lacks the file")?;
    Answer::open(&key, &STANDARD.decode(&record.body)?)?;
    Ok(())
}
