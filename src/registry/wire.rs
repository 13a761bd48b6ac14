//! One request on the wire: permits, pauses, retries, redirects.
#![expect(clippy::disallowed_methods, reason = "dates in Retry-After are told by the wall clock")]

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, LOCATION};
use reqwest::{Method, StatusCode};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use url::Url;

use super::answer::{Ask, Reply, SMALL};
use super::error::Problem;
use super::visit::Visit;
use super::{cause, retry_after};
use crate::http::{Reach, check_address, read_body, within};

/// How often a request is sent at most.
const TRIES: u32 = 5;

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// How long the head of an answer may take.
const FIRST_BYTE: Duration = Duration::from_secs(30);

/// The longest pause that nobody asked for.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The wall clock, for dates that servers name.
pub(super) fn wall_clock() -> SystemTime {
    SystemTime::now()
}

/// Whether an answer may be another one later.
pub(super) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 499 | 500 | 502 | 503 | 504 | 522)
}

impl Visit<'_> {
    /// Asks and follows redirects. The credential goes to the origin that was
    /// asked, to no other.
    pub(super) async fn follow(&self, ask: Ask) -> Result<Reply, Problem> {
        let home = ask.url.origin();
        let authorization = ask.authorization.clone();
        let mut ask = ask;
        for _ in 0..=REDIRECTS {
            let reply = self.persist(&ask).await?;
            let redirects = matches!(reply.status.as_u16(), 301 | 302 | 303 | 307 | 308);
            let Some(location) = reply.header(LOCATION.as_str()).filter(|_| redirects) else {
                return Ok(reply);
            };
            let url = self.redirect(&reply.url, location)?;
            if ask.method == Method::POST {
                return Err(Problem::misled("redirect", location, "a login is not sent on"));
            }
            ask.authorization = authorization.clone().filter(|_| url.origin() == home);
            ask.url = url;
        }
        Err(Problem::misled("redirect", ask.url.as_str(), "there were too many before it"))
    }

    /// Where a redirect leads, if it may be followed.
    fn redirect(&self, from: &Url, location: &str) -> Result<Url, Problem> {
        let misled = |why: &str| Problem::misled("redirect", location, why);
        let mut url = from.join(location).map_err(|_| misled("it is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() {
            return Err(misled("it is no URL"));
        }
        if from.scheme() == "https" && url.scheme() == "http" {
            return Err(misled("it is not encrypted"));
        }
        check_address(&url, self.fence(&url))
            .map_err(|_| misled("it lies at a private address, or one of the system"))?;
        url.set_fragment(None);
        Ok(url)
    }

    /// Asks again while that may help: an answer that is still no success is
    /// returned as it is.
    async fn persist(&self, ask: &Ask) -> Result<Reply, Problem> {
        let own = self.host.is_at(&ask.url);
        if let Some(problem) = self.host.given_up().filter(|_| own) {
            return Err(problem);
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let outcome = self.once(ask).await;
            match &outcome {
                Ok(reply) if !is_transient(reply.status) => {
                    self.host.gate.answered();
                    return outcome;
                }
                Err(problem) if !problem.may_pass() => {
                    if own && problem.is_connection() {
                        self.host.not_connected(problem);
                    }
                    return outcome;
                }
                _ => {}
            }
            let told = outcome.as_ref().ok().and_then(|reply| self.wish(reply));
            let out_of_pulls = outcome.as_ref().is_ok_and(|reply| {
                reply.status == StatusCode::TOO_MANY_REQUESTS
                    && reply.words().contains("pull rate limit")
            });
            let wait = told.unwrap_or_else(|| self.backoff(tries));
            let too_long = Instant::now() + wait >= self.deadline;
            if tries == TRIES || too_long || out_of_pulls || !self.host.may_retry() {
                return outcome;
            }
            self.inner.progress.retried();
            if told.is_some() && own {
                // For everybody with this login: the next request waits there.
                self.host.pause(&self.credential, Instant::now() + wait);
            } else {
                sleep(wait).await;
            }
        }
    }

    /// The pause that an answer asks for; too many requests close the gate by half.
    fn wish(&self, reply: &Reply) -> Option<Duration> {
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            self.host.gate.halve();
        }
        retry_after::told(&reply.headers, &reply.words(), wall_clock())
    }

    /// Doubles with each try, anywhere between nothing and that.
    fn backoff(&self, tries: u32) -> Duration {
        let most = self.inner.settings.backoff.saturating_mul(1 << (tries - 1).min(16));
        // Seeded by the operating system, as hash maps are.
        let random = RandomState::new().build_hasher().finish();
        let share =
            f64::from(u32::try_from(random >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        most.min(LONGEST_BACKOFF).mul_f64(share)
    }

    /// Waits until the host admits this login again.
    async fn wait_for_host(&self) -> Result<(), Problem> {
        while let Some(until) = self.host.paused_until(&self.credential) {
            let now = Instant::now();
            if until <= now {
                break;
            }
            if until >= self.deadline {
                let (by, words) = (self.host.name.clone(), "".into());
                return Err(Problem::RateLimited { by, wait: Some(until - now), words });
            }
            sleep_until(until).await;
        }
        Ok(())
    }

    /// One request, with its permits.
    async fn once(&self, ask: &Ask) -> Result<Reply, Problem> {
        let fence = self.fence(&ask.url);
        check_address(&ask.url, fence).map_err(|refused| {
            Problem::misled("address", &refused.host, "it is private or of the system")
        })?;
        self.wait_for_host().await?;
        let _place = self.host.gate.enter().await;
        // Never closed, so never refused.
        let _permit = self.inner.permits.acquire().await.ok();
        self.host.asked();
        self.inner.progress.asked();
        let limit = self.inner.settings.timeout;
        let by = ask.url.host_str().unwrap_or_default();
        let reply = match timeout(limit, within(fence, self.exchange(ask, by))).await {
            Ok(reply) => reply?,
            Err(_) => return Err(Problem::Slow { by: by.into(), after: limit }),
        };
        if self.host.is_at(&ask.url) {
            self.host.connected();
            self.host.reach.get_or_init(|| self.reach(&reply));
            self.heed(&reply);
        }
        Ok(reply)
    }

    /// Sends and reads.
    async fn exchange(&self, ask: &Ask, by: &str) -> Result<Reply, Problem> {
        let settings = &self.inner.settings;
        let mut request = self
            .inner
            .client
            .request(ask.method.clone(), ask.url.clone())
            .header(ACCEPT, ask.accept.clone());
        if let Some(authorization) = &ask.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(form) = &ask.form {
            request = request.form(form);
        }
        let limit = FIRST_BYTE.min(settings.timeout);
        let mut response = timeout(limit, request.send())
            .await
            .map_err(|_| Problem::Slow { by: by.into(), after: limit })?
            .map_err(|error| cause::of(&error, by, limit))?;
        let good = response.status().is_success();
        let coded = response.headers().get(CONTENT_ENCODING).is_some_and(|it| it != "identity");
        if good && coded {
            return Err(Problem::malformed(by, "it is compressed, which was not asked for"));
        }
        let body = if ask.method == Method::HEAD {
            bytes::Bytes::new()
        } else {
            let cap = if good { ask.cap } else { SMALL };
            read_body(&mut response, cap, !good)
                .await
                .map_err(|error| cause::of_body(&error, by, settings.timeout))?
        };
        Ok(Reply {
            status: response.status(),
            peer: response.remote_addr(),
            url: ask.url.clone(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    /// Where the registry lies. Behind a proxy the address is the proxy's:
    /// such a registry counts as public.
    fn reach(&self, reply: &Reply) -> Reach {
        match (Reach::of_literal(&reply.url), reply.peer) {
            (Some(reach), _) => reach,
            (None, Some(peer)) if self.inner.settings.proxies.of(&reply.url).is_none() => {
                Reach::of(peer.ip())
            }
            _ => Reach::Public,
        }
    }

    /// Heeds what the host says about its limits.
    fn heed(&self, reply: &Reply) {
        match retry_after::remaining(&reply.headers, wall_clock()) {
            Some((0, reset)) => self.host.pause(&self.credential, Instant::now() + reset),
            Some((left, _)) => self.host.gate.shrink_to(left),
            None => {}
        }
    }
}
