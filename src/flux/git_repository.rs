//! `GitRepository`: the source of an automation, as far as it matters here.

use serde::Deserialize;

use super::decode::{Fault, Spec};

/// `GitRepository.spec`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GitRepositorySpec {
    /// Where it lies.
    pub url: String,
    /// What of it is checked out.
    #[serde(rename = "ref")]
    pub reference: Option<GitReference>,
}

/// What is checked out: of several the first in the order commit, name, tag,
/// semver, branch.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct GitReference {
    /// A branch's short name.
    pub branch: String,
    /// A tag.
    pub tag: String,
    /// The highest tag within a range.
    pub semver: String,
    /// A whole reference name, `refs/heads/main`.
    pub name: String,
    /// A commit.
    pub commit: String,
}

impl Spec for GitRepositorySpec {
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}
