//! HTTP as Git speaks it: one place for the token, for redirects and faults.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Method, Response, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION},
};
use tokio::time::{sleep, timeout};
use url::Url;

use super::{
    Access, GitError, RemoteUrl,
    words::{Words, basic},
};
use crate::http::Secret;

/// How often a redirect is followed.
const REDIRECTS: usize = 5;
/// How long the remote may say nothing.
const SILENCE: Duration = Duration::from_mins(1);
/// What is read of the body of a refusal, in bytes.
const REFUSAL: usize = 16 * 1024;
/// The waits before a read is tried again.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Requests to one repository's smart HTTP service.
#[derive(Debug)]
pub(super) struct Connection {
    client: reqwest::Client,
    remote: RemoteUrl,
    token: Option<Secret>,
    /// Where the repository is served now: a renamed one redirects the first
    /// request, and all others follow.
    base: Mutex<Url>,
    pub(super) words: Words,
}

/// One request; `tail` is what follows the repository's address.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) tail: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Connection {
    pub(super) fn new(access: &Access, client: reqwest::Client) -> Self {
        Self {
            client,
            remote: access.remote.clone(),
            token: access.token.clone(),
            base: Mutex::new(access.remote.as_url().clone()),
            words: Words::new(access.token.as_ref()),
        }
    }

    /// The remote's name in messages.
    pub(super) fn remote(&self) -> String {
        self.remote.to_string()
    }

    pub(super) fn url(&self) -> &Url {
        self.remote.as_url()
    }

    pub(super) fn malformed(&self, reason: impl Into<String>) -> GitError {
        GitError::Malformed { remote: self.remote(), reason: reason.into() }
    }

    /// Sends a request once, redirects included, and gives its answer when it
    /// is a good one. The body is still to be read.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, GitError> {
        let mut url = self.address(&request.tail)?;
        for _ in 0..=REDIRECTS {
            let response = self.send_to(&url, request).await?;
            let status = response.status();
            if status.is_success() {
                self.remember(&url, &request.tail);
                return Ok(response);
            }
            if !status.is_redirection() {
                return Err(self.refusal(response).await);
            }
            url = self.next(&url, &response)?;
        }
        Err(GitError::Redirect {
            remote: self.remote(),
            to: format!("more than {REDIRECTS} other addresses"),
        })
    }

    /// The next part of an answer's body, `None` at its end.
    pub(super) async fn chunk(&self, response: &mut Response) -> Result<Option<Bytes>, GitError> {
        match timeout(SILENCE, response.chunk()).await {
            Ok(Ok(chunk)) => Ok(chunk),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// A body that must not be longer than `limit` bytes.
    pub(super) async fn body(
        &self,
        mut response: Response,
        limit: usize,
    ) -> Result<Vec<u8>, GitError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut response).await? {
            if body.len() + chunk.len() > limit {
                return Err(self.malformed(format!("its answer is longer than {limit} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn send_to(&self, url: &Url, request: &Request) -> Result<Response, GitError> {
        let mut headers = request.headers.clone();
        if let Some(token) = self.token.as_ref().filter(|_| self.is_remote(url)) {
            let value = HeaderValue::try_from(format!("Basic {}", basic(token.expose())));
            let mut value = value.map_err(|_| self.malformed("the token is no text"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let send = self
            .client
            .request(request.method.clone(), url.clone())
            .headers(headers)
            .body(request.body.clone())
            .send();
        match timeout(SILENCE, send).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// Whether the address is the remote's own, the only one that the token is
    /// for.
    fn is_remote(&self, url: &Url) -> bool {
        url.origin() == self.remote.as_url().origin()
    }

    fn address(&self, tail: &str) -> Result<Url, GitError> {
        let base = self.base.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = format!("{}/{tail}", base.as_str().trim_end_matches('/'));
        Url::parse(&text).map_err(|error| self.malformed(error.to_string()))
    }

    /// Where a redirect leads; never from https to http.
    fn next(&self, url: &Url, response: &Response) -> Result<Url, GitError> {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let to = |to: &str| GitError::Redirect { remote: self.remote(), to: to.to_owned() };
        let location = location.ok_or_else(|| to("no other address"))?;
        let mut next = url.join(location).map_err(|_| to("an address that is none"))?;
        // What a redirect says of users is nobody we know.
        if next.set_username("").is_err() || next.set_password(None).is_err() {
            return Err(to("an address that is none"));
        }
        match (url.scheme(), next.scheme()) {
            ("https" | "http", "https") | ("http", "http") => Ok(next),
            _ => Err(to("an address without TLS")),
        }
    }

    fn remember(&self, url: &Url, tail: &str) {
        let base = url.as_str().strip_suffix(tail).and_then(|base| Url::parse(base).ok());
        if let Some(base) = base {
            *self.base.lock().unwrap_or_else(PoisonError::into_inner) = base;
        }
    }

    async fn refusal(&self, response: Response) -> GitError {
        let status = response.status();
        let page = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.contains("html"));
        let mut body = Vec::new();
        let mut response = response;
        while body.len() < REFUSAL {
            match self.chunk(&mut response).await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                // The status says enough when the body breaks off.
                Ok(None) | Err(_) => break,
            }
        }
        let words = if page { String::new() } else { self.words.line(&body) };
        let words = if words.is_empty() {
            status.canonical_reason().unwrap_or("no reason").to_owned()
        } else {
            words
        };
        let (remote, token) = (self.remote(), self.token.is_some());
        match status {
            StatusCode::UNAUTHORIZED => GitError::Unauthorized { remote, token },
            StatusCode::FORBIDDEN => GitError::Denied { remote, words },
            StatusCode::NOT_FOUND => GitError::NotFound { remote, token },
            status => GitError::Status { remote, status: status.as_u16(), words },
        }
    }

    fn silent(&self) -> GitError {
        let reason = format!("it said nothing for {} seconds", SILENCE.as_secs());
        GitError::Unreachable { remote: self.remote(), reason }
    }

    /// The innermost cause says it in words; the outer ones name our library.
    fn unreachable(&self, error: &reqwest::Error) -> GitError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        let reason = self.words.line(cause.to_string().as_bytes());
        GitError::Unreachable { remote: self.remote(), reason }
    }
}

/// Does what may be done twice again, when it failed for a passing reason.
pub(super) async fn retried<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, GitError>
where
    F: Future<Output = Result<T, GitError>>,
{
    for pause in PAUSES {
        match attempt().await {
            Err(error) if error.is_transient() => {
                tracing::debug!(%error, ?pause, "trying again");
                sleep(pause).await;
            }
            other => return other,
        }
    }
    attempt().await
}
