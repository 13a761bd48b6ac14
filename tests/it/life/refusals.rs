//! What GitHub and the Git server refuse, and what is said and done about it.

use super::{BRANCH, Fault, World, state, writes};
use crate::support::{
    git::TOKEN,
    github::{Level, Token},
};

#[tokio::test]
async fn without_the_switch_the_branch_is_pushed_and_the_address_told() {
    let world = World::with_fleet().await;
    world.github.repository().actions_may_propose = false;
    for run in [world.run(&["run"]).await, world.run(&["run"]).await] {
        assert_eq!(run.status, 1);
        let compare = format!("/example-org/fleet/compare/main...{BRANCH}?expand=1");
        for told in ["Allow GitHub Actions to create and approve", &compare, "is pushed"] {
            assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        }
        assert!(world.fleet.head(BRANCH).is_some());
    }
    assert_eq!(writes(&world).0, 1, "pushed once");
    world.github.repository().actions_may_propose = true;
    world.run(&["run"]).await.ok();
    assert_eq!(world.github.repository().pulls.len(), 1);
}

#[tokio::test]
async fn labels_that_may_not_be_made_are_a_warning() {
    let world = World::with_fleet().await;
    let token = Token::of_actions(Level::Write, Level::Write, Level::None);
    world.github.repository().tokens.insert(TOKEN.to_owned(), token);
    world.github.repository().labels.insert("flux".to_owned());
    let run = world.run(&["run"]).await.ok();
    assert!(
        run.stderr.contains("may not create the labels `automated`, `dependencies`"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("issues: write"), "{}", run.stderr);
    assert_eq!(state(&world).pulls[0].labels, ["flux"]);
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before, "not tried again and again");
}

#[tokio::test]
async fn a_token_that_may_not_propose_is_told_its_permission() {
    let world = World::with_fleet().await;
    let token = Token::of_actions(Level::Write, Level::Read, Level::None);
    world.github.repository().tokens.insert(TOKEN.to_owned(), token);
    let run = world.run(&["run"]).await;
    assert_eq!(run.status, 1);
    for told in ["the token may not create the pull request", "`pull-requests: write`", "is pushed"]
    {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
}

#[tokio::test]
async fn a_base_that_caught_up_meanwhile_leaves_nothing() {
    let world = World::with_fleet().await;
    let refusal = Fault::Refuse {
        status: 422,
        headers: Vec::new(),
        body: serde_json::json!({
            "message": "Validation Failed",
            "errors": [{ "resource": "PullRequest", "code": "custom",
                "message": format!("No commits between main and {BRANCH}") }],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        }),
    };
    world.github.fail("POST /pulls", refusal);
    let run = world.run(&["run"]).await.ok();
    assert_eq!(run.output("pull-request-operation"), "none");
    assert_eq!(world.fleet.head(BRANCH), None, "row 19");
}

#[tokio::test]
async fn whatever_answer_is_lost_nothing_is_done_twice() {
    let expected = {
        let world = World::with_fleet().await;
        world.run(&["run"]).await.ok();
        state(&world)
    };
    for fault in [Fault::LoseReply, Fault::DoneButStatus(502), Fault::Reset, Fault::Html(503)] {
        for route in [
            "GET /",
            "GET /pulls",
            "POST /pulls",
            "POST /issues/{issue_number}/labels",
            "PATCH /pulls/{pull_number}",
        ] {
            let world = World::with_fleet().await;
            world.github.fail(route, fault.clone());
            let run = world.run(&["run"]).await;
            assert_eq!(run.status, 0, "{route} {fault:?}: {}", run.stderr);
            assert_eq!(state(&world), expected, "{route} {fault:?}");
        }
    }
}

#[tokio::test]
async fn the_queue_is_not_disturbed() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.github.repository().pulls[0].queued = true;
    let before = (writes(&world), world.fleet.heads());
    world.run(&["run"]).await.ok();
    let asked = |world: &World| {
        world.github.requests().iter().filter(|r| r.route == "GraphQL IsInMergeQueue").count()
    };
    assert_eq!(asked(&world), 0, "asked only when something is to be pushed");
    world.registry.push("immich-app/immich-server", "v1.121.0");
    let run = world.run(&["run"]).await.ok();
    assert_eq!((writes(&world), world.fleet.heads()), before);
    assert_eq!(asked(&world), 1);
    assert!(run.stdout.contains("waits in a merge queue"), "{}", run.stdout);
}

#[tokio::test]
async fn a_rule_that_wants_it_up_to_date_has_it_rebuilt() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.fleet.commit("main", "Elsewhere", &[("README.md", "more")]);
    let before = (writes(&world), world.fleet.heads());
    world.run(&["run"]).await.ok();
    assert_eq!((writes(&world), world.fleet.heads()), before, "base moved elsewhere");
    world.github.repository().strict = true;
    world.run(&["run"]).await.ok();
    let parent = world.fleet.git(&["rev-parse", &format!("{BRANCH}^")]);
    assert_eq!(Some(parent.trim().to_owned()), world.fleet.head("main"));
    world.github.assert_no_violations();
}

#[tokio::test]
async fn other_labels_are_given_again_and_peoples_stay() {
    let world = World::with_fleet().await;
    world.run(&["run"]).await.ok();
    world.github.repository().pulls[0].labels = vec!["mine".to_owned()];
    let before = writes(&world);
    world.run(&["run"]).await.ok();
    assert_eq!(writes(&world), before, "labels that people took off stay off");
    world.run(&["run", "--labels", "images"]).await.ok();
    assert_eq!(state(&world).pulls[0].labels, ["mine", "images"]);
}
