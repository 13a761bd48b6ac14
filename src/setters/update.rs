//! Setting the marked values of a file.

use std::{ops::Range, sync::Arc};

use super::{Change, Marker, Part, Problem};
use crate::{
    diagnostic::Diagnostic,
    oci::ImageRef,
    tree::{RepoPath, SourceFile},
    yaml::{self, Edit, Style},
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
/// something other than a string. A value of several lines becomes one, a
/// block scalar keeps its indicator and loses its line break (`|-`). A value
/// that is the same text already is not touched; `None` when no one is.
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
    let (mut edits, mut changes, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (index, marker) in markers.iter().enumerate() {
        let Some(new) = value(index, marker) else { continue };
        if new == marker.value {
            continue;
        }
        edits.push(edit(&file.bytes, marker, &new)?);
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

fn edit(bytes: &[u8], marker: &Marker, new: &str) -> Option<Edit> {
    match marker.style {
        Style::Literal | Style::Folded => {
            block(std::str::from_utf8(bytes).ok()?, &marker.span, new)
        }
        style => Some(Edit { span: marker.span.clone(), text: yaml::write(new, style) }),
    }
}

/// A block scalar that holds one line instead: `|` or `>` stays with whatever
/// stands behind it, the body takes the indentation of its first line.
fn block(source: &str, span: &Range<usize>, new: &str) -> Option<Edit> {
    let before = source.get(span.clone())?;
    let indicators = before.find(|c: char| !matches!(c, '|' | '>' | '+' | '-' | '0'..='9'));
    let (header, body) = before.split_at(before.find('\n').unwrap_or(before.len()));
    let behind = &header[indicators.unwrap_or(header.len()).min(header.len())..];
    let indent = match body.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => line.len() - line.trim_start_matches(' ').len(),
        None => indent_below(source, span.start),
    };
    let mut text = format!("{}-{behind}", &before[..1]);
    if !new.is_empty() {
        let line_break = if behind.ends_with('\r') { "" } else { line_break(source, body) };
        text.push_str(line_break);
        text.push('\n');
        text.push_str(&" ".repeat(indent));
        text.push_str(new);
    }
    // Lines of nothing but blanks that are longer than the indentation would
    // be part of the text still.
    let mut end = span.end;
    let mut rest = &source[end..];
    let mut kept = String::new();
    let mut long = false;
    for line in rest.split_inclusive('\n').skip(1) {
        let blanks = line.trim_end_matches(['\r', '\n']);
        if !blanks.trim_matches([' ', '\t']).is_empty() {
            break;
        }
        long |= blanks.len() > indent || blanks.contains('\t');
    }
    if long {
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let until = rest[..blank].rfind('\n').map_or(blank, |at| at + 1);
        for c in rest[..until].chars().filter(|c| matches!(c, '\r' | '\n')) {
            kept.push(c);
        }
        end += until;
        rest = "";
    }
    let _ = rest;
    Some(Edit { span: span.start..end, text: text + &kept })
}

/// The carriage return that this file's lines end with, if any.
fn line_break<'a>(source: &'a str, body: &str) -> &'a str {
    if body.is_empty() && source.contains("\r\n") { "\r" } else { "" }
}

/// An indentation that is deeper than whatever the block scalar hangs on.
fn indent_below(source: &str, at: usize) -> usize {
    let line = source[..at].rfind('\n').map_or(0, |before| before + 1);
    let before = &source[line..at];
    let dashes = before.len() - before.trim_start_matches([' ', '-', '\u{feff}']).len();
    if dashes == before.len() { dashes } else { dashes + 2 }
}
