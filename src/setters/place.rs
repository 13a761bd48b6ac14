//! Which value a comment belongs to.
//!
//! The rules are those of the YAML library that Flux uses, as far as people
//! write comments; docs/differences-from-flux.md names what is left out.

use std::{collections::HashSet, ops::Range};

use super::{ObjectIdentifier, find::Marker, marker::MarkerRef, problem::Misplaced};
use crate::{
    diagnostic::Location,
    yaml::{Document, Kind, Node, Style, Text},
};

/// A scalar or an alias that is the value of a key or the item of a list.
pub(super) struct Value<'a> {
    node: &'a Node,
    object: usize,
    mapping: usize,
    /// An item of a list in block style.
    item: bool,
    /// Inside brackets.
    flow: bool,
    /// Under a key that stands twice, and not for the first time.
    again: bool,
}

/// All values of a document in the order of the file.
pub(super) struct Values<'a> {
    values: Vec<Value<'a>>,
    objects: Vec<ObjectIdentifier>,
    comments: &'a [Range<usize>],
}

/// What stands around a node.
#[derive(Clone, Copy, Default)]
struct Around {
    object: usize,
    mapping: usize,
    item: bool,
    flow: bool,
    again: bool,
    /// The document's root itself.
    root: bool,
}

impl<'a> Values<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let mut all = Self {
            values: Vec::new(),
            objects: vec![ObjectIdentifier::default()],
            comments: &document.comments,
        };
        if let Some(root) = &document.root {
            all.objects[0] = ObjectIdentifier::of(root);
            all.walk(root, Around { root: true, ..Around::default() });
        }
        all
    }

    fn walk(&mut self, node: &'a Node, around: Around) {
        let bracket = node.text.source()[node.span.start..].starts_with(['[', '{']);
        let inside = Around { flow: around.flow || bracket, item: false, root: false, ..around };
        match &node.kind {
            Kind::Scalar { .. } | Kind::Alias(_) => {
                let Around { object, mapping, item, flow, again, .. } = around;
                self.values.push(Value { node, object, mapping, item, flow, again });
            }
            Kind::Sequence(items) => {
                for item in items {
                    self.walk(item, Around { item: !inside.flow, ..inside });
                }
            }
            Kind::Mapping(entries) => {
                let list = around.root && self.objects[0].kind == "List";
                let mut seen = HashSet::new();
                for (key, value) in entries {
                    let again = !seen.insert(key.as_str().unwrap_or_default());
                    let inside =
                        Around { mapping: node.span.start, again: inside.again || again, ..inside };
                    if list && key.as_str() == Some("items") {
                        self.walk_list(value, inside);
                    } else {
                        self.walk(value, inside);
                    }
                }
            }
        }
    }

    /// The items of a `kind: List` are objects of their own.
    fn walk_list(&mut self, items: &'a Node, around: Around) {
        let Kind::Sequence(list) = &items.kind else { return self.walk(items, around) };
        let flow = items.text.source()[items.span.start..].starts_with('[');
        for item in list {
            self.objects.push(ObjectIdentifier::of(item));
            let object = self.objects.len() - 1;
            self.walk(item, Around { object, flow, item: !flow, ..around });
        }
    }

    /// The value that a comment belongs to.
    pub(super) fn marked_by(
        &self,
        text: &Text,
        comment: &Range<usize>,
    ) -> Result<Marked<'_>, Misplaced> {
        let source = text.source();
        let line = source[..comment.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let before = source[line..comment.start].trim_end_matches([' ', '\t']);
        let value = if before.trim_start_matches('\u{feff}').is_empty() {
            self.below(source, comment)?
        } else {
            self.before(source, line + before.len(), comment)?
        };
        if matches!(value.node.kind, Kind::Alias(_)) {
            return Err(Misplaced::Alias);
        }
        if value.again {
            return Err(Misplaced::Again);
        }
        Ok(Marked { value, object: &self.objects[value.object] })
    }

    /// The value on whose line, behind which, a comment stands.
    fn before(
        &self,
        source: &str,
        end: usize,
        comment: &Range<usize>,
    ) -> Result<&Value<'a>, Misplaced> {
        if let Some(value) = self.ending_at(end) {
            return Ok(value);
        }
        // The indicator of a block scalar, the first line of what it spans.
        if let Some(value) = self.last_before(comment.start)
            && matches!(value.style(), Some(Style::Literal | Style::Folded))
            && !source[value.node.span.start..comment.start].contains(['\n', '\r'])
        {
            return Ok(value);
        }
        let before = &source[..end];
        if let Some(before) = before.strip_suffix(',')
            && let Some(value) = self.ending_at(before.trim_end().len())
            && value.flow
        {
            return Ok(value);
        }
        match before.chars().last() {
            Some(':') => Err(Misplaced::Key),
            Some(']' | '}') => Err(Misplaced::Collection),
            _ => Err(Misplaced::Nothing),
        }
    }

    /// The list item right below a comment that has its line for itself.
    fn below(&self, source: &str, comment: &Range<usize>) -> Result<&Value<'a>, Misplaced> {
        let rest = &source[comment.end..];
        let next = rest.len() - rest.trim_start().len() + comment.end;
        if !source[next..].starts_with('-') {
            return Err(Misplaced::Line);
        }
        let first = self.values.partition_point(|value| value.node.span.start <= next);
        let value = self.values.get(first).filter(|value| value.item).ok_or(Misplaced::Line)?;
        let between = &source[next + 1..value.node.span.start];
        if between.split_whitespace().any(|word| !word.starts_with(['&', '!'])) {
            return Err(Misplaced::Line);
        }
        let end = value.node.span.end;
        let own = |comment: &Range<usize>| {
            comment.start >= end && !source[end..comment.start].contains(['\n', '\r'])
        };
        if self.comments.iter().any(own) {
            return Err(Misplaced::Shadowed);
        }
        Ok(value)
    }

    fn ending_at(&self, end: usize) -> Option<&Value<'a>> {
        let at = self.values.partition_point(|value| value.node.span.end < end);
        self.values[at..]
            .iter()
            .take_while(|value| value.node.span.end == end)
            .find(|value| !value.node.span.is_empty())
    }

    fn last_before(&self, at: usize) -> Option<&Value<'a>> {
        let next = self.values.partition_point(|value| value.node.span.start < at);
        self.values[..next].last()
    }
}

impl Value<'_> {
    fn style(&self) -> Option<Style> {
        match self.node.kind {
            Kind::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }
}

/// A value and the object that holds it.
pub(super) struct Marked<'a> {
    value: &'a Value<'a>,
    object: &'a ObjectIdentifier,
}

impl Marked<'_> {
    pub(super) fn marker(&self, marker: MarkerRef, document: usize, comment: Location) -> Marker {
        let node = self.value.node;
        Marker {
            policy: marker.policy,
            part: marker.part,
            text: marker.text,
            span: node.span.clone(),
            value: node.as_str().unwrap_or_default().to_owned(),
            style: self.value.style().unwrap_or(Style::Plain),
            object: self.object.clone(),
            document,
            mapping: self.value.mapping,
            at: node.location(),
            comment,
        }
    }
}
