//! The repository on its remote: what its branches hold, and pushing to them.
//!
//! gix reads objects and speaks the fetch protocol, over the client that the
//! whole program shares; the push is ours, since gix has none. The checkout,
//! where there is one, only saves fetching: everything that is fetched or made
//! goes to a store of our own in a temporary folder, and work tree, index,
//! HEAD, references and configuration of the checkout are never written.

mod commit;
mod connection;
mod error;
mod fetch;
mod files;
mod history;
mod push;
mod remote;
mod store;
mod values;
mod wire;
mod words;

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use gix::{ObjectId, Repository as Objects};
use tokio::runtime::Handle;

use self::{
    connection::{Connection, retried},
    fetch::{Session, Wanted},
    files::Reader,
    store::{Store, object_id},
};
pub use self::{
    error::GitError,
    push::PushError,
    remote::{RemoteUrl, Repository, repository_of},
    store::remote_url_of_checkout,
    values::{
        Commit, CommitDraft, FileDifference, FileEntry, Files, History, LocalHead, RefUpdate,
        Remote, Signature, Signer, Time,
    },
};
use crate::{
    http::Secret,
    tree::{CommitId, RepoPath},
};

/// Blobs above this size are reported and not read: 16 MiB.
pub const BLOB_CAP: u64 = 16 * 1024 * 1024;

/// Where the repository is, and who asks.
#[derive(Debug, Clone)]
pub struct Access {
    /// The remote; it alone gets the token.
    pub remote: RemoteUrl,
    /// Sent as the password of `x-access-token`; without one, nothing is sent.
    pub token: Option<Secret>,
    /// A folder in the user's clone of the same repository, if there is one.
    pub checkout: Option<PathBuf>,
    /// Where the temporary folder for our own store is made.
    pub scratch: PathBuf,
}

/// How far histories are fetched until the fork is found: one step after the
/// other.
const DEPTHS: [NonZeroU32; 3] = [depth(32), depth(256), depth(2048)];
const TIP: NonZeroU32 = NonZeroU32::MIN;

const fn depth(commits: u32) -> NonZeroU32 {
    match NonZeroU32::new(commits) {
        Some(depth) => depth,
        None => NonZeroU32::MIN,
    }
}

/// The repository on its remote, with a store for what is fetched and made.
///
/// Cheap to clone; all clones share the store, which goes with the last one.
#[derive(Debug, Clone)]
pub struct Git(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection: Arc<Connection>,
    store: Store,
    /// Commits that are at hand with all that belongs to them.
    whole: Mutex<BTreeSet<ObjectId>>,
    /// Those of them that were fetched. The remote may count on them; on the
    /// others of a partial clone it may not, for what their parents have.
    fetched: Mutex<BTreeSet<ObjectId>>,
    /// Commits made here: what a push has to carry.
    made: Mutex<BTreeSet<ObjectId>>,
    /// One fetch at a time: the second one often finds its commit fetched.
    fetching: tokio::sync::Mutex<()>,
}

impl Git {
    /// Makes the store. Reads the checkout, and asks nothing of the remote.
    pub fn open(access: &Access, client: reqwest::Client) -> Result<Self, GitError> {
        Ok(Self(Arc::new(Shared {
            connection: Arc::new(Connection::new(access, client)),
            store: Store::open(access)?,
            whole: Mutex::default(),
            fetched: Mutex::default(),
            made: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        })))
    }

    /// Where the checkout's HEAD stood; `None` without a checkout, or where it
    /// has no commit yet.
    pub fn local_head(&self) -> Option<LocalHead> {
        self.0.store.local_head.clone()
    }

    /// Looks at all branches of the remote, at once.
    pub async fn observe(&self) -> Result<Remote, GitError> {
        retried(|| {
            self.blocking(|shared, runtime| Session::open(&shared.connection, runtime)?.heads())
        })
        .await
    }

    /// Fetches the commits that are not at hand, each without its history.
    pub async fn fetch(
        &self,
        commits: impl IntoIterator<Item = &CommitId>,
    ) -> Result<(), GitError> {
        let commits: Result<Vec<_>, _> = commits
            .into_iter()
            .map(|commit| Ok::<_, GitError>((commit.clone(), object_id(commit)?)))
            .collect();
        let commits = commits?;
        let _one_at_a_time = self.0.fetching.lock().await;
        retried(|| {
            let commits = commits.clone();
            self.blocking(move |shared, runtime| shared.fetch(&commits, runtime))
        })
        .await
    }

    /// The regular files of a fetched commit at or below `within` that
    /// `wanted` picks by path and bytes. Symbolic links and submodules are left
    /// out. A path that the commit does not have is [`GitError::NoPath`].
    pub async fn files(
        &self,
        commit: &CommitId,
        within: &RepoPath,
        wanted: impl Fn(&RepoPath, &[u8]) -> bool + Send + 'static,
    ) -> Result<Files, GitError> {
        let (commit, within) = (commit.clone(), within.clone());
        self.reading(move |objects| Reader::new(objects, &commit).files(&within, &wanted)).await
    }

