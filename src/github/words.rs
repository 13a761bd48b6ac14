//! GitHub's words as they may stand in ours.

use crate::foreign::is_unseen;

/// How many characters of a message are shown.
const SHOWN: usize = 300;

/// One line without anything that moves a cursor, ends a line, turns the
/// direction of writing or makes a terminal do something; cut at 300
/// characters. Backticks become quotes, so that the message's own stay pairs.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut spaced = true;
    for (shown, character) in text.chars().enumerate() {
        if shown == SHOWN {
            plain.push('…');
            break;
        }
        match character {
            '`' => plain.push('\''),
            c if c.is_whitespace() || c.is_control() => {
                if !spaced {
                    plain.push(' ');
                }
                spaced = true;
                continue;
            }
            c if is_unseen(c) => continue,
            c => plain.push(c),
        }
        spaced = false;
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn foreign_words_stay_one_harmless_line() {
        for (text, shown) in [
            ("Bad credentials", "Bad credentials"),
            ("  two\r\n\n::error::lines \n", "two ::error::lines"),
            ("\u{1b}[31mred\u{1b}[0m", "[31mred [0m"),
            ("without `workflows` permission", "without 'workflows' permission"),
            ("a\u{202e}b\u{feff}", "ab"),
            ("", ""),
        ] {
            assert_eq!(plain(text), shown);
        }
        assert_eq!(plain(&"ü".repeat(1000)), "ü".repeat(300) + "…");
    }
}
