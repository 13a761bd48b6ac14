//! Go's values, as far as a template can meet them.
//!
//! The kinds are Go's because they show: `typeOf` names them, `printf "%d"`
//! asks for them, and a function that wants an `int` refuses an `int64`.

use std::{cell::RefCell, collections::BTreeMap, fmt, rc::Rc};

use super::data;

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

/// The type of a slice's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elem {
    Any,
    Str,
    Int,
    Lists,
    Change,
    ImageRef,
}

/// A slice; its entries never change.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) elem: Elem,
    items: Rc<Items>,
    /// Whether it is Go's nil slice, which only JSON and `deepEqual` tell from an empty one.
    pub(super) nil: bool,
}

#[derive(Debug, Default)]
struct Items(Vec<Value>);

/// The type of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MapKind {
    /// `map[string]interface {}`
    Dict,
    /// `map[string]string`
    Strings,
    /// `map[string]update.ObjectChanges`
    FileChanges,
    /// `update.ObjectChanges`
    ObjectChanges,
    /// `map[string]update.FileResult`, of the removed result.
    Files,
    /// `map[update.ObjectIdentifier][]update.ImageRef`, of the removed result.
    ObjectImages,
}

/// A map, sorted as Go sorts when it ranges or prints; shared, as Go's are.
#[derive(Debug, Clone)]
pub(super) struct Map {
    pub(super) kind: MapKind,
    entries: Rc<Entries>,
    pub(super) nil: bool,
}

#[derive(Debug, Default)]
struct Entries(RefCell<BTreeMap<Key, Value>>);

/// A map's key, in Go's order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Str(Rc<str>),
    /// An `ObjectIdentifier`: API version, kind, name, namespace, in the order
    /// of the struct's fields.
    Object([Rc<str>; 4]),
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

impl List {
    pub(super) fn new(elem: Elem, items: Vec<Value>) -> Self {
        Self { elem, items: Rc::new(Items(items)), nil: false }
    }

    /// Go's nil slice.
    pub(super) fn nil(elem: Elem) -> Self {
        Self { elem, items: Rc::default(), nil: true }
    }

    /// The entries.
    pub(super) fn items(&self) -> &[Value] {
        &self.items.0
    }
}

impl Map {
    pub(super) fn new(kind: MapKind, entries: BTreeMap<Key, Value>) -> Self {
        Self { kind, entries: Rc::new(Entries(RefCell::new(entries))), nil: false }
    }

    /// Go's nil map: empty, and not to be written to.
    pub(super) fn nil(kind: MapKind) -> Self {
        Self { nil: true, ..Self::new(kind, BTreeMap::new()) }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.0.borrow().len()
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &Key) -> Option<Value> {
        self.entries.0.borrow().get(key).cloned()
    }

    /// The value of a text as key; none where the keys are objects.
    pub(super) fn get_str(&self, key: &str) -> Option<Value> {
        self.get(&Key::Str(key.into()))
    }

    /// Keys and values, sorted.
    pub(super) fn entries(&self) -> Vec<(Key, Value)> {
        self.entries.0.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Sets a key, here and wherever the map is shared.
    pub(super) fn insert(&self, key: Key, value: Value) -> Result<(), String> {
        if self.nil {
            return Err("assignment to entry in nil map".to_owned());
        }
        // The old value may hold the map itself: it is dropped after the borrow.
        let old = self.entries.0.borrow_mut().insert(key, value);
        drop(old);
        Ok(())
    }

    /// Takes a key away.
    pub(super) fn remove(&self, key: &Key) {
        let old = self.entries.0.borrow_mut().remove(key);
        drop(old);
    }

    /// Whether both are the same map, not merely equal.
    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

impl MapKind {
    /// The zero value of the map's element type, what `index` gives for a missing key.
    pub(super) fn zero(self) -> Value {
        match self {
            Self::Dict => Value::Nil,
            Self::Strings => "".into(),
            Self::FileChanges => Value::Map(Map::nil(Self::ObjectChanges)),
            Self::ObjectChanges => Value::List(List::nil(Elem::Change)),
            Self::Files => data::file_result(Map::nil(Self::ObjectImages)),
            Self::ObjectImages => Value::List(List::nil(Elem::ImageRef)),
        }
    }

    /// Whether the keys are texts.
    pub(super) fn has_text_keys(self) -> bool {
        !matches!(self, Self::ObjectChanges | Self::ObjectImages)
    }
}

impl Key {
    /// The key as a value.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Str(text) => Value::Str(Rc::clone(text)),
            Self::Object(parts) => data::object_identifier(parts),
        }
    }
}

/// Takes what nests out level by level: dropped as it stands, a list a hundred
/// thousand levels deep would overflow the stack.
fn drop_flat(mut rest: Vec<Value>) {
    while let Some(value) = rest.pop() {
        match value {
            Value::List(List { items, .. }) => {
                if let Ok(mut items) = Rc::try_unwrap(items) {
                    rest.append(&mut items.0);
                }
            }
            Value::Map(Map { entries, .. }) => {
                if let Ok(entries) = Rc::try_unwrap(entries) {
                    rest.extend(entries.0.take().into_values());
                }
            }
            _ => {}
        }
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        drop_flat(std::mem::take(&mut self.0));
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        drop_flat(self.0.take().into_values().collect());
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

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            Self::Object([version, kind, name, namespace]) => {
                write!(f, "{{{{{{{version} {kind}}} {{{name} {namespace}}}}}}}")
            }
        }
    }
}
