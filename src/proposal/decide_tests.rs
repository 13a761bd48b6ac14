//! The rows of the lifecycle table.

use super::*;
use crate::{
    flux::NamespacedName,
    oci::{ImageRef, Tag},
    proposal::{
        Author, Commit, MetadataKind, PolicyUpdate, State, body,
        samples::{self, id, metadata, rules},
    },
    setters::{Change, ObjectIdentifier},
    tree::{Head, RepoPath},
};

/// What the row is, what is wanted, what stands; the case, the branch, the pull request.
type Case<'a> = (&'a str, Option<&'a str>, Standing, Reason, BranchWrite, &'a str);
/// What it shows, how the pull request was changed; the title, the body, the base.
type WordsCase<'a> = (&'a str, fn(&mut PullRequest), Option<&'a str>, bool, Option<&'a str>);

fn update() -> PolicyUpdate {
    let at = crate::diagnostic::Location {
        file: "apps/a.yaml".to_owned(),
        line: 3,
        column: 8,
        width: 2,
        text: String::new(),
    };
    PolicyUpdate {
        policy: NamespacedName::new("flux-system", "a"),
        latest: ImageRef {
            name: "ghcr.io/x/a".to_owned(),
            tag: Tag::new("v2").unwrap(),
            digest: None,
        },
        downgrade: false,
        changes: vec![Change {
            file: RepoPath::clamped("apps/a.yaml"),
            object: ObjectIdentifier::default(),
            old_value: "v1".to_owned(),
            new_value: "v2".to_owned(),
            setter: "flux-system:a:tag".to_owned(),
            at,
        }],
    }
}

/// A proposal that sets one file to `text`; without, one that wants nothing.
fn wanted(text: Option<&str>) -> Proposal {
    let commits: Vec<Commit> = text
        .into_iter()
        .map(|text| Commit {
            automation: Some(NamespacedName::new("flux-system", "apps")),
            author: Author { name: "bot".to_owned(), email: "bot@example.com".to_owned() },
            message: "update".to_owned(),
            files: [(RepoPath::clamped("apps/a.yaml"), text.as_bytes().into())].into(),
            updates: vec![update()],
        })
        .collect();
    let automations = vec!["flux-system/apps".to_owned()];
    let updates: Vec<_> = commits.iter().flat_map(|c| c.updates.clone()).collect();
    Proposal {
        branch: "flux-image-updates".to_owned(),
        base: Head { branch: "main".to_owned(), commit: id('b') },
        title: "Update ghcr.io/x/a to v2".to_owned(),
        body: body(automations.clone(), &updates, &[]),
        commits,
        undecided: false,
        automations,
    }
}

fn pending(text: &str, ownership: Ownership) -> Pending {
    Pending {
        head: id('c'),
        ownership,
        files: [(RepoPath::clamped("apps/a.yaml"), Some(text.as_bytes().into()))].into(),
        base_moved_below: false,
        fork_known: true,
        has_commits: true,
        behind: false,
    }
}

fn ours(text: &str) -> Pending {
    pending(text, Ownership::Ours)
}

fn foreign(text: &str) -> Pending {
    pending(text, Ownership::Foreign(vec!["`1234567` by Ann".to_owned()]))
}

fn pull_request(state: State) -> PullRequest {
    samples::made_for(wanted(Some("v2")), state)
}

fn standing(branch: impl Into<Option<Pending>>, newest: Option<PullRequest>) -> Standing {
    Standing {
        branch: branch.into(),
        pull_requests: newest.into_iter().collect(),
        ..Standing::default()
    }
}

