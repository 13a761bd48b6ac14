//! From text to tree, by Go's rules.

use super::{
    MAX_NESTING, PatternError, PatternProblem, class,
    group::Head,
    tree::{Assertion, Node},
};

#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    pub(super) names: Vec<String>,
    pub(super) has_word_boundary: bool,
}

/// `(?i)`, `(?m)`, `(?s)` and `(?U)`.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four switches that know nothing of one another")]
pub(super) struct Flags {
    pub(super) fold: bool,
    pub(super) multi_line: bool,
    pub(super) dot_newline: bool,
    pub(super) swap_greed: bool,
}

/// A node, and how many copies of its innermost part it stands for.
pub(super) struct Piece {
    pub(super) node: Node,
    pub(super) copies: u32,
}

/// What is open: a group or the whole pattern.
pub(super) struct Frame {
    at: usize,
    captures: bool,
    /// The flags to go back to when it closes.
    flags: Flags,
    alternatives: Vec<Node>,
    pub(super) concat: Vec<Piece>,
    /// The most copies among the alternatives that are complete.
    copies: u32,
}

impl Frame {
    fn new(at: usize, captures: bool, flags: Flags) -> Self {
        let (alternatives, concat) = (Vec::new(), Vec::new());
        Self { at, captures, flags, alternatives, concat, copies: 1 }
    }

    fn end_alternative(&mut self) {
        let pieces = std::mem::take(&mut self.concat);
        self.copies = pieces.iter().map(|piece| piece.copies).fold(self.copies, u32::max);
        let mut nodes: Vec<Node> = pieces.into_iter().map(|piece| piece.node).collect();
        self.alternatives.push(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Concat(nodes),
        });
    }

    fn finish(mut self) -> Piece {
        self.end_alternative();
        let node = match self.alternatives.len() {
            1 => self.alternatives.remove(0),
            _ => Node::Alternate(self.alternatives),
        };
        let node = if self.captures { Node::Capture(Box::new(node)) } else { node };
        Piece { node, copies: self.copies }
    }
}

pub(super) struct Parser<'a> {
    source: &'a str,
    pub(super) at: usize,
    pub(super) flags: Flags,
    open: Vec<Frame>,
    pub(super) current: Frame,
    names: Vec<String>,
    has_word_boundary: bool,
}

pub(super) type Result<T> = std::result::Result<T, PatternError>;

pub(super) fn parse(source: &str) -> Result<Parsed> {
    let mut parser = Parser {
        source,
        at: 0,
        flags: Flags::default(),
        open: Vec::new(),
        current: Frame::new(0, false, Flags::default()),
        names: vec![String::new()],
        has_word_boundary: false,
    };
    let mut after_repetition = None;
    while let Some(character) = parser.peek() {
        let at = parser.at;
        let repeated = parser.step(character, after_repetition)?;
        after_repetition = repeated.then_some(at);
    }
    if !parser.open.is_empty() {
        return Err(PatternError {
            at: parser.current.at,
            problem: PatternProblem::MissingParenthesis,
        });
    }
    let Parser { current, names, has_word_boundary, .. } = parser;
    Ok(Parsed { root: current.finish().node, names, has_word_boundary })
}

impl<'a> Parser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    pub(super) fn since(&self, at: usize) -> String {
        self.source[at..self.at].to_owned()
    }

    /// Reads one thing; true when it was a repetition. `repetition` is where
    /// the repetition right before it begins.
    fn step(&mut self, character: char, repetition: Option<usize>) -> Result<bool> {
        match character {
            '(' => self.open_group()?,
            '|' => {
                self.at += 1;
                self.current.end_alternative();
            }
            ')' => self.close_group()?,
            '[' => {
                let class = class::bracket(self)?;
                self.push(Node::Class(class));
            }
            '*' | '+' | '?' => return self.repetition(character, repetition),
            '{' => return self.counted_repetition(repetition),
            '\\' => self.escape()?,
            _ => {
                self.at += character.len_utf8();
                let node = match character {
                    '^' if self.flags.multi_line => Node::Assertion(Assertion::StartLine),
                    '^' => Node::Assertion(Assertion::StartText),
                    '$' if self.flags.multi_line => Node::Assertion(Assertion::EndLine),
                    '$' => Node::Assertion(Assertion::EndText),
                    '.' => Node::Any { newline: self.flags.dot_newline },
                    _ => self.literal(u32::from(character)),
                };
                self.push(node);
            }
        }
        Ok(false)
    }

    pub(super) fn literal(&self, code: u32) -> Node {
        Node::Literal { code, fold: self.flags.fold }
    }

    pub(super) fn push(&mut self, node: Node) {
        self.current.concat.push(Piece { node, copies: 1 });
    }

    fn escape(&mut self) -> Result<()> {
        let assertion = match self.rest().as_bytes().get(1) {
            Some(b'A') => Assertion::StartText,
            Some(b'z') => Assertion::EndText,
            Some(b'b') => Assertion::WordBoundary,
            Some(b'B') => Assertion::NoWordBoundary,
            Some(b'Q') => {
                self.quoted();
                return Ok(());
            }
            _ => {
                let node = if let Some(class) = class::escaped(self)? {
                    Node::Class(class)
                } else {
                    let code = class::character_escape(self)?;
                    self.literal(code)
                };
                self.push(node);
                return Ok(());
            }
        };
        self.at += 2;
        self.has_word_boundary |=
            matches!(assertion, Assertion::WordBoundary | Assertion::NoWordBoundary);
        self.push(Node::Assertion(assertion));
        Ok(())
    }

    /// `\Q…\E`, or to the end of the pattern.
    fn quoted(&mut self) {
        let quoted = &self.rest()[2..];
        let (text, length) = match quoted.split_once("\\E") {
            Some((text, _)) => (text, text.len() + 4),
            None => (quoted, quoted.len() + 2),
        };
        self.at += length;
        for character in text.chars() {
            self.push(self.literal(u32::from(character)));
        }
    }

    fn open_group(&mut self) -> Result<()> {
        let at = self.at;
        if self.open.len() == MAX_NESTING {
            return Err(PatternError { at, problem: PatternProblem::Nesting });
        }
        let outside = self.flags;
        let captures = if self.rest().starts_with("(?") {
            match self.group_head()? {
                Head::Flags => return Ok(()),
                Head::Plain => false,
                Head::Named(name) => {
                    self.names.push(name);
                    true
                }
            }
        } else {
            self.at += 1;
            self.names.push(String::new());
            true
        };
        let frame = Frame::new(at, captures, outside);
        self.open.push(std::mem::replace(&mut self.current, frame));
        Ok(())
    }

    fn close_group(&mut self) -> Result<()> {
        let Some(outer) = self.open.pop() else {
            let problem = PatternProblem::UnexpectedParenthesis;
            return Err(PatternError { at: self.at, problem });
        };
        self.at += 1;
        let group = std::mem::replace(&mut self.current, outer);
        self.flags = group.flags;
        self.current.concat.push(group.finish());
        Ok(())
    }
}
