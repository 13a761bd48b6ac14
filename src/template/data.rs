//! Flux's data as a template sees it: the structs, their methods, their print forms.
//!
//! The types are those of image-automation-controller 1.x (`source.TemplateData`,
//! `update.Result`); `.Updated` and `.Changed.ImageResult` are those of the
//! versions before 1.0, which removed them.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    Changed, Data,
    functions::{Function, Type},
    images,
    sprig::version,
    values::{Elem, Field, Key, List, Map, MapKind, Struct, StructType, Value},
};

const fn field(name: &'static str) -> Field {
    Field { name, json: None, embedded: false }
}

const fn tagged(name: &'static str, json: &'static str) -> Field {
    Field { name, json: Some(json), embedded: false }
}

const fn embedded(name: &'static str) -> Field {
    Field { name, json: None, embedded: true }
}

static TEMPLATE_DATA: StructType = StructType {
    name: "source.TemplateData",
    fields: &[field("AutomationObject"), field("Changed"), field("Values")],
};
static NAMESPACED_NAME: StructType =
    StructType { name: "types.NamespacedName", fields: &[field("Namespace"), field("Name")] };
static RESULT: StructType = StructType { name: "update.Result", fields: &[field("FileChanges")] };
static CHANGE: StructType = StructType {
    name: "update.Change",
    fields: &[field("OldValue"), field("NewValue"), field("Setter")],
};
static OBJECT_IDENTIFIER: StructType =
    StructType { name: "update.ObjectIdentifier", fields: &[embedded("ResourceIdentifier")] };
static RESOURCE_IDENTIFIER: StructType = StructType {
    name: "yaml.ResourceIdentifier",
    fields: &[embedded("TypeMeta"), embedded("NameMeta")],
};
static TYPE_META: StructType = StructType {
    name: "yaml.TypeMeta",
    fields: &[tagged("APIVersion", "apiVersion"), tagged("Kind", "kind")],
};
static NAME_META: StructType = StructType {
    name: "yaml.NameMeta",
    fields: &[tagged("Name", "name"), tagged("Namespace", "namespace")],
};
static IMAGE_RESULT: StructType =
    StructType { name: "update.ImageResult", fields: &[field("Files")] };
static FILE_RESULT: StructType =
    StructType { name: "update.FileResult", fields: &[field("Objects")] };
static COMMIT: StructType =
    StructType { name: "Commit", fields: &[field("Subject"), field("Body")] };

fn make(kind: &'static StructType, fields: Vec<Value>) -> Value {
    Value::Struct(Rc::new(Struct { kind, fields }))
}

/// What `.` is in a template. Behind the fields of the type stand the hidden
/// ones, which print nowhere and are found by name alone.
pub(super) fn root(data: &Data) -> Value {
    let values = data.values.iter().map(|(k, v)| (Key::Str(k.as_str().into()), v.as_str().into()));
    let values = if data.values.is_empty() {
        Map::nil(MapKind::Strings)
    } else {
        Map::new(MapKind::Strings, values.collect())
    };
    let images = images::result(&data.changes);
    let changed = make(&RESULT, vec![file_changes(&data.changes), images.clone()]);
    let commit = match &data.commit {
        Some(commit) => {
            make(&COMMIT, vec![commit.subject.as_str().into(), commit.body.as_str().into()])
        }
        None => Value::Missing,
    };
    let automation = namespaced_name(&data.automation.namespace, &data.automation.name);
    make(&TEMPLATE_DATA, vec![automation, changed, Value::Map(values), images, commit])
}

pub(super) fn namespaced_name(namespace: &str, name: &str) -> Value {
    make(&NAMESPACED_NAME, vec![namespace.into(), name.into()])
}

/// The key of a changed object.
pub(super) fn object_key(changed: &Changed) -> Key {
    let object = &changed.object;
    let parts = [&object.api_version, &object.kind, &object.name, &object.namespace];
    Key::Object(parts.map(|part| part.as_str().into()))
}

