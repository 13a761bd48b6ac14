//! The functions of Go's `text/template` itself.

use super::{
    compare, data,
    fuel::Fuel,
    functions::{
        Args, Function,
        Type::{Any, Reflect, Str},
    },
    print, printf,
    values::Value,
};

/// Without `slice`: sprig's, which takes lists alone, stands in its place.
pub(super) const FUNCTIONS: &[Function] = &[
    // The evaluator stops these two at the argument that decides.
    Function::variadic("and", &[Reflect], Reflect, |args, _| Ok(deciding(args, false))),
    Function::variadic("or", &[Reflect], Reflect, |args, _| Ok(deciding(args, true))),
    Function::new("not", &[Reflect], |args, _| Ok((!args.any(0).is_true()).into())),
    Function::variadic("call", &[Reflect], Reflect, |args, _| {
        Err(match args.any(0) {
            Value::Missing | Value::Nil => "call of nil".to_owned(),
            it => format!("non-function of type {}", it.type_name()),
        })
    }),
    Function::variadic("eq", &[Reflect], Reflect, |args, fuel| {
        if args.rest(1).is_empty() {
            return Err("missing argument for comparison".to_owned());
        }
        for other in args.rest(1) {
            if compare::equal(args.any(0), other, fuel)? {
                return Ok(true.into());
            }
        }
        Ok(false.into())
    }),
    Function::new("ne", &[Reflect, Reflect], |args, fuel| {
        Ok((!compare::equal(args.any(0), args.any(1), fuel)?).into())
    }),
    Function::new("lt", &[Reflect, Reflect], |args, _| {
        Ok(compare::less(args.any(0), args.any(1))?.into())
    }),
    Function::new("le", &[Reflect, Reflect], |args, fuel| Ok(at_most(args, fuel)?.into())),
    Function::new("gt", &[Reflect, Reflect], |args, fuel| Ok((!at_most(args, fuel)?).into())),
    Function::new("ge", &[Reflect, Reflect], |args, _| {
        Ok((!compare::less(args.any(0), args.any(1))?).into())
    }),
    Function::new("len", &[Reflect], |args, _| length(args.any(0))),
    Function::variadic("index", &[Reflect], Reflect, |args, _| {
        let mut item = args.any(0).clone();
        if matches!(item, Value::Missing | Value::Nil) {
            return Err("index of untyped nil".to_owned());
        }
        for at in args.rest(1) {
            item = index(&item, at)?;
        }
        Ok(item)
    }),
    Function::variadic("print", &[], Any, |args, fuel| Ok(print::sprint(args.0, fuel)?.into())),
    Function::variadic("println", &[], Any, |args, fuel| Ok(print::sprintln(args.0, fuel)?.into())),
    Function::variadic("printf", &[Str], Any, |args, fuel| {
        Ok(printf::sprintf(args.str(0), args.rest(1), fuel)?.into())
    }),
    Function::variadic("html", &[], Any, |args, fuel| {
        escaped(args, fuel, |c| match c {
            '\0' => Some("\u{fffd}".to_owned()),
            '"' => Some("&#34;".to_owned()),
            '\'' => Some("&#39;".to_owned()),
            '&' => Some("&amp;".to_owned()),
            '<' => Some("&lt;".to_owned()),
            '>' => Some("&gt;".to_owned()),
            _ => None,
        })
    }),
    Function::variadic("js", &[], Any, |args, fuel| {
        escaped(args, fuel, |c| match c {
            '\\' => Some("\\\\".to_owned()),
            '\'' => Some("\\'".to_owned()),
            '"' => Some("\\\"".to_owned()),
            '<' | '>' | '&' | '=' | '\0'..='\x1f' | '\x7f'..='\u{a0}' => {
                Some(format!("\\u{:04X}", u32::from(c)))
            }
            _ => None,
        })
    }),
    Function::variadic("urlquery", &[], Any, |args, fuel| {
        escaped(args, fuel, |c| match c {
            ' ' => Some("+".to_owned()),
            '-' | '_' | '.' | '~' | '0'..='9' | 'a'..='z' | 'A'..='Z' => None,
            _ => Some(percent(c)),
        })
    }),
];

/// The first argument that is `wanted`, else the last.
fn deciding(args: Args<'_>, wanted: bool) -> Value {
    let found = args.0.iter().find(|it| it.is_true() == wanted).or(args.0.last());
    found.cloned().unwrap_or(Value::Missing)
}

fn at_most(args: Args<'_>, fuel: &mut Fuel) -> Result<bool, String> {
    let (a, b) = (args.any(0), args.any(1));
    Ok(compare::less(a, b)? || compare::equal(a, b, fuel)?)
}

fn length(value: &Value) -> Result<Value, String> {
    let length = match value {
        Value::Str(text) => text.len(),
        Value::List(list) => list.items().len(),
        Value::Map(map) => map.len(),
        Value::Missing | Value::Nil => return Err("len of nil pointer".to_owned()),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(int(length))
}

/// A count as Go's `int`.
pub(super) fn int(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn index(item: &Value, at: &Value) -> Result<Value, String> {
    match item {
        Value::List(list) => {
            let place = place(at, list.items().len())?;
            list.items().get(place).cloned().ok_or_else(|| beyond(place, list.items().len()))
        }
        Value::Str(text) => {
            let place = place(at, text.len())?;
            let byte = text.as_bytes().get(place).ok_or_else(|| beyond(place, text.len()))?;
            Ok(Value::Uint8(*byte))
        }
        Value::Map(map) => {
            let key = data::key(map.kind, at)?;
            Ok(map.get(&key).unwrap_or_else(|| map.kind.zero()))
        }
        Value::Missing | Value::Nil => Err("index of nil pointer".to_owned()),
        other => Err(format!("can't index item of type {}", other.type_name())),
    }
}

fn beyond(place: usize, length: usize) -> String {
    format!("index out of range [{place}] with length {length}")
}

fn place(at: &Value, length: usize) -> Result<usize, String> {
    let number = match at {
        Value::Int(number) | Value::Int64(number) => i128::from(*number),
        Value::Uint8(number) => i128::from(*number),
        Value::Uint64(number) => i128::from(*number),
        Value::Missing | Value::Nil => {
            return Err("cannot index slice/array with nil".to_owned());
        }
        other => return Err(format!("cannot index slice/array with type {}", other.type_name())),
    };
    usize::try_from(number)
        .ok()
        .filter(|place| *place <= length)
        .ok_or_else(|| format!("index out of range: {number}"))
}

/// The bytes of a character as `%XX`.
fn percent(c: char) -> String {
    c.to_string().bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"))
}

fn escaped(
    args: Args<'_>,
    fuel: &mut Fuel,
    escape: fn(char) -> Option<String>,
) -> Result<Value, String> {
    let mut text = String::new();
    // These three print nil as an action does, not as `print` does.
    let shown = args.0.iter().map(|it| match it {
        Value::Missing | Value::Nil => "<no value>".into(),
        it => it.clone(),
    });
    for c in print::sprint(&shown.collect::<Vec<_>>(), fuel)?.chars() {
        match escape(c) {
            Some(escaped) => text.push_str(&escaped),
            None => text.push(c),
        }
    }
    fuel.text(text.len())?;
    Ok(text.into())
}
