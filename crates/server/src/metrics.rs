//! What a monitoring system reads: the instance and its integrations as Prometheus text.
//!
//! Behind a token of its own and nothing else. Loopback is no proof of anybody: every request that
//! comes through a proxy on this machine comes from there. Without a token there is no such page.

use std::fmt::Write;

use axum::{extract::State as Shared, response::IntoResponse};
use http::{HeaderMap, header};
use ledger::Source;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use sync::{Contents, Health, State as Doing};

use crate::{
    State,
    caller::Access,
    error::Error,
    openapi::{As, Text},
    routes::Routes,
};

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) fn routes(routes: Routes) -> Routes {
    routes.get("/metrics", Access::Anonymous, "Read metrics, with the token for them", read)
}

async fn read(Shared(state): Shared<State>, headers: HeaderMap) -> Result<As<Text>, Error> {
    admit(&state, &headers)?;
    let mut text = Lines::default();
    let checkpoint = state.ledger.checkpoint().await?;
    let size = checkpoint.lines().nth(1).unwrap_or("0");
    text.family("proofbox_log_entries", "gauge", "Entries under the newest signed checkpoint.");
    text.line("proofbox_log_entries", "", size);
    text.family("proofbox_read_only", "gauge", "1 while nothing may be signed.");
    text.line("proofbox_read_only", "", u8::from(state.ledger.read_only().is_some()));
    text.family("proofbox_stored_bytes", "gauge", "Bytes of all rows and indexes.");
    text.line("proofbox_stored_bytes", "", state.ledger.stored_bytes().await?);
    let mut integrations = Vec::new();
    for source in state.ledger.linked_sources().await? {
        if let Some(health) = state.sync.health(source.tenancy, source.id).await? {
            integrations.push((source, health));
        }
    }
    for family in FAMILIES {
        text.integrations(&family, &integrations);
    }
    Ok(([(header::CONTENT_TYPE, FORMAT)], text.0).into_response().into())
}

fn admit(state: &State, headers: &HeaderMap) -> Result<(), Error> {
    let token = state.config.metrics_token.as_ref().ok_or(Error::NotFound)?;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let is_right = given.as_bytes().ct_eq(token.expose_secret().as_bytes());
    if bool::from(is_right) { Ok(()) } else { Err(Error::TokenRejected) }
}

/// A number of each integration.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: fn(&Health) -> Option<f64>,
}

const FAMILIES: [Family; 11] = [
    Family {
        name: "proofbox_integration_working",
        kind: "gauge",
        help: "1 while it reads or waits for changes, 0 while something is in its way.",
        value: |health| {
            let works = matches!(
                health.state,
                Doing::Scanning { .. } | Doing::ReadingContents | Doing::UpToDate
            );
            Some(f64::from(u8::from(works)))
        },
    },
    Family {
        name: "proofbox_integration_documents_total",
        kind: "counter",
        help: "Documents that it has made.",
        value: |health| Some(number(health.documents)),
    },
    Family {
        name: "proofbox_integration_not_recorded",
        kind: "gauge",
        help: "Files in linked folders that can't be recorded.",
        value: |health| Some(number(health.not_recorded)),
    },
    Family {
        name: "proofbox_integration_without_sha256",
        kind: "gauge",
        help: "Files recorded without the SHA-256 that is wanted, because it can't be had.",
        value: |health| Some(number(health.without_sha256)),
    },
    Family {
        name: "proofbox_integration_contents_waiting",
        kind: "gauge",
        help: "Versions whose content has yet to be read, before they are published.",
        value: |health| Some(health.contents.map_or(0.0, |at| number(at.total - at.read))),
    },
    Family {
        name: "proofbox_integration_contents_waiting_bytes",
        kind: "gauge",
        help: "Bytes of these.",
        value: |health| {
            let left = |at: Contents| bytes(at.bytes_total - at.bytes_read);
            Some(health.contents.map_or(0.0, left))
        },
    },
    Family {
        name: "proofbox_integration_listed_files",
        kind: "gauge",
        help: "Files seen by the listing under way.",
        value: |health| match health.state {
            Doing::Scanning { seen, .. } => Some(number(seen)),
            _ => None,
        },
    },
    Family {
        name: "proofbox_integration_files_per_second",
        kind: "gauge",
        help: "How fast the listing under way records.",
        value: |health| health.files_per_second,
    },
    Family {
        name: "proofbox_integration_lag_seconds",
        kind: "gauge",
        help: "From the last change by Dropbox's clock until it was signed.",
        value: |health| health.lag_ms.map(|ms| number(ms) / 1_000.0),
    },
    Family {
        name: "proofbox_integration_last_checked_timestamp_seconds",
        kind: "gauge",
        help: "When it was last known that nothing is missing.",
        value: |health| health.last_checked.map(|at| seconds(at.as_second())),
    },
    Family {
        name: "proofbox_integration_waiting_until_timestamp_seconds",
        kind: "gauge",
        help: "Until when Dropbox wants to be left alone.",
        value: |health| match health.state {
            Doing::Waiting { until, .. } => Some(seconds(until.as_second())),
            _ => None,
        },
    },
];

/// Exact up to 2^32, and saturated there: no instance has more.
fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Exact up to 2^32, and to a megabyte beyond.
fn bytes(count: u64) -> f64 {
    const MEGABYTE: u64 = 1 << 20;
    let large = || number(count / MEGABYTE) * number(MEGABYTE);
    u32::try_from(count).map_or_else(|_| large(), f64::from)
}

/// Exact until 2106.
fn seconds(timestamp: i64) -> f64 {
    f64::from(u32::try_from(timestamp).unwrap_or(0))
}

/// The text as it grows. Writing to a string can't fail.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn integrations(&mut self, family: &Family, integrations: &[(Source, Health)]) {
        self.family(family.name, family.kind, family.help);
        for (source, health) in integrations {
            if let Some(value) = (family.value)(health) {
                // An identity and nothing else: no name and no address of anybody.
                self.line(family.name, &format!("{{integration=\"{}\"}}", source.id), value);
            }
        }
    }
}
