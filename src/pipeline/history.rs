//! The commits of a pending branch: who made which edit.

use std::collections::{BTreeMap, BTreeSet};

use super::{PendingCommit, Tree, World, carried::other_values, standing::marked};
use crate::{
    git::{Commit, GitError},
    proposal::Author,
    tree::{CommitId, Head, SourceFile},
};

/// The commits that a branch has on top of its base, oldest first; a merge
/// makes no edit of its own.
pub(super) async fn commits(
    world: &World,
    base: &Head,
    head: &CommitId,
) -> Result<Vec<PendingCommit>, GitError> {
    let history = world.git.history(&base.commit, head).await?;
    let made: Vec<Commit> =
        history.commits.into_iter().filter(|commit| !commit.is_merge()).rev().collect();
    let needed: BTreeSet<&CommitId> =
        made.iter().flat_map(|commit| commit.parents.iter().chain([&commit.id])).collect();
    world.git.fetch(needed).await?;
    let mut commits = Vec::new();
    for commit in made {
        let mut sets = BTreeSet::new();
        if let Some(parent) = commit.parents.first() {
            let (old, new) = sides(world, parent, &commit.id).await?;
            for (path, old) in &old {
                let changed = other_values(old, new.get(path)).into_keys();
                sets.extend(changed.map(|at| (path.clone(), old.markers[at].policy.clone())));
            }
        }
        let author = Author { name: commit.author.name, email: commit.author.email };
        commits.push(PendingCommit { author, message: commit.message, sets });
    }
    Ok(commits)
}

/// The marked files that two commits do not have in common.
async fn sides(world: &World, old: &CommitId, new: &CommitId) -> Result<(Tree, Tree), GitError> {
    let mut sides = (BTreeMap::new(), BTreeMap::new());
    for difference in world.git.difference(old, new).await? {
        let path = difference.path;
        for (commit, side) in [(old, &mut sides.0), (new, &mut sides.1)] {
            let bytes = world.git.read(commit, &path).await?;
            let file = bytes.map(|bytes| SourceFile { path: path.clone(), bytes: bytes.into() });
            side.extend(marked(file));
        }
    }
    Ok(sides)
}
