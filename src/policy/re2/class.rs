//! Classes of characters, and escapes.

use super::{
    PatternError, PatternProblem,
    parse::{Parser, Result},
    unicode::{self, Property},
};

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) fold: bool,
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// From one code point to another.
    Range(u32, u32),
    /// A class of ASCII characters.
    Ascii { negated: bool, ranges: &'static [(u8, u8)] },
    /// A class of Unicode.
    Property { negated: bool, property: Property },
}

type Ranges = &'static [(u8, u8)];

const DIGIT: Ranges = &[(b'0', b'9')];
const SPACE: Ranges = &[(b'\t', b'\n'), (0x0c, b'\r'), (b' ', b' ')];
const WORD: Ranges = &[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')];

/// The classes of POSIX, all ASCII.
#[rustfmt::skip]
const POSIX: &[(&str, Ranges)] = &[
    ("alnum",  &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]),
    ("alpha",  &[(b'A', b'Z'), (b'a', b'z')]),
    ("ascii",  &[(0x00, 0x7f)]),
    ("blank",  &[(b'\t', b'\t'), (b' ', b' ')]),
    ("cntrl",  &[(0x00, 0x1f), (0x7f, 0x7f)]),
    ("digit",  DIGIT),
    ("graph",  &[(b'!', b'~')]),
    ("lower",  &[(b'a', b'z')]),
    ("print",  &[(b' ', b'~')]),
    ("punct",  &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')]),
    ("space",  &[(b'\t', b'\r'), (b' ', b' ')]),
    ("upper",  &[(b'A', b'Z')]),
    ("word",   WORD),
    ("xdigit", &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
];

/// `[…]`
pub(super) fn bracket(parser: &mut Parser<'_>) -> Result<Class> {
    let open = parser.at;
    parser.at += 1;
    let negated = parser.rest().starts_with('^');
    parser.at += usize::from(negated);
    let mut items = Vec::new();
    let first = parser.at;
    loop {
        let at = parser.at;
        if parser.rest().starts_with(']') && at > first {
            parser.at += 1;
            return Ok(Class { negated, fold: parser.flags.fold, items });
        }
        if let Some(item) = posix(parser)? {
            items.push(item);
            continue;
        }
        if let Some(item) = escaped_item(parser)? {
            items.push(item);
            continue;
        }
        let low = class_character(parser, open)?;
        let mut high = low;
        // A `-` before the `]` is itself.
        let rest = parser.rest();
        if rest.starts_with('-') && rest.len() > 1 && !rest.starts_with("-]") {
            parser.at += 1;
            high = class_character(parser, open)?;
        }
        if high < low {
            let problem = PatternProblem::ClassRange(parser.since(at));
            return Err(PatternError { at, problem });
        }
        items.push(Item::Range(low, high));
    }
}

/// `\d`, `\pL` and the like, outside brackets.
pub(super) fn escaped(parser: &mut Parser<'_>) -> Result<Option<Class>> {
    let item = escaped_item(parser)?;
    let fold = parser.flags.fold;
    Ok(item.map(|item| Class { negated: false, fold, items: vec![item] }))
}

fn class_character(parser: &mut Parser<'_>, open: usize) -> Result<u32> {
    match parser.peek() {
        None => Err(PatternError { at: open, problem: PatternProblem::MissingBracket }),
        Some('\\') => character_escape(parser),
        Some(character) => {
            parser.at += character.len_utf8();
            Ok(u32::from(character))
        }
    }
}

/// `[:alpha:]` inside brackets. Without `:]` further on it is no name.
fn posix(parser: &mut Parser<'_>) -> Result<Option<Item>> {
    let at = parser.at;
    let Some((name, _)) = parser.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]"))
    else {
        return Ok(None);
    };
    parser.at += name.len() + 4;
    let (negated, bare) = strip_caret(name);
    let Some((_, ranges)) = POSIX.iter().find(|(known, _)| *known == bare) else {
        let problem = PatternProblem::ClassName(parser.since(at));
        return Err(PatternError { at, problem });
    };
    Ok(Some(Item::Ascii { negated, ranges }))
}

fn strip_caret(name: &str) -> (bool, &str) {
    name.strip_prefix('^').map_or((false, name), |name| (true, name))
}

/// An escape that stands for a class.
fn escaped_item(parser: &mut Parser<'_>) -> Result<Option<Item>> {
    let at = parser.at;
    let Some(letter) = parser.rest().strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
        return Ok(None);
    };
    let ranges = match letter {
        'd' | 'D' => DIGIT,
        's' | 'S' => SPACE,
        'w' | 'W' => WORD,
        'p' | 'P' => return property(parser, letter == 'P').map(Some),
        _ => return Ok(None),
    };
    parser.at = at + 2;
    Ok(Some(Item::Ascii { negated: letter.is_ascii_uppercase(), ranges }))
}

