//! `merge` by the rules of mergo, and `deepCopy`.

use std::{collections::BTreeMap, rc::Rc};

use crate::template::{
    fuel::Fuel,
    functions::Args,
    values::{List, Map, MapKind, Struct, Value},
};

/// Merges every further dict into the first, which changes.
pub(super) fn all(args: Args<'_>, fuel: &mut Fuel, overwrite: bool) -> Result<Value, String> {
    let mut into = args.dict(0);
    if into.nil {
        into = Map::new(MapKind::Dict, BTreeMap::new());
    }
    for from in (1..args.0.len()).map(|at| args.dict(at)) {
        merge(&into, &from, overwrite, 0, fuel)?;
    }
    Ok(Value::Map(into))
}

/// Maps merge into maps; else what stands and is not empty stays, unless
/// everything is overwritten.
fn merge(
    into: &Map,
    from: &Map,
    overwrite: bool,
    depth: usize,
    fuel: &mut Fuel,
) -> Result<(), String> {
    Fuel::nest(depth)?;
    for (key, new) in from.entries() {
        fuel.spend(1)?;
        let old = into.get(&key);
        let replaces = match (&old, &new) {
            (_, Value::Nil | Value::Missing) => overwrite,
            (Some(Value::Map(old)), Value::Map(new)) => {
                if !old.nil {
                    merge(old, new, overwrite, depth + 1, fuel)?;
                }
                old.len() == 0
            }
            (None, _) => true,
            (Some(old), _) => overwrite || old.is_zero(),
        };
        if replaces {
            fuel.list(into.len() + 1)?;
            into.insert(key, new)?;
        }
    }
    Ok(())
}

/// A copy that shares no map with the original. Nil alone has none, as in sprig.
pub(super) fn copy(value: &Value, depth: usize, fuel: &mut Fuel) -> Result<Value, String> {
    Fuel::nest(depth)?;
    fuel.spend(1)?;
    if depth == 0 && matches!(value, Value::Nil) {
        return Err("nothing to copy".to_owned());
    }
    let mut each = |it: &Value| copy(it, depth + 1, fuel);
    Ok(match value {
        Value::List(list) if !list.nil => {
            let items = list.items().iter().map(each).collect::<Result<_, _>>()?;
            Value::List(List::new(list.elem, items))
        }
        Value::Map(map) if !map.nil => {
            let entries = map.entries().into_iter();
            let entries = entries.map(|(key, value)| Ok((key, each(&value)?)));
            Value::Map(Map::new(map.kind, entries.collect::<Result<_, String>>()?))
        }
        Value::Struct(it) => {
            let fields = it.fields.iter().map(each).collect::<Result<_, _>>()?;
            Value::Struct(Rc::new(Struct { kind: it.kind, fields }))
        }
        other => other.clone(),
    })
}
