//! What stands on a push branch: its commits, its edits, its pull requests.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Branch, Found, Marked, PendingCommit, Tree, World, history::pending_commits, owners,
    world::no_github,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    git::{Commit, FileDifference, GitError},
    github::GitHub,
    proposal::{Author, Ownership, Pending, Standing},
    setters,
    tree::{CommitId, Head, RepoPath, SourceFile},
};

/// What a branch of ours holds.
pub(super) struct Held {
    /// The marked files, as the branch has them.
    pub(super) tip: Tree,
    /// Those that the branch changes, as they were where it forked from base.
    pub(super) fork: Tree,
    /// Its commits, oldest first.
    pub(super) commits: Vec<PendingCommit>,
}

/// What the remote shows, and whose commits are an automation's.
pub(super) struct Observer<'a> {
    pub(super) world: &'a World,
    pub(super) heads: &'a BTreeMap<String, CommitId>,
    pub(super) authors: &'a [Author],
}

impl Observer<'_> {
    /// Reads what stands on `branch`, and what it holds if it is ours. Its pull
    /// requests are read where it `proposes`.
    pub(super) async fn read(
        &self,
        branch: &str,
        base: &Head,
        proposes: bool,
    ) -> Result<(Standing, Option<Held>), Diagnostic> {
        let mut standing = Standing::default();
        let mut held = None;
        if proposes {
            let pull_requests = self.github()?.pull_requests(branch).await;
            standing.pull_requests = pull_requests.map_err(|error| Diagnostic::of(&error))?;
        }
        if let Some(head) = self.heads.get(branch) {
            let open = standing.open(&base.branch).filter(|open| open.base != base.branch);
            let stands_on = open.and_then(|open| {
                let commit = self.heads.get(&open.base)?.clone();
                Some(Head { branch: open.base.clone(), commit })
            });
            let read = self.pending(base, stands_on.as_ref(), head).await;
            let (pending, of_ours) = read.map_err(|error| Diagnostic::of(&error))?;
            standing.branch = Some(pending);
            held = of_ours;
        }
        let is_behind = standing.branch.as_ref().is_some_and(|pending| pending.behind);
        if is_behind && standing.open(&base.branch).is_some() {
            let required = self.github()?.must_be_up_to_date(&base.branch).await;
            standing.up_to_date_required = required.map_err(|error| Diagnostic::of(&error))?;
        }
        Ok((standing, held))
    }

    fn github(&self) -> Result<&GitHub, Diagnostic> {
        self.world.github.as_deref().ok_or_else(no_github)
    }

    /// What a branch holds beside `base`, and whose that is. While the base is
    /// changed it still stands on another one: what came with that is not its own.
    async fn pending(
        &self,
        base: &Head,
        stands_on: Option<&Head>,
        head: &CommitId,
    ) -> Result<(Pending, Option<Held>), GitError> {
        let beside = self.beside(&base.commit, head).await?;
        let own = match stands_on {
            Some(other) => self.beside(&other.commit, head).await?.seen_from(&beside),
            None => beside.clone(),
        };
        let mut foreign = owners::foreign(self.world, &own.commits, self.authors).await?;
        if own.fork.is_none() {
            let stands_on = stands_on.unwrap_or(base);
            foreign.push(format!("its fork from `{}` is not found", stands_on.branch));
        }
        for edit in own.edits.iter().filter(|edit| !edit.sets_values_alone()) {
            foreign.push(format!("`{}` differs in more than its markers", edit.path));
        }
        let moved = match &beside.fork {
            Some(fork) => self.world.git.difference(fork, &base.commit).await?,
            None => Vec::new(),
        };
        let edits = || beside.edits.iter();
        let moved_below = moved.iter().any(|moved| edits().any(|edit| edit.path == moved.path));
        let mut pending = Pending {
            head: head.clone(),
            ownership: Ownership::Ours,
            files: edits().map(|edit| (edit.path.clone(), edit.new_bytes())).collect(),
            base_moved_below: moved_below || beside.fork.is_none(),
            fork_known: beside.fork.is_some(),
            behind: beside.fork.as_ref() != Some(&base.commit),
            has_commits: !beside.commits.is_empty(),
        };
        if !foreign.is_empty() {
            pending.ownership = Ownership::Foreign(foreign);
            return Ok((pending, None));
        }
        let ours = Held {
            tip: marked_files(self.world, head).await?,
            fork: marked(own.edits.into_iter().filter_map(|edit| edit.old)),
            commits: pending_commits(self.world, own.commits).await?,
        };
        Ok((pending, Some(ours)))
    }

    /// What `head` holds that `base` does not.
    async fn beside(&self, base: &CommitId, head: &CommitId) -> Result<Beside, GitError> {
        let git = &self.world.git;
        git.fetch([base, head]).await?;
        let history = git.history(base, head).await?;
        let fork = history.fork.filter(|_| history.complete);
        let edits = match &fork {
            Some(fork) => self.edits(fork, head).await?,
            None => Vec::new(),
        };
        Ok(Beside { commits: history.commits, fork, edits })
    }

    async fn edits(&self, fork: &CommitId, head: &CommitId) -> Result<Vec<Edit>, GitError> {
        let git = &self.world.git;
        git.fetch([fork]).await?;
        let mut edits = Vec::new();
        for FileDifference { path, old, new } in git.difference(fork, head).await? {
            let keeps_mode = old.zip(new).is_some_and(|(old, new)| old.mode == new.mode);
            let file = |bytes: Vec<u8>| SourceFile { path: path.clone(), bytes: bytes.into() };
            let old = git.read(fork, &path).await?.map(file);
            let new = git.read(head, &path).await?.map(file);
            edits.push(Edit { path, keeps_mode, old, new });
        }
        Ok(edits)
    }
}

