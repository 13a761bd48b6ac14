//! Whose the branch is: merges, a base that is another one now, an author that
//! is another one now.

use super::{BRANCH, Fault, World, writes};

const VALUES: &str = "kubernetes/apps/immich.yaml";
const APP: &str = "apps/app.yaml";

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
    let parents = world.fleet.git(&["show", "--no-patch", "--format=%P", &merge]);
    world.fleet.commit(BRANCH, "Merge by hand", &[(VALUES, &changed)]);
    merge_of(world, &parents.split_whitespace().collect::<Vec<_>>())
}

/// Makes the branch's tree that of a merge of these commits.
fn merge_of(world: &World, parents: &[&str]) -> String {
    let tree = format!("{BRANCH}^{{tree}}");
    let tree = world.fleet.git(&["rev-parse", &tree]).trim().to_owned();
    let mut arguments = vec!["commit-tree", &tree, "-m", "Merge main"];
    arguments.extend(parents.iter().flat_map(|parent| ["-p", parent]));
    let commit = world.fleet.git(&arguments).trim().to_owned();
    world.fleet.branch(BRANCH, &commit);
    commit
}

fn text(world: &World, at: &str, path: &str) -> String {
    String::from_utf8(world.fleet.read(at, path).unwrap()).unwrap()
}

/// Two images with a newer tag each, proposed; base has the first at another
/// version by hand.
async fn conflict() -> World {
    let world = World::with_two_images().await;
    world.run(&["run"]).await.ok();
    let app = text(&world, "main", APP).replace(":1.0.0", ":1.0.5");
    world.fleet.commit("main", "Keep 1.0.5, 1.1.0 crashes", &[(APP, &app)]);
    world
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
async fn a_merge_that_settles_a_conflict_for_base_is_its_authors() {
    let world = conflict().await;
    let parents = [world.fleet.head(BRANCH).unwrap(), world.fleet.head("main").unwrap()];
    world.fleet.commit(BRANCH, "By hand", &[(APP, &text(&world, "main", APP))]);
    let merge = merge_of(&world, &[&parents[0], &parents[1]]);
    let run = world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH).as_ref(), Some(&merge), "{}", run.stdout);
    let told = format!("`{}` by ", &merge[..7]);
    assert!(run.stderr.contains(&told), "{}", run.stderr);
}

#[tokio::test]
async fn a_merge_of_a_base_that_sets_other_markers_is_nobodys_work() {
    let world = World::with_two_images().await;
    let app = text(&world, "main", APP);
    // One more marker of the same policy comes before ours, by hand at an older
    // version, and another file's marker changes.
    let other = app.replace("image:", "first:").replace(":1.0.0", ":1.0.1");
    let between = "# a\n# b\n# c\n# d\n# e\n";
    world.fleet.commit("main", "Room", &[(APP, &format!("{between}{app}"))]);
    world.run(&["run"]).await.ok();
    let both = format!("{other}{between}{app}");
    world.fleet.commit("main", "Other markers", &[(APP, &both), ("more.yaml", &other)]);
    world.fleet.merge("main", BRANCH);
    let run = world.run(&["run"]).await.ok();
    assert!(!run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!(text(&world, BRANCH, APP).matches(":1.1.0").count(), 2);
}

/// The automation's author becomes another one on main.
fn rename(world: &World) {
    let objects = text(world, "main", "flux.yaml");
    let renamed = objects.replace("fluxcdbot", "renamed");
    assert_ne!(objects, renamed);
    world.fleet.commit("main", "Another author", &[("flux.yaml", &renamed)]);
}

#[tokio::test]
async fn another_author_leaves_the_branch_ours() {
    for merged in [false, true] {
        let world = World::with_two_images().await;
        world.run(&["run"]).await.ok();
        rename(&world);
        if merged {
            world.fleet.merge("main", BRANCH);
        }
        let before = writes(&world);
        let run = world.run(&["run"]).await.ok();
        assert!(!run.stderr.contains("[branch/foreign-commits]"), "{merged}: {}", run.stderr);
        assert_eq!(writes(&world), before, "{merged}: nothing else is wanted");
        world.registry.push("example-org/app", "1.2.0");
        world.run(&["run"]).await.ok();
        let authors = world.fleet.git(&["log", "--format=%an", &format!("main..{BRANCH}")]);
        assert_eq!(authors, "renamed\n", "{merged}");
    }
}

#[tokio::test]
async fn an_author_that_the_branch_alone_names_stays_a_stranger() {
    let world = World::with_two_images().await;
    world.run(&["run"]).await.ok();
    let objects = text(&world, BRANCH, "flux.yaml");
    let objects = objects.replace("fluxcdbot@users.noreply.github.com", "ada@example.com");
    let objects = objects.replace("fluxcdbot", "Ada Person");
    world.fleet.commit(BRANCH, "Mine", &[("flux.yaml", &objects)]);
    let back = text(&world, "main", "flux.yaml");
    let mine = world.fleet.commit(BRANCH, "And back", &[("flux.yaml", &back)]);
    world.registry.push("example-org/app", "1.2.0");
    let run = world.run(&["run"]).await.ok();
    assert!(run.stderr.contains("[branch/foreign-commits]"), "{}", run.stderr);
    assert_eq!(world.fleet.head(BRANCH), Some(mine));
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
