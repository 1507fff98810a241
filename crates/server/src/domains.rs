//! Domains: whether a tenancy controls the one that it claims, looked for in the DNS and on the
//! domain's own web server, and looked for again while it counts.
//!
//! ```text
//!  owner ──Check now──►┐              ┌─► dns: TXT record of _proofbox-challenge.DOMAIN
//!                      ├─► Prover ────┤                                │ not there
//!  watch, when due ───►┘              └─► file: https://DOMAIN/.well-known/proofbox-challenge
//!                                            │
//!                                            └─► ledger notes what was found, and what follows
//! ```
//!
//! A proof is a text that is public and of no use elsewhere: it names one claim of one tenancy. When
//! a domain stops being verified is the ledger's business (`ledger::domains`).

mod dns;
mod file;
mod name;
mod watch;

use std::net::SocketAddr;

use ledger::domains::{Claim, Finding, Proof};
use reqwest::Certificate;

use self::{dns::NameServers, file::WebServers};
use crate::webhooks::Reach;

pub(crate) use self::{
    name::parsed,
    watch::{look, run},
};

const HTTPS_PORT: u16 = 443;

/// Where proofs of domains are looked for.
#[derive(Clone, Debug)]
pub struct Lookups {
    /// The name servers that are asked; those of the system where none is named.
    pub name_servers: Vec<SocketAddr>,
    /// Who may vouch for web servers, beside those whom the system trusts.
    pub authorities: Vec<Certificate>,
    /// The port of web servers.
    pub https_port: u16,
}

impl Default for Lookups {
    fn default() -> Self {
        Self { name_servers: Vec::new(), authorities: Vec::new(), https_port: HTTPS_PORT }
    }
}

/// What has to be published where, to prove a claim in one of two ways.
pub(crate) struct Challenge {
    /// The name of the TXT record.
    pub(crate) record: String,
    /// The address of the file.
    pub(crate) file: String,
    /// The text of the record, or a line of the file.
    pub(crate) text: String,
}

impl Challenge {
    pub(crate) fn of(claim: &Claim) -> Self {
        let Claim { name, token, .. } = claim;
        Self {
            record: format!("_proofbox-challenge.{name}"),
            file: format!("https://{name}/.well-known/proofbox-challenge"),
            text: format!("proofbox-challenge={token}"),
        }
    }
}

/// Looks for proofs.
pub(crate) struct Prover {
    name_servers: NameServers,
    web_servers: WebServers,
}

impl Prover {
    pub(crate) fn new(lookups: &Lookups, reach: Reach) -> Result<Self, reqwest::Error> {
        let name_servers = NameServers::new(&lookups.name_servers);
        let web_servers = WebServers::new(lookups, name_servers.clone(), reach)?;
        Ok(Self { name_servers, web_servers })
    }

    /// Looks in both places, in the DNS first.
    pub(crate) async fn look(&self, claim: &Claim) -> Finding {
        let challenge = Challenge::of(claim);
        let Err(in_dns) = self.name_servers.look(&challenge).await else {
            return Finding::Proved(Proof::Dns);
        };
        let Err(in_file) = self.web_servers.look(&challenge).await else {
            return Finding::Proved(Proof::File);
        };
        Finding::Missing(format!("{in_dns} {in_file}"))
    }
}
