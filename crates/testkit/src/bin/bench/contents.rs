//! SHA-256 beside what the same bytes cost to download and hash by hand.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sandbox::{Options, Sandbox};
use serde_json::json;
use testkit::{APP_KEY, Consent, Walk};

const FILES: u64 = 256;
const FILE_BYTES: usize = 8 * 1024 * 1024;
/// As many at a time as Proofbox reads.
const LANES: usize = 4;
/// Nobody listens there: the token is in the address.
const BACK: &str = "http://127.0.0.1:9";

/// How long it took, each way.
pub(crate) struct Contents {
    pub(crate) by_hand: Duration,
    pub(crate) took: Duration,
}

/// How much is read.
pub(crate) const BYTES: u64 = FILES * FILE_BYTES as u64;

pub(crate) async fn measure(
    walk: &Walk,
    dropbox: &Sandbox,
    integration: &str,
) -> anyhow::Result<Contents> {
    walk.allow_content(integration, &Options::default().account.email).await?;
    let tell = async |what: &str| {
        walk.post(&format!("/api/integrations/{integration}/{what}"), &json!({})).await
    };
    tell("pause").await?;
    let before = walk.integration(integration).await?["health"]["documents"].as_u64();
    write(dropbox)?;
    let by_hand = by_hand(dropbox).await?;
    let started = Instant::now();
    tell("resume").await?;
    walk.until_up_to_date(integration, before.context("no documents")? + FILES).await?;
    Ok(Contents { by_hand, took: started.elapsed() })
}

fn write(dropbox: &Sandbox) -> anyhow::Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for number in 0..FILES {
        let mut content = vec![0; FILE_BYTES];
        random.fill_bytes(&mut content);
        dropbox.files().write(&path(number), content)?;
    }
    Ok(())
}

fn path(number: u64) -> String {
    format!("/Contents/{number}.bin")
}

async fn by_hand(dropbox: &Sandbox) -> anyhow::Result<Duration> {
    let (token, http) = (token(dropbox).await?, reqwest::Client::new());
    let url = dropbox.url().join("2/files/download")?;
    let started = Instant::now();
    let downloads = stream::iter(0..FILES).map(async |number| {
        let argument = json!({ "path": path(number) }).to_string();
        let call = http.post(url.clone()).bearer_auth(&token).header("Dropbox-API-Arg", argument);
        let content = call.send().await?.error_for_status()?.bytes().await?;
        let digests = tokio::task::spawn_blocking(move || dropbox::digest(&*content)).await??;
        anyhow::Ok(digests.bytes)
    });
    let bytes: Vec<u64> = downloads.buffer_unordered(LANES).try_collect().await?;
    ensure!(bytes.iter().sum::<u64>() == BYTES, "not everything came");
    Ok(started.elapsed())
}

async fn token(dropbox: &Sandbox) -> anyhow::Result<String> {
    let authorize = format!(
        "{}oauth2/authorize?client_id={APP_KEY}&response_type=token&redirect_uri={BACK}/&\
         scope=files.content.read",
        dropbox.url()
    );
    let back = Walk::new(BACK)?.at_dropbox(&authorize, Consent::Allow).await?;
    let token = back.split("access_token=").nth(1).and_then(|rest| rest.split('&').next());
    Ok(token.with_context(|| format!("no token in {back}"))?.to_owned())
}
