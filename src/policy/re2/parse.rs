//! From text to tree, by Go's rules.

use super::{
    MAX_NESTING, PatternError, PatternProblem,
    class::{self, Class},
};

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
        node: Box<Node>,
        min: u32,
        max: Option<u32>,
        greedy: bool,
    },
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Capture(Box<Node>),
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

#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) root: Node,
    pub(super) names: Vec<String>,
    pub(super) has_word_boundary: bool,
}

/// `(?i)`, `(?m)`, `(?s)` and `(?U)`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) fold: bool,
    multi_line: bool,
    dot_newline: bool,
    swap_greed: bool,
}

/// A node, and how many copies of its innermost part it stands for.
struct Piece {
    node: Node,
    copies: u32,
}

/// What is open: a group or the whole pattern.
struct Frame {
    at: usize,
    captures: bool,
    /// The flags to go back to when it closes.
    flags: Flags,
    alternatives: Vec<Node>,
    concat: Vec<Piece>,
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
    current: Frame,
    names: Vec<String>,
    has_word_boundary: bool,
}

type Result<T> = std::result::Result<T, PatternError>;

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

    fn literal(&self, code: u32) -> Node {
        Node::Literal { code, fold: self.flags.fold }
    }

    fn push(&mut self, node: Node) {
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
                let node = match class::escaped(self)? {
                    Some(class) => Node::Class(class),
                    None => {
                        let code = class::character_escape(self)?;
                        self.literal(code)
                    }
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

    /// What follows `(?`.
    fn group_head(&mut self) -> Result<Head> {
        let at = self.at;
        let rest = self.rest();
        let error = |problem| PatternError { at, problem };
        for look_around in ["(?=", "(?!", "(?<=", "(?<!"] {
            if rest.starts_with(look_around) {
                return Err(error(PatternProblem::LookAround(look_around.to_owned())));
            }
        }
        for prefix in ["(?P<", "(?<"] {
            let Some(named) = rest.strip_prefix(prefix).filter(|named| !named.is_empty()) else {
                continue;
            };
            let name = named.split_once('>').map(|(name, _)| name);
            let is_valid = |name: &&str| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            };
            let Some(name) = name.filter(is_valid) else {
                let text = name.unwrap_or(named).to_owned();
                return Err(error(PatternProblem::GroupName(text)));
            };
            self.at += prefix.len() + name.len() + 1;
            return Ok(Head::Named(name.to_owned()));
        }
        self.at += 2;
        self.group_flags().ok_or_else(|| error(PatternProblem::Group(self.since(at))))
    }

    /// `i`, `m`, `s`, `U`, behind a `-` to take them away, up to `:` or `)`.
    fn group_flags(&mut self) -> Option<Head> {
        let mut flags = self.flags;
        let mut value = true;
        let mut seen = false;
        loop {
            match self.next()? {
                'i' => flags.fold = value,
                'm' => flags.multi_line = value,
                's' => flags.dot_newline = value,
                'U' => flags.swap_greed = value,
                '-' if value => {
                    value = false;
                    seen = false;
                    continue;
                }
                end @ (':' | ')') if value || seen => {
                    self.flags = flags;
                    return Some(if end == ':' { Head::Plain } else { Head::Flags });
                }
                _ => return None,
            }
            seen = true;
        }
    }

    fn repetition(&mut self, sign: char, repetition: Option<usize>) -> Result<bool> {
        let at = self.at;
        self.at += 1;
        let (min, max) = match sign {
            '*' => (0, None),
            '+' => (1, None),
            _ => (0, Some(1)),
        };
        self.repeat(at, repetition, min, max, 1)
    }

    /// `{n}`, `{n,}`, `{n,m}`; any other `{` is itself.
    fn counted_repetition(&mut self, repetition: Option<usize>) -> Result<bool> {
        let at = self.at;
        let Some((counts, _)) = self.rest()[1..].split_once('}') else {
            return Ok(self.literal_brace());
        };
        let (min, max) = match counts.split_once(',') {
            None => (count(counts), count(counts).map(Some)),
            Some((min, "")) => (count(min), Some(None)),
            Some((min, max)) => (count(min), count(max).map(Some)),
        };
        let (Some(min), Some(max)) = (min, max) else {
            return Ok(self.literal_brace());
        };
        self.at += counts.len() + 2;
        if min > 1000 || max.is_some_and(|max| max > 1000 || max < min) {
            let problem = PatternProblem::RepeatCount(self.since(at));
            return Err(PatternError { at, problem });
        }
        self.repeat(at, repetition, min, max, max.unwrap_or(min).max(1))
    }

    fn literal_brace(&mut self) -> bool {
        self.at += 1;
        self.push(self.literal(u32::from('{')));
        false
    }

    fn repeat(
        &mut self,
        at: usize,
        repetition: Option<usize>,
        min: u32,
        max: Option<u32>,
        copies: u32,
    ) -> Result<bool> {
        let lazy = self.peek() == Some('?');
        self.at += usize::from(lazy);
        if let Some(first) = repetition {
            let problem = PatternProblem::RepeatedRepetition(self.since(first));
            return Err(PatternError { at: first, problem });
        }
        let Some(piece) = self.current.concat.pop() else {
            let problem = PatternProblem::NothingToRepeat(self.since(at));
            return Err(PatternError { at, problem });
        };
        // What is repeated no times needs no copies, whatever it holds.
        let copies = if max == Some(0) { 1 } else { piece.copies * copies };
        if copies > 1000 {
            let problem = PatternProblem::RepeatCount(self.since(at));
            return Err(PatternError { at, problem });
        }
        let greedy = lazy == self.flags.swap_greed;
        let node = Node::Repeat { node: Box::new(piece.node), min, max, greedy };
        self.current.concat.push(Piece { node, copies });
        Ok(true)
    }
}

/// What opens a group.
enum Head {
    /// `(?i)`: none is opened.
    Flags,
    /// `(?:` or `(?i:`.
    Plain,
    /// `(?P<name>` or `(?<name>`.
    Named(String),
}

/// A count without leading zeros; `None` where there is none.
fn count(digits: &str) -> Option<u32> {
    let valid = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    // Whatever does not fit is over the limit as well.
    valid.then(|| digits.parse().unwrap_or(u32::MAX))
}
