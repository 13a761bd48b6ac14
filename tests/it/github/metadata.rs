//! Labels, assignees, reviewers, milestone, auto-merge: shortfalls, never failures.

use flux_image_updates::{
    diagnostic::{Code, Diagnostic, Explain as _},
    github::{GitHub, MergeMethod, Shortfall},
    proposal::PullRequest,
};

use serde_json::json;

use super::{client, names, repository, wanted};
use crate::support::github::{Fault, GitHubServer};

async fn opened(token: &str) -> (GitHubServer, GitHub, PullRequest) {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, token);
    let pull_request = github.create(&wanted()).await.unwrap().pull_request;
    (server, github, pull_request)
}

/// The message with its causes, and the advice.
fn told(shortfall: &Shortfall) -> (String, String) {
    assert_eq!(shortfall.code(), Code::PullRequestIncomplete);
    let diagnostic = Diagnostic::of(shortfall);
    (diagnostic.message, diagnostic.hint.unwrap_or_default())
}

#[tokio::test]
async fn labels_that_may_not_be_created_are_left_out() {
    let (server, github, _) = opened("ghs_no_issues").await;
    let labels = names(&["Bug", "flux"]);
    let shortfalls = github.add_labels(1, &labels).await;
    assert_eq!(shortfalls.len(), 1);
    let (message, help) = told(&shortfalls[0]);
    assert_eq!(message, "the token may not create the label `flux`");
    assert_eq!(
        help,
        "add `issues: write` to the workflow's `permissions:`, or create the labels by hand"
    );
    assert_eq!(server.repository().pulls[0].labels, ["bug"]);

    assert!(client(&server, "ghs_all").add_labels(1, &labels).await.is_empty());
    assert_eq!(server.repository().pulls[0].labels, ["bug", "flux"]);
    server.assert_no_violations();
}

#[tokio::test]
async fn none_wanted_is_no_request() {
    let (server, github, _) = opened("ghs_all").await;
    let before = server.requests().len();
    assert!(github.add_labels(1, &[]).await.is_empty());
    assert!(github.add_assignees(1, &[]).await.is_empty());
    assert!(github.request_reviewers(1, &[], &[]).await.is_empty());
    assert_eq!(server.requests().len(), before);
}

#[tokio::test]
async fn a_label_that_is_too_long_is_told() {
    let (server, github, _) = opened("ghs_all").await;
    let shortfalls = github.add_labels(1, &["x".repeat(51)]).await;
    let (message, _) = told(&shortfalls[0]);
    assert_eq!(
        message,
        "the pull request lacks its labels: GitHub refused to label the pull request: `name`: name is too long (maximum is 50 characters)"
    );
    server.assert_no_violations();
}

#[tokio::test]
async fn assignees_that_github_drops_are_told() {
    let (server, github, _) = opened("ghs_all").await;
    server.repository().collaborators.insert("ada".to_owned());
    let shortfalls = github.add_assignees(1, &names(&["ada", "nobody"])).await;
    assert_eq!(shortfalls.len(), 1);
    assert_eq!(told(&shortfalls[0]).0, "GitHub did not assign the user `nobody`");
    assert_eq!(server.repository().pulls[0].assignees, ["ada"]);
    server.assert_no_violations();
}

#[tokio::test]
async fn one_reviewer_that_is_refused_does_not_cost_the_others() {
    let (server, github, _) = opened("github_pat").await;
    server.repository().collaborators.extend(names(&["ada", "grace"]));
    server.repository().teams.insert("platform".to_owned());
    let users = names(&["ada", "grace", "nobody"]);
    let shortfalls = github.request_reviewers(1, &users, &names(&["platform"])).await;
    let messages: Vec<String> = shortfalls.iter().map(|shortfall| told(shortfall).0).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].starts_with("no review could be requested from `ada`: GitHub refused to request a review: Review cannot be requested from pull request author."));
    assert!(messages[1].starts_with("no review could be requested from `nobody`"));
    assert_eq!(server.repository().pulls[0].reviewers, ["grace"]);
    assert_eq!(server.repository().pulls[0].teams, ["platform"]);
    server.assert_no_violations();
}

#[tokio::test]
async fn a_team_needs_another_token() {
    let (server, github, _) = opened("ghs_all").await;
    server.repository().teams.insert("platform".to_owned());
    let shortfalls = github.request_reviewers(1, &[], &names(&["platform"])).await;
    let (message, help) = told(&shortfalls[0]);
    assert!(message.starts_with("no review could be requested from `platform`"), "{message}");
    assert!(help.contains("teams need a token that may read the organisation's members"), "{help}");
}

