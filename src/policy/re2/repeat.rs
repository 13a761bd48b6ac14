//! Repetitions.
//!
//! Go counts how many copies of the innermost part nested counts make, and
//! stops at 1000.

use super::{
    PatternError, PatternProblem,
    parse::{Parser, Piece, Result},
    tree::Node,
};

impl Parser<'_> {
    pub(super) fn repetition(&mut self, sign: char, repetition: Option<usize>) -> Result<bool> {
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
    pub(super) fn counted_repetition(&mut self, repetition: Option<usize>) -> Result<bool> {
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

/// A count without leading zeros; `None` where there is none.
fn count(digits: &str) -> Option<u32> {
    let valid = !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    // Whatever does not fit is over the limit as well.
    valid.then(|| digits.parse().unwrap_or(u32::MAX))
}
