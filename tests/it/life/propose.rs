//! `propose`: the pull request of a branch that a controller pushed.

use std::sync::Arc;

use super::{BRANCH, Halt, World, state, writes};
use crate::{
    program::Run,
    support::{
        git::{Content, TOKEN},
        github::{Level, Token},
    },
};

/// A fleet whose controllers pushed a branch; the token may only read contents.
async fn with_pushed_branch() -> World {
    let world = World::with_fleet().await;
    world.git.make_read_only();
    let token = Token::of_actions(Level::Read, Level::Write, Level::Write);
    world.github.repository().tokens.insert(TOKEN.to_owned(), token);
    push(&world, "v1.120.1");
    world
}

/// What the controllers would do.
fn push(world: &World, tag: &str) {
    let path = "kubernetes/apps/immich.yaml";
    let main = world.fleet.head("main").unwrap();
    let text = String::from_utf8(world.fleet.read("main", path).unwrap()).unwrap();
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.split_once("tag: ") {
            Some((indent, rest)) if rest.contains("immich-server:tag") => {
                format!("{indent}tag: {tag} #{}", rest.split_once('#').unwrap().1)
            }
            _ => line.to_owned(),
        })
        .collect();
    world.fleet.branch(BRANCH, &main);
    let text = format!("{}\n", lines.join("\n"));
    let controller = ("fluxcdbot", "fluxcdbot@users.noreply.github.com");
    world.fleet.commit_as(controller, BRANCH, "Update", &[(path, Content::Bytes(text.as_bytes()))]);
}

/// On the push of a branch.
async fn propose(world: &World, branch: &str, args: &[&str]) -> Run {
    let reference = format!("refs/heads/{branch}");
    let vars = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", &*reference)];
    let args = [&["propose"], args].concat();
    world.run_in(&world.empty_folder(), &args, &vars).await
}

#[tokio::test]
async fn a_pushed_branch_gets_its_pull_request_and_keeps_it() {
    let world = with_pushed_branch().await;
    let run = propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "created", "{}", run.stderr);
    {
        let seen = state(&world);
        let [pull] = &seen.pulls[..] else { panic!("{seen:?}") };
        assert_eq!(pull.title.split('/').next_back().unwrap(), "immich-server to v1.120.1");
        assert!(pull.body.contains("v1.120.1"), "{}", pull.body);
        // No run reads a tick, and the next push would wipe it.
        for promised in ["- [ ]", "ticked", "next run"] {
            assert!(!pull.body.contains(promised), "{promised}: {}", pull.body);
        }
        assert!(pull.body.contains("Closing this pull request refuses"), "{}", pull.body);
        assert_eq!(pull.labels, ["automated", "dependencies", "flux"]);
    }
    let before = writes(&world);
    let run = propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(writes(&world), before, "nothing is written twice");
    assert_eq!(run.output("pull-request-operation"), "none");

    push(&world, "v1.121.0");
    let run = propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "updated");
    assert!(state(&world).pulls[0].title.ends_with("v1.121.0"));
    assert_eq!(world.registry.seen().len(), 0, "no registry is asked");
    world.github.assert_no_violations();
}

#[tokio::test]
async fn a_branch_that_equals_its_base_is_closed_and_stays() {
    let world = with_pushed_branch().await;
    propose(&world, BRANCH, &[]).await.ok();
    let tree = world.fleet.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
    let main = world.fleet.head("main").unwrap();
    let squash = world.fleet.git(&["commit-tree", tree.trim(), "-p", &main, "-m", "by hand"]);
    world.fleet.branch("main", squash.trim());
    let run = propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "closed");
    assert!(!state(&world).pulls[0].open);
    assert!(world.fleet.head(BRANCH).is_some());
    let before = writes(&world);
    propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(writes(&world), before);
}

#[tokio::test]
async fn a_branch_that_is_no_automations_is_nobodys_business() {
    let world = with_pushed_branch().await;
    world.fleet.commit("feature", "Mine", &[("README.md", "mine")]);
    for (branch, args) in [
        ("feature", &[][..]),
        ("main", &[]),
        (BRANCH, &["--branch", "flux/{namespace}/{name}"]),
        ("feature", &["--branch", BRANCH]),
    ] {
        let run = propose(&world, branch, args).await.ok();
        assert!(run.stdout.contains("no automation's"), "{branch} {args:?}: {}", run.stdout);
        assert_eq!(run.output("changed"), "false");
    }
    assert_eq!(writes(&world), (0, 0));

    let head = world.fleet.head(BRANCH).unwrap();
    world.fleet.branch("flux/flux-system/flux-system", &head);
    let args = ["--branch", "flux/{namespace}/{name}"];
    let run = propose(&world, "flux/flux-system/flux-system", &args).await.ok();
    assert_eq!(run.output("pull-request-operation"), "created", "{}", run.stdout);
}

