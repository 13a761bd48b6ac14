//! Replies that do not come: nothing is done twice, nothing is left undone.

use std::time::{Duration, Instant};

use flux_image_updates::github::{GitHubError, PullRequestPatch};

use super::{BRANCH, client, names, patience, repository, wanted};
use crate::support::github::{Fault, GitHubServer};

/// Every way not to get an answer, and whether it was done nevertheless.
fn faults() -> [(Fault, bool); 5] {
    [
        (Fault::LoseReply, true),
        (Fault::DoneButStatus(502), true),
        (Fault::Reset, false),
        (Fault::Html(503), false),
        (Fault::refuse(500, "Server Error"), false),
    ]
}

#[tokio::test]
async fn a_lost_reply_opens_no_second_pull_request() {
    for (fault, done) in faults() {
        let server = GitHubServer::start(repository()).await;
        server.fail("POST /pulls", fault.clone());
        let opened = client(&server, "ghs_all").create(&wanted()).await.unwrap();
        assert!(!opened.found, "{fault:?}: it is our own");
        assert_eq!(server.repository().pulls.len(), 1, "{fault:?}");
        assert_eq!(server.writes().len(), if done { 1 } else { 2 }, "{fault:?}");
        server.assert_no_violations();
    }
}

#[tokio::test]
async fn a_pull_request_that_cannot_be_opened_is_given_up() {
    let server = GitHubServer::start(repository()).await;
    for _ in 0..10 {
        server.fail("POST /pulls", Fault::Html(502));
    }
    let error = client(&server, "ghs_all").create(&wanted()).await.unwrap_err();
    assert!(
        matches!(error, GitHubError::Lost { what: "create the pull request", .. }),
        "{error:?}"
    );
    assert_eq!(server.writes().len(), 4);
    assert!(server.repository().pulls.is_empty());
}

#[tokio::test]
async fn a_lost_reply_writes_no_second_comment() {
    for (fault, done) in faults() {
        let server = GitHubServer::start(repository()).await;
        let github = client(&server, "ghs_all");
        github.create(&wanted()).await.unwrap();
        server.fail("POST /issues/{issue_number}/comments", fault.clone());
        assert!(
            github.comment_once(1, "<!-- flux: foreign -->", "Hands off.").await.unwrap(),
            "{fault:?}"
        );
        assert!(
            !github.comment_once(1, "<!-- flux: foreign -->", "Hands off.").await.unwrap(),
            "{fault:?}"
        );
        assert_eq!(
            server.repository().pulls[0].comments,
            ["<!-- flux: foreign -->\nHands off."],
            "{fault:?}"
        );
        assert_eq!(server.writes().len(), if done { 2 } else { 3 }, "{fault:?}");
        server.assert_no_violations();
    }
}

#[tokio::test]
async fn what_may_be_done_twice_is_sent_again() {
    for (fault, _) in faults() {
        let server = GitHubServer::start(repository()).await;
        let github = client(&server, "ghs_all");
        github.create(&wanted()).await.unwrap();
        for route in
            ["GET /pulls", "PATCH /pulls/{pull_number}", "POST /issues/{issue_number}/labels"]
        {
            server.fail(route, fault.clone());
            server.fail(route, fault.clone());
        }
        assert_eq!(github.pull_requests(BRANCH).await.unwrap().len(), 1, "{fault:?}");
        let patch =
            PullRequestPatch { body: Some("new".to_owned()), ..PullRequestPatch::default() };
        assert_eq!(github.update(1, &patch).await.unwrap().body, "new", "{fault:?}");
        assert!(github.add_labels(1, &names(&["flux"])).await.is_empty(), "{fault:?}");
        assert_eq!(server.repository().pulls[0].labels, ["flux"], "{fault:?}");
        server.assert_no_violations();
    }
}

#[tokio::test]
async fn an_outage_is_told_as_one() {
    for (fault, text) in [
        (
            Fault::Html(503),
            "no answer to the request to list pull requests: the server is in trouble (503)",
        ),
        (Fault::Html(200), "no answer to the request to list pull requests: what came is no JSON"),
    ] {
        let server = GitHubServer::start(repository()).await;
        for _ in 0..4 {
            server.fail("GET /pulls", fault.clone());
        }
        let error = client(&server, "ghs_all").pull_requests(BRANCH).await.unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert_eq!(format!("{error}: {source}"), text);
        assert_eq!(server.requests().len(), 5, "the repository, and four times the list");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up() {
    let server = GitHubServer::start(repository()).await;
    let mut patience = patience();
    (patience.request, patience.pauses) = (Duration::from_millis(200), vec![]);
    let github = client(&server, "ghs_all").with_patience(patience);
    server.fail("GET /", Fault::Slow(Duration::from_mins(1)));
    let error = github.pull_requests(BRANCH).await.unwrap_err();
    assert!(error.is_lost(), "{error:?}");
}

#[tokio::test]
async fn nobody_there_is_told_without_the_address() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = github.pull_requests(BRANCH).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.to_lowercase().contains("refused") || source.contains("reset"), "{source}");
}

#[tokio::test]
async fn rate_limits_are_waited_for_within_the_budget() {
    let limits = [
        Fault::primary_limit(403, 0),
        Fault::primary_limit(429, 0),
        Fault::secondary_limit(403, Some(1)),
        Fault::secondary_limit(429, None),
        Fault::refuse(
            403,
            "You have triggered an abuse detection mechanism. Please retry your request again later.",
        ),
    ];
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    for fault in limits {
        server.fail("POST /pulls", fault);
        github.create(&wanted()).await.unwrap();
        let number = server.repository().pulls.len() as u64;
        server.repository().close(number);
    }
    assert_eq!(
        server.repository().pulls.len(),
        5,
        "a refused request was not carried out: it is sent again"
    );
    assert_eq!(server.writes().len(), 10);
}

#[tokio::test]
async fn a_limit_beyond_the_budget_is_told_with_its_time() {
    let server = GitHubServer::start(repository()).await;
    server.fail("GET /", Fault::primary_limit(403, 2000));
    let started = Instant::now();
    let error = client(&server, "ghs_all").pull_requests(BRANCH).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(10));
    let text = error.to_string();
    let GitHubError::RateLimited { seconds, secondary: false } = error else { panic!("{error:?}") };
    assert_eq!(text, format!("GitHub wants fewer requests, and serves again in {seconds} s"));
    assert!((1900..=2001).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_secondary_limit_without_end_is_given_up() {
    let server = GitHubServer::start(repository()).await;
    for _ in 0..10 {
        server.fail("GET /", Fault::secondary_limit(403, None));
    }
    let error = client(&server, "ghs_all").pull_requests(BRANCH).await.unwrap_err();
    assert!(matches!(error, GitHubError::RateLimited { secondary: true, .. }), "{error:?}");
    assert_eq!(server.requests().len(), 4);
}
