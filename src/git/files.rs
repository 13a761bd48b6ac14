//! Trees and blobs: the files of a commit, and what two commits differ in.

use std::{collections::BTreeMap, sync::Arc};

use gix::{
    ObjectId, Repository,
    bstr::{BString, ByteSlice as _},
    objs::tree::{EntryKind, EntryMode},
};

use super::{
    BLOB_CAP, FileDifference, FileEntry, Files, GitError,
    store::{object_id, reason},
};
use crate::tree::{CommitId, RepoPath, SourceFile};

/// An entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) mode: EntryMode,
    pub(super) id: ObjectId,
}

/// What reads the objects of one commit, and names it in errors.
pub(super) struct Reader<'a> {
    pub(super) repository: &'a Repository,
    pub(super) commit: &'a CommitId,
}

impl<'a> Reader<'a> {
    pub(super) fn new(repository: &'a Repository, commit: &'a CommitId) -> Self {
        Self { repository, commit }
    }

    pub(super) fn unreadable(&self, error: &gix::Error) -> GitError {
        GitError::Object { commit: self.commit.clone(), reason: reason(error) }
    }

    /// The commit's own tree.
    pub(super) fn root(&self) -> Result<ObjectId, GitError> {
        let id = object_id(self.commit)?;
        let missing = |_| GitError::NoCommit { commit: self.commit.clone() };
        let commit = self.repository.find_commit(id).map_err(missing)?;
        Ok(commit.tree_id().map_err(|error| self.unreadable(&error))?.detach())
    }

    /// A tree's entries in Git's order, which is that of whole paths.
    fn entries(&self, tree: ObjectId) -> Result<Vec<(BString, Entry)>, GitError> {
        let tree = self.repository.find_tree(tree).map_err(|error| self.unreadable(&error))?;
        let tree = tree.decode().map_err(|error| self.unreadable(&error))?;
        let entry = |entry: &gix::objs::tree::EntryRef<'_>| {
            (entry.filename.to_owned(), Entry { mode: entry.mode, id: entry.oid.to_owned() })
        };
        Ok(tree.entries.iter().map(entry).collect())
    }

    /// The entry at a path; `None` where the tree has none.
    pub(super) fn find(&self, path: &RepoPath) -> Result<Option<Entry>, GitError> {
        let mut found = Entry { mode: EntryKind::Tree.into(), id: self.root()? };
        for part in path.as_str().split('/').filter(|part| !part.is_empty()) {
            if !found.mode.is_tree() {
                return Ok(None);
            }
            let entries = self.entries(found.id)?;
            match entries.into_iter().find(|(name, _)| name == part) {
                Some((_, entry)) => found = entry,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The regular files below a path that `wanted` picks by path and bytes.
    pub(super) fn files(
        &self,
        within: &RepoPath,
        wanted: &impl Fn(&RepoPath, &[u8]) -> bool,
    ) -> Result<Files, GitError> {
        let missing = || GitError::NoPath { commit: self.commit.clone(), path: within.clone() };
        let entry = self.find(within)?.ok_or_else(missing)?;
        let mut files = Files::default();
        self.walk(within.as_str(), entry, &mut |path, id| {
            let path = RepoPath::clamped(path);
            let size = self.repository.find_header(id).map(|header| header.size());
            let size = size.map_err(|error| self.unreadable(&error))?;
            if size > BLOB_CAP {
                files.too_large.push((path, size));
                return Ok(());
            }
            let bytes = self.blob(id)?;
            if wanted(&path, &bytes) {
                files.found.push(SourceFile { path, bytes: Arc::from(bytes) });
            }
            Ok(())
        })?;
        Ok(files)
    }

    fn walk(
        &self,
        path: &str,
        entry: Entry,
        visit: &mut impl FnMut(&str, ObjectId) -> Result<(), GitError>,
    ) -> Result<(), GitError> {
        if !entry.mode.is_tree() {
            return if entry.mode.is_blob() { visit(path, entry.id) } else { Ok(()) };
        }
        for (name, entry) in self.entries(entry.id)? {
            // A name that is no text cannot stand in a manifest or a report.
            let Ok(name) = name.to_str() else { continue };
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            self.walk(&path, entry, visit)?;
        }
        Ok(())
    }

    /// The bytes of a blob.
    pub(super) fn blob(&self, id: ObjectId) -> Result<Vec<u8>, GitError> {
        let mut blob = self.repository.find_blob(id).map_err(|error| self.unreadable(&error))?;
        Ok(blob.take_data())
    }

    /// Whether everything that the commit's tree names is at hand.
    pub(super) fn is_whole(&self) -> bool {
        self.root().is_ok_and(|root| self.has_all(root))
    }

    fn has_all(&self, tree: ObjectId) -> bool {
        let Ok(entries) = self.entries(tree) else { return false };
        entries.iter().all(|(_, entry)| {
            if entry.mode.is_tree() {
                self.has_all(entry.id)
            } else {
                entry.mode.is_commit() || self.repository.has_object(entry.id)
            }
        })
    }

    /// Visits every entry, trees included, that stands in one of two trees
    /// alone or differs between them.
    pub(super) fn compare(
        &self,
        path: &str,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        visit: &mut impl FnMut(&str, Option<Entry>, Option<Entry>),
    ) -> Result<(), GitError> {
        if old == new {
            return Ok(());
        }
        let mut sides: BTreeMap<BString, [Option<Entry>; 2]> = BTreeMap::new();
        for (side, tree) in [old, new].into_iter().enumerate() {
            for (name, entry) in
                tree.map(|tree| self.entries(tree)).transpose()?.unwrap_or_default()
            {
                sides.entry(name).or_default()[side] = Some(entry);
            }
        }
        for (name, [old, new]) in sides {
            if old == new {
                continue;
            }
            let name = name.to_str_lossy();
            let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
            visit(&path, old, new);
            let tree = |entry: Option<Entry>| entry.filter(|e| e.mode.is_tree()).map(|e| e.id);
            self.compare(&path, tree(old), tree(new), visit)?;
        }
        Ok(())
    }
}

/// The files that two commits do not have in common, in the order of their
/// paths.
pub(super) fn difference(
    repository: &Repository,
    old: &CommitId,
    new: &CommitId,
) -> Result<Vec<FileDifference>, GitError> {
    let before = Reader::new(repository, old).root()?;
    let reader = Reader::new(repository, new);
    let after = reader.root()?;
    let file = |entry: Option<Entry>| {
        let entry = entry.filter(|entry| !entry.mode.is_tree())?;
        Some(FileEntry { blob: entry.id.to_string(), mode: mode(entry.mode) })
    };
    let mut differences = Vec::new();
    reader.compare("", Some(before), Some(after), &mut |path, old, new| {
        let (old, new) = (file(old), file(new));
        if old.is_some() || new.is_some() {
            differences.push(FileDifference { path: RepoPath::clamped(path), old, new });
        }
    })?;
    differences.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(differences)
}

fn mode(mode: EntryMode) -> &'static str {
    match mode.kind() {
        EntryKind::Tree => "040000",
        EntryKind::Blob => "100644",
        EntryKind::BlobExecutable => "100755",
        EntryKind::Link => "120000",
        EntryKind::Commit => "160000",
    }
}
