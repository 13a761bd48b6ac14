//! Foreign words made fit to be shown.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{foreign::is_unseen, http::Secret};

/// Characters that are shown of one line.
const WIDTH: usize = 200;

/// Cleans what a server says: one line each, without control characters, no
/// longer than is read, and never with what we sent to log in.
#[derive(Clone, Default)]
pub(super) struct Words {
    secrets: Vec<String>,
}

impl Words {
    pub(super) fn new(token: Option<&Secret>) -> Self {
        let forms = |token: &Secret| {
            let token = token.expose();
            vec![basic(token), STANDARD.encode(token), token.to_owned()]
        };
        let secrets = token.map(forms).unwrap_or_default();
        Self { secrets: secrets.into_iter().filter(|form| !form.is_empty()).collect() }
    }

    /// The lines that say something.
    pub(super) fn lines(&self, text: &[u8]) -> Vec<String> {
        let mut text = String::from_utf8_lossy(text).into_owned();
        for secret in &self.secrets {
            text = text.replace(secret, "(secret)");
        }
        text.split(['\n', '\r']).map(clean).filter(|line| !line.is_empty()).collect()
    }

    /// Everything on one line.
    pub(super) fn line(&self, text: &[u8]) -> String {
        clean(&self.lines(text).join(" "))
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words")
    }
}

/// What `Authorization: Basic` carries. GitHub wants any user name; this one
/// serves users, Apps and the job's own token alike.
pub(super) fn basic(token: &str) -> String {
    STANDARD.encode(format!("x-access-token:{token}"))
}

fn clean(line: &str) -> String {
    let mut shown = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            // A terminal's escape sequence ends with its first letter.
            '\u{1b}' => drop(chars.by_ref().find(char::is_ascii_alphabetic)),
            '\t' => shown.push(' '),
            c if !is_unseen(c) => shown.push(c),
            _ => {}
        }
    }
    let shown = shown.trim();
    match shown.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_foreign_words_tamed() {
        let words = Words::new(Some(&Secret::new("hunter2")));
        let long = "x".repeat(300);
        let cut = format!("{}…", "x".repeat(WIDTH));
        for (text, shown) in [
            ("one\ntwo\r\n\n", "one two"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("a\0b\u{202e}c", "abc"),
            ("the token is hunter2!", "the token is (secret)!"),
            ("Basic eC1hY2Nlc3MtdG9rZW46aHVudGVyMg==", "Basic (secret)"),
            (&long, &cut),
        ] {
            assert_eq!(words.line(text.as_bytes()), shown, "{text:?}");
        }
        assert_eq!(words.lines(b"- one\r\n- two"), ["- one", "- two"]);
    }
}
