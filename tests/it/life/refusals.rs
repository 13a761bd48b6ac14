//! What GitHub's settings, people and rules keep from being done, run after run.

use super::{BRANCH, World, state, writes};
use crate::support::{
    git::TOKEN,
    github::{Level, Token},
};

#[tokio::test]
async fn without_the_switch_the_branch_is_pushed_and_the_address_told() {
    let world = World::with_fleet().await;
    world.github.repository().actions_may_propose = false;
    for run in [world.run(&["run"]).await, world.run(&["run"]).await] {
        assert_eq!(run.status, 1);
        let compare = format!("/example-org/fleet/compare/main...{BRANCH}?expand=1");
        for told in ["Allow GitHub Actions to create and approve", &compare, "is pushed"] {
            assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        }
        assert!(world.fleet.head(BRANCH).is_some());
    }
    assert_eq!(writes(&world).0, 1, "pushed once");
    world.github.repository().actions_may_propose = true;
    world.run(&["run"]).await.ok();
    assert_eq!(world.github.repository().pulls.len(), 1);
}

#[tokio::test]
async fn labels_that_may_not_be_made_are_a_warning() {
    let world = World::with_fleet().await;
    let token = Token::of_actions(Level::Write, Level::Write, Level::None);
    world.github.repository().tokens.insert(TOKEN.to_owned(), token);
    world.github.repository().labels.insert("flux".to_owned());
    let run = world.run(&["run"]).await.ok();
    assert!(
        run.stderr.contains("may not create the labels `automated`, `dependencies`"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("issues: write"), "{}", run.stderr);
    assert_eq!(state(&world).pulls[0].labels, ["flux"]);
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before, "not tried again and again");
}

#[tokio::test]
async fn the_queue_is_not_disturbed() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.github.repository().pulls[0].queued = true;
    let before = (writes(&world), world.fleet.heads());
    world.run(&["run"]).await.ok();
    let asked = |world: &World| {
        world.github.requests().iter().filter(|r| r.route == "GraphQL IsInMergeQueue").count()
    };
    assert_eq!(asked(&world), 0, "asked only when something is to be pushed");
    world.registry.push("immich-app/immich-server", "v1.121.0");
    let run = world.run(&["run"]).await.ok();
    assert_eq!((writes(&world), world.fleet.heads()), before);
    assert_eq!(asked(&world), 1);
    assert!(run.stdout.contains("waits in a merge queue"), "{}", run.stdout);
}

#[tokio::test]
async fn a_rule_that_wants_it_up_to_date_has_it_rebuilt() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.fleet.commit("main", "Elsewhere", &[("README.md", "more")]);
    let before = (writes(&world), world.fleet.heads());
    world.run(&["run"]).await.ok();
    assert_eq!((writes(&world), world.fleet.heads()), before, "base moved elsewhere");
    world.github.repository().strict = true;
    world.run(&["run"]).await.ok();
    let parent = world.fleet.git(&["rev-parse", &format!("{BRANCH}^")]);
    assert_eq!(Some(parent.trim().to_owned()), world.fleet.head("main"));
    world.github.assert_no_violations();
}

#[tokio::test]
async fn other_labels_are_given_again_and_peoples_stay() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.github.repository().pulls[0].labels = vec!["mine".to_owned()];
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before, "labels that people took off stay off");
    world.run(&["run", "--assignees", "example-org"]).await.ok();
    let pull = &state(&world).pulls[0];
    assert_eq!(
        (&pull.labels[..], &pull.assignees[..]),
        (&["mine".to_owned()][..], &["example-org".to_owned()][..])
    );
    world.run(&["run", "--labels", "images"]).await.ok();
    assert_eq!(state(&world).pulls[0].labels, ["mine", "images"]);
}
