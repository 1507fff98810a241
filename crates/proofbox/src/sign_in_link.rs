//! `proofbox sign-in-link`: a new one-time link for the administrator, also beside a running server.

use anyhow::Context;
use clap::Args;
use ledger::Ledger;
use url::Url;

use crate::config::Kept;
use crate::exit::Outcome;
use crate::{instance, output};

/// Print a one-time link that signs the administrator in, good for 15 minutes
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    kept: Kept,
    /// Where the instance is reached [default: where it last said it was]
    #[arg(long, value_name = "URL", env = "PROOFBOX_PUBLIC_URL")]
    public_url: Option<Url>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let ledger = Ledger::attach(arguments.kept.location()?)?;
    let address = arguments
        .public_url
        .clone()
        .or_else(|| instance::noted_address(&arguments.kept.data))
        .context("it is not known where this instance is reached; say so with --public-url")?;
    let administrator = ledger.first_administrator()?;
    let token =
        ledger.create_sign_in_link(administrator.id)?.context("there is no administrator")?;
    output::result(instance::sign_in_address(&address, &token)?)?;
    Ok(Outcome::Done)
}
