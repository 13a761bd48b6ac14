//! Whose each marker is: several automations may reach one, one edits it.

use std::collections::BTreeMap;

use super::{Aim, Found, Marked, Target};
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

    /// Whether an automation would see a policy of this name: those of its own
    /// namespace; the assumed one sees all.
    pub(super) fn may_see(&self, target: usize, policy: &NamespacedName) -> bool {
        let target = &self.found.targets[target];
        target.automation.is_none() || target.id.namespace == policy.namespace
    }

    /// The files that hold markers of the policy at this place, each with the
    /// aim of the automation that sets them; another cluster's markers of the
    /// same name are not its own.
    pub(super) fn files_of(&self, place: usize) -> Vec<(&'a Aim, &'a RepoPath, &'a Marked)> {
        let id = &self.found.resources.policies[place].id;
        let mut files = Vec::new();
        for (index, target) in self.found.targets.iter().enumerate() {
            let sees = self.policies[index].get(id) == Some(&place);
            let Some(claim) = target.claim().filter(|_| sees) else { continue };
            let within = self.found.trees.get(&claim.base.commit).into_iter().flatten();
            let own = within.filter(|(path, file)| {
                file.markers.iter().any(|marker| marker.policy == *id)
                    && self.owner(&claim.base.branch, path, id) == Some(index)
            });
            files.extend(own.map(|(path, file)| (claim, path, file)));
        }
        files
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
