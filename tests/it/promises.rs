//! Promises of SECURITY.md that need the whole program.

use crate::support::{
    git::{Step, TOKEN},
    registry::Fault,
    world::World,
};

#[tokio::test]
async fn a_marker_in_a_workflow_is_told_and_left() {
    let world = World::with_fleet().await;
    let image = format!("{}/library/redis", world.registry.host());
    let marker = r#"# {"$imagepolicy": "flux-system:redis"}"#;
    let workflow = format!("jobs:\n  a:\n    container: {image}:7.2.4-alpine3.19 {marker}\n");
    let path = ".github/workflows/test.yaml";
    world.fleet.commit("main", "Add a workflow", &[(path, &workflow)]);
    let run = world.run(&["run"]).await.ok();
    assert!(run.stderr.contains("[marker/workflow-file]"), "{}", run.stderr);
    let changed = world.fleet.git(&["diff", "--name-only", "main", "flux-image-updates"]);
    assert!(changed.contains("shop.yaml") && !changed.contains(path), "{changed}");
}

#[tokio::test]
async fn a_pull_request_from_a_fork_only_plans() {
    let world = World::with_fleet().await;
    let folder = world.new_folder("fork");
    let event = folder.join("event.json");
    let repository = |name: &str| format!(r#"{{"repo":{{"full_name":"{name}"}}}}"#);
    let (head, base) = (repository("stranger/fleet"), repository("example-org/fleet"));
    std::fs::write(&event, format!(r#"{{"pull_request":{{"head":{head},"base":{base}}}}}"#))
        .unwrap();
    let vars = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_EVENT_PATH", event.to_str().unwrap()),
    ];
    let run = world.run_in(&folder, &["run"], &vars).await.ok();
    assert!(run.stderr.contains("[event/read-only]"), "{}", run.stderr);
    assert!(run.stdout.contains("would be pushed"), "{}", run.stdout);
    assert_eq!(world.git.count(Step::Push), 0);
    assert_eq!(world.github.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn foreign_words_start_no_command_and_no_markup() {
    let world = World::with_fleet().await;
    let words = "::error::pwned\n::set-output name=a::b\u{1b}[31m @octocat <img src=x>";
    let body = serde_json::json!({"errors": [{"code": "NAME_UNKNOWN", "message": words}]});
    let fault = Fault::answer(404).body(&body.to_string());
    world.registry.fault("immich-app/immich-server/tags", 100, fault);
    let folder = world.new_folder("hostile");
    let run = world.run_in(&folder, &["run"], &[("GITHUB_ACTIONS", "true")]).await;
    assert_eq!(run.status, 1, "{}", run.stderr);
    for line in run.stderr.lines().chain(run.stdout.lines()) {
        assert!(!line.starts_with("::error::pwned"), "{line}");
        assert!(!line.starts_with("::set-output"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line}");
    }
    assert!(run.summary.contains("octocat"), "the words are shown: {}", run.summary);
    for text in ["@octocat", "<img"] {
        assert!(!run.summary.replace("\\<", "").contains(text), "{}", run.summary);
    }
    let pull = world.github.repository().pulls[0].body.clone().unwrap();
    assert!(!pull.contains("<img") && !pull.contains("@octocat"), "{pull}");
}

#[tokio::test]
async fn no_registry_but_githubs_sees_a_token() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    let seen = world.registry.seen();
    assert!(seen.len() > 10, "{}", seen.len());
    for request in seen {
        assert_eq!(request.header("authorization"), "", "{}", request.uri);
        assert!(!format!("{request:?}").contains(TOKEN), "{}", request.uri);
    }
}
