//! Finding, opening and changing the pull request of a branch.

use std::cmp::Reverse;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, json};

use super::{GitHub, GitHubError, Shortfall, call::Deed, complaint::Complaint};
use crate::{
    proposal::{PullRequest, State},
    tree::CommitId,
};

const LIST: Deed = Deed::repeatable("list pull requests", "pull-requests: read");
const READ: Deed = Deed::repeatable("read the pull request", "pull-requests: read");
const CREATE: Deed = Deed::once("create the pull request", "pull-requests: write");
const UPDATE: Deed = Deed::repeatable("change the pull request", "pull-requests: write");

/// A pull request, as far as it is used. octocrab's own has fields that are
/// stricter than GitHub's description, down to every user in it.
#[derive(Debug, Deserialize)]
struct Answer {
    number: u64,
    html_url: String,
    node_id: String,
    state: OpenOrClosed,
    #[serde(default)]
    merged_at: Option<IgnoredAny>,
    title: String,
    body: Option<String>,
    head: Side,
    base: Side,
    #[serde(default)]
    labels: Vec<Label>,
    #[serde(default)]
    draft: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OpenOrClosed {
    Open,
    Closed,
}

/// Head or base.
#[derive(Debug, Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
    /// None when a fork was deleted.
    repo: Option<Repository>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
struct Repository {
    id: u64,
}

#[derive(Debug, Deserialize)]
struct Label {
    name: String,
}

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
        let (owner, _) = self.names().await?;
        let head = format!("{owner}:{branch}");
        let parameters =
            [("state", "all"), ("head", &*head), ("sort", "created"), ("direction", "desc")];
        let answers: Vec<Answer> = self.list(LIST, "pulls", &parameters).await?;
        let ours = answers.into_iter().filter(|answer| answer.is_from(branch));
        let mut ours: Vec<PullRequest> =
            ours.map(|answer| answer.read(LIST.what)).collect::<Result<_, _>>()?;
        ours.sort_by_key(|pull_request| Reverse(pull_request.number));
        Ok(ours)
    }

    /// One pull request, as it is now.
    pub async fn pull_request(&self, number: u64) -> Result<PullRequest, GitHubError> {
        let (owner, name) = self.names().await?;
        let route = &format!("/repos/{owner}/{name}/pulls/{number}");
        let answer: Answer = self
            .call(READ, || async move { Ok(self.api.get::<_, _, ()>(route, None).await?) })
            .await?;
        answer.read(READ.what)
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
            let Ok(there) = self.pull_requests(&wanted.head).await else {
                // The first failure says more: the second only hides it.
                return Err(refusal);
            };
            let mut open = there.into_iter().filter(|there| there.state == State::Open);
            let open = open.find(|open| open.base == wanted.base);
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
        let route = &format!("/repos/{owner}/{name}/pulls");
        let NewPullRequest { title, body, head, base, .. } = wanted;
        let mut new = json!({ "title": title, "head": head, "base": base, "body": body });
        if draft {
            new["draft"] = Value::Bool(true);
        }
        let new = &new;
        let answer: Answer = self
            .call(CREATE, || async move { Ok(self.api.post(route, Some(new)).await?) })
            .await
            .map_err(|error| match error {
                GitHubError::Invalid { what, complaint } => refused(what, complaint, wanted),
                error => error,
            })?;
        answer.read(CREATE.what)
    }

    /// Changes what the patch names.
    pub async fn update(
        &self,
        number: u64,
        patch: &PullRequestPatch,
    ) -> Result<PullRequest, GitHubError> {
        let (owner, name) = self.names().await?;
        let route = &format!("/repos/{owner}/{name}/pulls/{number}");
        let body = &patch.to_json();
        let answer: Answer = self
            .call(UPDATE, || async move { Ok(self.api.patch(route, Some(body)).await?) })
            .await?;
        answer.read(UPDATE.what)
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

impl Answer {
    /// Whether the branch is the one of this repository: the two sides are
    /// compared, whatever the repository is called.
    fn is_from(&self, branch: &str) -> bool {
        self.head.branch == branch && self.head.repo.is_some() && self.head.repo == self.base.repo
    }

    fn read(self, what: &'static str) -> Result<PullRequest, GitHubError> {
        let state = match self.state {
            _ if self.merged_at.is_some() => State::Merged,
            OpenOrClosed::Open => State::Open,
            OpenOrClosed::Closed => State::Closed,
        };
        let head_commit = CommitId::new(&self.head.sha).ok_or_else(|| GitHubError::Malformed {
            what,
            detail: "`head.sha` is no name of a commit".to_owned(),
        })?;
        Ok(PullRequest {
            number: self.number,
            url: self.html_url,
            node_id: self.node_id,
            state,
            title: self.title,
            body: self.body.unwrap_or_default(),
            base: self.base.branch,
            head: self.head.branch,
            head_commit,
            labels: self.labels.into_iter().map(|label| label.name).collect(),
            draft: self.draft,
        })
    }
}
