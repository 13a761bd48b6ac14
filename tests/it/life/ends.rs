//! A run that is killed at any moment, and the run after it.
//!
//! What stands changes with the writes alone, so a run is killed after each of
//! them; with `EVERY_REQUEST` set, before and after every request.

use std::sync::Arc;

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
}

const ARGS: [&str; 3] = ["run", "--assignees", "example-org"];

async fn world(start: Start) -> World {
    let world = World::with_fleet().await;
    match start {
        Start::Nothing => return world,
        Start::Older => {
            world.run(&ARGS).await.ok();
            world.registry.push("immich-app/immich-server", "v1.121.0");
        }
        Start::Empty => {
            world.run(&ARGS).await.ok();
            let tree = world.fleet.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
            let main = world.fleet.head("main").unwrap();
            let commit =
                world.fleet.git(&["commit-tree", tree.trim(), "-p", &main, "-m", "by hand"]);
            world.fleet.branch("main", commit.trim());
        }
    }
    world
}

/// The state after a run, and at which of its requests it is to be killed.
async fn undisturbed(start: Start, mode: &str) -> (State, Vec<(usize, bool)>) {
    let world = world(start).await;
    let halt = Arc::new(Halt::counting());
    world.git.halt(Some(Arc::clone(&halt)));
    world.github.halt(Some(Arc::clone(&halt)));
    world.run(&[&ARGS[..], &["--commit-mode", mode]].concat()).await.ok();
    let moments = if std::env::var_os("EVERY_REQUEST").is_some() {
        (1..=halt.count()).flat_map(|at| [(at, false), (at, true)]).collect()
    } else {
        halt.writes().into_iter().map(|at| (at, true)).collect()
    };
    (state(&world), moments)
}

/// Kills a run while its request `at` is held, and runs again.
async fn killed(start: Start, mode: &str, at: usize, done: bool) -> State {
    let world = world(start).await;
    let halt = Arc::new(Halt::at(at, done));
    world.git.halt(Some(Arc::clone(&halt)));
    world.github.halt(Some(Arc::clone(&halt)));
    let args = [&ARGS[..], &["--commit-mode", mode]].concat();
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
    let (expected, moments) = undisturbed(start, mode).await;
    assert!(moments.len() > 1, "{moments:?}");
    for (at, done) in moments {
        let seen = killed(start, mode, at, done).await;
        assert_eq!(seen, expected, "{start:?}, killed at {at}, done: {done}");
    }
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
async fn an_update_by_the_api_that_is_killed_is_repeated() {
    ends_the_same(Start::Nothing, "api").await;
}
