//! The run: one straight way from the remote to the pull request.
//!
//! Each stage reads only what stands above it and gives one value; what fails
//! for one image, file or branch stays with it.

mod aims;
mod attempt;
mod carried;
mod claims;
mod commits;
mod compile;
mod discover;
mod edit;
mod found;
mod history;
mod keys;
mod latest;
mod left_out;
mod markers;
mod owners;
mod propose;
mod pushed;
mod refspec;
mod resolve;
mod scalar;
mod standing;
mod stop;
mod verified;
mod wanted;
mod words;
mod work;
mod worktree;
mod world;

pub use found::{Aim, Found, Marked, PendingCommit, Push, Skip, Target, Tree};
pub use latest::{HeldBack, Latest, Resolved, Scanned, Verdict};
pub use propose::{Acted, Done, Operation};
pub use refspec::Refspec;
pub use wanted::{Branch, Edited, PushPlan, Wanted};
pub use world::{Observed, World};

use crate::{cli::Settings, diagnostic::Diagnostic};

/// What every stage of a run found: all reports are functions of this.
#[derive(Debug)]
pub struct Outcome {
    /// What the remote showed.
    pub remote: Observed,
    /// The objects, the targets and the markers.
    pub found: Found,
    /// What each policy elected.
    pub latest: Latest,
    /// The edits and the proposals that they make.
    pub wanted: Wanted,
    /// What was done for each branch, or would be.
    pub acted: Vec<Acted>,
}

/// Why there was nothing to do at all: the remote, or the tree that says what
/// to do, could not be read.
#[derive(Debug)]
pub struct Failure(pub Box<Diagnostic>);

impl From<Diagnostic> for Failure {
    fn from(problem: Diagnostic) -> Self {
        Self(Box::new(problem))
    }
}

/// Runs all stages and returns the record of them.
///
/// Where what they read has changed before anything of it was written, all is
/// done once more: commits go to a base that has moved, or somebody has ticked
/// a box or closed the pull request meanwhile.
///
/// # Errors
/// [`Failure`], when nothing could be begun.
pub async fn run(world: &World, settings: &Settings) -> Result<Outcome, Failure> {
    let first = once(world, settings).await?;
    if !first.is_outdated() {
        return Ok(first);
    }
    Ok(once(world, settings).await?.after(first))
}

/// Proposes the branch that the event is about, or `--branch` names.
///
/// A branch that is no automation's is none of our business, nor is a tag: then the
/// outcome has no branches.
///
/// # Errors
/// [`Failure`], when nothing could be begun.
pub async fn propose(world: &World, settings: &Settings) -> Result<Outcome, Failure> {
    let first = pushed::propose(world, settings).await?;
    if first.is_outdated() { pushed::propose(world, settings).await } else { Ok(first) }
}

async fn once(world: &World, settings: &Settings) -> Result<Outcome, Failure> {
    let remote = world.observe(settings).await?;
    let found = discover::discover(world, &remote, settings).await?;
    let latest = resolve::resolve(&world.registries, &found).await;
    let wanted = edit::edit(&found, &latest, settings);
    let acted = propose::propose(world, &wanted, &found, settings).await;
    Ok(Outcome { remote, found, latest, wanted, acted })
}

impl Outcome {
    fn is_outdated(&self) -> bool {
        self.acted.iter().any(|acted| acted.outdated)
    }

    /// The same with what an earlier attempt did on other branches.
    fn after(mut self, earlier: Self) -> Self {
        let done = earlier.acted.into_iter().filter(Acted::has_written);
        for done in done {
            let again = self.acted.iter_mut().find(|acted| acted.branch == done.branch);
            let idle = |again: &&mut Acted| again.result.is_ok() && !again.has_written();
            if let Some(again) = again.filter(idle) {
                *again = done;
            }
        }
        self
    }

    /// Everything that is told, in the order of the stages, each once.
    pub fn problems(&self) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = Vec::new();
        let stages = self
            .remote
            .offline
            .iter()
            .chain(self.found.problems())
            .chain(self.latest.problems())
            .chain(self.wanted.problems.iter())
            .chain(self.acted.iter().flat_map(Acted::problems));
        for problem in stages {
            if !all.contains(problem) {
                all.push(problem.clone());
            }
        }
        all
    }
}
