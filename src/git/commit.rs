//! Making a commit.

use gix::{
    ObjectId, Repository,
    objs::{Commit, WriteTo as _, commit::SIGNATURE_FIELD_NAME, tree::EntryKind},
};

use super::{
    CommitDraft, GitError, Signature, Time,
    files::Reader,
    store::{commit_id, object_id, unwritable},
};
use crate::tree::{CommitId, RepoPath};

/// Writes the commit with its trees and blobs.
pub(super) fn write(
    repository: &Repository,
    parent: &CommitId,
    draft: &CommitDraft,
) -> Result<CommitId, GitError> {
    let reader = Reader::new(repository, parent);
    let tree = tree(&reader, draft)?;
    let author = gix::actor::Signature {
        name: without_marks(&draft.author.name).into(),
        email: without_marks(&draft.author.email).into(),
        time: time(draft.time),
    };
    let mut commit = Commit {
        tree,
        parents: [object_id(parent)?].into_iter().collect(),
        committer: author.clone(),
        author,
        encoding: None,
        // A NUL would end the message for Git.
        message: draft.message.replace('\0', "").into(),
        extra_headers: Vec::new(),
    };
    if let Some(signer) = &draft.signer {
        let mut payload = Vec::new();
        commit.write_to(&mut payload).map_err(|error| unwritable(&error))?;
        let signature = signer(&payload).map_err(|reason| GitError::Signing { reason })?;
        let header = (SIGNATURE_FIELD_NAME.into(), signature.trim_end().into());
        commit.extra_headers.push(header);
    }
    let id = repository.write_object(&commit).map_err(|error| unwritable(&error))?;
    commit_id(id.detach())
}

/// The parent's tree with the draft's files in place of its own.
fn tree(reader: &Reader<'_>, draft: &CommitDraft) -> Result<ObjectId, GitError> {
    let repository = reader.repository;
    let root = repository.find_tree(reader.root()?).map_err(|error| reader.unreadable(&error))?;
    let root = root.decode().map_err(|error| reader.unreadable(&error))?.into_owned();
    let mut editor =
        gix::objs::tree::Editor::new(root, &repository.objects, repository.object_hash());
    for (path, bytes) in &draft.files {
        let kind = kind(reader, path)?;
        let blob = repository.write_blob(bytes).map_err(|error| unwritable(&error))?;
        editor
            .upsert(path.as_str().split('/'), kind, blob.detach())
            .map_err(|error| reader.unreadable(&error))?;
    }
    let written = editor.write(|tree| repository.write_object(tree).map(gix::Id::detach));
    written.map_err(|error| unwritable(&error))
}

/// The mode that the file has, or gets. Where the parent has a folder, a link
/// or a submodule, there is no file to be written.
fn kind(reader: &Reader<'_>, path: &RepoPath) -> Result<EntryKind, GitError> {
    match reader.find(path)?.map(|entry| entry.mode.kind()) {
        None => Ok(EntryKind::Blob),
        Some(kind @ (EntryKind::Blob | EntryKind::BlobExecutable)) => Ok(kind),
        Some(_) => Err(GitError::Object {
            commit: reader.commit.clone(),
            reason: format!("`{path}` is no regular file"),
        }),
    }
}

fn time(time: Time) -> gix::date::Time {
    gix::date::Time { seconds: time.seconds, offset: time.offset }
}

/// A name as a commit's header can hold it. Git leaves out the same marks.
fn without_marks(text: &str) -> String {
    text.replace(['<', '>', '\n', '\r', '\0'], "").trim().to_owned()
}

/// Reads a signature; one that is broken shows as empty.
pub(super) fn signature(signature: &gix::Result<gix::actor::SignatureRef<'_>>) -> Signature {
    let text = |text: &gix::bstr::BStr| text.to_string();
    match signature {
        Ok(signature) => Signature { name: text(signature.name), email: text(signature.email) },
        Err(_) => Signature { name: String::new(), email: String::new() },
    }
}
