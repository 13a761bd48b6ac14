//! The life of the branch and its pull request, end to end: two runs at once,
//! a run that ends at any moment, GitHub's own commits.

use std::sync::Arc;

use crate::support::{
    git::{self, Step},
    github::{Fault, Token},
    halt::Halt,
    world::World,
};

mod ends;
mod errors;
mod events;
mod meanwhile;
mod ownership;
mod propose;
mod races;
mod refusals;
mod rows;

const BRANCH: &str = "flux-image-updates";

/// How everything stands, as far as people see it.
#[derive(Debug, PartialEq, Eq)]
struct State {
    /// The tree of the branch, and how many commits it is ahead of main.
    branch: Option<(String, String)>,
    pulls: Vec<PullState>,
}

#[derive(Debug, PartialEq, Eq)]
struct PullState {
    number: u64,
    open: bool,
    base: String,
    title: String,
    body: String,
    labels: Vec<String>,
    assignees: Vec<String>,
    comments: usize,
}

fn state(world: &World) -> State {
    let repository = world.github.repository();
    let pulls = repository.pulls.iter().map(|pull| PullState {
        number: pull.number,
        open: pull.open,
        base: pull.base.clone(),
        title: pull.title.clone(),
        // Each world has a registry of its own.
        body: pull.body.clone().unwrap_or_default().replace(&world.registry.host(), "REGISTRY"),
        labels: pull.labels.clone(),
        assignees: pull.assignees.clone(),
        comments: pull.comments.len(),
    });
    State { branch: branch_state(world), pulls: pulls.collect() }
}

fn branch_state(world: &World) -> Option<(String, String)> {
    world.fleet.head(BRANCH)?;
    let diff = world.fleet.git(&["diff", "main", BRANCH]);
    let lines = diff.lines().filter(|line| line.starts_with(['+', '-']));
    let lines: Vec<String> =
        lines.map(|line| line.replace(&world.registry.host(), "REGISTRY")).collect();
    let ahead = world.fleet.git(&["rev-list", "--count", &format!("main..{BRANCH}")]);
    Some((lines.join("\n"), ahead))
}

/// What a run writes: pushes, and writes to GitHub's API.
fn writes(world: &World) -> (usize, usize) {
    (world.git.count(Step::Push), world.github.writes().len())
}

#[tokio::test]
async fn github_makes_the_same_tree_and_signs_it() {
    let (by_git, by_api) = (World::with_fleet().await, World::with_fleet().await);
    for world in [&by_git, &by_api] {
        world.fleet.commit_as(
            ("Ada", "ada@example.com"),
            "main",
            "Make it executable",
            &[(
                "kubernetes/apps/shop.yaml",
                git::Content::Executable(
                    &world.fleet.read("main", "kubernetes/apps/shop.yaml").unwrap(),
                ),
            )],
        );
    }
    let run = by_git.run(&["run"]).await.ok();
    assert_eq!(run.output("pull-request-commits-verified"), "false");
    let api = ["run", "--commit-mode", "api"];
    let run = by_api.run(&api).await.ok();
    assert_eq!(run.output("pull-request-commits-verified"), "true");
    assert_eq!(run.output("pull-request-operation"), "created");
    assert_eq!(state(&by_git), state(&by_api));
    assert_eq!(by_api.git.count(Step::Push), 0, "nothing is pushed by Git");
    assert_eq!(by_api.fleet.mode(BRANCH, "kubernetes/apps/shop.yaml"), "100755");
    let people = by_api.fleet.git(&["log", "-1", "--format=%an|%cn <%ce>%n%B", BRANCH]);
    assert!(
        people.starts_with("github-actions[bot]|GitHub <noreply@github.com>\nchore(images)"),
        "{people}"
    );

    let before = (writes(&by_api), by_api.fleet.heads());
    let run = by_api.run(&api).await.ok();
    assert_eq!((writes(&by_api), by_api.fleet.heads()), before, "its own commits are ours");
    assert_eq!(run.output("pull-request-commits-verified"), "true");

    by_api.registry.push("immich-app/immich-server", "v1.121.0");
    by_api.run(&api).await.ok();
    let (diff, ahead) = branch_state(&by_api).unwrap();
    assert!(diff.contains("v1.121.0") && ahead.trim() == "1", "rebuilt: {diff}");
    let moves: Vec<String> =
        by_api.github.writes().into_iter().filter(|w| w.starts_with("GraphQL")).collect();
    assert_eq!(moves, ["GraphQL MoveBranch", "GraphQL MoveBranch"]);
    by_api.fleet.fsck();
    by_api.github.assert_no_violations();
}

