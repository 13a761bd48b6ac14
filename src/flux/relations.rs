//! Which resource another one means.

use std::collections::BTreeMap;

use super::{
    GitRepositorySpec, ImagePolicySpec, ImageRepositorySpec, ImageUpdateAutomationSpec, Kind,
    NamespacedName, Resource, Resources,
};
use crate::{
    diagnostic::{Code, Diagnostic, Explain},
    tree::RepoPath,
};

/// Why a policy has no ImageRepository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelationError {
    /// There is none of that name.
    #[error("the ImageRepository `{id}` is not in this repository")]
    NotFound {
        /// The name that the policy means.
        id: NamespacedName,
    },
    /// There is one, but it cannot be used.
    #[error("the ImageRepository `{id}` cannot be used, see its own error")]
    Unusable {
        /// The name that the policy means.
        id: NamespacedName,
    },
    /// It admits no policy of another namespace.
    #[error("the ImageRepository `{id}` admits no policies of other namespaces")]
    Closed {
        /// The name that the policy means.
        id: NamespacedName,
    },
    /// It admits policies of other namespaces, but not of this one.
    #[error("the ImageRepository `{id}` does not admit policies of the namespace `{namespace}`")]
    NotAdmitted {
        /// The name that the policy means.
        id: NamespacedName,
        /// The policy's namespace.
        namespace: String,
    },
}

impl Explain for RelationError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } | Self::Unusable { .. } => Code::RepositoryNotFound,
            Self::Closed { .. } | Self::NotAdmitted { .. } => Code::AccessDenied,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { id } => {
                format!("declare it in the namespace `{}`, or correct the name", id.namespace)
            }
            Self::Unusable { .. } => "mend the ImageRepository".to_owned(),
            Self::Closed { .. } => {
                "add `spec.accessFrom.namespaceSelectors` to the ImageRepository".to_owned()
            }
            Self::NotAdmitted { namespace, .. } => format!(
                "add a selector to its `spec.accessFrom`, for example `matchLabels: {{kubernetes.io/metadata.name: {namespace}}}`"
            ),
        })
    }
}

impl Resources {
    /// The ImageRepository that a policy chooses from.
    ///
    /// # Errors
    ///
    /// It does not exist, cannot be used, or does not admit the policy's
    /// namespace: a [`RelationError`] at the reference's name.
    pub fn repository_of(
        &self,
        policy: &Resource<ImagePolicySpec>,
    ) -> Result<&Resource<ImageRepositorySpec>, Diagnostic> {
        let reference = &policy.spec.image_repository_ref;
        let namespace = reference.namespace.as_ref().filter(|text| !text.is_empty());
        let id = NamespacedName::new(namespace.unwrap_or(&policy.id.namespace), &reference.name);
        let fail = |error: RelationError| {
            let at = policy.place(&["spec", "imageRepositoryRef", "name"]);
            Diagnostic::of(&error).at(at)
        };
        let Some(repository) = nearest(&self.repositories, &id, policy) else {
            let refused = self.is_refused(Kind::ImageRepository, &id, policy.cluster.as_ref());
            return Err(fail(if refused {
                RelationError::Unusable { id }
            } else {
                RelationError::NotFound { id }
            }));
        };
        if id.namespace == policy.id.namespace {
            return Ok(repository);
        }
        let Some(access) = &repository.spec.access_from else {
            return Err(fail(RelationError::Closed { id }));
        };
        let labels = self.namespace_labels(policy);
        let admits = |wanted: &BTreeMap<String, String>| {
            wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
        };
        if access.namespace_selectors.iter().any(|selector| admits(&selector.match_labels)) {
            Ok(repository)
        } else {
            let namespace = policy.id.namespace.clone();
            Err(fail(RelationError::NotAdmitted { id, namespace }))
        }
    }

    /// The GitRepository that an automation edits; `None` where it is not in
    /// the tree, which is no error.
    pub fn source_of(
        &self,
        automation: &Resource<ImageUpdateAutomationSpec>,
    ) -> Option<&Resource<GitRepositorySpec>> {
        let reference = &automation.spec.source_ref;
        let namespace = reference.namespace.as_ref().filter(|text| !text.is_empty());
        let id =
            NamespacedName::new(namespace.unwrap_or(&automation.id.namespace), &reference.name);
        nearest(&self.git_repositories, &id, automation)
    }

    /// The policies that an automation writes: of its own namespace and
    /// cluster, chosen by its selector. Of one name in several clusters, where
    /// the automation's own is not known, that of the nearest folder.
    pub fn policies_of(
        &self,
        automation: &Resource<ImageUpdateAutomationSpec>,
    ) -> Vec<&Resource<ImagePolicySpec>> {
        let selector = automation.spec.policy_selector.as_ref();
        let mut chosen: Vec<&Resource<ImagePolicySpec>> = Vec::new();
        for policy in &self.policies {
            if policy.id.namespace == automation.id.namespace
                && chosen.last().is_none_or(|last| last.id != policy.id)
                && let Some(policy) = nearest(&self.policies, &policy.id, automation)
                && selector.is_none_or(|selector| selector.matches(&policy.labels))
            {
                chosen.push(policy);
            }
        }
        chosen
    }

    /// Whether an object was declared and refused.
    pub fn is_refused(&self, kind: Kind, id: &NamespacedName, cluster: Option<&RepoPath>) -> bool {
        self.refused.iter().any(|refused| {
            refused.kind == kind
                && refused.id.as_ref() == Some(id)
                && (cluster.is_none()
                    || refused.cluster.is_none()
                    || refused.cluster.as_ref() == cluster)
        })
    }

    /// The labels of a policy's Namespace. Kubernetes gives each its name as
    /// one; where the Namespace is not in the tree it is the only one.
    fn namespace_labels(&self, policy: &Resource<ImagePolicySpec>) -> BTreeMap<String, String> {
        let name = &policy.id.namespace;
        let own = (policy.cluster.clone(), name.clone());
        let anywhere = (None, name.clone());
        let known = self.namespaces.get(&own).or_else(|| self.namespaces.get(&anywhere));
        let mut labels = known.cloned().unwrap_or_default();
        drop(labels.insert("kubernetes.io/metadata.name".to_owned(), name.clone()));
        labels
    }

    /// Forgets the clusters, because there is only one.
    pub(super) fn forget_clusters(&mut self) {
        self.repositories.iter_mut().for_each(|r| r.cluster = None);
        self.policies.iter_mut().for_each(|r| r.cluster = None);
        self.automations.iter_mut().for_each(|r| r.cluster = None);
        self.git_repositories.iter_mut().for_each(|r| r.cluster = None);
        self.refused.iter_mut().for_each(|r| r.cluster = None);
    }
}

/// The resource of a name that `user` sees: its own cluster's, else the one
/// in the nearest folder.
fn nearest<'a, S, U>(
    resources: &'a [Resource<S>],
    id: &NamespacedName,
    user: &Resource<U>,
) -> Option<&'a Resource<S>> {
    let begin = resources.partition_point(|resource| resource.id < *id);
    let named = resources[begin..].iter().take_while(|resource| resource.id == *id);
    let seen = named.filter(|resource| resource.may_meet(user));
    let nearness = |resource: &Resource<S>| {
        let own = resource.cluster.is_some() && resource.cluster == user.cluster;
        let parts = resource.file.as_str().split('/').zip(user.file.as_str().split('/'));
        (own, parts.take_while(|(a, b)| a == b).count())
    };
    // Of equally near ones the first.
    seen.min_by_key(|resource| std::cmp::Reverse(nearness(resource)))
}
