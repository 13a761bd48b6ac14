//! How a text is written as a scalar, so that it is read as that text again.

use std::ops::Range;

use super::{Edit, Style};

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

/// Puts a text of one line in the place of a scalar, `span` of `source`.
///
/// The way of writing is kept. A scalar of several lines becomes one of one;
/// a block scalar keeps its indicator, the comment behind it and the
/// indentation of its text, and loses its line break (`|-`).
pub fn replace(source: &str, span: &Range<usize>, style: Style, text: &str) -> Edit {
    match style {
        Style::Literal | Style::Folded => replace_block(source, span, text),
        style => Edit { span: span.clone(), text: write(text, style) },
    }
}

fn replace_block(source: &str, span: &Range<usize>, text: &str) -> Edit {
    let rest = source.get(span.start..).unwrap_or_default();
    let header = &rest[..rest.find(['\r', '\n']).unwrap_or(rest.len())];
    let header_end = span.start + header.len();
    let body = source.get(header_end..span.end).unwrap_or_default();
    let behind =
        header.trim_start_matches(|c: char| matches!(c, '|' | '>' | '+' | '-' | '0'..='9'));
    let indent = match body.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => line.len() - line.trim_start_matches(' ').len(),
        None => indent_below(source, span.start),
    };
    let indicator = if header.starts_with('>') { '>' } else { '|' };
    let mut written = format!("{indicator}-{behind}");
    if !text.is_empty() {
        let crlf = rest[header.len()..].starts_with("\r\n");
        written.push_str(if crlf { "\r\n" } else { "\n" });
        written.push_str(&" ".repeat(indent));
        written.push_str(text);
    }
    let from = span.end.max(header_end);
    let end = blanks_below(source, from, indent);
    written.extend(source[from..end].chars().filter(|c| matches!(c, '\r' | '\n')));
    Edit { span: span.start..end, text: written }
}

/// The end of the blank lines below a block scalar that are longer than its
/// indentation: their blanks would be part of its text still.
fn blanks_below(source: &str, from: usize, indent: usize) -> usize {
    let (mut at, mut end) = (from, from);
    for (n, line) in source[from..].split_inclusive('\n').enumerate() {
        let blanks = line.trim_end_matches(['\r', '\n']);
        if !blanks.trim_matches([' ', '\t']).is_empty() {
            break;
        }
        if n > 0 && (blanks.len() > indent || blanks.contains('\t')) {
            end = at + blanks.len();
        }
        at += line.len();
    }
    end
}

/// An indentation that is deeper than whatever the block scalar hangs on.
fn indent_below(source: &str, at: usize) -> usize {
    let line = source[..at].rfind('\n').map_or(0, |before| before + 1);
    let before = source[line..at].trim_start_matches('\u{feff}');
    let dashes = before.len() - before.trim_start_matches([' ', '-', '?', ':']).len();
    if dashes == before.len() { dashes } else { dashes + 2 }
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
                quoted.extend(format!("\\U{:08X}", u32::from(c)).chars());
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
    use std::sync::Arc;

    use super::*;
    use crate::{
        tree::RepoPath,
        yaml::{Kind, Text, apply, parse},
    };

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
    fn a_block_scalar_keeps_what_is_around_its_text() {
        #[rustfmt::skip]
        let rows: &[(&str, &str)] = &[
            ("a: |\n  x\nb: c\n",               "a: |-\n  new\nb: c\n"),
            ("a: >2+ # m\n   x\n  y\n\nb: c\n",  "a: >- # m\n   new\n\nb: c\n"),
            ("a: |\r\n\r\n  x\r\nb: c\r\n",    "a: |-\r\n  new\r\nb: c\r\n"),
            ("a: |\n  x\n    \n \n\nb: c\n",    "a: |-\n  new\n\n \n\nb: c\n"),
            ("a: |\n  x \n",                    "a: |-\n  new\n"),
            ("a: | # m\nb: c\n",                "a: |- # m\n  new\nb: c\n"),
            ("- - | # m",                       "- - |- # m\n    new"),
            ("- a: |-\n  b: c\n",               "- a: |-\n    new\n  b: c\n"),
        ];
        for (before, after) in rows {
            let text = Text::new(RepoPath::root(), (*before).to_owned());
            let documents = parse(&Arc::new(text)).unwrap();
            let mut node = documents[0].root.as_ref().unwrap();
            while let Some(inner) = node.items().first().or(node.entries().first().map(|e| &e.1)) {
                node = inner;
            }
            let Kind::Scalar { style, .. } = node.kind else { panic!("{before}") };
            let edit = replace(before, &node.span, style, "new");
            assert_eq!(String::from_utf8(apply(before.as_bytes(), &[edit])).unwrap(), *after);
        }
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
