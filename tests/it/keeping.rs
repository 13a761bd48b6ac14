//! What an outage, a slip of the pen or a stranger's branch must not cost.

use crate::support::world::World;

mod holds;

const BRANCH: &str = "flux-image-updates";

/// Two images with a policy each, their markers in one file.
fn objects(host: &str, first: &str) -> String {
    let one = |name: &str, reference: &str| {
        format!(
            "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\n\
             metadata: {{name: {name}, namespace: flux-system}}\n\
             spec: {{image: {host}/x/{name}, interval: 1h}}\n---\n\
             apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\n\
             metadata: {{name: {name}, namespace: flux-system}}\n\
             spec:\n  imageRepositoryRef: {reference}\n  policy: {{semver: {{range: '>=1.0.0'}}}}\n---\n"
        )
    };
    format!(
        "{}{}apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\n\
         metadata: {{name: apps, namespace: flux-system}}\n\
         spec:\n  interval: 1h\n  sourceRef: {{kind: GitRepository, name: fleet}}\n\
         \x20 git:\n    checkout: {{ref: {{branch: main}}}}\n\
         \x20   commit: {{author: {{name: bot, email: bot@example.com}}}}\n\
         \x20   push: {{branch: {BRANCH}}}\n  update: {{path: ., strategy: Setters}}\n",
        one("a", first),
        one("b", "{name: b}")
    )
}

fn values(a: &str, b: &str) -> String {
    format!(
        "a: {a} # {{\"$imagepolicy\": \"flux-system:a:tag\"}}\n\
         b: {b} # {{\"$imagepolicy\": \"flux-system:b:tag\"}}\n"
    )
}

/// A pull request stands that proposes a 1.1.0.
async fn pending() -> World {
    let world = World::start().await;
    for (image, tag) in [("x/a", "1.0.0"), ("x/a", "1.1.0"), ("x/b", "1.0.0")] {
        world.registry.push(image, tag);
    }
    let objects = objects(&world.registry.host(), "{name: a}");
    let files = [("images.yaml", objects.as_str()), ("v.yaml", &values("1.0.0", "1.0.0"))];
    world.fleet.commit("main", "Begin", &files);
    world.run(&["run"]).await.ok();
    assert_eq!(shown(&world), values("1.1.0", "1.0.0"));
    world
}

fn shown(world: &World) -> String {
    String::from_utf8(world.fleet.read(BRANCH, "v.yaml").unwrap()).unwrap()
}

#[tokio::test]
async fn an_outage_does_not_undo_what_base_has_changed() {
    let world = pending().await;
    world.fleet.commit("main", "By hand", &[("v.yaml", &values("1.0.0", "2.0.0"))]);
    world.registry.delete("x/b", "1.0.0");
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1);
    assert_eq!(shown(&world), values("1.1.0", "2.0.0"), "{}", run.stdout);
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_keeps_its_value() {
    for broken in ["3", "{name: a"] {
        let world = pending().await;
        let objects = objects(&world.registry.host(), broken);
        world.fleet.commit("main", "Slip", &[("images.yaml", &objects)]);
        let run = world.run(&["run"]).await;
        assert_eq!(run.status, 1, "{broken}: {}", run.stdout);
        assert_eq!(shown(&world), values("1.1.0", "1.0.0"), "{broken}: {}", run.stdout);
        assert_eq!(run.output("pull-request-operation"), "none", "{broken}");
    }
}

#[tokio::test]
async fn a_refused_value_does_not_come_back_by_an_outage() {
    let world = pending().await;
    world.github.repository().close(1);
    world.registry.push("x/b", "1.1.0");
    world.registry.delete("x/a", "1.0.0");
    world.registry.delete("x/a", "1.1.0");
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert_eq!(shown(&world), values("1.0.0", "1.1.0"), "{}", run.stdout);
}

#[tokio::test]
async fn a_short_answer_closes_nothing() {
    let world = pending().await;
    world.registry.delete("x/a", "1.1.0");
    let run = world.run(&["run"]).await.ok();
    assert_eq!(shown(&world), values("1.1.0", "1.0.0"), "{}", run.stdout);
    assert!(run.stderr.contains("[policy/downgrade]"), "{}", run.stderr);
    assert_eq!(run.output("pull-request-operation"), "none");
}

#[tokio::test]
async fn a_branch_that_we_never_made_is_not_deleted() {
    let world = World::start().await;
    world.registry.push("x/a", "1.0.0");
    world.registry.push("x/b", "1.0.0");
    let objects = objects(&world.registry.host(), "{name: a}");
    let files = [("images.yaml", objects.as_str()), ("v.yaml", &values("1.0.0", "1.0.0"))];
    let main = world.fleet.commit("main", "Begin", &files);
    world.fleet.branch(BRANCH, &main);
    let run = world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH), Some(main), "{}", run.stdout);
}

#[tokio::test]
async fn a_pull_request_opened_by_hand_keeps_its_words() {
    let world = pending().await;
    world.github.repository().pull(1).unwrap().body = Some("my own words".to_owned());
    world.run(&["run"]).await.ok();
    let body = world.github.repository().pull(1).unwrap().body.clone();
    assert_eq!(body.as_deref(), Some("my own words"));
}

#[tokio::test]
async fn the_default_branch_is_never_pushed_to() {
    let world = pending().await;
    let main = world.fleet.head("main");
    let run = world.run(&["run", "--base", BRANCH, "--branch", "main"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert_eq!(world.fleet.head("main"), main);
    assert!(run.stderr.contains("[automation/branch-conflict]"), "{}", run.stderr);
}

#[tokio::test]
async fn a_folder_that_holds_nothing_is_a_slip() {
    let world = pending().await;
    let run = world.run(&["plan", "--manifests", "imgaes.yaml"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert!(run.stderr.contains("[manifests/not-found]"), "{}", run.stderr);
}
