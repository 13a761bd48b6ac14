//! Slices and maps, shared as Go's are.

use std::{cell::RefCell, collections::BTreeMap, fmt, rc::Rc};

use super::{data, values::Value};

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
