//! `proofbox check`: reads the configuration as `serve` would, and reports what it amounts to.
//! Starts nothing, and asks nobody.

use clap::Args;
use ledger::Database;
use serde_json::{Map, Value};

use crate::config::{self, Flags, Location, LogFormat, Settings};
use crate::exit::Outcome;
use crate::output;

/// Check the configuration and say what it amounts to
#[derive(Args)]
#[command(after_help = config::keys_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    flags: Flags,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&arguments.location, &arguments.flags)?;
    let rows = rows(&settings);
    if arguments.json {
        let object = rows.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
        output::json(&Value::Object(object.collect::<Map<_, _>>()))?;
    } else {
        for (key, value) in rows {
            let value = value.as_deref().unwrap_or("not set");
            output::result(format_args!("{key:20} {value:32} {}", place(&settings, key)))?;
        }
    }
    advise(&settings);
    Ok(Outcome::Done)
}

/// Each setting with its value; a secret is only said to be there.
fn rows(settings: &Settings) -> [(&'static str, Option<String>); 14] {
    let app = settings.dropbox_app.as_ref();
    let secret = app.and_then(|app| app.secret.as_ref());
    let format = match settings.log_format {
        LogFormat::Text => "text",
        LogFormat::Json => "json",
    };
    [
        ("data", Some(settings.data.display().to_string())),
        ("database", Some(database(settings))),
        ("listen", Some(settings.listen.to_string())),
        ("public_url", settings.public_url.as_ref().map(ToString::to_string)),
        ("dropbox_app_key", app.map(|app| app.key.clone())),
        ("dropbox_app_secret", secret.map(|_| "set".to_owned())),
        ("dropbox_url", settings.dropbox_url.as_ref().map(ToString::to_string)),
        ("metrics_token", settings.metrics_token.as_ref().map(|_| "set".to_owned())),
        (
            "witnesses",
            settings.witnesses.as_ref().map(|witnesses| witnesses.path.display().to_string()),
        ),
        ("log_copy", settings.log_copy.as_ref().map(|directory| directory.display().to_string())),
        ("webhooks_to", Some(settings.webhooks.to_string())),
        ("name_servers", name_servers(settings)),
        ("log_format", Some(format.to_owned())),
        ("log_filter", Some(settings.log_filter.clone())),
    ]
}

/// Without its password.
fn database(settings: &Settings) -> String {
    match &settings.database {
        Database::Embedded => "sqlite".to_owned(),
        Database::Postgres(postgres) => postgres.to_string(),
    }
}

/// As they are written; not set where the system's are asked.
fn name_servers(settings: &Settings) -> Option<String> {
    let servers: Vec<_> = settings.name_servers.iter().map(ToString::to_string).collect();
    (!servers.is_empty()).then(|| servers.join(", "))
}

/// Where a setting comes from.
fn place(settings: &Settings, key: &str) -> String {
    let set = settings.set.iter().find(|(name, _)| *name == key);
    match set {
        Some((_, place)) => place.to_string(),
        None if key == "data" => "flag or environment".to_owned(),
        None => "default".to_owned(),
    }
}

/// What is no error, but what an operator may not have meant.
fn advise(settings: &Settings) {
    if settings.dropbox_app.is_none() {
        output::tell(
            "Without dropbox_app_key no Dropbox can be connected; docs/dropbox-app.md says how to create the app.",
        );
    }
    if let Some(witnesses) = &settings.witnesses {
        output::tell(witnesses.summary());
    }
    if settings.public_url.is_none() {
        output::tell("Without public_url people reach it on this machine alone, as localhost.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_listed() {
        let data = tempfile::tempdir().unwrap();
        let location = Location { data: data.path().to_owned(), config: None };
        let settings = Settings::read(&location, &Flags::default()).unwrap();
        let listed: Vec<_> = rows(&settings).iter().map(|(key, _)| *key).collect();
        let known: Vec<_> = config::KEYS.iter().map(|key| key.name).collect();
        for key in &known {
            assert!(listed.contains(key), "{key} is not listed");
        }
        assert_eq!(listed.len(), known.len() + 1, "all of them, and the data directory");
    }
}
