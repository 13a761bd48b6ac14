//! Which value a comment belongs to.
//!
//! The rules are what the YAML library that Flux uses was seen to do, tried
//! by tests/oracle; docs/differences-from-flux.md names what is left out.

use std::ops::Range;

use super::{
    problem::Misplaced,
    values::{Value, Values},
};

/// How many lines above a comment are looked at for what it belongs to.
const LINES_ABOVE: usize = 64;

/// What the text before a comment ends with, where it is no value.
#[derive(PartialEq, Eq)]
enum Lead {
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
        let before = before(source, comment.start);
        let value = match before.is_empty() {
            true => self.below(source, comment)?,
            false => self.beside(source, comment)?,
        };
        if value.is_alias() {
            return Err(Misplaced::Alias);
        }
        if value.around.again {
            return Err(Misplaced::Again);
        }
        Ok(value)
    }

    /// The value behind which, on the same line, a comment stands.
    fn beside(&self, source: &str, comment: &Range<usize>) -> Result<&Value<'a>, Misplaced> {
        if let Some(value) = self.commented(source, comment) {
            return Ok(value);
        }
        match lead(before(source, comment.start)) {
            Lead::Dash => self.below(source, comment),
            // What follows an anchor takes the comment along.
            Lead::Property => {
                let value = self.next(source, comment.end).ok_or(Misplaced::Key)?;
                self.alone(source, value)
            }
            Lead::Key => {
                let value = self.next(source, comment.end).filter(|value| value.around.flow);
                self.alone(source, value.ok_or(Misplaced::Key)?)
            }
            Lead::Collection => Err(Misplaced::Collection),
            Lead::Other => Err(Misplaced::Nothing),
        }
    }

    /// The value that ends right before a comment: with nothing but a comma
    /// of its list between them, or, of a block scalar, on its first line.
    fn commented(&self, source: &str, comment: &Range<usize>) -> Option<&Value<'a>> {
        let end = source[..comment.start].trim_end_matches([' ', '\t']).len();
        let ending_at = |end: usize| {
            let at = self.all.partition_point(|value| value.span().end < end);
            let mut here = self.all[at..].iter().take_while(|value| value.span().end == end);
            here.find(|value| !value.span().is_empty())
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

    /// The item, or the value that begins its line, right below a comment
    /// that has its line for itself or shares it with a dash.
    fn below(&self, source: &str, comment: &Range<usize>) -> Result<&Value<'a>, Misplaced> {
        let at = comment.end + blanks(&source[comment.end..]);
        if source[at..].starts_with('#') {
            return Err(Misplaced::Line);
        }
        let value = self.next(source, comment.end).ok_or(Misplaced::Line)?;
        self.heads(source, comment, value, column(source, at))?;
        self.alone(source, value)
    }

    /// Whether a comment above a value is its head, and the only line of it:
    /// two lines are no JSON.
    fn heads(
        &self,
        source: &str,
        comment: &Range<usize>,
        value: &Value<'_>,
        indent: usize,
    ) -> Result<(), Misplaced> {
        if lead(before(source, comment.start)) == Lead::Dash {
            return Ok(());
        }
        if value.around.below_block && column(source, comment.start) > indent {
            return Err(Misplaced::Line);
        }
        let above = self.above(source, comment).ok_or(Misplaced::Line)?;
        let mut lines = above.lines;
        lines.push((column(source, comment.start), above.blank));
        // Comments that follow a value at once and end in a blank line belong
        // to that value.
        if !value.around.flow && above.lead == Lead::Other && !lines[0].1 {
            let parted = lines.iter().position(|(_, blank)| *blank);
            let open = source[comment.end..].split('\n').nth(1).is_none_or(|l| !l.trim().is_empty());
            lines.drain(..parted.or((!open).then_some(lines.len())).unwrap_or(0));
        }
        // So do those before one that is indented less than the list.
        let mut first = lines.first().ok_or(Misplaced::Line)?.0;
        let mut kept = 0;
        for (at, (column, _)) in lines.iter().enumerate().skip(1) {
            if *column < indent && *column != first && above.lead == Lead::Other {
                (first, kept) = (*column, at);
            }
        }
        match lines.len() - kept {
            1 if above.shadowed => Err(Misplaced::Shadowed),
            1 => Ok(()),
            _ => Err(Misplaced::Line),
        }
    }

    /// What stands above a comment, up to something that is none.
    fn above(&self, source: &str, comment: &Range<usize>) -> Option<Above> {
        let mut above =
            Above { lines: Vec::new(), blank: false, lead: Lead::Key, shadowed: false };
        let mut index = self.comments.partition_point(|other| other.start < comment.start);
        let mut end = line_start(source, comment.start);
        for _ in 0..LINES_ABOVE {
            if end == 0 {
                above.lines.reverse();
                return Some(above);
            }
            let line = line_start(source, end - 1);
            let text = source[line..end].trim_start_matches('\u{feff}');
            let last = index.checked_sub(1).map(|at| &self.comments[at]);
            let last = last.filter(|last| (line..end).contains(&last.start));
            let content = last.map_or(text.trim(), |last| before(source, last.start));
            if content.is_empty() {
                match last {
                    Some(last) => {
                        above.lines.push((column(source, last.start), above.blank));
                        (above.blank, index) = (false, index - 1);
                    }
                    None => above.blank = true,
                }
            } else {
                above.lead = lead(content);
                above.shadowed =
                    last.is_some() && matches!(above.lead, Lead::Property | Lead::Dash);
                break;
            }
            end = line;
        }
        // Each line was given the blank below it; it is wanted above.
        above.lines.reverse();
        Some(above)
    }

    /// The value that begins behind a place, with nothing before it but line
    /// breaks, comments, one indicator and its properties.
    fn next(&self, source: &str, from: usize) -> Option<&Value<'a>> {
        let at = self.all.partition_point(|value| value.span().start < from);
        let value = self.all.get(at)?;
        let mut rest = &source[from..value.span().start];
        let mut indicators = 0;
        while !rest.trim_start().is_empty() {
            rest = rest.trim_start();
            let length = match rest.chars().next()? {
                '#' => rest.find('\n').unwrap_or(rest.len()),
                '&' | '!' => rest.find(char::is_whitespace).unwrap_or(rest.len()),
                '-' | ':' | ',' => {
                    indicators += 1;
                    1
                }
                _ => return None,
            };
            rest = &rest[length..];
        }
        (indicators <= 2 && !value.span().is_empty()).then_some(value)
    }

    /// The value, unless it has a comment of its own.
    fn alone<'v>(&self, source: &str, value: &'v Value<'a>) -> Result<&'v Value<'a>, Misplaced> {
        let from = if value.is_block() { value.span().start } else { value.span().end };
        let at = self.comments.partition_point(|comment| comment.start < from);
        let own = self.comments.get(at).and_then(|comment| self.commented(source, comment));
        match own.is_some_and(|own| own.span() == value.span()) {
            true => Err(Misplaced::Shadowed),
            false => Ok(value),
        }
    }
}

/// The lines above a comment.
struct Above {
    /// The comments that have their lines for themselves: the column of each,
    /// and whether a blank line parts it from what is above.
    lines: Vec<(usize, bool)>,
    /// Whether a blank line stands right above the comment.
    blank: bool,
    /// What the text above all of them ends with.
    lead: Lead,
    /// Whether a comment there goes to the same value.
    shadowed: bool,
}

fn line_start(source: &str, at: usize) -> usize {
    source[..at].rfind(['\n', '\r']).map_or(0, |before| before + 1)
}

fn column(source: &str, at: usize) -> usize {
    at - line_start(source, at)
}

/// The text of the same line before a place, without the blanks at its ends.
fn before(source: &str, at: usize) -> &str {
    source[line_start(source, at)..at].trim_matches([' ', '\t', '\u{feff}'])
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn lead(before: &str) -> Lead {
    match before.split([' ', '\t']).next_back().unwrap_or_default() {
        "-" => Lead::Dash,
        word if word.starts_with(['&', '!']) => Lead::Property,
        word if word.ends_with(':') => Lead::Key,
        word if word.ends_with([']', '}']) => Lead::Collection,
        _ => Lead::Other,
    }
}
