//! `ImagePolicy`: which tag is the latest.

use serde::Deserialize;

use super::decode::{Fault, Spec};

/// `ImagePolicy.spec`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImagePolicySpec {
    /// Whose tags are chosen from.
    pub image_repository_ref: ImageRepositoryRef,
    /// How one is chosen.
    pub policy: ImagePolicyChoice,
    /// Which tags are candidates, and by what part of them.
    pub filter_tags: Option<FilterTags>,
    /// `Always`, `IfNotPresent` or `Never`; empty is the last.
    #[serde(default)]
    pub digest_reflection_policy: String,
    /// How often Flux looks for a new digest; no meaning here.
    pub interval: Option<String>,
    /// Whether it is left alone.
    #[serde(default)]
    pub suspend: bool,
}

/// The ImageRepository that a policy chooses from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ImageRepositoryRef {
    /// Its name.
    pub name: String,
    /// Its namespace, where it is not the policy's own.
    pub namespace: Option<String>,
}

/// `spec.policy`, as it is written: Flux does not demand that exactly one is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct ImagePolicyChoice {
    /// The highest version within a range.
    pub semver: Option<SemVer>,
    /// The last in the order of letters.
    pub alphabetical: Option<Order>,
    /// The largest number.
    pub numerical: Option<Order>,
}

/// A range of versions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SemVer {
    /// The range, in the grammar of Masterminds/semver.
    pub range: String,
}

/// An order of tags.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Order {
    /// `asc` or `desc` in any case, as Flux's code reads it; empty is `asc`.
    #[serde(default)]
    pub order: String,
}

/// `spec.filterTags`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct FilterTags {
    /// Which tags are candidates, an RE2 pattern.
    pub pattern: String,
    /// What of a tag is compared, with the pattern's groups.
    pub extract: String,
}

impl Spec for ImagePolicySpec {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(Fault::duration(&["spec", "interval"], self.interval.as_deref(), true));
        let digests = self.digest_reflection_policy.as_str();
        if !matches!(digests, "" | "Always" | "IfNotPresent" | "Never") {
            let choices = "`Always`, `IfNotPresent` or `Never`";
            faults.push(Fault::choice(&["spec", "digestReflectionPolicy"], digests, choices));
        }
        let policy = &self.policy;
        let orders: [(&[&str], _); 2] = [
            (&["spec", "policy", "alphabetical", "order"], &policy.alphabetical),
            (&["spec", "policy", "numerical", "order"], &policy.numerical),
        ];
        for (route, order) in orders {
            let order = order.as_ref().map_or("", |order| order.order.as_str());
            if !matches!(order.to_ascii_lowercase().as_str(), "" | "asc" | "desc") {
                faults.push(Fault::choice(route, order, "`asc` or `desc`"));
            }
        }
        faults
    }
}
