//! Regular expressions as Go's `regexp` reads them (RE2's syntax, Perl flags).
//!
//! `parse` accepts what Go accepts and says where it does not; `translate`
//! writes the same meaning for fancy-regex, whose own dialect is another one:
//! there `\d` is Unicode, `[a&&b]` an intersection, and look-around and
//! back-references, which Flux refuses, are welcome. Matching is linear:
//! the translation holds nothing that needs back-tracking, and a program that
//! would is not built at all.

use std::{borrow::Cow, ops::Range};

mod class;
mod group;
mod parse;
mod repeat;
mod translate;
mod tree;
mod unicode;

/// The longest pattern that is read, in bytes.
pub const MAX_PATTERN_LENGTH: usize = 4096;
/// How deep groups may stand in one another (Go: 1000; the engine: fewer).
pub const MAX_NESTING: usize = 50;
/// How large a compiled pattern may become, in bytes.
pub const MAX_COMPILED_SIZE: usize = 4 << 20;

/// A compiled pattern. It is searched for: without anchors it may match
/// anywhere, the leftmost match counts, and of those the first alternative.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    /// The names of the groups, the whole match first; empty for the nameless.
    names: Vec<String>,
    regex: fancy_regex::Regex,
    has_word_boundary: bool,
}

/// The groups of one match.
#[derive(Debug)]
pub struct Groups<'t> {
    text: &'t str,
    spans: Vec<Option<Range<usize>>>,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {at}")]
pub struct PatternError {
    /// The byte of the pattern where it goes wrong, from 0.
    pub at: usize,
    /// What is wrong there.
    pub problem: PatternProblem,
}

/// What is wrong in a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternProblem {
    /// Longer than [`MAX_PATTERN_LENGTH`].
    #[error("it is longer than {MAX_PATTERN_LENGTH} bytes")]
    Length,
    /// Groups deeper than [`MAX_NESTING`].
    #[error("it nests groups deeper than {MAX_NESTING}")]
    Nesting,
    /// Larger than [`MAX_COMPILED_SIZE`].
    #[error("it becomes larger than {} MiB when compiled", MAX_COMPILED_SIZE >> 20)]
    Size,
    /// `(` without `)`.
    #[error("`(` is not closed")]
    MissingParenthesis,
    /// `)` without `(`.
    #[error("`)` closes nothing")]
    UnexpectedParenthesis,
    /// `[` without `]`.
    #[error("`[` is not closed")]
    MissingBracket,
    /// A backslash at the end.
    #[error("a backslash escapes nothing")]
    TrailingBackslash,
    /// An escape that RE2 does not know.
    #[error("RE2 knows no escape `{0}`")]
    Escape(String),
    /// `\1` and the like.
    #[error("RE2 has no back-references such as `{0}`")]
    BackReference(String),
    /// `(?=`, `(?!`, `(?<=`, `(?<!`.
    #[error("RE2 has no look-around such as `{0}`")]
    LookAround(String),
    /// `(?` and something that RE2 does not know.
    #[error("RE2 knows no group `{0}`")]
    Group(String),
    /// A name that is not made of ASCII letters, digits and `_`.
    #[error("`{0}` is no name of a group")]
    GroupName(String),
    /// A range in a class that runs backwards.
    #[error("`{0}` is no range of characters")]
    ClassRange(String),
    /// A named class that RE2 does not know.
    #[error("RE2 knows no class `{0}`")]
    ClassName(String),
    /// A repetition of nothing.
    #[error("`{0}` has nothing to repeat")]
    NothingToRepeat(String),
    /// A repetition right behind another.
    #[error("`{0}` repeats a repetition")]
    RepeatedRepetition(String),
    /// More than 1000 copies, or a range that runs backwards.
    #[error("`{0}` repeats too often, at most 1000 copies in all, or runs backwards")]
    RepeatCount(String),
}

impl Pattern {
    /// Compiles a pattern.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        if source.len() > MAX_PATTERN_LENGTH {
            return Err(PatternError { at: MAX_PATTERN_LENGTH, problem: PatternProblem::Length });
        }
        let parsed = parse::parse(source)?;
        let translation = translate::translate(&parsed.root)?;
        let regex = fancy_regex::RegexBuilder::new(&translation)
            .delegate_size_limit(MAX_COMPILED_SIZE)
            .max_prog_size(0)
            .optimize(false)
            .build()
            .map_err(|_| PatternError { at: 0, problem: PatternProblem::Size })?;
        Ok(Self {
            source: source.to_owned(),
            names: parsed.names,
            regex,
            has_word_boundary: parsed.has_word_boundary,
        })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        // Only the back-tracking machine can fail, and none was built.
        self.regex.is_match(self.haystack(text).as_ref()).unwrap_or(false)
    }

    /// The groups of the leftmost match.
    pub fn captures<'t>(&self, text: &'t str) -> Option<Groups<'t>> {
        self.captures_from(text, 0)
    }

    /// The groups of the leftmost match that begins at a byte or behind it;
    /// what stands before counts for `^` and `\b`.
    pub fn captures_from<'t>(&self, text: &'t str, at: usize) -> Option<Groups<'t>> {
        let haystack = self.haystack(text);
        // As in `is_match`, there is no error to be lost here.
        let captures = self.regex.captures_from_pos(haystack.as_ref(), at).ok().flatten()?;
        let span = |i| captures.get(i).map(|group| group.start()..group.end());
        Some(Groups { text, spans: (0..self.names.len()).map(span).collect() })
    }

    /// The names of the groups, the whole match first; empty for the nameless.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Go's `\b` knows ASCII words only, fancy-regex's Unicode's. Where it
    /// matters, a character that is no ASCII stands in as one of the same
    /// length that is part of no word, unless the pattern names such
    /// characters itself. Tags are ASCII and never get here.
    fn haystack<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.has_word_boundary || !self.source.is_ascii() || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let wordless = |character: char| match character.len_utf8() {
            1 => character,
            2 => '\u{a6}',
            3 => '\u{e000}',
            _ => '\u{f0000}',
        };
        Cow::Owned(text.chars().map(wordless).collect())
    }
}

impl<'t> Groups<'t> {
    /// The text of a group; `None` when it took no part or there is none.
    pub fn get(&self, group: usize) -> Option<&'t str> {
        self.span(group).map(|span| &self.text[span])
    }

    /// Where a group stands, in bytes.
    pub fn span(&self, group: usize) -> Option<Range<usize>> {
        self.spans.get(group)?.clone()
    }
}

#[cfg(test)]
mod tests;
