//! What shall be done, from what is wanted and what stands.
//!
//! The lifecycle of the update branch and its pull request as one pure
//! function. Edits are compared, never trees or ancestry: a squash-merge and a
//! base that moved elsewhere both leave equal edits.

use std::collections::BTreeMap;

use super::{Marker, Ownership, Proposal, PullRequest, Standing, State};
use crate::{
    diagnostic::{Code, Diagnostic},
    tree::CommitId,
};

/// What the user has said about the branch's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `--foreign-commits overwrite`.
    pub overwrite_foreign: bool,
    /// `--delete-branch`.
    pub delete_branch: bool,
    /// `--pull-request`; without, only the branch is written.
    pub pull_request: bool,
}

/// What happens to the branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchWrite {
    /// It stays as it is.
    None,
    /// The commits are put on base and pushed over this old value; `None`
    /// where the branch must not exist.
    Push {
        /// The lease.
        lease: Option<CommitId>,
    },
    /// It is deleted, if it still is at this value.
    Delete {
        /// The lease.
        lease: CommitId,
    },
}

/// What happens to the pull request. Absent fields stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullRequestWrite {
    /// Nothing.
    None,
    /// A new one is opened.
    Create,
    /// The open one is changed.
    Update {
        /// Its number.
        number: u64,
        /// Another title.
        title: Option<String>,
        /// Another body.
        body: Option<String>,
        /// Another base.
        base: Option<String>,
    },
    /// The open one is closed, with a comment that says why.
    Close {
        /// Its number.
        number: u64,
        /// The body, which now says that we closed it.
        body: String,
        /// The comment.
        comment: String,
    },
    /// The open one is left alone, with one comment that says why.
    Comment {
        /// Its number.
        number: u64,
        /// A line that is in the comment and in no other.
        marker: &'static str,
        /// The comment.
        comment: String,
    },
}

/// Which case of the lifecycle this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There is nothing to update, and nothing stands.
    NothingToDo,
    /// The branch and the pull request are as wanted.
    UpToDate,
    /// Only the pull request's words differ.
    WordsDiffer,
    /// There is no branch yet, or it stands without its pull request.
    Missing,
    /// The edits differ, or base changed a file that is edited.
    EditsDiffer,
    /// Nothing is left to update.
    NothingLeft,
    /// Nothing is left, but a policy is undecided, or a person closed the pull request.
    Kept,
    /// Somebody else works on the branch.
    Foreign,
    /// The branch holds the work of other automations.
    Shared,
}

/// The two writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// To the branch.
    pub branch: BranchWrite,
    /// To the pull request.
    pub pull_request: PullRequestWrite,
}

/// What shall be done, why, and what has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The case.
    pub reason: Reason,
    /// The writes.
    pub action: Action,
    /// What is told.
    pub problems: Vec<Diagnostic>,
}

/// The comment under a pull request whose branch somebody else works on.
const FOREIGN_COMMENT: &str = "<!-- flux-image-updates: foreign commits -->";

/// Decides for one branch.
pub fn decide(wanted: &Proposal, standing: &Standing, rules: Rules) -> Decision {
    let open = standing.open(&wanted.base.branch).filter(|_| rules.pull_request);
    if let Some(others) = shared_with(wanted, open) {
        let problem = Diagnostic::new(
            Code::BranchShared,
            format!("`{}` also holds the work of {others}, which this run leaves out", wanted.branch),
        )
        .hint("give the narrowed run a branch of its own with `--branch`");
        return stay(Reason::Shared, vec![problem]);
    }
    if let Some(foreign) = foreign(standing).filter(|_| !rules.overwrite_foreign) {
        return hands_off(wanted, open, foreign);
    }
    if wanted.commits.is_empty() {
        nothing_left(wanted, standing, open, rules)
    } else {
        something_wanted(wanted, standing, open, rules)
    }
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
    let action = Action { branch: BranchWrite::None, pull_request: PullRequestWrite::None };
    Decision { reason, action, problems }
}

