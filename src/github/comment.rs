//! One comment, and not again.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use super::{GitHub, GitHubError, call::Deed};

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
        let comments: Vec<Comment> =
            self.list(LIST, &format!("issues/{number}/comments"), &[]).await?;
        let has_marker =
            |comment: &Comment| comment.body.as_ref().is_some_and(|body| body.contains(marker));
        Ok(comments.iter().any(has_marker))
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
