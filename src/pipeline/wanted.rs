//! What *edit* makes: the edits of each automation, the proposal of each branch.

use std::{collections::BTreeSet, sync::Arc};

use super::refspec::Refspec;
use crate::{
    diagnostic::Diagnostic,
    proposal::{PolicyUpdate, Proposal},
    signing::SigningKey,
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

/// What a push branch shall hold.
#[derive(Debug)]
pub struct Branch {
    /// The proposal.
    pub proposal: Proposal,
    /// The automation of each commit, by its place in `Found::targets`; `None`
    /// where a commit was kept and nobody knows whose it is.
    pub makers: Vec<Option<usize>>,
    /// What signs each commit, or why that is not known: then it must not be
    /// made again.
    pub signing: Vec<Result<Option<Arc<SigningKey>>, Diagnostic>>,
    /// Options that go with the push.
    pub push_options: Vec<String>,
    /// Branches that are pushed with it.
    pub refspecs: Vec<Refspec>,
    /// Whether a pull request is made from it.
    pub pull_request: bool,
    /// Why it must not be touched in this run.
    pub blocked: Option<Diagnostic>,
}

impl Branch {
    /// Whether it is the base itself: Flux's way, without a pull request.
    pub fn is_base(&self) -> bool {
        self.proposal.branch == self.proposal.base.branch
    }
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
