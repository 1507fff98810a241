//! The same tree listed by somebody else: rclone, unmodified, over TLS through the sandbox's proxy.
//! It lists with hashes and no more; Proofbox also records, commits and signs.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use sandbox::Sandbox;
use serde_json::{Value, json};
use testkit::{APP_KEY, Consent, Walk};

/// Where the consent sends the browser back to; nobody listens there.
const BACK: &str = "http://127.0.0.1:9";

/// How long rclone takes for `lsjson -R --hash` of everything. `None` where it isn't installed.
pub(crate) async fn measure(dropbox: &Sandbox, files: u64) -> anyhow::Result<Option<Duration>> {
    if Command::new("rclone").arg("version").stdout(Stdio::null()).status().is_err() {
        return Ok(None);
    }
    let token = token(dropbox).await?;
    let environment = dropbox.environment().context("the sandbox has no certificate to name")?;
    let mut rclone = Command::new("rclone");
    rclone.args(["lsjson", "-R", "--hash", "--files-only", "sandbox:"]).envs(environment);
    rclone.env("RCLONE_CONFIG", "/dev/null").env("RCLONE_CONFIG_SANDBOX_TYPE", "dropbox");
    rclone.env("RCLONE_CONFIG_SANDBOX_CLIENT_ID", APP_KEY);
    rclone.env("RCLONE_CONFIG_SANDBOX_TOKEN", token.to_string());
    let started = Instant::now();
    let output = tokio::task::spawn_blocking(move || rclone.output()).await??;
    let took = started.elapsed();
    anyhow::ensure!(output.status.success(), "rclone: {}", String::from_utf8_lossy(&output.stderr));
    let listed = serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(&output.stdout)?.len() as u64;
    anyhow::ensure!(listed == files, "rclone listed {listed} of {files} files");
    Ok(Some(took))
}

/// A token as rclone keeps it.
async fn token(dropbox: &Sandbox) -> anyhow::Result<Value> {
    let authorize = format!(
        "{}oauth2/authorize?client_id={APP_KEY}&response_type=code&token_access_type=offline\
         &redirect_uri={BACK}",
        dropbox.url(),
    );
    let back = Walk::new(BACK)?.at_dropbox(&authorize, Consent::Allow).await?;
    let code = back.split_once("code=").context("no code")?.1.split('&').next();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.unwrap_or_default()),
        ("client_id", APP_KEY),
        ("client_secret", "any"),
        ("redirect_uri", BACK),
    ];
    let url = dropbox.url().join("oauth2/token")?;
    let grant: Value = reqwest::Client::new().post(url).form(&form).send().await?.json().await?;
    let access_token = grant["access_token"].as_str().with_context(|| grant.to_string())?;
    Ok(json!({
        "access_token": access_token,
        "token_type": "bearer",
        "refresh_token": grant["refresh_token"],
        "expiry": "2099-01-01T00:00:00Z",
    }))
}
