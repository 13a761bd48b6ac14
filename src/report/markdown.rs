//! Pages of Markdown: the pull request of a plan, the summary of a step.

use std::fmt::Write as _;

use super::{fate::fate, why};
use crate::{
    diagnostic::{Diagnostic, Location, Severity},
    pipeline::{Outcome, Verdict},
    proposal::{code_span, rows, sentence},
};

/// GitHub refuses a step's summary above 1 MiB, whole.
const MAX_SUMMARY: usize = 900_000;

/// The pull requests as they would read: `plan -o markdown`.
pub fn pull_requests(outcome: &Outcome) -> String {
    let mut out = String::new();
    for branch in outcome.wanted.branches.iter().filter(|b| !b.proposal.commits.is_empty()) {
        let title = &branch.proposal.title;
        let _infallible = write!(out, "# {title}\n\n{}\n", branch.proposal.body.text(title, None));
    }
    if out.is_empty() {
        out.push_str("Nothing to update.\n");
    }
    out
}

/// The page of `propose`: what became of the branches alone.
pub fn branches_page(outcome: &Outcome, planned: bool) -> String {
    let mut out = String::from("## Flux image updates\n\n");
    branches(&mut out, outcome, planned);
    if outcome.wanted.branches.is_empty() {
        out.push_str(why::nothing_proposed(outcome));
    }
    out
}

fn branches(out: &mut String, outcome: &Outcome, planned: bool) {
    for (branch, acted) in outcome.wanted.branches.iter().zip(&outcome.acted) {
        let told = why::branch(branch, acted, planned);
        let linked = acted
            .result
            .as_ref()
            .ok()
            .and_then(|done| done.pull_request.as_ref())
            .map(|pr| format!(" ([#{}]({}))", pr.number, pr.url))
            .unwrap_or_default();
        let _infallible = writeln!(out, "{}{linked}\n", sentence(&told));
    }
}

/// The page of `$GITHUB_STEP_SUMMARY`: what changed, what failed and why, what
/// is held, every policy.
pub fn summary(outcome: &Outcome, planned: bool) -> String {
    let mut out = String::from("## Flux image updates\n\n");
    branches(&mut out, outcome, planned);
    let all = outcome.wanted.branches.iter().flat_map(|branch| branch.proposal.updates());
    let rows = rows(all);
    if !rows.is_empty() {
        out.push_str("| Image | To | Step | Files |\n| --- | --- | --- | --- |\n");
        for row in &rows {
            let files: Vec<String> =
                row.files.iter().map(|(file, _)| code_span(file.as_str())).collect();
            let latest = row.latest();
            let _infallible = writeln!(
                out,
                "| {} | {} | {} | {} |",
                code_span(&latest.name),
                code_span(&latest.short()),
                row.step,
                files.join("<br>")
            );
        }
        out.push('\n');
    }
    problems(&mut out, &outcome.problems());
    policies(&mut out, outcome);
    cut(out)
}

/// The page of a run that could not begin.
pub fn failure(problem: &Diagnostic) -> String {
    let mut out = String::from("## Flux image updates\n\nNothing was done.\n\n");
    problems(&mut out, std::slice::from_ref(problem));
    out
}

fn problems(out: &mut String, problems: &[Diagnostic]) {
    if problems.is_empty() {
        return;
    }
    out.push_str("### Problems\n\n| | What | Where | What to do |\n| --- | --- | --- | --- |\n");
    let mut sorted: Vec<&Diagnostic> = problems.iter().collect();
    sorted.sort_by_key(|problem| problem.severity);
    for problem in sorted {
        let mark = match problem.severity {
            Severity::Error => "❌",
            Severity::Warning => "⚠️",
            Severity::Info => "ℹ️",
        };
        let _infallible = writeln!(
            out,
            "| {mark} | {} {} | {} | {} |",
            sentence(&problem.message),
            code_span(problem.code.as_str()),
            problem.at.as_ref().map(|at| code_span(&place(at))).unwrap_or_default(),
            problem.hint.as_deref().map(sentence).unwrap_or_default(),
        );
    }
    out.push('\n');
}

/// A place, or the file alone where that is all that is known.
fn place(at: &Location) -> String {
    if at.line == 0 { at.file.clone() } else { at.to_string() }
}

fn policies(out: &mut String, outcome: &Outcome) {
    let resources = &outcome.found.resources.policies;
    if resources.is_empty() {
        out.push_str("There are no ImagePolicies in the repository.\n");
        return;
    }
    out.push_str("### Policies\n\n| Policy | Latest | State |\n| --- | --- | --- |\n");
    for (at, resource) in resources.iter().enumerate() {
        let verdict = &outcome.latest.policies[at].verdict;
        let latest = verdict.image().map(|image| code_span(&image.to_string())).unwrap_or_default();
        let mut state = sentence(&fate(outcome, at).to_string());
        if let Verdict::Elected { held_back: Some(held), .. } = verdict {
            let _infallible = write!(
                state,
                "; {} is kept out: it {}",
                code_span(&held.tag),
                sentence(&held.reason)
            );
        }
        let name = code_span(&resource.id.to_string());
        let _infallible = writeln!(out, "| {name} | {latest} | {state} |");
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_SUMMARY {
        let mut end = MAX_SUMMARY;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let end = text[..end].rfind('\n').unwrap_or(end);
        text.truncate(end);
        text.push_str("\n\n… the rest is left out: GitHub takes no longer summary.\n");
    }
    text
}
