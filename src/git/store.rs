#![expect(clippy::disallowed_methods, reason = "the object store is made of files")]
//! Where objects are: the checkout's store, read only, and one of our own.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use gix::{ObjectId, open, sec::Trust};
use tempfile::TempDir;

use super::{Access, GitError, LocalHead};
use crate::tree::CommitId;

/// How many references and how many of HEAD's ancestors are told to the remote
/// as ours, so that it leaves out what they hold.
const HAVES: usize = 32;

/// A bare repository in a temporary folder, with the checkout's objects as its
/// alternate. It goes with this value.
#[derive(Debug)]
pub(super) struct Store {
    folder: TempDir,
    files: AtomicUsize,
    /// The checkout is a partial clone: a commit that it has may lack files.
    pub(super) partial: bool,
    /// Commits that the checkout has, with all that belongs to them.
    pub(super) haves: Vec<ObjectId>,
    pub(super) local_head: Option<LocalHead>,
}

impl Store {
    pub(super) fn open(access: &Access) -> Result<Self, GitError> {
        let folder = tempfile::Builder::new()
            .prefix("flux-image-updates-")
            .tempdir_in(&access.scratch)
            .map_err(|error| unwritable(&error))?;
        let (kind, options) = (gix::create::Kind::Bare, gix::create::Options::default());
        gix::ThreadSafeRepository::init_opts(folder.path(), kind, options, options_of_ours())
            .map_err(|error| unwritable(&error))?;
        let mut store = Self {
            folder,
            files: AtomicUsize::new(0),
            partial: false,
            haves: Vec::new(),
            local_head: None,
        };
        if let Some((path, checkout)) = access.checkout.as_deref().map_or(Ok(None), find)? {
            let unreadable = |error: &dyn std::error::Error| GitError::Checkout {
                path: path.display().to_string(),
                reason: reason(error),
            };
            store.adopt(&checkout).map_err(|error| match error {
                Adoption::Read(error) => unreadable(&*error),
                Adoption::Write(error) => unwritable(&error),
            })?;
        }
        Ok(store)
    }

    /// gix's repositories stay on their thread; opening one costs two
    /// milliseconds.
    pub(super) fn repository(&self) -> Result<gix::Repository, GitError> {
        gix::open_opts(self.folder.path(), options_of_ours()).map_err(|error| unwritable(&error))
    }

    /// A name for a new file that is gone with the store.
    pub(super) fn new_file(&self) -> PathBuf {
        self.path(&format!("file-{}", self.files.fetch_add(1, Ordering::Relaxed)))
    }

    /// The file that says which commits are here without their parents.
    pub(super) fn shallow_file(&self) -> PathBuf {
        self.path("shallow")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn adopt(&mut self, checkout: &gix::Repository) -> Result<(), Adoption> {
        let objects = fs::canonicalize(checkout.common_dir().join("objects"))?;
        let mut alternate = gix::path::into_bstr(objects.as_path())?.into_owned();
        alternate.push(b'\n');
        fs::write(self.path("objects/info/alternates"), alternate.as_slice())
            .map_err(Adoption::Write)?;

        // What the checkout lacks by being shallow, the remote has to know.
        let mut shallow = String::new();
        for id in checkout.shallow_commits()?.iter().flat_map(|ids| ids.iter()) {
            shallow.push_str(&id.to_string());
            shallow.push('\n');
        }
        if !shallow.is_empty() {
            fs::write(self.shallow_file(), shallow).map_err(Adoption::Write)?;
        }

        // Git leaves this mark on what a promising remote has sent.
        let mut packs = fs::read_dir(objects.join("pack")).into_iter().flatten().flatten();
        self.partial = packs.any(|pack| pack.path().extension() == Some("promisor".as_ref()));

        let head = checkout.head()?;
        let branch = head.referent_name().map(|name| name.shorten().to_string());
        let commit = head.id().map(gix::Id::detach);
        self.local_head = match commit {
            Some(commit) => Some(LocalHead { branch, commit: commit_id(commit)? }),
            None => None,
        };
        if !self.partial {
            self.haves = haves(checkout, commit)?;
        }
        Ok(())
    }
}

/// The URL of `origin` in the clone that holds the folder, if there are both.
pub fn remote_url_of_checkout(path: &Path) -> Option<String> {
    let (_, checkout) = find(path).ok()??;
    checkout.config_snapshot().string("remote.origin.url").map(|url| url.to_string())
}

enum Adoption {
    Read(Box<dyn std::error::Error>),
    Write(std::io::Error),
}

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Adoption {
    fn from(error: E) -> Self {
        Self::Read(error.into())
    }
}

/// The clone that holds the folder. None is none: everything is fetched then.
fn find(folder: &Path) -> Result<Option<(PathBuf, gix::Repository)>, GitError> {
    let Ok(folder) = fs::canonicalize(folder) else { return Ok(None) };
    let is_bare = |path: &Path| path.join("HEAD").is_file() && path.join("objects").is_dir();
    let is_clone = |path: &&Path| path.join(".git").exists() || is_bare(path);
    let Some(path) = folder.ancestors().find(is_clone) else { return Ok(None) };
    match gix::open_opts(path, options_of_ours()) {
        Ok(repository) => Ok(Some((path.to_owned(), repository))),
        Err(error) => {
            Err(GitError::Checkout { path: path.display().to_string(), reason: reason(&error) })
        }
    }
}

/// Only the repository's own configuration is read. It is trusted whoever owns
/// it: in a container that is never the user who runs.
fn options_of_ours() -> open::Options {
    open::Options::isolated().with(Trust::Full)
}

fn haves(checkout: &gix::Repository, head: Option<ObjectId>) -> Result<Vec<ObjectId>, gix::Error> {
    let mut haves = Vec::new();
    // A commit made here is unknown to the remote, its ancestors are not.
    let mut next = head;
    while let Some(id) = next.filter(|_| haves.len() < HAVES) {
        let Ok(commit) = checkout.find_commit(id) else { break };
        haves.push(id);
        next = commit.parent_ids().next().map(gix::Id::detach);
    }
    for reference in checkout.references()?.prefixed("refs/remotes/")?.take(HAVES) {
        if let Some(id) =
            reference.ok().and_then(|reference| reference.try_id().map(gix::Id::detach))
            && checkout.find_commit(id).is_ok()
            && !haves.contains(&id)
        {
            haves.push(id);
        }
    }
    Ok(haves)
}

pub(super) fn commit_id(id: ObjectId) -> Result<CommitId, GitError> {
    let name = id.to_string();
    CommitId::new(&name).ok_or(GitError::Store { reason: format!("`{name}` is no commit") })
}

pub(super) fn object_id(commit: &CommitId) -> Result<ObjectId, GitError> {
    ObjectId::from_hex(commit.as_str().as_bytes())
        .map_err(|_| GitError::NoCommit { commit: commit.clone() })
}

pub(super) fn unwritable(error: &dyn std::error::Error) -> GitError {
    GitError::Store { reason: reason(error) }
}

/// An error of gix with its causes, on one line.
pub(super) fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
