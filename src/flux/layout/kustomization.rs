//! `kustomization.yaml`, and the same fields in Flux's `Kustomization`.

use std::collections::BTreeMap;

use super::target::Target;
use crate::{tree::RepoPath, yaml::Node};

/// A `kustomization.yaml`.
#[derive(Debug)]
pub(in crate::flux) struct Kustomization {
    /// What it includes: `resources` and the older `bases`.
    pub(super) resources: Vec<RepoPath>,
    /// What changes the objects included so far.
    pub(super) components: Vec<RepoPath>,
    /// The namespace of all that it includes.
    pub(super) namespace: Option<String>,
    /// What it changes.
    pub(super) patches: Vec<PatchSource>,
    /// The labels that it adds.
    pub(super) labels: BTreeMap<String, String>,
    /// Whether it is a `Component`, which is nothing by itself.
    pub(super) is_component: bool,
}

/// A patch as it is written.
#[derive(Debug)]
pub(super) struct PatchSource {
    /// What it changes, where the patch does not say so itself.
    pub(super) target: Option<Target>,
    /// Its text.
    pub(super) content: Content,
}

/// Where the text of a patch stands.
#[derive(Debug)]
pub(super) enum Content {
    /// In a file.
    Path(RepoPath),
    /// In a scalar.
    Inline(Node),
    /// Right there.
    Object(Node),
}

impl PatchSource {
    /// The file that it stands in.
    pub(super) fn path(&self) -> Option<&RepoPath> {
        match &self.content {
            Content::Path(path) => Some(path),
            _ => None,
        }
    }

    fn new(target: Option<&Node>, content: Content) -> Self {
        Self { target: target.map(Target::read), content }
    }
}

impl Kustomization {
    /// Reads the document of a file in `folder`.
    pub(in crate::flux) fn read(root: &Node, folder: &RepoPath) -> Self {
        let paths = |key| strings(root.get(key)).map(|text| folder.join(text));
        let pairs = root.get("labels").map_or(&[][..], Node::items).iter();
        let pairs = pairs.filter_map(|entry| entry.get("pairs")).chain(root.get("commonLabels"));
        let labels = pairs.flat_map(Node::entries).filter_map(|(key, value)| {
            Some((key.as_str()?.to_owned(), value.as_str()?.to_owned()))
        });
        let namespace =
            root.get("namespace").and_then(Node::as_str).filter(|text| !text.is_empty());
        Self {
            resources: paths("resources").chain(paths("bases")).collect(),
            components: paths("components").collect(),
            namespace: namespace.map(str::to_owned),
            patches: patches(root, folder),
            labels: labels.collect(),
            is_component: root.get("kind").and_then(Node::as_str) == Some("Component"),
        }
    }
}

/// The scalars of a list.
pub(super) fn strings(list: Option<&Node>) -> impl Iterator<Item = &str> {
    list.map_or(&[][..], Node::items).iter().filter_map(Node::as_str)
}

/// `patches` and its two forerunners. A Flux Kustomization writes the latter
/// as objects, kustomize as text or as paths.
pub(super) fn patches(root: &Node, folder: &RepoPath) -> Vec<PatchSource> {
    let items = |key| root.get(key).map_or(&[][..], Node::items).iter();
    let mut patches = Vec::new();
    for item in items("patchesStrategicMerge") {
        let content = match item.as_str() {
            Some(text) if text.contains('\n') => Content::Inline(item.clone()),
            Some(text) => Content::Path(folder.join(text)),
            None => Content::Object(item.clone()),
        };
        patches.push(PatchSource::new(None, content));
    }
    for item in items("patches").chain(items("patchesJson6902")) {
        let content = match (item.get("path").and_then(Node::as_str), item.get("patch")) {
            (Some(path), _) => Content::Path(folder.join(path)),
            (None, Some(patch)) if patch.as_str().is_some() => Content::Inline(patch.clone()),
            (None, Some(patch)) => Content::Object(patch.clone()),
            (None, None) => continue,
        };
        patches.push(PatchSource::new(item.get("target"), content));
    }
    patches
}
