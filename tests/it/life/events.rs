//! What starts a run, and from where.

use super::{BRANCH, World, state, writes};
use crate::support::{
    git::TOKEN,
    github::{Level, Token},
};

async fn run(world: &World, vars: &[(&str, &str)]) -> crate::program::Run {
    world.run_in(&world.empty_folder(), &["run"], vars).await.ok()
}

#[tokio::test]
async fn every_event_finds_its_branch() {
    for (event, reference) in [
        ("schedule", "refs/heads/main"),
        ("workflow_dispatch", "refs/heads/main"),
        ("push", "refs/heads/main"),
        ("push", "refs/tags/v1"),
        ("release", "refs/tags/v1"),
        ("pull_request", "refs/pull/1/merge"),
    ] {
        let world = World::with_fleet().await;
        let payload = world.folder().join("event.json");
        let side = r#"{"repo": {"full_name": "example-org/fleet"}}"#;
        let text = format!(r#"{{"pull_request": {{"head": {side}, "base": {side}}}}}"#);
        std::fs::write(&payload, text).unwrap();
        let payload = payload.display().to_string();
        let vars = [
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_REF", reference),
            ("GITHUB_EVENT_PATH", &*payload),
        ];
        run(&world, &vars).await;
        assert_eq!(state(&world).pulls.len(), 1, "{event} {reference}");
    }
}

#[tokio::test]
async fn a_pull_request_of_a_fork_only_plans() {
    let world = World::with_fleet().await;
    let payload = world.folder().join("event.json");
    let text = r#"{"pull_request": {"head": {"repo": {"full_name": "ada/fleet"}}, "base": {"repo": {"full_name": "example-org/fleet"}}}}"#;
    std::fs::write(&payload, text).unwrap();
    let payload = payload.display().to_string();
    let vars = [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/1/merge"),
        ("GITHUB_EVENT_PATH", &*payload),
    ];
    let run = run(&world, &vars).await;
    assert!(run.stderr.contains("event/read-only"), "{}", run.stderr);
    assert!(run.stdout.contains("v1.120.1"), "{}", run.stdout);
    assert_eq!((writes(&world), world.fleet.head(BRANCH)), ((0, 0), None));

    // Nor is it failed by what its token may not even read.
    let token = Token::of_actions(Level::Read, Level::None, Level::None);
    world.github.repository().tokens.insert(TOKEN.to_owned(), token);
    let run = self::run(&world, &vars).await;
    for told in ["may not list pull requests", "`pull-requests: read`", "read-only by design"] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    assert_eq!((writes(&world), world.fleet.head(BRANCH)), ((0, 0), None));
}

#[tokio::test]
async fn a_detached_checkout_is_enough() {
    let world = World::with_fleet().await;
    let checkout = world.new_folder("detached");
    world.fleet.clone_into(&checkout, &["--depth=1"]);
    crate::support::git::git(&checkout, &["checkout", "--quiet", "--detach"]);
    world.run_in(&checkout, &["run"], &[]).await.ok();
    assert_eq!(state(&world).pulls.len(), 1);
}

#[tokio::test]
async fn a_renamed_repository_is_followed() {
    let world = World::with_fleet().await;
    world.git.rename("example-org/fleet", "example-org/clusters");
    {
        let mut repository = world.github.repository();
        repository.former = Some(("example-org".to_owned(), "fleet".to_owned()));
        repository.name = "clusters".to_owned();
        let directory = world.fleet.directory().with_file_name("clusters.git");
        repository.heads =
            crate::support::github::Heads::Asked(std::sync::Arc::new(move |branch: &str| {
                let heads = crate::support::git::git(&directory, &["for-each-ref", "refs/heads/"]);
                let line = heads.lines().find(|l| l.ends_with(&format!("refs/heads/{branch}")))?;
                line.split(' ').next().map(str::to_owned)
            }));
    }
    run(&world, &[]).await;
    let repository = world.github.repository();
    assert_eq!(repository.pulls.len(), 1);
    drop(repository);
    world.github.assert_no_violations();
}
