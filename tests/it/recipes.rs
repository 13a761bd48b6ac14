//! The recipes of `docs/adding-an-app.md` elect what they promise, and the
//! objects of `docs/getting-started.md` make a pull request.

use std::fmt::Write as _;

use crate::support::world::World;

fn page(name: &str) -> String {
    std::fs::read_to_string(format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The YAML of a chapter, block by block.
fn recipes<'t>(page: &'t str, chapter: &str) -> Vec<&'t str> {
    let (_, rest) = page.split_once(&format!("\n## {chapter}\n")).unwrap();
    let chapter = rest.split("\n## ").next().unwrap();
    chapter.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

#[tokio::test]
async fn the_recipes_elect_what_they_promise() {
    let page = page("adding-an-app.md");
    let cases: &[(&str, usize, &[&str], &str)] = &[
        ("Semver", 0, &["1.2.0", "1.10.0", "2.0.0", "1.11.0-rc.1", "latest"], "1.10.0"),
        ("Release candidates", 0, &["1.4.0-rc.9", "1.4.0-rc.10", "2.0.0-rc.1"], "1.4.0-rc.10"),
        ("Follow latest or main by digest", 0, &["main", "main-1", "v1.0.0"], "main"),
        ("Calendar versions", 0, &["2024-06-27", "2026-11-24", "2026-11-24-rc", "9"], "2026-11-24"),
        ("Calendar versions", 1, &["2024.04.1", "2024.04.02", "2024.03.30"], "2024.04.02"),
        (
            "Build numbers and timestamps (sortable image tags)",
            0,
            &["main-ffffff0-1699999999", "main-0a1b2c3-1700000100", "dev-0a1b2c3-1900000000"],
            "main-0a1b2c3-1700000100",
        ),
        (
            "Version and variant, as Redis",
            0,
            &["7.2.4-alpine3.19", "7.10.0-alpine3.20", "7.11.0-bookworm", "8.0.0-alpine3.20"],
            "7.10.0-alpine3.20",
        ),
        (
            "Timestamps in words, as MinIO",
            0,
            &["RELEASE.2024-01-05T22-17-24Z", "RELEASE.2024-10-29T16-01-48Z", "latest"],
            "RELEASE.2024-10-29T16-01-48Z",
        ),
    ];
    let world = World::start().await;
    let mut objects = String::new();
    for (at, (chapter, block, tags, _)) in cases.iter().enumerate() {
        let image = format!("example/recipe-{at}");
        for tag in *tags {
            world.registry.push(&image, tag);
        }
        let spec = recipes(&page, chapter)[*block].replace('\n', "\n  ");
        let (head, host) = ("apiVersion: image.toolkit.fluxcd.io/v1", world.registry.host());
        write!(
            objects,
            "---\n{head}\nkind: ImageRepository\n\
             metadata: {{name: recipe-{at}, namespace: flux-system}}\n\
             spec:\n  image: {host}/{image}\n  interval: 1h\n---\n{head}\nkind: ImagePolicy\n\
             metadata: {{name: recipe-{at}, namespace: flux-system}}\n\
             spec:\n  imageRepositoryRef:\n    name: recipe-{at}\n  {spec}\n"
        )
        .unwrap();
    }
    world.fleet.commit("main", "Begin", &[("images.yaml", &objects)]);
    let document = world.run(&["plan", "-o", "json"]).await.ok().json();
    for (at, (chapter, _, _, expected)) in cases.iter().enumerate() {
        let name = format!("recipe-{at}");
        let policies = document["policies"].as_array().unwrap();
        let policy = policies.iter().find(|policy| policy["name"] == *name).unwrap();
        assert_eq!(policy["latest"]["tag"], *expected, "{chapter}: {policy}");
    }
}

#[tokio::test]
async fn the_first_steps_make_a_pull_request() {
    let page = page("getting-started.md");
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let [objects, deployment, automation] = blocks[..] else { panic!("{blocks:?}") };
    let world = World::start().await;
    for tag in ["6.0.0", "6.5.1", "7.0.0"] {
        world.registry.push("stefanprodan/podinfo", tag);
    }
    let here = |text: &str| text.replace("ghcr.io", &world.registry.host());
    let files = [
        ("apps/podinfo/image.yaml", here(objects)),
        (
            "apps/podinfo/deployment.yaml",
            here(&format!("spec:\n  template:\n    spec:\n{deployment}")),
        ),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
    world.fleet.commit("main", "Begin", &files);
    let assumed = world.run(&["plan", "-o", "diff"]).await.ok();
    assert!(assumed.stdout.contains("podinfo:6.5.1 # {"), "{}", assumed.stdout);

    world.fleet.commit("main", "Say how to commit", &[("flux/automation.yaml", automation)]);
    world.run(&["run"]).await.ok();
    assert_eq!(world.github.repository().pulls.len(), 1);
    let message = world.fleet.git(&["log", "-1", "--format=%an%n%B", "flux-image-updates"]);
    assert!(message.starts_with("fluxcdbot\nUpdate images\n\n- "), "{message}");
}
