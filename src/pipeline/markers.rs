//! What is told about markers: those that nothing will set, and why.

use std::collections::BTreeSet;

use super::{Found, Marked, Skip, edit::is_workflow};
use crate::{
    cli::Settings,
    diagnostic::{Code, Diagnostic},
    flux::NamespacedName,
    setters::Marker,
    tree::{CommitId, RepoPath},
};

/// The markers of every base that a user would be surprised to see unset.
pub(super) fn problems(found: &Found, settings: &Settings) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (commit, tree) in &found.trees {
        for (path, marked) in tree {
            problems.extend(of_file(found, settings, commit, path, marked));
        }
    }
    problems
}

fn of_file(
    found: &Found,
    settings: &Settings,
    commit: &CommitId,
    path: &RepoPath,
    marked: &Marked,
) -> Vec<Diagnostic> {
    if marked.markers.is_empty() && marked.problems.is_empty() {
        return Vec::new();
    }
    if is_workflow(path) {
        let first = marked.markers.first().map(|marker| marker.comment.clone());
        return vec![
            Diagnostic::new(
                Code::MarkerWorkflowFile,
                format!("the markers in `{path}` are left out: a job's token cannot push workflows"),
            )
            .at(first)
            .hint("update the workflow by hand, or move the value into a file outside `.github/workflows`"),
        ];
    }
    // The paths of automations that are left out of this run, or failed, still
    // cover their markers.
    let covering: Vec<Option<usize>> = found
        .aims()
        .filter(|(_, aim)| aim.base.commit == *commit && path.is_within(&aim.path))
        .map(|(target, _)| target.automation)
        .collect();
    if covering.is_empty() {
        return outside(found, settings, path, marked).into_iter().collect();
    }
    let mut problems = marked.problems.clone();
    for marker in &marked.markers {
        problems.extend(unseen(found, &covering, marker));
    }
    problems
}

/// One problem for a whole file that no path covers.
fn outside(
    found: &Found,
    settings: &Settings,
    path: &RepoPath,
    marked: &Marked,
) -> Option<Diagnostic> {
    let narrowed = !settings.automations.is_empty() || !settings.manifests.is_empty();
    let unsure = found.has_unknown_claims()
        || found.targets.iter().any(|target| {
            matches!(target.aim, Err(Skip::Failed(_) | Skip::Suspended | Skip::NotSelected))
        });
    let first = marked.markers.first()?;
    if narrowed || unsure || found.targets.is_empty() {
        return None;
    }
    let folder = path.parent().unwrap_or_default();
    Some(
        Diagnostic::new(
            Code::MarkerOutsidePath,
            format!("no automation's path covers `{path}`, so its markers are never set"),
        )
        .at(first.comment.clone())
        .hint(format!("let `spec.update.path` of an automation cover `./{folder}`")),
    )
}

/// Why the automations that cover a marker do not set it.
fn unseen(found: &Found, covering: &[Option<usize>], marker: &Marker) -> Option<Diagnostic> {
    let resources = &found.resources;
    let seen = covering.iter().any(|automation| match automation {
        Some(index) => {
            let policies = resources.policies_of(&resources.automations[*index]);
            policies.iter().any(|policy| policy.id == marker.policy)
        }
        None => resources.policies.iter().any(|policy| policy.id == marker.policy),
    });
    if seen || found.is_unreadable(&marker.policy) {
        return None;
    }
    let exists = resources.policies.iter().any(|policy| policy.id == marker.policy);
    let namespaces: BTreeSet<&str> = covering
        .iter()
        .flatten()
        .map(|index| resources.automations[*index].id.namespace.as_str())
        .collect();
    let NamespacedName { namespace, name } = &marker.policy;
    if exists && !namespaces.contains(namespace.as_str()) {
        let namespaces: Vec<String> = namespaces.iter().map(|ns| format!("`{ns}`")).collect();
        return Some(
            Diagnostic::new(
                Code::MarkerOtherNamespace,
                format!(
                    "the policy `{}` is in another namespace than the automation that covers it ({})",
                    marker.policy,
                    namespaces.join(", ")
                ),
            )
            .at(marker.comment.clone())
            .hint(format!("declare an ImageUpdateAutomation in the namespace `{namespace}`")),
        );
    }
    if exists {
        // Left out by the automation's own selector, or another cluster's.
        return None;
    }
    let near = resources.policies.iter().map(|policy| &policy.id).find(|id| {
        id.name == *name || (id.namespace == *namespace && id.name.contains(name.as_str()))
    });
    let problem = Diagnostic::new(
        Code::MarkerUnknownPolicy,
        format!("there is no policy `{}`", marker.policy),
    )
    .at(marker.comment.clone());
    Some(match near {
        Some(near) => problem.hint(format!("did you mean `{}:{}`?", near.namespace, near.name)),
        None => problem.hint("declare the ImagePolicy, or mend the marker's name"),
    })
}
