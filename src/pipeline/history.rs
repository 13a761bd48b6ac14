//! The commits of a pending branch: who set which value.

use std::collections::{BTreeMap, BTreeSet};

use super::{Marked, PendingCommit, Tree, World, carried::other_values, standing::marked};
use crate::{
    flux::NamespacedName,
    git::{Commit, GitError},
    proposal::Author,
    setters::Marker,
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

/// Whether a merge gives up a value that the branch's `commits` have set: its
/// parent among them holds it at a marker that stands at another in the merge.
/// Who settles a conflict for base's value does that.
pub(super) async fn takes_back(
    world: &World,
    merge: &Commit,
    commits: &[Commit],
) -> Result<bool, GitError> {
    let parents = commits.iter().filter(|commit| merge.parents.contains(&commit.id));
    let mut given_up = BTreeSet::new();
    for parent in parents {
        let (old, new) = sides(world, &parent.id, &merge.id).await?;
        for (path, old) in &old {
            given_up.extend(fewer(path, old, new.get(path)));
        }
    }
    for commit in commits.iter().filter(|commit| !given_up.is_empty() && !commit.is_merge()) {
        if !values_of_its_own(world, commit).await?.is_disjoint(&given_up) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The values that fewer markers of one text stand at than before, though none
/// of these markers has gone.
fn fewer(path: &RepoPath, old: &Marked, new: Option<&Marked>) -> BTreeSet<Value> {
    let Some(new) = new else { return BTreeSet::new() };
    let of_text = |side: &Marked, like: &Marker| {
        side.markers.iter().filter(|marker| marker.text == like.text).count()
    };
    let at_value = |side: &Marked, like: &Marker| {
        let same = |marker: &&Marker| marker.text == like.text && marker.value == like.value;
        side.markers.iter().filter(same).count()
    };
    let fewer = old.markers.iter().filter(|marker| {
        at_value(new, marker) < at_value(old, marker)
            && of_text(new, marker) >= of_text(old, marker)
    });
    fewer.map(|marker| (path.clone(), marker.policy.clone(), marker.value.clone())).collect()
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
