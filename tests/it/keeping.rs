//! What an outage, a slip of the pen or a stranger's branch must not cost.

use crate::support::{git::Content, world::World};

mod holds;

const BRANCH: &str = "flux-image-updates";
const PERSON: (&str, &str) = ("Ada", "ada@example.com");

/// The documents of an image, its repository first.
fn image(host: &str, name: &str, reference: &str) -> [String; 2] {
    let head = |kind: &str| {
        format!(
            "apiVersion: image.toolkit.fluxcd.io/v1\nkind: {kind}\n\
             metadata: {{name: {name}, namespace: flux-system}}\n"
        )
    };
    [
        format!("{}spec: {{image: {host}/x/{name}, interval: 1h}}\n---\n", head("ImageRepository")),
        format!(
            "{}spec:\n  imageRepositoryRef: {reference}\n\
             \x20 policy: {{semver: {{range: '>=1.0.0'}}}}\n---\n",
            head("ImagePolicy")
        ),
    ]
}

/// An automation that pushes to the branch.
fn automation(name: &str, path: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\n\
         metadata: {{name: {name}, namespace: flux-system}}\n\
         spec:\n  interval: 1h\n  sourceRef: {{kind: GitRepository, name: fleet}}\n\
         \x20 git:\n    checkout: {{ref: {{branch: main}}}}\n\
         \x20   commit: {{author: {{name: bot, email: bot@example.com}}}}\n\
         \x20   push: {{branch: {BRANCH}}}\n  update: {{path: {path}, strategy: Setters}}\n"
    )
}

/// Two images with a policy each, and an automation over all.
fn objects(host: &str, first: &str) -> String {
    let [a, b] = [image(host, "a", first), image(host, "b", "{name: b}")];
    format!("{}{}{}", a.concat(), b.concat(), automation("apps", "."))
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
async fn a_file_that_cannot_be_read_keeps_what_it_declared() {
    let broken: [(&str, &[u8]); 2] = [("no YAML", b"x: [\n"), ("no UTF-8", b"x: \xff\n")];
    for (slip, slipped) in broken {
        for policy_first in [false, true] {
            let world = World::start().await;
            for tag in ["1.0.0", "1.1.0"] {
                world.registry.push("x/a", tag);
            }
            let mut documents = image(&world.registry.host(), "a", "{name: a}");
            if policy_first {
                documents.reverse();
            }
            let file = documents.concat();
            let marker = "{\"$imagepolicy\": \"flux-system:a:tag\"}";
            let files = [
                ("a.yaml", file.as_str()),
                ("automation.yaml", &automation("apps", ".")),
                ("v.yaml", &format!("a: 1.0.0 # {marker}\n")),
            ];
            world.fleet.commit("main", "Begin", &files);
            world.run(&["run"]).await.ok();
            let before = (shown(&world), world.fleet.head(BRANCH));
            assert!(before.0.contains("1.1.0"), "{}", before.0);

            let file = [file.as_bytes(), slipped].concat();
            world.fleet.commit_as(PERSON, "main", "Slip", &[("a.yaml", Content::Bytes(&file))]);
            let run = world.run(&["run"]).await;
            let case =
                format!("{slip}, policy first: {policy_first}: {}{}", run.stdout, run.stderr);
            assert_eq!(run.status, 1, "{case}");
            assert_eq!((shown(&world), world.fleet.head(BRANCH)), before, "{case}");
            assert!(world.github.repository().pulls[0].open, "{case}");
            assert_eq!(run.output("pull-request-operation"), "none", "{case}");
            assert_eq!(run.stderr.matches("[object/invalid]").count(), 1, "{case}");
            assert!(!run.stderr.contains("[marker/unknown-policy]"), "it may be there: {case}");
        }
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_keeps_the_work_of_its_automation() {
    let world = World::start().await;
    let mut files = Vec::new();
    for name in ["a", "b"] {
        for tag in ["1.0.0", "1.1.0"] {
            world.registry.push(&format!("x/{name}"), tag);
        }
        let objects = image(&world.registry.host(), name, &format!("{{name: {name}}}")).concat();
        files.push((format!("{name}.yaml"), objects + &automation(name, name)));
        let marker = format!("{{\"$imagepolicy\": \"flux-system:{name}:tag\"}}");
        files.push((format!("{name}/v.yaml"), format!("v: 1.0.0 # {marker}\n")));
    }
    let texts: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    world.fleet.commit("main", "Begin", &texts);
    world.run(&["run"]).await.ok();
    let value = |name: &str| {
        let text = world.fleet.read(BRANCH, &format!("{name}/v.yaml")).unwrap();
        String::from_utf8(text).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!((value("a"), value("b")), ("1.1.0".to_owned(), "1.1.0".to_owned()));

    let broken = format!("{}x: [\n", files[0].1);
    world.fleet.commit("main", "Slip", &[("a.yaml", &broken)]);
    world.registry.push("x/b", "1.2.0");
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert_eq!(
        (value("a"), value("b")),
        ("1.1.0".to_owned(), "1.2.0".to_owned()),
        "{}",
        run.stdout
    );
    assert!(world.github.repository().pulls[0].open);
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
async fn a_pull_request_opened_by_hand_keeps_its_words_when_it_is_closed() {
    for propose in [false, true] {
        let world = pending().await;
        world.github.repository().pull(1).unwrap().body = Some("my own words".to_owned());
        world.fleet.commit("main", "By hand", &[("v.yaml", &values("1.1.0", "1.0.0"))]);
        let args: &[&str] = if propose { &["propose", "--branch", BRANCH] } else { &["run"] };
        let run = world.run(args).await.ok();
        assert_eq!(run.output("pull-request-operation"), "closed", "{args:?}: {}", run.stdout);
        let body = world.github.repository().pulls[0].body.clone().unwrap();
        let (marker, rest) = body.split_once('\n').unwrap();
        assert!(marker.contains("\"closed\":\"nothing-left\""), "{args:?}: {body}");
        assert_eq!(rest, "my own words", "{args:?}");

        // It is marked as ours: the value comes back when it is wanted again.
        world.fleet.commit("main", "Back", &[("v.yaml", &values("1.0.0", "1.0.0"))]);
        world.run(&["run"]).await.ok();
        assert_eq!(world.github.repository().pulls.len(), 2, "{args:?}");
    }
}

#[tokio::test]
async fn what_stays_when_nothing_is_left_is_told() {
    let world = pending().await;
    world.fleet.commit("main", "By hand", &[("v.yaml", &values("1.1.0", "1.0.0"))]);
    world.run(&["run", "--delete-branch", "false"]).await.ok();
    let run = world.run(&["run", "--delete-branch", "false"]).await.ok();
    let told = format!("Nothing is left to update, `{BRANCH}` stays\n");
    assert!(run.stdout.contains(&told), "{}", run.stdout);
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
