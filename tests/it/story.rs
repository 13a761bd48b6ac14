//! The main job, end to end: the real program against real servers.

use crate::{
    program::Run,
    support::{
        docker_registry::DockerRegistry,
        git::Step,
        world::{FLEET, World, at_registry},
    },
};

const BRANCH: &str = "flux-image-updates";

/// The values that the branch has, as `git diff` shows them.
fn changed_lines(world: &World) -> Vec<String> {
    let diff = world.fleet.git(&["diff", "--unified=0", "main", BRANCH]);
    diff.lines()
        .filter(|line| line.starts_with(['+', '-']))
        .filter(|line| !line.starts_with("+++") && !line.starts_with("---"))
        .map(|line| line.replace(&world.registry.host(), "REGISTRY"))
        .collect()
}

fn digest(world: &World, repository: &str, tag: &str) -> String {
    world.registry.push(repository, tag)
}

#[tokio::test]
async fn the_fleet_is_updated_in_one_pull_request() {
    let world = World::with_fleet().await;
    let run = world.run(&["run"]).await.ok();
    println!("{}\n{}", run.stdout, run.stderr);

    let immich = digest(&world, "immich-app/immich-server", "v1.120.1");
    let webui = digest(&world, "open-webui/open-webui", "main");
    let pipelines = digest(&world, "open-webui/pipelines", "main");
    let all = changed_lines(&world);
    let added: Vec<&str> =
        all.iter().filter_map(|line| line.strip_prefix('+')).map(str::trim).collect();
    let marker = |name: &str| format!(" # {{\"$imagepolicy\": \"flux-system:{name}\"}}");
    let expected = [
        format!("tag: v1.120.1{}", marker("immich-server:tag")),
        format!("digest: {immich}{}", marker("immich-server:digest")),
        format!("tag: \"v1.120.1\"{}", marker("immich-machine-learning:tag")),
        format!("newTag: RELEASE.2024-10-29T16-01-48Z{}", marker("minio:tag")),
        format!(
            "image: \"REGISTRY/open-webui/pipelines:main@{pipelines}\"{}",
            marker("open-webui-pipelines-main")
        ),
        format!("image: REGISTRY/open-webui/open-webui:main@{webui}{}", marker("open-webui-main")),
        format!(
            "- name: shop\nimage: REGISTRY/example-org/shop:main-ffee001-1700000100{}",
            marker("shop")
        )
        .split_once('\n')
        .unwrap()
        .1
        .to_owned(),
        format!("image: REGISTRY/example-org/shop:1.4.0-rc.2{}", marker("shop-rc")),
        format!("image: 'REGISTRY/library/redis:7.4.0-alpine3.20'{}", marker("redis")),
    ];
    let mut seen: Vec<&str> = added.clone();
    seen.sort_unstable();
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    assert_eq!(all.len(), 2 * expected.len(), "as many lines go as come");

    let message = world.fleet.git(&["log", "-1", "--format=%an <%ae>%n%B", BRANCH]);
    assert!(
        message.starts_with("fluxcdbot <fluxcdbot@users.noreply.github.com>\nchore(images): update container images\n"),
        "{message}"
    );
    let parent = world.fleet.git(&["rev-parse", &format!("{BRANCH}^")]);
    assert_eq!(Some(parent.trim().to_owned()), world.fleet.head("main"), "one commit on base");

    {
        let repository = world.github.repository();
        let [pull] = &repository.pulls[..] else { panic!("{:?}", repository.pulls) };
        assert_eq!(pull.title, "Update 7 container images");
        assert_eq!(pull.base, "main");
        let mut labels = pull.labels.clone();
        labels.sort();
        assert_eq!(labels, ["automated", "dependencies", "flux"]);
        let body = pull.body.clone().unwrap();
        assert!(body.contains("leave out"), "{body}");
    }
    assert_eq!(run.output("changed"), "true");
    assert_eq!(run.output("updates-count"), "9");
    assert_eq!(run.output("pull-request-operation"), "created");
    assert_eq!(run.output("pull-request-number"), "1");
    assert_eq!(run.output("branch"), BRANCH);
    for (code, severity) in
        [("marker/not-editable", "warning"), ("policy/doubled-backslash", "warning")]
    {
        assert!(run.stderr.contains(code), "{severity} {code}: {}", run.stderr);
    }
    world.fleet.fsck();
    world.github.assert_no_violations();
}