fn hands_off(wanted: &Proposal, open: Option<&PullRequest>, foreign: &[String]) -> Decision {
    let who = foreign.join("; ");
    let problem = Diagnostic::new(
        Code::BranchForeignCommits,
        format!("`{}` is left alone, somebody else worked on it: {who}", wanted.branch),
    )
    .hint("merge or close its pull request, or run with `--foreign-commits overwrite`");
    let pull_request = match open {
        Some(open) => PullRequestWrite::Comment {
            number: open.number,
            marker: FOREIGN_COMMENT,
            comment: format!(
                "{FOREIGN_COMMENT}\nThis branch holds commits that are not an automation's, so it \
                 is not updated any more. Merge or close this pull request, or run with \
                 `--foreign-commits overwrite`."
            ),
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
    rules: Rules,
) -> Decision {
    let closed_by_person = standing.newest().is_some_and(|newest| {
        newest.state == State::Closed
            && Marker::read(&newest.body).is_none_or(|marker| marker.closed.is_none())
    });
    let delete = match &standing.branch {
        Some(pending) if rules.delete_branch => BranchWrite::Delete { lease: pending.head.clone() },
        _ => BranchWrite::None,
    };
    match (open, &standing.branch) {
        (None, None) => stay(Reason::NothingToDo, Vec::new()),
        _ if wanted.undecided => stay(Reason::Kept, Vec::new()),
        (Some(open), _) => {
            let comment = "Nothing is left to update: the base branch has everything that this \
                           pull request proposed, or it was left out.";
            let pull_request = PullRequestWrite::Close {
                number: open.number,
                body: wanted.body.closed("nothing-left"),
                comment: comment.to_owned(),
            };
            Decision {
                reason: Reason::NothingLeft,
                action: Action { branch: delete, pull_request },
                problems: Vec::new(),
            }
        }
        (None, Some(_)) if closed_by_person => stay(Reason::Kept, Vec::new()),
        (None, Some(_)) => Decision {
            reason: Reason::NothingLeft,
            action: Action { branch: delete, pull_request: PullRequestWrite::None },
            problems: Vec::new(),
        },
    }
}

/// Rows 6 to 14: there are edits.
fn something_wanted(
    wanted: &Proposal,
    standing: &Standing,
    open: Option<&PullRequest>,
    rules: Rules,
) -> Decision {
    let branch = match &standing.branch {
        None => BranchWrite::Push { lease: None },
        Some(pending) => {
            let edits: BTreeMap<_, _> =
                wanted.files().into_iter().map(|(path, bytes)| (path, Some(bytes))).collect();
            let pending_edits: BTreeMap<_, _> =
                pending.files.iter().map(|(path, bytes)| (path, bytes.as_ref())).collect();
            if edits == pending_edits && !pending.base_moved_below {
                BranchWrite::None
            } else {
                BranchWrite::Push { lease: Some(pending.head.clone()) }
            }
        }
    };
    let pull_request = match open {
        _ if !rules.pull_request => PullRequestWrite::None,
        None => PullRequestWrite::Create,
        Some(open) => words(wanted, open),
    };
    let reason = match (&branch, &pull_request) {
        (BranchWrite::Push { lease: None }, _) | (_, PullRequestWrite::Create) => Reason::Missing,
        (BranchWrite::Push { .. }, _) => Reason::EditsDiffer,
        (_, PullRequestWrite::Update { .. }) => Reason::WordsDiffer,
        _ => Reason::UpToDate,
    };
    Decision { reason, action: Action { branch, pull_request }, problems: Vec::new() }
}

/// What of the open pull request's words and base has to change.
fn words(wanted: &Proposal, open: &PullRequest) -> PullRequestWrite {
    let marker = Marker::read(&open.body).unwrap_or_default();
    // A title that is not the one we gave is a person's, and stays.
    let title_is_ours = marker.title == Marker::fingerprint(&open.title);
    let title = (title_is_ours && open.title != wanted.title).then(|| wanted.title.clone());
    let text = wanted.body.text(&wanted.title);
    let body = (!same_text(&open.body, &text)).then_some(text);
    let base = (open.base != wanted.base.branch).then(|| wanted.base.branch.clone());
    if title.is_none() && body.is_none() && base.is_none() {
        return PullRequestWrite::None;
    }
    PullRequestWrite::Update { number: open.number, title, body, base }
}

/// GitHub's editor writes CRLF and drops blanks at the end.
fn same_text(a: &str, b: &str) -> bool {
    a.lines().map(str::trim_end).eq(b.lines().map(str::trim_end))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
