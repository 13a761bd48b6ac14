//! Cutting, joining, padding, testing texts.

use super::{cut, made, strings_value, text_of, texts_of};
use crate::template::{
    fuel::Fuel,
    functions::{
        Args, Function,
        Type::{Any, Int, Str},
    },
    spec,
    values::{Key, Map, MapKind, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("hello", &[], |_, _| Ok("Hello!".into())),
    Function::new("trim", &[Str], |args, _| Ok(args.str(0).trim().into())),
    Function::new("trimAll", &[Str, Str], |args, fuel| made(trim_all(args), fuel)),
    Function::new("trimall", &[Str, Str], |args, fuel| made(trim_all(args), fuel)),
    Function::new("trimPrefix", &[Str, Str], |args, _| {
        let text = args.str(1);
        Ok(text.strip_prefix(args.str(0)).unwrap_or(text).into())
    }),
    Function::new("trimSuffix", &[Str, Str], |args, _| {
        let text = args.str(1);
        Ok(text.strip_suffix(args.str(0)).unwrap_or(text).into())
    }),
    Function::new("contains", &[Str, Str], |args, _| Ok(args.str(1).contains(args.str(0)).into())),
    Function::new("hasPrefix", &[Str, Str], |args, _| {
        Ok(args.str(1).starts_with(args.str(0)).into())
    }),
    Function::new("hasSuffix", &[Str, Str], |args, _| {
        Ok(args.str(1).ends_with(args.str(0)).into())
    }),
    Function::new("repeat", &[Int, Str], |args, fuel| {
        let count = usize::try_from(args.int(0))
            .map_err(|_| "strings: negative Repeat count".to_owned())?;
        fuel.text(args.str(1).len().saturating_mul(count))?;
        if args.str(1).is_empty() {
            return Ok("".into());
        }
        Ok(args.str(1).repeat(count).into())
    }),
    Function::new("replace", &[Str, Str, Str], |args, fuel| {
        let (old, new, text) = (args.str(0), args.str(1), args.str(2));
        let found = text.matches(old).count();
        fuel.text(text.len().saturating_add(found.saturating_mul(new.len())))?;
        Ok(text.replace(old, new).into())
    }),
    Function::new("indent", &[Int, Str], |args, fuel| made(indent(args, fuel)?, fuel)),
    Function::new("nindent", &[Int, Str], |args, fuel| {
        made(format!("\n{}", indent(args, fuel)?), fuel)
    }),
    Function::new("plural", &[Str, Str, Int], |args, _| {
        Ok(args.str(usize::from(args.int(2) != 1)).into())
    }),
    Function::variadic("quote", &[], Any, |args, fuel| {
        joined(args, fuel, |value, fuel| Ok(spec::quote(&text_of(value, fuel)?, false)))
    }),
    Function::variadic("squote", &[], Any, |args, fuel| {
        joined(args, fuel, |value, fuel| Ok(format!("'{}'", text_of(value, fuel)?)))
    }),
    Function::variadic("cat", &[], Any, |args, fuel| {
        let values = args.0.iter().filter(|it| !matches!(it, Value::Missing | Value::Nil));
        let texts: Vec<_> = values.map(|it| text_of(it, fuel)).collect::<Result<_, _>>()?;
        made(texts.join(" "), fuel)
    }),
    Function::new("toString", &[Any], |args, fuel| Ok(text_of(args.any(0), fuel)?.into())),
    Function::new("toStrings", &[Any], |args, fuel| {
        Ok(strings_value(texts_of(args.any(0), fuel)?))
    }),
    Function::new("join", &[Str, Any], |args, fuel| {
        let texts = texts_of(args.any(1), fuel)?;
        let bytes: usize = texts.iter().map(String::len).sum();
        fuel.text(bytes.saturating_add(args.str(0).len().saturating_mul(texts.len())))?;
        Ok(texts.join(args.str(0)).into())
    }),
    Function::new("splitList", &[Str, Str], |args, fuel| {
        let parts = split(args.str(0), args.str(1), -1);
        fuel.list(parts.len())?;
        Ok(strings_value(parts))
    }),
    Function::new("split", &[Str, Str], |args, fuel| {
        numbered(split(args.str(0), args.str(1), -1), fuel)
    }),
    Function::new("splitn", &[Str, Int, Str], |args, fuel| {
        numbered(split(args.str(0), args.str(2), args.int(1)), fuel)
    }),
    Function::new("substr", &[Int, Int, Str], |args, _| {
        let (start, end, text) = (args.int(0), args.int(1), args.str(2));
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        let (start, end) = match (start, end) {
            (start, end) if start < 0 => (0, end),
            (start, end) if end < 0 || end > length => (start, length),
            bounds => bounds,
        };
        Ok(cut(text, start, end)?.into())
    }),
    Function::new("trunc", &[Int, Str], |args, _| {
        let (count, text) = (args.int(0), args.str(1));
        let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
        Ok(match count {
            count if count < 0 && length.saturating_add(count) > 0 => {
                cut(text, length + count, length)?.into()
            }
            count if count >= 0 && length > count => cut(text, 0, count)?.into(),
            _ => text.into(),
        })
    }),
];

fn trim_all(args: Args<'_>) -> String {
    let set = args.str(0);
    args.str(1).trim_matches(|c| set.contains(c)).to_owned()
}

fn indent(args: Args<'_>, fuel: &mut Fuel) -> Result<String, String> {
    let count =
        usize::try_from(args.int(0)).map_err(|_| "strings: negative Repeat count".to_owned())?;
    let text = args.str(1);
    let lines = 1 + text.matches('\n').count();
    fuel.text(text.len().saturating_add(count.saturating_mul(lines)))?;
    let pad = " ".repeat(count);
    Ok(format!("{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

fn joined(
    args: Args<'_>,
    fuel: &mut Fuel,
    write: fn(&Value, &mut Fuel) -> Result<String, String>,
) -> Result<Value, String> {
    let values = args.0.iter().filter(|it| !matches!(it, Value::Missing | Value::Nil));
    let texts: Vec<_> = values.map(|it| write(it, fuel)).collect::<Result<_, _>>()?;
    made(texts.join(" "), fuel)
}

/// Go's `strings.SplitN`: an empty separator splits into characters, no part
/// is asked for with 0, all with less.
fn split<'a>(separator: &str, text: &'a str, count: i64) -> Vec<&'a str> {
    let most = match usize::try_from(count) {
        Ok(0) => return Vec::new(),
        Ok(count) => count,
        Err(_) => usize::MAX,
    };
    if !separator.is_empty() {
        return text.splitn(most, separator).collect();
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if parts.len() + 1 == most {
            parts.push(rest);
            break;
        }
        let (part, after) = rest.split_at(first.len_utf8());
        parts.push(part);
        rest = after;
    }
    parts
}

/// `map[string]string` with the keys `_0`, `_1`, …
fn numbered(parts: Vec<&str>, fuel: &mut Fuel) -> Result<Value, String> {
    fuel.list(parts.len())?;
    let entries = parts.into_iter().enumerate();
    let entries = entries.map(|(i, part)| (Key::Str(format!("_{i}").into()), part.into()));
    Ok(Value::Map(Map::new(MapKind::Strings, entries.collect())))
}
