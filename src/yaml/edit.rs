//! Changing bytes of a file, and no others.

use std::ops::Range;

/// Bytes that take the place of others; an insertion where the span is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Range<usize>,
    /// What stands there then.
    pub text: String,
}

/// The bytes after the edits. Their order does not matter; of two that
/// overlap the first in the file is made, and one beyond the end is not.
pub fn apply(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span.start);
    let mut after = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for edit in sorted {
        let Some(kept) = bytes.get(done..edit.span.start) else { continue };
        if edit.span.end < edit.span.start || edit.span.end > bytes.len() {
            continue;
        }
        after.extend_from_slice(kept);
        after.extend_from_slice(edit.text.as_bytes());
        done = edit.span.end;
    }
    after.extend_from_slice(&bytes[done..]);
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_spans_change() {
        let edit = |span, text: &str| Edit { span, text: text.to_owned() };
        #[rustfmt::skip]
        let rows: &[(&[Edit], &str)] = &[
            (&[],                                        "abcdef"),
            (&[edit(4..6, "X"), edit(0..1, "YY")],       "YYbcdX"),
            (&[edit(3..3, "+"), edit(6..6, "-")],        "abc+def-"),
            (&[edit(1..4, "X"), edit(2..3, "lost")],     "aXef"),
            (&[edit(5..9, "lost"), edit(9..9, "lost")],  "abcdef"),
        ];
        for (edits, after) in rows {
            assert_eq!(apply(b"abcdef", edits), after.as_bytes(), "{edits:?}");
        }
    }
}
