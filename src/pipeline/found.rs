//! What *discover* finds: objects, targets and markers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    diagnostic::{Code, Diagnostic},
    flux::{Kind, NamespacedName, Resources},
    proposal::{Author, Standing},
    setters::Marker,
    signing::SigningKey,
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
    /// What it would work on, where that is known and it does nothing: the
    /// markers there are its own all the same.
    pub set_aside: Option<Aim>,
    /// Why it edits nothing though its aim is known: what its branch holds of
    /// it stays as it is.
    pub fault: Option<Diagnostic>,
    /// What signs its commits, where it asks for that.
    pub key: Option<Arc<SigningKey>>,
}

impl Target {
    /// Where its markers lie, whether it edits them in this run or not. A
    /// suspended automation has none, as in Flux.
    pub fn claim(&self) -> Option<&Aim> {
        self.aim.as_ref().ok().or(self.set_aside.as_ref())
    }
}

/// A commit of a pending branch that holds the work of several automations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCommit {
    /// Who made it.
    pub author: Author,
    /// Its whole message.
    pub message: String,
    /// The policies whose values it changes, with the files.
    pub sets: BTreeSet<(RepoPath, NamespacedName)>,
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
    /// The marked files that such a branch changes, as they were where it
    /// forked from its base.
    pub forks: BTreeMap<String, Tree>,
    /// The commits of those of them that several made, oldest first.
    pub commits: BTreeMap<String, Vec<PendingCommit>>,
    /// What stands on each push branch, or why that is not known.
    pub standings: BTreeMap<String, Result<Standing, Arc<Diagnostic>>>,
    /// Every branch of the remote: the leases.
    pub heads: BTreeMap<String, CommitId>,
    /// What is wrong with objects and markers.
    pub problems: Vec<Diagnostic>,
}

impl Found {
    /// The automations that have something to work on.
    pub fn aims(&self) -> impl Iterator<Item = (&Target, &Aim)> {
        self.targets.iter().filter_map(|target| Some((target, target.aim.as_ref().ok()?)))
    }

    /// Whether an automation failed before it was known what it works on: then
    /// nobody knows whose the markers are that no other claims.
    pub(super) fn has_unknown_claims(&self) -> bool {
        let refused = &self.resources.refused;
        refused.iter().any(|refused| refused.kind == Kind::ImageUpdateAutomation)
            || self.targets.iter().any(|target| {
                let is_lost = |fault: &Diagnostic| fault.code == Code::AutomationPathNotFound;
                matches!(target.aim, Err(Skip::Failed(_))) && target.set_aside.is_none()
                    || target.fault.as_ref().is_some_and(is_lost)
            })
    }

    /// Whether a policy that is not seen is declared and cannot be read, or may be
    /// in a file that cannot: then its markers keep what their branch holds.
    pub(super) fn is_unreadable(&self, policy: &NamespacedName) -> bool {
        let refused = self.resources.refused.iter();
        let mut refused = refused.filter(|refused| refused.kind == Kind::ImagePolicy);
        refused.any(|refused| refused.id.as_ref().is_none_or(|id| id == policy))
    }

    /// What is told of this stage.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        let skipped = self.targets.iter().filter_map(|target| match &target.aim {
            Err(Skip::Elsewhere(problem) | Skip::Failed(problem)) => Some(problem),
            _ => target.fault.as_ref(),
        });
        self.problems.iter().chain(skipped)
    }
}
