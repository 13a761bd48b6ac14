//! The pack of a push: exactly what the remote lacks.

use std::{
    collections::BTreeSet,
    io::{self, Write as _},
};

use flate2::{Compression, write::ZlibEncoder};
use gix::{ObjectId, Repository, objs::Kind, odb::pack::data::entry::Header};
use sha1::{Digest as _, Sha1};

use crate::git::{
    GitError,
    files::Reader,
    store::{commit_id, unwritable},
};

/// The objects of the commits made here that `tips` reach: the commits, and
/// what their trees have that their parents' trees have not.
pub(super) fn lacking(
    repository: &Repository,
    tips: &[ObjectId],
    made: &BTreeSet<ObjectId>,
) -> Result<BTreeSet<ObjectId>, GitError> {
    let mut objects = BTreeSet::new();
    let mut waiting: Vec<ObjectId> = tips.to_vec();
    while let Some(id) = waiting.pop() {
        if !made.contains(&id) || !objects.insert(id) {
            continue;
        }
        let commit = commit_id(id)?;
        let reader = Reader::new(repository, &commit);
        let root = reader.root()?;
        let found = repository.find_commit(id).map_err(|error| reader.unreadable(&error))?;
        for parent in found.parent_ids().map(gix::Id::detach) {
            waiting.push(parent);
            let before = Reader::new(repository, &commit_id(parent)?).root()?;
            if before != root {
                objects.insert(root);
            }
            reader.compare("", Some(before), Some(root), &mut |_, _, new| {
                // A submodule's commit is in another repository.
                objects.extend(new.filter(|entry| !entry.mode.is_commit()).map(|entry| entry.id));
            })?;
        }
    }
    Ok(objects)
}

/// Writes the objects as a pack, each whole.
pub(super) fn write(
    repository: &Repository,
    objects: &BTreeSet<ObjectId>,
) -> Result<Vec<u8>, GitError> {
    let broken = |error: io::Error| unwritable(&error);
    let count = u32::try_from(objects.len()).map_err(|error| unwritable(&error))?;
    let mut pack = Vec::new();
    pack.extend_from_slice(b"PACK");
    pack.extend_from_slice(&2u32.to_be_bytes());
    pack.extend_from_slice(&count.to_be_bytes());
    for id in objects {
        let object = repository.find_object(*id).map_err(|error| unwritable(&error))?;
        let header = match object.kind {
            Kind::Commit => Header::Commit,
            Kind::Tree => Header::Tree,
            Kind::Blob => Header::Blob,
            Kind::Tag => Header::Tag,
        };
        header.write_to(object.data.len() as u64, &mut pack).map_err(broken)?;
        let mut encoder = ZlibEncoder::new(&mut pack, Compression::default());
        encoder.write_all(&object.data).map_err(broken)?;
        encoder.finish().map_err(broken)?;
    }
    let checksum = Sha1::digest(&pack);
    pack.extend_from_slice(&checksum);
    Ok(pack)
}
