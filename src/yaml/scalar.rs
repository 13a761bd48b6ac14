//! How a text is written as a scalar, so that it is read as that text again.

use super::Style;

/// Whether a reader of YAML 1.1, Kubernetes' own among them, takes the text
/// for a string when it stands without quotes.
///
/// The rules are those of go-yaml v2, which is what kyaml asks: `on`, `0x1F`,
/// `1_000`, `089` and `2024-01-05` are none. Sexagesimal numbers are strings
/// there, and so they are here.
pub fn reads_as_string(text: &str) -> bool {
    match text.as_bytes().first() {
        None => false,
        Some(b'.') => !(is_word(text) || is_float(text)),
        Some(b'0'..=b'9' | b'+' | b'-') => {
            let digits = text.replace('_', "");
            !(is_word(text) || is_date(text) || is_integer(&digits) || is_float(&digits))
        }
        Some(_) => !is_word(text),
    }
}

/// Writes a text in a style. Where the style cannot hold it, or would make
/// something else of it, in double quotes. Block styles are the caller's
/// affair: here they are written in double quotes too.
pub fn write(text: &str, style: Style) -> String {
    match style {
        Style::Plain if is_plain(text) && reads_as_string(text) => text.to_owned(),
        Style::SingleQuoted if !text.contains(char::is_control) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        _ => double_quoted(text),
    }
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || c == '\u{feff}' => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether the text may stand without quotes anywhere, in a flow collection
/// too. Narrower than YAML: image references need no more.
fn is_plain(text: &str) -> bool {
    let inside =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '+' | '@' | ':');
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/'))
        && text.chars().all(inside)
        && !text.ends_with(':')
}

fn is_word(text: &str) -> bool {
    let sign = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(sign, ".inf" | ".Inf" | ".INF")
        || matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "on"
                | "On"
                | "ON"
                | "off"
                | "Off"
                | "OFF"
                | "true"
                | "True"
                | "TRUE"
                | "false"
                | "False"
                | "FALSE"
                | "~"
                | "null"
                | "Null"
                | "NULL"
                | ".nan"
                | ".NaN"
                | ".NAN"
        )
}

/// Go's `strconv.ParseInt` with base 0: `0x`, `0o`, `0b` and a leading zero
/// tell the base. What is beyond 64 bits is a float, thus no string either.
fn is_integer(digits: &str) -> bool {
    let digits = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let radix = |prefixes: [&str; 2], base: u32| {
        let number = prefixes.iter().find_map(|prefix| digits.strip_prefix(*prefix))?;
        Some(u64::from_str_radix(number, base).is_ok() && !number.starts_with(['+', '-']))
    };
    radix(["0x", "0X"], 16)
        .or_else(|| radix(["0o", "0O"], 8))
        .or_else(|| radix(["0b", "0B"], 2))
        .unwrap_or_else(|| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// Digits with at most one dot and one exponent, within the range of a float.
fn is_float(text: &str) -> bool {
    let number = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part) && mantissa.len() > 1,
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let power = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    whole && power && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `2024-1-5`, and the same with a time behind it.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let number = |text: &str, longest: usize| {
        let fits = (1..=longest).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) =
        (number(year, 4).filter(|_| year.len() == 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_yaml_1_1_takes_for_something_else() {
        let others = "1 20240105 0123 0o17 0x1F 0b101 1_000 1_ 1.20 1. 1e3 1E+3 .5 089 -1 +2.5 \
                      99999999999999999999 2024-01-05 2024-1-5 2024-02-29 2024-01-05t1 on Off y N \
                      yes TRUE null Null ~ .inf -.Inf .nan 12e03";
        for text in others.split_whitespace() {
            assert!(!reads_as_string(text), "{text}");
        }
        let strings = "1.2.3 v1 1.20-alpine 0x 0xZZ 0b12 1e 1e400 e3 _1 2024-13-05 2023-02-29 \
                       2024-01-05-1 24-01-05 02024-01-05 nO nul .infinity 1.2e3.4 << sha256:1 a:1 1:30";
        for text in strings.split_whitespace() {
            assert!(reads_as_string(text), "{text}");
        }
        assert!(!reads_as_string(""));
    }

    #[test]
    fn writes_what_is_read_as_the_same() {
        use Style::{DoubleQuoted, Folded, Plain, SingleQuoted};
        #[rustfmt::skip]
        let rows: &[(&str, Style, &str)] = &[
            ("1.2.3",        Plain,        "1.2.3"),
            ("1.20",         Plain,        "\"1.20\""),
            ("",             Plain,        "\"\""),
            ("a:1@sha256:b", Plain,        "a:1@sha256:b"),
            ("a: b",         Plain,        "\"a: b\""),
            ("-a",           Plain,        "\"-a\""),
            ("a,b",          Plain,        "\"a,b\""),
            ("a:",           Plain,        "\"a:\""),
            ("1.20",         SingleQuoted, "'1.20'"),
            ("it's",         SingleQuoted, "'it''s'"),
            ("a\nb",         SingleQuoted, "\"a\\nb\""),
            ("a\"\\b\u{7}",  DoubleQuoted, "\"a\\\"\\\\b\\U00000007\""),
            ("a",            Folded,       "\"a\""),
        ];
        for (text, style, written) in rows {
            assert_eq!(write(text, *style), *written, "{text:?}");
        }
    }
}
