#![expect(clippy::disallowed_methods, reason = "a rate limit ends at a time of day")]
//! One request to GitHub: sent, waited for, sent again where that is safe.
//!
//! octocrab's own retries send a POST again at once and look at no header, so
//! they are off. Here a read or a change to a fixed value is repeated after a
//! lost answer; whatever would make a second thing is not, and its caller
//! looks first. A refusal by a rate limit was not carried out: everything may
//! be sent again after it.

use std::{
    error::Error,
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use octocrab::Page;
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use super::{
    GitHub,
    error::{GitHubError, Lost},
    patience::jittered,
    refusal::{Asker, Limit, Refusal},
    words::plain,
};

/// Pages of 100 before a list is taken for endless.
const PAGES: u32 = 100;

/// How often a secondary limit is waited for.
const SECONDARY_WAITS: u32 = 3;

/// What a request is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed {
    /// Completes “GitHub refused to …”.
    pub(super) what: &'static str,
    /// The permission, as GitHub documents it; its header outranks it.
    pub(super) needs: &'static str,
    /// Whether doing it twice is as good as once.
    pub(super) repeatable: bool,
}

impl Deed {
    /// Something that may be done twice.
    pub(super) const fn repeatable(what: &'static str, needs: &'static str) -> Self {
        Self { what, needs, repeatable: true }
    }

    /// Something that must not.
    pub(super) const fn once(what: &'static str, needs: &'static str) -> Self {
        Self { what, needs, repeatable: false }
    }
}

/// Why one attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Box<Refusal>),
    Lost(Lost),
    Malformed(String),
}

impl From<octocrab::Error> for Failure {
    fn from(error: octocrab::Error) -> Self {
        match error {
            octocrab::Error::GitHub { source, .. } => Self::Refused(Box::new(Refusal {
                status: source.status_code.as_u16(),
                message: source.message,
                errors: source.errors.unwrap_or_default(),
                headers: source.headers.unwrap_or_default(),
            })),
            octocrab::Error::Json { source, .. } => source.into(),
            octocrab::Error::Serde { source, .. } => json_failure(&source, ""),
            other => Self::Lost(broken(&other)),
        }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Lost(broken(&error))
    }
}

impl From<serde_path_to_error::Error<serde_json::Error>> for Failure {
    fn from(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        json_failure(error.inner(), &error.path().to_string())
    }
}

/// Half a document and HTML come from what stands between; a field of another
/// type comes from GitHub.
fn json_failure(error: &serde_json::Error, path: &str) -> Failure {
    if error.is_data() {
        let place = if path.is_empty() { String::new() } else { format!("`{path}`: ") };
        Failure::Malformed(format!("{place}{}", plain(&error.to_string())))
    } else {
        Failure::Lost(Lost::NotJson)
    }
}

/// The innermost cause says it best (“connection refused”); the outer ones
/// repeat the address.
fn broken(error: &(dyn Error + 'static)) -> Lost {
    let mut innermost = error;
    let mut not_sent = false;
    let mut cause = Some(error);
    while let Some(error) = cause {
        not_sent |= error.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect);
        innermost = error;
        cause = error.source();
    }
    let text = plain(&innermost.to_string());
    if not_sent { Lost::NotSent(text) } else { Lost::Broken(text) }
}

/// What the waits for rate limits have taken so far.
#[derive(Debug, Default)]
pub(super) struct Waited(AtomicU64);

impl Waited {
    /// Takes a wait out of the budget; false when it does not fit.
    fn take(&self, wait: Duration, budget: Duration) -> bool {
        let (wait, budget) = (millis(wait), millis(budget));
        let fits = |waited: u64| waited.checked_add(wait).filter(|sum| *sum <= budget);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl GitHub {
    /// Sends a request until there is an answer or no hope.
    pub(super) async fn call<T, F>(
        &self,
        deed: Deed,
        send: impl Fn() -> F,
    ) -> Result<T, GitHubError>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let Deed { what, .. } = deed;
        let mut pauses = self.patience.pauses.iter();
        let mut limited = 0;
        loop {
            let failure = match timeout(self.patience.request, send()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Lost(Lost::Timeout(self.patience.request.as_secs())),
            };
            let lost = match failure {
                Failure::Malformed(detail) => return Err(GitHubError::Malformed { what, detail }),
                Failure::Lost(lost) => lost,
                Failure::Refused(refusal) if refusal.is_servers_fault() => {
                    Lost::Server(refusal.status)
                }
                Failure::Refused(refusal) => {
                    let Some(limit) = refusal.limit(now()) else {
                        return Err(refusal.explain(&deed, &self.asker()));
                    };
                    self.wait_for(&limit, limited).await?;
                    limited += 1;
                    continue;
                }
            };
            let harmless = deed.repeatable || matches!(lost, Lost::NotSent(_));
            let Some(pause) = pauses.next().filter(|_| harmless) else {
                return Err(GitHubError::Lost { what, source: lost });
            };
            tracing::debug!(what, %lost, ?pause, "GitHub is asked again");
            sleep(jittered(*pause)).await;
        }
    }

    /// Every entry of a list of the repository, page by page.
    pub(super) async fn list<T: DeserializeOwned + 'static>(
        &self,
        deed: Deed,
        list: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Vec<T>, GitHubError> {
        let (owner, name) = self.names().await?;
        let route = &format!("/repos/{owner}/{name}/{list}");
        let mut entries = Vec::new();
        for number in 1..=PAGES {
            let number = number.to_string();
            let parameters = &[parameters, &[("per_page", "100"), ("page", &number)]].concat();
            let page: Page<T> = self
                .call(deed, || async move { Ok(self.api.get(route, Some(parameters)).await?) })
                .await?;
            entries.extend(page.items);
            if page.next.is_none() {
                return Ok(entries);
            }
        }
        Err(GitHubError::Malformed { what: deed.what, detail: "the pages do not end".to_owned() })
    }

    fn asker(&self) -> Asker {
        Asker { repository: self.repository_name(), has_token: self.authorization.is_some() }
    }

    /// Waits until a limit is over, or fails with the time when that is too long.
    async fn wait_for(&self, limit: &Limit, limited: u32) -> Result<(), GitHubError> {
        let (wait, secondary) = match *limit {
            Limit::Primary(wait) => (wait, false),
            Limit::Secondary(Some(wait)) => (wait, true),
            Limit::Secondary(None) => (self.patience.secondary * 2_u32.pow(limited), true),
        };
        if limited >= SECONDARY_WAITS || !self.waited.take(wait, self.patience.budget) {
            return Err(GitHubError::RateLimited { seconds: wait.as_secs(), secondary });
        }
        tracing::info!(seconds = wait.as_secs(), secondary, "waiting for GitHub's rate limit");
        sleep(jittered(wait)).await;
        Ok(())
    }

    /// Tries again while GitHub does not know the pull request that it has
    /// just made: `Could not resolve to a node`.
    pub(super) async fn when_there<T, F>(&self, send: impl Fn() -> F) -> Result<T, GitHubError>
    where
        F: Future<Output = Result<T, GitHubError>>,
    {
        let mut attempt = 0;
        loop {
            match send().await {
                Err(error)
                    if attempt < 2 && error.is_unknown_node() && self.pause(attempt).await =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    /// The pause before a look whether a lost request was carried out, and
    /// before one that GitHub's replicas cannot answer yet.
    pub(super) async fn pause(&self, attempt: usize) -> bool {
        let Some(pause) = self.patience.pauses.get(attempt) else {
            return false;
        };
        sleep(jittered(*pause)).await;
        true
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
