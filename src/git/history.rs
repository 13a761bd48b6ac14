//! What a branch holds that its base does not, as far as it is at hand.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use gix::{ObjectId, Repository};

use super::{
    Commit, GitError, History,
    commit::signature,
    store::{commit_id, object_id, reason},
};
use crate::tree::CommitId;

/// Reached from the branch.
const HEAD: u8 = 1;
/// Reached from the base.
const BASE: u8 = 2;
/// Reached from both.
const BOTH: u8 = HEAD | BASE;

/// A commit on the way.
struct Step {
    reached: u8,
    time: i64,
    parents: Vec<ObjectId>,
}

/// Walks both lines of history, newest first, until nothing is left that only
/// one of them reaches: the way in which Git finds a merge base.
///
/// A parent that is not at hand is where the fetched history ends. The result
/// is complete when that cannot hide the fork: no end below a commit of the
/// branch alone, and none below the base that is newer than such a commit.
pub(super) fn walk(
    repository: &Repository,
    base: &CommitId,
    head: &CommitId,
) -> Result<History, GitError> {
    let mut walk =
        Walk { repository, steps: BTreeMap::new(), queue: BinaryHeap::new(), ends: Vec::new() };
    for (commit, from) in [(head, HEAD), (base, BASE)] {
        if !walk.reach(object_id(commit)?, from)? {
            return Err(GitError::NoCommit { commit: commit.clone() });
        }
    }
    walk.run()?;
    walk.result()
}

struct Walk<'a> {
    repository: &'a Repository,
    steps: BTreeMap<ObjectId, Step>,
    /// Newest first; equal times in the order of names.
    queue: BinaryHeap<(i64, Reverse<ObjectId>)>,
    /// Commits of which a parent is not at hand.
    ends: Vec<ObjectId>,
}

impl Walk<'_> {
    /// Notes that a commit is reached; `false` when it is not at hand.
    fn reach(&mut self, id: ObjectId, from: u8) -> Result<bool, GitError> {
        if let Some(step) = self.steps.get_mut(&id) {
            if step.reached | from != step.reached {
                step.reached |= from;
                self.queue.push((step.time, Reverse(id)));
            }
            return Ok(true);
        }
        let unreadable = |error: gix::Error| GitError::Store { reason: reason(&error) };
        let found = self.repository.try_find_object(id).map_err(unreadable)?;
        let Some(object) = found else { return Ok(false) };
        let commit = object.try_into_commit().map_err(unreadable)?;
        let time = commit.time().map_err(unreadable)?.seconds;
        let parents = commit.parent_ids().map(gix::Id::detach).collect();
        self.steps.insert(id, Step { reached: from, time, parents });
        self.queue.push((time, Reverse(id)));
        Ok(true)
    }

    fn run(&mut self) -> Result<(), GitError> {
        // As long as something is queued that one side alone has reached.
        while self.queue.iter().any(|(_, Reverse(id))| self.reached(id) != BOTH) {
            let Some((_, Reverse(id))) = self.queue.pop() else { break };
            let step = &self.steps[&id];
            let (reached, parents) = (step.reached, step.parents.clone());
            for parent in parents {
                if !self.reach(parent, reached)? {
                    self.ends.push(id);
                }
            }
        }
        Ok(())
    }

    fn reached(&self, id: &ObjectId) -> u8 {
        self.steps.get(id).map_or(0, |step| step.reached)
    }

    fn result(&self) -> Result<History, GitError> {
        let alone: BTreeMap<&ObjectId, &Step> =
            self.steps.iter().filter(|(_, step)| step.reached == HEAD).collect();
        let oldest = alone.values().map(|step| step.time).min();
        let hidden = |id: &ObjectId| match self.steps.get(id) {
            Some(step) if step.reached == HEAD => true,
            Some(step) if step.reached == BASE => oldest.is_some_and(|oldest| step.time >= oldest),
            _ => false,
        };
        let complete = !self.ends.iter().any(hidden);
        let commits: Result<_, _> =
            in_order(&alone).into_iter().map(|id| self.commit(id)).collect();
        Ok(History { commits: commits?, fork: self.fork()?, complete })
    }

    /// The newest commit that both reach and that is no other such commit's
    /// ancestor; of several the one with the least name.
    fn fork(&self) -> Result<Option<CommitId>, GitError> {
        let both = || self.steps.iter().filter(|(_, step)| step.reached == BOTH);
        let below: Vec<&ObjectId> = both().flat_map(|(_, step)| &step.parents).collect();
        let newest = both()
            .filter(|(id, _)| !below.contains(id))
            .min_by_key(|(id, step)| (Reverse(step.time), **id));
        newest.map(|(id, _)| commit_id(*id)).transpose()
    }

    fn commit(&self, id: ObjectId) -> Result<Commit, GitError> {
        let name = commit_id(id)?;
        let unreadable =
            |error: gix::Error| GitError::Object { commit: name.clone(), reason: reason(&error) };
        let commit = self.repository.find_commit(id).map_err(unreadable)?;
        let parts = commit.decode().map_err(unreadable)?;
        let parents: Result<Vec<_>, _> = parts.parents().map(commit_id).collect();
        Ok(Commit {
            parents: parents?,
            author: signature(&parts.author()),
            committer: signature(&parts.committer()),
            message: parts.message.to_string(),
            id: name,
        })
    }
}

/// Newest first, but children always before their parents, whatever the clocks
/// said.
fn in_order(steps: &BTreeMap<&ObjectId, &Step>) -> Vec<ObjectId> {
    let mut children: BTreeMap<&ObjectId, usize> = BTreeMap::new();
    for parent in steps.values().flat_map(|step| &step.parents) {
        *children.entry(parent).or_default() += 1;
    }
    let mut free: BinaryHeap<(i64, Reverse<&ObjectId>)> = steps
        .iter()
        .filter(|(id, _)| !children.contains_key(**id))
        .map(|(id, step)| (step.time, Reverse(*id)))
        .collect();
    let mut ordered = Vec::with_capacity(steps.len());
    while let Some((_, Reverse(id))) = free.pop() {
        ordered.push(*id);
        for parent in &steps[id].parents {
            let Some((parent, step)) = steps.get_key_value(parent) else { continue };
            if let Some(left) = children.get_mut(*parent) {
                *left -= 1;
                if *left == 0 {
                    free.push((step.time, Reverse(parent)));
                }
            }
        }
    }
    ordered
}
