//! Rows of the decision table that no other story tells.

use super::{BRANCH, Fault, World, state, writes};
use crate::program::Run;

const BOT: (&str, &str) = ("fluxcdbot", "fluxcdbot@users.noreply.github.com");

/// The pull request of both images is open.
async fn open() -> World {
    let world = World::with_two_images().await;
    world.run(&["run"]).await.ok();
    assert_eq!(values(&world, BRANCH), ["1.1.0", "1.1.0"]);
    world
}

/// The versions of the two images on a branch.
fn values(world: &World, branch: &str) -> [String; 2] {
    ["app", "web"].map(|name| {
        let path = format!("apps/{name}.yaml");
        let text = String::from_utf8(world.fleet.read(branch, &path).unwrap()).unwrap();
        let value = text.split(' ').nth(1).unwrap();
        value.rsplit_once(':').unwrap().1.to_owned()
    })
}

/// Base gets everything that the branch has, as a commit of its own.
fn squash(world: &World, base: &str) {
    let tree = world.fleet.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
    let parent = world.fleet.head(base).unwrap();
    let commit = world.fleet.git(&["commit-tree", tree.trim(), "-p", &parent, "-m", "Squash"]);
    world.fleet.branch(base, commit.trim());
}

/// The commits that the branch has and base has not.
fn ahead(world: &World, base: &str) -> String {
    world.fleet.git(&["rev-list", "--count", &format!("{base}..{BRANCH}")]).trim().to_owned()
}

/// Runs once more and writes nothing.
async fn rests(world: &World, args: &[&str]) -> Run {
    let before = (writes(world), world.fleet.heads());
    let run = world.run(args).await.ok();
    assert_eq!((writes(world), world.fleet.heads()), before, "{}", run.stdout);
    run
}

#[tokio::test]
async fn row_1_nothing_stands_and_nothing_is_wanted() {
    let world = open().await;
    squash(&world, "main");
    world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH), None);
    let run = rests(&world, &["run"]).await;
    assert_eq!(run.output("pull-request-operation"), "none");
}

