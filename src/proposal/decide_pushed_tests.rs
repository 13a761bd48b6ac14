//! The arms of what is decided for a pushed branch.

use super::*;
use crate::{
    flux::NamespacedName,
    oci::{ImageRef, Tag},
    proposal::{
        Author, Commit, Ownership, Pending, PolicyUpdate, body,
        samples::{self, id, rules},
    },
    tree::{Head, RepoPath},
};

/// What the row is, what the branch changes, what stands; the case and the write.
type Case<'a> = (&'a str, &'a [&'a str], Standing, Reason, &'a str);

/// The policy `a` or `b` at a tag: `a:v2`.
fn update(text: &str) -> PolicyUpdate {
    let (name, tag) = text.split_once(':').unwrap();
    PolicyUpdate {
        policy: NamespacedName::new("flux-system", name),
        latest: ImageRef {
            name: format!("ghcr.io/x/{name}"),
            tag: Tag::new(tag).unwrap(),
            digest: None,
        },
        downgrade: false,
        changes: Vec::new(),
    }
}

/// A branch that changes these values; with `&[""]`, something that no marker
/// names.
fn wanted(values: &[&str]) -> Proposal {
    let updates: Vec<PolicyUpdate> =
        values.iter().filter(|value| !value.is_empty()).map(|value| update(value)).collect();
    let commit = Commit {
        automation: None,
        author: Author { name: "bot".to_owned(), email: "bot@example.com".to_owned() },
        message: String::new(),
        files: [(RepoPath::clamped("a.yaml"), b"x".as_slice().into())].into(),
        updates: updates.clone(),
    };
    let automations = vec!["flux-system/apps".to_owned()];
    Proposal {
        branch: "staging".to_owned(),
        base: Head { branch: "main".to_owned(), commit: id('b') },
        title: format!("Update {}", values.join(" and ")),
        body: body(automations.clone(), &updates, &[]),
        commits: (!values.is_empty()).then_some(commit).into_iter().collect(),
        undecided: false,
        automations,
    }
}

/// A pull request that was made for these values.
fn made_for(state: State, values: &[&str]) -> PullRequest {
    samples::made_for(wanted(values), state)
}

/// The branch at a commit, whoever pushed it, with its pull requests.
fn at(head: char, pull_requests: impl IntoIterator<Item = PullRequest>) -> Standing {
    let pending = Pending {
        head: id(head),
        ownership: Ownership::Foreign(vec!["`1234567` by Ann".to_owned()]),
        files: [].into(),
        base_moved_below: false,
        fork_known: true,
        behind: false,
        has_commits: true,
    };
    Standing {
        branch: Some(pending),
        pull_requests: pull_requests.into_iter().collect(),
        ..Standing::default()
    }
}

