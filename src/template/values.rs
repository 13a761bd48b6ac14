//! Go's values, as far as a template can meet them.
//!
//! The kinds are Go's because they show: `typeOf` names them, `printf "%d"`
//! asks for them, and a function that wants an `int` refuses an `int64`.

use std::rc::Rc;

pub(super) use super::collections::{Elem, Key, List, Map, MapKind};

/// A value of Go.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// No value at all, what a map says of a key it lacks; prints `<no value>`.
    Missing,
    /// `nil` of the type `interface {}`.
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`, 64 bits wide as on every machine that runs Flux.
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `uint8`, a byte of a text.
    Uint8(u8),
    /// `uint64`
    Uint64(u64),
    /// `float64`
    Float(f64),
    /// `string`. Go's may hold any bytes; here what is no UTF-8 is replaced.
    Str(Rc<str>),
    /// A slice.
    List(List),
    /// A map.
    Map(Map),
    /// A struct, or the pointer to one that a function gives.
    Struct(Rc<Struct>),
}

/// A struct's type.
#[derive(Debug)]
pub(super) struct StructType {
    /// As `%T` prints it.
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

/// A field of a struct's type.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// The name in JSON, where a tag gives one; then empty values are left out.
    pub(super) json: Option<&'static str>,
    /// Whether the fields of this one count as the struct's own.
    pub(super) embedded: bool,
}

/// A struct.
#[derive(Debug)]
pub(super) struct Struct {
    pub(super) kind: &'static StructType,
    pub(super) fields: Vec<Value>,
}

impl Value {
    /// The type, as `%T` prints it.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Uint8(_) => "uint8",
            Self::Uint64(_) => "uint64",
            Self::Float(_) => "float64",
            Self::Str(_) => "string",
            Self::List(list) => match list.elem {
                Elem::Any => "[]interface {}",
                Elem::Str => "[]string",
                Elem::Int => "[]int",
                Elem::Lists => "[][]interface {}",
                Elem::Change => "[]update.Change",
                Elem::ImageRef => "[]update.ImageRef",
            },
            Self::Map(map) => match map.kind {
                MapKind::Dict => "map[string]interface {}",
                MapKind::Strings => "map[string]string",
                MapKind::FileChanges => "map[string]update.ObjectChanges",
                MapKind::ObjectChanges => "update.ObjectChanges",
                MapKind::Files => "map[string]update.FileResult",
                MapKind::ObjectImages => "map[update.ObjectIdentifier][]update.ImageRef",
            },
            Self::Struct(it) => it.kind.name,
        }
    }

    /// The kind, as reflection names it.
    pub(super) fn kind_name(&self) -> &'static str {
        match self {
            Self::Missing | Self::Nil => "invalid",
            Self::List(_) => "slice",
            Self::Map(_) => "map",
            Self::Struct(it) if it.kind.name.starts_with('*') => "ptr",
            Self::Struct(_) => "struct",
            _ => self.type_name(),
        }
    }

    /// Whether `if` takes it for true: not the zero value of its type.
    pub(super) fn is_true(&self) -> bool {
        !self.is_zero() || matches!(self, Self::Struct(_))
    }

    /// Whether it is empty, `0`, `false` or nil.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Missing | Self::Nil => true,
            Self::Bool(it) => !it,
            Self::Int(it) | Self::Int64(it) => *it == 0,
            Self::Uint8(it) => *it == 0,
            Self::Uint64(it) => *it == 0,
            Self::Float(it) => *it == 0.0,
            Self::Str(it) => it.is_empty(),
            Self::List(it) => it.items().is_empty(),
            Self::Map(it) => it.len() == 0,
            Self::Struct(_) => false,
        }
    }

    /// Whether it is nil, of whatever type.
    pub(super) fn is_nil(&self) -> bool {
        match self {
            Self::Missing | Self::Nil => true,
            Self::List(it) => it.nil,
            Self::Map(it) => it.nil,
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text.into())
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}
