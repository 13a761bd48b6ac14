//! The update result of Flux before 1.0, `.Updated` and `.Changed.ImageResult`:
//! images per object per file, rather than changes.

use std::{collections::BTreeMap, rc::Rc};

use super::{
    Changed, data,
    functions::{Function, Type},
    values::{Elem, Key, List, Map, MapKind, Struct, StructType, Value},
};
use crate::oci::ImageRef;

/// Of the five fields none is exported: they are what the methods give.
static IMAGE_REF: StructType = StructType { name: "update.imageRef", fields: &[] };

/// Methods of the removed types; the first argument is the receiver.
pub(super) static METHODS: &[(&str, Function)] = &[
    (
        "update.ImageResult",
        Function::new("Images", &[Type::Any], |args, _| Ok(data::of_struct(args.any(0), images))),
    ),
    (
        "update.ImageResult",
        Function::new("Objects", &[Type::Any], |args, _| Ok(data::of_struct(args.any(0), objects))),
    ),
    ("update.imageRef", Function::new("String", &[Type::Any], |args, _| Ok(part(args.any(0), 0)))),
    ("update.imageRef", Function::new("Policy", &[Type::Any], |args, _| Ok(part(args.any(0), 1)))),
    (
        "update.imageRef",
        Function::new("Registry", &[Type::Any], |args, _| Ok(part(args.any(0), 2))),
    ),
    (
        "update.imageRef",
        Function::new("Repository", &[Type::Any], |args, _| Ok(part(args.any(0), 3))),
    ),
    (
        "update.imageRef",
        Function::new("Identifier", &[Type::Any], |args, _| Ok(part(args.any(0), 4))),
    ),
    ("update.imageRef", Function::new("Name", &[Type::Any], |args, _| Ok(part(args.any(0), 5)))),
];

fn part(receiver: &Value, index: usize) -> Value {
    match receiver {
        Value::Struct(it) => it.fields.get(index).cloned().unwrap_or(Value::Missing),
        _ => Value::Missing,
    }
}

/// The result of old: the image that each change comes from, once per object.
pub(super) fn result(changes: &[Changed]) -> Value {
    let mut files: BTreeMap<&str, BTreeMap<Key, Vec<&Changed>>> = BTreeMap::new();
    for changed in changes {
        let objects = files.entry(&changed.file).or_default();
        let images = objects.entry(data::object_key(changed)).or_default();
        if !images.iter().any(|it| it.image == changed.image) {
            images.push(changed);
        }
    }
    let files = files.into_iter().map(|(file, objects)| {
        let objects = objects.into_iter().map(|(object, images)| {
            let images = images.into_iter().map(|it| image_ref(&it.image, &it.setter)).collect();
            (object, Value::List(List::new(Elem::ImageRef, images)))
        });
        let objects = Map::new(MapKind::ObjectImages, objects.collect());
        (Key::Str(file.into()), data::file_result(objects))
    });
    data::image_result(Map::new(MapKind::Files, files.collect()))
}

/// `.Updated.Images`: every image once, by file and object.
fn images(result: &Struct) -> Value {
    let mut images: Vec<Value> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (_, list) in result.fields.first().map(data::lists).unwrap_or_default() {
        let new = list.items().iter().filter(|it| seen.insert(identity(it)));
        images.extend(new.cloned());
    }
    Value::List(List::new(Elem::ImageRef, images))
}

/// An image counts once per policy.
fn identity(image: &Value) -> (Option<String>, Option<String>) {
    (data::stringer(image), data::stringer(&part(image, 1)))
}

/// `.Updated.Objects`: the images of each object, whatever file it stands in.
fn objects(result: &Struct) -> Value {
    let mut objects: BTreeMap<Key, Vec<Value>> = BTreeMap::new();
    for (object, images) in result.fields.first().map(data::lists).unwrap_or_default() {
        objects.entry(object).or_default().extend_from_slice(images.items());
    }
    let lists = objects
        .into_iter()
        .map(|(object, images)| (object, Value::List(List::new(Elem::ImageRef, images))));
    Value::Map(Map::new(MapKind::ObjectImages, lists.collect()))
}

/// The image with what go-containerregistry says of it: Docker Hub is
/// `index.docker.io`, and its official images live under `library/`.
fn image_ref(image: &ImageRef, setter: &str) -> Value {
    let (registry, repository) = match image.name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
        _ => ("index.docker.io", image.name.as_str()),
    };
    let official = registry == "index.docker.io" && !repository.contains('/');
    let repository = format!("{}{repository}", if official { "library/" } else { "" });
    let (joint, identifier) = match &image.digest {
        Some(digest) => ('@', digest.to_string()),
        None => (':', image.tag.to_string()),
    };
    let mut policy = setter.split(':');
    let (namespace, name) = (policy.next().unwrap_or(""), policy.next().unwrap_or(""));
    let full = format!("{registry}/{repository}{joint}{identifier}");
    Value::Struct(Rc::new(Struct {
        kind: &IMAGE_REF,
        fields: vec![
            image.to_string().into(),
            data::namespaced_name(namespace, name),
            registry.into(),
            repository.into(),
            identifier.into(),
            full.into(),
        ],
    }))
}