/// What a run writes: pushes, and writes to GitHub's API.
fn writes(world: &World) -> (usize, usize) {
    (world.git.count(Step::Push), world.github.writes().len())
}

#[tokio::test]
async fn the_second_run_writes_nothing() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    let before = (writes(&world), world.fleet.heads());
    let run = world.run(&["run"]).await.ok();
    assert_eq!((writes(&world), world.fleet.heads()), before, "{}", run.stdout);
    assert_eq!(run.output("pull-request-operation"), "none");
    assert_eq!(run.output("pull-request-number"), "1");
}

#[tokio::test]
async fn a_newer_tag_updates_the_same_pull_request() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.registry.push("immich-app/immich-server", "v1.121.0");
    let run = world.run(&["run"]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "updated");
    assert_eq!(world.github.repository().pulls.len(), 1);
    assert!(world.github.repository().pulls[0].body.clone().unwrap().contains("v1.121.0"));
    let commits = world.fleet.git(&["rev-list", "--count", &format!("main..{BRANCH}")]);
    assert_eq!(commits.trim(), "1", "rebuilt from base, not stacked");
}

#[tokio::test]
async fn after_the_merge_the_branch_goes_and_nothing_open_is_closed() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.fleet.merge(BRANCH, "main");
    world.github.repository().merge(1);
    let run = world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH), None, "{}", run.stdout);
    assert_eq!(world.github.repository().pulls.len(), 1);
    assert_eq!(run.output("changed"), "false");
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before);
}

#[tokio::test]
async fn an_empty_pull_request_is_closed_and_its_branch_deleted() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    // Somebody makes the same edits on main by hand: a squash.
    let tree = world.fleet.git(&["rev-parse", &format!("{BRANCH}^{{tree}}")]);
    let main = world.fleet.head("main").unwrap();
    let commit = world.fleet.git(&["commit-tree", tree.trim(), "-p", &main, "-m", "by hand"]);
    world.fleet.branch("main", commit.trim());
    let run = world.run(&["run"]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "closed", "{}", run.stdout);
    assert_eq!(world.fleet.head(BRANCH), None);
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before);
    world.github.assert_no_violations();
}

#[tokio::test]
async fn plan_decides_the_same_and_writes_nothing() {
    let world = World::with_fleet().await;
    let before = world.fleet.heads();
    let plan = world.run(&["plan", "-o", "json"]).await.ok();
    assert_eq!(writes(&world), (0, 0));
    assert_eq!(world.fleet.heads(), before);
    let run = world.run(&["run", "-o", "json"]).await.ok();
    let decided = |run: &Run| {
        let document = run.json();
        let updates = document["automations"][0]["updates"].clone();
        (document["repositories"].clone(), document["policies"].clone(), updates)
    };
    assert_eq!(decided(&plan), decided(&run));
    assert_eq!(plan.json()["automations"][0]["updates"].as_array().unwrap().len(), 9);
    let exit = world.run(&["plan", "--exit-code"]).await;
    assert_eq!(exit.status, 3, "there are changes");
    let diff = world.run(&["plan", "-o", "diff"]).await.ok();
    assert!(diff.stdout.contains("+++ b/kubernetes/apps/immich.yaml"), "{}", diff.stdout);
}

#[tokio::test]
async fn a_checkout_is_read_and_never_touched() {
    let world = World::with_fleet().await;
    let checkout = world.new_folder("checkout");
    world.fleet.clone_into(&checkout, &["--depth=1"]);
    std::fs::write(checkout.join("kubernetes/apps/shop.yaml"), "my own work").unwrap();
    let before = snapshot(&checkout);
    world.run_in(&checkout, &["run"], &[]).await.ok();
    assert_eq!(snapshot(&checkout), before);
    assert_eq!(changed_lines(&world).len(), 18, "what lies in the work tree is not obeyed");
}

