//! Where Dropbox is, and who we are to it. Read from configuration by the binary, not here.

use secrecy::SecretString;
use url::{Host, Url};

/// The origins of Dropbox's API, one per kind of call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Calls that take and give JSON, and the token endpoint.
    pub api: Url,
    /// Calls that carry file content.
    pub content: Url,
    /// Longpoll alone.
    pub notify: Url,
    /// Pages for people: consent, connected apps.
    pub web: Url,
}

impl Hosts {
    /// Dropbox itself.
    pub fn dropbox() -> Self {
        Self {
            api: known("https://api.dropboxapi.com"),
            content: known("https://content.dropboxapi.com"),
            notify: known("https://notify.dropboxapi.com"),
            web: known("https://www.dropbox.com"),
        }
    }

    /// A stand-in for Dropbox that answers everything on one origin.
    pub fn single(origin: Url) -> Self {
        Self { api: origin.clone(), content: origin.clone(), notify: origin.clone(), web: origin }
    }

    pub(crate) fn are_on_this_machine(&self) -> bool {
        match self.api.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// An app registered at Dropbox.
#[derive(Clone, Debug)]
pub struct App {
    /// The app key, public.
    pub key: String,
    /// The app secret. PKCE needs none; when there is one it is sent along with every token call.
    pub secret: Option<SecretString>,
}

fn known(origin: &str) -> Url {
    Url::parse(origin).expect("invariant: Dropbox's origins are literals above, and valid URLs")
}