/// A workflow on every push runs for tags, too.
#[tokio::test]
async fn a_tag_is_nobodys_business() {
    let world = with_pushed_branch().await;
    let pattern = ["--branch", "flux/{namespace}/{name}"];
    for (event, args) in [("push", &[][..]), ("create", &[]), ("push", &pattern)] {
        let vars = [("GITHUB_EVENT_NAME", event), ("GITHUB_REF", "refs/tags/v1")];
        let args = [&["propose"], args].concat();
        let run = world.run_in(&world.empty_folder(), &args, &vars).await.ok();
        let told = "Nothing to propose: no automation's branch was pushed or named.";
        assert!(run.stdout.contains(told), "{event} {args:?}: {}", run.stdout);
        assert_eq!(run.output("pull-request-operation"), "none", "{event} {args:?}");
    }
    assert_eq!((writes(&world), state(&world).pulls.len()), ((0, 0), 0));

    // A release's tag is no push: which branch is meant has to be said.
    let vars = [("GITHUB_EVENT_NAME", "release"), ("GITHUB_REF", "refs/tags/v1")];
    let run = world.run_in(&world.empty_folder(), &["propose"], &vars).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
}

/// Declares another automation beside the fleet's.
fn declare(world: &World, base: &str, branch: &str, interval: &str) {
    let text = format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\n\
         metadata: {{name: other, namespace: flux-system}}\n\
         spec:\n  interval: {interval}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n\
         \x20 git:\n    checkout: {{ref: {{branch: {base}}}}}\n\
         \x20   commit: {{author: {{name: bot, email: bot@example.com}}}}\n\
         \x20   push: {{branch: {branch}}}\n"
    );
    world.fleet.commit("main", "Another one", &[("kubernetes/flux-system/other.yaml", &text)]);
}

#[tokio::test]
async fn why_an_automation_of_the_branch_fails_is_told() {
    let nobodys = "Nothing to propose: no automation's branch was pushed or named.\n";
    for (shows, base, branch, interval, pushed, code) in [
        ("two bases", "develop", BRANCH, "1h", BRANCH, Some("automation/branch-conflict")),
        ("two bases, another branch", "develop", BRANCH, "1h", "feature", None),
        ("no base", "gone", "other", "1h", "other", Some("automation/base-not-found")),
        ("no base, another branch", "gone", "other", "1h", "feature", None),
    ] {
        let world = with_pushed_branch().await;
        let main = world.fleet.head("main").unwrap();
        for branch in ["develop", "feature", "other"] {
            world.fleet.branch(branch, &main);
        }
        declare(&world, base, branch, interval);
        let run = propose(&world, pushed, &[]).await;
        let case = format!("{shows}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.status, i32::from(code.is_some()), "{case}");
        assert_eq!(run.stdout == nobodys, code.is_none(), "{case}");
        let told = code.map(|code| format!("[{code}]")).unwrap_or_default();
        assert!(run.stderr.contains(&told), "{case}");
        assert_eq!(run.stderr.contains("error: "), code.is_some(), "{case}");
        assert_eq!(writes(&world), (0, 0), "{case}");
    }
}

#[tokio::test]
async fn an_unreadable_automation_stands_in_nobodys_way() {
    let world = with_pushed_branch().await;
    declare(&world, "main", "other", "5d");
    propose(&world, "main", &[]).await.ok();
    world.fleet.branch("other", &world.fleet.head("main").unwrap());
    let run = propose(&world, "other", &[]).await.ok();
    assert!(
        run.stderr.contains("warning: ") && run.stderr.contains("[object/invalid]"),
        "{}",
        run.stderr
    );
    let run = propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "created", "{}", run.stderr);
}

#[tokio::test]
async fn a_closed_pull_request_stays_closed_until_other_values_come() {
    let world = with_pushed_branch().await;
    propose(&world, BRANCH, &[]).await.ok();
    world.github.repository().close(1);
    push(&world, "v1.120.1");
    propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(state(&world).pulls.len(), 1, "the same value is refused");
    push(&world, "v1.121.0");
    propose(&world, BRANCH, &[]).await.ok();
    assert_eq!(state(&world).pulls.len(), 2);
}

#[tokio::test]
async fn without_an_event_the_branch_is_named() {
    let world = with_pushed_branch().await;
    let run = world.run(&["propose"]).await;
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("name one with `--branch`"), "{}", run.stderr);
    let run = world.run(&["propose", "--branch", BRANCH, "-o", "json"]).await.ok();
    assert_eq!(run.json()["automations"][0]["pullRequest"]["operation"], "created");
}

