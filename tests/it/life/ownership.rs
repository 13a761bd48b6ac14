//! Whose the branch is: merges, and a base that is another one now.

use super::{BRANCH, Fault, World, writes};

const VALUES: &str = "kubernetes/apps/immich.yaml";

/// What a person commits on top of the branch as a merge of main into it: the
/// branch's own file, changed.
fn merge_that(world: &World, change: impl Fn(String) -> String) -> String {
    let merge = world.fleet.merge("main", BRANCH);
    let text = String::from_utf8(world.fleet.read(&merge, VALUES).unwrap()).unwrap();
    let changed = change(text.clone());
    if changed == text {
        // Nothing of its own.
        return merge;
    }
    world.fleet.commit(BRANCH, "Merge by hand", &[(VALUES, &changed)]);
    let tree = format!("{BRANCH}^{{tree}}");
    let tree = world.fleet.git(&["rev-parse", &tree]).trim().to_owned();
    let parents = world.fleet.git(&["show", "--no-patch", "--format=%P", &merge]);
    let mut arguments = vec!["commit-tree", &tree, "-m", "Merge main"];
    arguments.extend(parents.split_whitespace().flat_map(|parent| ["-p", parent]));
    let commit = world.fleet.git(&arguments).trim().to_owned();
    world.fleet.branch(BRANCH, &commit);
    commit
}

async fn proposed() -> World {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.fleet.commit("main", "Elsewhere", &[("README.md", "more")]);
    world
}

#[tokio::test]
async fn a_merge_that_only_joins_is_nobodys_work() {
    let world = proposed().await;
    let merge = merge_that(&world, |text| text);
    let before = writes(&world);
    let run = world.run(&["run"]).await.ok();
    assert!(!run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!((writes(&world), world.fleet.head(BRANCH)), (before, Some(merge)));
    world.registry.push("immich-app/immich-server", "v1.121.0");
    world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.git(&["rev-list", "--merges", &format!("main..{BRANCH}")]), "");
}

#[tokio::test]
async fn a_merge_that_sets_a_value_is_its_authors() {
    let world = proposed().await;
    let merge = merge_that(&world, |text| text.replace("v1.120.1", "v1.119.5"));
    world.registry.push("immich-app/immich-server", "v1.121.0");
    let run = world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH).as_ref(), Some(&merge), "{}", run.stdout);
    let told = format!("`{}` by ", &merge[..7]);
    assert!(run.stderr.contains(&told), "{}", run.stderr);
}

#[tokio::test]
async fn another_base_that_github_refuses_is_tried_again() {
    let world = World::with_two_images().await;
    world.fleet.branch("develop", &world.fleet.head("main").unwrap());
    world.run(&["run"]).await.ok();
    world.fleet.commit("develop", "Of develop alone", &[("README.md", "news")]);
    world.registry.push("example-org/app", "1.2.0");
    let args = ["run", "--base", "develop"];
    world.github.fail("PATCH /pulls/{pull_number}", Fault::refuse(422, "Validation Failed"));
    assert_eq!(world.run(&args).await.status, 1);
    assert_eq!(world.fleet.log(&format!("develop..{BRANCH}")).len(), 1, "it is pushed");
    let run = world.run(&args).await.ok();
    assert!(!run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!(world.github.repository().pulls[0].base, "develop");
}

#[tokio::test]
async fn another_base_has_it_rebuilt() {
    let world = World::with_fleet().await;
    let begin = world.fleet.head("main").unwrap();
    world.fleet.branch("develop", &begin);
    world.fleet.commit("main", "Of main alone", &[("README.md", "more")]);
    world.run(&["run"]).await.ok();
    world.fleet.commit("develop", "Of develop alone", &[("NEWS.md", "news")]);
    let run = world.run(&["run", "--base", "develop"]).await.ok();
    assert!(!run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!(world.github.repository().pulls.len(), 1);
    assert_eq!(world.github.repository().pulls[0].base, "develop");
    let commits = world.fleet.git(&["rev-list", "--count", &format!("develop..{BRANCH}")]);
    assert_eq!(commits.trim(), "1", "nothing of main comes along");
    let before = writes(&world);
    world.run(&["run", "--base", "develop"]).await.ok();
    assert_eq!(writes(&world), before);
}

#[tokio::test]
async fn a_persons_commit_stays_one_beside_another_base() {
    let world = World::with_fleet().await;
    world.fleet.branch("develop", &world.fleet.head("main").unwrap());
    world.run(&["run"]).await.ok();
    let commit = world.fleet.commit(BRANCH, "Mine", &[("NOTE", "mine")]);
    let run = world.run(&["run", "--base", "develop"]).await.ok();
    assert!(run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!(world.fleet.head(BRANCH), Some(commit));
}
