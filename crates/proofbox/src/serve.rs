//! `proofbox serve`: runs an instance until it is asked to stop, or until it no longer can.

use clap::Args;

use crate::config::{Flags, Location, Settings};
use crate::exit::Outcome;
use crate::instance::{Instance, SignInLink};
use crate::shutdown::Shutdown;
use crate::{logging, output};

/// Run Proofbox
#[derive(Args)]
#[command(after_help = "Every setting of proofbox.toml is also an environment variable; \
    `proofbox check --help` lists them. Without dropbox_app_key (DROPBOX_APP_KEY) everything works but \
    connecting a Dropbox: docs/dropbox-app.md says how to create the app.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    flags: Flags,
    /// Print a one-time sign-in link, as the first start does
    #[arg(long)]
    sign_in_link: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&arguments.location, &arguments.flags)?;
    let shutdown = Shutdown::listen()?;
    logging::start(settings.log_format, &settings.log_filter)?;
    let link = if arguments.sign_in_link { SignInLink::Always } else { SignInLink::FirstStart };
    let instance = Instance::start(&settings).await?;
    output::result(format_args!("Proofbox is at {}", instance.address()))?;
    if let Some(link) = instance.sign_in_link(link).await? {
        output::result(format_args!("Sign in, once and within 15 minutes: {link}"))?;
    }
    instance.run_until(shutdown.requested()).await?;
    Ok(Outcome::Done)
}
