//! The commits of a pending branch: who set which value.

use std::collections::{BTreeMap, BTreeSet};

use super::{PendingCommit, Tree, World, carried::other_values, standing::marked};
use crate::{
    flux::NamespacedName,
    git::{Commit, GitError},
    proposal::Author,
    tree::{CommitId, Head, RepoPath, SourceFile},
};

/// A marked value: the file, the policy, what stands there.
type Value = (RepoPath, NamespacedName, String);

/// What a branch has on top of its base, commit by commit, oldest first.
pub(super) async fn commits(
    world: &World,
    base: &Head,
    head: &CommitId,
) -> Result<Vec<PendingCommit>, GitError> {
    world.git.fetch([&base.commit, head]).await?;
    pending_commits(world, world.git.history(&base.commit, head).await?.commits).await
}

/// The commits with what each of them sets, oldest first; a merge that only
/// joins is none of them.
pub(super) async fn pending_commits(
    world: &World,
    newest_first: Vec<Commit>,
) -> Result<Vec<PendingCommit>, GitError> {
    let mut commits = Vec::new();
    for commit in newest_first.into_iter().rev() {
        let values = values_of_its_own(world, &commit).await?;
        if commit.is_merge() && values.is_empty() {
            continue;
        }
        let sets = values.into_iter().map(|(path, policy, _)| (path, policy)).collect();
        let author = Author { name: commit.author.name, email: commit.author.email };
        commits.push(PendingCommit { author, message: commit.message, sets });
    }
    Ok(commits)
}

/// The values of a commit that none of its parents has. A merge that only joins
/// what others did has none.
pub(super) async fn values_of_its_own(
    world: &World,
    commit: &Commit,
) -> Result<BTreeSet<Value>, GitError> {
    world.git.fetch(commit.parents.iter().chain([&commit.id])).await?;
    let mut own: Option<BTreeSet<Value>> = None;
    for parent in &commit.parents {
        let (old, new) = sides(world, parent, &commit.id).await?;
        let mut values = BTreeSet::new();
        for (path, old) in &old {
            for (at, value) in other_values(old, new.get(path)) {
                values.insert((path.clone(), old.markers[at].policy.clone(), value));
            }
        }
        own = Some(match own {
            Some(own) => own.intersection(&values).cloned().collect(),
            None => values,
        });
    }
    Ok(own.unwrap_or_default())
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
