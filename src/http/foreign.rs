//! Showing text that somebody else wrote.
//!
//! A registry's words end in logs, annotations and Markdown. They are cut and
//! every character that could move a cursor, start a line or turn the reading
//! direction is spelled out.

use crate::foreign::is_unseen;

/// How many characters of foreign text are shown.
const SHOWN: usize = 200;

/// The text on one line, control and direction characters spelled out, cut
/// after 200 characters.
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for (count, character) in text.trim().chars().enumerate() {
        if count == SHOWN {
            out.push('…');
            break;
        }
        match character {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_unseen(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The text without the secrets that we sent: a server may quote them back.
pub fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut secrets: Vec<&str> = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
    // The longest first: one secret may be part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "(secret)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_foreign_text() {
        let long = "x".repeat(300);
        let cut = format!("{}…", "x".repeat(200));
        let rows: &[(&str, &str)] = &[
            ("denied", "denied"),
            ("  two\r\nlines\n", "two  lines"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\u{202e}b", "a\\u{202e}b"),
            ("a\u{9b}b", "a\\u{9b}b"),
            ("Größe", "Größe"),
            (&long, &cut),
        ];
        for (text, expected) in rows {
            assert_eq!(shown(text), *expected);
        }
    }

    #[test]
    fn scrubs_the_longest_secret_first() {
        let text = scrub("you sent abcdef and abc", ["abc", "", "abcdef"]);
        assert_eq!(text, "you sent (secret) and (secret)");
    }
}