#[tokio::test]
async fn a_commit_that_github_does_not_sign_is_an_error_before_the_branch_moves() {
    let world = World::with_fleet().await;
    world.github.repository().tokens.insert(git::TOKEN.to_owned(), Token::personal("ada"));
    let run = world.run(&["run", "--commit-mode", "api"]).await;
    assert_eq!(run.status, 1);
    for told in ["does not sign the commit (`unsigned`)", "the branch is not moved", "GitHub App"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    assert_eq!(world.fleet.head(BRANCH), None);
    assert!(world.github.repository().pulls.is_empty());
}

#[tokio::test]
async fn two_runs_at_once_make_one_pull_request() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4);
    for round in 0..rounds {
        let world = World::with_fleet().await;
        let mode = if round % 4 == 3 { "api" } else { "git" };
        let args = ["run", "--commit-mode", mode];
        let (a, b) = tokio::join!(world.run(&args), world.run(&args));
        for run in [a, b] {
            assert_eq!(run.status, 0, "{round}: {}\n{}", run.stdout, run.stderr);
        }
        let alone = World::with_fleet().await;
        alone.run(&args).await.ok();
        assert_eq!(state(&world), state(&alone), "{round}");
        world.registry.push("immich-app/immich-server", "v1.121.0");
        let (a, b) = tokio::join!(world.run(&args), world.run(&args));
        for run in [a, b] {
            assert_eq!(run.status, 0, "{round}: {}\n{}", run.stdout, run.stderr);
        }
        assert!(branch_state(&world).unwrap().0.contains("v1.121.0"));
        assert_eq!(world.github.repository().pulls.len(), 1);
        world.fleet.fsck();
        world.github.assert_no_violations();
    }
}

#[tokio::test]
async fn a_lost_lease_never_loses_a_persons_commit() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.registry.push("immich-app/immich-server", "v1.121.0");
    // A person pushes between the look at the branch and the push.
    let greeting = {
        let twin = World::with_fleet().await;
        twin.run(&["run"]).await.ok();
        twin.registry.push("immich-app/immich-server", "v1.121.0");
        let before = twin.git.seen().len();
        twin.run(&["run"]).await.ok();
        let seen = twin.git.seen();
        seen[before..].iter().position(|seen| seen.step == Step::PushGreeting).unwrap() + 1
    };
    let halt = Arc::new(Halt::at(greeting, false));
    world.git.halt(Some(Arc::clone(&halt)));
    let person = async {
        halt.reached().await;
        let mine = world.fleet.commit(BRANCH, "Mine", &[("README.md", "mine")]);
        halt.release();
        mine
    };
    let (run, mine) = tokio::join!(world.run(&["run"]), person);
    assert_eq!(world.fleet.head(BRANCH), Some(mine), "{}", run.ok().stderr);
    assert_eq!(world.github.repository().pulls[0].comments.len(), 1);
    let run = world.run(&["run"]).await.ok();
    assert!(run.stderr.contains("branch/foreign-commits"), "{}", run.stderr);
    assert_eq!(world.github.repository().pulls[0].comments.len(), 1, "told once");
}

#[tokio::test]
async fn a_hold_outlives_an_outage() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    let tick = |body: &str| -> String {
        let lines = body.lines().map(|line| {
            if line.contains("flux-system/redis") {
                line.replace("[ ]", "[x]")
            } else {
                line.to_owned()
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let body = world.github.repository().pulls[0].body.clone().unwrap();
    world.github.repository().pulls[0].body = Some(tick(&body));
    world.run(&["run"]).await.ok();
    for tag in &crate::support::world::fleet_tags()["library/redis"] {
        world.registry.delete("library/redis", tag);
    }
    world.registry.push("immich-app/immich-server", "v1.121.0");
    assert_eq!(world.run(&["run"]).await.status, 1);
    let body = state(&world).pulls[0].body.clone();
    assert!(body.contains("v1.121.0"), "{body}");
    let boxed = body.lines().find(|line| line.contains("flux-system/redis"));
    assert!(boxed.is_some_and(|line| line.starts_with("- [x]")), "{body}");
    for tag in &crate::support::world::fleet_tags()["library/redis"] {
        world.registry.push("library/redis", tag);
    }
    world.run(&["run"]).await.ok();
    assert!(!branch_state(&world).unwrap().0.contains("redis:7.4"), "still held");
}
