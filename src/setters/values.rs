//! The values of a document that a marker may stand on.

use std::{collections::HashSet, ops::Range};

use super::ObjectIdentifier;
use crate::yaml::{Document, Kind, Node, Style};

/// A scalar or an alias that is the value of a key or the item of a list.
pub(super) struct Value<'a> {
    pub(super) node: &'a Node,
    pub(super) around: Around,
}

/// What stands around a node.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about a place")]
pub(super) struct Around {
    /// Which of the document's objects it belongs to.
    pub(super) object: usize,
    /// Where the mapping that holds it begins.
    pub(super) mapping: usize,
    /// An item whose neighbour above is a list or a mapping of several lines.
    pub(super) below_block: bool,
    /// Inside brackets.
    pub(super) flow: bool,
    /// Under a key that stands twice, and not for the first time.
    pub(super) again: bool,
    root: bool,
}

impl Value<'_> {
    pub(super) fn span(&self) -> &Range<usize> {
        &self.node.span
    }

    pub(super) fn style(&self) -> Option<Style> {
        match self.node.kind {
            Kind::Scalar { style, .. } => Some(style),
            _ => None,
        }
    }

    pub(super) fn is_alias(&self) -> bool {
        matches!(self.node.kind, Kind::Alias(_))
    }

    /// Whether an explicit tag makes it something other than a string.
    pub(super) fn is_typed(&self) -> bool {
        let tag = self.node.tag.as_deref();
        tag.is_some_and(|tag| tag.starts_with("!!") && tag != "!!str")
    }

    pub(super) fn is_block(&self) -> bool {
        self.style().is_some_and(Style::is_block)
    }
}

/// All values of a document in the order of the file. Aliases are not
/// followed, keys are no values.
pub(super) struct Values<'a> {
    pub(super) all: Vec<Value<'a>>,
    pub(super) objects: Vec<ObjectIdentifier>,
    pub(super) comments: &'a [Range<usize>],
}

impl<'a> Values<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let mut values = Self {
            all: Vec::new(),
            objects: vec![ObjectIdentifier::default()],
            comments: &document.comments,
        };
        // A document that is nothing but `~` passes, and holds no value.
        let root = document.root.as_ref();
        if let Some(root) = root.filter(|root| matches!(root.kind, Kind::Mapping(_))) {
            values.objects[0] = ObjectIdentifier::of(root);
            values.walk(root, Around { root: true, ..Around::default() });
        }
        values
    }

    fn walk(&mut self, node: &'a Node, around: Around) {
        let flow = around.flow || node.is_flow();
        let inside = Around { flow, below_block: false, root: false, ..around };
        match &node.kind {
            // What is not there cannot be marked.
            Kind::Scalar { .. } if node.span.is_empty() => {}
            Kind::Scalar { .. } | Kind::Alias(_) => self.all.push(Value { node, around }),
            Kind::Sequence(items) => {
                let mut below_block = around.below_block;
                for item in items {
                    self.walk(item, Around { below_block, ..inside });
                    below_block = item.is_block_collection();
                }
            }
            Kind::Mapping(entries) => {
                let list = around.root && self.objects[0].kind == "List";
                let mut seen = HashSet::new();
                for (key, value) in entries {
                    let again = inside.again || !seen.insert(kyaml_name(key));
                    let inside = Around { mapping: node.span.start, again, ..inside };
                    match &value.kind {
                        Kind::Sequence(items) if list && key.as_str() == Some("items") => {
                            self.walk_objects(value, items, inside);
                        }
                        _ => self.walk(value, inside),
                    }
                }
            }
        }
    }

    /// The items of a `kind: List` are objects of their own.
    fn walk_objects(&mut self, list: &Node, items: &'a [Node], around: Around) {
        let mut below_block = false;
        for item in items {
            self.objects.push(ObjectIdentifier::of(item));
            let object = self.objects.len() - 1;
            self.walk(item, Around { object, below_block, flow: list.is_flow(), ..around });
            below_block = item.is_block_collection();
        }
    }
}

/// What kyaml takes a key for when it looks for one that stands twice: of an
/// alias the anchor's name, of a collection nothing.
fn kyaml_name(key: &Node) -> &str {
    match &key.kind {
        Kind::Scalar { value, .. } => value,
        Kind::Alias(_) => key.text.source()[key.span.clone()].trim_start_matches('*'),
        Kind::Sequence(_) | Kind::Mapping(_) => "",
    }
}

impl Node {
    fn is_flow(&self) -> bool {
        let collection = matches!(self.kind, Kind::Sequence(_) | Kind::Mapping(_));
        collection && self.text.source()[self.span.start..].starts_with(['[', '{'])
    }

    fn is_block_collection(&self) -> bool {
        matches!(self.kind, Kind::Sequence(_) | Kind::Mapping(_)) && !self.is_flow()
    }
}
