//! What shall be done for a branch that something else pushed: its pull
//! request alone.

use super::{
    Action, BranchWrite, Decision, Holds, Proposal, PullRequest, PullRequestWrite, Reason, Rules,
    Standing, State,
    decide::{nothing_left_comment, queued, words},
    held_value,
};

/// Decides for one branch, of which nothing is written.
pub fn decide_pushed(wanted: &Proposal, standing: &Standing, rules: &Rules) -> Decision {
    let open = standing.open(&wanted.base.branch);
    let newest = standing.remembers(&wanted.base.branch);
    if standing.queued {
        return queued(wanted);
    }
    let (reason, pull_request) = match open {
        None if wanted.commits.is_empty() => (Reason::NothingToDo, PullRequestWrite::None),
        None if newest.is_some_and(|newest| is_done_with(wanted, standing, newest)) => {
            (Reason::Kept, PullRequestWrite::None)
        }
        None => (Reason::Missing, PullRequestWrite::Create),
        Some(open) if wanted.commits.is_empty() => {
            let close = PullRequestWrite::Close {
                number: open.number,
                body: wanted.body.closed("nothing-left", &open.body),
                comment: nothing_left_comment(),
            };
            (Reason::NothingLeft, close)
        }
        Some(open) => match words(wanted, open, rules) {
            PullRequestWrite::None => (Reason::UpToDate, PullRequestWrite::None),
            write => (Reason::WordsDiffer, write),
        },
    };
    let action = Action { branch: BranchWrite::None, pull_request };
    Decision { reason, action, problems: Vec::new() }
}

/// Whether people have answered what the branch proposes: it was merged as it
/// stands, or a person closed the pull request over the same values.
fn is_done_with(wanted: &Proposal, standing: &Standing, newest: &PullRequest) -> bool {
    let is_same_head =
        standing.branch.as_ref().is_some_and(|pending| pending.head == newest.head_commit);
    match newest.state {
        State::Open => false,
        State::Merged => is_same_head,
        State::Closed if !Holds::is_closed_by_person(newest) => false,
        State::Closed => {
            let holds = Holds::read(Some(newest));
            let mut updates = wanted.updates().peekable();
            let all_refused = updates.peek().is_some()
                && updates.all(|update| {
                    holds.refuses(&update.policy.to_string(), &held_value(&update.latest))
                });
            is_same_head || all_refused
        }
    }
}

#[cfg(test)]
#[path = "decide_pushed_tests.rs"]
mod tests;
