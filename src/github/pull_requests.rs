//! Finding, opening and changing the pull request of a branch.

use octocrab::{
    models::{IssueState, pulls::PullRequest as Answer},
    params::{self, Direction},
};
use serde_json::Value;

use super::{GitHub, GitHubError, Shortfall, call::Deed, refusal::Complaint};
use crate::{
    proposal::{PullRequest, State},
    tree::CommitId,
};

const LIST: Deed = Deed::repeatable("list pull requests", "pull-requests: read");
const CREATE: Deed = Deed::once("create the pull request", "pull-requests: write");
const UPDATE: Deed = Deed::repeatable("change the pull request", "pull-requests: write");

/// Pages of 100 before a list is taken for endless.
pub(super) const PAGES: u32 = 100;

/// A pull request to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPullRequest {
    /// At most 256 characters.
    pub title: String,
    /// At most 65,536 characters.
    pub body: String,
    /// The branch to merge, in this repository.
    pub head: String,
    /// The branch to merge into.
    pub base: String,
    /// Whether it is to be a draft.
    pub draft: bool,
}

/// What came of [`GitHub::create`].
#[derive(Debug)]
pub struct Opened {
    /// The open pull request.
    pub pull_request: PullRequest,
    /// Whether another run made it: its title and body are to be compared.
    pub found: bool,
    /// What could not be had.
    pub shortfalls: Vec<Shortfall>,
}

/// What is to be changed; `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PullRequestPatch {
    /// The title.
    pub title: Option<String>,
    /// The body.
    pub body: Option<String>,
    /// The branch to merge into; of an open pull request only.
    pub base: Option<String>,
    /// Open or closed. GitHub opens a closed one again only if its branch
    /// was not rebuilt since.
    pub state: Option<State>,
}

impl PullRequestPatch {
    fn to_json(&self) -> Value {
        let state =
            self.state.map(|state| if state == State::Open { "open" } else { "closed" }.to_owned());
        let mut body = serde_json::Map::new();
        for (key, value) in
            [("title", &self.title), ("body", &self.body), ("base", &self.base), ("state", &state)]
        {
            body.extend(value.clone().map(|value| (key.to_owned(), value.into())));
        }
        body.into()
    }
}

impl GitHub {
    /// The pull requests that come from this branch of this repository, open
    /// or not, newest first.
    ///
    /// GitHub ignores a `head` that it does not understand and answers with
    /// all pull requests, and a fork may have a branch of the same name: both
    /// are sorted out here again.
    pub async fn pull_requests(&self, branch: &str) -> Result<Vec<PullRequest>, GitHubError> {
        let (owner, name) = self.names().await?;
        let mut found = Vec::new();
        for number in 1..=PAGES {
            let page = self
                .call(LIST, || async move {
                    let pulls = self.api.pulls(owner, name);
                    let list =
                        pulls.list().state(params::State::All).head(format!("{owner}:{branch}"));
                    let list =
                        list.sort(params::pulls::Sort::Created).direction(Direction::Descending);
                    Ok(list.per_page(100).page(number).send().await?)
                })
                .await?;
            for answer in page.items {
                if is_from(&answer, branch) {
                    found.push(read(answer, LIST.what)?);
                }
            }
            if page.next.is_none() {
                found.sort_by_key(|pull_request: &PullRequest| {
                    std::cmp::Reverse(pull_request.number)
                });
                return Ok(found);
            }
        }
        Err(GitHubError::Malformed { what: LIST.what, detail: "the pages do not end".to_owned() })
    }

    /// Opens a pull request, exactly one.
    ///
    /// When the answer is lost, or GitHub says that there is one already, the
    /// branch's open pull request into the same base is taken for it.
    pub async fn create(&self, wanted: &NewPullRequest) -> Result<Opened, GitHubError> {
        let mut shortfalls = Vec::new();
        let mut draft = wanted.draft;
        let mut attempt = 0;
        loop {
            let refusal = match self.post(wanted, draft).await {
                Ok(pull_request) => return Ok(Opened { pull_request, found: false, shortfalls }),
                Err(error) => error,
            };
            match refusal {
                GitHubError::NoDrafts if draft => {
                    draft = false;
                    shortfalls.push(Shortfall::NoDrafts);
                    continue;
                }
                GitHubError::HiddenPullRequest { .. } | GitHubError::Lost { .. } => {}
                refusal => return Err(refusal),
            }
            // GitHub's lists lag behind its writes by a moment.
            let more = self.pause(attempt).await;
            attempt += 1;
            let open = self.pull_requests(&wanted.head).await?.into_iter().find(|pull_request| {
                pull_request.state == State::Open && pull_request.base == wanted.base
            });
            match open {
                Some(pull_request) => {
                    let ours =
                        pull_request.title == wanted.title && pull_request.body == wanted.body;
                    return Ok(Opened { pull_request, found: !ours, shortfalls });
                }
                None if more => {}
                None => return Err(refusal),
            }
        }
    }

