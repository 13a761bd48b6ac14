//! What an object says once nothing can change it any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Kind, NamespacedName, ObjectError, Reading, Refused, Resource,
    decode::{Misfit, Spec, decode},
    layout::{Expander, Rendered},
    manifest::{Manifest, Sort},
    place,
    read::declared_at,
    relevant::is_template,
};
use crate::{
    diagnostic::{Code, Diagnostic, Severity},
    tree::RepoPath,
    yaml::Node,
};

/// Reads objects and collects what is wrong with them.
pub(super) struct Judge<'a> {
    pub(super) manifests: &'a [Manifest],
    reading: &'a Reading,
    assumed: Assumed<'a>,
    /// What is wrong, in the order found, each once.
    pub(super) problems: Vec<Diagnostic>,
    old: BTreeSet<usize>,
}

/// An object that was read, or why not; `None` for what is passed over.
pub(super) type Judged<S> = Option<Result<Resource<S>, Refused>>;

impl<'a> Judge<'a> {
    pub(super) fn new(
        manifests: &'a [Manifest],
        reading: &'a Reading,
        rendered: &'a [Rendered],
    ) -> Self {
        let assumed = Assumed::new(manifests, reading, rendered);
        Self { manifests, reading, assumed, problems: Vec::new(), old: BTreeSet::new() }
    }

    /// Reads one object.
    pub(super) fn read<S: Spec>(&mut self, object: &Rendered, kind: Kind) -> Judged<S> {
        let manifest = &self.manifests[object.manifest];
        let at = declared_at(object);
        let mut expander = Expander::new(object.variables.as_deref(), &self.reading.substitute);
        let metadata = metadata(&object.node, &mut expander);
        let refuse = |id: Option<NamespacedName>, problem: Diagnostic| {
            let (cluster, declared_at) = (object.cluster.clone(), at.clone());
            Some(Err(Refused { kind, id, cluster, declared_at, problem }))
        };
        let place = |misfit: &Misfit| {
            let route: Vec<&str> = misfit.route.iter().map(String::as_str).collect();
            place::of(&object.node, &route)
        };
        let Metadata { name, namespace, labels } = match metadata {
            Ok(metadata) => metadata,
            Err(misfit) => {
                // A template that happens to be YAML names nothing yet.
                if is_template(&manifest.file, object.node.text.source()) {
                    return None;
                }
                return refuse(None, Diagnostic::of(&misfit.error).at(place(&misfit)));
            }
        };
        let set = object.namespace.as_ref().map(|text| {
            let field = || "metadata.namespace".to_owned();
            expander.expand(text, &object.node, field).into_owned()
        });
        let namespace = set.or(namespace).filter(|text| !text.is_empty());
        if let Some(unknown) = expander.unresolved.first() {
            let message = format!(
                "the name of the {} holds the variable `{}`, which is in no file; it is passed over",
                kind.as_str(),
                unknown.variable
            );
            let problem = Diagnostic::new(Code::ObjectUnresolvedVariable, message);
            self.tell(problem.severity(Severity::Info).at(unknown.at.clone()));
            return None;
        }
        let namespace = match namespace {
            Some(namespace) => namespace,
            None => self.assumed.namespace(kind, &name, &manifest.file, object, &mut self.problems),
        };
        let id = NamespacedName { namespace, name };
        if let Err(error) = self.version(object.manifest, kind) {
            let at = place::of(&object.node, &["apiVersion"]);
            return refuse(Some(id), Diagnostic::of(&error).at(at));
        }
        let spec: S = match decode(&object.node, "spec", &mut expander) {
            Ok(spec) => spec,
            Err(misfit) => {
                return refuse(Some(id), Diagnostic::of(&misfit.error).at(place(&misfit)));
            }
        };
        if let Some(fault) = spec.faults().into_iter().next() {
            let at = place::of(&object.node, fault.route);
            return refuse(Some(id), Diagnostic::of(&fault.error).at(at));
        }
        let labels = labels.into_iter().chain(object.labels.clone()).collect();
        Some(Ok(Resource {
            id,
            labels,
            spec,
            declared_at: at,
            file: manifest.file.clone(),
            document: manifest.document,
            cluster: object.cluster.clone(),
            included: object.included,
            unresolved: expander.unresolved,
            node: object.node.clone(),
        }))
    }

    /// Name and labels of a Namespace.
    pub(super) fn namespace(
        &self,
        object: &Rendered,
    ) -> Option<(String, BTreeMap<String, String>)> {
        let mut expander = Expander::new(object.variables.as_deref(), &self.reading.substitute);
        let metadata = metadata(&object.node, &mut expander).ok()?;
        Some((metadata.name, metadata.labels.into_iter().chain(object.labels.clone()).collect()))
    }

