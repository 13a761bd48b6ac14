//! GitHub: pull requests, their metadata, and commits that GitHub signs.
//!
//! What has to happen is decided elsewhere; here it is carried out, and each
//! refusal gets its advice. octocrab carries REST over the shared client; its
//! types are used where they allow what GitHub's description allows, else a
//! few fields are read. GraphQL goes straight to its address: octocrab would
//! look for it below REST's, where GitHub Enterprise Server has none.

mod call;
mod comment;
mod complaint;
mod error;
mod git_data;
mod graphql;
mod metadata;
mod patience;
mod pull_requests;
mod refusal;
mod repository;
mod rules;
mod shortfall;
mod words;

use std::{fmt, sync::Arc};

use octocrab::{
    AuthState, Octocrab, OctocrabBuilder,
    service::middleware::{
        base_uri::BaseUriLayer, extra_headers::ExtraHeadersLayer,
        reqwest_connector::ReqwestConnector,
    },
};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use tokio::sync::OnceCell;
use url::Url;

pub use complaint::{Complaint, Permissions};
pub use error::{GitHubError, Lost};
pub use git_data::{ApiCommit, TreeEntry, Verification};
pub use graphql::MergeMethod;
pub use patience::Patience;
pub use pull_requests::{NewPullRequest, Opened, PullRequestPatch};
pub use repository::RepositoryFacts;
pub use shortfall::Shortfall;

use crate::http::Secret;

/// The media type that GitHub asks for on every request.
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.github+json");

/// Where GitHub is. The three are given, never derived from one another:
/// their shapes differ between github.com, Enterprise Server and data
/// residency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// REST, `GITHUB_API_URL`.
    pub api: Url,
    /// GraphQL, `GITHUB_GRAPHQL_URL`.
    pub graphql: Url,
    /// The pages for people, `GITHUB_SERVER_URL`.
    pub server: Url,
}

/// One repository on GitHub, and who we are there.
pub struct GitHub {
    api: Octocrab,
    client: reqwest::Client,
    endpoints: Endpoints,
    authorization: Option<HeaderValue>,
    repository: (String, String),
    facts: OnceCell<RepositoryFacts>,
    patience: Patience,
    waited: call::Waited,
}

impl GitHub {
    /// Prepares, and sends nothing. The client must follow no redirection by
    /// itself and carry the program's `User-Agent`.
    ///
    /// # Panics
    /// Outside of a tokio runtime: octocrab starts its worker here.
    pub fn new(
        client: reqwest::Client,
        endpoints: Endpoints,
        token: Option<&Secret>,
        (owner, name): (String, String),
    ) -> Result<Self, GitHubError> {
        let authorization = token.map(bearer).transpose()?;
        for part in [&owner, &name] {
            if !is_name(part) {
                let repository = words::plain(&format!("{owner}/{name}"));
                return Err(GitHubError::RepositoryNotFound { repository });
            }
        }
        for url in [&endpoints.api, &endpoints.graphql, &endpoints.server] {
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(GitHubError::Endpoint { url: words::plain(url.as_str()) });
            }
        }
        let base = endpoints.api.as_str().trim_end_matches('/').parse();
        let base =
            base.map_err(|_| GitHubError::Endpoint { url: words::plain(endpoints.api.as_str()) })?;

        let mut headers = vec![(ACCEPT, MEDIA_TYPE)];
        headers.extend(authorization.clone().map(|token| (AUTHORIZATION, token)));
        // Not octocrab's usual stack: that brings its retries and its own
        // `User-Agent`. `X-GitHub-Api-Version` it sets by itself.
        let Ok(api) = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(client.clone()))
            .with_layer(&ExtraHeadersLayer::new(Arc::new(headers)))
            .with_layer(&BaseUriLayer::new(base))
            .with_auth(AuthState::None)
            .build();
        Ok(Self {
            api,
            client,
            endpoints,
            authorization,
            repository: (owner, name),
            facts: OnceCell::new(),
            patience: Patience::default(),
            waited: call::Waited::default(),
        })
    }

    /// The same with other waits.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The page that compares two branches, where a pull request can be
    /// opened by hand.
    pub fn compare_url(&self, base: &str, head: &str) -> String {
        let mut url = self.endpoints.server.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            path.extend(self.repository_name().split('/'));
            path.push("compare").push(&format!("{base}...{head}"));
        }
        url.query_pairs_mut().append_pair("expand", "1");
        url.into()
    }

    /// Owner and name as GitHub has them, once it was asked; until then as given.
    fn repository_name(&self) -> String {
        self.facts.get().map_or_else(
            || format!("{}/{}", self.repository.0, self.repository.1),
            |facts| facts.full_name.clone(),
        )
    }
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub")
            .field("endpoints", &self.endpoints)
            .field("repository", &self.repository)
            .finish_non_exhaustive()
    }
}

/// The header that carries the token; its `Debug` says `Sensitive`.
fn bearer(token: &Secret) -> Result<HeaderValue, GitHubError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose().trim()))
        .map_err(|_| GitHubError::TokenCharacters)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether GitHub would have an owner or a repository of this name.
fn is_name(part: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    !part.is_empty() && part != "." && part != ".." && part.bytes().all(allowed)
}