    async fn post(&self, wanted: &NewPullRequest, draft: bool) -> Result<PullRequest, GitHubError> {
        let (owner, name) = self.names().await?;
        let answer = self
            .call(CREATE, || async move {
                let pulls = self.api.pulls(owner, name);
                let create = pulls
                    .create(&wanted.title, &wanted.head, &wanted.base)
                    .body(wanted.body.clone());
                let create = if draft { create.draft(true) } else { create };
                Ok(create.send().await?)
            })
            .await
            .map_err(|error| match error {
                GitHubError::Invalid { what, complaint } => refused(what, complaint, wanted),
                error => error,
            })?;
        read(answer, CREATE.what)
    }

    /// Changes what the patch names.
    pub async fn update(
        &self,
        number: u64,
        patch: &PullRequestPatch,
    ) -> Result<PullRequest, GitHubError> {
        let (owner, name) = self.names().await?;
        // octocrab's own builder sends the number in the body as well.
        let route = &format!("/repos/{owner}/{name}/pulls/{number}");
        let body = &patch.to_json();
        let answer: Answer = self
            .call(UPDATE, || async move { Ok(self.api.patch(route, Some(body)).await?) })
            .await?;
        read(answer, UPDATE.what)
    }
}

/// The meaning of a 422 to the request to open one.
fn refused(what: &'static str, complaint: Complaint, wanted: &NewPullRequest) -> GitHubError {
    let (head, base) = (wanted.head.clone(), wanted.base.clone());
    if complaint.says("a pull request already exists") {
        GitHubError::HiddenPullRequest { head }
    } else if complaint.says("no commits between") {
        GitHubError::NoCommits { base, head }
    } else if complaint.says("draft pull requests are not supported") {
        GitHubError::NoDrafts
    } else if complaint.is_about("head") {
        GitHubError::BranchNotFound { branch: head }
    } else if complaint.is_about("base") {
        GitHubError::BranchNotFound { branch: base }
    } else {
        GitHubError::Invalid { what, complaint }
    }
}

/// Whether the branch is the one of this repository. The two names are
/// compared with each other, as the repository may have been renamed.
fn is_from(answer: &Answer, branch: &str) -> bool {
    let repository = |repository: &Option<octocrab::models::Repository>| {
        repository.as_ref().map(|repository| repository.id)
    };
    let head = repository(&answer.head.repo);
    answer.head.ref_field == branch && head.is_some() && head == repository(&answer.base.repo)
}

fn read(answer: Answer, what: &'static str) -> Result<PullRequest, GitHubError> {
    let missing =
        |field: &str| GitHubError::Malformed { what, detail: format!("`{field}` is missing") };
    let state = match answer.state {
        _ if answer.merged_at.is_some() => State::Merged,
        Some(IssueState::Open) => State::Open,
        Some(IssueState::Closed) => State::Closed,
        _ => return Err(missing("state")),
    };
    Ok(PullRequest {
        number: answer.number,
        url: answer.html_url.ok_or_else(|| missing("html_url"))?.into(),
        node_id: answer.node_id.ok_or_else(|| missing("node_id"))?,
        state,
        title: answer.title.ok_or_else(|| missing("title"))?,
        body: answer.body.unwrap_or_default(),
        base: answer.base.ref_field,
        head: answer.head.ref_field,
        head_commit: CommitId::new(&answer.head.sha).ok_or_else(|| missing("head.sha"))?,
        labels: answer.labels.unwrap_or_default().into_iter().map(|label| label.name).collect(),
        draft: answer.draft.unwrap_or_default(),
    })
}
