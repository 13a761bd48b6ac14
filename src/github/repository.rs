//! What GitHub says of the repository itself.

use serde::Deserialize;
use url::Url;

use super::{
    GitHub, GitHubError,
    call::{Deed, Failure},
    words::plain,
};

const READ: Deed = Deed::repeatable("read the repository", "metadata: read");

/// How many redirections are followed; a renamed repository has one.
const REDIRECTIONS: usize = 3;

/// What GitHub says of the repository itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// Owner and name as they are today; a renamed repository answers to its
    /// old name, but does not list pull requests under it.
    pub full_name: String,
    /// The identifier in GraphQL.
    pub node_id: String,
    /// The branch that people see first.
    pub default_branch: String,
    /// Whether it is read-only for good.
    pub archived: bool,
    /// Whether pull requests may merge themselves.
    pub allow_auto_merge: bool,
    /// Whether the token's owner may push; `None` where GitHub does not tell.
    pub push: Option<bool>,
}

/// The answer, as far as it is used.
#[derive(Debug, Deserialize)]
struct Repository {
    full_name: String,
    node_id: String,
    default_branch: String,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    allow_auto_merge: bool,
    #[serde(default)]
    permissions: Option<Rights>,
}

#[derive(Debug, Deserialize)]
struct Rights {
    push: bool,
}

impl GitHub {
    /// Reads the repository, once for all calls. A redirection of a renamed
    /// repository is followed here, so that no other request meets one: a
    /// redirected POST is never sent twice, and the token stays with the API.
    pub async fn repository(&self) -> Result<&RepositoryFacts, GitHubError> {
        self.facts.get_or_try_init(|| self.read_repository()).await
    }

    async fn read_repository(&self) -> Result<RepositoryFacts, GitHubError> {
        let (owner, name) = &self.repository;
        let mut route = format!("/repos/{owner}/{name}");
        for _ in 0..REDIRECTIONS {
            match self.call(READ, || self.follow(&route)).await {
                Ok(Followed::Repository(repository)) => return Ok(repository.into()),
                Ok(Followed::To(to)) => route = self.route_of(&to)?,
                Err(GitHubError::NotFound { .. }) => {
                    return Err(GitHubError::RepositoryNotFound {
                        repository: format!("{owner}/{name}"),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Err(GitHubError::Moved { what: READ.what })
    }

    async fn follow(&self, route: &str) -> Result<Followed, Failure> {
        match self.api.get::<Repository, _, ()>(route, None).await.map_err(Failure::from) {
            Ok(repository) => Ok(Followed::Repository(repository)),
            Err(Failure::Refused(refusal)) if matches!(refusal.status, 301 | 302 | 307 | 308) => {
                let location =
                    refusal.headers.get("location").and_then(|value| value.to_str().ok());
                Ok(Followed::To(location.unwrap_or_default().to_owned()))
            }
            Err(failure) => Err(failure),
        }
    }

    /// The part of a redirection below the API's address.
    fn route_of(&self, location: &str) -> Result<String, GitHubError> {
        let api = &self.endpoints.api;
        let elsewhere = || GitHubError::Redirected { to: plain(location) };
        let mut below = api.clone();
        if let Ok(mut path) = below.path_segments_mut() {
            path.pop_if_empty().push("");
        }
        let to: Url = below.join(location).map_err(|_| elsewhere())?;
        if to.origin() != api.origin() {
            return Err(elsewhere());
        }
        to.path()
            .strip_prefix(below.path().trim_end_matches('/'))
            .map(str::to_owned)
            .ok_or_else(elsewhere)
    }

    /// Owner and name as they are today.
    pub(super) async fn names(&self) -> Result<(&str, &str), GitHubError> {
        let facts = self.repository().await?;
        facts.full_name.split_once('/').ok_or_else(|| GitHubError::Malformed {
            what: READ.what,
            detail: "`full_name` is not owner and name".to_owned(),
        })
    }
}

enum Followed {
    Repository(Repository),
    To(String),
}

impl From<Repository> for RepositoryFacts {
    fn from(repository: Repository) -> Self {
        Self {
            full_name: repository.full_name,
            node_id: repository.node_id,
            default_branch: repository.default_branch,
            archived: repository.archived,
            allow_auto_merge: repository.allow_auto_merge,
            push: repository.permissions.map(|rights| rights.push),
        }
    }
}
