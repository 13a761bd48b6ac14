//! What can happen to a branch and its pull request.

use std::collections::BTreeSet;

use super::{Metadata, MetadataKind};
use crate::{diagnostic::Diagnostic, tree::CommitId};

/// What the user has said about the branch's life.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the command line")]
pub struct Rules {
    /// `--foreign-commits overwrite`.
    pub overwrite_foreign: bool,
    /// `--delete-branch`.
    pub delete_branch: bool,
    /// `--pull-request`; without, only the branch is written.
    pub pull_request: bool,
    /// `--manifests` or `--automation` leave some of the automations out.
    pub narrowed: bool,
    /// What stands for labels, assignees, reviewers and the like in the marker:
    /// each is given once, and again when it changes.
    pub metadata: Metadata,
}

/// What happens to the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchWrite {
    /// It stays as it is.
    None,
    /// The commits are put on base and pushed over this old value; `None`
    /// where the branch must not exist.
    Push {
        /// The lease.
        lease: Option<CommitId>,
    },
    /// It is deleted, if it still is at this value.
    Delete {
        /// The lease.
        lease: CommitId,
    },
}

/// What happens to the pull request. Absent fields stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullRequestWrite {
    /// Nothing.
    None,
    /// A new one is opened.
    Create,
    /// The open one is changed.
    Update {
        /// Its number.
        number: u64,
        /// Its identifier in GraphQL.
        node_id: String,
        /// Another title.
        title: Option<String>,
        /// Another body.
        body: Option<String>,
        /// Another base.
        base: Option<String>,
        /// What is given: it is another now, or an earlier run ended before it
        /// gave it.
        metadata: BTreeSet<MetadataKind>,
    },
    /// The open one is closed, with a comment that says why.
    Close {
        /// Its number.
        number: u64,
        /// The body, which now says that we closed it.
        body: String,
        /// The comment.
        comment: String,
    },
    /// The open one is left alone, with one comment that says why.
    Comment {
        /// Its number.
        number: u64,
        /// A line that is in the comment and in no other.
        marker: &'static str,
        /// The comment.
        comment: String,
    },
}

/// Which case of the lifecycle this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There is nothing to update, and nothing stands.
    NothingToDo,
    /// The branch and the pull request are as wanted.
    UpToDate,
    /// Only the pull request's words differ.
    WordsDiffer,
    /// There is no branch yet, or it stands without its pull request.
    Missing,
    /// The edits differ, or base changed a file that is edited.
    EditsDiffer,
    /// Nothing is left to update.
    NothingLeft,
    /// Nothing is left, but a policy is undecided, or a person closed the pull request.
    Kept,
    /// Somebody else works on the branch.
    Foreign,
    /// The branch holds the work of other automations.
    Shared,
    /// The pull request waits in a merge queue.
    Queued,
}

/// The two writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// To the branch.
    pub branch: BranchWrite,
    /// To the pull request.
    pub pull_request: PullRequestWrite,
}

/// What shall be done, why, and what has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The case.
    pub reason: Reason,
    /// The writes.
    pub action: Action,
    /// What is told.
    pub problems: Vec<Diagnostic>,
}

impl Action {
    /// Nothing is written.
    pub const NONE: Self = Self { branch: BranchWrite::None, pull_request: PullRequestWrite::None };

    /// Whether it would disturb a pull request in a merge queue, which has to
    /// be asked about first.
    pub fn disturbs_a_queue(&self) -> bool {
        self.branch != BranchWrite::None
            || matches!(self.pull_request, PullRequestWrite::Close { .. })
    }
}
