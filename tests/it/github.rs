//! The room `github` against the stand-in.

use std::time::Duration;

use flux_image_updates::{
    github::{Endpoints, GitHub, NewPullRequest, Patience, PullRequestPatch},
    http::{self, Secret},
    proposal::State,
};

use crate::support::github::{Fault, GitHubServer, Level, Repository, Token};

/// A repository with a pushed update branch.
fn repository() -> Repository {
    let mut repository = Repository::new("octo", "fleet");
    repository.commit("flux-image-updates", &[("app.yaml", "image: app:2\n")]);
    let (read, write) = (Level::Read, Level::Write);
    repository.tokens.insert("ghs_all".to_owned(), Token::of_actions(write, write, write));
    repository
        .tokens
        .insert("ghs_no_issues".to_owned(), Token::of_actions(write, write, Level::None));
    repository.tokens.insert("ghs_read".to_owned(), Token::of_actions(read, read, read));
    repository.tokens.insert("github_pat".to_owned(), Token::personal("ada"));
    repository
}

fn client(server: &GitHubServer, token: &str) -> GitHub {
    let url = |text: String| text.parse().unwrap();
    let endpoints = Endpoints {
        api: url(server.api_url()),
        graphql: url(server.graphql_url()),
        server: url(server.server_url()),
    };
    let token = Some(Secret::new(token));
    let names = ("octo".to_owned(), "fleet".to_owned());
    let patience = Patience {
        request: Duration::from_secs(5),
        pauses: vec![Duration::from_millis(1); 3],
        budget: Duration::from_secs(3),
        secondary: Duration::from_millis(1),
    };
    GitHub::new(http::client().unwrap(), endpoints, token.as_ref(), names)
        .unwrap()
        .with_patience(patience)
}

fn wanted() -> NewPullRequest {
    NewPullRequest {
        title: "Update app to 2".to_owned(),
        body: "<!-- marker -->\nApp.".to_owned(),
        head: "flux-image-updates".to_owned(),
        base: "main".to_owned(),
        draft: false,
    }
}

#[tokio::test]
async fn a_pull_request_is_opened_found_changed_and_closed() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    assert_eq!(github.pull_requests("flux-image-updates").await.unwrap(), []);

    let opened = github.create(&wanted()).await.unwrap();
    assert!(!opened.found && opened.shortfalls.is_empty());
    let found = github.pull_requests("flux-image-updates").await.unwrap();
    assert_eq!(found, [opened.pull_request.clone()]);
    let head = server.repository().heads.get("flux-image-updates").unwrap();
    assert_eq!(found[0].head_commit.as_str(), head);
    assert_eq!(found[0].url, format!("{}/octo/fleet/pull/1", server.server_url()));

    let patch = PullRequestPatch {
        title: Some("Update app to 3".to_owned()),
        state: Some(State::Closed),
        ..PullRequestPatch::default()
    };
    let closed = github.update(1, &patch).await.unwrap();
    assert_eq!((closed.title.as_str(), closed.state), ("Update app to 3", State::Closed));
    assert_eq!(closed.body, "<!-- marker -->\nApp.");
    assert_eq!(server.writes(), ["POST /pulls", "PATCH /pulls/{pull_number}"]);
    server.assert_no_violations();
}

#[tokio::test]
async fn a_lost_reply_opens_no_second_pull_request() {
    for fault in [Fault::LoseReply, Fault::DoneButStatus(502), Fault::Reset, Fault::Html(503)] {
        let server = GitHubServer::start(repository()).await;
        server.fail("POST /pulls", fault.clone());
        let opened = client(&server, "ghs_all").create(&wanted()).await.unwrap();
        assert!(!opened.found, "{fault:?}");
        assert_eq!(server.repository().pulls.len(), 1, "{fault:?}");
        let done = matches!(fault, Fault::LoseReply | Fault::DoneButStatus(_));
        assert_eq!(server.writes().len(), if done { 1 } else { 2 }, "{fault:?}");
        server.assert_no_violations();
    }
}

#[tokio::test]
async fn labels_that_may_not_be_created_are_left_out() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_no_issues");
    github.create(&wanted()).await.unwrap();
    let labels = ["Bug".to_owned(), "flux".to_owned()];
    let shortfalls = github.add_labels(1, &labels).await;
    assert_eq!(shortfalls.len(), 1);
    assert_eq!(shortfalls[0].to_string(), "the token may not create the label `flux`");
    assert_eq!(server.repository().pulls[0].labels, ["bug"]);

    let github = client(&server, "ghs_all");
    assert!(github.add_labels(1, &labels).await.is_empty());
    assert_eq!(server.repository().pulls[0].labels, ["bug", "flux"]);
    server.assert_no_violations();
}