    /// The bytes of one file of a fetched commit; `None` where the commit has
    /// no regular file of that path.
    pub async fn read(
        &self,
        commit: &CommitId,
        path: &RepoPath,
    ) -> Result<Option<Vec<u8>>, GitError> {
        let (commit, path) = (commit.clone(), path.clone());
        self.reading(move |objects| {
            let reader = Reader::new(objects, &commit);
            match reader.find(&path)? {
                Some(entry) if entry.mode.is_blob() => Ok(Some(reader.blob(entry.id)?)),
                _ => Ok(None),
            }
        })
        .await
    }

    /// The files that two fetched commits do not have in common, in the order
    /// of their paths. Submodules and links count as files.
    pub async fn difference(
        &self,
        old: &CommitId,
        new: &CommitId,
    ) -> Result<Vec<FileDifference>, GitError> {
        let (old, new) = (old.clone(), new.clone());
        self.reading(move |objects| files::difference(objects, &old, &new)).await
    }

    /// What `head` holds that `base` does not. Both have to be fetched; their
    /// histories are fetched as far as it takes to find where they fork, and no
    /// farther than 2048 commits. The fork itself is not fetched: its files
    /// need [`Git::fetch`].
    pub async fn history(&self, base: &CommitId, head: &CommitId) -> Result<History, GitError> {
        let mut history = self.known_history(base, head).await?;
        for depth in DEPTHS {
            if history.complete {
                break;
            }
            self.deepen([base, head], depth).await?;
            history = self.known_history(base, head).await?;
        }
        Ok(history)
    }

    /// Makes a commit on top of a fetched one, in the store only.
    pub async fn commit(
        &self,
        parent: &CommitId,
        draft: &CommitDraft,
    ) -> Result<CommitId, GitError> {
        let (parent, draft) = (parent.clone(), draft.clone());
        self.blocking(move |shared, _| {
            let made = commit::write(&shared.store.repository()?, &parent, &draft)?;
            let id = object_id(&made)?;
            shared.made.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
            Ok(made)
        })
        .await
    }

    /// Moves, makes and deletes branches: all of them, or none. Each must be on
    /// the remote what `old` says. What the remote lacks is sent along.
    ///
    /// A push whose answer was lost is looked up before it is sent again, so
    /// that it is never done twice.
    pub async fn push(&self, updates: &[RefUpdate], options: &[String]) -> Result<(), PushError> {
        push::push(self, updates, options).await
    }

    async fn known_history(&self, base: &CommitId, head: &CommitId) -> Result<History, GitError> {
        let (base, head) = (base.clone(), head.clone());
        self.reading(move |objects| history::walk(objects, &base, &head)).await
    }

    async fn deepen(&self, commits: [&CommitId; 2], depth: NonZeroU32) -> Result<(), GitError> {
        let _one_at_a_time = self.0.fetching.lock().await;
        let commits = [object_id(commits[0])?, object_id(commits[1])?];
        retried(|| {
            self.blocking(move |shared, runtime| {
                let wanted = Wanted {
                    commits: &commits,
                    // Nothing is said to be here: the answer is then whole
                    // from the tips on, however the checkout's history ends.
                    haves: &[],
                    depth,
                    commits_only: true,
                    shallow_file: shared.store.new_file(),
                };
                let session = Session::open(&shared.connection, runtime)?;
                session.fetch(&shared.store.repository()?, &wanted)
            })
        })
        .await
    }

    async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Objects) -> Result<T, GitError> + Send + 'static,
    ) -> Result<T, GitError> {
        self.blocking(move |shared, _| read(&shared.store.repository()?)).await
    }

    /// Runs what blocks on a thread that may.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared, Handle) -> Result<T, GitError> + Send + 'static,
    ) -> Result<T, GitError> {
        let (shared, runtime) = (Arc::clone(&self.0), Handle::current());
        match tokio::task::spawn_blocking(move || work(&shared, runtime)).await {
            Ok(result) => result,
            Err(error) => Err(GitError::Store { reason: error.to_string() }),
        }
    }
}

impl Shared {
    fn fetch(&self, commits: &[(CommitId, ObjectId)], runtime: Handle) -> Result<(), GitError> {
        let objects = self.store.repository()?;
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        let lacking: Vec<ObjectId> = commits
            .iter()
            .filter(|(commit, id)| !whole.contains(id) && !self.has(&objects, commit))
            .map(|(_, id)| *id)
            .collect();
        if !lacking.is_empty() {
            let haves: Vec<_> = self.store.haves.iter().chain(fetched.iter()).copied().collect();
            let wanted = Wanted {
                commits: &lacking,
                haves: &haves,
                depth: TIP,
                commits_only: false,
                shallow_file: self.store.shallow_file(),
            };
            Session::open(&self.connection, runtime)?.fetch(&objects, &wanted)?;
            fetched.extend(lacking);
        }
        whole.extend(commits.iter().map(|(_, id)| *id));
        Ok(())
    }

    /// Whether a commit is at hand with its files. A store that is no partial
    /// clone has all below a tree that it has; what is fetched for a history
    /// comes without trees.
    fn has(&self, objects: &Objects, commit: &CommitId) -> bool {
        let reader = Reader::new(objects, commit);
        if self.store.partial {
            return reader.is_whole();
        }
        reader.root().is_ok_and(|root| objects.has_object(root))
    }
}
