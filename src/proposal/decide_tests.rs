//! The rows of the lifecycle table.

use super::*;
use crate::{
    flux::NamespacedName,
    oci::{ImageRef, Tag},
    proposal::{Author, Commit, Pending, PolicyUpdate, body},
    setters::{Change, ObjectIdentifier},
    tree::{Head, RepoPath},
};

const RULES: Rules = Rules { overwrite_foreign: false, delete_branch: true, pull_request: true };

fn id(digit: char) -> CommitId {
    CommitId::new(&digit.to_string().repeat(40)).unwrap()
}

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
        latest: ImageRef { name: "ghcr.io/x/a".to_owned(), tag: Tag::new("v2").unwrap(), digest: None },
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
    }
}

fn ours(text: &str) -> Option<Pending> {
    Some(pending(text, Ownership::Ours))
}

fn foreign(text: &str) -> Option<Pending> {
    Some(pending(text, Ownership::Foreign(vec!["`1234567` by Ann".to_owned()])))
}

fn pull_request(state: State) -> PullRequest {
    let wanted = wanted(Some("v2"));
    PullRequest {
        number: 7,
        url: String::new(),
        node_id: String::new(),
        state,
        body: wanted.body.text(&wanted.title),
        title: wanted.title,
        base: "main".to_owned(),
        head: wanted.branch,
        head_commit: id('c'),
        labels: Vec::new(),
        draft: false,
    }
}

fn standing(branch: Option<Pending>, newest: Option<PullRequest>) -> Standing {
    Standing { branch, pull_requests: newest.into_iter().collect() }
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
    let rows: Vec<(&str, Option<&str>, Standing, Reason, BranchWrite, &str)> = vec![
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
        let decision = decide(&wanted(text), &standing, RULES);
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
        decide(&undecided, &standing(ours("v2"), Some(pull_request(State::Open))), RULES);
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
        RULES,
    );
    assert_eq!(decision.action.branch, BranchWrite::Push { lease: Some(id('c')) });
}

#[test]
fn words_change_only_where_they_are_ours() {
    let wanted = wanted(Some("v2"));
    #[rustfmt::skip]
    let rows: [(&str, fn(&mut PullRequest), Option<&str>, bool, Option<&str>); 5] = [
        ("equal: nothing",          |_| {},                                        None, false, None),
        ("CRLF is no difference",   |pr| pr.body = pr.body.replace('\n', "\r\n"),  None, false, None),
        ("a person's title stays",  |pr| pr.title = "mine".to_owned(),             None, false, None),
        ("another base",            |pr| pr.base = "develop".to_owned(),           None, false, Some("main")),
        ("another body",            |pr| pr.body.push_str("\nmore"),               None, true,  None),
    ];
    for (shows, change, title, body, base) in rows {
        let mut open = pull_request(State::Open);
        change(&mut open);
        let write = words(&wanted, &open);
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
    older.body = first.body.text(&first.title);
    let PullRequestWrite::Update { title, .. } = words(&wanted, &older) else { panic!("no update") };
    assert_eq!(title.as_deref(), Some("Update ghcr.io/x/a to v2"), "our own title follows");
}

#[test]
fn a_narrowed_run_writes_nothing_on_a_shared_branch() {
    let mut open = pull_request(State::Open);
    let both = vec!["flux-system/apps".to_owned(), "flux-system/infra".to_owned()];
    open.body = body(both, &[update()], &[]).text("x");
    let decision = decide(&wanted(Some("v3")), &standing(ours("v2"), Some(open)), RULES);
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
    let standing = |pull_requests| Standing { branch: None, pull_requests };
    let two = standing(vec![other(9, "develop"), other(8, "main")]);
    assert_eq!(two.open("main").map(|pr| pr.number), Some(8));
    let elsewhere = standing(vec![other(9, "develop"), other(8, "release")]);
    assert_eq!(elsewhere.open("main"), None);
    let one = standing(vec![other(9, "develop")]);
    assert_eq!(one.open("main").map(|pr| pr.number), Some(9), "its base is changed");
}