#[test]
fn the_rows_of_the_lifecycle() {
    let open = || Some(pull_request(State::Open));
    let merged = || Some(pull_request(State::Merged));
    let closed = || Some(pull_request(State::Closed));
    let none = BranchWrite::None;
    let lease = || BranchWrite::Push { lease: Some(id('c')) };
    let delete = || BranchWrite::Delete { lease: id('c') };
    #[rustfmt::skip]
    let rows: Vec<Case<'_>> = vec![
        ("1: nothing, nothing",             None,       standing(None, None),                     Reason::NothingToDo, none.clone(), "none"),
        ("2: nothing left",                 None,       standing(ours("v2"), open()),             Reason::NothingLeft, delete(),     "close"),
        ("3: nothing left, foreign",        None,       standing(foreign("v2"), open()),          Reason::Foreign,     none.clone(), "comment"),
        ("4: orphan of a merge",            None,       standing(ours("v2"), merged()),           Reason::NothingLeft, delete(),     "none"),
        ("5: orphan, foreign",              None,       standing(foreign("v2"), merged()),        Reason::Foreign,     none.clone(), "none"),
        ("6: first time",                   Some("v2"), standing(None, None),                     Reason::Missing,     BranchWrite::Push { lease: None }, "create"),
        ("6: the branch without its pull request", Some("v2"), standing(ours("v2"), None),        Reason::Missing,     none.clone(), "create"),
        ("7: as wanted",                    Some("v2"), standing(ours("v2"), open()),             Reason::UpToDate,    none.clone(), "none"),
        ("9: other edits",                  Some("v3"), standing(ours("v2"), open()),             Reason::EditsDiffer, lease(),      "none"),
        ("11: somebody else's",             Some("v3"), standing(foreign("v2"), open()),          Reason::Foreign,     none.clone(), "comment"),
        ("12: merged, branch left",         Some("v3"), standing(ours("v2"), merged()),           Reason::Missing,     lease(),      "create"),
        ("13: closed by a person, all held", None,      standing(ours("v2"), closed()),           Reason::Kept,        none.clone(), "none"),
        ("13: closed by a person, some left", Some("v3"), standing(ours("v2"), closed()),         Reason::Missing,     lease(),      "create"),
    ];
    for (row, text, standing, reason, branch, pull_request) in rows {
        let decision = decide(&wanted(text), &standing, &rules());
        let seen = match &decision.action.pull_request {
            PullRequestWrite::None => "none",
            PullRequestWrite::Create => "create",
            PullRequestWrite::Update { .. } => "update",
            PullRequestWrite::Close { .. } => "close",
            PullRequestWrite::Comment { .. } => "comment",
        };
        assert_eq!(
            (decision.reason, &decision.action.branch, seen),
            (reason, &branch, pull_request),
            "{row}"
        );
    }
}

#[test]
fn undecided_is_not_empty() {
    let undecided = Proposal { undecided: true, ..wanted(None) };
    let decision =
        decide(&undecided, &standing(ours("v2"), Some(pull_request(State::Open))), &rules());
    assert_eq!(decision.reason, Reason::Kept);
    assert_eq!(decision.action.branch, BranchWrite::None);
    assert_eq!(decision.action.pull_request, PullRequestWrite::None);
}

#[test]
fn a_base_that_changed_an_edited_file_is_rebuilt_on() {
    let mut below = pending("v2", Ownership::Ours);
    below.base_moved_below = true;
    let decision = decide(
        &wanted(Some("v2")),
        &standing(Some(below), Some(pull_request(State::Open))),
        &rules(),
    );
    assert_eq!(decision.action.branch, BranchWrite::Push { lease: Some(id('c')) });
}

#[test]
fn words_change_only_where_they_are_ours() {
    let wanted = wanted(Some("v2"));
    #[rustfmt::skip]
    let rows: [WordsCase<'_>; 5] = [
        ("equal: nothing",          |_| {},                                        None, false, None),
        ("CRLF is no difference",   |pr| pr.body = pr.body.replace('\n', "\r\n"),  None, false, None),
        ("a person's title stays",  |pr| pr.title = "mine".to_owned(),             None, false, None),
        ("another base",            |pr| pr.base = "develop".to_owned(),           None, false, Some("main")),
        ("another body",            |pr| pr.body.push_str("\nmore"),               None, true,  None),
    ];
    for (shows, change, title, body, base) in rows {
        let mut open = pull_request(State::Open);
        change(&mut open);
        let write = words(&wanted, &open, &rules());
        let seen = match &write {
            PullRequestWrite::None => (None, false, None),
            PullRequestWrite::Update { title, body, base, .. } => {
                (title.as_deref(), body.is_some(), base.as_deref())
            }
            other => panic!("{shows}: {other:?}"),
        };
        assert_eq!(seen, (title, body, base), "{shows}");
    }
    let mut older = pull_request(State::Open);
    let first = Proposal { title: "Update ghcr.io/x/a to v1".to_owned(), ..wanted.clone() };
    older.title.clone_from(&first.title);
    older.body = first.body.text(&first.title, Some(&metadata()));
    let PullRequestWrite::Update { title, .. } = words(&wanted, &older, &rules()) else {
        panic!("no update")
    };
    assert_eq!(title.as_deref(), Some("Update ghcr.io/x/a to v2"), "our own title follows");
}

