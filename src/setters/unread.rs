//! Files that are YAML and that Flux passes over all the same.

use std::ops::Range;

use super::problem::Unread;
use crate::yaml::{Document, Kind, Node, Style, Text};

/// Why Flux reads nothing of a file, with the bytes that are to blame.
///
/// kyaml's reader cuts a file at its `---` lines before it parses, and wants
/// to annotate every document; where either fails, Flux drops the file.
pub(super) fn passed_over(text: &Text, documents: &[Document]) -> Option<(Range<usize>, Unread)> {
    directive(text, documents)
        .map(|at| (at, Unread::Directive))
        .or_else(|| separator(text.source()).map(|at| (at, Unread::Separator)))
        .or_else(|| documents.iter().find_map(|document| object(document.root.as_ref()?)))
}

fn directive(text: &Text, documents: &[Document]) -> Option<Range<usize>> {
    documents.iter().find_map(|document| {
        let above = &text.source()[document.span.start..document.start.start];
        let mut begin = document.span.start;
        above.split_inclusive('\n').find_map(|line| {
            let at = begin..begin + line.trim_end().len();
            begin += line.len();
            line.trim_start_matches('\u{feff}').starts_with('%').then_some(at)
        })
    })
}

/// A `---` line, not the file's first nor an unfinished last one, that has
/// more behind it than a comment.
fn separator(source: &str) -> Option<Range<usize>> {
    let mut begin = 0;
    source.split_inclusive('\n').find_map(|line| {
        let at = begin..begin + line.trim_end().len();
        begin += line.len();
        let behind = line.strip_prefix("---").filter(|_| at.start > 0 && line.ends_with('\n'))?;
        let behind = behind.trim_start();
        (!behind.is_empty() && !behind.starts_with('#')).then_some(at)
    })
}

fn object(root: &Node) -> Option<(Range<usize>, Unread)> {
    if is_null(root) {
        return None;
    }
    let Kind::Mapping(_) = root.kind else { return Some((root.span.clone(), Unread::NoMapping)) };
    // Aliases are not followed, and over a scalar Flux writes its annotations.
    let metadata = root.get("metadata").filter(|node| !is_null(node))?;
    let Kind::Mapping(_) = metadata.kind else {
        return Some((metadata.span.clone(), Unread::Metadata));
    };
    let annotations = metadata.get("annotations")?;
    match annotations.kind {
        Kind::Mapping(_) | Kind::Scalar { .. } => None,
        Kind::Sequence(_) | Kind::Alias(_) => Some((annotations.span.clone(), Unread::Annotations)),
    }
}

fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar { value, style: Style::Plain } => {
            let null = matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL");
            node.tag.as_deref().map_or(null, |tag| tag == "!!null")
        }
        _ => false,
    }
}
