//! A recursive listing of everything, page by page.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::json;
use testkit::{APP_KEY, Consent, Walk};

/// Nobody answers there: the address itself brings the token.
const BACK: &str = "http://127.0.0.1:9";
const TAG: &[u8] = br#"".tag":"#;
const CURSOR: &[u8] = br#"],"cursor":""#;
/// What stands behind the entries of a page is shorter than this.
const TAIL_BYTES_MAX: usize = 2_000;

/// What it came to.
pub(crate) struct Listing {
    pub(crate) entries: u64,
    pub(crate) took: Duration,
}

impl Listing {
    pub(crate) async fn measure(url: &str, token: &str, files: u64) -> anyhow::Result<Self> {
        let http = reqwest::Client::new();
        let started = Instant::now();
        let mut entries = 0;
        let mut route = "files/list_folder";
        let mut argument = json!({ "path": "", "recursive": true, "limit": 2000 });
        loop {
            let request = http.post(format!("{url}2/{route}")).bearer_auth(token);
            let page = request.json(&argument).send().await?.error_for_status()?.bytes().await?;
            entries += memchr::memmem::find_iter(&page, TAG).count() as u64;
            let tail = page.get(page.len().saturating_sub(TAIL_BYTES_MAX)..).unwrap_or_default();
            let at = memchr::memmem::rfind(tail, CURSOR).context("a page without a cursor")?;
            let tail = tail.get(at + CURSOR.len()..).unwrap_or_default();
            if !tail.ends_with(b"true}") {
                break;
            }
            let cursor = tail.split(|byte| *byte == b'"').next().unwrap_or_default();
            argument = json!({ "cursor": std::str::from_utf8(cursor)? });
            route = "files/list_folder/continue";
        }
        ensure!(entries >= files, "{entries} entries for {files} files");
        Ok(Self { entries, took: started.elapsed() })
    }
}

/// An access token, by the flow that needs no second request.
pub(crate) async fn token(url: &str) -> anyhow::Result<String> {
    let authorize = format!(
        "{url}oauth2/authorize?client_id={APP_KEY}&response_type=token&redirect_uri={BACK}/&\
         scope=files.metadata.read"
    );
    let back = Walk::new(BACK)?.at_dropbox(&authorize, Consent::Allow).await?;
    let token = back.split("access_token=").nth(1).and_then(|rest| rest.split('&').next());
    Ok(token.with_context(|| format!("no token in {back}"))?.to_owned())
}
