//! What a pull request wears: labels, assignees, reviewers, a milestone.
//!
//! None of them is worth failing for: what cannot be had is told as a
//! [`Shortfall`], and the pull request stays.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::{
    GitHub, GitHubError, Shortfall,
    call::{Deed, Failure},
};

const LABEL: Deed = Deed::repeatable("label the pull request", "issues: write");
const LIST_LABELS: Deed = Deed::repeatable("list the labels", "issues: read");
const ASSIGN: Deed = Deed::repeatable("assign the pull request", "issues: write");
const REVIEW: Deed = Deed::repeatable("request a review", "pull-requests: write");
const LIST_MILESTONES: Deed = Deed::repeatable("list the milestones", "issues: read");
const MILESTONE: Deed = Deed::repeatable("set the milestone", "issues: write");

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
            Err(GitHubError::NoNewLabels) => {}
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
}

#[derive(Debug, Clone, Copy)]
enum Route {
    Issue,
    Assignees,
    Reviewers,
}
