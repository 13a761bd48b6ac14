//! A pull request as GitHub tells of it.

use super::{Holds, Marker, decide::same_text};
use crate::tree::CommitId;

/// Whether a pull request can still be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Open, draft or not.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged, in whichever way.
    Merged,
}

/// A pull request of the update branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The page for people.
    pub url: String,
    /// The identifier in GraphQL.
    pub node_id: String,
    /// Whether it is open.
    pub state: State,
    /// The title.
    pub title: String,
    /// The body as Markdown, empty when there is none.
    pub body: String,
    /// The branch that it wants to be merged into.
    pub base: String,
    /// The branch that it comes from.
    pub head: String,
    /// The commit that `head` had, at close if it is closed.
    pub head_commit: CommitId,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Whether it is a draft.
    pub draft: bool,
}

impl PullRequest {
    /// Whether people have told nothing else in it than in the other.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let told = |pull_request: &Self| {
            let marker = Marker::read(&pull_request.body)?;
            Some((marker, Holds::read(Some(pull_request))))
        };
        let same_words = match (told(self), told(other)) {
            // A person's own text, of which nothing may be lost.
            (None, None) => same_text(&self.body, &other.body),
            (own, others) => own == others,
        };
        self.state == other.state && self.title == other.title && same_words
    }
}
