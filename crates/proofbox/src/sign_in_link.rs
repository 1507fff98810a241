//! `proofbox sign-in-link`: a new one-time link for the administrator or another member, also beside a
//! running server.

use anyhow::{Context, bail};
use clap::Args;
use ledger::{Attached, Ledger, User};
use url::Url;

use crate::config::Kept;
use crate::exit::Outcome;
use crate::{instance, output};

/// Print a one-time link that signs the administrator or another member in, good for 15 minutes
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    kept: Kept,
    /// Where the instance is reached [default: where it last said it was]
    #[arg(long, value_name = "URL", env = "PROOFBOX_PUBLIC_URL")]
    public_url: Option<Url>,
    /// Name, address or id of the member [default: the first administrator]
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let ledger = Ledger::attach(arguments.kept.location()?)?;
    let address = arguments
        .public_url
        .clone()
        .or_else(|| instance::noted_address(&arguments.kept.data))
        .context("it is not known where this instance is reached; say so with --public-url")?;
    let member = match &arguments.member {
        Some(name) => member(&ledger, name)?,
        None => ledger.first_administrator()?,
    };
    let token = ledger.create_sign_in_link(member.id)?.context("the member was just removed")?;
    output::result(instance::sign_in_address(&address, &token)?)?;
    Ok(Outcome::Done)
}

fn member(ledger: &Attached, name: &str) -> anyhow::Result<User> {
    let found = ledger.members_called(name)?;
    match <[User; 1]>::try_from(found) {
        Ok([member]) => Ok(member),
        Err(found) if found.is_empty() => bail!(
            "no member is called {name:?}; see the names under Settings, Members, or invite somebody there"
        ),
        Err(_) => bail!(
            "several members are called {name:?}; say the address of the one you mean, or its id from \
             /archivist/iam/v1/members"
        ),
    }
}
