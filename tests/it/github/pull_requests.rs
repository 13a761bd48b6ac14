//! Finding, opening and changing pull requests.

use flux_image_updates::{
    diagnostic::Explain as _,
    github::{GitHubError, PullRequestPatch},
    proposal::State,
};

use serde_json::json;

use super::{BRANCH, client, repository, wanted};
use crate::support::github::{Fault, GitHubServer, Pull};

#[tokio::test]
async fn a_pull_request_is_opened_found_changed_and_closed() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    assert_eq!(github.pull_requests(BRANCH).await.unwrap(), []);

    let opened = github.create(&wanted()).await.unwrap();
    assert!(!opened.found && opened.shortfalls.is_empty());
    let found = github.pull_requests(BRANCH).await.unwrap();
    assert_eq!(found, std::slice::from_ref(&opened.pull_request));
    assert_eq!(found[0].head_commit.as_str(), server.repository().heads.get(BRANCH).unwrap());
    assert_eq!(found[0].url, format!("{}/octo/fleet/pull/1", server.server_url()));
    assert_eq!((found[0].base.as_str(), found[0].head.as_str()), ("main", BRANCH));

    let patch = PullRequestPatch {
        title: Some("Update app to 3".to_owned()),
        state: Some(State::Closed),
        ..PullRequestPatch::default()
    };
    let closed = github.update(1, &patch).await.unwrap();
    assert_eq!((closed.title.as_str(), closed.state), ("Update app to 3", State::Closed));
    assert_eq!(closed.body, "<!-- marker -->\nApp.");
    assert_eq!(server.writes(), ["POST /pulls", "PATCH /pulls/{pull_number}"]);
    let patch = &server.requests().pop().unwrap().body;
    assert_eq!(*patch, json!({ "title": "Update app to 3", "state": "closed" }));
    server.assert_no_violations();
}

#[tokio::test]
async fn all_of_the_branch_are_listed_newest_first_and_nobody_elses() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let template = {
        github.create(&wanted()).await.unwrap();
        let mut repository = server.repository();
        repository.merge(1);
        repository.pulls[0].clone()
    };
    for number in 2..=130 {
        let fork = (number == 129).then(|| "octo".to_owned());
        server.repository().pulls.push(Pull { number, fork, merged_at: None, ..template.clone() });
    }
    server.repository().pulls.push(Pull { number: 131, head: "other".to_owned(), ..template });

    let found = github.pull_requests(BRANCH).await.unwrap();
    assert_eq!(found.len(), 129);
    assert_eq!(found[0].number, 130);
    assert!(
        found.iter().all(|found| found.number != 129),
        "a fork of the same owner has such a branch too"
    );
    assert_eq!(found[0].state, State::Closed);
    assert_eq!(found.last().map(|last| (last.number, last.state)), Some((1, State::Merged)));
    let lists = server.requests().into_iter().filter(|request| request.route == "GET /pulls");
    assert_eq!(lists.count(), 2);
    server.assert_no_violations();
}

#[tokio::test]
async fn a_pull_request_of_another_run_is_taken_over() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let mut theirs = wanted();
    theirs.title = "Update app to 1".to_owned();
    github.create(&theirs).await.unwrap();
    let opened = github.create(&wanted()).await.unwrap();
    assert!(opened.found);
    assert_eq!(
        (opened.pull_request.number, opened.pull_request.title.as_str()),
        (1, "Update app to 1")
    );
    assert_eq!(server.repository().pulls.len(), 1);
    server.assert_no_violations();
}

#[tokio::test]
async fn one_that_exists_but_is_not_shown_is_waited_for_and_then_told() {
    let server = GitHubServer::start(repository()).await;
    let exists = json!({
        "message": "Validation Failed",
        "errors": [{
            "resource": "PullRequest",
            "code": "custom",
            "message": "A pull request already exists for octo:flux-image-updates.",
        }],
    });
    for _ in 0..4 {
        let body = exists.clone();
        server.fail("POST /pulls", Fault::Refuse { status: 422, headers: Vec::new(), body });
    }
    let error = client(&server, "ghs_all").create(&wanted()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub says that a pull request of `flux-image-updates` exists already, but does not show it"
    );
    assert_eq!(server.writes().len(), 4);
}

#[tokio::test]
async fn a_merged_one_does_not_keep_a_new_one_from_being_opened() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    github.create(&wanted()).await.unwrap();
    server.repository().merge(1);
    let opened = github.create(&wanted()).await.unwrap();
    assert_eq!((opened.pull_request.number, opened.found), (2, false));
}

#[tokio::test]
async fn nothing_to_merge_is_an_error_of_its_own() {
    let server = GitHubServer::start(repository()).await;
    {
        let mut repository = server.repository();
        let main = repository.heads.get("main");
        repository.point(BRANCH, main.as_deref());
    }
    let error = client(&server, "ghs_all").create(&wanted()).await.unwrap_err();
    assert!(matches!(error, GitHubError::NoCommits { .. }), "{error:?}");
    assert_eq!(error.to_string(), "there are no commits between `main` and `flux-image-updates`");
    server.assert_no_violations();
}

