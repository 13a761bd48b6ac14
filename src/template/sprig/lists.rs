//! Lists. Each `must…` function fails exactly where its twin does: a template
//! cannot tell sprig's errors from its panics.

use super::{strings_value, text_of, texts_of};
use crate::template::{
    compare,
    fuel::Fuel,
    functions::{
        Args, Function,
        Type::{Any, Int},
    },
    values::{Elem, List, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("list", &[], Any, |args, fuel| list(args.0.to_vec(), fuel)),
    Function::variadic("tuple", &[], Any, |args, fuel| list(args.0.to_vec(), fuel)),
    Function::new("append", &[Any, Any], append),
    Function::new("push", &[Any, Any], append),
    Function::new("mustAppend", &[Any, Any], append),
    Function::new("mustPush", &[Any, Any], append),
    Function::new("prepend", &[Any, Any], prepend),
    Function::new("mustPrepend", &[Any, Any], prepend),
    Function::new("first", &[Any], first),
    Function::new("mustFirst", &[Any], first),
    Function::new("last", &[Any], last),
    Function::new("mustLast", &[Any], last),
    Function::new("rest", &[Any], rest),
    Function::new("mustRest", &[Any], rest),
    Function::new("initial", &[Any], initial),
    Function::new("mustInitial", &[Any], initial),
    Function::new("reverse", &[Any], reverse),
    Function::new("mustReverse", &[Any], reverse),
    Function::new("compact", &[Any], compact),
    Function::new("mustCompact", &[Any], compact),
    Function::new("uniq", &[Any], uniq),
    Function::new("mustUniq", &[Any], uniq),
    Function::variadic("without", &[Any], Any, without),
    Function::variadic("mustWithout", &[Any], Any, without),
    Function::new("has", &[Any, Any], has),
    Function::new("mustHas", &[Any, Any], has),
    Function::variadic("slice", &[Any], Any, slice),
    Function::variadic("mustSlice", &[Any], Any, slice),
    Function::variadic("concat", &[], Any, concat),
    Function::new("chunk", &[Int, Any], chunk),
    Function::new("mustChunk", &[Int, Any], chunk),
    Function::new("sortAlpha", &[Any], |args, fuel| match args.any(0) {
        list @ Value::List(_) => {
            let mut texts = texts_of(list, fuel)?;
            texts.sort_unstable();
            Ok(strings_value(texts))
        }
        other => Ok(strings_value([text_of(other, fuel)?])),
    }),
];

/// The entries of a list, `doing` for the error.
fn items<'a>(value: &'a Value, doing: &str) -> Result<&'a [Value], String> {
    match value {
        Value::List(list) => Ok(list.items()),
        other => Err(format!("Cannot {doing} type {}", other.kind_name())),
    }
}

/// A `[]interface {}`.
fn list(items: Vec<Value>, fuel: &mut Fuel) -> Result<Value, String> {
    fuel.list(items.len())?;
    Ok(Value::List(List::new(Elem::Any, items)))
}

fn append(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let mut items = items(args.any(0), "push on")?.to_vec();
    items.push(args.any(1).clone());
    list(items, fuel)
}

fn prepend(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let items = items(args.any(0), "prepend on")?;
    list([std::slice::from_ref(args.any(1)), items].concat(), fuel)
}

fn first(args: Args<'_>, _: &mut Fuel) -> Result<Value, String> {
    Ok(items(args.any(0), "find first on")?.first().cloned().unwrap_or(Value::Nil))
}

fn last(args: Args<'_>, _: &mut Fuel) -> Result<Value, String> {
    Ok(items(args.any(0), "find last on")?.last().cloned().unwrap_or(Value::Nil))
}

fn rest(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    match items(args.any(0), "find rest on")? {
        [] => Ok(Value::List(List::nil(Elem::Any))),
        [_, rest @ ..] => list(rest.to_vec(), fuel),
    }
}

fn initial(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    match items(args.any(0), "find initial on")? {
        [] => Ok(Value::List(List::nil(Elem::Any))),
        [initial @ .., _] => list(initial.to_vec(), fuel),
    }
}

fn reverse(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    list(items(args.any(0), "find reverse on")?.iter().rev().cloned().collect(), fuel)
}

fn compact(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let items = items(args.any(0), "compact on")?;
    list(items.iter().filter(|it| !it.is_zero()).cloned().collect(), fuel)
}

fn is_in(value: &Value, list: &[Value], fuel: &mut Fuel) -> Result<bool, String> {
    for item in list {
        if compare::deep_equal(value, item, 0, fuel)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn uniq(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let mut unique = Vec::new();
    for item in items(args.any(0), "find uniq on")? {
        if !is_in(item, &unique, fuel)? {
            unique.push(item.clone());
        }
    }
    list(unique, fuel)
}

fn without(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let mut kept = Vec::new();
    for item in items(args.any(0), "find without on")? {
        if !is_in(item, args.rest(1), fuel)? {
            kept.push(item.clone());
        }
    }
    list(kept, fuel)
}

fn has(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    match args.any(1) {
        Value::Missing | Value::Nil => Ok(false.into()),
        haystack => Ok(is_in(args.any(0), items(haystack, "find has on")?, fuel)?.into()),
    }
}

fn slice(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let Value::List(whole) = args.any(0) else {
        let kind = args.any(0).kind_name();
        return Err(format!("list should be type of slice or array but {kind}"));
    };
    let items = whole.items();
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let index = |at: usize, or: i64| args.0.get(at).map_or(or, super::math::to_int);
    let (start, end) = (index(1, 0), index(2, length));
    let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let part = bounds
        .and_then(|(start, end)| items.get(start..end))
        .ok_or_else(|| format!("slice index out of bounds [{start}:{end}]"))?;
    fuel.list(part.len())?;
    Ok(Value::List(List::new(whole.elem, part.to_vec())))
}

fn concat(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let mut all = Vec::new();
    for part in args.0 {
        let Value::List(part) = part else {
            return Err(format!("Cannot concat type {} as list", part.kind_name()));
        };
        fuel.list(all.len() + part.items().len())?;
        all.extend_from_slice(part.items());
    }
    if all.is_empty() {
        return Ok(Value::List(List::nil(Elem::Any)));
    }
    Ok(Value::List(List::new(Elem::Any, all)))
}

fn chunk(args: Args<'_>, fuel: &mut Fuel) -> Result<Value, String> {
    let items = items(args.any(1), "chunk")?;
    let size = usize::try_from(args.int(0)).ok().filter(|size| *size > 0);
    let size = size.ok_or("makeslice: len out of range")?;
    let chunks: Vec<Value> =
        items.chunks(size).map(|it| list(it.to_vec(), fuel)).collect::<Result<_, _>>()?;
    Ok(Value::List(List::new(Elem::Lists, chunks)))
}
