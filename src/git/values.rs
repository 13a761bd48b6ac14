//! What git gives, and what it is given.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::tree::{CommitId, RepoPath, SourceFile};

/// What one look at the remote showed. Every commit is a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// The branches by their short names.
    pub heads: BTreeMap<String, CommitId>,
    /// The branch that the remote's HEAD names, also when it has no commit yet.
    pub default_branch: Option<String>,
}

/// Where the checkout's HEAD stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalHead {
    /// The branch's short name; `None` when HEAD is detached.
    pub branch: Option<String>,
    /// Its commit.
    pub commit: CommitId,
}

/// The files of a commit that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// In the order of their paths' bytes.
    pub found: Vec<SourceFile>,
    /// Files above [`BLOB_CAP`](super::BLOB_CAP) with their size in bytes; not read.
    pub too_large: Vec<(RepoPath, u64)>,
}

/// Who wrote a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// A commit as [`History`] shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: CommitId,
    /// Its parents; more than one makes a merge.
    pub parents: Vec<CommitId>,
    /// Who wrote it.
    pub author: Signature,
    /// Who put it here.
    pub committer: Signature,
    /// The whole message.
    pub message: String,
}

impl Commit {
    /// Whether it joins several lines of history.
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}

/// What a branch holds that its base does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The commits of `base..head`, newest first.
    pub commits: Vec<Commit>,
    /// The commit that both have in common; `None` when there is none, or none
    /// within the depth that is fetched.
    pub fork: Option<CommitId>,
    /// Whether `commits` is all of `base..head`: false when the fork lies
    /// deeper than is fetched.
    pub complete: bool,
}

/// A file as one side of a [`FileDifference`] has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// The blob's name (for a submodule: its commit), in hexadecimal digits.
    pub blob: String,
    /// The mode as Git writes it: `100644`, `100755`, `120000`, `160000`.
    pub mode: &'static str,
}

/// A file that two commits do not have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDifference {
    /// Where it lies.
    pub path: RepoPath,
    /// What the old commit has; `None` when the file is new.
    pub old: Option<FileEntry>,
    /// What the new commit has; `None` when the file is gone.
    pub new: Option<FileEntry>,
}

/// A point in time as a commit records it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Seconds since 1970-01-01 00:00 UTC.
    pub seconds: i64,
    /// Seconds east of UTC.
    pub offset: i32,
}

/// Makes the armoured signature of a commit's bytes, or says why it cannot.
pub type Signer = Arc<dyn Fn(&[u8]) -> Result<String, String> + Send + Sync>;

/// A commit to be made.
#[derive(Clone)]
pub struct CommitDraft {
    /// Author and committer.
    pub author: Signature,
    /// The message, kept byte for byte.
    pub message: String,
    /// When; the caller's clock, so that equal drafts give equal commits.
    pub time: Time,
    /// The files that differ from the parent, with their new contents. A file
    /// that is there keeps its mode; a new one is a regular file.
    pub files: BTreeMap<RepoPath, Arc<[u8]>>,
    /// Signs the commit; without one it stays unsigned.
    pub signer: Option<Signer>,
}

impl fmt::Debug for CommitDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommitDraft")
            .field("author", &self.author)
            .field("message", &self.message)
            .field("time", &self.time)
            .field("files", &self.files.keys())
            .field("signed", &self.signer.is_some())
            .finish()
    }
}

/// A branch to be moved, made or deleted on the remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The branch's short name.
    pub branch: String,
    /// What it must be on the remote, the lease; `None`: it must not exist.
    pub old: Option<CommitId>,
    /// What it becomes; `None` deletes it.
    pub new: Option<CommitId>,
}
