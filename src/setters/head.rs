//! Whether a comment on a line of its own is the head of what stands below.

use std::ops::Range;

use super::{
    place::{Lead, REACH, before, column, lead, line_start},
    problem::Misplaced,
    values::{Value, Values},
};

/// A comment and those above it, from the top, and what they follow.
struct Above {
    lines: Vec<Line>,
    /// What the text above all of them ends with.
    lead: Lead,
    /// Where that text begins, dashes passed over.
    outer: usize,
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
    /// Whether it stands behind a dash or right below one.
    below_dash: bool,
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
        let Above { mut lines, lead, outer, dash, shadowed } = self.above(source, comment);
        let below = &source[comment.end..];
        let next = comment.end + below.len() - below.trim_start().len();
        let indent = dash.unwrap_or_else(|| column(source, next));
        if value.around.below_block {
            // What is indented more belongs to the end of the block above.
            let own = |line: &Line| line.below_dash || line.column == indent;
            lines.drain(..lines.iter().position(own).ok_or(Misplaced::Line)?);
        }
        let outer = if lead == Lead::Key { outer } else { indent };
        let first = lines.first().ok_or(Misplaced::Line)?;
        let follows = lead != Lead::Key || first.column < outer;
        if follows && !(value.around.flow || first.below_dash || first.parted) {
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
    /// nor a dash alone.
    fn above(&self, source: &str, comment: &Range<usize>) -> Above {
        let mut above =
            Above { lines: Vec::new(), lead: Lead::Key, outer: 0, dash: None, shadowed: false };
        let mut index = self.comments.partition_point(|other| other.start <= comment.start);
        let mut end = comment.end;
        for _ in 0..REACH {
            let line = line_start(source, end);
            let text = source[line..end].trim_start_matches('\u{feff}');
            let last = index.checked_sub(1).map(|at| &self.comments[at]);
            let last = last.filter(|last| (line..=end).contains(&last.start));
            let content = last.map_or(text.trim(), |last| before(source, last.start));
            if !content.bytes().all(|b| matches!(b, b'-' | b' ')) {
                above.lead = lead(content);
                above.outer = text.len() - text.trim_start_matches([' ', '-']).len();
                let joined = match above.lead {
                    // A comment behind an anchor or, in brackets, a key goes
                    // to the same value.
                    Lead::Property | Lead::Dash => true,
                    Lead::Key => self.in_flow(line),
                    Lead::Collection | Lead::Other => false,
                };
                above.shadowed = last.is_some_and(|last| last != comment) && joined;
                break;
            }
            let dash = !content.is_empty();
            if let Some(at) = text.find('-').filter(|_| dash) {
                above.dash = Some(column(source, end - text.len() + at));
            }
            match (last, above.lines.last_mut()) {
                (Some(last), _) => {
                    let column = column(source, last.start);
                    above.lines.push(Line { column, parted: false, below_dash: dash });
                    index -= 1;
                }
                // An item that is not there leaves its comments to the next.
                (None, Some(line)) if dash => line.below_dash = true,
                (None, Some(line)) => line.parted = true,
                (None, None) => {}
            }
            if content.len() > 1 {
                break;
            }
            let Some(next) = line.checked_sub(1) else { break };
            end = if source[..next].ends_with('\r') { next - 1 } else { next };
        }
        above.lines.reverse();
        above
    }

    fn in_flow(&self, at: usize) -> bool {
        let next = self.all.partition_point(|value| value.span().start < at);
        self.all.get(next).is_some_and(|value| value.around.flow)
    }
}
