//! One comment, and not again.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use super::{GitHub, GitHubError, call::Deed, pull_requests::PAGES};

const LIST: Deed = Deed::repeatable("list the comments", "pull-requests: read");
const COMMENT: Deed = Deed::once("comment on the pull request", "pull-requests: write");

/// A comment. octocrab's own insists on an author, which a deleted account
/// leaves empty.
#[derive(Debug, Deserialize)]
struct Comment {
    #[serde(default)]
    body: Option<String>,
}

impl GitHub {
    /// Writes a comment unless one with the marker is there already; true
    /// when it was written. The marker is put before the body.
    pub async fn comment_once(
        &self,
        number: u64,
        marker: &str,
        body: &str,
    ) -> Result<bool, GitHubError> {
        let mut attempt = 0;
        loop {
            if self.has_comment(number, marker).await? {
                return Ok(attempt > 0);
            }
            match self.comment(number, &format!("{marker}\n{body}")).await {
                Ok(()) => return Ok(true),
                // It may stand there now: look before writing again.
                Err(error) if error.is_lost() => {
                    if !self.pause(attempt).await {
                        return Err(error);
                    }
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn has_comment(&self, number: u64, marker: &str) -> Result<bool, GitHubError> {
        let (owner, name) = self.names().await?;
        let route = &format!("/repos/{owner}/{name}/issues/{number}/comments");
        for page in 1..=PAGES {
            let comments: Vec<Comment> = self
                .call(LIST, || async move {
                    Ok(self.api.get(route, Some(&[("per_page", 100), ("page", page)])).await?)
                })
                .await?;
            let marked =
                |comment: &Comment| comment.body.as_ref().is_some_and(|body| body.contains(marker));
            if comments.iter().any(marked) {
                return Ok(true);
            }
            if comments.len() < 100 {
                return Ok(false);
            }
        }
        Err(GitHubError::Malformed { what: LIST.what, detail: "the pages do not end".to_owned() })
    }

    async fn comment(&self, number: u64, body: &str) -> Result<(), GitHubError> {
        let (owner, name) = self.names().await?;
        let route = &format!("/repos/{owner}/{name}/issues/{number}/comments");
        let body = &json!({ "body": body });
        let _: IgnoredAny = self
            .call(COMMENT, || async move { Ok(self.api.post(route, Some(body)).await?) })
            .await?;
        Ok(())
    }
}
