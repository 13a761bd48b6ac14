//! What stands on the remote and on GitHub before anything is done.

use std::{collections::BTreeMap, sync::Arc};

use super::{Marker, PullRequest, State};
use crate::tree::{CommitId, RepoPath};

/// Whose commits the update branch holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Every commit is an automation's, and only marked values differ.
    Ours,
    /// Somebody else worked on it; one line for each commit or file that says so.
    Foreign(Vec<String>),
}

/// The update branch as the remote has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about one branch")]
pub struct Pending {
    /// Its commit: the lease.
    pub head: CommitId,
    /// Whose it is.
    pub ownership: Ownership,
    /// The files that it changes since it forked from base, whole; `None`
    /// where it deletes one.
    pub files: BTreeMap<RepoPath, Option<Arc<[u8]>>>,
    /// Whether base has changed one of these files since the fork.
    pub base_moved_below: bool,
    /// Whether the fork from base is found; else `files` is not known.
    pub fork_known: bool,
    /// Whether base has changed at all since the fork.
    pub behind: bool,
    /// Whether it holds any commit that base does not.
    pub has_commits: bool,
}

/// What is there: the branch and its pull requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// The update branch, if it exists.
    pub branch: Option<Pending>,
    /// Its pull requests, open or not, the newest first.
    pub pull_requests: Vec<PullRequest>,
    /// Whether a rule of base wants what is merged to be up to date with it.
    pub up_to_date_required: bool,
    /// Whether the open pull request waits in a merge queue.
    pub queued: bool,
}

impl Standing {
    /// The open pull request into `base`, else the one of ours whose base has
    /// changed: GitHub admits one for each pair of head and base.
    pub fn open(&self, base: &str) -> Option<&PullRequest> {
        let open = || self.pull_requests.iter().filter(|pr| pr.state == State::Open);
        open().find(|pr| pr.base == base).or_else(|| {
            // Into another base, people open their own; with several of ours,
            // none is known to be this one.
            let mut others = open().filter(|pr| Marker::read(&pr.body).is_some());
            others.next().filter(|_| others.next().is_none())
        })
    }

    /// Whether a pull request other than `this` is open.
    pub fn has_another_open(&self, this: Option<&PullRequest>) -> bool {
        let mut open = self.pull_requests.iter().filter(|pr| pr.state == State::Open);
        open.any(|pr| Some(pr.number) != this.map(|this| this.number))
    }

    /// Whether any of the pull requests bears our marker.
    pub fn has_ours(&self) -> bool {
        self.pull_requests.iter().any(|pr| Marker::read(&pr.body).is_some())
    }

    /// The pull request in which holds are read: the open one, else the newest
    /// into `base`, else the newest of all.
    pub fn remembers(&self, base: &str) -> Option<&PullRequest> {
        let into_base = || self.pull_requests.iter().find(|pr| pr.base == base);
        self.open(base).or_else(into_base).or_else(|| self.pull_requests.first())
    }
}
