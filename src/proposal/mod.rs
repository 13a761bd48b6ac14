//! What is proposed, and what has to happen for it.
//!
//! A [`Proposal`] is made from the edits of a run; a [`Standing`] is what the
//! remote and GitHub show. [`decide()`] lays one beside the other and says what
//! shall be done; `git` and `github` carry it out.

mod action;
mod body;
mod decide;
mod decide_pushed;
mod holds;
mod markdown;
mod metadata;
mod pull_request;
mod refusing;
mod row;
#[cfg(test)]
mod samples;
mod standing;

pub use action::{Action, BranchWrite, Decision, PullRequestWrite, Reason, Rules};
pub use body::{Body, Note, body, body_of_pushed, default_title, short_title};
pub use decide::{decide, words};
pub use decide_pushed::decide_pushed;
pub use holds::{Hold, Holds, Marker};
pub use markdown::{code_span, sentence};
pub use metadata::{Metadata, MetadataKind};
pub use pull_request::{PullRequest, State};
pub use row::{Row, Step, held_value, rows};
pub use standing::{Ownership, Pending, Standing};

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    flux::NamespacedName,
    oci::ImageRef,
    setters::Change,
    tree::{Head, RepoPath},
};

/// What one policy's election changes.
///
/// The unit that a proposal is made of: a hold takes one out, and it could be
/// given a branch of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyUpdate {
    /// The policy.
    pub policy: NamespacedName,
    /// What it has elected.
    pub latest: ImageRef,
    /// Whether the elected tag ranks below the one in the manifests.
    pub downgrade: bool,
    /// The values that change.
    pub changes: Vec<Change>,
}

/// The author and committer of a commit, `spec.git.commit.author`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// The commit of one automation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The automation that makes it; `None` for the assumed one.
    pub automation: Option<NamespacedName>,
    /// Author and committer.
    pub author: Author,
    /// The message, verbatim.
    pub message: String,
    /// The files that it sets, whole.
    pub files: BTreeMap<RepoPath, Arc<[u8]>>,
    /// What changes in it, by policy.
    pub updates: Vec<PolicyUpdate>,
}

/// What one push branch shall hold: commits on top of a base.
///
/// No commits means that nothing is left to update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The branch that is pushed.
    pub branch: String,
    /// What the edits are made on.
    pub base: Head,
    /// One commit for each automation that changes something, in order.
    pub commits: Vec<Commit>,
    /// A policy with markers failed in this run: what the branch holds for it
    /// was kept, and nothing may be closed or deleted.
    pub undecided: bool,
    /// The automations that write here, with or without a change.
    pub automations: Vec<String>,
    /// The pull request's title.
    pub title: String,
    /// The pull request's body.
    pub body: Body,
}

impl Proposal {
    /// Whether the commits go to the base itself, Flux's way without a pull
    /// request.
    pub fn is_direct(&self) -> bool {
        self.branch == self.base.branch
    }

    /// The files that differ from base once all commits are in.
    pub fn files(&self) -> BTreeMap<&RepoPath, &Arc<[u8]>> {
        self.commits.iter().flat_map(|commit| &commit.files).collect()
    }

    /// Everything that changes, by policy.
    pub fn updates(&self) -> impl Iterator<Item = &PolicyUpdate> {
        self.commits.iter().flat_map(|commit| &commit.updates)
    }
}
