//! What people say in the pull request while a run asks the registries.

use std::{sync::Arc, time::Duration};

use super::{BRANCH, Halt, World, writes};
use crate::program::Run;

const GET: &str = "GET /pulls/{pull_number}";

/// A pull request of two images is open, and a newer tag of one is there.
async fn open() -> World {
    let world = World::with_two_images().await;
    world.run(&["run"]).await.ok();
    world.registry.push("example-org/app", "1.2.0");
    world
}

/// Runs, and lets a person do something at these requests to the registry.
async fn run_while(world: &World, at: &[usize], person: impl Fn()) -> Run {
    let halt = Arc::new(Halt::each(at, false));
    world.registry.halt(Some(Arc::clone(&halt)));
    let meanwhile = async {
        for _ in at {
            halt.reached().await;
            person();
            halt.release();
        }
    };
    let both = async { tokio::join!(world.run(&["run"]), meanwhile) };
    let (run, ()) = tokio::time::timeout(Duration::from_mins(1), both).await.unwrap();
    world.registry.halt(None);
    run
}

/// How many requests to the registry a run makes, and all others.
async fn requests(world: &World) -> (usize, usize) {
    let count = || (world.registry.seen().len(), world.github.requests().len());
    let before = count();
    world.run(&["run"]).await.ok();
    let after = count();
    (after.0 - before.0, after.1 - before.1)
}

fn gets(world: &World) -> usize {
    world.github.requests().iter().filter(|request| request.route == GET).count()
}

fn body(world: &World) -> String {
    world.github.repository().pulls[0].body.clone().unwrap()
}

/// Ticks the box of `web`.
fn tick(world: &World) {
    let lines = body(world);
    let lines = lines.lines().map(|line| {
        if line.contains("flux-system/web") { line.replace("[ ]", "[x]") } else { line.to_owned() }
    });
    let ticked = lines.collect::<Vec<_>>().join("\r\n");
    world.github.repository().pulls[0].body = Some(ticked);
}

fn proposes(world: &World, image: &str) -> bool {
    world.fleet.git(&["diff", "--name-only", "main", BRANCH]).contains(image)
}

#[tokio::test]
async fn a_box_that_is_ticked_meanwhile_counts() {
    let world = open().await;
    let run = run_while(&world, &[1], || tick(&world)).await.ok();
    assert_eq!(run.output("pull-request-operation"), "updated");
    assert!(!proposes(&world, "web") && proposes(&world, "app"), "{}", run.stdout);
    let body = body(&world);
    assert!(body.contains("1.2.0"), "{body}");
    let boxed = body.lines().find(|line| line.starts_with("- [x]"));
    assert!(boxed.is_some_and(|line| line.contains("flux-system/web")), "{body}");
    world.github.assert_no_violations();
}

#[tokio::test]
async fn a_closing_meanwhile_counts() {
    let world = open().await;
    let before = body(&world);
    let run = run_while(&world, &[1], || world.github.repository().close(1)).await.ok();
    assert_eq!(run.output("pull-request-operation"), "created", "{}", run.stdout);
    assert_eq!(body(&world), before, "the closed one stays as it was closed");
    assert!(!proposes(&world, "web") && proposes(&world, "app"), "{}", run.stdout);
    assert_eq!(world.github.repository().pulls.len(), 2);
}

#[tokio::test]
async fn a_run_that_is_overtaken_twice_says_so() {
    let world = open().await;
    let scan = {
        let twin = open().await;
        requests(&twin).await.0
    };
    let (before, head) = (writes(&world), world.fleet.head(BRANCH));
    let person = || {
        let more = format!("{} ", world.github.repository().pulls[0].title);
        world.github.repository().pulls[0].title = more;
    };
    let run = run_while(&world, &[1, scan + 1], person).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    let told = "the pull request #1 was edited or closed while";
    for told in [told, "run it again; nothing was changed"] {
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    assert_eq!((writes(&world), world.fleet.head(BRANCH)), (before, head));
    world.run(&["run"]).await.ok();
    assert!(body(&world).contains("1.2.0"));
}

#[tokio::test]
async fn only_what_writes_looks_again() {
    let world = open().await;
    assert_eq!(gets(&world), 0, "there was none to look at");
    world.run(&["run"]).await.ok();
    assert_eq!(gets(&world), 1);
    world.run(&["run"]).await.ok();
    assert_eq!(gets(&world), 1, "it wrote nothing");
}
