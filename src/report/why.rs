//! One sentence for each branch: what was done, or why not.

use crate::{
    diagnostic::Severity,
    pipeline::{Acted, Branch, Outcome},
    proposal::{BranchWrite, PullRequestWrite, Reason},
};

/// What was done for a branch, or would be.
pub(super) fn branch(branch: &Branch, acted: &Acted, planned: bool) -> String {
    let name = &branch.proposal.branch;
    let done = match &acted.result {
        Ok(done) => done,
        Err(problem) => return format!("`{name}`: failed, {}", problem.message),
    };
    let Some(decision) = &acted.decision else { return format!("`{name}`: nothing was decided") };
    let number = done.pull_request.as_ref().map(|pr| format!("#{}", pr.number));
    let pull_request = number.unwrap_or_else(|| "the pull request".to_owned());
    let reason = match decision.reason {
        Reason::NothingToDo if branch.proposal.undecided => {
            return "nothing to update among what could be decided".to_owned();
        }
        Reason::NothingToDo => return "nothing to update".to_owned(),
        Reason::UpToDate => {
            return match &done.pull_request {
                Some(_) => format!("{pull_request} is as wanted"),
                None => format!("`{name}` is as wanted"),
            };
        }
        Reason::Kept => return format!("`{name}` stays as it is"),
        Reason::Foreign => return format!("`{name}` is left alone: somebody else worked on it"),
        Reason::Shared => {
            return format!("`{name}` is left alone: it holds other automations' work");
        }
        Reason::Queued => return format!("{pull_request} waits in a merge queue"),
        Reason::NothingLeft => "nothing is left to update",
        Reason::WordsDiffer => "only its words differ",
        Reason::Missing | Reason::EditsDiffer => "",
    };
    let commits = branch.proposal.commits.len();
    let commits = format!("{commits} commit{}", if commits == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    let would = if planned { "would be " } else { "" };
    match &decision.action.branch {
        BranchWrite::None => {}
        BranchWrite::Push { lease: None } => {
            parts.push(format!("`{name}` {would}pushed with {commits}"));
        }
        BranchWrite::Push { lease: Some(_) } => {
            parts.push(format!("`{name}` {would}rebuilt with {commits}"));
        }
        BranchWrite::Delete { .. } => parts.push(format!("`{name}` {would}deleted")),
    }
    match &decision.action.pull_request {
        PullRequestWrite::None => {}
        PullRequestWrite::Create => parts.push(format!("{pull_request} {would}created")),
        PullRequestWrite::Update { .. } => parts.push(format!("{pull_request} {would}updated")),
        PullRequestWrite::Close { .. } => parts.push(format!("{pull_request} {would}closed")),
        PullRequestWrite::Comment { .. } => {
            parts.push(format!("{pull_request} {would}commented on"));
        }
    }
    let text = parts.join(", ");
    match (reason, &parts[..]) {
        ("", _) => text,
        // Another pull request needs the branch, or it is to be kept.
        (reason, []) => format!("{reason}, `{name}` stays"),
        (reason, _) => format!("{reason}: {text}"),
    }
}

/// Why a pushed branch has no line.
pub(super) fn nothing_proposed(outcome: &Outcome) -> &'static str {
    if outcome.problems().iter().any(|problem| problem.severity == Severity::Error) {
        "Nothing is proposed: an automation that pushes the branch, or may, fails.\n"
    } else {
        "Nothing to propose: no automation's branch was pushed or named.\n"
    }
}
