//! Each refusal of GitHub's, with what is told and advised.

use flux_image_updates::{
    diagnostic::{Code, Explain as _},
    github::{GitHub, GitHubError},
    http::{self, Secret},
};

use super::{BRANCH, client, endpoints, repository, wanted};
use crate::support::github::{Fault, GitHubServer, Repository};

/// Opens a pull request where it cannot be.
async fn refused(token: &str, change: impl FnOnce(&mut Repository)) -> (GitHubServer, GitHubError) {
    let server = GitHubServer::start(repository()).await;
    change(&mut server.repository());
    let error = client(&server, token).create(&wanted()).await.unwrap_err();
    assert!(server.repository().pulls.is_empty());
    server.assert_no_violations();
    (server, error)
}

fn assert_told(error: &GitHubError, message: &str, help: &str) {
    assert_eq!(error.to_string(), message);
    assert_eq!(error.code(), Code::AutomationPullRequestFailed);
    let advice = error.help().unwrap_or_default();
    assert!(advice.contains(help), "{message}: {advice}");
}

#[tokio::test]
async fn what_the_server_enforces() {
    let (server, error) = refused("ghs_mistyped", |_| {}).await;
    assert_told(
        &error,
        "GitHub does not accept the token (`Bad credentials`)",
        "check the input `token`",
    );
    assert_eq!(server.requests().len(), 1, "once is enough");

    let (_, error) = refused("", |_| {}).await;
    assert_told(&error, "GitHub wants a token to create the pull request", "`GITHUB_TOKEN`");

    let (server, error) = refused("ghs_read", |_| {}).await;
    assert_told(
        &error,
        "the token may not create the pull request",
        "add `pull-requests: write` to the workflow's `permissions:`",
    );
    assert_eq!(server.writes().len(), 1);

    let (_, error) = refused("ghs_all", |repository| repository.actions_may_propose = false).await;
    assert_told(
        &error,
        "GitHub Actions is not permitted to create pull requests in this repository",
        "“Allow GitHub Actions to create and approve pull requests”",
    );

    let (_, error) = refused("ghs_all", |repository| repository.archived = true).await;
    assert_told(&error, "the repository `octo/fleet` is archived and so is read-only", "unarchive");

    let (_, error) = refused("", |repository| repository.public = false).await;
    assert_told(
        &error,
        "there is no repository `octo/fleet`, or the token may not see it",
        "--repository",
    );
}

#[tokio::test]
async fn a_persons_token_is_advised_otherwise() {
    let server = GitHubServer::start(repository()).await;
    server.repository().tokens.get_mut("github_pat").unwrap().pull_requests =
        crate::support::github::Level::Read;
    let error = client(&server, "github_pat").create(&wanted()).await.unwrap_err();
    assert_told(
        &error,
        "the token may not create the pull request",
        "give a fine-grained token the permission `pull-requests: write`",
    );
    server.assert_no_violations();
}

#[tokio::test]
async fn too_long_a_title_or_body_is_told() {
    for (title, body, field, most) in [(257, 1, "title", 256), (1, 65_537, "body", 65_536)] {
        let server = GitHubServer::start(repository()).await;
        let mut wanted = wanted();
        (wanted.title, wanted.body) = ("ü".repeat(title), "ü".repeat(body));
        let error = client(&server, "ghs_all").create(&wanted).await.unwrap_err();
        let message = format!(
            "GitHub refused to create the pull request: `{field}`: {field} is too long (maximum is {most} characters)"
        );
        assert_told(&error, &message, "shorten the template");
        server.assert_no_violations();
    }
}

#[tokio::test]
async fn what_github_says_by_itself() {
    let rows = [
        (
            Fault::single_sign_on("https://github.com/orgs/octo/sso?authorization_request=A1"),
            "the organisation wants the token to be authorised for single sign-on",
            "authorise the token for the organisation at https://github.com/orgs/octo/sso?authorization_request=A1",
        ),
        (
            Fault::refuse(451, "Repository access blocked"),
            "access to the repository `octo/fleet` is blocked by GitHub",
            "notice",
        ),
        (
            Fault::refuse(403, "Repository access blocked"),
            "access to the repository `octo/fleet` is blocked by GitHub",
            "notice",
        ),
        (
            Fault::refuse(410, "Issues are disabled for this repo"),
            "GitHub refused to create the pull request: 410 Issues are disabled for this repo",
            "turn on Issues",
        ),
        (
            Fault::refuse(404, "Not Found"),
            "GitHub did not find what it takes to create the pull request, or the token may not see it",
            "`pull-requests: write`",
        ),
        (
            Fault::refuse(307, "Temporary Redirect"),
            "the repository moved while it was asked to create the pull request",
            "run again",
        ),
        (
            Fault::refuse(403, "Sorry\r\n::error::`you` \u{1b}[31mmay not\u{202e}"),
            "GitHub refused to create the pull request: 403 Sorry ::error::'you' [31mmay not",
            "",
        ),
    ];
    for (fault, message, help) in rows {
        let server = GitHubServer::start(repository()).await;
        server.fail("POST /pulls", fault);
        let error = client(&server, "ghs_all").create(&wanted()).await.unwrap_err();
        assert_told(&error, message, help);
        assert_eq!(server.writes().len(), 1, "{message}");
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_names_the_field() {
    let server = GitHubServer::start(repository()).await;
    let body =
        serde_json::json!({ "full_name": "octo/fleet", "node_id": "R_1", "default_branch": 7 });
    server.fail("GET /", Fault::Refuse { status: 200, headers: Vec::new(), body });
    let error = client(&server, "ghs_all").pull_requests(BRANCH).await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the answer to the request to read the repository is not as documented: 'default_branch'") || text.contains("`default_branch`"), "{text}");
}

#[tokio::test]
async fn the_token_is_shown_nowhere() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_secret_and_wrong");
    let error = github.create(&wanted()).await.unwrap_err();
    for text in [format!("{github:?}"), format!("{error:?}"), error.to_string()] {
        assert!(!text.contains("ghs_secret"), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_anything_is_sent() {
    let server = GitHubServer::start(repository()).await;
    let new = |token: &str, owner: &str, api: &str| {
        let mut endpoints = endpoints(&server);
        if !api.is_empty() {
            endpoints.api = api.parse().unwrap();
        }
        let names = (owner.to_owned(), "fleet".to_owned());
        GitHub::new(http::client().unwrap(), endpoints, Some(&Secret::new(token)), names)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(new("ghs_a\nb", "octo", ""), "the token holds characters that cannot be sent");
    assert_eq!(
        new("x", "../orgs", ""),
        "there is no repository `../orgs/fleet`, or the token may not see it"
    );
    assert_eq!(new("x", "octo", "file:///etc"), "`file:///etc` is no address of an API");
    assert!(server.requests().is_empty());
}
