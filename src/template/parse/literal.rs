//! Go's literals: quoted texts, characters and numbers.

use super::node::Number;

/// The text of a quoted or raw literal; none for an escape that Go refuses.
pub(super) fn unquote(written: &str) -> Option<String> {
    let inner = written.get(1..written.len().checked_sub(1)?)?;
    if written.starts_with('`') {
        // Go's raw literals lose carriage returns.
        return Some(inner.replace('\r', ""));
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let (piece, after) = unescape(rest, '"')?;
        match piece {
            Piece::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Piece::Byte(b) => bytes.push(b),
        }
        rest = after;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

enum Piece {
    Char(char),
    Byte(u8),
}

/// The first character of a text, escapes read, and what follows.
fn unescape(text: &str, quote: char) -> Option<(Piece, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote {
        return None;
    }
    if first != '\\' {
        return Some((Piece::Char(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let simple = |c| Some((Piece::Char(c), rest));
    let digits = |from: &'_ str, len: usize, radix| {
        let digits = from.get(..len)?;
        digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix))?.ok()
    };
    match escape {
        'a' => simple('\x07'),
        'b' => simple('\x08'),
        'f' => simple('\x0c'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\x0b'),
        '\\' => simple('\\'),
        '\'' | '"' if escape == quote => simple(escape),
        'x' => {
            let byte = u8::try_from(digits(rest, 2, 16)?).ok()?;
            Some((Piece::Byte(byte), rest.get(2..)?))
        }
        'u' | 'U' => {
            let len = if escape == 'u' { 4 } else { 8 };
            let c = char::from_u32(digits(rest, len, 16)?)?;
            Some((Piece::Char(c), rest.get(len..)?))
        }
        '0'..='7' => {
            let from = &text[1..];
            let byte = u8::try_from(digits(from, 3, 8)?).ok()?;
            Some((Piece::Byte(byte), from.get(3..)?))
        }
        _ => None,
    }
}

/// The code point of a character constant.
pub(super) fn character(written: &str) -> Option<Number> {
    let (piece, rest) = unescape(written.get(1..)?, '\'')?;
    if rest != "'" {
        return None;
    }
    let code = match piece {
        Piece::Char(c) => u32::from(c),
        Piece::Byte(b) => u32::from(b),
    };
    Some(Number {
        text: written.to_owned(),
        int: Some(i64::from(code)),
        float: Some(f64::from(code)),
    })
}

/// A number as Go's constants read it. Complex numbers are refused.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "a constant has every type that holds it exactly, found by converting there and back"
)]
pub(super) fn number(written: &str) -> Result<Number, String> {
    let whole = parse_int(written);
    let mut int = whole.and_then(|n| i64::try_from(n).ok());
    let mut float = whole.filter(|n| u64::try_from(*n).is_ok() || int.is_some()).map(|n| n as f64);
    if float.is_none() {
        float = crate::policy::parse_float(written);
        if let Some(f) = float {
            if !written.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {written:?}"));
            }
            if (f as i64) as f64 == f && f.abs() < 9.3e18 {
                int = Some(f as i64);
            }
        }
    }
    if float.is_none() {
        return Err(format!("illegal number syntax: {written:?}"));
    }
    Ok(Number { text: written.to_owned(), int, float })
}

/// An integer with Go's prefixes and underscores, `strconv.ParseInt` with base 0.
pub(in crate::template) fn parse_int(text: &str) -> Option<i128> {
    let (negative, body) = match text.strip_prefix(['+', '-']) {
        Some(body) => (text.starts_with('-'), body),
        None => (false, text),
    };
    let lower = body.to_ascii_lowercase();
    let (radix, digits, prefixed) = match lower.get(..2) {
        Some("0x") => (16, &lower[2..], true),
        Some("0o") => (8, &lower[2..], true),
        Some("0b") => (2, &lower[2..], true),
        _ if lower.len() > 1 && lower.starts_with('0') => (8, &lower[1..], true),
        _ => (10, lower.as_str(), false),
    };
    if !underscores_fit(digits, prefixed) {
        return None;
    }
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(&digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

/// Whether underscores stand only between digits, or after a base prefix.
fn underscores_fit(digits: &str, prefixed: bool) -> bool {
    let starts = !digits.starts_with('_') || prefixed;
    starts && !digits.ends_with('_') && !digits.contains("__")
}
