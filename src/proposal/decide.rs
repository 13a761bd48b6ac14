//! What shall be done, from what is wanted and what stands.
//!
//! The lifecycle of the update branch and its pull request as one pure
//! function. Edits are compared, never trees or ancestry: a squash-merge and a
//! base that moved elsewhere both leave equal edits.

use std::collections::BTreeMap;

use super::{
    Action, BranchWrite, Decision, Holds, Marker, Ownership, Pending, Proposal, PullRequest,
    PullRequestWrite, Reason, Rules, Standing,
};
use crate::diagnostic::{Code, Diagnostic};

/// The comment under a pull request whose branch somebody else works on.
const FOREIGN_COMMENT: &str = "<!-- flux-image-updates: foreign commits -->";

/// Decides for one branch.
pub fn decide(wanted: &Proposal, standing: &Standing, rules: &Rules) -> Decision {
    let open = standing.open(&wanted.base.branch).filter(|_| rules.pull_request);
    if let Some(others) = shared_with(wanted, open).filter(|_| rules.narrowed) {
        let problem = Diagnostic::new(
            Code::BranchShared,
            format!(
                "`{}` also holds the work of {others}, which this run leaves out",
                wanted.branch
            ),
        )
        .hint("give the narrowed run a branch of its own with `--branch`");
        return stay(Reason::Shared, vec![problem]);
    }
    if let Some(foreign) = foreign(standing) {
        let restraint = restraint(wanted, open, rules);
        if !rules.overwrite_foreign || restraint.is_some() {
            return hands_off(wanted, open, foreign, restraint);
        }
    }
    let decision = if wanted.commits.is_empty() {
        nothing_left(wanted, standing, open, rules)
    } else {
        something_wanted(wanted, standing, open, rules)
    };
    if standing.queued && decision.action.disturbs_a_queue() {
        return queued(wanted);
    }
    decision
}

/// Row 15: a pull request in a merge queue.
pub(super) fn queued(wanted: &Proposal) -> Decision {
    let problem = Diagnostic::new(
        Code::BranchInMergeQueue,
        format!("`{}` waits in a merge queue and is left alone", wanted.branch),
    );
    stay(Reason::Queued, vec![problem])
}

/// The automations of the open pull request that are not in this run.
fn shared_with(wanted: &Proposal, open: Option<&PullRequest>) -> Option<String> {
    let marker = Marker::read(&open?.body)?;
    let others: Vec<String> = marker
        .automations
        .into_iter()
        .filter(|name| !wanted.automations.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    (!others.is_empty()).then(|| others.join(", "))
}

fn foreign(standing: &Standing) -> Option<&[String]> {
    match &standing.branch.as_ref()?.ownership {
        Ownership::Ours => None,
        Ownership::Foreign(who) => Some(who),
    }
}

fn stay(reason: Reason, problems: Vec<Diagnostic>) -> Decision {
    Decision { reason, action: Action::NONE, problems }
}

/// Why `--foreign-commits overwrite` does not overwrite, as what to do about it:
/// it rebuilds a branch, and never ends one or drops what this run cannot know.
fn restraint(wanted: &Proposal, open: Option<&PullRequest>, rules: &Rules) -> Option<&'static str> {
    let marker = open.and_then(|open| Marker::read(&open.body));
    if !rules.overwrite_foreign {
        None
    } else if wanted.undecided {
        Some(
            "run again once every policy can be decided: overwriting now would lose what the \
             branch holds for the others",
        )
    } else if wanted.commits.is_empty() {
        Some("merge or close its pull request: there is nothing left to update it with")
    } else if rules.narrowed && marker.is_none() {
        Some("run without `--manifests` and `--automation`: others may have written there")
    } else {
        None
    }
}

fn hands_off(
    wanted: &Proposal,
    open: Option<&PullRequest>,
    foreign: &[String],
    restraint: Option<&'static str>,
) -> Decision {
    let who = foreign.join("; ");
    let problem =
        Diagnostic::new(
            Code::BranchForeignCommits,
            format!("`{}` is left alone, somebody else worked on it: {who}", wanted.branch),
        )
        .hint(restraint.unwrap_or(
            "merge or close its pull request, or run with `--foreign-commits overwrite`",
        ));
    // The comment's advice was followed already.
    let pull_request = match open.filter(|_| restraint.is_none()) {
        Some(open) => PullRequestWrite::Comment {
            number: open.number,
            marker: FOREIGN_COMMENT,
            comment: "This branch holds commits that are not an automation's, so it is not \
                      updated any more. Merge or close this pull request, or run with \
                      `--foreign-commits overwrite`."
                .to_owned(),
        },
        None => PullRequestWrite::None,
    };
    Decision {
        reason: Reason::Foreign,
        action: Action { branch: BranchWrite::None, pull_request },
        problems: vec![problem],
    }
}

