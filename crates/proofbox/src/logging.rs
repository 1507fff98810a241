//! Logs: on standard error, for people by default and as JSON for machines. What is logged is the
//! business of who logs; here is only where it goes.

use std::io;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging. Called once, before anything worth logging happens.
pub(crate) fn start(format: LogFormat, filter: &str) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(filter).context("the log filter cannot be read")?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => subscriber.with_target(false).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    }
    .map_err(|source| anyhow::anyhow!(source))
    .context("logging was started twice")
}
