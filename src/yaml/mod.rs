//! YAML files as bytes with meaning: documents, nodes and where each stands.
//!
//! Nothing is ever serialised again. A [`Node`] knows the bytes that it was
//! read from, so a reader gets `file:line:column` and an edit gets a span.

mod document;
mod edit;
mod scalar;
mod text;

use std::{ops::Range, sync::Arc};

pub use document::{DEPTH_LIMIT, Document, SyntaxError, VALUE_LIMIT, decode, parse};
pub use edit::{Edit, apply};
pub use scalar::{reads_as_string, replace, write};
pub use text::Text;

use crate::diagnostic::Location;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    SingleQuoted,
    /// `"…"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

impl Style {
    /// `|` and `>`: the text stands on the lines below.
    pub fn is_block(self) -> bool {
        matches!(self, Self::Literal | Self::Folded)
    }
}

/// A value of a document and the bytes that it was read from.
///
/// The text goes along with the span, so that a tree may be put together from
/// several files (a kustomize patch) and every part still knows its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// The explicit tag as written, `!!str`.
    pub tag: Option<String>,
    /// The file that holds it.
    pub text: Arc<Text>,
    /// Its bytes in the file, without anchor and tag; of a scalar with its quotes.
    pub span: Range<usize>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A scalar: its value (quotes and escapes resolved) and its style.
    Scalar {
        /// The value.
        value: String,
        /// How it is written.
        style: Style,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping, in the order of the file.
    Mapping(Vec<(Node, Node)>),
    /// `*name`: the node that it stands for, shared and never copied.
    Alias(Arc<Node>),
}

impl Node {
    /// The place of its first byte.
    pub fn location(&self) -> Location {
        self.text.location(self.span.clone())
    }

    /// The node itself, or what an alias stands for.
    pub fn resolved(&self) -> &Self {
        match &self.kind {
            Kind::Alias(node) => node.resolved(),
            _ => self,
        }
    }

    /// The value of a scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.resolved().kind {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn items(&self) -> &[Self] {
        match &self.resolved().kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.resolved().kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a mapping's key; of a key that stands twice the first.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The value at the end of a route of keys.
    pub fn at(&self, route: &[&str]) -> Option<&Self> {
        route.iter().try_fold(self, |node, key| node.get(key))
    }
}