#[tokio::test]
async fn a_pull_request_that_github_does_not_know_yet_is_waited_for() {
    let (server, github, pull_request) = opened("ghs_all").await;
    server.repository().collaborators.insert("grace".to_owned());
    let route = "POST /pulls/{pull_number}/requested_reviewers";
    server.fail(
        route,
        Fault::refuse(422, "Could not resolve to a node with the global id of 'PR_1'."),
    );
    assert!(github.request_reviewers(1, &names(&["grace"]), &[]).await.is_empty());
    assert_eq!(server.repository().pulls[0].reviewers, ["grace"]);

    let errors = json!([{ "type": "NOT_FOUND", "message": "Could not resolve to a node with the global id of 'PR_1'" }]);
    let body = json!({ "data": { "enablePullRequestAutoMerge": null }, "errors": errors });
    let unknown = Fault::Refuse { status: 200, headers: Vec::new(), body };
    server.fail("GraphQL EnableAutoMerge", unknown);
    let (id, head) = (&pull_request.node_id, &pull_request.head_commit);
    assert!(github.enable_auto_merge(id, MergeMethod::Squash, head).await.is_none());
}

#[tokio::test]
async fn a_milestone_is_found_by_title_or_number() {
    let (server, github, _) = opened("ghs_all").await;
    server.repository().milestones.extend([
        (1, "2".to_owned()),
        (2, "Q3".to_owned()),
        (3, "later".to_owned()),
    ]);
    for (given, set) in [("Q3", 2), ("3", 3), ("2", 1)] {
        assert!(github.set_milestone(1, given).await.is_none(), "{given}");
        assert_eq!(server.repository().pulls[0].milestone, Some(set), "{given}");
    }
    let shortfall = github.set_milestone(1, "Q4").await.unwrap();
    assert_eq!(told(&shortfall).0, "there is no open milestone `Q4`");
    server.assert_no_violations();
}

#[tokio::test]
async fn auto_merge_is_turned_on_for_the_proposed_commit() {
    let (server, github, pull_request) = opened("ghs_all").await;
    let id = &pull_request.node_id;
    let head = &pull_request.head_commit;
    for (method, name) in [
        (MergeMethod::Merge, "MERGE"),
        (MergeMethod::Squash, "SQUASH"),
        (MergeMethod::Rebase, "REBASE"),
    ] {
        assert!(github.enable_auto_merge(id, method, head).await.is_none());
        assert_eq!(server.repository().pulls[0].auto_merge.as_deref(), Some(name));
    }
    assert!(server.requests().last().unwrap().target.ends_with("/api/graphql"));
    server.assert_no_violations();
}

#[tokio::test]
async fn auto_merge_that_is_declined_says_why() {
    let (server, github, pull_request) = opened("ghs_all").await;
    let enable = || {
        github.enable_auto_merge(
            &pull_request.node_id,
            MergeMethod::Squash,
            &pull_request.head_commit,
        )
    };

    server.repository().checks = false;
    let (message, help) = told(&enable().await.unwrap());
    assert_eq!(
        message,
        "auto-merge could not be turned on: Pull request Pull request is in clean status"
    );
    assert_eq!(help, "protect the base branch with a required check: there is nothing to wait for");

    server.repository().auto_merge = false;
    let (message, help) = told(&enable().await.unwrap());
    assert_eq!(
        message,
        "auto-merge could not be turned on: Auto merge is not allowed for this repository"
    );
    assert!(help.contains("“Allow auto-merge”"), "{help}");

    server.repository().auto_merge = true;
    server.repository().checks = true;
    server.repository().commit(super::BRANCH, &[("app.yaml", "image: evil\n")]);
    let (message, _) = told(&enable().await.unwrap());
    assert!(message.contains("Head sha didn't match expected head sha"), "{message}");

    let shortfall = client(&server, "ghs_read")
        .enable_auto_merge(&pull_request.node_id, MergeMethod::Squash, &pull_request.head_commit)
        .await
        .unwrap();
    let (message, help) = told(&shortfall);
    assert_eq!(
        message,
        "the pull request lacks its auto-merge: the token may not turn on auto-merge"
    );
    assert!(help.contains("`pull-requests: write`"), "{help}");
    server.assert_no_violations();
}

#[tokio::test]
async fn the_merge_queue_is_looked_into() {
    let (server, github, pull_request) = opened("ghs_all").await;
    assert!(!github.is_in_merge_queue(&pull_request.node_id).await.unwrap());
    server.repository().pulls[0].queued = true;
    server.fail("GraphQL IsInMergeQueue", Fault::LoseReply);
    assert!(github.is_in_merge_queue(&pull_request.node_id).await.unwrap());
    let error = github.is_in_merge_queue("PR_9").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub refused to look into the merge queue: Could not resolve to a node with the global id of 'PR_9'"
    );
    server.assert_no_violations();
}