#[tokio::test]
async fn title_and_body_are_templates_over_what_the_automation_pushed() {
    let world = with_pushed_branch().await;
    let title = "{{ .AutomationObject.Name }}: {{ .Commit.Subject }}";
    let body = "{{ range .Changed.Changes }}{{ .OldValue }} to {{ .NewValue }}{{ end }}: {{ .Commit.Body }}";
    let words = ["--title", title, "--body", body];
    // The controllers go on upon their own branch; a person works on it, too.
    let path = "kubernetes/apps/immich.yaml";
    let text = String::from_utf8(world.fleet.read(BRANCH, path).unwrap()).unwrap();
    let text = text.replace("v1.120.1", "v1.121.0");
    let controller = ("fluxcdbot", "fluxcdbot@users.noreply.github.com");
    let message = "Update immich\n\nby the robot\n";
    world.fleet.commit_as(controller, BRANCH, message, &[(path, Content::Bytes(text.as_bytes()))]);
    world.fleet.commit(BRANCH, "Say why", &[("README.md", "why")]);
    propose(&world, BRANCH, &words).await.ok();
    {
        let seen = state(&world);
        let [pull] = &seen.pulls[..] else { panic!("{seen:?}") };
        assert_eq!(pull.title, "flux-system: Update immich");
        assert!(pull.body.contains("v1.119.0 to v1.121.0: by the robot"), "{}", pull.body);
        assert!(pull.body.contains("Closing this pull request refuses"), "{}", pull.body);
        assert!(!pull.body.contains("- [ ]"), "{}", pull.body);
    }
    let before = writes(&world);
    propose(&world, BRANCH, &words).await.ok();
    assert_eq!(writes(&world), before, "nothing is written twice");

    // A template that fails leaves the pull request what it has.
    let run = propose(&world, BRANCH, &["--title", "{{ .Nope }}"]).await;
    assert_eq!(run.status, 1);
    for told in ["[automation/invalid-template]", "`--title` at 1:"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    assert_eq!(writes(&world), before);

    let run = propose(&world, BRANCH, &["--body", body]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "updated");
    let title = state(&world).pulls[0].title.clone();
    assert!(title.ends_with("immich-server to v1.121.0"), "the default title: {title}");
    world.github.assert_no_violations();
}

#[tokio::test]
async fn an_option_without_effect_is_refused_and_an_input_told() {
    let world = with_pushed_branch().await;
    for typed in [&["--concurrency", "4"][..], &["--pull-request", "false"], &["--secrets", "x"]] {
        let run = propose(&world, BRANCH, typed).await;
        assert_eq!(run.status, 2, "{typed:?}: {}", run.stderr);
        let told = format!("error: `{}` has no effect on `propose`", typed[0]);
        assert!(run.stderr.contains(&told), "{}", run.stderr);
    }
    assert_eq!(writes(&world), (0, 0));

    let reference = format!("refs/heads/{BRANCH}");
    let vars = [
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_REF", &*reference),
        ("INPUT_COMMAND", "propose"),
        ("INPUT_CONCURRENCY", "32"),
        ("INPUT_PULL_REQUEST", "false"),
        ("INPUT_SECRETS", "ghcr.io=a:hunter2"),
    ];
    let run = world.run_in(&world.empty_folder(), &[], &vars).await.ok();
    assert_eq!(run.output("pull-request-operation"), "created", "{}", run.stderr);
    let told = "the inputs `pull-request`, `secrets` have no effect on this command";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[tokio::test]
async fn a_closing_before_the_write_counts() {
    let begin = async || {
        let world = with_pushed_branch().await;
        propose(&world, BRANCH, &[]).await.ok();
        push(&world, "v1.121.0");
        world
    };
    let at = {
        let twin = begin().await;
        let before = twin.github.requests().len();
        propose(&twin, BRANCH, &[]).await.ok();
        let requests = twin.github.requests();
        let get = requests[before..].iter().position(|r| r.route == "GET /pulls/{pull_number}");
        get.unwrap() + 1
    };
    let world = begin().await;
    let halt = Arc::new(Halt::at(at, false));
    world.github.halt(Some(Arc::clone(&halt)));
    let person = async {
        halt.reached().await;
        world.github.repository().close(1);
        halt.release();
    };
    let (run, ()) = tokio::join!(propose(&world, BRANCH, &[]), person);
    assert_eq!(run.ok().output("pull-request-operation"), "none");
    let seen = state(&world);
    assert_eq!(seen.pulls.len(), 1, "what the branch holds was refused");
    assert!(!seen.pulls[0].body.contains("v1.121.0"), "{seen:?}");
}
