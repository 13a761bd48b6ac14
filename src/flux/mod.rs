//! The resources of `image.toolkit.fluxcd.io`, read from the repository.
//!
//! A file becomes documents, a document a manifest: a tree of values that knows
//! where each was written. The layout (kustomizations, clusters) may move,
//! patch or multiply a manifest before anything in it is judged; what is left
//! then becomes a [`Resource`] with a typed spec.

mod automation_source;
mod decode;
mod duration;
mod git_repository;
mod image_policy;
mod image_repository;
mod image_update_automation;
mod invalid;
mod judge;
mod layout;
mod manifest;
mod place;
mod read;
mod relations;
mod relevant;
mod resource;
mod selector;
mod settle;

#[cfg(test)]
mod layout_tests;
#[cfg(test)]
mod read_tests;
#[cfg(test)]
mod relations_tests;

use std::fmt;

pub use automation_source::{Base, is_other_repository};
pub use git_repository::{GitReference, GitRepositorySpec};
pub use image_policy::{
    FilterTags, ImagePolicyChoice, ImagePolicySpec, ImageRepositoryRef, Order, SemVer,
};
pub use image_repository::{
    AccessFrom, ImageRepositorySpec, NamespaceSelector, Provider, SecretRef,
};
pub use image_update_automation::{
    Checkout, Commit, CommitUser, GitSpec, ImageUpdateAutomationSpec, Push, SigningKey, SourceRef,
    Update,
};
pub use invalid::ObjectError;
pub use read::{Reading, read};
pub use relations::RelationError;
pub use relevant::is_relevant;
pub use resource::{Kind, Refused, Resource, Resources, Unresolved};
pub use selector::{LabelSelector, Requirement};

/// What tells one Kubernetes object of a kind from another in one cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedName {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl NamespacedName {
    /// The pair.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for NamespacedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
