//! What an operator decides about the HTTP side, already parsed. Where it comes from (flags, file,
//! environment) is the command's business.

use std::net::SocketAddr;

use secrecy::SecretString;
use url::Url;

use crate::{domains::Lookups, webhooks::Reach};

/// How this instance is reached, and where people manage their Dropbox.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address that users type. Its scheme decides whether cookies are `Secure`. Proofbox is
    /// the whole of its host: a path in it is not used.
    pub public_url: Url,
    /// The socket that the server listens on.
    pub bind: SocketAddr,
    /// Dropbox's web site (or the sandbox's), where an account lists its connected apps.
    pub dropbox_web: Url,
    /// What a monitoring system shows to read `/metrics`; without it there is no such page.
    pub metrics_token: Option<SecretString>,
    /// How far the messages of webhooks may go, and the look for a file that proves a domain.
    pub webhooks: Reach,
    /// Where proofs of domains are looked for.
    pub domains: Lookups,
}

impl Config {
    /// Where Dropbox sends the browser back to. It must be registered with the Dropbox app.
    pub fn redirect_uri(&self) -> Url {
        at(&self.public_url, "/integrations/dropbox/callback")
    }

    /// An address on this site.
    pub(crate) fn site_url(&self, path: &str) -> Url {
        at(&self.public_url, &format!("/{path}"))
    }

    /// An address of the published API.
    pub(crate) fn archivist_url(&self, path: &str) -> Url {
        at(&self.public_url, &format!("/archivist/{path}"))
    }

    /// Dropbox's list of the apps that an account has connected.
    pub(crate) fn connected_apps_url(&self) -> Url {
        at(&self.dropbox_web, "/account/connected_apps")
    }

    /// Whether users reach us over TLS, here or at a proxy in front of us.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

fn at(site: &Url, path: &str) -> Url {
    let mut url = site.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url
}
