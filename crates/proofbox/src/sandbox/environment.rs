//! `proofbox sandbox env`: what to set so that a program which knows only the real Dropbox talks to
//! the sandbox. The running sandbox is asked, since it knows where its certificate is.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use url::Url;

use crate::exit::Outcome;
use crate::output;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Print what to set so that programs for Dropbox talk to a running sandbox instead
#[derive(Args)]
#[command(after_help = "For the programs that this shell starts: eval \"$(proofbox sandbox env)\"")]
pub(super) struct Arguments {
    /// Where the sandbox is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8471/")]
    url: Url,
    /// Print one JSON object instead of lines for a shell
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let variables = ask(&arguments.url).await?;
    if arguments.json {
        output::json(&variables)?;
        return Ok(Outcome::Done);
    }
    for (name, value) in &variables {
        output::result(format_args!("export {name}={}", quoted(value)))?;
    }
    Ok(Outcome::Done)
}

async fn ask(url: &Url) -> anyhow::Result<BTreeMap<String, String>> {
    let nobody = || format!("no sandbox answers at {url}; start one with: proofbox sandbox --help");
    // What was set for the sandbox in this shell already must not lead this question astray.
    let client = reqwest::Client::builder().no_proxy().timeout(ANSWER_TIMEOUT).build()?;
    let address = url.join("sandbox/environment")?;
    let reply = client.get(address).send().await.with_context(nobody)?;
    anyhow::ensure!(
        reply.status() != reqwest::StatusCode::NOT_FOUND,
        "the sandbox at {url} has no file with its certificate; start it with --state DIR"
    );
    reply.error_for_status()?.json().await.with_context(nobody)
}

/// A word for every shell: in single quotes nothing has a meaning but the single quote.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn values_reach_a_shell_as_they_are() {
        assert_eq!(quoted("http://127.0.0.1:8471"), "'http://127.0.0.1:8471'");
        assert_eq!(quoted("/a b/it's $(here)"), "'/a b/it'\\''s $(here)'");
    }
}
