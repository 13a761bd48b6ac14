//! What stands on a push branch: its commits, its edits, its pull requests.

use std::collections::BTreeMap;

use super::world::no_github;
use super::{Branch, Found, Marked, Tree, World};
use crate::{
    diagnostic::{Code, Diagnostic},
    git::{Commit, FileDifference, GitError},
    github::GitHubError,
    proposal::{Author, Ownership, Pending, Standing},
    setters,
    tree::{CommitId, Head, RepoPath, SourceFile},
};

/// Who makes GitHub's own commits: merges, and what its API commits.
const GITHUB: (&str, &str) = ("GitHub", "noreply@github.com");

/// The marked files of a branch of ours.
pub(super) struct Trees {
    /// All of them, as the branch has them.
    pub(super) tip: Tree,
    /// Those that the branch changes, as they were where it forked from base.
    pub(super) fork: Tree,
}

/// Reads what stands on `branch`, and the marked files that it holds if it is
/// ours.
pub(super) async fn read(
    world: &World,
    branch: &str,
    base: &Head,
    head: Option<&CommitId>,
    authors: &[Author],
    pull_request: bool,
) -> Result<(Standing, Option<Trees>), Diagnostic> {
    let told = |error: GitError| Diagnostic::of(&error);
    let mut standing = Standing::default();
    let mut trees = None;
    if let Some(head) = head {
        let (pending, fork) = pending(world, base, head, authors).await.map_err(told)?;
        if pending.ownership == Ownership::Ours {
            trees = Some(Trees { tip: marked_files(world, head).await.map_err(told)?, fork });
        }
        standing.branch = Some(pending);
    }
    if pull_request {
        let Some(github) = &world.github else { return Err(no_github()) };
        let told = |error: GitHubError| Diagnostic::of(&error);
        standing.pull_requests = github.pull_requests(branch).await.map_err(told)?;
        let is_behind = standing.branch.as_ref().is_some_and(|pending| pending.behind);
        if is_behind && standing.open(&base.branch).is_some() {
            standing.up_to_date_required =
                github.must_be_up_to_date(&base.branch).await.map_err(told)?;
        }
    }
    Ok((standing, trees))
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
    let head = remote.heads.get(&proposal.branch);
    if let Some(head) = head {
        let fetched = world.git.fetch(std::slice::from_ref(head)).await;
        fetched.map_err(|error| Diagnostic::of(&error))?;
    }
    let authors = authors(found);
    let pull_request = branch.pull_request;
    let read = read(world, &proposal.branch, &proposal.base, head, &authors, pull_request).await?;
    Ok(read.0)
}

/// Whose commits count as an automation's.
pub(super) fn authors(found: &Found) -> Vec<Author> {
    let declared = found.resources.automations.iter().map(|automation| {
        let author = &automation.spec.git.commit.author;
        Author { name: author.name.clone(), email: author.email.clone() }
    });
    declared.chain([super::edit::assumed_author()]).collect()
}

async fn pending(
    world: &World,
    base: &Head,
    head: &CommitId,
    authors: &[Author],
) -> Result<(Pending, Tree), GitError> {
    let git = &world.git;
    let history = git.history(&base.commit, head).await?;
    let mut foreign: Vec<String> =
        history.commits.iter().filter(|commit| !is_ours(commit, authors)).map(described).collect();
    let Some(fork) = history.fork.filter(|_| history.complete) else {
        foreign.push(format!("its fork from `{}` is not found", base.branch));
        let pending = Pending {
            head: head.clone(),
            ownership: Ownership::Foreign(foreign),
            files: BTreeMap::new(),
            base_moved_below: true,
            fork_known: false,
            behind: true,
            has_commits: true,
        };
        return Ok((pending, Tree::new()));
    };
    git.fetch(std::slice::from_ref(&fork)).await?;
    let mut files = BTreeMap::new();
    let mut at_fork = Vec::new();
    for difference in git.difference(&fork, head).await? {
        let file =
            |bytes: Vec<u8>| SourceFile { path: difference.path.clone(), bytes: bytes.into() };
        let old = git.read(&fork, &difference.path).await?.map(file);
        let new = git.read(head, &difference.path).await?.map(file);
        if !is_an_edit(&difference, old.as_ref(), new.as_ref()) {
            foreign.push(format!("`{}` differs in more than its markers", difference.path));
        }
        at_fork.extend(old);
        files.insert(difference.path, new.map(|file| file.bytes));
    }
    let behind = fork != base.commit;
    let base_moved_below = behind && {
        let moved = git.difference(&fork, &base.commit).await?;
        moved.iter().any(|difference| files.contains_key(&difference.path))
    };
    let ownership = if foreign.is_empty() { Ownership::Ours } else { Ownership::Foreign(foreign) };
    let pending = Pending {
        head: head.clone(),
        ownership,
        files,
        base_moved_below,
        fork_known: true,
        behind,
        has_commits: !history.commits.is_empty(),
    };
    Ok((pending, marked(at_fork)))
}

/// A commit of an automation; a merge counts by what it adds, which the
/// difference shows. What GitHub commits for a bot's token (`--commit-mode
/// api`) has the bot as its author and GitHub as its committer.
fn is_ours(commit: &Commit, authors: &[Author]) -> bool {
    let (name, email) = GITHUB;
    let by = |who: &crate::git::Signature| {
        authors.iter().any(|author| author.name == who.name && author.email == who.email)
    };
    let by_github = commit.committer.name == name && commit.committer.email == email;
    let by_bot = commit.author.name.ends_with("[bot]");
    commit.is_merge()
        || (by(&commit.author) && (by(&commit.committer) || by_github))
        || (by_bot && by_github)
}

fn described(commit: &Commit) -> String {
    format!("`{}` by {}", commit.id.short(), commit.author.name)
}

/// Whether the file is there on both sides and only marked values differ.
fn is_an_edit(
    difference: &FileDifference,
    old: Option<&SourceFile>,
    new: Option<&SourceFile>,
) -> bool {
    let (Some(old), Some(new)) = (old, new) else { return false };
    let modes = difference.old.as_ref().zip(difference.new.as_ref());
    modes.is_some_and(|(old, new)| old.mode == new.mode) && setters::only_values_differ(old, new)
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
