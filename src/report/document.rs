//! The result document, version 1: `-o json`.
//!
//! Field order is that of the declaration; what is absent is `null`.

use serde::Serialize;

use crate::{
    diagnostic::{Diagnostic, Location},
    flux::NamespacedName,
    pipeline::{Acted, Failure, Operation, Outcome, Scanned, Skip, Target, Verdict},
    proposal::PolicyUpdate,
    setters::ObjectIdentifier,
};

/// All of it.
#[derive(Debug, Serialize)]
pub struct Document {
    version: u32,
    repositories: Vec<Repository>,
    policies: Vec<Policy>,
    automations: Vec<Automation>,
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    namespace: String,
    name: String,
    cluster: Option<String>,
    file: String,
    line: u32,
    image: String,
    suspended: bool,
    tags: Option<usize>,
    error: Option<Error>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    namespace: String,
    name: String,
    cluster: Option<String>,
    file: String,
    line: u32,
    repository: String,
    suspended: bool,
    state: &'static str,
    latest: Option<Latest>,
    held_back: Option<HeldBack>,
    error: Option<Error>,
}

#[derive(Debug, Serialize)]
struct Latest {
    name: String,
    tag: String,
    digest: Option<String>,
}

#[derive(Debug, Serialize)]
struct HeldBack {
    tag: String,
    stage: &'static str,
    reason: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Automation {
    namespace: String,
    name: String,
    cluster: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    suspended: bool,
    base: Option<String>,
    branch: Option<String>,
    path: Option<String>,
    updates: Vec<Update>,
    commit: Option<Commit>,
    pull_request: PullRequest,
    error: Option<Error>,
}

/// One value that is set; also the items of the output `updates`.
#[derive(Debug, Serialize)]
pub(super) struct Update {
    policy: String,
    marker: String,
    file: String,
    line: u32,
    column: u32,
    object: Option<String>,
    old: String,
    new: String,
}

#[derive(Debug, Serialize)]
struct Commit {
    message: String,
    sha: Option<String>,
}

#[derive(Debug, Serialize)]
struct PullRequest {
    operation: &'static str,
    number: Option<u64>,
    url: Option<String>,
}

#[derive(Debug, Serialize)]
struct Error {
    code: &'static str,
    message: String,
    hint: Option<String>,
}

#[derive(Debug, Serialize)]
struct Problem {
    severity: &'static str,
    code: &'static str,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    message: String,
    hint: Option<String>,
}

/// The document of a run.
pub fn document(outcome: &Outcome) -> Document {
    let resources = &outcome.found.resources;
    Document {
        version: 1,
        repositories: (0..resources.repositories.len()).map(|at| repository(outcome, at)).collect(),
        policies: (0..resources.policies.len()).map(|at| policy(outcome, at)).collect(),
        automations: (0..outcome.found.targets.len()).map(|at| automation(outcome, at)).collect(),
        problems: outcome.problems().iter().map(problem).collect(),
    }
}

/// The document of a run that could not begin.
pub fn failed(failure: &Failure) -> Document {
    Document {
        version: 1,
        repositories: Vec::new(),
        policies: Vec::new(),
        automations: Vec::new(),
        problems: vec![problem(&failure.0)],
    }
}

/// The values that all automations set.
pub(super) fn updates(outcome: &Outcome) -> Vec<Update> {
    outcome.wanted.edited.iter().flat_map(|edited| edited.updates.iter().flat_map(update)).collect()
}

fn repository(outcome: &Outcome, at: usize) -> Repository {
    let resource = &outcome.found.resources.repositories[at];
    let (tags, error) = match &outcome.latest.scans[at] {
        Scanned::NotAsked => (None, None),
        Scanned::Tags(tags) => (Some(tags.len()), None),
        Scanned::Failed(problem) => (None, Some(problem)),
    };
    let NamespacedName { namespace, name } = resource.id.clone();
    Repository {
        namespace,
        name,
        cluster: resource.cluster.as_ref().map(ToString::to_string),
        file: resource.declared_at.file.clone(),
        line: resource.declared_at.line,
        image: resource.spec.image.clone(),
        suspended: resource.spec.suspend,
        tags,
        error: error.map(self::error),
    }
}

fn policy(outcome: &Outcome, at: usize) -> Policy {
    let resource = &outcome.found.resources.policies[at];
    let verdict = &outcome.latest.policies[at].verdict;
    let held = outcome.wanted.held.contains(&at);
    let (state, problem) = match verdict {
        Verdict::Elected { .. } if held => ("held", None),
        Verdict::Elected { .. } => ("elected", None),
        Verdict::NoMatch { problem, .. } => ("no-match", Some(problem)),
        Verdict::Suspended => ("suspended", None),
        Verdict::Failed(problem) => ("failed", Some(problem)),
    };
    let held_back = match verdict {
        Verdict::Elected { held_back: Some(held), .. } => Some(HeldBack {
            tag: held.tag.clone(),
            stage: held.stage.as_str(),
            reason: held.reason.clone(),
        }),
        _ => None,
    };
    let NamespacedName { namespace, name } = resource.id.clone();
    Policy {
        namespace,
        name,
        cluster: resource.cluster.as_ref().map(ToString::to_string),
        file: resource.declared_at.file.clone(),
        line: resource.declared_at.line,
        repository: resource.repository_id().to_string(),
        suspended: matches!(verdict, Verdict::Suspended),
        state,
        latest: verdict.image().map(|image| Latest {
            name: image.name.clone(),
            tag: image.tag.to_string(),
            digest: image.digest.as_ref().map(ToString::to_string),
        }),
        held_back,
        error: problem.map(error),
    }
}

fn automation(outcome: &Outcome, at: usize) -> Automation {
    let target: &Target = &outcome.found.targets[at];
    let edited = &outcome.wanted.edited[at];
    let declared = target.automation.map(|index| &outcome.found.resources.automations[index]);
    let place: Option<&Location> = declared.map(|resource| &resource.declared_at);
    let aim = target.aim.as_ref().ok();
    let acted = aim.and_then(|aim| outcome.acted.iter().find(|a| a.branch == aim.push.branch()));
    let done = acted.and_then(|acted| acted.result.as_ref().ok());
    let pull_request = done.and_then(|done| done.pull_request.as_ref());
    let error = match &target.aim {
        Err(Skip::Failed(problem)) => Some(problem),
        _ => edited.error.as_ref().or(acted.and_then(|acted| acted.result.as_ref().err())),
    };
    let NamespacedName { namespace, name } = target.id.clone();
    Automation {
        namespace,
        name,
        cluster: declared.and_then(|resource| resource.cluster.as_ref().map(ToString::to_string)),
        file: place.map(|place| place.file.clone()),
        line: place.map(|place| place.line),
        suspended: target.aim == Err(Skip::Suspended),
        base: aim.map(|aim| aim.base.branch.clone()),
        branch: aim.map(|aim| aim.push.branch().to_owned()),
        path: declared.map(|resource| resource.spec.update.path.clone()),
        updates: edited.updates.iter().flat_map(update).collect(),
        commit: edited.message.clone().map(|message| Commit {
            message,
            sha: acted.and_then(|acted| sha(outcome, acted, at)),
        }),
        pull_request: PullRequest {
            operation: done.map_or(Operation::None, |done| done.operation).as_str(),
            number: pull_request.map(|pr| pr.number),
            url: pull_request.map(|pr| pr.url.clone()),
        },
        error: error.map(self::error),
    }
}

/// The commit that was made for an automation in this run.
fn sha(outcome: &Outcome, acted: &Acted, target: usize) -> Option<String> {
    let branches = &outcome.wanted.branches;
    let branch = branches.iter().find(|branch| branch.proposal.branch == acted.branch)?;
    let turn = branch.makers.iter().position(|maker| *maker == Some(target))?;
    Some(acted.result.as_ref().ok()?.commits.get(turn)?.to_string())
}

fn update(update: &PolicyUpdate) -> impl Iterator<Item = Update> {
    update.changes.iter().map(|change| Update {
        policy: update.policy.to_string(),
        marker: change.setter.clone(),
        file: change.file.as_str().to_owned(),
        line: change.at.line,
        column: change.at.column,
        object: object(&change.object),
        old: change.old_value.clone(),
        new: change.new_value.clone(),
    })
}

/// `Kind/namespace/name`, `Kind/name`, or nothing where the document is no
/// Kubernetes object.
fn object(object: &ObjectIdentifier) -> Option<String> {
    if object.kind.is_empty() || object.name.is_empty() {
        return None;
    }
    Some(if object.namespace.is_empty() {
        format!("{}/{}", object.kind, object.name)
    } else {
        format!("{}/{}/{}", object.kind, object.namespace, object.name)
    })
}

fn error(problem: &Diagnostic) -> Error {
    Error {
        code: problem.code.as_str(),
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}

fn problem(problem: &Diagnostic) -> Problem {
    let at = problem.at.as_ref();
    Problem {
        severity: problem.severity.as_str(),
        code: problem.code.as_str(),
        file: at.map(|at| at.file.clone()),
        line: at.map(|at| at.line).filter(|line| *line > 0),
        column: at.map(|at| at.column).filter(|column| *column > 0),
        message: problem.message.clone(),
        hint: problem.hint.clone(),
    }
}
