//! What GitHub has in GraphQL alone: auto-merge, the merge queue, and moving
//! a branch only from where it is known to be.

use reqwest::header::{ACCEPT, AUTHORIZATION};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    GitHub, GitHubError, MEDIA_TYPE, Shortfall,
    call::{Deed, Failure},
    refusal::Refusal,
};
use crate::tree::CommitId;

const AUTO_MERGE: Deed = Deed::repeatable("turn on auto-merge", "pull-requests: write");
const MERGE_QUEUE: Deed = Deed::repeatable("look into the merge queue", "pull-requests: read");
const UPDATE_REFS: Deed = Deed::once("move the branch", "contents: write");
const READ_REF: Deed = Deed::repeatable("read the branch", "contents: read");

const ENABLE_AUTO_MERGE: &str =
    "mutation EnableAutoMerge($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { clientMutationId }
}";
const IS_IN_MERGE_QUEUE: &str = "query IsInMergeQueue($id: ID!) {
  node(id: $id) { ... on PullRequest { isInMergeQueue } }
}";
const MOVE_BRANCH: &str = "mutation MoveBranch($input: UpdateRefsInput!) {
  updateRefs(input: $input) { clientMutationId }
}";

/// What `beforeOid` says for a branch that must not exist.
const ABSENT: &str = "0000000000000000000000000000000000000000";

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMethod {
    /// With a merge commit.
    Merge,
    /// As one commit.
    Squash,
    /// Commit by commit.
    Rebase,
}

impl MergeMethod {
    fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "MERGE",
            Self::Squash => "SQUASH",
            Self::Rebase => "REBASE",
        }
    }
}

#[derive(Debug, Deserialize)]
struct Answer<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Debug, Deserialize)]
struct Complaint {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Deserialize)]
struct Queued {
    node: Option<QueuedNode>,
}

#[derive(Debug, Deserialize)]
struct QueuedNode {
    #[serde(rename = "isInMergeQueue", default)]
    is_in_merge_queue: bool,
}

#[derive(Debug, Deserialize)]
struct Ref {
    object: RefObject,
}

#[derive(Debug, Deserialize)]
struct RefObject {
    sha: String,
}

impl GitHub {
    /// Lets GitHub merge the pull request when its checks have passed, as long
    /// as its head is the commit that was proposed.
    pub async fn enable_auto_merge(
        &self,
        node_id: &str,
        method: MergeMethod,
        expected_head: &CommitId,
    ) -> Option<Shortfall> {
        let input = json!({
            "pullRequestId": node_id,
            "mergeMethod": method.as_str(),
            "expectedHeadOid": expected_head.as_str(),
        });
        let variables = json!({ "input": input });
        let enable = || self.query::<Value>(AUTO_MERGE, ENABLE_AUTO_MERGE, &variables);
        match self.when_there(enable).await {
            Ok(_) => None,
            Err(GitHubError::Declined { message, .. }) => Some(Shortfall::NoAutoMerge { message }),
            Err(source) => Some(Shortfall::Failed { missing: "auto-merge", source }),
        }
    }