pub(super) fn object_identifier([version, kind, name, namespace]: &[Rc<str>; 4]) -> Value {
    let text = |text: &Rc<str>| Value::Str(Rc::clone(text));
    let type_meta = make(&TYPE_META, vec![text(version), text(kind)]);
    let name_meta = make(&NAME_META, vec![text(name), text(namespace)]);
    make(&OBJECT_IDENTIFIER, vec![make(&RESOURCE_IDENTIFIER, vec![type_meta, name_meta])])
}

pub(super) fn file_result(objects: Map) -> Value {
    make(&FILE_RESULT, vec![Value::Map(objects)])
}

pub(super) fn image_result(files: Map) -> Value {
    make(&IMAGE_RESULT, vec![Value::Map(files)])
}

/// `.Changed.FileChanges`: file, then object, then changes in the order of the file.
fn file_changes(changes: &[Changed]) -> Value {
    if changes.is_empty() {
        return Value::Map(Map::nil(MapKind::FileChanges));
    }
    let mut files: BTreeMap<&str, BTreeMap<Key, Vec<Value>>> = BTreeMap::new();
    for changed in changes {
        let change = make(
            &CHANGE,
            vec![
                changed.old_value.as_str().into(),
                changed.new_value.as_str().into(),
                changed.setter.as_str().into(),
            ],
        );
        let objects = files.entry(&changed.file).or_default();
        objects.entry(object_key(changed)).or_default().push(change);
    }
    let files =
        files.into_iter().map(|(file, objects)| (Key::Str(file.into()), object_changes(objects)));
    Value::Map(Map::new(MapKind::FileChanges, files.collect()))
}

fn object_changes(objects: BTreeMap<Key, Vec<Value>>) -> Value {
    let lists = objects
        .into_iter()
        .map(|(object, changes)| (object, Value::List(List::new(Elem::Change, changes))));
    Value::Map(Map::new(MapKind::ObjectChanges, lists.collect()))
}

/// The lists in a map of maps: of each file and object in turn.
pub(super) fn lists(files: &Value) -> Vec<(Key, List)> {
    let Value::Map(files) = files else { return Vec::new() };
    let mut lists = Vec::new();
    for (_, objects) in files.entries() {
        let objects = match objects {
            Value::Struct(file) => file.fields.first().cloned(),
            objects => Some(objects),
        };
        let Some(Value::Map(objects)) = objects else { continue };
        lists.extend(objects.entries().into_iter().filter_map(|(object, list)| match list {
            Value::List(list) => Some((object, list)),
            _ => None,
        }));
    }
    lists
}

/// `.Changed.Objects`: all changes of an object, whatever file they stand in,
/// repeated ones too. Flux leaves the order of the files to chance.
fn objects(result: &Struct) -> Value {
    let mut objects: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    for (object, changes) in result.fields.first().map(lists).unwrap_or_default() {
        objects.entry(object).or_default().extend_from_slice(changes.items());
    }
    object_changes(objects)
}

/// `.Changed.Changes`: every change once, by its three values. Flux leaves the
/// order to chance; here it is file, object, place in the file.
fn changes(result: &Struct) -> Value {
    let mut changes: Vec<Value> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (_, list) in result.fields.first().map(lists).unwrap_or_default() {
        changes.extend(list.items().iter().filter(|it| seen.insert(texts(it))).cloned());
    }
    if changes.is_empty() {
        return Value::List(List::nil(Elem::Change));
    }
    Value::List(List::new(Elem::Change, changes))
}

fn texts(value: &Value) -> Vec<Rc<str>> {
    let Value::Struct(it) = value else { return Vec::new() };
    let text = |field: &Value| match field {
        Value::Str(text) => Some(Rc::clone(text)),
        _ => None,
    };
    it.fields.iter().filter_map(text).collect()
}

