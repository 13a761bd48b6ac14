//! Whose each marker is: several automations may reach one, one edits it.

use std::collections::BTreeMap;

use super::{Found, Target};
use crate::{flux::NamespacedName, tree::RepoPath};

/// The automations' claims on the markers of the bases.
///
/// Flux lets every automation that reaches a marker set it, and they may undo
/// each other's work. Here it is the first one's, in the order of the targets;
/// where that one fails or is left out, nobody sets it.
pub(super) struct Claims<'a> {
    found: &'a Found,
    /// By the place of the target: the places of the policies that it sees.
    policies: Vec<BTreeMap<NamespacedName, usize>>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(found: &'a Found) -> Self {
        let policies = found.targets.iter().map(|target| policies(found, target)).collect();
        Self { found, policies }
    }

    /// The policies that an automation sees, by name, and their places.
    pub(super) fn policies(&self, target: usize) -> &BTreeMap<NamespacedName, usize> {
        &self.policies[target]
    }

    /// The automation that a policy's markers in a file of a base belong to.
    pub(super) fn owner(
        &self,
        base: &str,
        path: &RepoPath,
        policy: &NamespacedName,
    ) -> Option<usize> {
        self.found.targets.iter().zip(&self.policies).position(|(target, policies)| {
            target.claim().is_some_and(|claim| {
                claim.base.branch == base
                    && path.is_within(&claim.path)
                    && policies.contains_key(policy)
            })
        })
    }
}

fn policies(found: &Found, target: &Target) -> BTreeMap<NamespacedName, usize> {
    let resources = &found.resources;
    let seen = target.automation.map(|index| resources.policies_of(&resources.automations[index]));
    let policies = resources.policies.iter().enumerate();
    policies
        .filter(|(_, policy)| {
            seen.as_ref().is_none_or(|seen| seen.iter().any(|seen| std::ptr::eq(*seen, *policy)))
        })
        .map(|(place, policy)| (policy.id.clone(), place))
        .collect()
}
