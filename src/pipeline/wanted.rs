//! What *edit* makes: the edits of each automation, the proposal of each branch.

use std::collections::BTreeSet;

use crate::{
    diagnostic::Diagnostic,
    proposal::{PolicyUpdate, Proposal},
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
