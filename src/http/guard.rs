//! Which addresses a foreign server may lead us to.
//!
//! A registry chooses where tokens are fetched, where lists go on and where it
//! redirects to. Link-local and cloud metadata addresses are never asked;
//! private ones only when the registry itself is private. Literals are checked
//! on the parsed URL, because they bypass the resolver; names when they are
//! resolved, so that a name cannot change between check and use.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Where an address lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everywhere.
    Public,
    /// This machine, a private network, or one shared by a provider.
    Private,
    /// Link-local, unspecified, multicast or a cloud's metadata service: never asked.
    Forbidden,
}

impl Reach {
    /// Where the address lies; IPv4 in IPv6 clothes counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => match embedded(v6) {
                Some(v4) => Self::of_v4(v4),
                None => Self::of_v6(v6),
            },
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        let [a, b, ..] = address.octets();
        let metadata = [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200)];
        if a == 0
            || address.is_link_local()
            || address.is_broadcast()
            || address.is_multicast()
            || metadata.contains(&address)
        {
            Self::Forbidden
        } else if address.is_loopback()
            || address.is_private()
            || (a == 100 && b & 0xc0 == 64)
            || (a == 198 && b & 0xfe == 18)
        {
            Self::Private
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        // Amazon's metadata service and its siblings live in unique-local space.
        let metadata = [
            Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
            Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
        ];
        if address.is_unspecified()
            || address.is_unicast_link_local()
            || address.is_multicast()
            || metadata.contains(&address)
        {
            Self::Forbidden
        } else if address.is_loopback() || address.is_unique_local() {
            Self::Private
        } else {
            Self::Public
        }
    }

    /// Where a URL's host lies, when it is an address or names this machine;
    /// `None` for a name that must be resolved.
    pub fn of_literal(url: &Url) -> Option<Self> {
        match url.host()? {
            Host::Ipv4(v4) => Some(Self::of(v4.into())),
            Host::Ipv6(v6) => Some(Self::of(v6.into())),
            Host::Domain(name) if is_local_name(name) => Some(Self::Private),
            Host::Domain(_) => None,
        }
    }
}

/// `localhost` and what lies under it (RFC 6761).
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// The IPv4 address inside a mapped, translated (NAT64) or 6to4 one.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(from(high, low))
        }
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

/// How far a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fence {
    /// Everything but forbidden addresses: the user named the host.
    Private,
    /// Public addresses only: a public server named the host.
    Public,
}

impl Fence {
    /// Whether an address may be asked.
    pub fn admits(self, reach: Reach) -> bool {
        match reach {
            Reach::Public => true,
            Reach::Private => self == Self::Private,
            Reach::Forbidden => false,
        }
    }
}

/// The address that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{host}` lies at an address that must not be asked")]
pub struct RefusedAddress {
    /// The host as it was named.
    pub host: String,
}

/// Checks a URL whose host is an address; names are checked when they are resolved.
pub fn check_address(url: &Url, fence: Fence) -> Result<(), RefusedAddress> {
    match Reach::of_literal(url) {
        Some(reach) if !fence.admits(reach) => {
            Err(RefusedAddress { host: url.host_str().unwrap_or_default().to_owned() })
        }
        _ => Ok(()),
    }
}

tokio::task_local! {
    static FENCE: Fence;
}

/// Runs a request within a fence. The client's resolver is called by the task
/// that wants the connection, and finds the fence there.
pub async fn within<F: Future>(fence: Fence, request: F) -> F::Output {
    FENCE.scope(fence, request).await
}

/// The system's resolver behind the fence of the task that asks.
pub(super) struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let fence = FENCE.try_with(|fence| *fence).unwrap_or(Fence::Private);
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let admitted: Vec<SocketAddr> =
                found.into_iter().filter(|it| fence.admits(Reach::of(it.ip()))).collect();
            if admitted.is_empty() {
                return Err(RefusedAddress { host: name.as_str().to_owned() }.into());
            }
            let addresses: Addrs = Box::new(admitted.into_iter());
            Ok(addresses)
        })
    }
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuardedResolver")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_addresses_lie() {
        use Reach::{Forbidden, Private, Public};
        #[rustfmt::skip]
        let rows: &[(&str, Option<Reach>)] = &[
            ("https://140.82.121.33/",               Some(Public)),
            ("https://[2606:50c0::1]/",              Some(Public)),
            ("http://127.0.0.1/",                    Some(Private)),
            ("http://127.1/",                        Some(Private)),
            ("http://[::1]/",                        Some(Private)),
            ("http://10.1.2.3/",                     Some(Private)),
            ("http://172.31.0.1/",                   Some(Private)),
            ("http://192.168.0.1/",                  Some(Private)),
            ("http://100.64.0.1/",                   Some(Private)),
            ("http://[fd12::1]/",                    Some(Private)),
            ("http://localhost:5000/",               Some(Private)),
            ("http://a.localhost./",                 Some(Private)),
            ("http://0.0.0.0/",                      Some(Forbidden)),
            ("http://[::]/",                         Some(Forbidden)),
            ("http://169.254.169.254/",              Some(Forbidden)),
            ("http://2852039166/",                   Some(Forbidden)),
            ("http://0xa9fea9fe/",                   Some(Forbidden)),
            ("http://[::ffff:169.254.169.254]/",     Some(Forbidden)),
            ("http://[64:ff9b::a9fe:a9fe]/",         Some(Forbidden)),
            ("http://[2002:a9fe:a9fe::]/",           Some(Forbidden)),
            ("http://[fe80::1]/",                    Some(Forbidden)),
            ("http://[fd00:ec2::254]/",              Some(Forbidden)),
            ("http://168.63.129.16/",                Some(Forbidden)),
            ("http://100.100.100.200/",              Some(Forbidden)),
            ("https://ghcr.io/",                     None),
            ("https://169.254.169.254.example.com/", None),
        ];
        for (url, reach) in rows {
            assert_eq!(Reach::of_literal(&Url::parse(url).unwrap()), *reach, "{url}");
        }
    }

    #[test]
    fn the_fence_decides_over_private_addresses() {
        let private = Url::parse("http://10.0.0.1/token").unwrap();
        assert_eq!(check_address(&private, Fence::Private), Ok(()));
        assert_eq!(
            check_address(&private, Fence::Public).unwrap_err().to_string(),
            "`10.0.0.1` lies at an address that must not be asked"
        );
        let metadata = Url::parse("http://169.254.169.254/token").unwrap();
        assert!(check_address(&metadata, Fence::Private).is_err());
    }

    #[tokio::test]
    async fn a_name_is_fenced_when_it_is_resolved() {
        let client = crate::http::client().unwrap();
        // Nobody listens there: outside the fence the connection is refused, inside the name is.
        let request = || client.get("http://localhost:9/").send();
        let inside = within(Fence::Public, request()).await.unwrap_err();
        let outside = within(Fence::Private, request()).await.unwrap_err();
        assert!(format!("{inside:?}").contains("RefusedAddress"), "{inside:?}");
        assert!(!format!("{outside:?}").contains("RefusedAddress"), "{outside:?}");
    }
}
