//! One image's conversation with its registry: its login, its deadline, and
//! what its answers mean.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::answer::{Ask, Reply, SMALL};
use super::challenge::Challenge;
use super::error::{Missing, Problem, RegistryError, Step};
use super::host::Host;
use super::{Inner, Scan, retry_after, wire};
use crate::credentials::{Credential, CredentialSource, Resolved};
use crate::http::{Fence, Reach, Secret, scrub, shown};

/// One scan or one digest.
pub(super) struct Visit<'a> {
    pub(super) inner: &'a Inner,
    pub(super) scan: &'a Scan,
    pub(super) host: Arc<Host>,
    pub(super) credential: Arc<Credential>,
    pub(super) login: CredentialSource,
    pub(super) deadline: Instant,
    limit: Duration,
    state: Mutex<State>,
}

struct State {
    step: Step,
    /// Everything that was sent and must not be shown.
    sent: Vec<Secret>,
    anonymous_too: bool,
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        inner: &'a Inner,
        scan: &'a Scan,
        host: Arc<Host>,
        login: Resolved,
        now: Instant,
        limit: Duration,
    ) -> Self {
        let sent = match &login.credential {
            Credential::Anonymous => Vec::new(),
            Credential::Basic { username, password } => {
                let coded = STANDARD.encode(format!("{username}:{}", password.expose()));
                vec![password.clone(), Secret::new(coded)]
            }
            Credential::IdentityToken(token) | Credential::RegistryToken(token) => {
                vec![token.clone()]
            }
        };
        Self {
            inner,
            scan,
            host,
            credential: Arc::new(login.credential),
            login: login.source,
            deadline: now + limit,
            limit,
            state: Mutex::new(State { step: Step::Greeting, sent, anonymous_too: false }),
        }
    }

    /// Does the work within the image's time.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, RegistryError> {
        // On the heap: the futures of a whole scan are large.
        let outcome = match timeout_at(self.deadline, Box::pin(work)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Problem::Timeout { step: self.state().step, after: self.limit }),
        };
        outcome.map_err(|problem| RegistryError::new(self.scan, problem))
    }

    pub(super) fn at(&self, step: Step) {
        self.state().step = step;
    }

    /// Remembers a secret that must not be shown from now on.
    pub(super) fn sends(&self, secret: &Secret) {
        let mut state = self.state();
        if !state.sent.contains(secret) {
            state.sent.push(secret.clone());
        }
    }

    /// The login was refused, and it was tried without.
    pub(super) fn went_anonymous(&self) {
        self.state().anonymous_too = true;
    }

    /// The base that the registry answers at, found once for all images.
    pub(super) async fn origin(&self) -> Result<&Url, Problem> {
        self.host.origin.get_or_try_init(|| self.greet()).await
    }

    /// `GET /v2/`, without any credential: shows the scheme and the challenge.
    async fn greet(&self) -> Result<Url, Problem> {
        let mut problem = None;
        for base in self.host.bases() {
            let url = base
                .join("v2/")
                .map_err(|_| Problem::InvalidHost { host: self.host.name.clone() })?;
            match self.follow(Ask::get(url, SMALL)).await {
                Ok(reply) => {
                    if wire::is_transient(reply.status) {
                        return Err(self.refusal(&reply, Missing::Repository));
                    }
                    if reply.status == StatusCode::UNAUTHORIZED {
                        self.challenged(&reply);
                    }
                    return Ok(base.clone());
                }
                Err(it @ (Problem::NotTls { .. } | Problem::ConnectionRefused { .. })) => {
                    problem = Some(it);
                }
                Err(it) => {
                    // It was asked as often as makes sense; the other images
                    // would only wait for their turn to hear the same.
                    if it.may_pass() {
                        self.host.give_up(&it);
                    }
                    return Err(it);
                }
            }
        }
        Err(problem.unwrap_or_else(|| Problem::InvalidHost { host: self.host.name.clone() }))
    }

    /// Takes the challenge of an answer, unless one is known already.
    pub(super) fn challenged(&self, reply: &Reply) -> Vec<Challenge> {
        let challenges: Vec<Challenge> = reply
            .headers
            .get_all(reqwest::header::WWW_AUTHENTICATE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(Challenge::parse)
            .collect();
        if !challenges.is_empty() {
            self.host.challenges.get_or_init(|| challenges.clone());
        }
        challenges
    }

    /// How far a request may reach: the user named the registry itself; other
    /// places are named by it.
    pub(super) fn fence(&self, url: &Url) -> Fence {
        if self.host.is_at(url) || self.host.reach.get() == Some(&Reach::Private) {
            Fence::Private
        } else {
            Fence::Public
        }
    }

    /// The server's words, fit to be shown.
    pub(super) fn words(&self, reply: &Reply) -> Box<str> {
        let state = self.state();
        shown(&scrub(&reply.words(), state.sent.iter().map(Secret::expose))).into()
    }

    /// What an answer that is no success means.
    pub(super) fn refusal(&self, reply: &Reply, missing: Missing) -> Problem {
        let (by, words) = (reply.by().into(), self.words(reply));
        let status = reply.status.as_u16();
        match status {
            401 | 403 => Problem::Unauthorized {
                by,
                login: self.login.clone(),
                anonymous_too: self.state().anonymous_too,
                status,
                words,
            },
            404 => Problem::NotFound { missing, login: self.login.clone(), words },
            429 => {
                let wait = retry_after::told(&reply.headers, &reply.words(), wire::wall_clock());
                Problem::RateLimited { by, wait, words }
            }
            408 | 499 | 500.. => Problem::ServerFault { by, status, words },
            _ => Problem::Unexpected { by, status, words },
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
