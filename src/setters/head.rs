//! Whether a comment on a line of its own is the head of what stands below.

use std::ops::Range;

use super::{
    place::{Lead, REACH, before, column, lead, line_start},
    problem::Misplaced,
    values::{Value, Values},
};

/// A comment and those above it, from the top, and what they follow.
#[derive(Default)]
struct Above {
    lines: Vec<Line>,
    /// What the text above all of them ends with; where there is none, no
    /// comment can belong to it, as none belongs to a key.
    lead: Lead,
    /// Where that text begins, dashes passed over.
    outer: usize,
    /// Whether that text is the first line of what kyaml parses at a time.
    top: bool,
    /// The column of a dash that stands alone above the comment.
    dash: Option<usize>,
    /// Whether a comment behind that text goes to the same value.
    shadowed: bool,
}

/// A comment that has its line for itself, or shares it with a dash.
struct Line {
    column: usize,
    /// Whether a blank line stands above it.
    parted: bool,
    /// Whether a dash stands on its line or on one above.
    dash: Dash,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dash {
    None,
    Same,
    Above,
}

impl Values<'_> {
    /// Whether a comment above a value is its head, and the only line of it:
    /// two lines are no JSON.
    pub(super) fn heads(
        &self,
        source: &str,
        comment: &Range<usize>,
        value: &Value<'_>,
    ) -> Result<(), Misplaced> {
        let Above { mut lines, lead, outer, top, dash, shadowed } = self.above(source, comment);
        let below = &source[comment.end..];
        let next = comment.end + below.len() - below.trim_start().len();
        let here = column(source, next);
        let outside = source[next..].starts_with('-') && dash.is_some_and(|dash| here < dash);
        if outside && !before(source, comment.start).is_empty() {
            return Err(Misplaced::Line);
        }
        let indent = dash.filter(|_| !outside).unwrap_or(here);
        if value.around.below_block {
            // What is indented more belongs to the end of the block above.
            let own = |line: &Line| line.dash != Dash::None || line.column == indent;
            lines.drain(..lines.iter().position(own).ok_or(Misplaced::Line)?);
        }
        let outer = if lead == Lead::Key { outer } else { indent };
        let first = lines.first().ok_or(Misplaced::Line)?;
        let follows = (lead != Lead::Key && !top) || first.dash == Dash::Above;
        if (follows || first.column < outer) && first.dash != Dash::Same && !first.parted {
            // Comments that follow a value at once and end in a blank line
            // belong to that value.
            let parted = lines.iter().position(|line| line.parted);
            let blank = below.split('\n').nth(1).is_some_and(|line| line.trim().is_empty());
            lines.drain(..parted.or(blank.then_some(lines.len())).unwrap_or(0));
        }
        // So do those before one that is indented less than what is open.
        let mut column = lines.first().ok_or(Misplaced::Line)?.column;
        let mut kept = 0;
        for (at, line) in lines.iter().enumerate().skip(1) {
            if line.column < outer && line.column != column {
                (column, kept) = (line.column, at);
            }
        }
        match lines.len() - kept {
            1 if shadowed => Err(Misplaced::Shadowed),
            1 => Ok(()),
            _ => Err(Misplaced::Line),
        }
    }

    /// What stands above a comment, up to something that is neither a comment
    /// nor a dash, or an explicit key's colon, alone.
    fn above(&self, source: &str, comment: &Range<usize>) -> Above {
        let mut above = Above::default();
        let mut index = self.comments.partition_point(|other| other.start <= comment.start);
        let mut end = comment.end;
        for _ in 0..REACH {
            let line = line_start(source, end);
            let text = source[line..end].trim_start_matches('\u{feff}');
            let last = index.checked_sub(1).map(|at| &self.comments[at]);
            let last = last.filter(|last| (line..=end).contains(&last.start));
            let content = last.map_or(text.trim(), |last| before(source, last.start));
            let dash = content.bytes().all(|b| matches!(b, b'-' | b' ')) && !content.is_empty();
            if !(content.is_empty() || dash || content == ":") {
                above.lead = lead(content);
                above.top = is_top(source, line);
                above.outer = text.len() - text.trim_start_matches([' ', '-']).len();
                let further = index - usize::from(last.is_some());
                let commented = last.is_some_and(|last| last != comment);
                above.shadowed = match above.lead {
                    // A comment behind an anchor goes to the same value, and
                    // so does one above a list item that begins with one.
                    Lead::Property => {
                        let item = content.starts_with(['-', ':']);
                        commented || (item && self.is_right_above(source, further, line))
                    }
                    Lead::Dash => commented,
                    Lead::Key => commented && self.in_flow(line),
                    Lead::Collection | Lead::Other => false,
                };
                break;
            }
            if let Some(at) = content.rfind('-') {
                let begin = text.len() - text.trim_start_matches([' ', '\t']).len();
                above.dash = Some(column(source, end - text.len() + begin + at));
            }
            match (last, above.lines.last_mut()) {
                (Some(last), _) => {
                    let dash = if dash { Dash::Same } else { Dash::None };
                    let column = column(source, last.start);
                    above.lines.push(Line { column, parted: false, dash });
                    index -= 1;
                }
                // An item that is not there leaves its comments to the next.
                (None, Some(line)) if dash => line.dash = Dash::Above,
                (None, Some(line)) if content.is_empty() && line.dash == Dash::None => {
                    line.parted = true;
                }
                (None, _) => {}
            }
            if content.len() > 1 {
                break; // Dashes of several lists.
            }
            let Some(next) = line.checked_sub(1) else { break };
            end = if source[..next].ends_with('\r') { next - 1 } else { next };
        }
        above.lines.reverse();
        above
    }

    /// Whether the comment before `index` has the line above `line` for itself.
    fn is_right_above(&self, source: &str, index: usize, line: usize) -> bool {
        let comment = index.checked_sub(1).map(|at| &self.comments[at]);
        comment.is_some_and(|comment| {
            let between = source[comment.end..line].trim_matches([' ', '\t']);
            before(source, comment.start).is_empty() && matches!(between, "\n" | "\r\n" | "\r")
        })
    }

    fn in_flow(&self, at: usize) -> bool {
        let next = self.all.partition_point(|value| value.span().start < at);
        self.all.get(next).is_some_and(|value| value.around.flow)
    }
}

/// Whether a line is the first of the file, or of what follows a `---` that
/// is not itself the first.
fn is_top(source: &str, line: usize) -> bool {
    let Some(end) = line.checked_sub(1) else { return true };
    let above = line_start(source, source[..end].trim_end_matches('\r').len());
    above > 0 && source[above..].starts_with("---")
}