/// Rows 1, 2, 4 and 13 of the lifecycle: no edits.
fn nothing_left(
    wanted: &Proposal,
    standing: &Standing,
    open: Option<&PullRequest>,
    rules: &Rules,
) -> Decision {
    let closed_by_person =
        standing.remembers(&wanted.base.branch).is_some_and(Holds::is_closed_by_person);
    let delete = match &standing.branch {
        // GitHub would close the other pull request with its branch.
        Some(_) if standing.has_another_open(open) => BranchWrite::None,
        Some(pending) if rules.delete_branch => BranchWrite::Delete { lease: pending.head.clone() },
        _ => BranchWrite::None,
    };
    match (open, &standing.branch) {
        (None, None) => stay(Reason::NothingToDo, Vec::new()),
        // Where the controllers push, nothing is ever deleted.
        (None, Some(_)) if !rules.pull_request => stay(Reason::NothingToDo, Vec::new()),
        _ if wanted.undecided => stay(Reason::Kept, Vec::new()),
        (Some(open), _) => {
            let pull_request = PullRequestWrite::Close {
                number: open.number,
                body: wanted.body.closed("nothing-left", &open.body),
                comment: nothing_left_comment(),
            };
            Decision {
                reason: Reason::NothingLeft,
                action: Action { branch: delete, pull_request },
                problems: Vec::new(),
            }
        }
        (None, Some(_)) if closed_by_person => stay(Reason::Kept, Vec::new()),
        // An empty branch that no pull request of ours ever had may be anybody's.
        (None, Some(pending)) if !pending.has_commits && !standing.has_ours() => {
            stay(Reason::NothingToDo, Vec::new())
        }
        (None, Some(_)) => Decision {
            reason: Reason::NothingLeft,
            action: Action { branch: delete, pull_request: PullRequestWrite::None },
            problems: Vec::new(),
        },
    }
}

/// What a closed pull request is told.
pub(super) fn nothing_left_comment() -> String {
    "Nothing is left to update: the base branch has everything that this pull request proposed, \
     or it was left out."
        .to_owned()
}

/// Rows 6 to 14: there are edits.
fn something_wanted(
    wanted: &Proposal,
    standing: &Standing,
    open: Option<&PullRequest>,
    rules: &Rules,
) -> Decision {
    let branch = match &standing.branch {
        None => BranchWrite::Push { lease: None },
        Some(pending) => {
            let must_be_on_base = pending.behind && standing.up_to_date_required;
            if same_edits(wanted, pending) && !pending.base_moved_below && !must_be_on_base {
                BranchWrite::None
            } else {
                BranchWrite::Push { lease: Some(pending.head.clone()) }
            }
        }
    };
    let pull_request = match open {
        _ if !rules.pull_request => PullRequestWrite::None,
        None => PullRequestWrite::Create,
        // What is said about an undecided policy is not known in this run: a
        // registry's outage alone must not write.
        Some(_) if wanted.undecided && branch == BranchWrite::None => PullRequestWrite::None,
        Some(open) => words(wanted, open, rules),
    };
    let reason = match (&branch, &pull_request) {
        (BranchWrite::Push { lease: None }, _) | (_, PullRequestWrite::Create) => Reason::Missing,
        (BranchWrite::Push { .. }, _) => Reason::EditsDiffer,
        (_, PullRequestWrite::Update { .. }) => Reason::WordsDiffer,
        _ => Reason::UpToDate,
    };
    Decision { reason, action: Action { branch, pull_request }, problems: Vec::new() }
}

fn same_edits(wanted: &Proposal, pending: &Pending) -> bool {
    let edits: BTreeMap<_, _> =
        wanted.files().into_iter().map(|(path, bytes)| (path, Some(bytes))).collect();
    let pending: BTreeMap<_, _> =
        pending.files.iter().map(|(path, bytes)| (path, bytes.as_ref())).collect();
    edits == pending
}

/// What of the open pull request's words, base and metadata has to change.
pub fn words(wanted: &Proposal, open: &PullRequest, rules: &Rules) -> PullRequestWrite {
    // Opened by hand: its words are its author's.
    let Some(marker) = Marker::read(&open.body) else { return PullRequestWrite::None };
    // A title that is not the one we gave is a person's, and stays.
    let title_is_ours = marker.title == Marker::fingerprint(&open.title);
    let title = (title_is_ours && open.title != wanted.title).then(|| wanted.title.clone());
    let metadata = rules.metadata.changed_since(marker.metadata.as_ref());
    // The marker says that it is given only once it is.
    let text = wanted.body.text(&wanted.title, Some(&rules.metadata));
    let body = (!same_text(&open.body, &text)).then_some(text);
    let base = (open.base != wanted.base.branch).then(|| wanted.base.branch.clone());
    if title.is_none() && body.is_none() && base.is_none() {
        return PullRequestWrite::None;
    }
    let (number, node_id) = (open.number, open.node_id.clone());
    PullRequestWrite::Update { number, node_id, title, body, base, metadata }
}

/// GitHub's editor writes CRLF and drops blanks at the end.
pub(super) fn same_text(a: &str, b: &str) -> bool {
    a.lines().map(str::trim_end).eq(b.lines().map(str::trim_end))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
