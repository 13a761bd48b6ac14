//! Where the markers of a file stand, and what they hold.

use std::{ops::Range, sync::Arc};

use super::{
    ObjectIdentifier, Part, Problem,
    marker::{self, Comment, MarkerRef},
    unread::passed_over,
    values::{Value, Values},
};
use crate::{
    diagnostic::{Diagnostic, Location},
    flux::NamespacedName,
    tree::{RepoPath, SourceFile},
    yaml::{self, Document, Style, Text},
};

/// What a file must hold to be read at all, both quotes included: Flux's own
/// screening, which also keeps Helm templates out.
const TOKEN: &[u8] = b"\"$imagepolicy\"";

/// Files above this are not read; the largest in the wild are a tenth of it.
pub const SIZE_LIMIT: usize = 16 * 1024 * 1024;

/// A value with a marker.
#[derive(Debug, Clone, PartialEq)]
pub struct Marker {
    /// The policy that it names.
    pub policy: NamespacedName,
    /// What of the policy's latest image it wants.
    pub part: Part,
    /// `ns:name[:name|:tag|:digest]`.
    pub text: String,
    /// The value's bytes in the file, its quotes included.
    pub span: Range<usize>,
    /// The value, without quotes.
    pub value: String,
    /// How the value is written.
    pub style: Style,
    /// The object that the document is, or the item of a `kind: List`.
    pub object: ObjectIdentifier,
    /// Which document of the file, from 0.
    pub document: usize,
    /// The mapping that holds the value, told by the byte where it begins.
    pub mapping: usize,
    /// The value's place.
    pub at: Location,
    /// The comment's place.
    pub comment: Location,
}

/// The markers of a file in its order, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that can be set.
    pub markers: Vec<Marker>,
    /// Those that cannot, and why.
    pub problems: Vec<Diagnostic>,
}

/// Whether Flux looks for markers in a file of this name.
pub fn is_read(path: &RepoPath) -> bool {
    let name = path.file_name();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    matches!(extension, Some("yaml" | "yml")) || name == "Kustomization"
}

/// Finds the markers of a file.
///
/// A marker is honoured where Flux honours it. Elsewhere it is told
/// (`marker/not-editable`), while Flux is silent; so is a whole file that
/// Flux passes over. Comments that only speak of markers are left in peace.
pub fn find(file: &SourceFile) -> Found {
    let mut found = Found::default();
    if !is_read(&file.path) || memchr::memmem::find(&file.bytes, TOKEN).is_none() {
        return found;
    }
    if file.bytes.len() > SIZE_LIMIT {
        found.tell(&Problem::TooLarge { path: file.path.clone() }, None);
        return found;
    }
    match yaml::decode(file).and_then(|text| Ok((yaml::parse(&text)?, text))) {
        Ok((documents, text)) => read(&text, &documents, &mut found),
        Err(error) => {
            // Where it can be seen that nothing is marked, nothing is said.
            let text = String::from_utf8_lossy(&file.bytes);
            if text.lines().any(holds_marker) {
                let at = error.at.clone();
                found.tell(&Problem::NoYaml(error), Some(at));
            }
        }
    }
    found
}

fn read(text: &Arc<Text>, documents: &[Document], found: &mut Found) {
    let comments: Vec<_> = documents
        .iter()
        .enumerate()
        .flat_map(|(n, document)| document.comments.iter().map(move |comment| (n, comment)))
        .filter_map(|(n, span)| match marker::read(&text.source()[span.clone()]) {
            Comment::Other => None,
            read => Some((n, span, read)),
        })
        .collect();
    if comments.is_empty() {
        return;
    }
    if let Some((at, why)) = passed_over(text, documents) {
        found.tell(&Problem::PassedOver(why), Some(text.location(at)));
        return;
    }
    let values: Vec<_> = documents.iter().map(Values::of).collect();
    for (n, span, comment) in comments {
        let place = text.location(span.clone());
        match (comment, values[n].marked_by(text.source(), span)) {
            (Comment::Marker(marker), Ok(value)) => {
                let object = values[n].objects[value.around.object].clone();
                found.markers.push(value.marker(marker, n, object, place));
            }
            (Comment::Marker(_), Err(why)) => {
                found.tell(&Problem::Misplaced(why), Some(place));
            }
            (Comment::Broken(why), _) => found.tell(&Problem::Broken(why), Some(place)),
            (Comment::Other, _) => {}
        }
    }
    found.markers.sort_by_key(|marker| marker.span.start);
}

impl Found {
    fn tell(&mut self, problem: &Problem, at: Option<Location>) {
        self.problems.push(Diagnostic::of(problem).at(at));
    }
}

impl Value<'_> {
    fn marker(
        &self,
        marker: MarkerRef,
        document: usize,
        object: ObjectIdentifier,
        comment: Location,
    ) -> Marker {
        let MarkerRef { policy, part, text } = marker;
        Marker {
            policy,
            part,
            text,
            span: self.span().clone(),
            value: self.node.as_str().unwrap_or_default().to_owned(),
            style: self.style().unwrap_or(Style::Plain),
            object,
            document,
            mapping: self.around.mapping,
            at: self.node.location(),
            comment,
        }
    }
}

/// Whether a line of a file that is no YAML looks marked; one that is
/// commented out does not.
fn holds_marker(line: &str) -> bool {
    let Some((before, comment)) = line.split_once('#') else { return false };
    (before.is_empty() || before.ends_with([' ', '\t']))
        && !matches!(marker::read(comment), Comment::Other)
}
