//! What became of each policy: what it changes, or why nothing.

use std::fmt;

use crate::{
    diagnostic::Diagnostic,
    flux::NamespacedName,
    oci::ImageRef,
    pipeline::Verdict,
    pipeline::{Outcome, Skip},
    setters::Marker,
    tree::RepoPath,
};

/// What became of a policy.
#[derive(Debug)]
pub(super) enum Fate<'a> {
    /// It elects nothing, for this reason.
    Failed(&'a Diagnostic),
    /// It, or its repository, is suspended.
    Suspended,
    /// A reviewer holds what it elects.
    LeftOut,
    /// So many values are set.
    Updated { values: usize },
    /// What it elects ranks below this, which the manifests have.
    NotTaken { from: &'a str },
    /// No marker names it.
    Unmarked,
    /// Its markers hold something else than it elects.
    Behind { automation: Option<(&'a NamespacedName, Idle)> },
    /// Its markers hold what it elects.
    UpToDate,
}

/// Why an automation sets no value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Idle {
    Failed,
    NotSelected,
    Elsewhere,
}

impl fmt::Display for Fate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(problem) => write!(f, "{}: {}", problem.code, problem.message),
            Self::Suspended => f.write_str("suspended"),
            Self::LeftOut => f.write_str("left out by a reviewer"),
            Self::Updated { values: 1 } => f.write_str("updates 1 value"),
            Self::Updated { values } => write!(f, "updates {values} values"),
            Self::NotTaken { from } => {
                write!(f, "not taken: the manifests have `{from}`, which ranks higher")
            }
            Self::Unmarked => f.write_str("no marker names it"),
            Self::Behind { automation: None } => {
                f.write_str("not set: no automation reaches its markers")
            }
            Self::Behind { automation: Some((name, why)) } => {
                let why = match why {
                    Idle::Failed => "failed",
                    Idle::NotSelected => "is not in this run",
                    Idle::Elsewhere => "is of another repository",
                };
                write!(f, "not set: the automation `{name}` {why}")
            }
            Self::UpToDate => f.write_str("up to date"),
        }
    }
}

/// What became of the policy at this place of the resources.
pub(super) fn fate(outcome: &Outcome, at: usize) -> Fate<'_> {
    let policy = &outcome.found.resources.policies[at];
    let (image, downgrade_from) = match &outcome.latest.policies[at].verdict {
        Verdict::Failed(problem) | Verdict::NoMatch { problem, .. } => {
            return Fate::Failed(problem);
        }
        Verdict::Suspended => return Fate::Suspended,
        Verdict::Elected { .. } if outcome.wanted.held.contains(&at) => return Fate::LeftOut,
        Verdict::Elected { image, downgrade_from, .. } => (image, downgrade_from),
    };
    let updates = outcome.wanted.edited.iter().flat_map(|edited| &edited.updates);
    let values =
        updates.filter(|update| update.policy == policy.id).map(|update| update.changes.len());
    let values = values.sum::<usize>();
    let markers: Vec<(&RepoPath, &Marker)> = outcome
        .found
        .trees
        .values()
        .flatten()
        .flat_map(|(path, file)| file.markers.iter().map(move |marker| (path, marker)))
        .filter(|(_, marker)| marker.policy == policy.id)
        .collect();
    if values > 0 {
        return Fate::Updated { values };
    }
    if let Some(from) = downgrade_from {
        return Fate::NotTaken { from };
    }
    match markers.iter().find(|(_, marker)| is_behind(marker, image)) {
        _ if markers.is_empty() => Fate::Unmarked,
        Some((path, _)) => Fate::Behind { automation: idle(outcome, at, path) },
        None => Fate::UpToDate,
    }
}

/// Whether a marked value is another one than was elected.
fn is_behind(marker: &Marker, image: &ImageRef) -> bool {
    marker.value != marker.part.of(image)
}

/// The first automation that would set the policy's markers in a file, and why
/// it does not.
fn idle<'a>(
    outcome: &'a Outcome,
    at: usize,
    path: &RepoPath,
) -> Option<(&'a NamespacedName, Idle)> {
    let resources = &outcome.found.resources;
    let policy = &resources.policies[at];
    outcome.found.targets.iter().enumerate().find_map(|(turn, target)| {
        let sees = target.automation.is_none_or(|place| {
            let seen = resources.policies_of(&resources.automations[place]);
            seen.iter().any(|seen| std::ptr::eq(*seen, policy))
        });
        let reaches = target.claim().is_some_and(|claim| path.is_within(&claim.path));
        let why = match &target.aim {
            Ok(_) if outcome.wanted.edited[turn].error.is_some() => Idle::Failed,
            Err(Skip::Failed(_)) => Idle::Failed,
            Err(Skip::NotSelected) => Idle::NotSelected,
            Err(Skip::Elsewhere(_)) => Idle::Elsewhere,
            Ok(_) | Err(Skip::Suspended) => return None,
        };
        (sees && reaches).then_some((&target.id, why))
    })
}
