//! Commits that GitHub makes, and so signs: blobs, a tree on top of another,
//! the commit. Nothing is visible until a branch is moved to it.
//!
//! No author and no committer is given: GitHub signs only what it fills in
//! itself, for the token of an App or of a workflow.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use octocrab::models::{commits::GitCommitObject, git::CreateTreeEntry};

use super::{GitHub, GitHubError, call::Deed, words::plain};
use crate::tree::{CommitId, RepoPath};

// Objects are named by what they hold: making one twice is making it once. A
// commit made twice leaves one that nothing names.
const BLOB: Deed = Deed::repeatable("store a file", "contents: write");
const TREE: Deed = Deed::repeatable("store a tree", "contents: write");
const COMMIT: Deed = Deed::repeatable("make a commit", "contents: write");

/// How many entries one request may hold without running into GitHub's time.
const ENTRIES: usize = 100;

/// A file of a new tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Where it lies.
    pub path: RepoPath,
    /// Git's mode, `100644` or `100755`.
    pub mode: String,
    /// The blob, from [`GitHub::create_blob`].
    pub blob: String,
}

/// Whether GitHub shows a commit as verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// The badge.
    pub verified: bool,
    /// GitHub's word for it: `valid`, `unsigned`, `unknown_key` …
    pub reason: String,
}

/// Answers of a verifier that has not looked yet, or was out of reach.
const NOT_YET: [&str; 4] = ["unsigned", "gpgverify_error", "gpgverify_unavailable", "ocsp_pending"];

impl Verification {
    fn new(verification: &octocrab::models::git::Verification) -> Self {
        Self { verified: verification.verified, reason: plain(&verification.reason) }
    }

    /// What to do about GitHub's reason.
    pub fn help(&self) -> &'static str {
        match self.reason.as_str() {
            "unknown_key" => {
                "add the key's public half to the author's account on GitHub, as a GPG key or as \
                 an SSH key that signs"
            }
            "no_user" => {
                "name an e-mail address of an account on GitHub in `spec.git.commit.author`"
            }
            "unverified_email" => "verify the author's e-mail address in the account on GitHub",
            "bad_email" => "name an address of the key in `spec.git.commit.author`",
            "expired_key" => "renew the key, and add its public half to the account on GitHub",
            "not_signing_key" => "give a key that may sign",
            // Told of a branch from before its automation signed, too.
            "unsigned" => {
                "nothing to do: the branch is signed from its next rebuild on, which the next \
                 new value brings"
            }
            _ => "look at the commit on GitHub, whose badge says more",
        }
    }
}

/// A commit that GitHub made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiCommit {
    /// Its name.
    pub id: CommitId,
    /// Its tree, to build the next one on.
    pub tree: String,
    /// Whether GitHub signed it.
    pub verification: Verification,
}

impl GitHub {
    /// Stores a file's bytes; GitHub takes up to 40 MiB.
    pub async fn create_blob(&self, bytes: &[u8]) -> Result<String, GitHubError> {
        let (owner, name) = self.names().await?;
        let content = &BASE64_STANDARD.encode(bytes);
        self.call(BLOB, || async move {
            let blob =
                self.api.git(owner, name).create_blob(content).encoding("base64").send().await?;
            Ok(blob.sha)
        })
        .await
    }

    /// Stores a tree that is `base_tree` with these files in it.
    pub async fn create_tree(
        &self,
        base_tree: &str,
        entries: &[TreeEntry],
    ) -> Result<String, GitHubError> {
        let (owner, name) = self.names().await?;
        let mut tree = base_tree.to_owned();
        for entries in entries.chunks(ENTRIES) {
            let entries: Vec<CreateTreeEntry> = entries
                .iter()
                .map(|entry| {
                    CreateTreeEntry::new(entry.path.as_str(), &*entry.mode, "blob")
                        .with_sha(&*entry.blob)
                })
                .collect();
            let (base, entries) = (&tree, &entries);
            tree = self
                .call(TREE, || async move {
                    let create =
                        self.api.git(owner, name).create_tree(entries.clone()).base_tree(base);
                    Ok(create.send().await?.sha)
                })
                .await?;
        }
        Ok(tree)
    }

    /// Makes a commit. Its author is whom the token belongs to, its committer
    /// GitHub; whether that makes it verified stands in the answer.
    pub async fn create_commit(
        &self,
        message: &str,
        tree: &str,
        parents: &[CommitId],
    ) -> Result<ApiCommit, GitHubError> {
        let (owner, name) = self.names().await?;
        let parents: &Vec<String> = &parents.iter().map(CommitId::to_string).collect();
        let commit = self
            .call(COMMIT, || async move {
                let create =
                    self.api.git(owner, name).create_commit(message, tree).parents(parents.clone());
                Ok(create.send().await?)
            })
            .await?;
        let id = CommitId::new(&commit.sha).ok_or_else(|| GitHubError::Malformed {
            what: COMMIT.what,
            detail: "`sha` is no name of a commit".to_owned(),
        })?;
        let verification = Verification::new(&commit.verification);
        Ok(ApiCommit { id, tree: commit.tree.sha, verification })
    }

    /// Whether GitHub shows a pushed commit as verified.
    pub async fn verification(&self, commit: &CommitId) -> Result<Verification, GitHubError> {
        Ok(Verification::new(&self.read_commit(commit).await?.verification))
    }

    /// The same for a commit that was pushed a moment ago with a signature:
    /// where GitHub's replicas do not have it yet, or its verifier has not
    /// looked, it is asked twice more.
    pub async fn verification_of_pushed(
        &self,
        commit: &CommitId,
    ) -> Result<Verification, GitHubError> {
        let mut attempt = 0;
        loop {
            let answer = self.verification(commit).await;
            let is_early = match &answer {
                Ok(answer) => !answer.verified && NOT_YET.contains(&answer.reason.as_str()),
                Err(error) => matches!(error, GitHubError::NotFound { .. }),
            };
            if !is_early || attempt == 2 || !self.pause(attempt).await {
                return answer;
            }
            attempt += 1;
        }
    }

    /// The tree of a pushed commit, to build another on.
    pub async fn tree_of(&self, commit: &CommitId) -> Result<String, GitHubError> {
        Ok(self.read_commit(commit).await?.tree.sha)
    }

    async fn read_commit(&self, commit: &CommitId) -> Result<GitCommitObject, GitHubError> {
        const READ: Deed = Deed::repeatable("read the commit", "contents: read");
        let (owner, name) = self.names().await?;
        self.call(READ, || async move {
            Ok(self.api.git(owner, name).get_commit(commit.as_str()).await?)
        })
        .await
    }
}