#[test]
fn a_narrowed_run_writes_nothing_on_a_shared_branch() {
    let mut open = pull_request(State::Open);
    let both = vec!["flux-system/apps".to_owned(), "flux-system/infra".to_owned()];
    open.body = body(both, &[update()], &[]).text("x", None);
    let standing = standing(ours("v2"), Some(open));
    let whole = decide(&wanted(Some("v3")), &standing, &rules());
    assert_eq!(whole.reason, Reason::EditsDiffer, "an automation that is gone blocks nothing");
    let narrowed = Rules { narrowed: true, ..rules() };
    let decision = decide(&wanted(Some("v3")), &standing, &narrowed);
    assert_eq!(decision.reason, Reason::Shared);
    assert_eq!(decision.action.branch, BranchWrite::None);
    assert_eq!(decision.problems[0].code, Code::BranchShared);
}

#[test]
fn of_several_open_ones_only_ours_is_touched() {
    let other = |number, base: &str| PullRequest {
        number,
        base: base.to_owned(),
        ..pull_request(State::Open)
    };
    let standing = |pull_requests| Standing { pull_requests, ..Standing::default() };
    let two = standing(vec![other(9, "develop"), other(8, "main")]);
    assert_eq!(two.open("main").map(|pr| pr.number), Some(8));
    let elsewhere = standing(vec![other(9, "develop"), other(8, "release")]);
    assert_eq!(elsewhere.open("main"), None);
    let one = standing(vec![other(9, "develop")]);
    assert_eq!(one.open("main").map(|pr| pr.number), Some(9), "its base is changed");
}

#[test]
fn of_several_the_one_into_our_base_remembers() {
    let other = |number, base: &str, state| PullRequest {
        number,
        base: base.to_owned(),
        ..pull_request(state)
    };
    let (open, closed) = (State::Open, State::Closed);
    for (shows, pull_requests, number) in [
        ("the open one", vec![other(9, "develop", open), other(8, "main", open)], Some(8)),
        (
            "else the newest into base",
            vec![other(9, "develop", closed), other(8, "main", closed), other(7, "main", closed)],
            Some(8),
        ),
        ("else the newest", vec![other(9, "develop", closed)], Some(9)),
        ("none", vec![], None),
    ] {
        let standing = Standing { pull_requests, ..Standing::default() };
        assert_eq!(standing.remembers("main").map(|pr| pr.number), number, "{shows}");
    }
}

/// What stands, with the pull request open and the branch ours.
fn standing_open(text: &str, change: impl FnOnce(&mut Standing)) -> Standing {
    let mut standing = standing(ours(text), Some(pull_request(State::Open)));
    change(&mut standing);
    standing
}

#[test]
fn a_base_that_moved_elsewhere_is_left_unless_a_rule_wants_it() {
    let behind = |strict| {
        standing_open("v2", |standing| {
            standing.branch.as_mut().unwrap().behind = true;
            standing.up_to_date_required = strict;
        })
    };
    let decision = decide(&wanted(Some("v2")), &behind(false), &rules());
    assert_eq!((decision.reason, decision.action), (Reason::UpToDate, Action::NONE), "10");
    let decision = decide(&wanted(Some("v2")), &behind(true), &rules());
    assert_eq!(decision.action.branch, BranchWrite::Push { lease: Some(id('c')) }, "9");
    let current = standing_open("v2", |standing| standing.up_to_date_required = true);
    assert_eq!(decide(&wanted(Some("v2")), &current, &rules()).action, Action::NONE);
}

#[test]
fn nothing_disturbs_a_merge_queue() {
    let queued = |text: &str| standing_open(text, |standing| standing.queued = true);
    for (shows, text) in [("a push", Some("v3")), ("a close", None)] {
        let decision = decide(&wanted(text), &queued("v2"), &rules());
        assert_eq!(
            (decision.reason, decision.action),
            (Reason::Queued, Action::NONE),
            "15: {shows}"
        );
        assert_eq!(decision.problems[0].code, Code::BranchInMergeQueue);
    }
    assert_eq!(decide(&wanted(Some("v2")), &queued("v2"), &rules()).reason, Reason::UpToDate);
}

