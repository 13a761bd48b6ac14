//! Documents as objects, before anything in them is judged.

use std::sync::Arc;

use super::Kind;
use crate::{
    tree::RepoPath,
    yaml::{self, Node, Text},
};

/// The kinds that are read, by group and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// One that becomes a resource.
    Resource(Kind),
    /// `Kustomization` of Flux, not of kustomize.
    Kustomization,
    /// `FluxInstance` of the Flux operator: a bootstrap.
    FluxInstance,
    /// Labels for `accessFrom`.
    Namespace,
    /// Values of variables.
    ConfigMap,
}

impl Sort {
    /// What an object is, by `apiVersion` and `kind`.
    pub(super) fn of(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Some(match (group, kind) {
            ("image.toolkit.fluxcd.io", "ImageRepository") => Self::Resource(Kind::ImageRepository),
            ("image.toolkit.fluxcd.io", "ImagePolicy") => Self::Resource(Kind::ImagePolicy),
            ("image.toolkit.fluxcd.io", "ImageUpdateAutomation") => {
                Self::Resource(Kind::ImageUpdateAutomation)
            }
            ("source.toolkit.fluxcd.io", "GitRepository") => Self::Resource(Kind::GitRepository),
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => Self::Kustomization,
            ("fluxcd.controlplane.io", "FluxInstance") => Self::FluxInstance,
            ("", "Namespace") => Self::Namespace,
            ("", "ConfigMap") => Self::ConfigMap,
            _ => return None,
        })
    }
}

/// An object as a document declares it.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    /// What it is.
    pub(super) sort: Sort,
    /// `apiVersion`
    pub(super) api_version: String,
    /// The file.
    pub(super) file: RepoPath,
    /// Which document of the file, from 0.
    pub(super) document: usize,
    /// Its values.
    pub(super) node: Arc<Node>,
}

/// A file with its documents.
#[derive(Debug)]
pub(super) struct Parsed {
    /// Where it lies.
    pub(super) file: RepoPath,
    /// The values of its documents, each with its number.
    pub(super) roots: Vec<(usize, Arc<Node>)>,
}

impl Parsed {
    /// Reads a file's documents.
    pub(super) fn read(text: Text) -> Result<Self, yaml::SyntaxError> {
        let file = text.path.clone();
        let documents = yaml::parse(&Arc::new(text))?;
        let numbered = documents.into_iter().enumerate();
        let roots = numbered.filter_map(|(n, d)| Some((n, Arc::new(d.root?)))).collect();
        Ok(Self { file, roots })
    }

    /// The objects that are read, `kind: List` opened.
    pub(super) fn manifests(&self) -> Vec<Manifest> {
        let mut manifests = Vec::new();
        for (document, root) in &self.roots {
            self.collect(*document, root, 0, &mut manifests);
        }
        manifests
    }

    fn collect(&self, document: usize, node: &Arc<Node>, depth: usize, into: &mut Vec<Manifest>) {
        let text = |key| node.get(key).and_then(Node::as_str).unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if let Some(sort) = Sort::of(api_version, kind) {
            into.push(Manifest {
                sort,
                api_version: api_version.to_owned(),
                file: self.file.clone(),
                document,
                node: Arc::clone(node),
            });
        } else if kind.ends_with("List") && depth < 2 {
            for item in node.get("items").map_or(&[][..], Node::items) {
                self.collect(document, &Arc::new(item.resolved().clone()), depth + 1, into);
            }
        }
    }
}
