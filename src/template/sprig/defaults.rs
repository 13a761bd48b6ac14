//! Defaults and choices.

use crate::template::{
    functions::{
        Function,
        Type::{Any, Bool, Str},
    },
    values::Value,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("default", &[Any], Any, |args, _| {
        let given = args.rest(1).first().filter(|it| !it.is_zero());
        Ok(given.unwrap_or(args.any(0)).clone())
    }),
    Function::new("empty", &[Any], |args, _| Ok(args.any(0).is_zero().into())),
    Function::variadic("coalesce", &[], Any, |args, _| {
        Ok(args.0.iter().find(|it| !it.is_zero()).cloned().unwrap_or(Value::Nil))
    }),
    Function::variadic("all", &[], Any, |args, _| Ok(args.0.iter().all(|it| !it.is_zero()).into())),
    Function::variadic("any", &[], Any, |args, _| Ok(args.0.iter().any(|it| !it.is_zero()).into())),
    Function::new("ternary", &[Any, Any, Bool], |args, _| {
        Ok(args.any(usize::from(!args.bool(2))).clone())
    }),
    Function::new("fail", &[Str], |args, _| Err(args.str(0).to_owned())),
];