/// Every file below a folder and its bytes.
fn snapshot(folder: &std::path::Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[tokio::test]
async fn a_failed_image_is_told_and_its_pending_values_stay() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    let before = changed_lines(&world);
    world.registry.push("example-org/shop", "main-ffee009-1700000900");
    for tag in &crate::support::world::fleet_tags()["library/redis"] {
        world.registry.delete("library/redis", tag);
    }
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}\n{}", run.stdout, run.stderr);
    let after = changed_lines(&world);
    let redis = |lines: &[String]| -> Vec<String> {
        lines.iter().filter(|line| line.contains("redis")).cloned().collect()
    };
    assert_eq!(redis(&after), redis(&before), "the failed image keeps its pending value");
    assert!(after.iter().any(|line| line.contains("main-ffee009-1700000900")), "{after:#?}");
    assert_eq!(world.github.repository().pulls.len(), 1);
}

#[tokio::test]
async fn an_outage_of_all_closes_and_writes_nothing() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    let before = (writes(&world), world.fleet.heads());
    for (repository, tags) in crate::support::world::fleet_tags() {
        for tag in tags {
            world.registry.delete(&repository, &tag);
        }
    }
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1);
    assert_eq!((writes(&world), world.fleet.heads()), before, "{}", run.stdout);
}

#[tokio::test]
async fn a_reviewers_commit_is_kept() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.fleet.commit(BRANCH, "Mend", &[("README.md", "mended")]);
    world.registry.push("immich-app/immich-server", "v1.121.0");
    let head = world.fleet.head(BRANCH);
    let run = world.run(&["run"]).await.ok();
    assert_eq!(world.fleet.head(BRANCH), head, "{}", run.stdout);
    assert!(run.stderr.contains("branch/foreign-commits"), "{}", run.stderr);
    world.run(&["run", "--foreign-commits", "overwrite"]).await.ok();
    assert_ne!(world.fleet.head(BRANCH), head);
}

#[tokio::test]
async fn a_ticked_box_leaves_a_version_out() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    {
        let mut repository = world.github.repository();
        let pull = repository.pull(1).unwrap();
        let body = pull.body.clone().unwrap();
        let lines: Vec<String> = body
            .lines()
            .map(|line| {
                if line.contains("flux-system/redis") {
                    line.replace("[ ]", "[x]")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        pull.body = Some(lines.join("\n"));
    }
    let run = world.run(&["run", "-o", "json"]).await.ok();
    assert!(!changed_lines(&world).iter().any(|line| line.contains("redis")));
    let policies = run.json()["policies"].clone();
    let redis = policies.as_array().unwrap().iter().find(|p| p["name"] == "redis").unwrap().clone();
    assert_eq!(redis["state"], "held");
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before, "a hold is remembered without a write");
    world.registry.push("library/redis", "7.4.1-alpine3.20");
    world.run(&["run"]).await.ok();
    assert!(changed_lines(&world).iter().any(|line| line.contains("redis:7.4.1")));
}

#[tokio::test]
async fn a_wrong_token_is_told_before_anything_is_done() {
    let world = World::with_fleet().await;
    let folder = world.empty_folder();
    let run = world.run_in(&folder, &["run"], &[("GITHUB_TOKEN", "ghs_wrong")]).await;
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("refused the login"), "{}", run.stderr);
    assert_eq!(writes(&world), (0, 0));
}

#[tokio::test]
async fn a_wrong_command_line_sends_nothing() {
    let world = World::with_fleet().await;
    for args in [&["run", "--nonsense"][..], &["run", "-o", "diff"], &["run", "--repository", "x"]]
    {
        let run = world.run(args).await;
        assert_eq!(run.status, 2, "{args:?}");
        assert!(world.git.seen().is_empty(), "{args:?}");
    }
}

