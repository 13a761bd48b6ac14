//! From the files of a tree to its resources.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    CommitUser, Kind, ObjectError, Refused, Resources,
    judge::Judge,
    layout::{self, Kustomization, Rendered, Sources},
    manifest::{Manifest, Parsed, Sort},
    place,
    relevant::{declared_kinds, is_kustomization},
    settle::settle,
};
use crate::{
    diagnostic::{Code, Diagnostic, Location, Severity},
    tree::{RepoPath, SourceFile},
    yaml::{Node, Text},
};

/// What is known beside the files.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Where objects are looked for; empty means everywhere. A folder that
    /// holds a cluster's bootstrap chooses that cluster.
    pub manifests: Vec<RepoPath>,
    /// The namespaces that setter markers name for a policy.
    pub marker_namespaces: BTreeMap<String, BTreeSet<String>>,
    /// Variables of Flux's post-build that are in no file.
    pub substitute: BTreeMap<String, String>,
}

/// Reads all resources of a tree. `files` are those that
/// [`super::is_relevant`] chose, in the order of their paths.
///
/// A file that is no YAML is passed over, unless it declares an object of
/// image automation; what cannot be used is told and kept as
/// [`Refused`]. Nothing here ends the reading.
pub fn read(files: &[SourceFile], reading: &Reading) -> (Resources, Vec<Diagnostic>) {
    let mut sorted: Vec<&SourceFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut documents = Documents::default();
    for file in sorted {
        documents.read(file);
    }
    let Documents { parsed, kustomizations, manifests, refused, problems } = documents;
    let given = &reading.substitute;
    let sources =
        Sources { manifests: &manifests, kustomizations: &kustomizations, parsed: &parsed, given };
    let (mut rendered, patching) = layout::render(&sources);
    let is_resource = |o: &&Rendered| matches!(manifests[o.manifest].sort, Sort::Resource(_));
    let clusters: BTreeSet<&RepoPath> =
        rendered.iter().filter(is_resource).filter_map(|object| object.cluster.as_ref()).collect();
    let several = clusters.len() > 1;
    let is_automation =
        |o: &&Rendered| manifests[o.manifest].sort == Sort::Resource(Kind::ImageUpdateAutomation);
    let authors = rendered.iter().filter(is_automation).filter_map(|o| author(&o.node)).collect();
    choose(&mut rendered, &manifests, &reading.manifests);

    let mut judge = Judge::new(&manifests, reading, &rendered);
    problems.into_iter().chain(patching).for_each(|problem| judge.tell(problem));
    let mut resources = Resources { refused, authors, ..Resources::default() };
    for object in &rendered {
        if manifests[object.manifest].sort == Sort::Namespace
            && let Some((name, labels)) = judge.namespace(object)
        {
            let cluster = object.cluster.clone().filter(|_| several);
            resources.namespaces.entry((cluster, name)).or_insert(labels);
        }
    }
    resources.repositories =
        settle(&mut judge, &rendered, Kind::ImageRepository, &mut resources.refused);
    resources.policies = settle(&mut judge, &rendered, Kind::ImagePolicy, &mut resources.refused);
    resources.automations =
        settle(&mut judge, &rendered, Kind::ImageUpdateAutomation, &mut resources.refused);
    resources.git_repositories =
        settle(&mut judge, &rendered, Kind::GitRepository, &mut resources.refused);
    if !several {
        resources.forget_clusters();
    }
    let problems = judge.finish();
    (resources, problems)
}

/// Leaves what `--manifests` names: clusters by their bootstrap, else files.
fn choose(rendered: &mut Vec<Rendered>, manifests: &[Manifest], chosen: &[RepoPath]) {
    if chosen.is_empty() {
        return;
    }
    let within = |path: &RepoPath| chosen.iter().any(|folder| path.is_within(folder));
    let cluster_chosen = rendered.iter().any(|o| o.cluster.as_ref().is_some_and(within));
    rendered.retain(|object| match &object.cluster {
        Some(cluster) if cluster_chosen => within(cluster),
        _ => within(&manifests[object.manifest].file),
    });
}

/// `spec.git.commit.author` of an automation, as far as it says.
fn author(automation: &Node) -> Option<CommitUser> {
    let author = automation.at(&["spec", "git", "commit", "author"])?;
    let text = |key| author.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    Some(CommitUser { name: text("name"), email: text("email") })
}

/// What the files hold.
#[derive(Default)]
struct Documents {
    parsed: BTreeMap<RepoPath, Parsed>,
    kustomizations: BTreeMap<RepoPath, Kustomization>,
    manifests: Vec<Manifest>,
    refused: Vec<Refused>,
    problems: Vec<Diagnostic>,
}

impl Documents {
    fn read(&mut self, file: &SourceFile) {
        let Ok(source) = std::str::from_utf8(&file.bytes) else {
            let text =
                Text::new(file.path.clone(), String::from_utf8_lossy(&file.bytes).into_owned());
            let kinds = declared_kinds(&file.path, text.source());
            if !kinds.is_empty() {
                let error = ObjectError::Encoding { declares: listed(&kinds) };
                self.refuse(&kinds, &text.location(0..0), &error);
            }
            return;
        };
        let kinds = declared_kinds(&file.path, source);
        let parsed = match Parsed::read(Text::new(file.path.clone(), source.to_owned())) {
            Ok(parsed) => parsed,
            Err(error) => {
                if !kinds.is_empty() {
                    let (declares, message) = (listed(&kinds), error.message);
                    self.refuse(&kinds, &error.at, &ObjectError::Syntax { declares, message });
                } else if is_kustomization(&file.path) && !source.contains("{{") {
                    let message = format!("the kustomization is no YAML: {}", error.message);
                    let problem = Diagnostic::new(Code::ObjectInvalid, message).at(error.at);
                    let hint =
                        "mend the YAML; until then the folder counts as without kustomization";
                    self.problems.push(problem.severity(Severity::Warning).hint(hint));
                }
                return;
            }
        };
        let own = |root: &Node| {
            let version = root.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
            version.is_empty() || version.starts_with("kustomize.config.k8s.io/")
        };
        match parsed.roots.first() {
            Some((_, root)) if is_kustomization(&file.path) && own(root) => {
                let folder = file.path.parent().unwrap_or_default();
                let kustomization = Kustomization::read(root, &folder);
                self.kustomizations.entry(folder).or_insert(kustomization);
            }
            _ => self.manifests.extend(parsed.manifests()),
        }
        self.parsed.insert(file.path.clone(), parsed);
    }

    /// One problem for the file, and nothing in it is known.
    fn refuse(&mut self, kinds: &[Kind], at: &Location, error: &ObjectError) {
        let problem = Diagnostic::of(error).at(at.clone());
        self.problems.push(problem.clone());
        self.refused.extend(kinds.iter().map(|kind| Refused {
            kind: *kind,
            id: None,
            cluster: None,
            declared_at: at.clone(),
            problem: problem.clone(),
        }));
    }
}

/// The kinds as a sentence names them.
fn listed(kinds: &[Kind]) -> String {
    let names: Vec<String> = kinds.iter().map(|kind| format!("an {}", kind.as_str())).collect();
    match &names[..] {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        names => names.join(""),
    }
}

/// The place of an object's first key.
pub(super) fn declared_at(object: &Rendered) -> Location {
    place::first_key(&object.node).location()
}
