//! From the bootstraps to all that their clusters apply.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Expander, Rendered, Sources, Variables,
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
        let found = walk(&mut builder, &roots, &[]);
        let config: Vec<Rendered> = found
            .into_iter()
            .filter(|object| sources.manifests[object.manifest].sort == Sort::ConfigMap)
            .collect();
        for object in walk(&mut builder, &roots, &config) {
            rendered.push(Rendered { cluster: Some(cluster.clone()), ..object });
        }
    }
    let mut reached: BTreeSet<usize> = rendered.iter().map(|object| object.manifest).collect();
    for folder in outermost(sources) {
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

/// The folders of kustomizations that no other one includes.
fn outermost(sources: &Sources<'_>) -> Vec<RepoPath> {
    let all = sources.kustomizations;
    let included: BTreeSet<_> =
        all.values().flat_map(|k| k.resources.iter().chain(&k.components)).collect();
    let outer = all.iter().filter(|(folder, k)| !included.contains(folder) && !k.is_component);
    outer.map(|(folder, _)| folder.clone()).collect()
}

/// The clusters: the file that bootstraps each, and the Kustomizations in it
/// that no other one applies.
///
/// `gotk-sync.yaml` applies itself; of those that apply one another in a ring
/// it, or else the first, is the beginning. Hand-made beginnings in one folder,
/// or below it, are of one cluster: nobody writes one file for each cluster
/// beside files that are only parts of one.
fn bootstraps(builder: &mut Builder<'_>) -> BTreeMap<RepoPath, Vec<usize>> {
    let manifests = builder.sources.manifests;
    let is_bootstrap =
        |at: usize| matches!(manifests[at].sort, Sort::Kustomization | Sort::FluxInstance);
    let all: Vec<usize> = (0..manifests.len()).filter(|&at| is_bootstrap(at)).collect();
    let mut applies: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for &at in &all {
        let plain = Rendered::plain(at, &manifests[at]);
        let found = apply(builder, &plain, &[]);
        let next = found.iter().map(|object| object.manifest).filter(|&m| is_bootstrap(m));
        drop(applies.insert(at, next.collect()));
    }
    let by_another =
        |at: usize| applies.iter().any(|(other, next)| *other != at && next.contains(&at));
    let mut roots: Vec<usize> = all.iter().copied().filter(|&at| !by_another(at)).collect();
    let mut reached = BTreeSet::new();
    for &root in &roots {
        reach(root, &applies, &mut reached);
    }
    let mut rings = all.clone();
    rings.sort_by_key(|&at| (manifests[at].file.file_name() != "gotk-sync.yaml", at));
    for at in rings {
        if !reached.contains(&at) {
            roots.push(at);
            reach(at, &applies, &mut reached);
        }
    }
    let strong = |at: usize| {
        manifests[at].file.file_name() == "gotk-sync.yaml"
            || manifests[at].sort == Sort::FluxInstance
    };
    let mut clusters: BTreeMap<RepoPath, Vec<usize>> = BTreeMap::new();
    let (made, by_hand): (Vec<usize>, Vec<usize>) = roots.into_iter().partition(|&at| strong(at));
    for at in made {
        clusters.entry(manifests[at].file.clone()).or_default().push(at);
    }
    let mut folders: Vec<(RepoPath, RepoPath)> = Vec::new();
    let mut by_hand: Vec<(RepoPath, usize)> = by_hand
        .into_iter()
        .map(|at| (manifests[at].file.parent().unwrap_or_default(), at))
        .collect();
    by_hand.sort();
    for (folder, at) in by_hand {
        let file = &manifests[at].file;
        let known = folders
            .iter()
            .find(|(outer, _)| {
                *outer == folder || (*outer != RepoPath::root() && folder.is_within(outer))
            })
            .map(|(_, cluster)| cluster.clone());
        let cluster = known.unwrap_or_else(|| {
            folders.push((folder, file.clone()));
            file.clone()
        });
        clusters.entry(cluster).or_default().push(at);
    }
    clusters
}

fn reach(from: usize, applies: &BTreeMap<usize, BTreeSet<usize>>, reached: &mut BTreeSet<usize>) {
    let mut ahead = vec![from];
    while let Some(at) = ahead.pop() {
        if reached.insert(at) {
            ahead.extend(applies.get(&at).into_iter().flatten());
        }
    }
}

/// All objects that a cluster applies, beginning at its bootstraps.
fn walk(builder: &mut Builder<'_>, roots: &[usize], config: &[Rendered]) -> Vec<Rendered> {
    let manifests = builder.sources.manifests;
    let mut ahead: Vec<Rendered> =
        roots.iter().rev().map(|&at| Rendered::plain(at, &manifests[at])).collect();
    let mut applied = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(kustomization) = ahead.pop() {
        let sort = manifests[kustomization.manifest].sort;
        let name = kustomization.metadata("name").unwrap_or_default().to_owned();
        let namespace = kustomization.namespace().map(str::to_owned);
        if !applied.insert((sort == Sort::FluxInstance, name, namespace)) {
            continue;
        }
        let objects = apply(builder, &kustomization, config);
        for object in objects {
            match manifests[object.manifest].sort {
                Sort::Kustomization | Sort::FluxInstance => ahead.push(object),
                _ => found.push(object),
            }
        }
    }
    found
}

/// What one Flux Kustomization applies, or what a FluxInstance syncs.
fn apply(builder: &mut Builder<'_>, object: &Rendered, config: &[Rendered]) -> Vec<Rendered> {
    let sources = builder.sources;
    let variables = object.variables.clone();
    let mut expander = Expander::new(variables.as_deref(), sources.given);
    let mut text = |route: &[&str]| {
        let node = object.node.at(route)?;
        Some(expander.expand(node.as_str()?, node, String::new).into_owned())
    };
    if sources.manifests[object.manifest].sort == Sort::FluxInstance {
        return text(&["spec", "sync", "path"])
            .map_or_else(Vec::new, |path| builder.path(&RepoPath::clamped(&path)));
    }
    let Some(spec) = object.node.get("spec") else { return Vec::new() };
    let path = RepoPath::clamped(&text(&["spec", "path"]).unwrap_or_default());
    let namespace = text(&["spec", "targetNamespace"]).filter(|text| !text.is_empty());
    let mut objects = builder.path(&path);
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
                        drop(variables.values.insert(key.to_owned(), one_line(value)));
                    }
                }
            }
            None => variables.complete = false,
        }
    }
    for (key, value) in post_build.get("substitute").map_or(&[][..], Node::entries) {
        if let (Some(key), Some(text)) = (key.as_str(), value.as_str()) {
            let text = expander.expand(text, value, String::new);
            drop(variables.values.insert(key.to_owned(), one_line(&text)));
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
