//! Regular expressions, Go's.

use std::ops::Range;

use super::{made, strings_value};
use crate::{
    policy::Pattern,
    template::{
        fuel::Fuel,
        functions::{
            Args, Function,
            Type::{Int, Str},
        },
        values::{Elem, List, Value},
    },
};

pub(super) const FUNCTIONS: &[Function] = &[
    // Alone among these, it takes a pattern that is none for one that does not match.
    Function::new("regexMatch", &[Str, Str], |args, fuel| {
        fuel.text(args.str(1).len())?;
        Ok(Pattern::new(args.str(0)).is_ok_and(|it| it.is_match(args.str(1))).into())
    }),
    Function::new("mustRegexMatch", &[Str, Str], |args, fuel| {
        fuel.text(args.str(1).len())?;
        Ok(pattern(args)?.is_match(args.str(1)).into())
    }),
    Function::new("regexFind", &[Str, Str], find),
    Function::new("mustRegexFind", &[Str, Str], find),
    Function::new("regexFindAll", &[Str, Str, Int], find_all),
    Function::new("mustRegexFindAll", &[Str, Str, Int], find_all),
    Function::new("regexReplaceAll", &[Str, Str, Str], replace_all),
    Function::new("mustRegexReplaceAll", &[Str, Str, Str], replace_all),
    Function::new("regexReplaceAllLiteral", &[Str, Str, Str], replace_all_literal),
    Function::new("mustRegexReplaceAllLiteral", &[Str, Str, Str], replace_all_literal),
    Function::new("regexSplit", &[Str, Str, Int], split),
    Function::new("mustRegexSplit", &[Str, Str, Int], split),
    Function::new("regexQuoteMeta", &[Str], |args, fuel| {
        let mut quoted = String::new();
        for c in args.str(0).chars() {
            if r"\.+*?()|[]{}^$".contains(c) {
                quoted.push('\\');
            }
            quoted.push(c);
        }
        made(quoted, fuel)
    }),
];

fn pattern(args: Args<'_>) -> Result<Pattern, String> {
    let text = args.str(0);
    Pattern::new(text).map_err(|error| format!("error parsing regexp: {error}: `{text}`"))
}

/// The groups of every match, as spans.
type Match = Vec<Option<Range<usize>>>;

/// All matches that do not overlap; an empty one right behind another does not
/// count.
fn matches(args: Args<'_>, most: i64, fuel: &mut Fuel) -> Result<Vec<Match>, String> {
    let (pattern, text) = (pattern(args)?, args.str(1));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let (mut at, mut before) = (0, None);
    while found.len() < most && at <= text.len() {
        // A search looks at all that is left.
        fuel.spend(1 + (text.len() - at) / 16)?;
        let Some(groups) = pattern.captures_from(text, at) else { break };
        let spans: Match = (0..pattern.names().len()).map(|group| groups.span(group)).collect();
        let Some(Some(whole)) = spans.first().cloned() else { break };
        let next = text[whole.end..].chars().next().map_or(1, char::len_utf8);
        at = if whole.is_empty() { whole.end + next } else { whole.end };
        if !(whole.is_empty() && before == Some(whole.start)) {
            found.push(spans);
        }
        before = Some(whole.end);
    }
    fuel.list(found.len())?;
    Ok(found)
}

fn wholes(found: &[Match]) -> impl Iterator<Item = Range<usize>> {
    found.iter().filter_map(|spans| spans.first().cloned().flatten())
}

fn find(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let found = matches(args, 1, fuel)?;
    Ok(wholes(&found).next().map_or("", |span| &args.str(1)[span]).into())
}

fn find_all(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let found = matches(args, args.int(2), fuel)?;
    if found.is_empty() {
        return Ok(Value::List(List::nil(Elem::Str)));
    }
    Ok(strings_value(wholes(&found).map(|span| &args.str(1)[span])))
}

fn replaced(
    args: Args<'_>,
    fuel: &mut Fuel,
    expand: impl Fn(&Match, &mut String),
) -> Result<Value, String> {
    let text = args.str(1);
    let found = matches(args, -1, fuel)?;
    let mut out = String::new();
    let mut done = 0;
    for (spans, whole) in found.iter().zip(wholes(&found)) {
        out.push_str(&text[done..whole.start]);
        expand(spans, &mut out);
        Fuel::bound(out.len())?;
        done = whole.end;
    }
    out.push_str(&text[done..]);
    made(out, fuel)
}

fn replace_all_literal(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    replaced(args, fuel, |_, out| out.push_str(args.str(2)))
}

fn replace_all(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let pattern = pattern(args)?;
    replaced(args, fuel, |spans, out| {
        let mut template = args.str(2);
        while let Some(dollar) = template.find('$') {
            out.push_str(&template[..dollar]);
            template = &template[dollar + 1..];
            if let Some(rest) = template.strip_prefix('$') {
                out.push('$');
                template = rest;
                continue;
            }
            let Some((name, rest)) = reference(template) else {
                out.push('$');
                continue;
            };
            template = rest;
            let named = || pattern.names().iter().position(|it| it == name);
            let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
            // A number with a leading zero is a name, and no group has such a name.
            let number =
                name.parse().ok().filter(|_| is_number && (name == "0" || !name.starts_with('0')));
            let group = if is_number { number } else { named() };
            if let Some(Some(span)) = group.and_then(|group: usize| spans.get(group)) {
                out.push_str(&args.str(1)[span.clone()]);
            }
        }
        out.push_str(template);
    })
}

/// The name behind a `$`, in braces or as long as it goes.
fn reference(template: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c == '_' || c.is_alphanumeric();
    let braced = template.strip_prefix('{');
    let body = braced.unwrap_or(template);
    let end = body.find(|c| !is_name(c)).unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

fn split(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let (text, most) = (args.str(1), args.int(2));
    let pattern = pattern(args)?;
    if most == 0 {
        return Ok(Value::List(List::nil(Elem::Str)));
    }
    if !pattern.as_str().is_empty() && text.is_empty() {
        return Ok(strings_value([""]));
    }
    let found = matches(args, most, fuel)?;
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for whole in wholes(&found) {
        if most > 0 && i64::try_from(parts.len()).is_ok_and(|count| count == most - 1) {
            break;
        }
        end = whole.start;
        if whole.end != 0 {
            parts.push(&text[begin..end]);
        }
        begin = whole.end;
    }
    if end != text.len() {
        parts.push(&text[begin..]);
    }
    Ok(strings_value(parts))
}
