//! `A - B` as the two comparisons that it stands for.

use super::scan::Scanner;

/// A range in which every `A - B` is written `>= A, <= B `, as upstream
/// does before it reads anything, with the place where each byte came from.
pub(super) struct Rewritten {
    text: String,
    origin: Vec<usize>,
    length: usize,
}

impl Rewritten {
    pub(super) fn new(range: &str) -> Self {
        let mut rewritten = Self { text: String::new(), origin: Vec::new(), length: range.len() };
        let mut from = 0;
        let mut at = 0;
        while at < range.len() {
            match hyphen(range, at) {
                Some(hyphen) => {
                    rewritten.copy(range, from..at);
                    rewritten.insert(">= ", hyphen.low.start);
                    rewritten.copy(range, hyphen.low);
                    rewritten.insert(", <= ", hyphen.high.start);
                    rewritten.copy(range, hyphen.high.clone());
                    rewritten.insert(" ", hyphen.high.end);
                    from = hyphen.end;
                    at = hyphen.end;
                }
                None => at += range[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
        rewritten.copy(range, from..range.len());
        rewritten
    }

    fn copy(&mut self, range: &str, bytes: std::ops::Range<usize>) {
        self.text.push_str(&range[bytes.clone()]);
        self.origin.extend(bytes);
    }

    fn insert(&mut self, text: &str, origin: usize) {
        self.text.push_str(text);
        self.origin.resize(self.text.len(), origin);
    }

    /// The alternatives, each with the byte where it begins.
    pub(super) fn alternatives(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut start = 0;
        self.text.split("||").map(move |part| {
            let at = start;
            start += part.len() + 2;
            (at, part)
        })
    }

    /// Where a byte stands in the range as it was written.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.origin.get(at).copied().unwrap_or(self.length)
    }
}

struct Hyphen {
    low: std::ops::Range<usize>,
    high: std::ops::Range<usize>,
    end: usize,
}

/// `\s*A\s+-\s+B\s*` at this very place.
fn hyphen(range: &str, at: usize) -> Option<Hyphen> {
    let mut scanner = Scanner::at(range, at);
    scanner.blanks();
    let low = scanner.version()?;
    let before = scanner.blanks();
    let hyphen = scanner.take_one('-');
    let after = scanner.blanks();
    if before.is_empty() || !hyphen || after.is_empty() {
        return None;
    }
    let high = scanner.version()?;
    scanner.blanks();
    Some(Hyphen { low, high, end: scanner.position() })
}
