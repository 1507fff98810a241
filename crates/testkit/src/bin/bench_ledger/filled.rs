//! An instance with a large index: each file has five versions, each of them known by two fingerprints.

use std::path::Path;
use std::time::Instant;

use ledger::Fingerprint;
use testkit::{Loaded, Proofbox, Shape, per_second};

use crate::arguments::Arguments;
use crate::bulk::fill;
use crate::http::authorization;
use crate::place::Place;
use crate::{Rows, row};

pub(crate) const SHAPE: Shape = Shape { versions: 5, has_sha256: true };
const FILE_FINGERPRINTS: u64 = SHAPE.versions * 2;
const COMMIT_FILES: u64 = 1_000;

pub(crate) struct Filled {
    place: Place,
    pub(crate) files: u64,
    pub(crate) authorization: String,
    rate: u64,
    bytes_per_event: u64,
}

impl Filled {
    pub(crate) async fn new(arguments: &Arguments, fingerprints: u64) -> anyhow::Result<Self> {
        let place = Place::new(arguments, "filled")?;
        let loaded = place.open().await?;
        let files = (fingerprints / FILE_FINGERPRINTS).max(1);
        let started = Instant::now();
        fill(&loaded, SHAPE, COMMIT_FILES, files).await?;
        let events = files * SHAPE.versions;
        let rate = per_second(events, started.elapsed());
        let authorization = authorization(&loaded.ledger).await?;
        let bytes_per_event = loaded.ledger.stored_bytes().await? / events;
        loaded.ledger.close().await;
        Ok(Self { place, files, authorization, rate, bytes_per_event })
    }

    pub(crate) fn rows(&self) -> Rows {
        let events = self.files * SHAPE.versions;
        let what = format!("filling the index: {events} events with {} fingerprints", events * 2);
        let bytes = "bytes per event, with two fingerprints, all rows and indexes";
        vec![
            (what, format!("{}/s", self.rate)),
            row(bytes, "under 1024", self.bytes_per_event.to_string()),
        ]
    }

    pub(crate) fn serve(&self, binary: &Path) -> anyhow::Result<Proofbox> {
        self.place.serve(binary)
    }

    pub(crate) async fn open(&self) -> anyhow::Result<Loaded> {
        self.place.open().await
    }

    /// What one of its versions is known by: another one for each number, in no order.
    pub(crate) fn content(&self, number: u64) -> Fingerprint {
        let versions = self.files * SHAPE.versions;
        // A large prime, so that neighbours are strangers and each version comes once.
        let version = u64::try_from(u128::from(number) * 2_654_435_761 % u128::from(versions));
        let version = version.expect("invariant: the rest is below a u64");
        SHAPE.fingerprint(version / SHAPE.versions, version % SHAPE.versions)
    }
}
