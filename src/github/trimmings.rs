//! What a pull request wears: labels, assignees, reviewers, a milestone.
//!
//! None of them is worth failing for: what cannot be had is told as a
//! [`Shortfall`], and the pull request stays.

use std::future::Future;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::{
    GitHub, GitHubError,
    call::{Deed, Failure},
};
use crate::diagnostic::{Code, Explain};

const LABEL: Deed = Deed::repeatable("label the pull request", "issues: write");
const LIST_LABELS: Deed = Deed::repeatable("list the labels", "issues: read");
const ASSIGN: Deed = Deed::repeatable("assign the pull request", "issues: write");
const REVIEW: Deed = Deed::repeatable("request a review", "pull-requests: write");
const LIST_MILESTONES: Deed = Deed::repeatable("list the milestones", "issues: read");
const MILESTONE: Deed = Deed::repeatable("set the milestone", "issues: write");

/// Something that the pull request was to have, and has not.
#[derive(Debug, thiserror::Error)]
pub enum Shortfall {
    /// 403 `You do not have permission to create labels`: the others are set.
    #[error("the token may not create {}", list("label", .0))]
    LabelsNotCreated(Vec<String>),
    /// GitHub drops whom it cannot assign, and says nothing.
    #[error("GitHub did not assign {}", list("user", .0))]
    NotAssigned(Vec<String>),
    /// A reviewer that GitHub refuses.
    #[error("no review could be requested from `{reviewer}`")]
    NotRequested {
        /// Login, or slug of a team.
        reviewer: String,
        /// Why not.
        source: GitHubError,
    },
    /// A title that no milestone has.
    #[error("there is no open milestone `{0}`")]
    NoMilestone(String),
    /// The plan or the kind of repository.
    #[error("the repository has no draft pull requests: this one is ready for review")]
    NoDrafts,
    /// Auto-merge was not turned on.
    #[error("auto-merge could not be turned on: {message}")]
    NoAutoMerge {
        /// GitHub's words.
        message: String,
    },
    /// Anything else.
    #[error("the pull request lacks its {missing}")]
    Failed {
        /// What it lacks.
        missing: &'static str,
        /// Why.
        source: GitHubError,
    },
}

fn list(noun: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("the {noun}{plural} `{}`", names.join("`, `"))
}

impl Explain for Shortfall {
    fn code(&self) -> Code {
        Code::PullRequestIncomplete
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::LabelsNotCreated(_) => {
                "add `issues: write` to the workflow's `permissions:`, or create the labels by hand".to_owned()
            }
            Self::NotAssigned(_) => "assign only users with access to the repository".to_owned(),
            Self::NotRequested { source, .. } => return source.help().or_else(|| {
                Some("ask collaborators other than the author; teams need a token that may read the organisation's members, which `GITHUB_TOKEN` may not".to_owned())
            }),
            Self::NoMilestone(_) => "name an open milestone of this repository by number or title".to_owned(),
            Self::NoDrafts => "leave out `--draft`".to_owned(),
            Self::NoAutoMerge { message } => return help_on_auto_merge(message),
            Self::Failed { source, .. } => return source.help(),
        })
    }
}

fn help_on_auto_merge(message: &str) -> Option<String> {
    let message = message.to_lowercase();
    let help = if message.contains("not allowed for this repository") {
        "turn on Settings → General → Pull Requests → “Allow auto-merge”"
    } else if message.contains("clean status") || message.contains("unstable status") {
        "protect the base branch with a required check: there is nothing to wait for"
    } else if message.contains("protected branch rules not configured") {
        "protect the base branch: auto-merge waits for what protection demands"
    } else {
        return None;
    };
    Some(help.to_owned())
}

#[derive(Debug, Deserialize)]
struct Label {
    name: String,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Assigned {
    #[serde(default)]
    assignees: Vec<User>,
}

#[derive(Debug, Deserialize)]
struct Milestone {
    number: u64,
    title: String,
}

impl GitHub {
    /// Puts labels on; those that are there stay. Without the permission to
    /// create labels, those that exist are put on.
    pub async fn add_labels(&self, number: u64, labels: &[String]) -> Vec<Shortfall> {
        if labels.is_empty() {
            return Vec::new();
        }
        let failed = |source| vec![Shortfall::Failed { missing: "labels", source }];
        match self.post_labels(number, labels).await {
            Ok(()) => return Vec::new(),
            Err(GitHubError::Refused { status: 403, message, .. })
                if message.to_lowercase().contains("permission to create labels") => {}
            Err(error) => return failed(error),
        }
        let there = match self.labels().await {
            Ok(there) => there,
            Err(error) => return failed(error),
        };
        // GitHub's label names differ by more than case.
        let exists =
            |label: &&String| there.iter().any(|name| name.to_lowercase() == label.to_lowercase());
        let (old, new): (Vec<&String>, Vec<&String>) = labels.iter().partition(exists);
        let old: Vec<String> = old.into_iter().cloned().collect();
        let mut shortfalls = vec![Shortfall::LabelsNotCreated(new.into_iter().cloned().collect())];
        if !old.is_empty()
            && let Err(error) = self.post_labels(number, &old).await
        {
            shortfalls.extend(failed(error));
        }
        shortfalls
    }

    async fn post_labels(&self, number: u64, labels: &[String]) -> Result<(), GitHubError> {
        let (owner, name) = self.names().await?;
        self.call(LABEL, || async move {
            self.api.issues(owner, name).add_labels(number, labels).await?;
            Ok(())
        })
        .await
    }

