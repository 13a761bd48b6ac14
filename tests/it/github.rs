//! The room `github` against the stand-in.

mod commits;
mod lost;
mod metadata;
mod pull_requests;
mod refusals;
mod stand_in;

use std::time::Duration;

use flux_image_updates::{
    github::{Endpoints, GitHub, NewPullRequest, Patience},
    http::{self, Secret},
};

use crate::support::github::{GitHubServer, Level, Repository, Token};

const BRANCH: &str = "flux-image-updates";

/// A repository with a pushed update branch, and tokens named for what they may.
fn repository() -> Repository {
    let mut repository = Repository::new("octo", "fleet");
    repository.commit(BRANCH, &[("app.yaml", "image: app:2\n")]);
    let (none, read, write) = (Level::None, Level::Read, Level::Write);
    for (token, contents, pull_requests, issues) in [
        ("ghs_all", write, write, write),
        ("ghs_no_issues", write, write, none),
        ("ghs_read", read, read, read),
        ("ghs_none", none, none, none),
    ] {
        let token = (token.to_owned(), Token::of_actions(contents, pull_requests, issues));
        repository.tokens.extend([token]);
    }
    repository.tokens.insert("github_pat".to_owned(), Token::personal("ada"));
    repository
}

fn endpoints(server: &GitHubServer) -> Endpoints {
    let url = |text: String| text.parse().unwrap();
    Endpoints {
        api: url(server.api_url()),
        graphql: url(server.graphql_url()),
        server: url(server.server_url()),
    }
}

/// The waits of a test: as many as in earnest, but short.
fn patience() -> Patience {
    Patience {
        request: Duration::from_secs(20),
        pauses: vec![Duration::from_millis(1); 3],
        budget: Duration::from_secs(5),
        secondary: Duration::from_millis(1),
    }
}

fn client(server: &GitHubServer, token: &str) -> GitHub {
    let token = (!token.is_empty()).then(|| Secret::new(token));
    let names = ("octo".to_owned(), "fleet".to_owned());
    let client = http::client().unwrap();
    GitHub::new(client, endpoints(server), token.as_ref(), names).unwrap().with_patience(patience())
}

fn wanted() -> NewPullRequest {
    NewPullRequest {
        title: "Update app to 2".to_owned(),
        body: "<!-- marker -->\nApp.".to_owned(),
        head: BRANCH.to_owned(),
        base: "main".to_owned(),
        draft: false,
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
