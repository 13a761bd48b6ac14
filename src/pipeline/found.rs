//! What *discover* finds: objects, targets and markers.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diagnostic::Diagnostic,
    flux::{NamespacedName, Resources},
    proposal::Standing,
    setters::Marker,
    tree::{CommitId, Head, RepoPath, SourceFile},
};

/// A file that holds markers.
#[derive(Debug)]
pub struct Marked {
    /// The file.
    pub file: SourceFile,
    /// Its markers that stand on a value.
    pub markers: Vec<Marker>,
    /// What is wrong with the others.
    pub problems: Vec<Diagnostic>,
}

/// The marked files of a commit, by their paths.
pub type Tree = BTreeMap<RepoPath, Marked>;

/// Where an automation's commit goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    /// To a branch that a pull request is made from.
    Branch(String),
    /// Where the controllers would push, without a pull request.
    Direct(String),
}

impl Push {
    /// The branch's short name.
    pub fn branch(&self) -> &str {
        match self {
            Self::Branch(branch) | Self::Direct(branch) => branch,
        }
    }
}

/// What an automation works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The branch that the edits are made on.
    pub base: Head,
    /// Where the commit goes.
    pub push: Push,
    /// `spec.update.path`, a folder or a file.
    pub path: RepoPath,
}

/// Why an automation does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// `spec.suspend`.
    Suspended,
    /// `--automation` names others.
    NotSelected,
    /// Its source is another repository.
    Elsewhere(Diagnostic),
    /// It cannot be carried out.
    Failed(Diagnostic),
}

/// An automation and where its work goes.
#[derive(Debug)]
pub struct Target {
    /// Its place in [`Resources::automations`]; `None` for the assumed one.
    pub automation: Option<usize>,
    /// Its name; the assumed one is called as the program is.
    pub id: NamespacedName,
    /// What it works on.
    pub aim: Result<Aim, Skip>,
}

/// Everything that a run reads before it asks a registry.
#[derive(Debug)]
pub struct Found {
    /// The branch whose objects are obeyed.
    pub control: Head,
    /// The objects.
    pub resources: Resources,
    /// The automations, in the order of their names.
    pub targets: Vec<Target>,
    /// The marked files of every base.
    pub trees: BTreeMap<CommitId, Tree>,
    /// The marked files of every pending branch that is ours.
    pub pending: BTreeMap<String, Tree>,
    /// What stands on each push branch, or why that is not known.
    pub standings: BTreeMap<String, Result<Standing, Arc<Diagnostic>>>,
    /// What is wrong with objects and markers.
    pub problems: Vec<Diagnostic>,
}

impl Found {
    /// The automations that have something to work on.
    pub fn aims(&self) -> impl Iterator<Item = (&Target, &Aim)> {
        self.targets.iter().filter_map(|target| Some((target, target.aim.as_ref().ok()?)))
    }

    /// What is told of this stage.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        let skipped = self.targets.iter().filter_map(|target| match &target.aim {
            Err(Skip::Elsewhere(problem) | Skip::Failed(problem)) => Some(problem),
            _ => None,
        });
        self.problems.iter().chain(skipped)
    }
}