    /// Whether the pull request waits in a merge queue, where a push to its
    /// branch would throw it out.
    pub async fn is_in_merge_queue(&self, node_id: &str) -> Result<bool, GitHubError> {
        let variables = json!({ "id": node_id });
        match self.query::<Queued>(MERGE_QUEUE, IS_IN_MERGE_QUEUE, &variables).await {
            Ok(queued) => Ok(queued.node.is_some_and(|node| node.is_in_merge_queue)),
            // An Enterprise Server of before merge queues does not know the field.
            Err(GitHubError::Declined { message, .. }) if message.contains("isInMergeQueue") => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Moves a branch, also backwards, if it still is at `before`; `None`
    /// stands for a branch that does not exist. This is the lease, which
    /// REST's `PATCH git/refs` has not.
    pub async fn move_branch(
        &self,
        branch: &str,
        before: Option<&CommitId>,
        after: &CommitId,
    ) -> Result<(), GitHubError> {
        let repository = &self.repository().await?.node_id;
        let update = json!({
            "name": format!("refs/heads/{branch}"),
            "beforeOid": before.map_or(ABSENT, CommitId::as_str),
            "afterOid": after.as_str(),
            "force": true,
        });
        let variables = json!({ "input": { "repositoryId": repository, "refUpdates": [update] } });
        let mut attempt = 0;
        loop {
            let Err(error) = self.query::<Value>(UPDATE_REFS, MOVE_BRANCH, &variables).await else {
                return Ok(());
            };
            // Declined or lost: where the branch is tells what happened.
            let is_lost = match error {
                GitHubError::Declined { .. } | GitHubError::Invalid { .. } => false,
                GitHubError::Lost { .. } => self.pause(attempt).await,
                error => return Err(error),
            };
            let head = self.branch_head(branch).await?;
            if head.as_deref() == Some(after.as_str()) {
                return Ok(());
            }
            if head.as_deref() != before.map(CommitId::as_str) {
                let expected = before.map_or("nothing", CommitId::short).to_owned();
                return Err(GitHubError::ReferenceMoved { branch: branch.to_owned(), expected });
            }
            // Where it was: nobody has moved it, and the lease allows another try.
            if !(is_lost || error.is_race() && self.pause(attempt).await) {
                return Err(error);
            }
            attempt += 1;
        }
    }

    /// The commit of a branch, `None` where there is no such branch.
    async fn branch_head(&self, branch: &str) -> Result<Option<String>, GitHubError> {
        let (owner, name) = self.names().await?;
        let mut url = self.endpoints.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear()
                .extend(["repos", owner, name, "git", "ref", "heads"])
                .extend(branch.split('/'));
        }
        let route = url.path();
        match self
            .call(READ_REF, || async move { Ok(self.api.get::<Ref, _, ()>(route, None).await?) })
            .await
        {
            Ok(reference) => Ok(Some(reference.object.sha)),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a query. GraphQL's own errors come as [`GitHubError::Declined`].
    async fn query<T: DeserializeOwned>(
        &self,
        deed: Deed,
        query: &str,
        variables: &Value,
    ) -> Result<T, GitHubError> {
        let body = &json!({ "query": query, "variables": variables });
        self.call(deed, || async move {
            let mut request = self
                .client
                .post(self.endpoints.graphql.clone())
                .json(body)
                .header(ACCEPT, MEDIA_TYPE)
                .header("x-github-api-version", "2022-11-28");
            if let Some(authorization) = &self.authorization {
                request = request.header(AUTHORIZATION, authorization);
            }
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let text = response.bytes().await?;
            if status != 200 {
                let answer: Option<Value> = serde_json::from_slice(&text).ok();
                let message = answer.as_ref().and_then(|answer| answer.get("message")?.as_str());
                let message = message.unwrap_or("no reason given").to_owned();
                return Err(Failure::Refused(Box::new(Refusal {
                    status,
                    message,
                    errors: Vec::new(),
                    headers,
                })));
            }
            let deserializer = &mut serde_json::Deserializer::from_slice(&text);
            let answer: Answer<T> = serde_path_to_error::deserialize(deserializer)?;
            if let Some(complaint) = answer.errors.first() {
                // As REST would say it: limits and permissions are read there.
                let status = match complaint.kind.as_str() {
                    "RATE_LIMITED" => 429,
                    "FORBIDDEN" | "INSUFFICIENT_SCOPES" => 403,
                    _ => 200,
                };
                let message = complaint.message.clone();
                return Err(Failure::Refused(Box::new(Refusal {
                    status,
                    message,
                    errors: Vec::new(),
                    headers,
                })));
            }
            answer.data.ok_or_else(|| Failure::Malformed("`data` is missing".to_owned()))
        })
        .await
    }
}
