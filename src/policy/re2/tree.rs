//! A pattern as a tree.

use super::class::Class;

/// A pattern as a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Empty,
    /// A character; Go lets surrogates through, which no text holds.
    Literal {
        code: u32,
        fold: bool,
    },
    /// `.`
    Any {
        newline: bool,
    },
    Class(Class),
    Assertion(Assertion),
    Repeat {
        node: Box<Self>,
        min: u32,
        max: Option<u32>,
        greedy: bool,
    },
    Concat(Vec<Self>),
    Alternate(Vec<Self>),
    Capture(Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assertion {
    StartText,
    EndText,
    StartLine,
    EndLine,
    WordBoundary,
    NoWordBoundary,
}
