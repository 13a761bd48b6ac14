//! Types and kinds.

use crate::template::{
    compare,
    functions::{
        Function,
        Type::{Any, Str},
    },
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("typeOf", &[Any], |args, _| Ok(args.any(0).type_name().into())),
    Function::new("typeIs", &[Str, Any], |args, _| {
        Ok((args.str(0) == args.any(1).type_name()).into())
    }),
    Function::new("typeIsLike", &[Str, Any], |args, _| {
        let name = args.any(1).type_name();
        Ok((args.str(0) == name.strip_prefix('*').unwrap_or(name) || args.str(0) == name).into())
    }),
    Function::new("kindOf", &[Any], |args, _| Ok(args.any(0).kind_name().into())),
    Function::new("kindIs", &[Str, Any], |args, _| {
        Ok((args.str(0) == args.any(1).kind_name()).into())
    }),
    Function::new("deepEqual", &[Any, Any], |args, fuel| {
        Ok(compare::deep_equal(args.any(0), args.any(1), 0, fuel)?.into())
    }),
];
