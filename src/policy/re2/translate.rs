//! From the tree to a pattern of fancy-regex with the same meaning.
//!
//! Written is only what both read alike: letters and digits, `\x{…}`, classes
//! of plain ranges, groups. No flag but `i`, no class of Perl's.

use std::fmt::Write as _;

use super::{
    MAX_NESTING, PatternError, PatternProblem,
    class::{Class, Item},
    tree::{Assertion, Node},
    unicode::Property,
};

/// The class that holds no character.
const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

pub(super) fn translate(root: &Node) -> Result<String, PatternError> {
    let mut writer = Writer { text: String::new(), depth: 0 };
    writer.node(root)?;
    Ok(writer.text)
}

struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    fn node(&mut self, node: &Node) -> Result<(), PatternError> {
        match node {
            Node::Empty => {}
            Node::Literal { code, fold } => self.literal(*code, *fold),
            Node::Any { newline: true } => self.text.push_str(r"[\x{0}-\x{10FFFF}]"),
            Node::Any { newline: false } => self.text.push_str(r"[^\x{A}]"),
            Node::Class(class) => self.class(class),
            Node::Assertion(assertion) => self.text.push_str(match assertion {
                Assertion::StartText => r"\A",
                Assertion::EndText => r"\z",
                Assertion::StartLine => "(?m:^)",
                Assertion::EndLine => "(?m:$)",
                Assertion::WordBoundary => r"\b",
                Assertion::NoWordBoundary => r"\B",
            }),
            Node::Repeat { .. } if is_blank(node) => {}
            Node::Repeat { node, min, max, greedy } => {
                match **node {
                    Node::Class(Class { fold: false, .. })
                    | Node::Literal { fold: false, .. }
                    | Node::Any { .. }
                    | Node::Capture(_) => self.node(node)?,
                    _ => self.group("(?:", |writer| writer.node(node))?,
                }
                self.count(*min, *max);
                if !greedy {
                    self.text.push('?');
                }
            }
            Node::Concat(nodes) => {
                for node in nodes {
                    match node {
                        Node::Alternate(_) => self.group("(?:", |writer| writer.node(node))?,
                        _ => self.node(node)?,
                    }
                }
            }
            Node::Alternate(nodes) => {
                for (i, node) in nodes.iter().enumerate() {
                    if i > 0 {
                        self.text.push('|');
                    }
                    self.node(node)?;
                }
            }
            Node::Capture(node) => self.group("(", |writer| writer.node(node))?,
        }
        Ok(())
    }

    fn group(
        &mut self,
        open: &str,
        inside: impl FnOnce(&mut Self) -> Result<(), PatternError>,
    ) -> Result<(), PatternError> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(PatternError { at: 0, problem: PatternProblem::Nesting });
        }
        self.text.push_str(open);
        inside(self)?;
        self.text.push(')');
        self.depth -= 1;
        Ok(())
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // A string takes whatever is written into it.
        let _ = self.text.write_fmt(text);
    }

    fn count(&mut self, min: u32, max: Option<u32>) {
        match (min, max) {
            (0, None) => self.text.push('*'),
            (1, None) => self.text.push('+'),
            (0, Some(1)) => self.text.push('?'),
            (min, None) => self.write(format_args!("{{{min},}}")),
            (min, Some(max)) => self.write(format_args!("{{{min},{max}}}")),
        }
    }

    fn literal(&mut self, code: u32, fold: bool) {
        match char::from_u32(code) {
            None => self.text.push_str(NOTHING),
            Some(character)
                if fold && (character.is_ascii_alphabetic() || !character.is_ascii()) =>
            {
                self.text.push_str("(?i:");
                self.character(character);
                self.text.push(')');
            }
            Some(character) => self.character(character),
        }
    }

    fn character(&mut self, character: char) {
        if character.is_ascii_alphanumeric() {
            self.text.push(character);
        } else {
            self.write(format_args!("\\x{{{:X}}}", u32::from(character)));
        }
    }

    fn class(&mut self, class: &Class) {
        if class.fold {
            self.text.push_str("(?i:");
        }
        self.text.push_str(if class.negated { "[^" } else { "[" });
        let before = self.text.len();
        for item in &class.items {
            match item {
                Item::Range(low, high) => self.range(*low, *high),
                Item::Ascii { negated, ranges } => {
                    self.text.push_str(if *negated { "[^" } else { "[" });
                    for (low, high) in *ranges {
                        self.range(u32::from(*low), u32::from(*high));
                    }
                    self.text.push(']');
                }
                Item::Property { negated, property } => self.property(*negated, *property),
            }
        }
        if self.text.len() == before {
            // Surrogates alone.
            self.text.push_str(NOTHING);
        }
        self.text.push(']');
        if class.fold {
            self.text.push(')');
        }
    }

    /// A range without the surrogates, which are no characters.
    fn range(&mut self, low: u32, high: u32) {
        const SURROGATES: std::ops::RangeInclusive<u32> = 0xd800..=0xdfff;
        for (low, high) in
            [(low, high.min(SURROGATES.start() - 1)), (low.max(SURROGATES.end() + 1), high)]
        {
            if low <= high {
                self.write(format_args!("\\x{{{low:X}}}-\\x{{{high:X}}}"));
            }
        }
    }

    fn property(&mut self, negated: bool, property: Property) {
        let sign = if negated { 'P' } else { 'p' };
        match property {
            Property::Named { kind, name } => {
                self.write(format_args!("\\{sign}{{{kind}={name}}}"));
            }
            Property::Range(low, high) => {
                self.text.push_str(if negated { "[^" } else { "[" });
                self.range(low, high);
                self.text.push(']');
            }
            Property::Nothing if negated => self.text.push_str(r"\x{0}-\x{10FFFF}"),
            Property::Nothing => self.text.push_str(NOTHING),
        }
    }
}

/// Whether nothing is written for the node, so that there is nothing to repeat.
fn is_blank(node: &Node) -> bool {
    match node {
        Node::Empty => true,
        Node::Concat(nodes) => nodes.iter().all(is_blank),
        Node::Repeat { node, .. } => is_blank(node),
        _ => false,
    }
}
