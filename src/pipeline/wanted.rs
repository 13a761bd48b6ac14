//! What *edit* makes: the edits of each automation, the proposal of each branch.

use std::{collections::BTreeSet, sync::Arc};

use super::refspec::Refspec;
use crate::{
    diagnostic::Diagnostic,
    proposal::{PolicyUpdate, Proposal},
    signing::SigningKey,
    tree::CommitId,
};

/// What an automation changes.
#[derive(Debug, Default)]
pub struct Edited {
    /// The values, by policy.
    pub updates: Vec<PolicyUpdate>,
    /// The commit's message; `None` when there is nothing to commit.
    pub message: Option<String>,
    /// Why the automation does nothing after all.
    pub error: Option<Diagnostic>,
}

/// How the commits of a branch are made and pushed.
#[derive(Debug, Default)]
pub struct PushPlan {
    /// What signs each commit, or why that is not known: then it must not be
    /// made again.
    pub signing: Vec<Result<Option<Arc<SigningKey>>, Diagnostic>>,
    /// Options that go with the push.
    pub options: Vec<String>,
    /// Branches that are pushed with it, and where they stand.
    pub refspecs: Vec<(Option<CommitId>, Refspec)>,
}

/// What a push branch shall hold.
#[derive(Debug)]
pub struct Branch {
    /// The proposal.
    pub proposal: Proposal,
    /// The automation of each commit, by its place in `Found::targets`; `None`
    /// where a commit was kept and nobody knows whose it is.
    pub makers: Vec<Option<usize>>,
    /// How its commits are made and pushed.
    pub push: PushPlan,
    /// Whether a pull request is made from it.
    pub pull_request: bool,
    /// Why it must not be touched in this run.
    pub blocked: Option<Diagnostic>,
}

/// The edits and the proposals.
#[derive(Debug, Default)]
pub struct Wanted {
    /// By the place in `Found::targets`.
    pub edited: Vec<Edited>,
    /// One for each push branch.
    pub branches: Vec<Branch>,
    /// The policies (by place) that a reviewer's hold keeps out.
    pub held: BTreeSet<usize>,
    /// What is told of this stage.
    pub problems: Vec<Diagnostic>,
}
