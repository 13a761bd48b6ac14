//! One alternative of a range, from left to right.

use super::{Comparison, Operator, RangeError, RangeProblem, Wildcard};
use crate::policy::version::{Version, VersionError};

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// A version of a range as it is spelt, `v?A(.B)?(.C)?(-PRE)?(+META)?`.
struct Spelling<'a> {
    text: &'a str,
    /// Where each of the numbers or wildcards begins, and itself.
    parts: [Option<(usize, &'a str)>; 3],
    pre: &'a str,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes over what `accept` takes.
    fn take(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|&b| accept(b)).count();
        self.at += length;
        &rest[..length]
    }

    /// Go's `\s`: ASCII, and no vertical tab.
    pub(super) fn blanks(&mut self) -> &'a str {
        self.take(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0x0c))
    }

    /// An operator and a version, with blanks around both.
    pub(super) fn comparison(&mut self) -> Result<Comparison, RangeError> {
        self.blanks();
        let at = self.at;
        let signs = self.take(|b| b"=!<>~^".contains(&b));
        let operator = match signs {
            "" | "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "~" | "~>" => Operator::Tilde,
            "^" => Operator::Caret,
            _ => return Err(RangeError { at, problem: RangeProblem::Operator(signs.to_owned()) }),
        };
        self.blanks();
        let at = self.at;
        let Some(spelling) = self.spelling() else {
            let problem = match self.rest().chars().next() {
                None => RangeProblem::Missing,
                Some(character) => RangeProblem::Character(character),
            };
            return Err(RangeError { at, problem });
        };
        let (version, wildcard) = spelling.read(at)?;
        Ok(Comparison { operator, version, wildcard })
    }

    /// What stands between two comparisons: blanks, or a comma with blanks
    /// around it. False at the end.
    pub(super) fn separator(&mut self) -> Result<bool, RangeError> {
        let blanks = self.blanks();
        match self.rest().chars().next() {
            None => Ok(false),
            Some(',') => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if !blanks.is_empty() => Ok(true),
            Some(character) => {
                Err(RangeError { at: self.at, problem: RangeProblem::Character(character) })
            }
        }
    }

    /// The bytes of the version that stands here.
    pub(super) fn version(&mut self) -> Option<std::ops::Range<usize>> {
        let start = self.at;
        self.spelling().map(|_| start..self.at)
    }

    /// A version as far as it goes; `None`, and nothing passed over, where
    /// there is none.
    fn spelling(&mut self) -> Option<Spelling<'a>> {
        let start = self.at;
        if self.rest().starts_with('v') {
            self.at += 1;
        }
        let part = |scanner: &mut Self| {
            let at = scanner.at;
            // The bar is upstream's: its class of wildcards reads `[0-9|x|X|\*]`.
            let text = scanner.take(|b| b.is_ascii_digit() || b"|xX*".contains(&b));
            (!text.is_empty()).then_some((at - start, text))
        };
        let Some(major) = part(self) else {
            self.at = start;
            return None;
        };
        let mut parts = [Some(major), None, None];
        for place in &mut parts[1..] {
            let before = self.at;
            *place = if self.take_one('.') { part(self) } else { None };
            if place.is_none() {
                self.at = before;
                break;
            }
        }
        let pre = self.identifiers('-');
        self.identifiers('+');
        Some(Spelling { text: &self.text[start..self.at], parts, pre })
    }

    pub(super) fn take_one(&mut self, character: char) -> bool {
        let found = self.rest().starts_with(character);
        self.at += usize::from(found);
        found
    }

    /// A mark and dot-separated identifiers behind it; empty where they are missing.
    fn identifiers(&mut self, mark: char) -> &'a str {
        let before = self.at;
        if !self.take_one(mark) {
            return "";
        }
        let start = self.at;
        let mut end = start;
        while !self.take(|b| b.is_ascii_alphanumeric() || b == b'-').is_empty() {
            end = self.at;
            if !self.take_one('.') {
                break;
            }
        }
        self.at = if end > start { end } else { before };
        &self.text[start..end]
    }
}

impl Spelling<'_> {
    /// Fills wildcards and missing parts with zeros. What stands behind a
    /// wildcard is not looked at: `x.2.3` is `*`.
    fn read(&self, at: usize) -> Result<(Version, Wildcard), RangeError> {
        let pre = if self.pre.is_empty() { String::new() } else { format!("-{}", self.pre) };
        let number = |place: usize| {
            let (_, text) = self.parts[place]?;
            (!matches!(text, "x" | "X" | "*")).then_some(text)
        };
        let (filled, wildcard) = match (number(0), number(1), number(2)) {
            (None, ..) => (format!("0.0.0{pre}"), Wildcard::Major),
            (Some(major), None, _) => (format!("{major}.0.0{pre}"), Wildcard::Minor),
            (Some(major), Some(minor), None) => {
                (format!("{major}.{minor}.0{pre}"), Wildcard::Patch)
            }
            _ => (self.text.to_owned(), Wildcard::None),
        };
        match Version::loose(&filled) {
            Ok(version) => Ok((version, wildcard)),
            Err(error) => Err(self.refused(at, error)),
        }
    }

    fn refused(&self, at: usize, error: VersionError) -> RangeError {
        let mixed = self.parts.into_iter().flatten().find(|(_, text)| {
            !matches!(*text, "x" | "X" | "*") && !text.bytes().all(|b| b.is_ascii_digit())
        });
        match mixed {
            Some((offset, text)) if error == VersionError::Syntax => {
                RangeError { at: at + offset, problem: RangeProblem::Number(text.to_owned()) }
            }
            _ => {
                let problem = RangeProblem::Version { text: self.text.to_owned(), error };
                RangeError { at, problem }
            }
        }
    }
}
