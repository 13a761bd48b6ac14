//! Foreign text in Markdown.
//!
//! Inside a code span GitHub links no mention, issue or commit, and renders
//! no HTML. That is where every name, tag and value goes.

use crate::foreign::is_unseen;

/// The text as a code span that fits a table's cell: one line, a fence longer
/// than any run of backticks within, bars escaped.
pub fn code_span(text: &str) -> String {
    let text: String = text.chars().map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    // In a table a bar ends the cell even within a code span.
    let text = text.replace('|', "\\|");
    if text.is_empty() { "` `".to_owned() } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// A sentence of ours with foreign text between its backticks: those become
/// code spans that hold, the rest loses what Markdown or GitHub would read.
pub fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd number of parts means that every backtick has its twin.
    let paired = parts.len() % 2 == 1;
    if !paired {
        return neutral(text);
    }
    let spans = parts
        .iter()
        .enumerate()
        .map(|(index, part)| if index % 2 == 1 { code_span(part) } else { neutral(part) });
    spans.collect()
}

fn neutral(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '`' | '!' => {
                out.push('\\');
                out.push(c);
            }
            // A joiner of no width keeps GitHub from linking and notifying.
            '@' | '#' => {
                out.push(c);
                out.push('\u{2060}');
            }
            c if is_unseen(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out.replace("://", ":\u{2060}//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_span() {
        for (text, span) in [
            ("v1.2.3", "`v1.2.3`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("a|b", "`a\\|b`"),
            ("a\nb", "`a\u{fffd}b`"),
            ("\u{202e}abc", "`\u{fffd}abc`"),
            ("", "` `"),
            ("@user #1 <!--", "`@user #1 <!--`"),
        ] {
            assert_eq!(code_span(text), span);
        }
    }

    #[test]
    fn foreign_text_stays_text() {
        for (text, markdown) in [
            ("`a|b` is no range", "`a\\|b` is no range"),
            ("ping @team about #12", "ping @\u{2060}team about #\u{2060}12"),
            ("<script>", "\\<script\\>"),
            ("one ` only", "one \\` only"),
            ("see https://x", "see https:\u{2060}//x"),
            ("a\n| b |", "a \\| b \\|"),
        ] {
            assert_eq!(sentence(text), markdown);
        }
    }
}