    async fn labels(&self) -> Result<Vec<String>, GitHubError> {
        let labels: Vec<Label> = self.list(LIST_LABELS, "labels", &[]).await?;
        Ok(labels.into_iter().map(|label| label.name).collect())
    }

    /// Assigns users, by login.
    pub async fn add_assignees(&self, number: u64, users: &[String]) -> Vec<Shortfall> {
        if users.is_empty() {
            return Vec::new();
        }
        let assigned = self
            .when_there(|| {
                self.send(ASSIGN, number, Route::Assignees, json!({ "assignees": users }))
            })
            .await;
        match assigned {
            Err(source) => vec![Shortfall::Failed { missing: "assignees", source }],
            Ok(Assigned { assignees }) => {
                let is_assigned = |user: &&String| {
                    assignees.iter().any(|assigned| assigned.login.eq_ignore_ascii_case(user))
                };
                let dropped: Vec<String> =
                    users.iter().filter(|user| !is_assigned(user)).cloned().collect();
                if dropped.is_empty() { Vec::new() } else { vec![Shortfall::NotAssigned(dropped)] }
            }
        }
    }

    /// Requests reviews from users, by login, and teams, by slug. GitHub
    /// refuses all when it refuses one: then each is asked for alone.
    pub async fn request_reviewers(
        &self,
        number: u64,
        users: &[String],
        teams: &[String],
    ) -> Vec<Shortfall> {
        if users.is_empty() && teams.is_empty() {
            return Vec::new();
        }
        match self.post_reviewers(number, users, teams).await {
            Ok(()) => return Vec::new(),
            Err(GitHubError::Invalid { .. }) => {}
            Err(source) => return vec![Shortfall::Failed { missing: "reviewers", source }],
        }
        let mut shortfalls = Vec::new();
        for (reviewer, team) in
            users.iter().map(|user| (user, false)).chain(teams.iter().map(|team| (team, true)))
        {
            let one = std::slice::from_ref(reviewer);
            let (users, teams): (&[String], &[String]) = if team { (&[], one) } else { (one, &[]) };
            if let Err(source) = self.post_reviewers(number, users, teams).await {
                shortfalls.push(Shortfall::NotRequested { reviewer: reviewer.clone(), source });
            }
        }
        shortfalls
    }

    async fn post_reviewers(
        &self,
        number: u64,
        users: &[String],
        teams: &[String],
    ) -> Result<(), GitHubError> {
        let mut body = json!({});
        for (key, names) in [("reviewers", users), ("team_reviewers", teams)] {
            if !names.is_empty() {
                body[key] = json!(names);
            }
        }
        let _: IgnoredAny =
            self.when_there(|| self.send(REVIEW, number, Route::Reviewers, body.clone())).await?;
        Ok(())
    }

    /// Sets the milestone, given by number or by title.
    pub async fn set_milestone(&self, number: u64, milestone: &str) -> Option<Shortfall> {
        let set = async {
            let Some(milestone) = self.milestone(milestone).await? else { return Ok(false) };
            let _: IgnoredAny = self
                .send(MILESTONE, number, Route::Issue, json!({ "milestone": milestone }))
                .await?;
            Ok(true)
        };
        match set.await {
            Ok(true) => None,
            Ok(false) => Some(Shortfall::NoMilestone(super::words::plain(milestone))),
            Err(source) => Some(Shortfall::Failed { missing: "milestone", source }),
        }
    }

    /// The number of an open milestone. A title may be a number too: the
    /// title is looked for first.
    async fn milestone(&self, milestone: &str) -> Result<Option<u64>, GitHubError> {
        let open: Vec<Milestone> = self.list(LIST_MILESTONES, "milestones", &[]).await?;
        let titled = open.iter().find(|open| open.title == milestone);
        let numbered = || open.iter().find(|open| milestone.parse() == Ok(open.number));
        Ok(titled.or_else(numbered).map(|open| open.number))
    }

    /// A change to one issue or pull request.
    async fn send<T: serde::de::DeserializeOwned>(
        &self,
        deed: Deed,
        number: u64,
        route: Route,
        body: Value,
    ) -> Result<T, GitHubError> {
        let (owner, name) = self.names().await?;
        let below = format!("/repos/{owner}/{name}");
        let body = &body;
        self.call(deed, || {
            let below = &below;
            async move {
                Ok::<_, Failure>(match route {
                    Route::Issue => {
                        self.api.patch(format!("{below}/issues/{number}"), Some(body)).await?
                    }
                    Route::Assignees => {
                        self.api
                            .post(format!("{below}/issues/{number}/assignees"), Some(body))
                            .await?
                    }
                    Route::Reviewers => {
                        self.api
                            .post(format!("{below}/pulls/{number}/requested_reviewers"), Some(body))
                            .await?
                    }
                })
            }
        })
        .await
    }

    /// Tries again while GitHub does not know the pull request that it has
    /// just made: 422 `Could not resolve to a node`.
    async fn when_there<T, F>(&self, send: impl Fn() -> F) -> Result<T, GitHubError>
    where
        F: Future<Output = Result<T, GitHubError>>,
    {
        let mut attempt = 0;
        loop {
            match send().await {
                Err(GitHubError::Invalid { complaint, .. })
                    if attempt < 2
                        && complaint.says("could not resolve to a node")
                        && self.pause(attempt).await =>
                {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Route {
    Issue,
    Assignees,
    Reviewers,
}
