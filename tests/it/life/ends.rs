//! A run that is killed at any moment, and the run after it.
//!
//! It is killed after each of its requests was carried out and before the
//! answer came. Killed before a request it would leave what the one before it
//! has left.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use super::{BRANCH, Halt, State, World, state};

/// Where a run begins.
#[derive(Debug, Clone, Copy)]
enum Start {
    /// There is no branch yet.
    Nothing,
    /// The pull request is open, and a newer tag is there.
    Older,
    /// Base has everything that the pull request proposes.
    Empty,
    /// The pull request is open into another base, and a newer tag is there.
    Elsewhere,
}

const ARGS: [&str; 3] = ["run", "--assignees", "example-org"];

fn args(start: Start, mode: &str) -> Vec<&str> {
    let base = if matches!(start, Start::Elsewhere) { "develop" } else { "main" };
    [&ARGS[..], &["--commit-mode", mode, "--base", base]].concat()
}

async fn world(start: Start) -> World {
    let world = World::with_two_images().await;
    match start {
        Start::Nothing => return world,
        Start::Older => {
            world.run(&ARGS).await.ok();
            world.registry.push("example-org/app", "1.2.0");
        }
        Start::Empty => {
            world.run(&ARGS).await.ok();
            let tree = world.fleet.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
            let main = world.fleet.head("main").unwrap();
            let commit =
                world.fleet.git(&["commit-tree", tree.trim(), "-p", &main, "-m", "by hand"]);
            world.fleet.branch("main", commit.trim());
        }
        Start::Elsewhere => {
            let begin = world.fleet.head("main").unwrap();
            world.fleet.branch("develop", &begin);
            world.fleet.commit("main", "Of main alone", &[("README.md", "more")]);
            world.run(&ARGS).await.ok();
            world.fleet.commit("develop", "Of develop alone", &[("NEWS.md", "news")]);
            world.registry.push("example-org/app", "1.2.0");
        }
    }
    world
}

/// The state after a run, and how many requests it made.
async fn undisturbed(start: Start, mode: &str) -> (State, usize) {
    let world = world(start).await;
    let halt = Arc::new(Halt::counting());
    world.git.halt(Some(Arc::clone(&halt)));
    world.github.halt(Some(Arc::clone(&halt)));
    world.run(&args(start, mode)).await.ok();
    (state(&world), halt.count())
}

/// Kills a run while the answer to its request `at` is held, and runs again.
async fn killed(start: Start, mode: &str, at: usize) -> State {
    let world = world(start).await;
    let halt = Arc::new(Halt::at(at, true));
    world.git.halt(Some(Arc::clone(&halt)));
    world.github.halt(Some(Arc::clone(&halt)));
    let args = args(start, mode);
    let folder = world.empty_folder();
    let mut child = world
        .command(&folder, &args)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::select! {
        () = halt.reached() => {}
        status = child.wait() => panic!("it ended before its request {at}: {status:?}"),
    }
    child.kill().await.unwrap();
    world.git.halt(None);
    world.github.halt(None);
    world.run(&args).await.ok();
    world.fleet.fsck();
    state(&world)
}

async fn ends_the_same(start: Start, mode: &str) {
    let (expected, requests) = undisturbed(start, mode).await;
    assert!(requests > 5, "{requests}");
    stream::iter(1..=requests)
        .for_each_concurrent(4, |at| {
            let expected = &expected;
            async move {
                let seen = killed(start, mode, at).await;
                assert_eq!(seen, *expected, "{start:?}, killed after {at} of {requests}");
            }
        })
        .await;
}

#[tokio::test]
async fn a_first_run_that_is_killed_is_repeated() {
    ends_the_same(Start::Nothing, "git").await;
}

#[tokio::test]
async fn an_update_that_is_killed_is_repeated() {
    ends_the_same(Start::Older, "git").await;
}

#[tokio::test]
async fn a_closing_that_is_killed_is_repeated() {
    ends_the_same(Start::Empty, "git").await;
}

#[tokio::test]
async fn another_base_that_is_killed_is_repeated() {
    ends_the_same(Start::Elsewhere, "git").await;
}

#[tokio::test]
async fn an_update_by_the_api_that_is_killed_is_repeated() {
    ends_the_same(Start::Nothing, "api").await;
}