#[tokio::test]
async fn a_base_that_has_caught_up_merges_it() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    github.create(&wanted()).await.unwrap();
    {
        let mut repository = server.repository();
        let head = repository.heads.get(BRANCH);
        repository.point("main", head.as_deref());
        repository.commit("main", &[("README.md", "and more\n")]);
    }
    assert_eq!(github.pull_requests(BRANCH).await.unwrap()[0].state, State::Merged);
    let error = github.create(&wanted()).await.unwrap_err();
    assert!(matches!(error, GitHubError::NoCommits { .. }), "{error:?}");
}

#[tokio::test]
async fn a_missing_branch_is_named() {
    for (head, base, missing) in [("gone", "main", "gone"), (BRANCH, "trunk", "trunk")] {
        let server = GitHubServer::start(repository()).await;
        let mut wanted = wanted();
        (wanted.head, wanted.base) = (head.to_owned(), base.to_owned());
        let error = client(&server, "ghs_all").create(&wanted).await.unwrap_err();
        assert_eq!(error.to_string(), format!("GitHub has no branch `{missing}`"));
    }
}

#[tokio::test]
async fn a_draft_becomes_a_plain_one_where_there_are_none() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let mut wanted = wanted();
    wanted.draft = true;
    assert!(github.create(&wanted).await.unwrap().pull_request.draft);

    server.repository().close(1);
    server.repository().drafts = false;
    let opened = github.create(&wanted).await.unwrap();
    assert!(!opened.pull_request.draft);
    let told: Vec<String> = opened.shortfalls.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["the repository has no draft pull requests: this one is ready for review"]);
    assert_eq!(opened.shortfalls[0].code().as_str(), "pull-request/incomplete");
    server.assert_no_violations();
}

#[tokio::test]
async fn the_base_of_an_open_one_moves_and_of_a_closed_one_does_not() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    github.create(&wanted()).await.unwrap();
    server.repository().commit("release", &[("README.md", "other\n")]);
    let patch =
        PullRequestPatch { base: Some("release".to_owned()), ..PullRequestPatch::default() };
    assert_eq!(github.update(1, &patch).await.unwrap().base, "release");
    server.repository().close(1);
    let patch = PullRequestPatch { base: Some("main".to_owned()), ..PullRequestPatch::default() };
    let error = github.update(1, &patch).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub refused to change the pull request: `base`: Cannot change the base branch of a closed pull request."
    );
    server.assert_no_violations();
}

#[tokio::test]
async fn a_closed_one_whose_branch_was_rebuilt_stays_closed() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    github.create(&wanted()).await.unwrap();
    server.repository().close(1);
    server.repository().commit(BRANCH, &[("app.yaml", "image: app:3\n")]);
    let patch = PullRequestPatch { state: Some(State::Open), ..PullRequestPatch::default() };
    let error = github.update(1, &patch).await.unwrap_err();
    assert!(error.to_string().contains("was force-pushed or recreated"), "{error}");
}

#[tokio::test]
async fn deleting_the_branch_closes_it() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let head = github.create(&wanted()).await.unwrap().pull_request.head_commit;
    server.repository().point(BRANCH, None);
    let found = github.pull_requests(BRANCH).await.unwrap();
    assert_eq!((found[0].state, &found[0].head_commit), (State::Closed, &head));
}

#[tokio::test]
async fn a_renamed_repository_is_followed_by_name() {
    let server = GitHubServer::start(repository()).await;
    {
        let mut repository = server.repository();
        repository.former = Some(("octo".to_owned(), "fleet".to_owned()));
        (repository.owner, repository.name) = ("org".to_owned(), "clusters".to_owned());
    }
    let github = client(&server, "ghs_all");
    assert_eq!(github.repository().await.unwrap().full_name, "org/clusters");
    github.create(&wanted()).await.unwrap();
    assert_eq!(github.pull_requests(BRANCH).await.unwrap().len(), 1);
    let redirected = server.requests().into_iter().filter(|request| request.status == 301);
    assert_eq!(redirected.count(), 1, "only the first request goes by the old name");
    assert!(
        github
            .compare_url("main", BRANCH)
            .ends_with("/org/clusters/compare/main...flux-image-updates?expand=1")
    );
}

#[tokio::test]
async fn the_token_does_not_follow_a_redirection_to_another_host() {
    let server = GitHubServer::start(repository()).await;
    let other = GitHubServer::start(repository()).await;
    for status in [301, 302, 307, 308] {
        server
            .fail("GET /", Fault::redirect(status, &format!("{}/repositories/1", other.api_url())));
        let error = client(&server, "ghs_all").pull_requests(BRANCH).await.unwrap_err();
        assert!(matches!(error, GitHubError::Redirected { .. }), "{error:?}");
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn the_repository_is_asked_for_once() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let facts = github.repository().await.unwrap();
    assert_eq!(
        (facts.default_branch.as_str(), facts.archived, facts.push),
        ("main", false, Some(true))
    );
    assert!(facts.allow_auto_merge);
    github.pull_requests(BRANCH).await.unwrap();
    assert_eq!(server.requests().iter().filter(|request| request.route == "GET /").count(), 1);
}
