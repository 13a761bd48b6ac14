//! What a run touches: the repository on its remote, the registries, GitHub.

use std::{collections::BTreeMap, sync::Arc};

use url::Url;

use super::Failure;
use crate::{
    cli::{Settings, UsageError},
    credentials::{Keychain, Sources},
    diagnostic::{Code, Diagnostic, Explain as _},
    git::{self, Access, Git, Remote, RemoteUrl},
    github::{Endpoints, GitHub},
    http,
    registry::Registries,
    tree::{CommitId, Head},
};

/// What one look at the remote showed.
#[derive(Debug)]
pub struct Observed {
    /// Its branches.
    pub remote: Remote,
    /// That it was not in reach, and the work tree stands in for it.
    pub offline: Option<Diagnostic>,
}

impl Observed {
    /// A branch of the remote. Out of reach, the work tree stands for any.
    pub(super) fn head(&self, branch: &str) -> Option<Head> {
        let known = self.remote.heads.get(branch);
        let stand_in = self.offline.as_ref().and_then(|_| self.remote.heads.values().next());
        let commit = known.or(stand_in)?.clone();
        Some(Head { branch: branch.to_owned(), commit })
    }
}

/// Where nothing answers: the remote of a work tree that has none.
const NOWHERE: &str = "http://localhost:9/no/remote";

/// What a run speaks to.
pub struct World {
    /// The repository.
    pub git: Git,
    /// The registries.
    pub registries: Registries,
    /// GitHub, unless the remote's repository has no owner and name.
    pub github: Option<Arc<GitHub>>,
    /// owner/name, where it is known.
    pub repository: Option<String>,
    has_remote: bool,
    /// Whether Git is read from and pushed to where GitHub is.
    pub(super) is_at_github: bool,
    /// What was learnt on the way in: credentials that cannot be read.
    pub problems: Vec<Diagnostic>,
}

impl World {
    /// Makes the clients; nothing is sent yet.
    ///
    /// # Errors
    /// What the command line and the environment lack.
    pub fn open(settings: &Settings) -> Result<Self, UsageError> {
        let client = http::client_with(&settings.http()?)
            .map_err(|error| UsageError { message: error.to_string(), hint: None })?;
        let checkout = settings.path.clone();
        let remote = settings
            .remote
            .clone()
            .or_else(|| checkout.as_deref().and_then(git::remote_url_of_checkout))
            .or_else(|| settings.event_remote.clone())
            .or_else(|| settings.worktree.then(|| NOWHERE.to_owned()))
            .ok_or_else(|| {
                UsageError::new(
                    "there is no remote to read from",
                    "run it in a clone with a remote `origin`, or name one with `--remote URL`",
                )
            })?;
        let repository = settings.repository.clone().or_else(|| {
            git::repository_of(&remote)
                .filter(|_| remote != NOWHERE)
                .map(|r| format!("{}/{}", r.owner, r.name))
        });
        let has_remote = remote != NOWHERE;
        let remote = RemoteUrl::parse(&remote)
            .map_err(|error| UsageError { message: error.to_string(), hint: error.help() })?;
        let access = Access {
            remote: remote.clone(),
            token: settings.token.clone(),
            checkout,
            scratch: settings.scratch(),
        };
        let git = Git::open(&access, client.clone()).map_err(|error| usage(&error))?;
        let (configs, mut problems) = settings.registry_configs().read();
        let sources = Sources {
            secrets: settings.secrets.clone(),
            configs,
            github_token: settings.ghcr_token.clone(),
        };
        let (keychain, unread) = Keychain::new(&sources);
        problems.extend(unread);
        let registries = Registries::new(client.clone(), keychain, settings.registries()?);
        let github = match &repository {
            Some(repository) => Some(Arc::new(github(settings, client, repository)?)),
            None => None,
        };
        let is_at_github = Url::parse(&settings.server_url)
            .is_ok_and(|server| server.origin() == remote.as_url().origin());
        Ok(Self { git, registries, github, repository, has_remote, is_at_github, problems })
    }

    /// One look at the remote: every branch and its lease. The work tree can
    /// be planned with no remote in reach; that is told.
    pub(super) async fn observe(&self, settings: &Settings) -> Result<Observed, Failure> {
        let error = match self.git.observe().await {
            Ok(remote) => return Ok(Observed { remote, offline: None }),
            Err(error) if settings.worktree => error,
            Err(error) => return Err(Diagnostic::of(&error).into()),
        };
        let head = self.git.local_head();
        let branch = settings
            .control
            .base
            .clone()
            .or_else(|| head.as_ref()?.branch.clone())
            .unwrap_or_else(|| "HEAD".to_owned());
        let commit = head.map_or_else(CommitId::null, |head| head.commit);
        let why = if self.has_remote {
            Diagnostic::of(&error).message
        } else {
            "the work tree has none".to_owned()
        };
        let message = format!(
            "the remote is not in reach, so what stands on the update branch is not known: {why}"
        );
        Ok(Observed {
            remote: Remote {
                heads: BTreeMap::from([(branch.clone(), commit)]),
                default_branch: Some(branch),
            },
            offline: Some(Diagnostic::new(Code::CheckoutOffline, message)),
        })
    }
}

/// What is said where GitHub is needed and not known.
pub(super) fn no_github() -> Diagnostic {
    Diagnostic::new(
        Code::AutomationPullRequestFailed,
        "no pull request can be made: the remote does not tell the repository's owner and name",
    )
    .hint("name it with `--repository owner/name`, or push without with `--pull-request false`")
}

fn usage(error: &git::GitError) -> UsageError {
    UsageError { hint: error.help(), message: error.to_string() }
}

fn github(
    settings: &Settings,
    client: reqwest::Client,
    repository: &str,
) -> Result<GitHub, UsageError> {
    let url = |name: &str, text: &str| {
        Url::parse(text).map_err(|_| {
            UsageError::new(
                format!("`{name}` is no URL"),
                format!("set `{name}` as the runner does"),
            )
        })
    };
    let endpoints = Endpoints {
        api: url("GITHUB_API_URL", &settings.api_url)?,
        graphql: url("GITHUB_GRAPHQL_URL", &settings.graphql_url)?,
        server: url("GITHUB_SERVER_URL", &settings.server_url)?,
    };
    let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
    let names = (owner.to_owned(), name.to_owned());
    GitHub::new(client, endpoints, settings.token.as_ref(), names)
        .map_err(|error| UsageError { hint: error.help(), message: error.to_string() })
}
