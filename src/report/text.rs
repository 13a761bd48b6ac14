//! The result for people at a terminal.

use std::fmt::Write as _;

use super::{
    Paint,
    escape::line,
    fate::{Fate, fate},
    table::table,
    why,
};
use crate::{
    pipeline::{Outcome, Verdict},
    proposal::{Row, rows},
};

/// What is updated, what is not and why, and what became of the branches.
pub fn text(outcome: &Outcome, planned: bool, quiet: bool, paint: Paint) -> String {
    let mut out = String::new();
    updates(&mut out, outcome, paint);
    if !quiet {
        others(&mut out, outcome, paint);
    }
    branch_lines(&mut out, outcome, planned, paint);
    if outcome.wanted.branches.is_empty() {
        let nothing = if outcome.found.resources.policies.is_empty() {
            "There are no ImagePolicies in the repository: nothing to update."
        } else {
            "No automation has anything to work on: nothing to update."
        };
        let _infallible = writeln!(out, "{nothing}");
    }
    out
}

/// What became of the branches alone: the text of `propose`.
pub fn branches(outcome: &Outcome, planned: bool) -> String {
    let mut out = String::new();
    branch_lines(&mut out, outcome, planned, Paint::PLAIN);
    if out.is_empty() {
        out.push_str(why::nothing_proposed(outcome));
    }
    out
}

fn branch_lines(out: &mut String, outcome: &Outcome, planned: bool, paint: Paint) {
    for (branch, acted) in outcome.wanted.branches.iter().zip(&outcome.acted) {
        let sentence = capital(&line(&why::branch(branch, acted, planned)));
        let done = acted.result.as_ref().ok();
        match done.and_then(|done| done.pull_request.as_ref()) {
            Some(pr) => {
                let _infallible = writeln!(out, "{}\n{}", paint.bold(&sentence), line(&pr.url));
            }
            None => {
                let _infallible = writeln!(out, "{}", paint.bold(&sentence));
            }
        }
    }
}

fn updates(out: &mut String, outcome: &Outcome, paint: Paint) {
    let all = outcome.wanted.branches.iter().flat_map(|branch| branch.proposal.updates());
    let rows = rows(all);
    if rows.is_empty() {
        return;
    }
    let cells: Vec<Vec<String>> = rows.iter().flat_map(row).collect();
    out.push_str(&table(&["IMAGE", "FROM", "TO", "STEP", "FILE"], &cells, paint));
    let values: usize = rows.iter().map(|row| row.update.changes.len()).sum();
    let files: std::collections::BTreeSet<_> =
        rows.iter().flat_map(|row| row.files.iter().map(|(file, _)| *file)).collect();
    let _infallible = writeln!(
        out,
        "\n{values} value{} in {} file{}\n",
        plural(values),
        files.len(),
        plural(files.len())
    );
}

/// An image's line, and one more for each file after the first.
fn row(row: &Row<'_>) -> Vec<Vec<String>> {
    let latest = row.latest();
    let from = row.from().join(", ");
    let mut lines = Vec::new();
    for (index, (file, number)) in row.files.iter().enumerate() {
        let place = line(&format!("{file}:{number}"));
        lines.push(if index == 0 {
            vec![line(&latest.name), line(&from), latest.short(), row.step.to_string(), place]
        } else {
            vec![String::new(), String::new(), String::new(), String::new(), place]
        });
    }
    lines
}

/// The policies that change nothing, each with its reason.
fn others(out: &mut String, outcome: &Outcome, paint: Paint) {
    let mut cells = Vec::new();
    for (at, resource) in outcome.found.resources.policies.iter().enumerate() {
        let fate = fate(outcome, at);
        if matches!(fate, Fate::Updated { .. }) {
            continue;
        }
        let latest = match &outcome.latest.policies[at].verdict {
            Verdict::Elected { image, .. } => image.short(),
            _ => "-".to_owned(),
        };
        cells.push(vec![line(&resource.id.to_string()), latest, line(&fate.to_string())]);
    }
    if !cells.is_empty() {
        out.push_str(&table(&["POLICY", "LATEST", "STATE"], &cells, paint));
        out.push('\n');
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The first letter of a sentence, where it is a letter.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