#[tokio::test]
async fn row_3_nothing_is_left_but_a_persons_commit() {
    let world = open().await;
    squash(&world, "main");
    let mine = world.fleet.commit(BRANCH, "Mine", &[("README.md", "mine")]);
    let disabled = Fault::refuse(410, "Issues are disabled for this repo");
    world.github.fail("POST /issues/{issue_number}/comments", disabled);
    let run = world.run(&["run"]).await.ok();
    assert!(run.stderr.contains("lacks its comment"), "{}", run.stderr);
    let run = world.run(&["run"]).await.ok();
    assert!(run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!(world.fleet.head(BRANCH), Some(mine));
    let seen = state(&world).pulls;
    assert!(seen[0].open && seen[0].comments == 1, "{seen:?}");
    rests(&world, &["run"]).await;
}

#[tokio::test]
async fn row_5_a_strangers_branch_without_a_pull_request() {
    let world = open().await;
    squash(&world, "main");
    world.run(&["run"]).await.ok();
    world.fleet.branch(BRANCH, &world.fleet.head("main").unwrap());
    world.fleet.commit(BRANCH, "Mine", &[("README.md", "mine")]);
    let run = rests(&world, &["run"]).await;
    assert!(run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
}

#[tokio::test]
async fn row_8_a_title_that_a_person_changed_stays() {
    let world = open().await;
    world.github.repository().pulls[0].title = "Mine".to_owned();
    rests(&world, &["run"]).await;
    world.registry.push("example-org/app", "1.2.0");
    world.run(&["run"]).await.ok();
    let pull = state(&world).pulls.remove(0);
    assert_eq!(pull.title, "Mine");
    assert!(pull.body.contains("1.2.0"), "{}", pull.body);
}

#[tokio::test]
async fn row_12_merged_and_the_branch_left_behind() {
    for squashed in [true, false] {
        let world = open().await;
        if squashed {
            squash(&world, "main");
        } else {
            world.fleet.merge(BRANCH, "main");
        }
        world.github.repository().merge(1);
        world.registry.push("example-org/app", "1.2.0");
        let run = world.run(&["run"]).await.ok();
        assert_eq!(run.output("pull-request-operation"), "created", "{squashed}");
        assert_eq!(run.output("pull-request-number"), "2", "{squashed}");
        assert_eq!(values(&world, BRANCH), ["1.2.0", "1.1.0"], "{squashed}");
        assert_eq!(ahead(&world, "main"), "1", "{squashed}: recreated from base");
        let seen = state(&world).pulls;
        assert_eq!([seen[0].open, seen[1].open], [false, true], "{squashed}");
        rests(&world, &["run"]).await;
        world.github.assert_no_violations();
    }
}

#[tokio::test]
async fn row_13_what_a_person_closed_stays_out_until_a_newer_version() {
    for deleted in [false, true] {
        let world = open().await;
        world.github.repository().close(1);
        if deleted {
            world.fleet.delete(BRANCH);
        }
        rests(&world, &["run"]).await;
        world.registry.push("example-org/app", "1.2.0");
        let run = world.run(&["run"]).await.ok();
        assert_eq!(run.output("pull-request-number"), "2", "{deleted}");
        assert_eq!(values(&world, BRANCH), ["1.2.0", "1.0.0"], "{deleted}: web is still refused");
        assert!(!state(&world).pulls[0].open, "{deleted}: never opened again");
        rests(&world, &["run"]).await;
        // Refused as well: both are out, and the branch is left to its person.
        world.github.repository().close(2);
        rests(&world, &["run"]).await;
    }
}

#[tokio::test]
async fn row_14_another_base_for_the_open_pull_request() {
    for moved in [false, true] {
        let world = open().await;
        world.fleet.branch("release", &world.fleet.head("main").unwrap());
        if moved {
            let web =
                String::from_utf8(world.fleet.read("main", "apps/web.yaml").unwrap()).unwrap();
            let web = format!("# of the release\n{web}");
            world.fleet.commit("release", "Apart", &[("apps/web.yaml", &web)]);
        }
        let before = writes(&world);
        let args = ["run", "--base", "release"];
        let run = world.run(&args).await.ok();
        assert_eq!(run.output("pull-request-operation"), "updated", "{moved}");
        let (pushes, api) = writes(&world);
        assert_eq!((pushes - before.0, api - before.1), (usize::from(moved), 1), "{moved}");
        {
            let repository = world.github.repository();
            let [pull] = &repository.pulls[..] else { panic!("{:?}", repository.pulls) };
            assert_eq!((pull.base.as_str(), pull.open), ("release", true));
        }
        assert_eq!(ahead(&world, "release"), "1", "{moved}");
        rests(&world, &args).await;
        world.github.assert_no_violations();
    }
}

/// A person has opened another one, from our branch into `release`.
fn second(world: &World) {
    world.fleet.branch("release", &world.fleet.head("main").unwrap());
    let mut repository = world.github.repository();
    let mut pull = repository.pulls[0].clone();
    (pull.number, pull.base) = (2, "release".to_owned());
    (pull.title, pull.body) = ("Mine".to_owned(), Some("For the release".to_owned()));
    (pull.labels, pull.comments) = (Vec::new(), Vec::new());
    repository.pulls.push(pull);
}

#[tokio::test]
async fn row_16_of_several_only_the_one_into_our_base_is_touched() {
    let world = open().await;
    second(&world);
    let theirs = || state(&world).pulls.remove(1);
    let before = theirs();
    rests(&world, &["run"]).await;
    world.registry.push("example-org/app", "1.2.0");
    world.run(&["run"]).await.ok();
    assert!(state(&world).pulls[0].body.contains("1.2.0"));
    assert_eq!(theirs(), before);

    // Its own goes when nothing is left; the branch is still another's.
    squash(&world, "main");
    let run = world.run(&["run"]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "closed");
    assert!(!state(&world).pulls[0].open);
    assert!(world.fleet.head(BRANCH).is_some(), "the branch is not taken from under the other");
    rests(&world, &["run"]).await;
    assert_eq!(theirs(), before);
}

#[tokio::test]
async fn row_16_none_into_our_base_opens_one() {
    for strangers in [&["release"][..], &["release", "other"]] {
        let world = open().await;
        second(&world);
        world.github.repository().merge(1);
        world.fleet.branch("other", &world.fleet.head("main").unwrap());
        if strangers.len() > 1 {
            let mut repository = world.github.repository();
            let mut third = repository.pulls[1].clone();
            (third.number, third.base) = (3, "other".to_owned());
            repository.pulls.push(third);
        }
        world.registry.push("example-org/app", "1.2.0");
        let run = world.run(&["run"]).await.ok();
        assert_eq!(run.output("pull-request-operation"), "created", "{strangers:?}");
        let repository = world.github.repository();
        let bases = repository.pulls.iter().map(|pull| pull.base.as_str());
        assert_eq!(bases.collect::<Vec<_>>(), [&["main"], strangers, &["main"]].concat());
    }
}

#[tokio::test]
async fn row_4_an_orphan_of_ours_is_deleted() {
    let world = open().await;
    squash(&world, "main");
    world.run(&["run"]).await.ok();
    world.fleet.branch(BRANCH, &world.fleet.head("main").unwrap());
    let path = "apps/web.yaml";
    let web = String::from_utf8(world.fleet.read("main", path).unwrap()).unwrap();
    let older = web.replace(":1.1.0", ":1.0.0");
    world.fleet.commit_as(BOT, BRANCH, "Update", &[(path, older.as_str().into())]);
    world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH), None);
}