#[test]
fn the_arms_of_a_pushed_branch() {
    use State::{Closed, Merged, Open};
    let queued = |standing| Standing { queued: true, ..standing };
    let gone = |pull_request| Standing { branch: None, ..at('c', [pull_request]) };
    let by_us = |values: &[&str]| PullRequest {
        body: wanted(values).body.closed("nothing-left", &made_for(Open, values).body),
        ..made_for(Closed, values)
    };
    let elsewhere = |pull_request| PullRequest { base: "develop".to_owned(), ..pull_request };
    let by_hand = || PullRequest { body: "mine".to_owned(), ..made_for(Open, &["a:v2"]) };
    let plain_close = || PullRequest { body: "mine".to_owned(), ..made_for(Closed, &["a:v2"]) };
    let v2: &[&str] = &["a:v2"];
    #[rustfmt::skip]
    let rows: Vec<Case<'_>> = vec![
        ("nothing, and no pull request",           &[],              at('c', None),                                 Reason::NothingToDo, "none"),
        ("nothing, after a merge",                 &[],              at('c', [made_for(Merged, v2)]),               Reason::NothingToDo, "none"),
        ("nothing left",                           &[],              at('d', [made_for(Open, v2)]),                 Reason::NothingLeft, "close"),
        ("nothing left, in a queue",               &[],              queued(at('d', [made_for(Open, v2)])),         Reason::Queued,      "none"),
        ("the branch is gone, its request is not", &[],              gone(made_for(Open, v2)),                      Reason::NothingLeft, "close"),
        ("first time",                             v2,               at('c', None),                                 Reason::Missing,     "create"),
        ("what no marker names is proposed, too",  &[""],            at('c', None),                                 Reason::Missing,     "create"),
        ("as it stands",                           v2,               at('d', [made_for(Open, v2)]),                 Reason::UpToDate,    "none"),
        ("other values",                           &["a:v3"],        at('d', [made_for(Open, v2)]),                 Reason::WordsDiffer, "update"),
        ("other values, in a queue",               &["a:v3"],        queued(at('d', [made_for(Open, v2)])),         Reason::Queued,      "none"),
        ("opened by hand",                         &["a:v3"],        at('d', [by_hand()]),                          Reason::UpToDate,    "none"),
        ("open into another base",                 v2,               at('c', [elsewhere(made_for(Open, v2))]),      Reason::WordsDiffer, "update"),
        ("merged as it stands",                    v2,               at('c', [made_for(Merged, v2)]),               Reason::Kept,        "none"),
        ("pushed to since the merge",              v2,               at('d', [made_for(Merged, v2)]),               Reason::Missing,     "create"),
        ("closed by a person as it stands",        v2,               at('c', [made_for(Closed, v2)]),               Reason::Kept,        "none"),
        ("closed, the same value pushed again",    v2,               at('d', [made_for(Closed, v2)]),               Reason::Kept,        "none"),
        ("closed, less of the same",               v2,               at('d', [made_for(Closed, &["a:v2", "b:v1"])]), Reason::Kept,       "none"),
        ("closed, another value",                  &["a:v3"],        at('d', [made_for(Closed, v2)]),               Reason::Missing,     "create"),
        ("closed, one value more",                 &["a:v2", "b:v1"], at('d', [made_for(Closed, v2)]),              Reason::Missing,     "create"),
        ("closed, and no value can be refused",    &[""],            at('d', [made_for(Closed, v2)]),               Reason::Missing,     "create"),
        ("opened and closed by hand, as it stands", v2,              at('c', [plain_close()]),                      Reason::Kept,        "none"),
        ("opened and closed by hand, pushed since", v2,              at('d', [plain_close()]),                      Reason::Missing,     "create"),
        ("closed by us",                           v2,               at('c', [by_us(v2)]),                          Reason::Missing,     "create"),
        ("the newest counts",                      v2,               at('d', [made_for(Merged, v2), made_for(Closed, v2)]), Reason::Missing, "create"),
    ];
    for (row, values, standing, reason, write) in rows {
        let decision = decide_pushed(&wanted(values), &standing, &rules());
        let seen = match &decision.action.pull_request {
            PullRequestWrite::None => "none",
            PullRequestWrite::Create => "create",
            PullRequestWrite::Update { .. } => "update",
            PullRequestWrite::Close { .. } => "close",
            PullRequestWrite::Comment { .. } => "comment",
        };
        assert_eq!((decision.reason, seen), (reason, write), "{row}");
        assert_eq!(decision.action.branch, BranchWrite::None, "{row}: the branch is not ours");
        let told = decision.problems.iter().map(|problem| problem.code.as_str());
        let expected = (reason == Reason::Queued).then_some("branch/in-merge-queue");
        assert_eq!(told.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>(), "{row}");
    }
}

#[test]
fn a_close_is_marked_as_ours() {
    let standing = at('d', [made_for(State::Open, &["a:v2"])]);
    let decision = decide_pushed(&wanted(&[]), &standing, &rules());
    let PullRequestWrite::Close { number, body, .. } = decision.action.pull_request else {
        panic!("no close")
    };
    assert_eq!(number, 7);
    let closed = PullRequest { body, ..made_for(State::Closed, &[]) };
    assert!(!Holds::is_closed_by_person(&closed));
}
