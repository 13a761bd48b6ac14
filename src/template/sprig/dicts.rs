//! Dicts, `map[string]interface {}`.

use std::{collections::BTreeMap, rc::Rc};

use super::{merge, strings_value, text_of};
use crate::template::{
    fuel::Fuel,
    functions::{
        Args, Function,
        Type::{Any, Dict, Str},
    },
    values::{Elem, Key, List, Map, MapKind, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("dict", &[], Any, |args, fuel| {
        let mut entries = BTreeMap::new();
        for pair in args.0.chunks(2) {
            let key = Key::Str(text_of(&pair[0], fuel)?.into());
            entries.insert(key, pair.get(1).cloned().unwrap_or_else(|| "".into()));
        }
        fuel.list(entries.len())?;
        Ok(Value::Map(Map::new(MapKind::Dict, entries)))
    }),
    Function::new("get", &[Dict, Str], |args, _| {
        Ok(args.dict(0).get_str(args.str(1)).unwrap_or_else(|| "".into()))
    }),
    Function::new("set", &[Dict, Str, Any], |args, fuel| {
        let dict = args.dict(0);
        fuel.list(dict.len() + 1)?;
        dict.insert(Key::Str(args.str(1).into()), args.any(2).clone())?;
        Ok(Value::Map(dict))
    }),
    Function::new("unset", &[Dict, Str], |args, _| {
        let dict = args.dict(0);
        dict.remove(&Key::Str(args.str(1).into()));
        Ok(Value::Map(dict))
    }),
    Function::new("hasKey", &[Dict, Str], |args, _| {
        Ok(args.dict(0).get_str(args.str(1)).is_some().into())
    }),
    Function::variadic("pluck", &[Str], Dict, |args, _| {
        let dicts = (1..args.0.len()).map(|at| args.dict(at));
        let found = dicts.filter_map(|dict| dict.get_str(args.str(0))).collect();
        Ok(Value::List(List::new(Elem::Any, found)))
    }),
    // Go leaves the order of both to chance; here it is sorted.
    Function::variadic("keys", &[], Dict, |args, fuel| {
        let mut keys = Vec::new();
        for dict in (0..args.0.len()).map(|at| args.dict(at)) {
            fuel.list(keys.len() + dict.len())?;
            keys.extend(dict.entries().into_iter().map(|(key, _)| key.to_value()));
        }
        Ok(strings_value(keys))
    }),
    Function::new("values", &[Dict], |args, fuel| {
        let entries = args.dict(0).entries();
        fuel.list(entries.len())?;
        let values = entries.into_iter().map(|(_, value)| value).collect();
        Ok(Value::List(List::new(Elem::Any, values)))
    }),
    Function::variadic("pick", &[Dict], Str, |args, fuel| selected(args, fuel, true)),
    Function::variadic("omit", &[Dict], Str, |args, fuel| selected(args, fuel, false)),
    Function::variadic("merge", &[Dict], Dict, |args, fuel| merge::all(args, fuel, false)),
    Function::variadic("mustMerge", &[Dict], Dict, |args, fuel| merge::all(args, fuel, false)),
    Function::variadic("mergeOverwrite", &[Dict], Dict, |args, fuel| merge::all(args, fuel, true)),
    Function::variadic("mustMergeOverwrite", &[Dict], Dict, |args, fuel| {
        merge::all(args, fuel, true)
    }),
    Function::new("deepCopy", &[Any], |args, fuel| merge::copy(args.any(0), 0, fuel)),
    Function::new("mustDeepCopy", &[Any], |args, fuel| merge::copy(args.any(0), 0, fuel)),
    Function::variadic("dig", &[], Any, |args, _| {
        let [path @ .., default, of] = args.0 else {
            return Err("dig needs at least three arguments".to_owned());
        };
        if path.is_empty() {
            return Err("dig needs at least three arguments".to_owned());
        }
        let mut value = of.clone();
        for key in path {
            let Value::Str(key) = key else { return Err(not("string", key)) };
            let dict = match &value {
                Value::Map(dict) if dict.kind == MapKind::Dict => dict,
                other => return Err(not("map[string]interface {}", other)),
            };
            let Some(step) = dict.get(&Key::Str(Rc::clone(key))) else {
                return Ok(default.clone());
            };
            value = step;
        }
        Ok(value)
    }),
];

fn not(wanted: &str, value: &Value) -> String {
    format!("interface conversion: interface {{}} is {}, not {wanted}", value.type_name())
}

/// A new dict of the entries whose keys are named, or are not.
fn selected(args: Args<'_>, fuel: &mut Fuel, named: bool) -> Result<Value, String> {
    let entries = args.dict(0).entries();
    fuel.list(entries.len())?;
    fuel.spend(entries.len().saturating_mul(args.0.len()))?;
    let is_named = |key: &Key| {
        args.rest(1).iter().any(|it| matches!((it, key), (Value::Str(a), Key::Str(b)) if a == b))
    };
    let kept = entries.into_iter().filter(|(key, _)| is_named(key) == named).collect();
    Ok(Value::Map(Map::new(MapKind::Dict, kept)))
}
