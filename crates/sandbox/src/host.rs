//! Dropbox's hosts. All of them are this sandbox; a client that calls one by its name gets what is
//! on that host and nothing else, one that calls the sandbox itself gets everything.

use std::net::IpAddr;

/// Every name that a certificate of the sandbox is good for, beside `localhost`.
pub(crate) const NAMES: [&str; 7] = [
    "api.dropboxapi.com",
    "api.dropbox.com",
    "content.dropboxapi.com",
    "api-content.dropbox.com",
    "notify.dropboxapi.com",
    "api-notify.dropbox.com",
    "www.dropbox.com",
];

/// Which part of Dropbox a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The sandbox by its own address: everything at once, and its administration.
    Sandbox,
    /// The pages that people see.
    Web,
    /// Arguments and replies in JSON.
    Api,
    /// Content of files, up and down.
    Content,
    /// Waiting for changes.
    Notify,
}

impl Host {
    /// A host by its name, without a port. Names that are neither Dropbox's nor this machine's are
    /// nobody's: a web site may have led its own name here.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::of_dropbox(name).or_else(|| is_this_machine(name).then_some(Self::Sandbox))
    }

    /// One of Dropbox's hosts.
    pub(crate) fn of_dropbox(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "www.dropbox.com" => Self::Web,
            "api.dropboxapi.com" | "api.dropbox.com" => Self::Api,
            "content.dropboxapi.com" | "api-content.dropbox.com" => Self::Content,
            "notify.dropboxapi.com" | "api-notify.dropbox.com" => Self::Notify,
            _ => return None,
        })
    }

    /// The name in Dropbox's own words.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "localhost",
            Self::Web => "www.dropbox.com",
            Self::Api => "api.dropboxapi.com",
            Self::Content => "content.dropboxapi.com",
            Self::Notify => "notify.dropboxapi.com",
        }
    }
}

/// A bare IP address or localhost can't be pointed here by somebody else's name server.
fn is_this_machine(name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.ends_with(".localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_on_the_certificate_is_a_host_of_dropbox() {
        assert!(NAMES.iter().all(|name| Host::of_dropbox(name).is_some()));
        assert_eq!(Host::of("API.dropboxapi.com"), Some(Host::Api));
        for name in ["127.0.0.1", "[::1]", "localhost", "sandbox.localhost"] {
            assert_eq!(Host::of(name), Some(Host::Sandbox), "{name}");
        }
        for name in ["example.org", "www.dropbox.com.example.org", "notlocalhost", ""] {
            assert_eq!(Host::of(name), None, "{name}");
        }
    }
}