#[test]
fn a_branch_that_shall_stay_stays() {
    let keep = Rules { delete_branch: false, ..rules() };
    let decision = decide(&wanted(None), &standing_open("v2", |_| {}), &keep);
    assert_eq!(decision.action.branch, BranchWrite::None);
    assert!(matches!(decision.action.pull_request, PullRequestWrite::Close { .. }));
    let merged = standing(ours("v2"), Some(pull_request(State::Merged)));
    assert_eq!(decide(&wanted(None), &merged, &keep).action, Action::NONE);
}

#[test]
fn where_the_controllers_push_nothing_is_proposed_or_deleted() {
    let direct = Rules { pull_request: false, ..rules() };
    let alone = |text| standing(ours(text), None);
    assert_eq!(decide(&wanted(None), &alone("v2"), &direct).action, Action::NONE);
    assert_eq!(decide(&wanted(Some("v2")), &alone("v2"), &direct).action, Action::NONE);
    let decision = decide(&wanted(Some("v3")), &alone("v2"), &direct);
    assert_eq!(decision.action.branch, BranchWrite::Push { lease: Some(id('c')) });
    assert_eq!(decision.action.pull_request, PullRequestWrite::None);
}

#[test]
fn overwriting_waits_until_everything_is_decided() {
    let overwrite = Rules { overwrite_foreign: true, ..rules() };
    let standing = standing(foreign("v2"), Some(pull_request(State::Open)));
    let decision = decide(&wanted(Some("v3")), &standing, &overwrite);
    assert_eq!(decision.action.branch, BranchWrite::Push { lease: Some(id('c')) });
    let undecided = Proposal { undecided: true, ..wanted(Some("v3")) };
    let decision = decide(&undecided, &standing, &overwrite);
    assert_eq!((decision.reason, decision.action.branch), (Reason::Foreign, BranchWrite::None));
}

#[test]
fn overwriting_rebuilds_and_does_nothing_else() {
    let overwrite = Rules { overwrite_foreign: true, ..rules() };
    let open = || standing(foreign("v2"), Some(pull_request(State::Open)));
    let narrowed = Rules { narrowed: true, ..overwrite.clone() };
    let mut edited_away = open();
    edited_away.pull_requests[0].body = "mine".to_owned();
    for (shows, text, standing, rules) in [
        ("3: nothing is left", None, open(), &overwrite),
        ("5: the same without a pull request", None, standing(foreign("v2"), None), &overwrite),
        ("others may have written there", Some("v3"), edited_away, &narrowed),
        ("the same", Some("v3"), standing(foreign("v2"), None), &narrowed),
    ] {
        let decision = decide(&wanted(text), &standing, rules);
        assert_eq!((decision.reason, decision.action), (Reason::Foreign, Action::NONE), "{shows}");
    }
    let decision = decide(&wanted(Some("v3")), &open(), &narrowed);
    assert_eq!(decision.action.branch, BranchWrite::Push { lease: Some(id('c')) }, "its own alone");
}

#[test]
fn our_own_close_is_not_a_persons() {
    let mut closed = pull_request(State::Closed);
    closed.body = wanted(None).body.closed("nothing-left", &closed.body);
    let decision = decide(&wanted(None), &standing(ours("v2"), Some(closed)), &rules());
    assert_eq!(decision.action.branch, BranchWrite::Delete { lease: id('c') }, "4, not 13");
}

#[test]
fn metadata_is_given_once_and_when_it_changes() {
    let wanted = wanted(Some("v2"));
    let mut open = pull_request(State::Open);
    assert_eq!(words(&wanted, &open, &rules()), PullRequestWrite::None);
    let given = |rules: &Rules, open: &PullRequest| match words(&wanted, open, rules) {
        PullRequestWrite::Update { metadata, .. } => metadata,
        other => panic!("{other:?}"),
    };
    let labels = [(MetadataKind::Labels, "01".to_owned())];
    let assignees = [(MetadataKind::Assignees, "45".to_owned())];
    let changed = Rules { metadata: labels.into_iter().chain(assignees).collect(), ..rules() };
    assert_eq!(given(&changed, &open), [MetadataKind::Assignees].into(), "labels stay as they are");
    open.body = wanted.body.text(&wanted.title, None);
    let PullRequestWrite::Update { metadata: all, title, body, .. } =
        words(&wanted, &open, &rules())
    else {
        panic!("an earlier run ended before it gave them")
    };
    assert_eq!((all.len(), title), (2, None));
    assert_eq!(body, Some(wanted.body.text(&wanted.title, Some(&metadata()))));
}
