//! From the bootstraps to all that their clusters apply.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Expander, Rendered, Sources, Variables,
    bootstraps::bootstraps,
    build::Builder,
    kustomization::{patches, strings},
};
use crate::{diagnostic::Diagnostic, flux::manifest::Sort, tree::RepoPath, yaml::Node};

/// Every object as its clusters see it; what no bootstrap reaches as its own
/// kustomizations see it, and what none includes as it stands.
pub(in crate::flux) fn render(sources: &Sources<'_>) -> (Vec<Rendered>, Vec<Diagnostic>) {
    let mut builder = Builder::new(sources);
    let mut rendered = Vec::new();
    for (cluster, roots) in bootstraps(&mut builder) {
        // The first round finds the ConfigMaps that the second one needs.
        let mut config = walk(&mut builder, &roots, &[]).found;
        config.retain(|object| sources.manifests[object.manifest].sort == Sort::ConfigMap);
        for object in walk(&mut builder, &roots, &config).found {
            rendered.push(Rendered { cluster: Some(cluster.clone()), ..object });
        }
    }
    let mut reached: BTreeSet<usize> = rendered.iter().map(|object| object.manifest).collect();
    for folder in sources.outermost() {
        let found = builder.folder(&folder);
        let new: Vec<_> =
            found.iter().filter(|o| !reached.contains(&o.manifest)).cloned().collect();
        rendered.extend(new);
    }
    reached.extend(rendered.iter().map(|object| object.manifest));
    reached.extend(&builder.deleted);
    let patch_files = sources.patch_files();
    for (at, manifest) in sources.manifests.iter().enumerate() {
        if !reached.contains(&at) && !patch_files.contains(&manifest.file) {
            rendered.push(Rendered { included: false, ..Rendered::plain(at, manifest) });
        }
    }
    (rendered, builder.problems)
}

/// Where a cluster begins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entry {
    /// A Flux Kustomization or a FluxInstance, by its place.
    Object(usize),
    /// A folder with a kustomization, which something outside applies.
    Folder(RepoPath),
}

/// What was met on the way from a beginning.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// The objects that are applied.
    pub(super) found: Vec<Rendered>,
    /// The beginnings of others that are applied as well.
    pub(super) entries: BTreeSet<Entry>,
}

/// All objects that a cluster applies, from its beginnings on.
pub(super) fn walk(builder: &mut Builder<'_>, entries: &[Entry], config: &[Rendered]) -> Reach {
    let manifests = builder.sources.manifests;
    let mut reach = Reach::default();
    let mut ahead = Vec::new();
    let mut applied = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Object(at) => ahead.push(Rendered::plain(*at, &manifests[*at])),
            Entry::Folder(folder) => reach.found.extend(builder.folder(folder).iter().cloned()),
        }
    }
    ahead.reverse();
    let is_next = |object: &Rendered| {
        matches!(manifests[object.manifest].sort, Sort::Kustomization | Sort::FluxInstance)
    };
    ahead.extend(reach.found.extract_if(.., |object| is_next(object)));
    while let Some(kustomization) = ahead.pop() {
        let sort = manifests[kustomization.manifest].sort;
        let name = kustomization.metadata("name").unwrap_or_default().to_owned();
        let namespace = kustomization.namespace().map(str::to_owned);
        if !applied.insert((sort == Sort::FluxInstance, name, namespace)) {
            continue;
        }
        for object in apply(builder, &kustomization, config, &mut reach.entries) {
            if is_next(&object) {
                reach.entries.insert(Entry::Object(object.manifest));
                ahead.push(object);
            } else {
                reach.found.push(object);
            }
        }
    }
    reach
}

