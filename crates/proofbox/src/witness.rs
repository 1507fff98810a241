//! `proofbox witness`: watches over other people's logs, so that none of them can show two
//! histories. It is no part of an instance, and best run by somebody else than the logs' owners.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use ledger::Clock;
use tlog::{KeyName, MalformedPolicy, Policy, VerifierKey};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;
use witness::{CosignatureKinds, Options, Witness};

use crate::config::LogFormat;
use crate::exit::Outcome;
use crate::shutdown::Shutdown;
use crate::{logging, output};

const LOG_FILTER: &str = "info";

/// Witness other people's logs: sign each checkpoint that continues the last one
#[derive(Args)]
#[command(
    after_help = "The file with the logs has a line `log VKEY` for each; a Proofbox shows its \
    VKEY in the first line of /log/vkey. The lines that this command prints belong into the policy of the other side: \
    docs/witness.md walks through both."
)]
pub(crate) struct Arguments {
    /// Directory for the key and the last checkpoint of each log; created if missing
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Name of this witness, by custom its address without https://; kept from the first start on
    #[arg(long, value_name = "NAME")]
    name: KeyName,
    /// File that names the logs to witness
    #[arg(long, value_name = "FILE", required_unless_present = "print_key")]
    logs: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8472")]
    listen: SocketAddr,
    /// The address under which logs reach it [default: localhost with the port]
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Sign with ML-DSA-44 as well, for the time of quantum computers
    #[arg(long)]
    ml_dsa_44: bool,
    /// Print the lines for the other side's policy, and start nothing
    #[arg(long)]
    print_key: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let witness = arguments.open()?;
    if arguments.print_key {
        policy_lines(&witness, arguments.public_url.as_ref())?;
        return Ok(Outcome::Done);
    }
    let shutdown = Shutdown::listen()?;
    logging::start(LogFormat::Text, LOG_FILTER)?;
    let listener = TcpListener::bind(arguments.listen).await.with_context(|| {
        format!("cannot listen on {}; choose another address with --listen", arguments.listen)
    })?;
    let address = match arguments.public_url {
        Some(url) => url,
        None => Url::parse(&format!("http://localhost:{}", listener.local_addr()?.port()))?,
    };
    output::result(format_args!("The witness is at {address}"))?;
    policy_lines(&witness, Some(&address))?;
    serve(witness, listener, shutdown).await
}

impl Arguments {
    fn open(&self) -> anyhow::Result<Witness> {
        let logs = match &self.logs {
            Some(path) => read_logs(path)?,
            None => Policy::parse(b"quorum none\n")?,
        };
        let kinds = if self.ml_dsa_44 { CosignatureKinds::Both } else { CosignatureKinds::Ed25519 };
        let (directory, name) = (self.data.clone(), self.name.clone());
        Ok(Witness::open(Options { directory, name, logs, kinds, clock: Clock::system() })?)
    }
}

/// Serves until asked to stop, or until the witness can no longer remember what it signs.
async fn serve(
    witness: Witness,
    listener: TcpListener,
    shutdown: Shutdown,
) -> anyhow::Result<Outcome> {
    let closing = CancellationToken::new();
    let server = server::serve_router(listener, witness.router(), closing.clone());
    let server = tokio::spawn(server);
    let failed = tokio::select! {
        () = shutdown.requested() => None,
        reason = witness.failed() => Some(reason),
    };
    closing.cancel();
    server.await?;
    if let Some(reason) = failed {
        bail!(
            "the witness stopped signing: {reason}. Make room or repair the disk, then start it \
             again: it remembers everything that it signed"
        );
    }
    Ok(Outcome::Done)
}

/// A policy's lines `log VKEY`. The line `quorum none`, which a policy needs, may be left out.
fn read_logs(path: &Path) -> anyhow::Result<Policy> {
    let mut text = std::fs::read(path).with_context(|| {
        format!("cannot read {}; make it, with a line `log VKEY` for each log", path.display())
    })?;
    let mut policy = Policy::parse(&text);
    if policy == Err(MalformedPolicy::NoQuorum) {
        text.extend_from_slice(b"quorum none\n");
        policy = Policy::parse(&text);
    }
    policy.with_context(|| {
        format!("{} must have a line `log VKEY` for each log; correct it", path.display())
    })
}

/// What the other side writes into its policy: a line for each key.
fn policy_lines(witness: &Witness, address: Option<&Url>) -> anyhow::Result<()> {
    let address = address.map(|url| format!(" {}", url.as_str().trim_end_matches('/')));
    for (at, key) in witness.keys().iter().enumerate() {
        let (name, address) = (policy_name(key, at), address.as_deref().unwrap_or_default());
        output::result(format_args!("witness {name} {key}{address}"))?;
    }
    Ok(())
}

/// A policy needs a name of its own for each key.
fn policy_name(key: &VerifierKey, at: usize) -> String {
    match at {
        0 => key.name().to_string(),
        _ => format!("{}-ml-dsa-44", key.name()),
    }
}
