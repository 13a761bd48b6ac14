//! Which value a comment belongs to.
//!
//! The rules are what the YAML library that Flux uses was seen to do, tried
//! by tests/oracle; docs/differences-from-flux.md names what is left out.

use std::ops::Range;

use super::{
    problem::Misplaced,
    values::{Value, Values},
};

/// How far above a value, in comments or lines, others of its comments are
/// looked for.
pub(super) const REACH: usize = 64;

/// What the text before a comment ends with, where it is no value.
#[derive(PartialEq, Eq, Default)]
pub(super) enum Lead {
    #[default]
    Key,
    Dash,
    /// An anchor or a tag.
    Property,
    Collection,
    Other,
}

impl<'a> Values<'a> {
    /// The value that a comment belongs to.
    pub(super) fn marked_by(
        &self,
        source: &str,
        comment: &Range<usize>,
    ) -> Result<&Value<'a>, Misplaced> {
        let alone = before(source, comment.start).is_empty();
        let value = if alone { self.below(source, comment) } else { self.beside(source, comment) };
        match value? {
            value if value.is_alias() => Err(Misplaced::Alias),
            value if value.around.again => Err(Misplaced::Again),
            value if value.is_typed() => Err(Misplaced::Typed),
            value => Ok(value),
        }
    }

    /// The value behind which, on the same line, a comment stands.
    fn beside(&self, source: &str, comment: &Range<usize>) -> Result<&Value<'a>, Misplaced> {
        if let Some(value) = self.commented(source, comment) {
            let two = self.property_has_comment(source, value);
            return if two { Err(Misplaced::Shadowed) } else { Ok(value) };
        }
        match lead(before(source, comment.start)) {
            Lead::Dash => self.below(source, comment),
            // What follows an anchor takes the comment along.
            Lead::Property => {
                self.unless_commented(source, self.next(source, comment.end, true), Misplaced::Key)
            }
            Lead::Key => {
                let next = self.next(source, comment.end, false);
                let next = next.filter(|value| value.around.flow);
                self.unless_commented(source, next, Misplaced::Key)
            }
            Lead::Collection => Err(Misplaced::Collection),
            Lead::Other => Err(Misplaced::Nothing),
        }
    }

    /// The item, or the value that begins its line, right below a comment
    /// that has its line for itself or shares it with a dash.
    fn below(&self, source: &str, comment: &Range<usize>) -> Result<&Value<'a>, Misplaced> {
        let value =
            self.unless_commented(source, self.next(source, comment.end, false), Misplaced::Line)?;
        self.heads(source, comment, value)?;
        Ok(value)
    }

    /// The value that ends right before a comment: with nothing but a comma
    /// of its list between them, or, of a block scalar, on its first line.
    fn commented(&self, source: &str, comment: &Range<usize>) -> Option<&Value<'a>> {
        let end = source[..comment.start].trim_end_matches([' ', '\t']).len();
        let ending_at = |end: usize| {
            let at = self.all.partition_point(|value| value.span().end < end);
            self.all.get(at).filter(|value| value.span().end == end)
        };
        let header = || {
            let next = self.all.partition_point(|value| value.span().start < comment.start);
            let last = self.all[..next].last().filter(|value| value.is_block())?;
            let first_line = &source[last.span().start..comment.start];
            (!first_line.contains(['\n', '\r'])).then_some(last)
        };
        let comma = || {
            let item = source[..end].strip_suffix(',')?.trim_end();
            ending_at(item.len()).filter(|value| value.around.flow)
        };
        ending_at(end).or_else(header).or_else(comma)
    }

    /// The value that begins behind a place, with nothing before it but line
    /// breaks, dashes of one level and its properties. Behind a property,
    /// comments and dashes of any level as well.
    fn next(&self, source: &str, from: usize, property: bool) -> Option<&Value<'a>> {
        let at = self.all.partition_point(|value| value.span().start < from);
        let value = self.all.get(at)?;
        let mut at = from;
        let mut dash = None;
        while at < value.span().start {
            let rest = &source[at..value.span().start];
            at += match rest.chars().next()? {
                '#' if property => rest.find('\n').unwrap_or(rest.len()),
                '&' | '!' => {
                    dash = None;
                    rest.find(char::is_whitespace).unwrap_or(rest.len())
                }
                '-' if !property
                    && *dash.get_or_insert(column(source, at)) < column(source, at) =>
                {
                    return None;
                }
                '-' | ':' | ',' => 1,
                blank if blank.is_whitespace() => blank.len_utf8(),
                _ => return None,
            };
        }
        Some(value)
    }

    /// The value, unless there is none or it has a comment of its own.
    fn unless_commented<'v>(
        &self,
        source: &str,
        value: Option<&'v Value<'a>>,
        none: Misplaced,
    ) -> Result<&'v Value<'a>, Misplaced> {
        let value = value.ok_or(none)?;
        let from = if value.is_block() { value.span().start } else { value.span().end };
        let at = self.comments.partition_point(|comment| comment.start < from);
        let own = self.comments.get(at).and_then(|comment| self.commented(source, comment));
        let same = own.is_some_and(|own| own.span() == value.span());
        if same { Err(Misplaced::Shadowed) } else { Ok(value) }
    }

    /// Whether a comment stands behind the anchor or the tag of a value that
    /// begins on a line below: it would be read together with the value's own.
    fn property_has_comment(&self, source: &str, value: &Value<'_>) -> bool {
        let start = value.span().start;
        let at = self.comments.partition_point(|comment| comment.start < start);
        self.comments[..at].iter().rev().take(REACH).any(|comment| {
            let next = || self.next(source, comment.end, true);
            lead(before(source, comment.start)) == Lead::Property
                && next().is_some_and(|next| next.span().start == start)
        })
    }
}

pub(super) fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind(['\n', '\r']).map_or(0, |before| before + 1)
}

pub(super) fn column(source: &str, at: usize) -> usize {
    at - line_start(source, at)
}

/// The text of the same line before a place, without the blanks at its ends.
pub(super) fn before(source: &str, at: usize) -> &str {
    source[line_start(source, at)..at].trim_matches([' ', '\t', '\u{feff}'])
}

pub(super) fn lead(before: &str) -> Lead {
    match before.split([' ', '\t']).next_back().unwrap_or_default() {
        "-" => Lead::Dash,
        word if word.starts_with(['&', '!']) => Lead::Property,
        word if word.ends_with(':') => Lead::Key,
        word if word.ends_with([']', '}']) => Lead::Collection,
        _ => Lead::Other,
    }
}