/// What one Flux Kustomization applies, or what a FluxInstance syncs.
///
/// One whose source is another repository applies nothing of this one.
fn apply(
    builder: &mut Builder<'_>,
    object: &Rendered,
    config: &[Rendered],
    entries: &mut BTreeSet<Entry>,
) -> Vec<Rendered> {
    let sources = builder.sources;
    let variables = object.variables.clone();
    let mut expander = Expander::new(variables.as_deref(), sources.given);
    let mut text = |route: &[&str]| {
        let node = object.node.at(route)?;
        Some(expander.expand(node.as_str()?, node, String::new).into_owned())
    };
    if sources.manifests[object.manifest].sort == Sort::FluxInstance {
        let Some(path) = text(&["spec", "sync", "path"]) else { return Vec::new() };
        return builder.path(&RepoPath::clamped(&path), entries);
    }
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let path = RepoPath::clamped(&text(&["spec", "path"]).unwrap_or_default());
    let namespace = text(&["spec", "targetNamespace"]).filter(|text| !text.is_empty());
    if builder.own.is_foreign(spec, &path, sources.manifests) {
        return Vec::new();
    }
    let mut objects = builder.path(&path, entries);
    let components: Vec<_> = strings(spec.get("components")).map(|text| path.join(text)).collect();
    builder.components(&components, &mut objects);
    builder.patch(&patches(spec, &path), &mut objects);
    let variables = substitutes(object, sources, config).map(Arc::new);
    for applied in &mut objects {
        if namespace.is_some() {
            applied.namespace.clone_from(&namespace);
        }
        applied.variables = variables.clone().filter(|_| !is_left_out(&applied.node));
    }
    objects
}

/// `kustomize.toolkit.fluxcd.io/substitute: disabled`
fn is_left_out(node: &Node) -> bool {
    ["annotations", "labels"].iter().any(|map| {
        let route = ["metadata", map, "kustomize.toolkit.fluxcd.io/substitute"];
        node.at(&route).and_then(Node::as_str) == Some("disabled")
    })
}

/// `spec.postBuild`: of several sources the later wins, `substitute` over all.
fn substitutes(object: &Rendered, sources: &Sources<'_>, config: &[Rendered]) -> Option<Variables> {
    let post_build = object.node.at(&["spec", "postBuild"])?;
    let own = object.variables.clone();
    let mut expander = Expander::new(own.as_deref(), sources.given);
    let mut variables = Variables { complete: true, ..Variables::default() };
    let one_line = |text: &str| text.replace('\n', "");
    for source in post_build.get("substituteFrom").map_or(&[][..], Node::items) {
        let text = |key| source.get(key).and_then(Node::as_str).unwrap_or_default();
        let map = (text("kind") == "ConfigMap")
            .then(|| config_map(text("name"), object, sources, config));
        match map.flatten() {
            Some(map) => {
                for (key, value) in map.get("data").map_or(&[][..], Node::entries) {
                    if let (Some(key), Some(value)) = (key.as_str(), value.as_str()) {
                        variables.values.insert(key.to_owned(), one_line(value));
                    }
                }
            }
            None => variables.complete = false,
        }
    }
    for (key, value) in post_build.get("substitute").map_or(&[][..], Node::entries) {
        if let (Some(key), Some(text)) = (key.as_str(), value.as_str()) {
            let text = expander.expand(text, value, String::new);
            variables.values.insert(key.to_owned(), one_line(&text));
        }
    }
    Some(variables)
}

/// The ConfigMap of a name: the cluster's own, else the only one in the tree.
fn config_map(
    name: &str,
    user: &Rendered,
    sources: &Sources<'_>,
    config: &[Rendered],
) -> Option<Arc<Node>> {
    let own = |object: &&Rendered| {
        object.metadata("name") == Some(name)
            && match (object.namespace(), user.namespace()) {
                (Some(map), Some(user)) => map == user,
                _ => true,
            }
    };
    if let Some(object) = config.iter().find(own) {
        return Some(Arc::clone(&object.node));
    }
    let named = |node: &Node| node.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name);
    let mut all = sources.manifests.iter().filter(|m| m.sort == Sort::ConfigMap && named(&m.node));
    let first = all.next()?;
    all.next().is_none().then(|| Arc::clone(&first.node))
}
