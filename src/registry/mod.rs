//! What registries say: the tags of a repository, the digest of a tag.
//!
//! The distribution protocol as registries really speak it: challenges and
//! tokens, pages, digests, limits per host. Which repositories are asked and
//! what is made of the answers is decided elsewhere; so is that an image with
//! one credential is scanned once ([`Scan`] is its own key).

mod answer;
mod auth;
mod cause;
mod challenge;
mod digest;
mod error;
mod gate;
mod host;
mod link;
mod mend;
mod page;
mod pages;
mod progress;
mod realm;
mod retry_after;
mod tags;
mod token;
mod visit;
mod wire;

pub use error::{Missing, Problem, RegistryError, Step};
pub use progress::Progress;
pub use tags::Tags;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::credentials::{Keychain, Resolved};
use crate::flux::NamespacedName;
use crate::http::Proxies;
use crate::oci::{Digest, Tag};
use host::Host;
use visit::Visit;

/// One repository to read, and with which login. Two policies of one
/// ImageRepository, or two like ImageRepositories, have equal scans.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scan {
    /// The registry's host, with the port where the image names one.
    pub registry: String,
    /// The repository at that registry, e.g. `library/nginx`.
    pub repository: String,
    /// `spec.insecure`: plain HTTP is tried where HTTPS is not spoken.
    pub insecure: bool,
    /// `spec.secretRef`, in the object's namespace.
    pub secret: Option<NamespacedName>,
    /// `spec.timeout`: over authentication and all pages. It can only shorten
    /// [`Settings::scan_timeout`].
    pub timeout: Option<Duration>,
}

/// How much is asked of registries, and for how long.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Requests in flight over all registries.
    pub concurrency: usize,
    /// One request, from asking to the last byte.
    pub timeout: Duration,
    /// One scan, with all its pages, retries and waiting.
    pub scan_timeout: Duration,
    /// The pause before the first retry; it doubles with each.
    pub backoff: Duration,
    /// The proxies that the client uses: what lies behind one counts as public.
    pub proxies: Proxies,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 32,
            timeout: Duration::from_secs(30),
            scan_timeout: Duration::from_secs(300),
            backoff: Duration::from_millis(500),
            proxies: Proxies::default(),
        }
    }
}

/// All registries of a run. Clones share permits, tokens and what is known of hosts.
#[derive(Clone)]
pub struct Registries {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    keychain: Keychain,
    settings: Settings,
    permits: Semaphore,
    hosts: Mutex<HashMap<(String, bool), Arc<Host>>>,
    progress: Progress,
}

impl Registries {
    /// Registries behind the shared client.
    pub fn new(client: reqwest::Client, keychain: Keychain, settings: Settings) -> Self {
        let permits = Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS));
        let (hosts, progress) = (Mutex::default(), Progress::default());
        Self { inner: Arc::new(Inner { client, keychain, settings, permits, hosts, progress }) }
    }

    /// The login that a scan is made with, and what is worth saying about it.
    pub fn login(&self, scan: &Scan) -> Result<Resolved, RegistryError> {
        self.inner
            .keychain
            .resolve(&scan.registry, &scan.repository, scan.secret.as_ref())
            .map_err(|error| RegistryError::new(scan, error.into()))
    }

    /// All tags of a repository, over all pages.
    pub async fn tags(&self, scan: &Scan) -> Result<Tags, RegistryError> {
        let visit = self.visit(scan)?;
        let tags = visit.in_time(pages::read(&visit)).await?;
        self.inner.progress.scanned(tags.len());
        Ok(tags)
    }

    /// The digest that a tag stands for: of the index where there is one.
    pub async fn digest(&self, scan: &Scan, tag: &Tag) -> Result<Digest, RegistryError> {
        let visit = self.visit(scan)?;
        let digest = visit.in_time(digest::fetch(&visit, tag)).await?;
        self.inner.progress.pinned();
        Ok(digest)
    }

    /// What has been done so far, for showing.
    pub fn progress(&self) -> &Progress {
        &self.inner.progress
    }

    fn visit<'a>(&'a self, scan: &'a Scan) -> Result<Visit<'a>, RegistryError> {
        let login = self.login(scan)?;
        let host = self.host(scan).map_err(|problem| RegistryError::new(scan, problem))?;
        let limit = self.inner.settings.scan_timeout;
        let limit = scan.timeout.map_or(limit, |own| own.min(limit));
        Ok(Visit::new(&self.inner, scan, host, login, Instant::now(), limit))
    }

    fn host(&self, scan: &Scan) -> Result<Arc<Host>, Problem> {
        let mut hosts = self.inner.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (scan.registry.clone(), scan.insecure);
        if let Some(host) = hosts.get(&key) {
            return Ok(Arc::clone(host));
        }
        let host = Arc::new(Host::new(&scan.registry, scan.insecure)?);
        hosts.insert(key, Arc::clone(&host));
        Ok(host)
    }
}
