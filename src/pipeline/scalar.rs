//! Where a place in a scalar's text lies in its file.

use crate::{diagnostic::Location, yaml::Node};

/// The place in the file of a line and column (both from 1) of a scalar's
/// text; the scalar's own place where its text is written too differently.
pub(super) fn inside(node: &Node, line: u32, column: u32) -> Location {
    let found = node.as_str().and_then(|text| {
        let from = usize::try_from(line.checked_sub(1)?).ok()?;
        let before: usize = text.split_inclusive('\n').take(from).map(str::len).sum();
        let columns = usize::try_from(column.checked_sub(1)?).ok()?;
        let rest = text.get(before..)?;
        let within = rest.char_indices().nth(columns).map_or(rest.len(), |(at, _)| at);
        in_source(node, text, before + within)
    });
    match found {
        Some(at) => node.text.location(at..at + 1),
        None => node.location(),
    }
}

/// The byte in the file that stands for a byte of the text.
fn in_source(node: &Node, text: &str, offset: usize) -> Option<usize> {
    let source = node.text.source();
    let raw = source.get(node.span.clone())?;
    let (skip, raw, indent) = match raw.as_bytes().first()? {
        b'|' | b'>' => {
            let header = raw.find('\n')? + 1;
            let body = &raw[header..];
            (header, body, block_indent(body, text))
        }
        b'"' | b'\'' => (1, raw.get(1..raw.len() - 1)?, 0),
        _ => (0, raw, 0),
    };
    Some(node.span.start + skip + walk(raw, text, offset, indent)?)
}

/// How far a block is indented: what its first line has more than the text's.
fn block_indent(body: &str, text: &str) -> usize {
    let blanks = |text: &str| {
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        line.len() - line.trim_start_matches(' ').len()
    };
    blanks(body).saturating_sub(blanks(text))
}

/// Goes through both as long as they say the same. Line ends and the blanks
/// around them are folded, kept or dropped by many rules: a run of them in the
/// source stands for a run of them, or for one blank, in the text.
fn walk(raw: &str, text: &str, offset: usize, indent: usize) -> Option<usize> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let (source, text) = (raw.as_bytes(), text.as_bytes());
    let mut at = indent_at(source, 0, indent);
    let mut read = 0;
    while read < offset {
        let (theirs, ours) = (source.get(at)?, text.get(read)?);
        if is_break(theirs) {
            while text.get(read).is_some_and(is_break) {
                read += 1;
            }
            if !is_break(ours) {
                if *ours != b' ' {
                    return None;
                }
                read += 1;
            }
            while source.get(at).is_some_and(is_break) {
                at = indent_at(source, at + 1, indent);
            }
        } else if theirs == ours {
            at += 1;
            read += 1;
        } else {
            return None;
        }
    }
    Some(at)
}

/// Past the indent of a line, as much of it as is there.
fn indent_at(source: &[u8], at: usize, indent: usize) -> usize {
    let blanks = source[at..].iter().take(indent).take_while(|byte| **byte == b' ').count();
    at + blanks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{tree::RepoPath, yaml};
    use std::sync::Arc;

    /// Where the `@` of a value's text is found, as `line:column`.
    fn place(source: &str) -> String {
        let text = Arc::new(yaml::Text::new(RepoPath::clamped("a.yaml"), source.to_owned()));
        let documents = yaml::parse(&text).unwrap();
        let node = documents[0].root.as_ref().unwrap().at(&["message"]).unwrap();
        let value = node.as_str().unwrap();
        let before = &value[..value.find('@').unwrap()];
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap().chars().count();
        let found = inside(node, u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
        format!("{}:{}", found.line, found.column)
    }

    #[test]
    fn a_place_in_the_text_is_found_in_the_file() {
        for (shows, source, expected) in [
            ("literal", "message: |\n  one\n  two @\n", "3:7"),
            ("its first byte", "message: |\n  @one\n", "2:3"),
            ("stripped, with a comment", "message: |- # why\n  one\n\n\n  two @", "5:7"),
            ("with blank lines first", "message: |\n\n  one\n  @\n", "4:3"),
            ("indented deeper in the text", "message: |\n  one\n    two @\n", "3:9"),
            ("an indent that is told", "message: |2\n    one\n   @\n", "3:4"),
            ("folded", "message: >\n  one\n  two\n  @ three\n", "4:3"),
            ("folded, with paragraphs", "message: >-\n  one\n  two\n\n  three @\n", "5:9"),
            ("plain", "message: one @ two\n", "1:14"),
            ("plain over two lines", "message: one\n  two @\n", "1:10"),
            ("quoted", "message: 'one @'\n", "1:15"),
            ("quoted, double", "message: \"one @\"\n", "1:15"),
            ("with escapes: the scalar itself", "message: \"one\\n@\"\n", "1:10"),
            ("not of ASCII", "message: |\n  äö @\n", "2:6"),
            ("CRLF", "message: |\r\n  one\r\n  two @\r\n", "3:7"),
        ] {
            assert_eq!(place(source), expected, "{shows}");
        }
    }
}
