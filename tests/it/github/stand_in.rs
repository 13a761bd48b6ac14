//! The stand-in itself: what GitHub would not take, it must not take either.

use std::sync::Arc;

use flux_image_updates::http;
use serde_json::{Value, json};

use super::repository;
use crate::support::github::{GitHubServer, Heads};

async fn send(server: &GitHubServer, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let url = if path == "graphql" {
        server.graphql_url()
    } else {
        format!("{}{path}", server.api_url())
    };
    let request = http::client()
        .unwrap()
        .request(method.parse().unwrap(), url)
        .header("accept", "application/vnd.github+json")
        .header("x-github-api-version", "2022-11-28")
        .header("authorization", "Bearer ghs_all");
    let request = if body.is_null() { request } else { request.json(body) };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn what_is_not_documented_is_a_violation() {
    let pull = json!({ "title": "t", "head": "flux-image-updates", "base": "main" });
    let with = |field: &str, value: Value| {
        let mut pull = pull.clone();
        pull[field] = value;
        pull
    };
    let rows = [
        ("GET", "/repos/octo/fleet/pulls?state=open&head=octo:x&per_page=100", Value::Null, ""),
        (
            "GET",
            "/repos/octo/fleet/pulls?stat=open",
            Value::Null,
            "the query parameter `stat` is not documented",
        ),
        ("GET", "/repos/octo/fleet/pulls?state=merged", Value::Null, "merged"),
        ("GET", "/repos/octo/fleet/pulls?per_page=many", Value::Null, "many"),
        ("GET", "/repos/octo/fleet/pull/1", Value::Null, "no such route"),
        ("POST", "/repos/octo/fleet/pulls", pull.clone(), ""),
        ("POST", "/repos/octo/fleet/pulls", with("draft", json!("yes")), "yes"),
        (
            "POST",
            "/repos/octo/fleet/pulls",
            with("labels", json!([])),
            "the field `labels` is not documented",
        ),
        ("POST", "/repos/octo/fleet/pulls", json!({ "title": "t", "base": "main" }), "head"),
        ("POST", "/repos/octo/fleet/pulls", Value::Null, "the body is missing"),
        ("POST", "/repos/octo/fleet/issues/1/labels", json!({ "labels": [] }), "labels"),
    ];
    for (method, path, body, violation) in rows {
        let server = GitHubServer::start(repository()).await;
        send(&server, method, path, &body).await;
        let violations = server.violations().join("; ");
        assert_eq!(violations.is_empty(), violation.is_empty(), "{method} {path}: {violations}");
        assert!(violations.contains(violation), "{method} {path}: {violations}");
    }
}

#[tokio::test]
async fn graphql_is_held_to_the_schema() {
    let query = |text: &str, variables: Value| json!({ "query": text, "variables": variables });
    let node = "query Q($id: ID!) { node(id: $id) { ... on PullRequest { isInMergeQueue } } }";
    let refs =
        "mutation M($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";
    let update = |oid: &str| json!({ "input": { "repositoryId": "R", "refUpdates": [{ "name": "refs/heads/x", "afterOid": oid }] } });
    let rows = [
        (query(node, json!({ "id": "PR_1" })), ""),
        (query(node, json!({})), "$id must not be null"),
        (query(&node.replace("isInMergeQueue", "isQueued"), json!({ "id": "PR_1" })), "isQueued"),
        (query(&node.replace("ID!)", "Int!)"), json!({ "id": 1 })), "Int"),
        (query(refs, update(&"a".repeat(40))), ""),
        (query(refs, update("main")), "afterOid is no GitObjectID"),
        (query(refs, json!({ "input": { "repositoryId": "R" } })), "refUpdates must not be null"),
        (
            query(refs, json!({ "input": { "repositoryId": "R", "refUpdates": [], "lease": 1 } })),
            "$input.lease is not in the schema",
        ),
        (query("query {", json!({})), "GraphQL"),
    ];
    for (body, violation) in rows {
        let server = GitHubServer::start(repository()).await;
        send(&server, "POST", "graphql", &body).await;
        let violations = server.violations().join("; ");
        assert_eq!(violations.is_empty(), violation.is_empty(), "{body}: {violations}");
        assert!(violations.contains(violation) || violation == "GraphQL", "{body}: {violations}");
    }
}

#[tokio::test]
async fn githubs_quirks_are_there() {
    let server = GitHubServer::start(repository()).await;
    let pull = json!({ "title": "t", "head": "flux-image-updates", "base": "main" });
    assert_eq!(send(&server, "POST", "/repos/octo/fleet/pulls", &pull).await.0, 201);
    let (status, answer) = send(&server, "POST", "/repos/octo/fleet/pulls", &pull).await;
    assert_eq!(status, 422);
    assert_eq!(
        answer["errors"][0]["message"],
        "A pull request already exists for octo:flux-image-updates."
    );
    let (_, found) = send(&server, "GET", "/repos/octo/fleet/pulls?head=other", &Value::Null).await;
    assert_eq!(found.as_array().unwrap().len(), 1, "a head without its owner is ignored");
    let (_, found) =
        send(&server, "GET", "/repos/octo/fleet/pulls?head=octo:other", &Value::Null).await;
    assert!(found.as_array().unwrap().is_empty());

    let response = reqwest::Client::new().get(format!("{}/repos/octo/fleet", server.api_url()));
    let response = response.header("accept", "application/vnd.github+json").send().await.unwrap();
    assert_eq!(response.status(), 403, "a request must say who it is");
    assert_eq!(
        server.violations(),
        ["GET /: the header `x-github-api-version` is [], not `2022-11-28`"]
    );
}

#[tokio::test]
async fn trees_have_the_names_that_git_gives_them() {
    let mut repository = repository();
    let commit = repository.commit("main", &[("a.txt", "x\n"), ("a/b.txt", "y\n")]);
    let tree = &repository.objects.commits[&commit].tree;
    // git init; echo hello >README.md; echo x >a.txt; mkdir a; echo y >a/b.txt; git add .; git write-tree
    assert_eq!(tree, "b33f09cf45e066dba9eb58ed46f1475a3c7bc56b");
}

#[tokio::test]
async fn branches_may_lie_in_a_git_server() {
    let mut repository = repository();
    let ask = |branch: &str| match branch {
        "main" => Some("a".repeat(40)),
        "flux-image-updates" => Some("b".repeat(40)),
        _ => None,
    };
    repository.heads = Heads::Asked(Arc::new(ask));
    let server = GitHubServer::start(repository).await;
    let pull = json!({ "title": "t", "head": "flux-image-updates", "base": "main" });
    let (status, answer) = send(&server, "POST", "/repos/octo/fleet/pulls", &pull).await;
    assert_eq!((status, &answer["head"]["sha"]), (201, &json!("b".repeat(40))));
    server.assert_no_violations();
}
