//! Where messages may go: to public addresses alone, so that nobody makes an instance knock at the
//! doors of the network that it stands in.
//!
//! The address is decided on when the connection is made: the resolver drops private ones, and the
//! connection goes to what it left. A name that means something else a moment later gets nobody
//! anywhere.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

use crate::error::Error;

/// The longest address of a webhook.
const URL_BYTES_MAX: usize = 2_048;

/// How far this instance reaches out to addresses that others name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses over TLS.
    #[default]
    Public,
    /// To this machine as well, without TLS too: to develop with.
    LoopbackToo,
}

/// As a configuration has it.
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::LoopbackToo => "loopback",
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NoPublicAddress;

/// The address of a webhook as somebody wrote it, if messages may go there.
pub(crate) fn checked(text: &str, reach: Reach) -> Result<Url, Error> {
    let refused = |why: &str| Error::BadRequest(format!("{why} Nothing was added."));
    if text.len() > URL_BYTES_MAX {
        return Err(refused("The address of a webhook has at most 2,048 bytes."));
    }
    let url = Url::parse(text)
        .map_err(|_| refused("That is no address. Write it like https://example.org/proofbox."))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(refused("Leave user, password and fragment out of the address."));
    }
    let literal = literal(&url);
    if literal.is_some_and(|address| !reach.allows(address)) {
        return Err(refused("Messages go to public addresses alone, and this one is not public."));
    }
    let is_near = reach == Reach::LoopbackToo;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_near => Ok(url),
        _ => Err(refused("The address of a webhook begins with https://.")),
    }
}

/// The address itself, where it is no name. Such a one meets no resolver.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

impl Reach {
    /// Whether it includes an address.
    pub(crate) fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || (self == Self::LoopbackToo && address.is_loopback())
    }
}

/// Resolves names to what messages may go to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver(pub(super) Reach);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NoPublicAddress.into());
            }
            let allowed: Addrs = Box::new(allowed.into_iter());
            Ok(allowed)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Not one of the blocks that IANA lists as special.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = (a, b, c) == (192, 0, 0);
    let is_relay = (a, b, c) == (192, 88, 99);
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 224
        || is_shared
        || is_protocol
        || is_relay
        || is_benchmark
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation())
}

/// Global unicast, and of what carries an IPv4 address only what carries a public one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, ..] = segments;
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, ..] if second < 0x1000 => false,
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_not_public_in_any_spelling() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(!Reach::Public.allows(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "172.32.0.1", "192.167.0.1", "2606:4700::1", "64:ff9b::808:808"]
        {
            assert!(Reach::Public.allows(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn this_machine_is_reached_where_somebody_develops_and_nothing_else_near() {
        let allows = |address: &str| Reach::LoopbackToo.allows(address.parse().unwrap());
        assert!(allows("127.0.0.1") && allows("::1") && allows("::ffff:127.0.0.1"));
        assert!(!allows("10.0.0.1") && !allows("169.254.169.254") && !allows("fe80::1"));
    }

    #[test]
    fn addresses_of_webhooks_are_public_and_over_tls() {
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://169.254.169.254/latest",
            "http://example.org/",
            "ftp://example.org/",
            "https://user@example.org/",
            "https://example.org/#part",
            "example.org",
            "",
            "https://",
        ] {
            assert!(checked(url, Reach::Public).is_err(), "{url}");
        }
        assert!(checked("https://example.org/proofbox?to=me", Reach::Public).is_ok());
        assert!(checked("http://127.0.0.1:9/x", Reach::LoopbackToo).is_ok());
        assert!(checked("http://10.0.0.1:9/x", Reach::LoopbackToo).is_err());
    }
}
