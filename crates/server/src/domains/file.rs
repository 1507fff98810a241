//! The proof in a file on the domain's own web server: over TLS, from a public address, without
//! following anybody elsewhere, and no more of it than a proof has.

use std::{error::Error as StdError, time::Duration};

use hickory_resolver::net::{DnsError, NetError};
use reqwest::{
    Client, Response,
    dns::{Name, Resolve, Resolving},
    redirect,
};

use super::{Challenge, Lookups, dns::NameServers};
use crate::webhooks::Reach;

/// How long it may take until the file is there.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest file that is read: many proofs of many claims.
const FILE_BYTES_MAX: usize = 16 * 1024;

/// Asks web servers.
pub(super) struct WebServers {
    client: Client,
}

impl WebServers {
    pub(super) fn new(
        lookups: &Lookups,
        name_servers: NameServers,
        reach: Reach,
    ) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .dns_resolver(Addresses { name_servers, reach, port: lookups.https_port })
            .tls_certs_merge(lookups.authorities.iter().cloned())
            .https_only(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent(concat!("Proofbox/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Whether the proof is there, or why not.
    pub(super) async fn look(&self, challenge: &Challenge) -> Result<(), String> {
        let place = &challenge.file;
        let answer = self.client.get(place).send().await;
        let answer = answer.map_err(|error| told(place, &error))?;
        if answer.status().is_redirection() {
            return Err(format!("{place} answers with a redirection, which is not followed."));
        }
        if !answer.status().is_success() {
            return Err(format!("{place} answers with {}.", answer.status()));
        }
        let file = read(place, answer).await?;
        let is_there = file.lines().any(|line| line.trim() == challenge.text);
        is_there.then_some(()).ok_or_else(|| format!("{place} holds another text."))
    }
}

/// The file, if it is not too long. What is no text is no proof.
async fn read(place: &str, mut answer: Response) -> Result<String, String> {
    let mut file = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| told(place, &error))? {
        file.extend_from_slice(&piece);
        if file.len() > FILE_BYTES_MAX {
            return Err(format!("{place} is larger than {FILE_BYTES_MAX} bytes."));
        }
    }
    Ok(String::from_utf8_lossy(&file).into_owned())
}

fn told(place: &str, error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("{place} did not come within {} seconds.", TIMEOUT.as_secs());
    }
    let mut cause: &dyn StdError = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{place} could not be read: {cause}.")
}

/// Resolves names to addresses that may be asked.
struct Addresses {
    name_servers: NameServers,
    reach: Reach,
    port: u16,
}

/// Why there is no address.
#[derive(Debug, thiserror::Error)]
enum NoAddress {
    #[error("the domain has no address")]
    None,
    #[error("no name server says its address")]
    Unknown,
    #[error("the domain leads to no public address")]
    Private,
}

impl Resolve for Addresses {
    fn resolve(&self, name: Name) -> Resolving {
        let (name_servers, reach, port) = (self.name_servers.clone(), self.reach, self.port);
        Box::pin(async move {
            let found = name_servers.addresses(name.as_str()).await;
            let found = found.map_err(|error| match error {
                NetError::Dns(DnsError::NoRecordsFound(_)) => NoAddress::None,
                _ => NoAddress::Unknown,
            })?;
            let allowed = found.into_iter().filter(|address| reach.allows(*address));
            let allowed: Vec<_> = allowed.map(|address| (address, port).into()).collect();
            if allowed.is_empty() {
                return Err(NoAddress::Private.into());
            }
            let allowed: reqwest::dns::Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}
