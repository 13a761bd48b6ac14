//! Where the clusters begin.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Sources,
    build::Builder,
    clusters::{Entry, walk},
};
use crate::{
    flux::{
        Kind,
        automation_source::repository_path,
        manifest::{Manifest, Sort},
    },
    tree::RepoPath,
    yaml::Node,
};

/// The clusters: the file that bootstraps each, and where it begins.
///
/// `gotk-sync.yaml` and a FluxInstance are bootstraps. Where none of them
/// reaches, what nothing applies is: a Flux Kustomization, or a folder whose
/// kustomization includes some. Hand-made ones in one folder, or below it, are
/// of one cluster: nobody writes one file for each cluster beside files that
/// are only parts of one.
pub(super) fn bootstraps(builder: &mut Builder<'_>) -> BTreeMap<RepoPath, Vec<Entry>> {
    let sources = builder.sources;
    let file = |entry: &Entry| match entry {
        Entry::Object(at) => sources.manifests[*at].file.clone(),
        Entry::Folder(folder) => folder.join("kustomization.yaml"),
    };
    let (made, by_hand) = entries(builder);
    let reaches: BTreeMap<Entry, BTreeSet<Entry>> = made
        .iter()
        .chain(&by_hand)
        .map(|entry| (entry.clone(), walk(builder, std::slice::from_ref(entry), &[]).entries))
        .collect();
    // One that others of its kind apply is a part of them; of a ring the first
    // is the beginning. By hand, nothing applies what is made.
    let roots = beginnings(&made, &reaches);
    let is_made = |entry: &Entry| made.contains(entry);
    let left: Vec<Entry> = by_hand
        .iter()
        .filter(|entry| !roots.iter().any(|root| reaches[root].contains(entry)))
        .filter(|entry| !reaches[entry].iter().any(is_made))
        .cloned()
        .collect();
    let left = beginnings(&left, &reaches);

    let mut clusters: BTreeMap<RepoPath, Vec<Entry>> = BTreeMap::new();
    for root in roots {
        clusters.entry(file(&root)).or_default().push(root);
    }
    let mut outer: Vec<(RepoPath, RepoPath)> = Vec::new();
    let mut left: Vec<(RepoPath, Entry)> =
        left.into_iter().map(|entry| (file(&entry).parent().unwrap_or_default(), entry)).collect();
    left.sort();
    for (folder, entry) in left {
        let file = file(&entry);
        let known = outer.iter().find(|(known, _)| {
            *known == folder || (*known != RepoPath::root() && folder.is_within(known))
        });
        let cluster = known.map_or_else(|| file.clone(), |(_, cluster)| cluster.clone());
        outer.push((folder, cluster.clone()));
        clusters.entry(cluster).or_default().push(entry);
    }
    clusters
}

/// What may be a beginning: what Flux or its operator made, and the rest.
fn entries(builder: &mut Builder<'_>) -> (Vec<Entry>, Vec<Entry>) {
    let sources = builder.sources;
    let patches = sources.patch_files();
    let included: BTreeSet<&RepoPath> =
        sources.kustomizations.values().flat_map(|k| &k.resources).collect();
    let (mut made, mut by_hand) = (Vec::new(), Vec::new());
    let objects = sources.manifests.iter().enumerate();
    for (at, manifest) in objects.filter(|(_, manifest)| !patches.contains(&manifest.file)) {
        // Beside a kustomization that leaves it out a file is dead.
        let stands_alone = !included.contains(&manifest.file)
            && !sources.kustomizations.contains_key(&manifest.file.parent().unwrap_or_default());
        if is_made(manifest) {
            made.push(Entry::Object(at));
        } else if manifest.sort == Sort::Kustomization && stands_alone {
            by_hand.push(Entry::Object(at));
        }
    }
    for folder in sources.outermost() {
        let objects = builder.folder(&folder);
        let mut manifests = objects.iter().map(|object| &sources.manifests[object.manifest]);
        if manifests.any(|m| m.sort == Sort::Kustomization && !is_made(m)) {
            by_hand.push(Entry::Folder(folder));
        }
    }
    (made, by_hand)
}

/// Whether Flux or its operator made the object for a cluster to begin with.
fn is_made(manifest: &Manifest) -> bool {
    match manifest.sort {
        Sort::FluxInstance => true,
        Sort::Kustomization => manifest.file.file_name() == "gotk-sync.yaml",
        _ => false,
    }
}

/// Those that no other one reaches, and the first of every ring.
fn beginnings(entries: &[Entry], reaches: &BTreeMap<Entry, BTreeSet<Entry>>) -> Vec<Entry> {
    let by_another = |entry: &Entry| {
        entries.iter().any(|other| other != entry && reaches[other].contains(entry))
    };
    let mut roots: Vec<Entry> =
        entries.iter().filter(|entry| !by_another(entry)).cloned().collect();
    for entry in entries {
        if !roots.iter().any(|root| root == entry || reaches[root].contains(entry)) {
            roots.push(entry.clone());
        }
    }
    roots
}

/// The sources that are this very repository.
#[derive(Debug)]
pub(super) struct OwnSources {
    references: BTreeSet<(String, String)>,
    repositories: BTreeSet<String>,
}

impl OwnSources {
    /// What the bootstraps read from is this repository.
    pub(super) fn new(sources: &Sources<'_>) -> Self {
        let text = |node: &Node, route: &[&str]| {
            node.at(route).and_then(Node::as_str).unwrap_or_default().to_owned()
        };
        let mut references = BTreeSet::new();
        let mut repositories = BTreeSet::new();
        for manifest in sources.manifests.iter().filter(|manifest| is_made(manifest)) {
            let node = &manifest.node;
            if manifest.sort == Sort::FluxInstance {
                references
                    .insert((text(node, &["spec", "sync", "kind"]), "flux-system".to_owned()));
                repositories.insert(repository_path(&text(node, &["spec", "sync", "url"])));
            } else {
                let reference = ["kind", "name"].map(|key| text(node, &["spec", "sourceRef", key]));
                references.insert(reference.into());
            }
        }
        for (kind, name) in &references {
            repositories.extend(urls(sources.manifests, kind, name).map(repository_path));
        }
        Self { references, repositories }
    }

    /// Whether a Flux Kustomization applies files of another repository. One
    /// whose source is in no file is taken for ours, unless it would apply
    /// all of it: a foreign source is often read from its root.
    pub(super) fn is_foreign(&self, spec: &Node, path: &RepoPath, manifests: &[Manifest]) -> bool {
        let text = |key| spec.at(&["sourceRef", key]).and_then(Node::as_str).unwrap_or_default();
        let (kind, name) = (text("kind"), text("name"));
        if name.is_empty() || self.references.contains(&(kind.to_owned(), name.to_owned())) {
            return false;
        }
        let mut known = urls(manifests, kind, name).map(repository_path).peekable();
        if known.peek().is_some() && !self.repositories.is_empty() {
            return !known.any(|url| self.repositories.contains(&url));
        }
        *path == RepoPath::root()
    }
}

/// The URLs of every GitRepository of a name.
fn urls<'a>(manifests: &'a [Manifest], kind: &str, name: &str) -> impl Iterator<Item = &'a str> {
    let is_git = kind == "GitRepository";
    let named = manifests.iter().filter(move |m| {
        is_git
            && m.sort == Sort::Resource(Kind::GitRepository)
            && m.node.at(&["metadata", "name"]).and_then(Node::as_str) == Some(name)
    });
    named.filter_map(|m| m.node.at(&["spec", "url"])?.as_str())
}
