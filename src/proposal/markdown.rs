//! Foreign text in Markdown.
//!
//! Inside a code span GitHub links no mention, issue or commit, and renders
//! no HTML. That is where every name, tag and value goes.

/// The text as a code span that fits a table's cell: one line, a fence longer
/// than any run of backticks within, bars escaped.
pub fn code_span(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect();
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    // In a table a bar ends the cell even within a code span.
    let text = text.replace('|', "\\|");
    if text.is_empty() { "` `".to_owned() } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// Characters that change the direction of the text around them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
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
}
