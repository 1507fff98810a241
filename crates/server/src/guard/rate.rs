//! How often one address may ask where guessing or copying pays: lookups, sign-in, tokens; and how often
//! a tenancy may send us to somebody else.
//!
//! An address is a whole IPv4 address or an IPv6 /64, which one customer usually has to itself.
//! When the connection comes from this very machine, the last entry of `X-Forwarded-For` counts: a
//! proxy on loopback wrote it, and nobody else can connect from there.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use axum::extract::{ConnectInfo, FromRequestParts};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock, clock::DefaultClock};
use http::{HeaderMap, request::Parts};
use ledger::TenancyId;

use crate::error::Error;

/// Above this many addresses the idle ones are forgotten, so that memory stays flat.
const ADDRESSES_MAX: usize = 100_000;

/// A folder of many files asks for many ranges at once, though each range only once.
const LOOKUPS_BURST: NonZeroU32 = NonZeroU32::new(400).expect("invariant: not zero");
const LOOKUP_EVERY: Duration = Duration::from_millis(25);

/// Asking for a whole hash finds out whether it is public, so that nobody works through a list.
const WILDCARDS_BURST: NonZeroU32 = NonZeroU32::new(60).expect("invariant: not zero");
const WILDCARD_EVERY: Duration = Duration::from_secs(1);

/// Nobody signs in or fetches tokens faster than this for long.
const SIGN_INS_BURST: NonZeroU32 = NonZeroU32::new(20).expect("invariant: not zero");
const SIGN_IN_EVERY: Duration = Duration::from_secs(3);

/// Whoever waits for a record of the DNS looks now and then, not all the time.
const DOMAINS_BURST: NonZeroU32 = NonZeroU32::new(6).expect("invariant: not zero");
const DOMAIN_EVERY: Duration = Duration::from_secs(10);

/// The limits of an instance.
pub(crate) struct Limits {
    /// Reading ranges of the lookup index.
    pub(crate) lookups: Limit,
    /// Finding public events by a whole hash.
    pub(crate) wildcards: Limit,
    /// Redeeming sign-in links and client secrets.
    pub(crate) sign_ins: Limit,
    /// Looking for the proof of a tenancy's domain.
    pub(crate) domains: Limit<TenancyId>,
}

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            lookups: Limit::new(LOOKUPS_BURST, LOOKUP_EVERY),
            wildcards: Limit::new(WILDCARDS_BURST, WILDCARD_EVERY),
            sign_ins: Limit::new(SIGN_INS_BURST, SIGN_IN_EVERY),
            domains: Limit::new(DOMAINS_BURST, DOMAIN_EVERY),
        }
    }
}

/// One kind of request, counted for each who asks.
pub(crate) struct Limit<Who: Copy + Eq + Hash = Address> {
    buckets: DefaultKeyedRateLimiter<Who>,
}

impl<Who: Copy + Eq + Hash> Limit<Who> {
    fn new(burst: NonZeroU32, every: Duration) -> Self {
        let quota = Quota::with_period(every).expect("invariant: the period is not zero");
        Self { buckets: RateLimiter::keyed(quota.allow_burst(burst)) }
    }

    /// Takes one from the bucket of somebody.
    pub(crate) fn take(&self, who: Who) -> Result<(), Error> {
        if self.buckets.len() > ADDRESSES_MAX {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(&who).map_err(|refused| {
            let wait = refused.wait_time_from(DefaultClock::default().now());
            Error::TooMany { retry_after_s: wait.as_secs() + 1 }
        })
    }
}

/// Whom a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Without a connection (the router called in place) everybody is one.
        let peer = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.0.ip());
        Ok(Self::of(peer, &parts.headers))
    }
}

impl Address {
    fn of(peer: IpAddr, headers: &HeaderMap) -> Self {
        let peer = peer.to_canonical();
        let forwarded = if peer.is_loopback() { forwarded_for(headers) } else { None };
        Self(prefix(forwarded.unwrap_or(peer).to_canonical()))
    }
}

fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

fn prefix(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: Option<&str>) -> Address {
        let mut headers = HeaderMap::new();
        if let Some(forwarded) = forwarded {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        Address::of(peer.parse().unwrap(), &headers)
    }

    #[test]
    fn one_customer_of_ipv6_is_one_address() {
        assert_eq!(address("2001:db8::1", None), address("2001:db8::ffff:2", None));
        assert_ne!(address("2001:db8::1", None), address("2001:db8:0:1::1", None));
    }

    #[test]
    fn only_a_proxy_on_this_machine_may_name_another_address() {
        let named = address("203.0.113.7", None);
        assert_eq!(address("127.0.0.1", Some("198.51.100.1, 203.0.113.7")), named);
        assert_ne!(address("198.51.100.9", Some("203.0.113.7")), named);
        assert_eq!(address("::ffff:127.0.0.1", Some("203.0.113.7")), named);
    }

    #[test]
    fn an_address_that_asks_too_often_waits_and_others_do_not() {
        let limit = Limit::new(NonZeroU32::new(2).unwrap(), Duration::from_mins(1));
        let (one, other) = (address("192.0.2.1", None), address("192.0.2.2", None));
        assert!(limit.take(one).is_ok() && limit.take(one).is_ok());
        assert!(matches!(limit.take(one), Err(Error::TooMany { retry_after_s: 1..=61 })));
        assert!(limit.take(other).is_ok());
    }
}
