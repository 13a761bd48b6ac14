//! Proxies from the environment, by Go's rules
//! (golang.org/x/net/http/httpproxy), because Flux's users know those.
//!
//! The client library's own rules differ: it sends loopback through the proxy,
//! matches `.foo.com` against the host too, and knows neither `*.foo.com` nor
//! ports.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, read.
#[derive(Clone, Default)]
pub struct Proxies {
    http: Option<Url>,
    https: Option<Url>,
    bypass: Vec<Bypass>,
}

/// A proxy variable that is no proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}` is no URL of an HTTP or HTTPS proxy")]
pub struct ProxyError {
    /// The variable's name; its value may hold a password.
    pub variable: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Bypass {
    All,
    Network(IpAddr, u8),
    Address(IpAddr, Option<u16>),
    /// The name without its leading dot; whether the host itself counts.
    Name {
        suffix: String,
        host_too: bool,
        port: Option<u16>,
    },
}

impl Proxies {
    /// Reads the three values. Empty ones count as not given.
    pub fn new(
        http: Option<&str>,
        https: Option<&str>,
        no_proxy: Option<&str>,
    ) -> Result<Self, ProxyError> {
        Ok(Self {
            http: proxy_url("HTTP_PROXY", http)?,
            https: proxy_url("HTTPS_PROXY", https)?,
            bypass: no_proxy.unwrap_or_default().split(',').filter_map(Bypass::parse).collect(),
        })
    }

    /// The proxy that a URL is reached by; `None` when it is reached directly.
    pub fn of(&self, url: &Url) -> Option<&Url> {
        let proxy = if url.scheme() == "https" { &self.https } else { &self.http };
        proxy.as_ref().filter(|_| !self.bypasses(url))
    }

    fn bypasses(&self, url: &Url) -> bool {
        let (host, address) = match url.host() {
            Some(Host::Domain(name)) => (name.trim_end_matches('.').to_lowercase(), None),
            Some(Host::Ipv4(v4)) => (v4.to_string(), Some(IpAddr::from(v4))),
            Some(Host::Ipv6(v6)) => (v6.to_string(), Some(IpAddr::from(v6))),
            None => return true,
        };
        let port = url.port_or_known_default();
        host == "localhost"
            || address.is_some_and(|it| it.is_loopback())
            || self.bypass.iter().any(|it| it.matches(&host, address, port))
    }

    pub(super) fn as_proxy(&self) -> Option<reqwest::Proxy> {
        if self.http.is_none() && self.https.is_none() {
            return None;
        }
        let proxies = self.clone();
        Some(reqwest::Proxy::custom(move |url| proxies.of(url).cloned()))
    }
}

/// A value of a proxy variable. Go takes one without a scheme for plain HTTP.
fn proxy_url(variable: &'static str, value: Option<&str>) -> Result<Option<Url>, ProxyError> {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let url = if value.contains("://") {
        Url::parse(value)
    } else {
        Url::parse(&format!("http://{value}"))
    };
    match url {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
        _ => Err(ProxyError { variable }),
    }
}

impl Bypass {
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.trim().to_lowercase();
        if entry.is_empty() {
            return None;
        }
        if entry == "*" {
            return Some(Self::All);
        }
        if let Some((address, bits)) = entry.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let bits: u8 = bits.parse().ok()?;
            let width = if address.is_ipv4() { 32 } else { 128 };
            return (bits <= width).then_some(Self::Network(address, bits));
        }
        if let Ok(address) = entry.parse() {
            return Some(Self::Address(address, None));
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name.to_owned(), Some(port.parse().ok()?)),
            None => (entry, None),
        };
        let bare = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(&name);
        if let Ok(address) = bare.parse() {
            return Some(Self::Address(address, port));
        }
        let name = name.strip_prefix('*').filter(|it| it.starts_with('.')).unwrap_or(&name);
        let (suffix, host_too) = match name.strip_prefix('.') {
            Some(suffix) => (suffix, false),
            None => (name, true),
        };
        Some(Self::Name { suffix: suffix.to_owned(), host_too, port })
    }

    fn matches(&self, host: &str, address: Option<IpAddr>, port: Option<u16>) -> bool {
        match self {
            Self::All => true,
            Self::Network(network, bits) => {
                address.is_some_and(|address| contains(*network, *bits, address))
            }
            Self::Address(own, own_port) => {
                address == Some(*own) && (own_port.is_none() || *own_port == port)
            }
            Self::Name { suffix, host_too, port: own_port } => {
                let name_matches = (*host_too && host == suffix)
                    || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'));
                name_matches && (own_port.is_none() || *own_port == port)
            }
        }
    }
}

fn contains(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    let (a, b, width) = match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits(), b.to_bits(), 128),
        _ => return false,
    };
    bits == 0 || (a ^ b) >> (width - bits) == 0
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxies")
            .field("http", &self.http.as_ref().map(Url::host_str))
            .field("https", &self.https.as_ref().map(Url::host_str))
            .field("bypass", &self.bypass)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_rules_of_go() {
        #[rustfmt::skip]
        let rows: &[(&str, &str, bool)] = &[
            // NO_PROXY            URL                              proxied
            ("",                   "https://foo.com/",              true),
            ("",                   "https://localhost/",            false),
            ("",                   "https://127.0.0.9/",            false),
            ("",                   "https://[::1]/",                false),
            ("*",                  "https://foo.com/",              false),
            ("foo.com",            "https://foo.com/",              false),
            ("foo.com",            "https://a.foo.com/",            false),
            ("foo.com",            "https://afoo.com/",             true),
            (".foo.com",           "https://foo.com/",              true),
            (".foo.com",           "https://a.foo.com/",            false),
            ("*.foo.com",          "https://foo.com/",              true),
            ("*.foo.com",          "https://a.foo.com/",            false),
            ("foo.com:8443",       "https://foo.com/",              true),
            ("foo.com:8443",       "https://foo.com:8443/",         false),
            ("FOO.com",            "https://foo.COM/",              false),
            ("10.0.0.0/8",         "https://10.9.8.7/",             false),
            ("10.0.0.0/8",         "https://11.9.8.7/",             true),
            ("1.2.3.4",            "https://1.2.3.4:8443/",         false),
            ("1.2.3.4:80",         "https://1.2.3.4/",              true),
            ("[fd00::1]:443",      "https://[fd00::1]/",            false),
            ("fd00::/8",           "https://[fd12::1]/",            false),
            ("a, ,foo.com",        "https://foo.com/",              false),
        ];
        for (no_proxy, url, proxied) in rows {
            let proxies = Proxies::new(None, Some("proxy:3128"), Some(no_proxy)).unwrap();
            let url = Url::parse(url).unwrap();
            assert_eq!(proxies.of(&url).is_some(), *proxied, "NO_PROXY={no_proxy} {url}");
        }
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let proxies = Proxies::new(None, Some("https://u:p@proxy:3128"), None).unwrap();
        assert!(proxies.of(&Url::parse("http://foo.com").unwrap()).is_none());
        assert!(proxies.of(&Url::parse("https://foo.com").unwrap()).is_some());
        assert!(!format!("{proxies:?}").contains("u:p"));
    }

    #[test]
    fn a_value_that_is_no_proxy_is_named_without_itself() {
        let error = Proxies::new(Some("ftp://u:hunter2@x"), None, None).unwrap_err();
        assert_eq!(error.to_string(), "`HTTP_PROXY` is no URL of an HTTP or HTTPS proxy");
    }
}