#[tokio::test]
async fn broken_objects_are_told_and_the_others_go_on() {
    let world = World::with_fleet().await;
    let host = world.registry.host();
    let broken = "\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: lost, namespace: flux-system}
spec:
  imageRepositoryRef: {name: nowhere}
  policy: {semver: {range: '>=1.0.0'}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: crooked, namespace: flux-system}
spec:
  imageRepositoryRef: {name: shop}
  policy:
    semver:
      range: '>=1.x.y'
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: dead, namespace: flux-system}
spec:
  image: 127.0.0.1:1/dead/end
  interval: 1h
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: dead, namespace: flux-system}
spec:
  imageRepositoryRef: {name: dead}
  policy: {alphabetical: {}}
";
    let syntax =
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata:\n\tname: x\n";
    world.fleet.commit(
        "main",
        "Break",
        &[
            ("kubernetes/broken.yaml", &at_registry(broken, &host)),
            ("kubernetes/syntax.yaml", syntax),
        ],
    );
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1, "{}", run.stderr);
    for told in [
        "kubernetes/broken.yaml:5:30",
        "[repository/not-found]",
        "kubernetes/broken.yaml:15:",
        "[policy/invalid-range]",
        "[registry/unreachable]",
        "kubernetes/syntax.yaml:4:",
        "[object/invalid]",
    ] {
        assert!(run.stderr.contains(told), "{told}:\n{}", run.stderr);
    }
    assert_eq!(changed_lines(&world).len(), 18, "the others are updated");
}

#[tokio::test]
async fn nothing_of_flux_is_no_failure() {
    let world = World::start().await;
    world.fleet.commit("main", "Begin", &[("README.md", "# Nothing here\n")]);
    let run = world.run(&["run"]).await.ok();
    assert!(run.stdout.contains("no ImagePolicies"), "{}", run.stdout);
    assert_eq!(FLEET, "example-org/fleet");
}

/// The same on Debian's own registry, whose lists are whole and whose digests
/// are of real manifests.
#[tokio::test]
async fn the_fleet_is_updated_from_a_real_registry() {
    let world = World::start().await;
    let registry = DockerRegistry::start().await;
    for (repository, tags) in crate::support::world::fleet_tags() {
        for tag in tags {
            registry.push(&repository, &tag).await;
        }
    }
    world.commit_fleet(&registry.host());
    world.run(&["run"]).await.ok();
    assert_eq!(changed_lines(&world).len(), 18);
    let digest = registry.push("immich-app/immich-server", "v1.120.1").await;
    assert!(changed_lines(&world).iter().any(|line| line.contains(&digest)));
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before);
    registry.push("library/redis", "7.4.1-alpine3.20").await;
    world.run(&["run"]).await.ok();
    assert!(changed_lines(&world).iter().any(|line| line.contains("redis:7.4.1-alpine3.20")));
    assert_eq!(world.github.repository().pulls.len(), 1);
}

#[tokio::test]
async fn a_work_tree_is_planned_as_it_lies_even_alone() {
    let world = World::with_fleet().await;
    let checkout = world.new_folder("worktree");
    world.fleet.clone_into(&checkout, &[]);
    let shop = checkout.join("kubernetes/apps/shop.yaml");
    let text = std::fs::read_to_string(&shop).unwrap();
    std::fs::write(&shop, text.replace("7.2.4-alpine3.19", "7.4.0-alpine3.20")).unwrap();
    let plan = |vars: Vec<(&'static str, &'static str)>| {
        let (world, checkout) = (&world, &checkout);
        async move { world.run_in(checkout, &["plan", "--worktree", "-o", "json"], &vars).await.ok() }
    };
    let updates = |run: &Run| run.json()["automations"][0]["updates"].as_array().unwrap().len();
    assert_eq!(updates(&plan(vec![]).await), 8, "redis is up to date in the work tree");
    std::fs::remove_dir_all(checkout.join(".git")).unwrap();
    let alone = plan(vec![("GITHUB_SERVER_URL", "http://127.0.0.1:1")]).await;
    assert_eq!(updates(&alone), 8);
    assert!(alone.stderr.contains("[checkout/offline]"), "{}", alone.stderr);
}
