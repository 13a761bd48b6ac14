//! What is known of one registry host: how it is spoken to, what it bears,
//! and the tokens that it gave.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::OnceCell;
use tokio::time::Instant;
use url::Url;

use super::challenge::Challenge;
use super::error::Problem;
use super::gate::Gate;
use super::mend::is_docker_hub;
use super::token::{TokenKey, TokenSlot};
use crate::credentials::Credential;
use crate::http::{Reach, shown};

/// After so many connections that did not come about, the rest is not tried.
const GIVE_UP: usize = 5;

/// Repeated requests that a host is granted before they count against its total.
const RETRIES: usize = 20;

/// One registry.
#[derive(Debug)]
pub(super) struct Host {
    /// The name in messages.
    pub(super) name: Box<str>,
    /// `https://HOST/`.
    secure: Url,
    /// `http://HOST/`, where plain HTTP may be spoken.
    plain: Option<Url>,
    /// The base that answered.
    pub(super) origin: OnceCell<Url>,
    /// Where the host lies, once it has answered.
    pub(super) reach: OnceLock<Reach>,
    /// How it wants to be authorised; the first answer counts for the run.
    pub(super) challenges: OnceLock<Vec<Challenge>>,
    /// Its permits.
    pub(super) gate: Gate,
    pauses: Mutex<HashMap<Arc<Credential>, Instant>>,
    tokens: Mutex<HashMap<TokenKey, TokenSlot>>,
    requests: AtomicUsize,
    retries: AtomicUsize,
    failures: Mutex<(usize, Option<Problem>)>,
}

impl Host {
    pub(super) fn new(name: &str, insecure: bool) -> Result<Self, Problem> {
        // Docker Hub's registry is not at the name that images carry.
        let authority = if is_docker_hub(name) { "index.docker.io" } else { name };
        let invalid = || Problem::InvalidHost { host: shown(name).into() };
        if authority.contains(['/', '?', '#', '@', '\\']) || authority.contains(char::is_whitespace)
        {
            return Err(invalid());
        }
        let base = |scheme: &str| Url::parse(&format!("{scheme}://{authority}/")).ok();
        let secure = base("https").filter(Url::has_host).ok_or_else(invalid)?;
        let plain = (insecure || is_near(&secure)).then(|| base("http")).flatten();
        Ok(Self {
            name: name.into(),
            secure,
            plain,
            origin: OnceCell::new(),
            reach: OnceLock::new(),
            challenges: OnceLock::new(),
            gate: Gate::new(),
            pauses: Mutex::default(),
            tokens: Mutex::default(),
            requests: AtomicUsize::new(0),
            retries: AtomicUsize::new(0),
            failures: Mutex::default(),
        })
    }

    /// The bases that may answer, in the order in which they are tried.
    pub(super) fn bases(&self) -> impl Iterator<Item = &Url> {
        std::iter::once(&self.secure).chain(&self.plain)
    }

    /// Whether a URL is at this host and port.
    pub(super) fn is_at(&self, url: &Url) -> bool {
        self.bases().any(|base| base.host() == url.host() && base.port() == url.port())
    }

    /// Until when the host wants silence from a credential.
    pub(super) fn paused_until(&self, credential: &Credential) -> Option<Instant> {
        lock(&self.pauses).get(credential).copied()
    }

    /// The host wants silence from a credential.
    pub(super) fn pause(&self, credential: &Arc<Credential>, until: Instant) {
        let mut pauses = lock(&self.pauses);
        let standing = pauses.entry(Arc::clone(credential)).or_insert(until);
        *standing = until.max(*standing);
    }

    /// The place where a token is kept; whoever locks it first fetches it.
    pub(super) fn token_slot(&self, key: TokenKey) -> TokenSlot {
        Arc::clone(lock(&self.tokens).entry(key).or_default())
    }

    /// Counts a request.
    pub(super) fn asked(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// Whether a request may be repeated: a tenth of all, and some in any case.
    pub(super) fn may_retry(&self) -> bool {
        let allowed = RETRIES.max(self.requests.load(Relaxed) / 10);
        self.retries.fetch_add(1, Relaxed) < allowed
    }

    /// The host answered.
    pub(super) fn connected(&self) {
        *lock(&self.failures) = (0, None);
    }

    /// No connection came about.
    pub(super) fn not_connected(&self, problem: &Problem) {
        let mut failures = lock(&self.failures);
        *failures = (failures.0 + 1, Some(problem.clone()));
    }

    /// It does not answer at all.
    pub(super) fn give_up(&self, problem: &Problem) {
        *lock(&self.failures) = (GIVE_UP, Some(problem.clone()));
    }

    /// The problem that every further request would meet.
    pub(super) fn given_up(&self) -> Option<Problem> {
        let failures = lock(&self.failures);
        if failures.0 >= GIVE_UP { failures.1.clone() } else { None }
    }
}

/// Whether the host is one that go-containerregistry speaks plain HTTP with
/// unasked: this machine, RFC 1918, `.local`.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(v4)) => v4.is_loopback() || v4.is_private(),
        Some(url::Host::Ipv6(v6)) => IpAddr::from(v6).is_loopback(),
        Some(url::Host::Domain(name)) => {
            name == "localhost"
                || [".localhost", ".local"].iter().any(|suffix| name.ends_with(suffix))
        }
        None => false,
    }
}

/// A lock is never held while something can fail.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_plain_http_may_be_spoken() {
        #[rustfmt::skip]
        let rows: &[(&str, bool, &str)] = &[
            ("ghcr.io",          false, "https://ghcr.io/"),
            ("docker.io",        false, "https://index.docker.io/"),
            ("r.io:5000",        true,  "https://r.io:5000/ http://r.io:5000/"),
            ("localhost:5000",   false, "https://localhost:5000/ http://localhost:5000/"),
            ("127.0.0.1:5000",   false, "https://127.0.0.1:5000/ http://127.0.0.1:5000/"),
            ("10.1.2.3",         false, "https://10.1.2.3/ http://10.1.2.3/"),
            ("r.local:5000",     false, "https://r.local:5000/ http://r.local:5000/"),
            ("[::1]:5000",       false, "https://[::1]:5000/ http://[::1]:5000/"),
            ("8.8.8.8",          false, "https://8.8.8.8/"),
        ];
        for (name, insecure, expected) in rows {
            let host = Host::new(name, *insecure).unwrap();
            let bases: Vec<&str> = host.bases().map(Url::as_str).collect();
            assert_eq!(bases.join(" "), *expected);
        }
        for name in ["", "a/b", "u@h", "a b", "h:x", "[::1"] {
            let problem = Host::new(name, false).unwrap_err();
            assert_eq!(
                problem.to_string(),
                format!("`{name}` is no host that a registry can have")
            );
        }
    }
}
