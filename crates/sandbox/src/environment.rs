//! What to set so that a client which was written for Dropbox, and knows nothing else, comes here:
//! the sandbox is its proxy, and the sandbox's authority is all that it trusts.

use std::collections::BTreeMap;

use crate::world::World;

/// Who reads each is in docs/sandbox.md.
const CERTIFICATE_VARIABLES: [&str; 4] =
    ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"];
const PROXY_VARIABLES: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
/// Apps on this machine are no business of the proxy's, and neither is what was set before.
const DIRECT_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];
const DIRECT: &str = "localhost,127.0.0.1,::1";

/// Names and values; nothing if there is no file that a variable could name.
pub(crate) fn of(world: &World) -> Option<BTreeMap<String, String>> {
    let certificate = world.authority.file.as_ref()?.to_str()?;
    let proxy = world.url.as_str().trim_end_matches('/');
    let pairs = CERTIFICATE_VARIABLES
        .map(|name| (name, certificate))
        .into_iter()
        .chain(PROXY_VARIABLES.map(|name| (name, proxy)))
        .chain(DIRECT_VARIABLES.map(|name| (name, DIRECT)))
        // Node listens to the proxy's variables only when it is told to.
        .chain([("NODE_USE_ENV_PROXY", "1")]);
    Some(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}
