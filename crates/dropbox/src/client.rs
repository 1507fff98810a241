//! One registered app at one set of hosts: the connections, and the time that a call may take.
//!
//! It holds no account: consent and tokens are in `oauth`, calls for an account in `session`.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use reqwest::RequestBuilder;
use reqwest::redirect::Policy;
use url::Url;

use crate::{App, Hosts};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Dropbox itself gives up after 90 s, and first pages have been seen to take 77 s.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);
const KEEPALIVE: Duration = Duration::from_mins(1);

/// A registered app, ready to talk to Dropbox. Cheap to clone; all clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    hosts: Hosts,
    app: App,
}

/// TLS or the proxy settings of the environment can't be used.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client can't be set up")]
pub struct BuildError(#[source] reqwest::Error);

impl Client {
    /// Prepares connections; none is opened yet.
    pub fn new(hosts: Hosts, app: App) -> Result<Self, BuildError> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("Proofbox/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .tcp_keepalive(KEEPALIVE)
            // Nothing that we call redirects; following one would carry tokens elsewhere.
            .redirect(Policy::none());
        if hosts.are_on_this_machine() {
            // A proxy of the environment would look for them on its own.
            http = http.no_proxy();
        }
        let http = http.build().map_err(BuildError)?;
        Ok(Self { shared: Arc::new(Shared { http, hosts, app }) })
    }

    /// The page at Dropbox where a person sees and ends the links of all apps.
    pub fn connected_apps_url(&self) -> Url {
        address(&self.hosts().web, "account/connected_apps")
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.shared.hosts
    }

    pub(crate) fn app(&self) -> &App {
        &self.shared.app
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    /// A call to a route such as `files/list_folder` on one of the hosts.
    pub(crate) fn call(&self, host: &Url, route: &str) -> RequestBuilder {
        self.http().request(Method::POST, address(host, &format!("2/{route}")))
    }
}

/// A path below a host, which may be below a path itself.
pub(crate) fn address(host: &Url, path: &str) -> Url {
    let mut url = host.clone();
    url.set_path(&format!("{}/{path}", host.path().trim_end_matches('/')));
    url
}
