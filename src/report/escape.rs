//! The one place where foreign text is made safe to print.
//!
//! A runner reads every line of both streams for workflow commands; a terminal
//! obeys escape sequences. Tags, names, messages of registries and lines of
//! manifests all pass here on their way out.

use crate::foreign::is_unseen;

/// One line for a terminal or a log: no control characters, no change of
/// direction, and nothing that a runner takes for a command.
pub fn line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| match c {
            '\t' => ' ',
            c if is_unseen(c) => '\u{fffd}',
            c => c,
        })
        .collect();
    // `##[…]` is the older form of a command, read anywhere in a line.
    let text = text.replace("##[", "## [");
    let blanks = text.len() - text.trim_start().len();
    if text[blanks..].starts_with("::") {
        format!("{}: :{}", &text[..blanks], &text[blanks + 2..])
    } else {
        text
    }
}

/// Several lines, each made safe.
pub fn lines(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|text| line(text.strip_suffix('\r').unwrap_or(text))).collect();
    lines.join("\n")
}

/// The message of a workflow command: the runner prints it into its log.
pub fn command_data(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| match c {
            '\n' | '\r' => c,
            '\t' => ' ',
            c if is_unseen(c) => '\u{fffd}',
            c => c,
        })
        .collect();
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A JSON text in whose strings no runner finds a command.
pub fn json(text: &str) -> String {
    text.replace("##[", "\\u0023#[")
}

/// A property of a workflow command.
pub fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_becomes_a_command() {
        for (text, safe) in [
            ("::error::pwned", ": :error::pwned"),
            ("  ::add-mask::x", "  : :add-mask::x"),
            ("a ##[error]x", "a ## [error]x"),
            ("a\n::error::x", "a\u{fffd}::error::x"),
            ("\u{1b}[31mred", "\u{fffd}[31mred"),
            ("a\u{202e}b", "a\u{fffd}b"),
            ("image: a::b", "image: a::b"),
        ] {
            assert_eq!(line(text), safe);
        }
        assert_eq!(lines("ok\r\n::error::x"), "ok\n: :error::x");
    }

    #[test]
    fn a_newline_cannot_start_a_second_command() {
        assert_eq!(command_data("a%0A\n::error::b\r"), "a%250A%0A::error::b%0D");
        assert_eq!(command_property("a:b,c\n"), "a%3Ab%2Cc%0A");
        assert_eq!(command_data("\u{1b}[2J\u{202e}"), "\u{fffd}[2J\u{fffd}");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = serde_json::json!({"a": "##[error]x"}).to_string();
        let safe = json(&text);
        assert!(!safe.contains("##["), "{safe}");
        let read: serde_json::Value = serde_json::from_str(&safe).unwrap();
        assert_eq!(read["a"], "##[error]x");
    }
}