/// What a name means on a struct.
pub(super) enum Member {
    Field(Value),
    /// A method; its first parameter is the struct.
    Method(&'static Function),
    /// A field that Flux has removed, by the name that Flux's error gives it.
    Removed(Value, &'static str),
}

/// Methods, by the type that has them. Their first argument is the receiver.
static METHODS: &[(&str, Function)] = &[
    (
        "types.NamespacedName",
        Function::new("String", &[Type::Any], |args, _| {
            Ok(stringer(args.any(0)).unwrap_or_default().into())
        }),
    ),
    (
        "update.Result",
        Function::new("Changes", &[Type::Any], |args, _| Ok(of_struct(args.any(0), changes))),
    ),
    (
        "update.Result",
        Function::new("Objects", &[Type::Any], |args, _| Ok(of_struct(args.any(0), objects))),
    ),
];

/// What a function of structs gives for a receiver, which is always one.
pub(super) fn of_struct(receiver: &Value, function: fn(&Struct) -> Value) -> Value {
    match receiver {
        Value::Struct(it) => function(it),
        _ => Value::Missing,
    }
}

/// The field or method of a name.
pub(super) fn member(it: &Struct, name: &str) -> Option<Member> {
    let methods = METHODS.iter().chain(images::METHODS).chain(version::METHODS);
    let mut methods = methods.filter(|(kind, _)| *kind == it.kind.name);
    if let Some((_, method)) = methods.find(|(_, method)| method.name == name) {
        return Some(Member::Method(method));
    }
    match (it.kind.name, name) {
        ("source.TemplateData", "Updated") => {
            return it.fields.get(3).map(|images| Member::Removed(images.clone(), ".Updated"));
        }
        ("source.TemplateData", "Commit") => {
            let commit = it.fields.get(4).filter(|commit| !commit.is_nil());
            return commit.map(|commit| Member::Field(commit.clone()));
        }
        ("update.Result", "ImageResult") => {
            let images = it.fields.get(1);
            return images.map(|images| Member::Removed(images.clone(), ".Changed.ImageResult"));
        }
        _ => {}
    }
    let fields = || it.kind.fields.iter().zip(&it.fields);
    if let Some((_, value)) = fields().find(|(field, _)| field.name == name) {
        return Some(Member::Field(value.clone()));
    }
    fields().filter(|(field, _)| field.embedded).find_map(|(_, value)| match value {
        Value::Struct(inner) => member(inner, name),
        _ => None,
    })
}

/// The text of a value that has a `String` method of its own.
pub(super) fn stringer(value: &Value) -> Option<String> {
    let Value::Struct(it) = value else { return None };
    match (it.kind.name, it.fields.as_slice()) {
        ("types.NamespacedName", [Value::Str(namespace), Value::Str(name)]) => {
            Some(format!("{namespace}/{name}"))
        }
        ("update.imageRef" | "*semver.Version", [Value::Str(text), ..]) => {
            Some(text.as_ref().to_owned())
        }
        _ => None,
    }
}

/// A value as the key of a map, where it has the type of the keys.
pub(super) fn key(map: MapKind, at: &Value) -> Result<Key, String> {
    match (map.has_text_keys(), at) {
        (true, Value::Str(text)) => Ok(Key::Str(Rc::clone(text))),
        (false, Value::Struct(it)) if std::ptr::eq(it.kind, &raw const OBJECT_IDENTIFIER) => {
            let parts =
                ["APIVersion", "Kind", "Name", "Namespace"].map(|name| match member(it, name) {
                    Some(Member::Field(Value::Str(text))) => text,
                    _ => "".into(),
                });
            Ok(Key::Object(parts))
        }
        (true, Value::Missing | Value::Nil) => {
            Err("value is nil; should be of type string".to_owned())
        }
        (false, Value::Missing | Value::Nil) => {
            Err("value is nil; should be of type update.ObjectIdentifier".to_owned())
        }
        (text, other) => Err(format!(
            "value has type {}; should be {}",
            other.type_name(),
            if text { "string" } else { "update.ObjectIdentifier" }
        )),
    }
}
