//! Builds folders as `kustomize build` does, from the inside to the outside.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::{Rendered, Sources, kustomization::PatchSource, patch};
use crate::{diagnostic::Diagnostic, tree::RepoPath};

/// Builds folders, each once.
pub(super) struct Builder<'a> {
    pub(super) sources: &'a Sources<'a>,
    by_file: BTreeMap<&'a RepoPath, Vec<usize>>,
    built: BTreeMap<RepoPath, Rc<Vec<Rendered>>>,
    open: Vec<RepoPath>,
    /// The manifests that a patch deletes.
    pub(super) deleted: BTreeSet<usize>,
    /// What is wrong with patches.
    pub(super) problems: Vec<Diagnostic>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(sources: &'a Sources<'a>) -> Self {
        let mut by_file: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, manifest) in sources.manifests.iter().enumerate() {
            by_file.entry(&manifest.file).or_default().push(at);
        }
        let (built, open, deleted, problems) = Default::default();
        Self { sources, by_file, built, open, deleted, problems }
    }

    /// What `kustomize build` gives for a folder with a kustomization. One
    /// that includes itself gives nothing the second time.
    pub(super) fn folder(&mut self, folder: &RepoPath) -> Rc<Vec<Rendered>> {
        if let Some(built) = self.built.get(folder) {
            return Rc::clone(built);
        }
        let mut objects = Vec::new();
        if !self.open.contains(folder) {
            self.open.push(folder.clone());
            self.transform(folder, &mut objects);
            drop(self.open.pop());
        }
        let objects = Rc::new(objects);
        // What was met on the way round is not all of it.
        if self.open.is_empty() || !self.open.contains(folder) {
            drop(self.built.insert(folder.clone(), Rc::clone(&objects)));
        }
        objects
    }

    /// What Flux builds for a path: the folder's kustomization, or one made
    /// of all its files and of the kustomizations below.
    pub(super) fn path(&mut self, path: &RepoPath) -> Vec<Rendered> {
        if self.sources.kustomizations.contains_key(path) {
            return self.folder(path).to_vec();
        }
        let sources = self.sources;
        let below: Vec<&RepoPath> =
            sources.kustomizations.keys().filter(|folder| folder.is_within(path)).collect();
        let mut objects = Vec::new();
        for (at, manifest) in sources.manifests.iter().enumerate() {
            let in_another = || below.iter().any(|folder| manifest.file.is_within(folder));
            if manifest.file.is_within(path) && !in_another() {
                objects.push(Rendered::plain(at, manifest));
            }
        }
        for folder in &below {
            let inner = below.iter().any(|other| other != folder && folder.is_within(other));
            if !inner {
                objects.extend(self.folder(folder).iter().cloned());
            }
        }
        objects
    }

    /// Includes what a kustomization lists and changes it, together with what
    /// `objects` holds already (a component changes its user's).
    pub(super) fn transform(&mut self, folder: &RepoPath, objects: &mut Vec<Rendered>) {
        let Some(kustomization) = self.sources.kustomizations.get(folder) else { return };
        for path in &kustomization.resources {
            self.include(path, objects);
        }
        self.components(&kustomization.components, objects);
        self.patch(&kustomization.patches, objects);
        for object in objects.iter_mut() {
            if let Some(namespace) = &kustomization.namespace {
                object.namespace = Some(namespace.clone());
            }
            object.labels.extend(kustomization.labels.clone());
        }
        once_each(objects);
    }

    /// Lets components change what is there.
    pub(super) fn components(&mut self, folders: &[RepoPath], objects: &mut Vec<Rendered>) {
        for folder in folders {
            if !self.open.contains(folder) {
                self.open.push(folder.clone());
                self.transform(folder, objects);
                drop(self.open.pop());
            }
        }
    }

    /// Lets patches change what is there.
    pub(super) fn patch(&mut self, patches: &[PatchSource], objects: &mut Vec<Rendered>) {
        for source in patches {
            let parsed = self.sources.parsed;
            self.deleted.extend(patch::apply(source, parsed, objects, &mut self.problems));
        }
    }

    /// A file or a folder; a remote base is neither.
    fn include(&mut self, path: &RepoPath, objects: &mut Vec<Rendered>) {
        if let Some(manifests) = self.by_file.get(path) {
            let plain =
                manifests.iter().map(|&at| Rendered::plain(at, &self.sources.manifests[at]));
            objects.extend(plain);
        } else if self.sources.kustomizations.contains_key(path) {
            objects.extend(self.folder(path).iter().cloned());
        }
    }
}

/// Leaves the same declaration once for each namespace.
fn once_each(objects: &mut Vec<Rendered>) {
    let mut seen = BTreeSet::new();
    objects.retain(|object| seen.insert((object.manifest, object.namespace.clone())));
}
