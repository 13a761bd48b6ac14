//! Several clusters in one repository, whose objects bear the same names.

use crate::support::{git::Step, world::World};

const BRANCH: &str = "flux-image-updates";

/// What a cluster applies: its bootstrap, its objects, its one value.
fn cluster(world: &World, name: &str, image: &str, range: &str) -> Vec<(String, String)> {
    let host = world.registry.host();
    let sync = format!(
        "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{interval: 1m, url: 'https://github.com/example-org/fleet', ref: {{branch: main}}}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: flux-system, namespace: flux-system}}
spec:
  interval: 10m
  path: ./clusters/{name}
  prune: true
  sourceRef: {{kind: GitRepository, name: flux-system}}
"
    );
    let objects = format!(
        "apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: shop, namespace: flux-system}}
spec: {{image: '{host}/acme/{image}', interval: 1h}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: shop, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: shop}}
  policy: {{semver: {{range: '{range}'}}}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {{name: flux-system, namespace: flux-system}}
spec:
  interval: 1h
  sourceRef: {{kind: GitRepository, name: flux-system}}
  git:
    commit:
      author: {{name: {name}, email: {name}@example.com}}
      messageTemplate: '{name}'
    push: {{branch: {BRANCH}}}
  update: {{path: ./clusters/{name}}}
"
    );
    let value = "tag: 1.0.0 # {\"$imagepolicy\": \"flux-system:shop:tag\"}\n".to_owned();
    vec![
        (format!("clusters/{name}/flux-system/gotk-sync.yaml"), sync),
        (format!("clusters/{name}/images.yaml"), objects),
        (format!("clusters/{name}/shop.yaml"), value),
    ]
}

async fn two_clusters() -> World {
    let world = World::start().await;
    for tag in ["1.0.0", "1.1.0", "2.0.0"] {
        world.registry.push("acme/shop", tag);
    }
    let prod = cluster(&world, "prod", "shop", "1.x");
    begin(&world, &[prod, cluster(&world, "staging", "shop", ">=1.0.0")].concat());
    world
}

fn begin(world: &World, files: &[(String, String)]) {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    world.fleet.commit("main", "Begin", &files);
}

