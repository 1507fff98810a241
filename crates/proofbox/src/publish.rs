//! `proofbox publish`: registers files as public documents by their hashes, without Dropbox. The files
//! themselves never leave this machine, nor do their names, unless that is asked for.
//!
//! A file that the tenancy has already published is left alone, so the command can be run again over the
//! same folder; and each request has a key of its own, so a repeated one is done once.

mod registrar;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use crate::exit::Outcome;
use crate::fingerprint::{self, Fingerprints};
use crate::{hash, output};
use registrar::{Registered, Registrar};

/// The variable that holds the client secret.
const SECRET_VARIABLE: &str = "PROOFBOX_CLIENT_SECRET";
/// More files in one run are a mistake about the folder more often than not.
const FILES_MAX: usize = 1_000_000;

/// Publish files as documents that anybody who has them can verify; for ever
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(
    after_help = "Only hashes are sent. What is published stays public for ever; look at it with \
    --dry-run first. Make the client id and secret as an application (docs/api.md) and put the secret into \
    PROOFBOX_CLIENT_SECRET or a file."
)]
pub(crate) struct Arguments {
    /// Files to publish, and folders with --recursive
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The server to publish on
    #[arg(long, value_name = "URL")]
    server: Url,
    /// The application's client id
    #[arg(long, value_name = "UUID")]
    client_id: String,
    /// A file with the client secret; without it, `PROOFBOX_CLIENT_SECRET` is read
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// Publish every file in the folders named, and in theirs
    #[arg(long)]
    recursive: bool,
    /// Publish the names of the files too, which are `xxx...` without it
    #[arg(long)]
    show_names: bool,
    /// Say what would be published, and publish nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one line of JSON per file
    #[arg(long)]
    json: bool,
}

/// What became of a file.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    sha256: String,
    result: &'static str,
    asset: Option<String>,
    event: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let files = files(&arguments.files, arguments.recursive)?;
    let secret = secret(arguments.client_secret_file.as_deref())?;
    let registrar = Registrar::connect(arguments.server.clone(), &arguments.client_id, &secret)?;
    let (mut outcome, mut published) = (Outcome::Done, 0_usize);
    fingerprint::each(&files, |path, fingerprints| {
        match fingerprints {
            Ok(fingerprints) => {
                let line = publish(arguments, &registrar, path, fingerprints)?;
                published += usize::from(line.result != "already_published");
                say(&line, arguments.json)?;
            }
            Err(error) => {
                outcome = Outcome::Failed;
                output::tell(hash::unreadable(path, &error));
            }
        }
        Ok(())
    })?;
    let verb = if arguments.dry_run { "would be published" } else { "published" };
    output::tell(format_args!("{published} of {} files {verb}", files.len()));
    Ok(outcome)
}

fn publish<'a>(
    arguments: &Arguments,
    registrar: &Registrar,
    path: &'a Path,
    fingerprints: Fingerprints,
) -> anyhow::Result<Line<'a>> {
    let sha256 = hex::encode(fingerprints.sha256);
    let (result, made) = match registrar.find(&sha256)? {
        Some(asset) => ("already_published", Registered { asset, event: None }),
        None if arguments.dry_run => ("would_be_published", Registered::default()),
        None => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.filter(|_| arguments.show_names);
            ("published", registrar.register(&sha256, name.as_deref())?)
        }
    };
    let file = path.to_str().unwrap_or("(a name that is not text)");
    let asset = Some(made.asset).filter(|asset| !asset.is_empty());
    Ok(Line { file, sha256, result, asset, event: made.event })
}

fn say(line: &Line<'_>, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return output::json(line);
    }
    let words = match line.result {
        "published" => "published         ",
        "already_published" => "already published ",
        _ => "would be published",
    };
    let asset = line.asset.as_deref().unwrap_or("-");
    output::result(format_args!("{words}  {asset}  {}", output::harmless(line.file)))
}

/// The files that are meant, in the order in which they were named, those of a folder by name.
fn files(named: &[PathBuf], recursive: bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in named {
        if path.is_dir() && !recursive {
            bail!("{} is a folder; add --recursive to publish what is in it", path.display());
        }
        add(path, &mut found)?;
    }
    Ok(found)
}

/// Links are followed where they were named, and passed over inside of folders: a folder that links to
/// another one did not mean to publish it.
fn add(path: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if found.len() >= FILES_MAX {
        bail!("these are more than {FILES_MAX} files; name fewer at once");
    }
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let unreadable = || format!("the folder {} cannot be read", path.display());
    let entries = fs::read_dir(path).with_context(unreadable)?;
    let mut inside = entries.collect::<Result<Vec<_>, _>>().with_context(unreadable)?;
    inside.sort_by_key(fs::DirEntry::file_name);
    for entry in inside {
        if !entry.file_type().with_context(unreadable)?.is_symlink() {
            add(&entry.path(), found)?;
        }
    }
    Ok(())
}

fn secret(file: Option<&Path>) -> anyhow::Result<SecretString> {
    let text = match file {
        Some(file) => fs::read_to_string(file)
            .with_context(|| format!("the secret in {} cannot be read", file.display()))?,
        None => std::env::var(SECRET_VARIABLE).with_context(|| {
            format!("there is no client secret; set {SECRET_VARIABLE} or --client-secret-file")
        })?,
    };
    Ok(text.trim().into())
}
