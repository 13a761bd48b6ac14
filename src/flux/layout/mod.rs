//! The repository as its clusters see it: kustomizations are built as
//! kustomize does, Flux Kustomizations followed from each bootstrap.
//!
//! Only what bears on the objects that are read is done: namespaces, patches,
//! labels, variables. Generators, name prefixes, replacements and remote bases
//! are not.

mod build;
mod clusters;
mod json_patch;
mod kustomization;
mod patch;
mod target;
mod variables;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub(super) use clusters::render;
pub(super) use kustomization::Kustomization;
pub(super) use variables::{Expander, Variables};

use super::manifest::{Manifest, Parsed};
use crate::{tree::RepoPath, yaml::Node};

/// What the layout is made from.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    /// All objects, in the order of the files.
    pub(super) manifests: &'a [Manifest],
    /// The kustomizations, by folder.
    pub(super) kustomizations: &'a BTreeMap<RepoPath, Kustomization>,
    /// The documents of all files, for patches.
    pub(super) parsed: &'a BTreeMap<RepoPath, Parsed>,
    /// Variables given from outside.
    pub(super) given: &'a BTreeMap<String, String>,
}

impl Sources<'_> {
    /// The files that kustomizations and Flux Kustomizations use as patches.
    pub(super) fn patch_files(&self) -> BTreeSet<&RepoPath> {
        self.kustomizations.values().flat_map(|k| &k.patches).filter_map(|p| p.path()).collect()
    }
}

/// An object as a kustomization gives it.
#[derive(Debug, Clone)]
pub(super) struct Rendered {
    /// Its place among the manifests.
    pub(super) manifest: usize,
    /// Its values, patched.
    pub(super) node: Arc<Node>,
    /// The namespace that a kustomization or `targetNamespace` sets.
    pub(super) namespace: Option<String>,
    /// Labels that kustomizations add.
    pub(super) labels: BTreeMap<String, String>,
    /// What the Kustomization that applies it substitutes.
    pub(super) variables: Option<Arc<Variables>>,
    /// The file that bootstraps its cluster.
    pub(super) cluster: Option<RepoPath>,
    /// Whether a kustomization includes it.
    pub(super) included: bool,
}

impl Rendered {
    /// A manifest as it stands.
    fn plain(manifest: usize, source: &Manifest) -> Self {
        Self {
            manifest,
            node: Arc::clone(&source.node),
            namespace: None,
            labels: BTreeMap::new(),
            variables: None,
            cluster: None,
            included: true,
        }
    }

    /// The text of a key of `metadata`.
    fn metadata(&self, key: &str) -> Option<&str> {
        self.node.at(&["metadata", key])?.as_str()
    }

    /// The namespace as far as it is known.
    pub(super) fn namespace(&self) -> Option<&str> {
        let written = || self.metadata("namespace").filter(|text| !text.is_empty());
        self.namespace.as_deref().or_else(written)
    }
}