/// `\pN`, `\p{Name}`, `\p{^Name}`.
fn property(parser: &mut Parser<'_>, negated: bool) -> Result<Item> {
    let at = parser.at;
    parser.at += 2;
    let rest = parser.rest();
    let name = if let Some(braced) = rest.strip_prefix('{') {
        let name = braced.split_once('}').map(|(name, _)| name);
        parser.at += name.map_or(rest.len(), |name| name.len() + 2);
        name
    } else {
        parser.next();
        Some(&rest[..rest.len() - parser.rest().len()])
    };
    let named = name.map(strip_caret);
    let found = named.and_then(|(caret, name)| Some((caret, unicode::property(name)?)));
    let Some((caret, property)) = found else {
        let problem = PatternProblem::ClassName(parser.since(at));
        return Err(PatternError { at, problem });
    };
    Ok(Item::Property { negated: negated != caret, property })
}

/// An escape that stands for a character.
pub(super) fn character_escape(parser: &mut Parser<'_>) -> Result<u32> {
    let at = parser.at;
    parser.at += 1;
    let Some(character) = parser.next() else {
        return Err(PatternError { at, problem: PatternProblem::TrailingBackslash });
    };
    let code = match character {
        'a' => Some(0x07),
        'f' => Some(0x0c),
        'n' => Some(0x0a),
        'r' => Some(0x0d),
        't' => Some(0x09),
        'v' => Some(0x0b),
        'x' => hexadecimal(parser),
        '0'..='7' => octal(parser, character),
        _ if character.is_ascii() && !character.is_ascii_alphanumeric() => {
            Some(u32::from(character))
        }
        _ => None,
    };
    code.ok_or_else(|| {
        let text = parser.since(at);
        let problem = if character.is_ascii_digit() {
            PatternProblem::BackReference(text)
        } else {
            PatternProblem::Escape(text)
        };
        PatternError { at, problem }
    })
}

/// Up to three digits; a single one that is not 0 would be a back-reference.
fn octal(parser: &mut Parser<'_>, first: char) -> Option<u32> {
    let mut code = first.to_digit(8)?;
    let mut digits = 1;
    while let Some(digit) = parser.peek().and_then(|c| c.to_digit(8))
        && digits < 3
    {
        parser.at += 1;
        code = code * 8 + digit;
        digits += 1;
    }
    (digits > 1 || first == '0').then_some(code)
}

/// `7F` or `{10FFFF}`, behind `\x`.
fn hexadecimal(parser: &mut Parser<'_>) -> Option<u32> {
    let first = parser.next()?;
    if first != '{' {
        let high = first.to_digit(16);
        let low = parser.next()?.to_digit(16)?;
        return Some(high? * 16 + low);
    }
    let mut code = 0;
    let mut digits = 0;
    loop {
        match parser.next()? {
            '}' => return (digits > 0).then_some(code),
            digit => code = code * 16 + digit.to_digit(16)?,
        }
        if code > u32::from(char::MAX) {
            return None;
        }
        digits += 1;
    }
}
