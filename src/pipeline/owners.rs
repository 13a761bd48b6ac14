//! Whose the commits of a branch are.

use std::collections::BTreeSet;

use super::{
    Found, World, edit,
    history::{takes_back, values_of_its_own},
};
use crate::{
    flux::{self, Reading, Resources},
    git::{Commit, GitError, Signature},
    proposal::Author,
    tree::{CommitId, RepoPath},
};

/// Who makes GitHub's own commits: merges, and what its API commits.
const GITHUB: (&str, &str) = ("GitHub", "noreply@github.com");

/// Whose commits count as an automation's.
pub(super) fn authors(found: &Found) -> Vec<Author> {
    let mut authors = declared(&found.resources);
    authors.push(edit::assumed_author());
    authors
}

/// The commits of a branch, newest first, that are not an automation's, a line
/// for each.
pub(super) async fn foreign(
    world: &World,
    commits: &[Commit],
    authors: &[Author],
) -> Result<Vec<String>, GitError> {
    let foreign = others(world, commits, authors).await?;
    if foreign.is_empty() {
        return Ok(foreign);
    }
    // They may be of the time before an automation got another author.
    let mut authors = authors.to_vec();
    for commit in made_on(commits) {
        authors.extend(authors_at(world, commit).await?);
    }
    others(world, commits, &authors).await
}

async fn others(
    world: &World,
    commits: &[Commit],
    authors: &[Author],
) -> Result<Vec<String>, GitError> {
    let mut others = Vec::new();
    for commit in commits.iter().filter(|commit| !is_ours(commit, authors)) {
        // What a merge joins is judged commit by commit.
        let joins = commit.is_merge()
            && values_of_its_own(world, commit).await?.is_empty()
            && !takes_back(world, commit, commits).await?;
        if !joins {
            others.push(format!("`{}` by {}", commit.id.short(), commit.author.name));
        }
    }
    Ok(others)
}

/// The commits of base that those of the branch were made on; where it was
/// merged in later, nothing of the branch was made.
fn made_on(commits: &[Commit]) -> BTreeSet<&CommitId> {
    let own: BTreeSet<&CommitId> = commits.iter().map(|commit| &commit.id).collect();
    let made = commits.iter().filter(|commit| !commit.is_merge());
    made.flat_map(|commit| &commit.parents).filter(|parent| !own.contains(parent)).collect()
}

/// Who committed for the automations as a commit of base has them.
async fn authors_at(world: &World, commit: &CommitId) -> Result<Vec<Author>, GitError> {
    world.git.fetch([commit]).await?;
    let files = world.git.files(commit, &RepoPath::root(), flux::is_relevant).await?;
    Ok(declared(&flux::read(&files.found, &Reading::default()).0))
}

fn declared(resources: &Resources) -> Vec<Author> {
    let Resources { automations, authors, .. } = resources;
    let declared = automations.iter().map(|automation| &automation.spec.git.commit.author);
    let author = |author: &flux::CommitUser| Author {
        name: author.name.clone(),
        email: author.email.clone(),
    };
    declared.chain(authors).map(author).collect()
}

/// Whether an automation made it. What GitHub commits for a bot's token
/// (`--commit-mode api`) has the bot as its author and GitHub as its committer.
fn is_ours(commit: &Commit, authors: &[Author]) -> bool {
    let (name, email) = GITHUB;
    let by = |who: &Signature| {
        authors.iter().any(|author| author.name == who.name && author.email == who.email)
    };
    let by_github = commit.committer.name == name && commit.committer.email == email;
    let by_bot = commit.author.name.ends_with("[bot]");
    (by(&commit.author) && (by(&commit.committer) || by_github)) || (by_bot && by_github)
}
