//! The action's outputs, as `$GITHUB_OUTPUT` takes them.

use std::fmt::Write as _;

use serde::Serialize;

use super::document;
use crate::{
    diagnostic::Severity,
    pipeline::{Done, Operation, Outcome},
};

#[derive(Serialize)]
struct PullRequest<'a> {
    branch: &'a str,
    number: Option<u64>,
    url: Option<&'a str>,
    operation: &'static str,
    #[serde(rename = "headSha")]
    head_sha: Option<&'a str>,
}

/// The outputs, name and value, in their documented order.
pub fn outputs(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let updates = document::updates(outcome);
    let failures =
        outcome.problems().iter().filter(|p| p.severity == Severity::Error).count().to_string();
    let changed = outcome.wanted.branches.iter().any(|branch| !branch.proposal.commits.is_empty());
    let requests: Vec<PullRequest<'_>> = outcome
        .acted
        .iter()
        .map(|acted| pull_request(&acted.branch, acted.result.as_ref().ok()))
        .collect();
    let first = requests.first();
    let branch = first.map(|first| first.branch.to_owned()).unwrap_or_default();
    let verified = outcome
        .acted
        .first()
        .and_then(|acted| acted.result.as_ref().ok())
        .is_some_and(|d| d.verified);
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    vec![
        ("changed", changed.to_string()),
        ("updates", json(&updates)),
        ("updates-count", updates.len().to_string()),
        ("failures-count", failures),
        ("branch", branch.clone()),
        ("pull-request-branch", branch),
        (
            "pull-request-number",
            first.and_then(|first| first.number).map(|n| n.to_string()).unwrap_or_default(),
        ),
        ("pull-request-url", text(first.and_then(|first| first.url))),
        ("pull-request-operation", text(first.map(|first| first.operation).or(Some("none")))),
        ("pull-request-head-sha", text(first.and_then(|first| first.head_sha))),
        ("pull-request-commits-verified", verified.to_string()),
        ("pull-requests", json(&requests)),
    ]
}

/// The same for a run that could not begin: every name is there, so that a
/// later step can read any of them.
pub fn outputs_of_failure() -> Vec<(&'static str, String)> {
    [
        ("changed", "false"),
        ("updates", "[]"),
        ("updates-count", "0"),
        ("failures-count", "1"),
        ("branch", ""),
        ("pull-request-branch", ""),
        ("pull-request-number", ""),
        ("pull-request-url", ""),
        ("pull-request-operation", "none"),
        ("pull-request-head-sha", ""),
        ("pull-request-commits-verified", "false"),
        ("pull-requests", "[]"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

fn pull_request<'a>(branch: &'a str, done: Option<&'a Done>) -> PullRequest<'a> {
    let pull_request = done.and_then(|done| done.pull_request.as_ref());
    PullRequest {
        branch,
        number: pull_request.map(|pr| pr.number),
        url: pull_request.map(|pr| pr.url.as_str()),
        operation: done.map_or(Operation::None, |done| done.operation).as_str(),
        head_sha: done.and_then(|done| done.head.as_ref()).map(crate::tree::CommitId::as_str),
    }
}

/// Strings, numbers and lists of them always have a JSON form.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The text that is appended to `$GITHUB_OUTPUT`.
///
/// A value may hold anything, so each has its own delimiter, which must be
/// unpredictable: `random` is a fresh number for each call.
pub fn output_file(outputs: &[(&'static str, String)], mut random: impl FnMut() -> u128) -> String {
    let mut file = String::new();
    for (name, value) in outputs {
        let mut delimiter = format!("ghadelimiter_{:032x}", random());
        while value.contains(&delimiter) {
            delimiter = format!("ghadelimiter_{:032x}", random());
        }
        let _infallible = write!(file, "{name}<<{delimiter}\n{value}\n{delimiter}\n");
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_make_another_output() {
        let mut numbers = [1_u128, 2, 3].into_iter();
        let value = "x\nghadelimiter_00000000000000000000000000000001\npwned=true".to_owned();
        let file = output_file(&[("updates", value)], || numbers.next().unwrap());
        insta::assert_snapshot!(file, @r"
        updates<<ghadelimiter_00000000000000000000000000000002
        x
        ghadelimiter_00000000000000000000000000000001
        pwned=true
        ghadelimiter_00000000000000000000000000000002
        ");
    }
}