/// What a branch holds that another does not.
#[derive(Clone)]
struct Beside {
    /// Newest first.
    commits: Vec<Commit>,
    /// Where both part; `None` where that is not found.
    fork: Option<CommitId>,
    /// The files that differ from the fork; none where it is not found.
    edits: Vec<Edit>,
}

impl Beside {
    /// The branch's own part of it, where the same is also seen beside `base`:
    /// what either base has is not the branch's.
    fn seen_from(mut self, base: &Self) -> Self {
        if base.fork.is_none() {
            return self;
        }
        let own: BTreeSet<&CommitId> = self.commits.iter().map(|made| &made.id).collect();
        if base.commits.iter().all(|made| own.contains(&made.id)) {
            // It is rebuilt on `base` already, and only the pull request is not.
            return base.clone();
        }
        let beside: BTreeSet<&CommitId> = base.commits.iter().map(|made| &made.id).collect();
        self.commits.retain(|commit| beside.contains(&commit.id));
        let edits = self.edits.into_iter().filter_map(|own| {
            let other = base.edits.iter().find(|other| other.path == own.path)?;
            let shows_more = !own.sets_values_alone() && other.sets_values_alone();
            Some(if shows_more { other.clone() } else { own })
        });
        self.edits = edits.collect();
        self
    }
}

/// A file that a branch changes, before and after.
#[derive(Clone)]
struct Edit {
    path: RepoPath,
    keeps_mode: bool,
    old: Option<SourceFile>,
    new: Option<SourceFile>,
}

impl Edit {
    /// Whether the file is there on both sides and only marked values differ.
    fn sets_values_alone(&self) -> bool {
        let (Some(old), Some(new)) = (&self.old, &self.new) else { return false };
        self.keeps_mode && setters::only_values_differ(old, new)
    }

    fn new_bytes(&self) -> Option<Arc<[u8]>> {
        self.new.as_ref().map(|file| file.bytes.clone())
    }
}

/// The same once more, after a lease was lost. The base must be where it was.
pub(super) async fn again(
    world: &World,
    branch: &Branch,
    found: &Found,
) -> Result<Standing, Diagnostic> {
    let remote = world.git.observe().await.map_err(|error| Diagnostic::of(&error))?;
    let proposal = &branch.proposal;
    let Head { branch: base, commit } = &proposal.base;
    if remote.heads.get(base) != Some(commit) {
        // Beside another base the branch's commits would look like a stranger's.
        return Err(Diagnostic::new(
            Code::AutomationPushFailed,
            format!("`{base}` and `{}` were both pushed to meanwhile", proposal.branch),
        )
        .hint("run it again; nothing was changed"));
    }
    let authors = owners::authors(found);
    let observer = Observer { world, heads: &remote.heads, authors: &authors };
    Ok(observer.read(&proposal.branch, &proposal.base, branch.pull_request).await?.0)
}

/// The marked files of a commit.
pub(super) async fn marked_files(world: &World, commit: &CommitId) -> Result<Tree, GitError> {
    let root = RepoPath::root();
    let files = world.git.files(commit, &root, |path, _| setters::is_read(path)).await?;
    Ok(marked(files.found))
}

/// Those of the files that hold a marker, with their markers.
pub(super) fn marked(files: impl IntoIterator<Item = SourceFile>) -> Tree {
    files
        .into_iter()
        .filter_map(|file| {
            let setters::Found { markers, problems } = setters::find(&file);
            let is_marked = !markers.is_empty() || !problems.is_empty();
            is_marked.then(|| (file.path.clone(), Marked { file, markers, problems }))
        })
        .collect()
}
