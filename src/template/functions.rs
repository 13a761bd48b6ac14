//! The functions that a template may call, and the types that they ask for.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    builtins,
    fuel::Fuel,
    sprig,
    values::{Map, MapKind, Value},
};

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// `interface {}`
    Any,
    /// A value as it is, missing or not: what Go's own functions take.
    Reflect,
    Str,
    Int,
    Float,
    Bool,
    /// `map[string]interface {}`
    Dict,
    /// `*semver.Version`
    Version,
}

/// A function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: &'static [Type],
    /// The type of any further arguments.
    pub(super) rest: Option<Type>,
    pub(super) call: Call,
}

/// What a function does with arguments that have the types it asked for.
pub(super) type Call = fn(Args<'_>, &mut Fuel) -> Result<Value, String>;

impl Function {
    pub(super) const fn new(name: &'static str, params: &'static [Type], call: Call) -> Self {
        Self { name, params, rest: None, call }
    }

    /// One that takes any number of further arguments.
    pub(super) const fn variadic(
        name: &'static str,
        params: &'static [Type],
        rest: Type,
        call: Call,
    ) -> Self {
        Self { name, params, rest: Some(rest), call }
    }

    /// The type of an argument.
    pub(super) fn param(&self, index: usize) -> Type {
        self.params.get(index).copied().or(self.rest).unwrap_or(Type::Any)
    }

    /// Refuses a wrong number of arguments.
    pub(super) fn check_count(&self, count: usize) -> Result<(), String> {
        let (name, want) = (self.name, self.params.len());
        match self.rest {
            Some(_) if count < want => {
                Err(format!("wrong number of args for {name}: want at least {want} got {count}"))
            }
            None if count != want => {
                Err(format!("wrong number of args for {name}: want {want} got {count}"))
            }
            _ => Ok(()),
        }
    }
}

impl Type {
    /// As Go names it in errors.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::Str => "string",
            Self::Int => "int",
            Self::Float => "float64",
            Self::Bool => "bool",
            Self::Dict => "map[string]interface {}",
            Self::Version => "*semver.Version",
        }
    }

    /// The value as an argument of this type, Go's `validateType`.
    pub(super) fn admit(self, value: Value) -> Result<Value, String> {
        match (self, &value) {
            (Self::Any, Value::Missing) => Ok(Value::Nil),
            (Self::Dict, Value::Missing) => Ok(Value::Map(Map::nil(MapKind::Dict))),
            (Self::Any | Self::Reflect, _)
            | (Self::Str, Value::Str(_))
            | (Self::Int, Value::Int(_))
            | (Self::Float, Value::Float(_))
            | (Self::Bool, Value::Bool(_)) => Ok(value),
            (Self::Dict, Value::Map(map)) if map.kind == MapKind::Dict => Ok(value),
            (Self::Version, Value::Struct(it)) if it.kind.name == self.name() => Ok(value),
            (_, Value::Missing) => Err(format!("invalid value; expected {}", self.name())),
            _ => Err(format!(
                "wrong type for value; expected {}; got {}",
                self.name(),
                value.type_name()
            )),
        }
    }
}

/// Arguments that have passed [`Type::admit`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Args<'a>(pub(super) &'a [Value]);

impl<'a> Args<'a> {
    pub(super) fn any(self, index: usize) -> &'a Value {
        self.0.get(index).unwrap_or(&Value::Nil)
    }

    pub(super) fn rest(self, from: usize) -> &'a [Value] {
        self.0.get(from..).unwrap_or_default()
    }

    pub(super) fn str(self, index: usize) -> &'a str {
        match self.any(index) {
            Value::Str(text) => text,
            _ => "",
        }
    }

    pub(super) fn int(self, index: usize) -> i64 {
        match self.any(index) {
            Value::Int(number) => *number,
            _ => 0,
        }
    }

    pub(super) fn bool(self, index: usize) -> bool {
        matches!(self.any(index), Value::Bool(true))
    }

    pub(super) fn dict(self, index: usize) -> Map {
        match self.any(index) {
            Value::Map(map) => map.clone(),
            _ => Map::nil(MapKind::Dict),
        }
    }
}

/// sprig's before Go's own: sprig's `slice` takes the place of the builtin one.
static FUNCTIONS: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let own = builtins::FUNCTIONS.iter();
    own.chain(sprig::FAMILIES.iter().copied().flatten()).map(|it| (it.name, it)).collect()
});

/// The function of a name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.get(name).copied()
}

/// Says why a name is no function here.
pub(super) fn check(name: &str) -> Result<(), String> {
    if find(name).is_some() {
        Ok(())
    } else if let Some(why) = sprig::refused(name) {
        Err(format!("function `{name}` is not supported here: {why}"))
    } else {
        Err(format!("function `{name}` not defined"))
    }
}
