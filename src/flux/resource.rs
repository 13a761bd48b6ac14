//! What has been read: resources with their specs and places.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    CommitUser, GitRepositorySpec, ImagePolicySpec, ImageRepositorySpec, ImageUpdateAutomationSpec,
    NamespacedName, place,
};
use crate::{
    diagnostic::{Diagnostic, Location},
    tree::RepoPath,
    yaml::Node,
};

/// The kinds that become resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `ImageRepository`
    ImageRepository,
    /// `ImagePolicy`
    ImagePolicy,
    /// `ImageUpdateAutomation`
    ImageUpdateAutomation,
    /// `GitRepository`
    GitRepository,
}

impl Kind {
    /// The word of `kind:`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImageRepository => "ImageRepository",
            Self::ImagePolicy => "ImagePolicy",
            Self::ImageUpdateAutomation => "ImageUpdateAutomation",
            Self::GitRepository => "GitRepository",
        }
    }
}

/// An object of the repository, as one of its clusters sees it.
///
/// What declares it is a document of a file: one name may be declared for
/// several clusters, and one declaration may serve several; then it stands
/// here once for each.
#[derive(Debug, Clone)]
pub struct Resource<Spec> {
    /// Its name in the cluster.
    pub id: NamespacedName,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// Its spec, after patches and variables.
    pub spec: Spec,
    /// The first key of the object.
    pub declared_at: Location,
    /// The file.
    pub file: RepoPath,
    /// Which of the file's documents declares it, from 0.
    pub document: usize,
    /// The file that bootstraps the cluster; `None` where that is not known,
    /// or there is only one in the tree.
    pub cluster: Option<RepoPath>,
    /// Whether a kustomization includes the file.
    pub included: bool,
    /// Values that hold a variable which is in no file.
    pub unresolved: Vec<Unresolved>,
    pub(super) node: Arc<Node>,
}

/// A value with a variable that is in no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The field, `spec.git.push.branch`.
    pub field: String,
    /// The variable.
    pub variable: String,
    /// The value's place.
    pub at: Location,
}

impl<Spec> Resource<Spec> {
    /// The place of a value, `["spec", "image"]`; where it is not written the
    /// key of the nearest parent that is.
    pub fn place(&self, route: &[&str]) -> Location {
        place::of(&self.node, route)
    }

    /// The variable that keeps a field from being known.
    pub fn unresolved(&self, field: &str) -> Option<&Unresolved> {
        self.unresolved.iter().find(|unresolved| unresolved.field == field)
    }

    /// Whether both may be in one cluster.
    pub(super) fn may_meet<Other>(&self, other: &Resource<Other>) -> bool {
        match (&self.cluster, &other.cluster) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        }
    }
}

/// An object that is declared but has no result.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its kind.
    pub kind: Kind,
    /// Its name in the cluster; `None` where even that cannot be read.
    pub id: Option<NamespacedName>,
    /// The file that bootstraps its cluster, as for a [`Resource`].
    pub cluster: Option<RepoPath>,
    /// The first key of the object, or where reading stopped.
    pub declared_at: Location,
    /// Why.
    pub problem: Diagnostic,
}

/// Everything that the repository declares, each kind in the order of the
/// names, then of the clusters.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// All of kind `ImageRepository`.
    pub repositories: Vec<Resource<ImageRepositorySpec>>,
    /// All of kind `ImagePolicy`.
    pub policies: Vec<Resource<ImagePolicySpec>>,
    /// All of kind `ImageUpdateAutomation`.
    pub automations: Vec<Resource<ImageUpdateAutomationSpec>>,
    /// All of kind `GitRepository`.
    pub git_repositories: Vec<Resource<GitRepositorySpec>>,
    /// The labels of the Namespaces, by cluster and name.
    pub namespaces: BTreeMap<(Option<RepoPath>, String), BTreeMap<String, String>>,
    /// What is declared and cannot be used.
    pub refused: Vec<Refused>,
    /// Who commits for the `ImageUpdateAutomation`s of the tree, those that cannot
    /// be used and those that were not to be read among them.
    pub authors: Vec<CommitUser>,
}

impl<Spec> Resource<Spec> {
    /// The value at the end of a route, where it is written.
    pub fn value(&self, route: &[&str]) -> Option<&Node> {
        self.node.at(route)
    }
}

impl Resource<ImagePolicySpec> {
    /// The ImageRepository that the policy names.
    pub fn repository_id(&self) -> NamespacedName {
        let reference = &self.spec.image_repository_ref;
        let namespace = reference.namespace.as_deref().unwrap_or(&self.id.namespace);
        NamespacedName::new(namespace, &reference.name)
    }
}
