//! Semantic versions, read as the policies read them.

use std::{cmp::Ordering, rc::Rc};

use crate::{
    policy,
    template::{
        functions::{
            Args, Function,
            Type::{Str, Version},
        },
        values::{Struct, StructType, Value},
    },
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("semver", &[Str], |args, _| {
        let text = args.str(0);
        let version = read(text)?;
        let metadata = text.split_once('+').map_or("", |(_, metadata)| metadata);
        let pre = version.pre();
        let (major, minor, patch) = (version.major(), version.minor(), version.patch());
        let mut full = format!("{major}.{minor}.{patch}");
        for (sign, part) in
            [('-', pre), ('+', metadata)].iter().filter(|(_, part)| !part.is_empty())
        {
            full.push(*sign);
            full.push_str(part);
        }
        let numbers = [major, minor, patch].map(Value::Uint64);
        let texts = [pre, metadata, text].map(Value::from);
        let fields = [Value::from(full)].into_iter().chain(numbers).chain(texts).collect();
        Ok(Value::Struct(Rc::new(Struct { kind: &VERSION, fields })))
    }),
    Function::new("semverCompare", &[Str, Str], |args, _| {
        let range = policy::Range::parse(args.str(0)).map_err(|error| error.to_string())?;
        Ok(range.contains(&read(args.str(1))?).into())
    }),
];

/// None of the fields is exported: they are what the methods give.
static VERSION: StructType = StructType { name: NAME, fields: &[] };

const NAME: &str = "*semver.Version";

/// The methods of a version; the first argument is the receiver.
pub(in crate::template) static METHODS: &[(&str, Function)] = &[
    (NAME, Function::new("String", &[Version], |args, _| Ok(part(args, 0)))),
    (NAME, Function::new("Major", &[Version], |args, _| Ok(part(args, 1)))),
    (NAME, Function::new("Minor", &[Version], |args, _| Ok(part(args, 2)))),
    (NAME, Function::new("Patch", &[Version], |args, _| Ok(part(args, 3)))),
    (NAME, Function::new("Prerelease", &[Version], |args, _| Ok(part(args, 4)))),
    (NAME, Function::new("Metadata", &[Version], |args, _| Ok(part(args, 5)))),
    (NAME, Function::new("Original", &[Version], |args, _| Ok(part(args, 6)))),
    (
        NAME,
        Function::new("Compare", &[Version, Version], |args, _| {
            Ok(Value::Int(match order(args)? {
                Ordering::Less => -1,
                Ordering::Equal => 0,
                Ordering::Greater => 1,
            }))
        }),
    ),
    (NAME, Function::new("Equal", &[Version, Version], |args, _| Ok(order(args)?.is_eq().into()))),
    (
        NAME,
        Function::new("LessThan", &[Version, Version], |args, _| Ok(order(args)?.is_lt().into())),
    ),
    (
        NAME,
        Function::new("LessThanEqual", &[Version, Version], |args, _| {
            Ok(order(args)?.is_le().into())
        }),
    ),
    (
        NAME,
        Function::new("GreaterThan", &[Version, Version], |args, _| {
            Ok(order(args)?.is_gt().into())
        }),
    ),
    (
        NAME,
        Function::new("GreaterThanEqual", &[Version, Version], |args, _| {
            Ok(order(args)?.is_ge().into())
        }),
    ),
];

fn read(text: &str) -> Result<policy::Version, String> {
    policy::Version::loose(text).map_err(|error| format!("invalid semantic version: {error}"))
}

fn part(args: Args<'_>, index: usize) -> Value {
    match args.any(0) {
        Value::Struct(it) => it.fields.get(index).cloned().unwrap_or(Value::Missing),
        _ => Value::Missing,
    }
}

fn order(args: Args<'_>) -> Result<Ordering, String> {
    let version = |at: usize| match part(Args(args.rest(at)), 0) {
        Value::Str(text) => read(&text),
        _ => Err("no version".to_owned()),
    };
    Ok(version(0)?.cmp(&version(1)?))
}
