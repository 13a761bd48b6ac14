//! The flags, width and precision of one verb, and scalars written by them.

use std::fmt::Write as _;

use super::float;

/// What stands between a `%` and its verb.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that a format string has or has not"
)]
pub(super) struct Spec {
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`: field names.
    pub(super) plus_v: bool,
    /// `%#v`: Go's own syntax.
    pub(super) go_syntax: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// Whether a verb writes texts, and so calls a value's own `String`.
pub(super) fn is_for_text(verb: char) -> bool {
    matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
}

impl Spec {
    /// A width or precision beyond this is refused, as Go refuses one beyond a million.
    pub(super) const WIDEST: usize = 4096;

    /// Fills up to the width.
    pub(super) fn pad(&self, text: &str) -> String {
        self.fill(text, if self.zero && !self.minus { '0' } else { ' ' })
    }

    fn fill(&self, text: &str, with: char) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        if missing == 0 {
            return text.to_owned();
        }
        let fill: String = std::iter::repeat_n(with, missing).collect();
        if self.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
    }

    /// A text; none for a verb that is not for texts.
    pub(super) fn text(&self, text: &str, verb: char) -> Option<String> {
        let cut = match self.precision {
            Some(chars) => text.char_indices().nth(chars).map_or(text, |(at, _)| &text[..at]),
            None => text,
        };
        Some(match verb {
            'v' if self.go_syntax => self.pad(&quote(text, false)),
            'v' | 's' => self.pad(cut),
            'q' if self.sharp && !cut.contains('`') && !cut.contains(char::is_control) => {
                self.pad(&format!("`{cut}`"))
            }
            'q' => self.pad(&quote(cut, self.plus)),
            'x' | 'X' => self.pad(&self.hex(text.as_bytes(), verb)),
            _ => return None,
        })
    }

    fn hex(&self, bytes: &[u8], verb: char) -> String {
        let bytes = &bytes[..self.precision.unwrap_or(bytes.len()).min(bytes.len())];
        let prefix = match (self.sharp, verb) {
            (false, _) => "",
            (true, 'x') => "0x",
            _ => "0X",
        };
        let mut text = String::new();
        for (i, byte) in bytes.iter().enumerate() {
            if i > 0 && self.space {
                text.push(' ');
            }
            if i == 0 || self.space {
                text.push_str(prefix);
            }
            // Writing to a text cannot fail.
            let _ = match verb {
                'x' => write!(text, "{byte:02x}"),
                _ => write!(text, "{byte:02X}"),
            };
        }
        text
    }

    /// An integer; none for a verb that is not for integers.
    pub(super) fn integer(&self, number: i128, signed: bool, verb: char) -> Option<String> {
        let magnitude = number.unsigned_abs();
        let (mut digits, prefix) = match verb {
            'v' if self.go_syntax && !signed => (format!("{magnitude:x}"), "0x"),
            'v' | 'd' => (magnitude.to_string(), ""),
            'b' => (format!("{magnitude:b}"), if self.sharp { "0b" } else { "" }),
            'o' => (format!("{magnitude:o}"), ""),
            'O' => (format!("{magnitude:o}"), "0o"),
            'x' => (format!("{magnitude:x}"), if self.sharp { "0x" } else { "" }),
            'X' => (format!("{magnitude:X}"), if self.sharp { "0X" } else { "" }),
            'c' | 'q' => {
                let c = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                return Some(self.pad(&match verb {
                    'c' => c.to_string(),
                    _ => quote_with(&c.to_string(), self.plus, '\''),
                }));
            }
            'U' => {
                let shown = char::from_u32(u32::try_from(number).unwrap_or(u32::MAX));
                let tail = match shown.filter(|c| self.sharp && is_printable(*c)) {
                    Some(c) => format!(" '{c}'"),
                    None => String::new(),
                };
                let hex = self.precision.unwrap_or(4).max(4);
                return Some(self.fill(&format!("U+{magnitude:0hex$X}{tail}"), ' '));
            }
            _ => return None,
        };
        if let Some(precision) = self.precision {
            if precision == 0 && magnitude == 0 {
                return Some(self.fill("", ' '));
            }
            digits = format!("{digits:0>precision$}");
        }
        let sign = self.sign(number < 0);
        if verb == 'o' && self.sharp && !digits.starts_with('0') {
            digits.insert(0, '0');
        }
        if self.zero && !self.minus && self.precision.is_none() {
            // Go counts the sign, but not the prefix, towards the width.
            let width = self.width.unwrap_or(0).saturating_sub(sign.len());
            return Some(format!("{sign}{prefix}{digits:0>width$}"));
        }
        Some(self.fill(&format!("{sign}{prefix}{digits}"), ' '))
    }

    fn sign(&self, negative: bool) -> &'static str {
        match negative {
            true => "-",
            false if self.plus => "+",
            false if self.space => " ",
            false => "",
        }
    }

    /// A floating-point number; none for a verb that is not for them.
    pub(super) fn float(&self, number: f64, verb: char) -> Option<String> {
        let (verb, precision) = match verb {
            'v' => ('g', self.precision),
            'g' | 'G' => (verb, self.precision),
            'e' | 'E' => (verb, Some(self.precision.unwrap_or(6))),
            'f' | 'F' => ('f', Some(self.precision.unwrap_or(6))),
            'x' | 'X' | 'b' => (verb, None),
            _ => return None,
        };
        let mut text = float::format(number, verb, precision);
        if self.sharp && matches!(verb, 'g' | 'G') && number.is_finite() {
            text = float::with_zeros(&text, precision.unwrap_or(6));
        }
        let negative = text.starts_with('-');
        let body = text.trim_start_matches(['-', '+']);
        let infinite = number.is_infinite() && self.plus;
        let sign = if infinite && !negative { "+" } else { self.sign(negative) };
        let sign = if number == f64::INFINITY && sign.is_empty() { "+" } else { sign };
        if self.zero && !self.minus && number.is_finite() {
            let width = self.width.unwrap_or(0).saturating_sub(sign.len());
            return Some(format!("{sign}{body:0>width$}"));
        }
        Some(self.fill(&format!("{sign}{body}"), ' '))
    }
}

/// A text in Go's double quotes, `strconv.Quote`.
pub(super) fn quote(text: &str, ascii: bool) -> String {
    quote_with(text, ascii, '"')
}

fn quote_with(text: &str, ascii: bool, mark: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for c in text.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            _ if c == mark => quoted.extend(['\\', c]),
            _ if is_printable(c) && (c.is_ascii() || !ascii) => quoted.push(c),
            _ => {
                let code = u32::from(c);
                // Writing to a text cannot fail.
                let _ = match c {
                    '\0'..='\x7f' => write!(quoted, "\\x{code:02x}"),
                    '\u{80}'..='\u{ffff}' => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
            }
        }
    }
    quoted.push(mark);
    quoted
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the space.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // Marks are printable in Go, and escaped by Rust only where they begin a text.
    !c.is_control() && !c.is_whitespace() && format!("x{c}").escape_debug().count() == 2
}
