//! Setting the marked values of a file.

use std::sync::Arc;

use super::{Change, Marker, Part, Problem};
use crate::{
    diagnostic::Diagnostic,
    oci::ImageRef,
    tree::{RepoPath, SourceFile},
    yaml,
};

/// A file with other values at its markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Where it lies.
    pub path: RepoPath,
    /// All of its bytes after the change.
    pub bytes: Arc<[u8]>,
    /// What was changed, in the order of the file; never empty.
    pub changes: Vec<Change>,
    /// What a reader should know about it.
    pub problems: Vec<Diagnostic>,
}

impl Part {
    /// What a marker of this part is set to; empty for the digest of an image
    /// that has none, as Flux does: an old digest beside a new tag would keep
    /// the old image without a word.
    pub fn of(self, latest: &ImageRef) -> String {
        match self {
            Self::Full => latest.to_string(),
            Self::Name => latest.name.clone(),
            Self::Tag => latest.tag.to_string(),
            Self::Digest => latest.digest.as_ref().map(ToString::to_string).unwrap_or_default(),
        }
    }
}

/// Sets the values that markers of a file name, as [`super::find`] found them
/// in these very bytes. `latest` says what a marker's policy has elected;
/// where it says nothing the value stays.
///
/// Only the bytes of the values change. The way of quoting is kept, except
/// that a plain scalar gets double quotes where YAML 1.1 would take it for
/// something other than a string ([`yaml::replace`]). A value that is the same
/// text already is not touched; `None` when none is.
pub fn update<'a>(
    file: &SourceFile,
    markers: &[Marker],
    latest: &dyn Fn(&Marker) -> Option<&'a ImageRef>,
) -> Option<FileChange> {
    set(file, markers, |_, marker| latest(marker).map(|image| marker.part.of(image)))
}

/// The same with values that need not come from an election: `value` gets each
/// marker with its place among `markers`.
pub fn set(
    file: &SourceFile,
    markers: &[Marker],
    mut value: impl FnMut(usize, &Marker) -> Option<String>,
) -> Option<FileChange> {
    let source = std::str::from_utf8(&file.bytes).ok()?;
    let (mut edits, mut changes, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (index, marker) in markers.iter().enumerate() {
        let Some(new) = value(index, marker) else { continue };
        if new == marker.value {
            continue;
        }
        edits.push(yaml::replace(source, &marker.span, marker.style, &new));
        if new.is_empty() {
            let problem = Problem::NoDigest { marker: marker.text.clone() };
            problems.push(Diagnostic::of(&problem).at(marker.at.clone()));
        }
        changes.push(Change {
            file: file.path.clone(),
            object: marker.object.clone(),
            old_value: marker.value.clone(),
            new_value: new,
            setter: marker.text.clone(),
            at: marker.at.clone(),
        });
    }
    if edits.is_empty() {
        return None;
    }
    let bytes = yaml::apply(&file.bytes, &edits).into();
    Some(FileChange { path: file.path.clone(), bytes, changes, problems })
}
