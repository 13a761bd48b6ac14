//! What people have refused, and what a run without an answer must not undo.

use super::{BRANCH, World, objects, pending, shown, values};

/// The pull request that proposes a 1.1.0 is closed by a person.
async fn refused() -> World {
    let world = pending().await;
    world.github.repository().close(1);
    world
}

fn pulls(world: &World) -> usize {
    world.github.repository().pulls.len()
}

fn body(world: &World, number: u64) -> String {
    world.github.repository().pull(number).unwrap().body.clone().unwrap_or_default()
}

fn tick(world: &World, number: u64, what: &str) {
    let body = body(world, number);
    let line = body.lines().find(|line| line.starts_with("- [ ]") && line.contains(what)).unwrap();
    let ticked = body.replace(line, &line.replace("- [ ]", "- [x]"));
    world.github.repository().pull(number).unwrap().body = Some(ticked);
}

#[tokio::test]
async fn a_failing_automation_does_not_bring_it_back() {
    let world = refused().await;
    let objects = objects(&world.registry.host(), "{name: a}");
    let broken = objects.replace("    commit: {", "    commit: {messageTemplate: '{{ .Nope }}', ");
    assert_ne!(broken, objects);
    world.fleet.commit("main", "Slip", &[("images.yaml", &broken)]);
    world.registry.push("x/b", "1.1.0");
    let run = world.run(&["run"]).await;
    assert_eq!((run.status, pulls(&world)), (1, 1), "{}", run.stdout);
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_does_not_bring_it_back() {
    let world = refused().await;
    world.registry.push("x/b", "1.1.0");
    let broken = objects(&world.registry.host(), "3");
    world.fleet.commit("main", "Slip", &[("images.yaml", &broken)]);
    world.run(&["run"]).await;
    assert_eq!(shown(&world), values("1.0.0", "1.1.0"));
    assert!(body(&world, 2).contains(r#"<!-- hold {"policy":"flux-system/a","value":"1.1.0"}"#));
    let mended = objects(&world.registry.host(), "{name: a}");
    world.fleet.commit("main", "Mend", &[("images.yaml", &mended)]);
    world.run(&["run"]).await.ok();
    assert_eq!(shown(&world), values("1.0.0", "1.1.0"), "it is still refused");
}

#[tokio::test]
async fn a_tag_that_is_withdrawn_does_not_bring_it_back() {
    let world = refused().await;
    world.registry.delete("x/a", "1.1.0");
    let run = world.run(&["run"]).await.ok();
    assert_eq!(pulls(&world), 1, "{}", run.stdout);

    let world = pending().await;
    tick(&world, 1, "x/a");
    world.registry.delete("x/a", "1.1.0");
    world.registry.push("x/b", "1.1.0");
    world.run(&["run"]).await.ok();
    assert_eq!(shown(&world), values("1.0.0", "1.1.0"), "a ticked box is honoured");
}

#[tokio::test]
async fn what_is_kept_is_shown_as_it_is_kept() {
    let world = pending().await;
    world.registry.delete("x/a", "1.1.0");
    world.registry.push("x/b", "1.1.0");
    let run = world.run(&["run"]).await.ok();
    assert!(run.stderr.contains("[policy/downgrade]"), "{}", run.stderr);
    assert_eq!(shown(&world), values("1.1.0", "1.1.0"));
    let body = body(&world, 1);
    assert!(body.contains(r#""policy":"flux-system/a","value":"1.1.0""#), "{body}");
    assert!(!body.contains("downgrade"), "{body}");
}

#[tokio::test]
async fn a_hold_outlives_a_suspended_automation() {
    let world = World::start().await;
    for (image, tag) in [("x/a", "1.0.0"), ("x/a", "1.1.0"), ("x/b", "1.0.0"), ("x/b", "1.1.0")] {
        world.registry.push(image, tag);
    }
    let both = |suspend: bool| {
        let all = objects(&world.registry.host(), "{name: a}");
        let (images, automation) = all.rsplit_once("apiVersion").unwrap();
        let second = automation.replace("name: apps", "name: other").replace("path: .", "path: b");
        let first = automation.replace("path: .", "path: a");
        let first = first.replace("spec:\n", &format!("spec:\n  suspend: {suspend}\n"));
        format!("{images}apiVersion{first}---\napiVersion{second}")
    };
    let (a, b) = (values("1.0.0", "-"), values("-", "1.0.0"));
    let (a, b) = (a.lines().next().unwrap(), b.lines().nth(1).unwrap());
    let files = [("images.yaml", &*both(false)), ("a/v.yaml", a), ("b/v.yaml", b)];
    world.fleet.commit("main", "Begin", &files);
    world.run(&["run"]).await.ok();
    tick(&world, 1, "x/a");
    world.fleet.commit("main", "Pause", &[("images.yaml", &both(true))]);
    world.registry.push("x/b", "1.2.0");
    world.run(&["run"]).await.ok();
    world.fleet.commit("main", "Resume", &[("images.yaml", &both(false))]);
    world.run(&["run"]).await.ok();
    let at = |path: &str| String::from_utf8(world.fleet.read(BRANCH, path).unwrap()).unwrap();
    assert!(at("a/v.yaml").starts_with("a: 1.0.0"), "{}", at("a/v.yaml"));
    assert!(at("b/v.yaml").starts_with("b: 1.2.0"), "{}", at("b/v.yaml"));
}

#[tokio::test]
async fn a_slip_in_a_marked_file_closes_nothing() {
    let world = pending().await;
    let broken = values("1.0.0", "1.0.0") + "c: [1\n";
    world.fleet.commit("main", "Slip", &[("v.yaml", &broken)]);
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert!(run.stderr.contains("[branch/base-unreadable]"), "{}", run.stderr);
    assert!(world.github.repository().pulls[0].open);
    assert_eq!(shown(&world), values("1.1.0", "1.0.0"));
}

#[tokio::test]
async fn overwriting_never_ends_a_persons_branch() {
    let world = pending().await;
    let commit = world.fleet.commit(BRANCH, "Mine", &[("migrate.yaml", "a: 1\n")]);
    world.fleet.commit("main", "By hand", &[("v.yaml", &values("1.1.0", "1.0.0"))]);
    let run = world.run(&["run", "--foreign-commits", "overwrite"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH), Some(commit), "{}", run.stdout);
    let repository = world.github.repository();
    assert!(repository.pulls[0].open && repository.pulls[0].comments.is_empty());
}

#[tokio::test]
async fn memory_is_what_the_branch_has_set_itself() {
    let world = World::start().await;
    for (image, tag) in [("x/a", "1.0.0"), ("x/b", "1.0.0"), ("x/b", "1.1.0")] {
        world.registry.push(image, tag);
    }
    let host = world.registry.host();
    let objects = objects(&host, "{name: a}").replacen(
        "  policy: {semver",
        "  digestReflectionPolicy: IfNotPresent\n  policy: {semver",
        1,
    );
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let text = |digit: &str| {
        let image = format!("{host}/x/a:1.0.0@{}", digest(digit));
        format!("a: {image} # {{\"$imagepolicy\": \"flux-system:a\"}}\n")
            + values("", "1.0.0").lines().nth(1).unwrap()
    };
    let files = [("images.yaml", objects.as_str()), ("v.yaml", &text("a"))];
    world.fleet.commit("main", "Begin", &files);
    world.run(&["run"]).await.ok();
    world.fleet.commit("main", "A rebuild", &[("v.yaml", &text("b"))]);
    world.run(&["run"]).await.ok();
    assert!(shown(&world).contains(&digest("b")), "{}", shown(&world));
    assert!(shown(&world).contains("b: 1.1.0"), "{}", shown(&world));
}

#[tokio::test]
async fn closing_what_was_opened_by_hand_refuses_it_too() {
    let world = pending().await;
    world.github.repository().pull(1).unwrap().body = Some("my own words".to_owned());
    world.github.repository().close(1);
    let run = world.run(&["run"]).await.ok();
    assert_eq!(pulls(&world), 1, "{}", run.stdout);
    world.registry.push("x/b", "1.1.0");
    world.run(&["run"]).await.ok();
    assert_eq!(shown(&world), values("1.0.0", "1.1.0"));
    assert!(body(&world, 2).contains(r#"<!-- hold {"policy":"flux-system/a","value":"1.1.0"}"#));
}

/// `a` with its tag and its digest in one mapping, `b` beside it.
fn split(a: &str, digest: &str, b: &str) -> String {
    let marker = |what: &str| format!("# {{\"$imagepolicy\": \"flux-system:{what}\"}}");
    format!(
        "a:\n  tag: {a} {}\n  digest: {digest} {}\nb: {b} {}\n",
        marker("a:tag"),
        marker("a:digest"),
        marker("b:tag")
    )
}

/// A pull request for `a` 1.1.0, tag and digest; the policy of `a` reflects
/// digests as it says.
async fn pinned(reflection: &str) -> World {
    let world = World::start().await;
    for (image, tag) in [("x/a", "1.0.0"), ("x/a", "1.1.0"), ("x/b", "1.0.0")] {
        world.registry.push(image, tag);
    }
    let reflection = format!("  digestReflectionPolicy: {reflection}\n  policy: {{semver");
    let objects =
        objects(&world.registry.host(), "{name: a}").replacen("  policy: {semver", &reflection, 1);
    let none = format!("sha256:{}", "0".repeat(64));
    let files = [("images.yaml", objects.as_str()), ("v.yaml", &split("1.0.0", &none, "1.0.0"))];
    world.fleet.commit("main", "Begin", &files);
    world.run(&["run"]).await.ok();
    assert!(shown(&world).contains("tag: 1.1.0"), "{}", shown(&world));
    world
}

#[tokio::test]
async fn a_tag_and_its_digest_are_refused_together() {
    let world = pinned("Always\n  interval: 1m").await;
    world.github.repository().pull(1).unwrap().body = Some("opened by hand".to_owned());
    world.github.repository().close(1);
    for tag in ["1.0.0", "1.1.0"] {
        world.registry.delete("x/a", tag);
    }
    world.registry.push("x/b", "1.1.0");
    world.run(&["run"]).await;
    let none = format!("sha256:{}", "0".repeat(64));
    assert_eq!(shown(&world), split("1.0.0", &none, "1.1.0"));
}

#[tokio::test]
async fn a_refused_tag_stays_refused_when_it_is_pushed_again() {
    for is_closed in [true, false] {
        let world = pinned("IfNotPresent").await;
        if is_closed {
            world.github.repository().close(1);
        } else {
            tick(&world, 1, "x/a");
            world.run(&["run"]).await.ok();
        }
        world.registry.push_content("x/a", "1.1.0", "second");
        world.registry.push("x/b", "1.1.0");
        let run = world.run(&["run"]).await.ok();
        let none = format!("sha256:{}", "0".repeat(64));
        assert_eq!(shown(&world), split("1.0.0", &none, "1.1.0"), "{is_closed} {}", run.stdout);
    }
}

#[tokio::test]
async fn a_marker_that_is_taken_away_on_base_blocks_nothing() {
    let world = World::start().await;
    for (image, tag) in [("x/a", "1.0.0"), ("x/a", "1.1.0"), ("x/b", "1.0.0"), ("x/b", "1.1.0")] {
        world.registry.push(image, tag);
    }
    let objects = objects(&world.registry.host(), "{name: a}");
    let broken = "c: {d: 1} # {\"$imagepolicy\": \"flux-system:a:tag\"}\n";
    let files =
        [("images.yaml", objects.as_str()), ("v.yaml", &(values("1.0.0", "1.0.0") + broken))];
    world.fleet.commit("main", "Begin", &files);
    world.run(&["run"]).await.ok();
    let bare =
        values("1.0.0", "1.0.0").replacen(" # {\"$imagepolicy\": \"flux-system:a:tag\"}", "", 1);
    world.fleet.commit("main", "By hand", &[("v.yaml", &(bare + broken))]);
    let run = world.run(&["run"]).await.ok();
    assert!(shown(&world).contains("a: 1.0.0\nb: 1.1.0"), "{}{}", shown(&world), run.stdout);
}

#[tokio::test]
async fn a_mistyped_path_takes_nothing_from_a_shared_branch() {
    let world = World::start().await;
    for (image, tag) in [("x/a", "1.0.0"), ("x/a", "1.1.0"), ("x/b", "1.0.0"), ("x/b", "1.1.0")] {
        world.registry.push(image, tag);
    }
    let both = |path: &str| {
        let all = objects(&world.registry.host(), "{name: a}");
        let (images, automation) = all.rsplit_once("apiVersion").unwrap();
        let second = automation.replace("name: apps", "name: other").replace("path: .", "path: b");
        let first = automation.replace("path: .", &format!("path: {path}"));
        format!("{images}apiVersion{first}---\napiVersion{second}")
    };
    let all = values("1.0.0", "1.0.0");
    let (a, b) = all.split_once('\n').unwrap();
    let files = [("images.yaml", &*both("a")), ("a/v.yaml", a), ("b/v.yaml", b)];
    world.fleet.commit("main", "Begin", &files);
    world.run(&["run"]).await.ok();
    world.fleet.commit("main", "Slip", &[("images.yaml", &both("aa"))]);
    world.registry.push("x/b", "1.2.0");
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    let at = |path: &str| String::from_utf8(world.fleet.read(BRANCH, path).unwrap()).unwrap();
    assert!(at("a/v.yaml").starts_with("a: 1.1.0"), "{}", at("a/v.yaml"));
    assert!(at("b/v.yaml").starts_with("b: 1.2.0"), "{}", at("b/v.yaml"));
}