    /// Whether the version is one that is read; remembers the old ones.
    fn version(&mut self, manifest: usize, kind: Kind) -> Result<(), ObjectError> {
        let version = &self.manifests[manifest].api_version;
        match version.split_once('/').map_or("", |(_, version)| version) {
            _ if kind == Kind::GitRepository => {}
            "v1" => {}
            "v1beta1" | "v1beta2" => drop(self.old.insert(manifest)),
            _ => {
                let kind = kind.as_str();
                return Err(ObjectError::Version { kind, version: version.clone() });
            }
        }
        Ok(())
    }

    /// Tells a problem once.
    pub(super) fn tell(&mut self, problem: Diagnostic) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Everything that was told.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        if let Some(&first) = self.old.first() {
            let (count, manifest) = (self.old.len(), &self.manifests[first]);
            let version = manifest.api_version.rsplit('/').next().unwrap_or_default();
            let message = match count {
                1 => format!("an object is written in `{version}`, which Flux no longer serves"),
                _ => format!(
                    "{count} objects are written in old versions like `{version}`, which Flux no longer serves"
                ),
            };
            let problem = Diagnostic::new(Code::ObjectOldVersion, message)
                .at(place::of(&manifest.node, &["apiVersion"]))
                .hint(
                    "write `apiVersion: image.toolkit.fluxcd.io/v1`; the fields keep their names",
                );
            self.problems.push(problem);
        }
        self.problems
    }
}

struct Metadata {
    name: String,
    namespace: Option<String>,
    labels: BTreeMap<String, String>,
}

fn metadata(object: &Node, expander: &mut Expander<'_>) -> Result<Metadata, Misfit> {
    #[derive(serde::Deserialize)]
    struct Raw {
        name: String,
        namespace: Option<String>,
        #[serde(default)]
        labels: BTreeMap<String, String>,
    }
    let Raw { name, namespace, labels } = decode(object, "metadata", expander)?;
    Ok(Metadata { name, namespace, labels })
}

/// The namespaces of objects whose own is written in another repository.
struct Assumed<'a> {
    by_policy: &'a BTreeMap<String, BTreeSet<String>>,
    by_repository: BTreeMap<String, BTreeSet<String>>,
    by_folder: BTreeMap<RepoPath, BTreeSet<String>>,
    told: BTreeSet<RepoPath>,
}

impl<'a> Assumed<'a> {
    fn new(manifests: &'a [Manifest], reading: &'a Reading, rendered: &'a [Rendered]) -> Self {
        let by_policy = &reading.marker_namespaces;
        let mut by_repository: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut by_folder: BTreeMap<RepoPath, BTreeSet<String>> = BTreeMap::new();
        for object in rendered {
            let manifest = &manifests[object.manifest];
            let text = |route: &[&str]| object.node.at(route).and_then(Node::as_str);
            if manifest.sort != Sort::Resource(Kind::ImagePolicy) || object.namespace().is_some() {
                continue;
            }
            let Some(known) = text(&["metadata", "name"]).and_then(|name| by_policy.get(name))
            else {
                continue;
            };
            if let Some(repository) = text(&["spec", "imageRepositoryRef", "name"]) {
                by_repository.entry(repository.to_owned()).or_default().extend(known.clone());
            }
            let folder = manifest.file.parent().unwrap_or_default();
            by_folder.entry(folder).or_default().extend(known.clone());
        }
        Self { by_policy, by_repository, by_folder, told: BTreeSet::new() }
    }

    /// What the markers say, if they agree: of the object itself, else of its
    /// folder; else `flux-system`.
    fn namespace(
        &mut self,
        kind: Kind,
        name: &str,
        file: &RepoPath,
        object: &Rendered,
        problems: &mut Vec<Diagnostic>,
    ) -> String {
        let folder = file.parent().unwrap_or_default();
        let own = match kind {
            Kind::ImagePolicy => self.by_policy.get(name),
            Kind::ImageRepository => self.by_repository.get(name),
            _ => None,
        };
        let only = |set: &BTreeSet<String>| match set.len() {
            1 => set.first().cloned(),
            _ => None,
        };
        let Some(namespace) = own.and_then(only).or_else(|| only(self.by_folder.get(&folder)?))
        else {
            return "flux-system".to_owned();
        };
        if self.told.insert(folder) {
            let message = format!(
                "the namespace of the {} `{name}` is in no file; `{namespace}` is assumed, as markers say",
                kind.as_str()
            );
            problems.push(
                Diagnostic::new(Code::ObjectNamespaceAssumed, message)
                    .at(declared_at(object))
                    .hint("write `metadata.namespace` if it is another one"),
            );
        }
        namespace
    }
}
