//! Abbreviating, wrapping, initials: what sprig takes from goutils, which
//! counts bytes.

use super::made;
use crate::template::{
    functions::{
        Function,
        Type::{Int, Str},
    },
    values::Value,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abbrev", &[Int, Str], |args, fuel| {
        let (width, text) = (args.int(0), args.str(1));
        made(if width < 4 { text.to_owned() } else { abbreviated(text, 0, width) }, fuel)
    }),
    Function::new("abbrevboth", &[Int, Int, Str], |args, fuel| {
        let (left, right, text) = (args.int(0), args.int(1), args.str(2));
        if right < 4 || left > 0 && right < 7 {
            return Ok(text.into());
        }
        made(abbreviated(text, left, right), fuel)
    }),
    Function::new("initials", &[Str], |args, _| {
        let mut gap = true;
        let initials = args.str(0).bytes().map(char::from).filter(|c| {
            let starts = gap && !c.is_whitespace();
            gap = c.is_whitespace();
            starts
        });
        Ok(Value::from(initials.collect::<String>()))
    }),
    Function::new("nospace", &[Str], |args, fuel| {
        let text = args.str(0);
        // As in sprig, every byte of a text that holds a space becomes a character.
        let chars = || text.bytes().map(char::from);
        if !chars().any(char::is_whitespace) {
            return Ok(text.into());
        }
        made(chars().filter(|c| !c.is_whitespace()).collect(), fuel)
    }),
    Function::new("wrap", &[Int, Str], |args, fuel| {
        made(wrapped(args.str(1), args.int(0), "", false), fuel)
    }),
    Function::new("wrapWith", &[Int, Str, Str], |args, fuel| {
        let (text, feed) = (args.str(2), args.str(1));
        fuel.text(
            text.len().saturating_mul(feed.len().saturating_add(1)).min(text.len() + 60_000),
        )?;
        made(wrapped(text, args.int(0), feed, true), fuel)
    }),
];

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// At most `width` bytes, from about `offset` on, with dots where something is missing.
fn abbreviated(text: &str, offset: i64, width: i64) -> String {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    if length <= width {
        return text.to_owned();
    }
    // Above 4 and below the length, both.
    let shown = width - 3;
    let offset = offset.min(length);
    let offset = if length - offset < shown { length - shown } else { offset };
    let slice = |from: i64, to: i64| {
        let bounds = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
        text.as_bytes().get(bounds).unwrap_or_default()
    };
    if offset <= 4 {
        return format!("{}...", lossy(slice(0, shown)));
    }
    if width < 7 {
        return String::new();
    }
    if offset + shown < length {
        let rest = slice(offset, length);
        return format!("...{}...", lossy(&rest[..usize::try_from(shown - 3).unwrap_or(0)]));
    }
    format!("...{}", lossy(slice(length - shown, length)))
}

/// Breaks at spaces into lines of so many bytes; long words are broken or not.
fn wrapped(text: &str, width: i64, feed: &str, break_words: bool) -> String {
    let feed = if feed.is_empty() { "\n" } else { feed };
    let width = usize::try_from(width).unwrap_or(0).max(1);
    let mut rest = text.as_bytes();
    let mut out = String::new();
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let (line, after) = match rest[..=width].iter().rposition(|byte| *byte == b' ') {
            Some(space) => (&rest[..space], &rest[space + 1..]),
            None if break_words => rest.split_at(width),
            None => match rest[width..].iter().position(|byte| *byte == b' ') {
                Some(space) => (&rest[..width + space], &rest[width + space + 1..]),
                None => break,
            },
        };
        out.push_str(&lossy(line));
        out.push_str(feed);
        rest = after;
    }
    out.push_str(&lossy(rest));
    out
}
