//! What the tables of `decide` and `decide_pushed` share.

use super::{Metadata, MetadataKind, Proposal, PullRequest, Rules, State};
use crate::tree::CommitId;

/// Labels and assignees that were given.
pub(super) fn metadata() -> Metadata {
    let print = |kind, print: &str| (kind, print.to_owned());
    [print(MetadataKind::Labels, "01"), print(MetadataKind::Assignees, "23")].into_iter().collect()
}

pub(super) fn rules() -> Rules {
    Rules {
        overwrite_foreign: false,
        delete_branch: true,
        pull_request: true,
        narrowed: false,
        metadata: metadata(),
    }
}

/// A commit whose name is this digit alone.
pub(super) fn id(digit: char) -> CommitId {
    CommitId::new(&digit.to_string().repeat(40)).unwrap()
}

/// A pull request that was made for the proposal, when the branch was at `c`.
pub(super) fn made_for(wanted: Proposal, state: State) -> PullRequest {
    PullRequest {
        number: 7,
        url: String::new(),
        node_id: String::new(),
        state,
        body: wanted.body.text(&wanted.title, Some(&metadata())),
        title: wanted.title,
        base: "main".to_owned(),
        head: wanted.branch,
        head_commit: id('c'),
        labels: Vec::new(),
        draft: false,
    }
}