fn tag(world: &World, cluster: &str) -> String {
    let bytes = world.fleet.read(BRANCH, &format!("clusters/{cluster}/shop.yaml")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split_whitespace().nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn each_cluster_has_its_own_policy_and_commit() {
    let world = two_clusters().await;
    let run = world.run(&["run", "-o", "json"]).await.ok();
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.1.0".into(), "2.0.0".into()));
    let document = run.json();
    let automations = document["automations"].as_array().unwrap();
    let told: Vec<(&str, &str)> = automations
        .iter()
        .map(|a| (a["cluster"].as_str().unwrap(), a["commit"]["sha"].as_str().unwrap()))
        .collect();
    let commits =
        world.fleet.git(&["log", "--reverse", "--format=%H %s", &format!("main..{BRANCH}")]);
    let commits: Vec<(&str, &str)> =
        commits.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let [(prod, "prod"), (staging, "staging")] = commits[..] else { panic!("{commits:?}") };
    assert_eq!(
        told,
        [
            ("clusters/prod/flux-system/gotk-sync.yaml", prod),
            ("clusters/staging/flux-system/gotk-sync.yaml", staging)
        ]
    );
    let before = (world.git.count(Step::Push), world.github.writes().len());
    world.run(&["run"]).await.ok();
    assert_eq!((world.git.count(Step::Push), world.github.writes().len()), before);
}

#[tokio::test]
async fn a_hold_is_one_clusters_where_the_values_differ() {
    let world = two_clusters().await;
    world.run(&["run"]).await.ok();
    world.github.repository().close(1);
    world.run(&["run"]).await.ok();
    assert_eq!(world.github.repository().pulls.len(), 1, "both values are refused");
    world.registry.push("acme/shop", "2.1.0");
    world.run(&["run"]).await.ok();
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.0.0".into(), "2.1.0".into()));
}

#[tokio::test]
async fn one_cluster_alone_wants_a_branch_of_its_own() {
    let world = two_clusters().await;
    world.run(&["run"]).await.ok();
    let head = world.fleet.head(BRANCH);
    world.registry.push("acme/shop", "1.2.0");
    let run = world.run(&["run", "--manifests", "clusters/prod"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert!(run.stderr.contains("[branch/shared]"), "{}", run.stderr);
    assert_eq!(world.fleet.head(BRANCH), head);
    let run = world.run(&["run", "--manifests", "clusters/prod", "--branch", "prod"]).await.ok();
    assert_eq!(run.output("pull-request-number"), "2", "{}", run.stdout);
}

#[tokio::test]
async fn what_another_cluster_has_is_no_memory() {
    let world = World::start().await;
    for (image, tag) in [("acme/shop", "1.0.0"), ("acme/shop", "1.1.0"), ("acme/next", "3.0.0")] {
        world.registry.push(image, tag);
    }
    let mut files = cluster(&world, "prod", "shop", ">=1.0.0");
    files.extend(cluster(&world, "staging", "next", ">=1.0.0"));
    let staging = files.iter_mut().find(|(path, _)| path == "clusters/staging/shop.yaml").unwrap();
    staging.1 = staging.1.replace("1.0.0", "2.0.0");
    begin(&world, &files);
    let run = world.run(&["run"]).await.ok();
    assert!(!run.stderr.contains("[policy/downgrade]"), "{}", run.stderr);
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.1.0".into(), "3.0.0".into()));
}

#[tokio::test]
async fn an_outage_takes_nothing_from_the_cluster_that_refused_nothing() {
    let world = two_clusters().await;
    world.registry.push("acme/next", "1.0.0");
    let other = cluster(&world, "prod", "next", ">=1.0.0").swap_remove(1).1;
    let next = other
        .split("kind: ImageUpdateAutomation")
        .next()
        .unwrap()
        .replace("name: shop", "name: next");
    let next = next.rsplit_once("---").unwrap().0.to_owned();
    let value = "tag: 1.0.0 # {\"$imagepolicy\": \"flux-system:next:tag\"}\n";
    let files = [("clusters/prod/next.yaml", next.as_str()), ("clusters/prod/value.yaml", value)];
    world.fleet.commit("main", "Another", &files);
    world.run(&["run"]).await.ok();
    let body = world.github.repository().pulls[0].body.clone().unwrap();
    let line =
        body.lines().find(|line| line.starts_with("- [ ]") && line.contains("2.0.0")).unwrap();
    let ticked = body.replace(line, &line.replace("- [ ]", "- [x]"));
    world.github.repository().pulls[0].body = Some(ticked);
    for tag in ["1.0.0", "1.1.0", "2.0.0"] {
        world.registry.delete("acme/shop", tag);
    }
    world.registry.push("acme/next", "1.1.0");
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}", run.stdout);
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.1.0".into(), "1.0.0".into()));
}

#[tokio::test]
async fn a_hold_waits_for_every_cluster_that_has_it() {
    let world = two_clusters().await;
    for tag in ["1.0.0", "2.0.0"] {
        world.registry.push("acme/next", tag);
    }
    let staging = cluster(&world, "staging", "next", ">=1.0.0");
    let files: Vec<(&str, &str)> =
        staging.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    world.fleet.commit("main", "Another image", &files);
    world.run(&["run"]).await.ok();
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.1.0".into(), "2.0.0".into()));
    world.github.repository().close(1);
    for tag in ["1.0.0", "1.1.0", "2.0.0"] {
        world.registry.delete("acme/shop", tag);
    }
    world.registry.push("acme/next", "2.1.0");
    world.run(&["run"]).await;
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.0.0".into(), "2.1.0".into()));
    for tag in ["1.0.0", "1.1.0"] {
        world.registry.push("acme/shop", tag);
    }
    world.registry.push("acme/next", "2.2.0");
    world.run(&["run"]).await.ok();
    assert_eq!((tag(&world, "prod"), tag(&world, "staging")), ("1.0.0".into(), "2.2.0".into()));
}
