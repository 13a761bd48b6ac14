//! A file's text and the way from a byte to a line and a column.

use std::{ops::Range, sync::OnceLock};

use crate::{diagnostic::Location, tree::RepoPath};

/// A file's text, by its path.
#[derive(Debug)]
pub struct Text {
    /// Where the file lies.
    pub path: RepoPath,
    source: String,
    lines: OnceLock<Vec<usize>>,
}

impl Text {
    /// The text of a file. A byte-order mark, if any, is part of it: spans
    /// count every byte of the file.
    pub fn new(path: RepoPath, source: String) -> Self {
        Self { path, source, lines: OnceLock::new() }
    }

    /// All of it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The place of a span: its first line, the columns in characters.
    ///
    /// A span that begins past the end or inside a character is taken back to
    /// the nearest beginning before it.
    pub fn location(&self, span: Range<usize>) -> Location {
        let mut start = span.start.min(self.source.len());
        while !self.source.is_char_boundary(start) {
            start -= 1;
        }
        let lines = self.lines.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.source.as_bytes());
            std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
        });
        let line = lines.partition_point(|&begin| begin <= start) - 1;
        let begin = lines[line];
        let rest = &self.source[begin..];
        let text = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let shown = text.trim_start_matches('\u{feff}');
        let before = self.source[begin..start].trim_start_matches('\u{feff}');
        let column = before.chars().count();
        let mut end = span.end.clamp(start, begin + text.len().max(start - begin));
        while !self.source.is_char_boundary(end) {
            end -= 1;
        }
        Location {
            file: self.path.as_str().to_owned(),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            width: u32::try_from(self.source[start..end].chars().count()).unwrap_or(u32::MAX),
            text: shown.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters_and_lines_lose_their_ends() {
        let text = Text::new(RepoPath::clamped("a.yaml"), "\u{feff}ä: b\r\nc: dd\n".to_owned());
        for (span, line, column, width, shown) in [
            (7..8, 1, 4, 1, "ä: b"),
            (3..5, 1, 1, 1, "ä: b"),
            (13..15, 2, 4, 2, "c: dd"),
            (13..99, 2, 4, 2, "c: dd"),
            (99..99, 3, 1, 0, ""),
        ] {
            let at = text.location(span.clone());
            let seen = (at.line, at.column, at.width, at.text.as_str());
            assert_eq!(seen, (line, column, width, shown), "{span:?}");
        }
    }
}
