//! What GitHub refuses: logins, permissions, settings, fields, rules.

use serde_json::json;

use super::{BRANCH, Fault, Level, Line, TOKEN, Then, Token, World, hold};

const LABELS: &str = "POST /issues/{issue_number}/labels";
const ASSIGNEES: &str = "POST /issues/{issue_number}/assignees";
const API: &[&str] = &["--commit-mode", "api"];

/// 422 with `errors[]`.
fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Fault {
    let mut error = json!({ "resource": resource, "code": code });
    for (key, text) in [("field", field), ("message", message)] {
        if !text.is_empty() {
            error[key] = json!(text);
        }
    }
    let body = json!({ "message": "Validation Failed", "errors": [error], "status": "422" });
    Fault::Refuse { status: 422, headers: Vec::new(), body }
}

fn token(token: Token) -> impl Fn(&World) {
    move |world| drop(world.github.repository().tokens.insert(TOKEN.to_owned(), token.clone()))
}

#[tokio::test]
async fn logins_and_permissions() {
    let sso = "https://github.com/orgs/example-org/sso?authorization_request=A1";
    let personal =
        Token { pull_requests: Level::Read, issues: Level::None, ..Token::personal("ada") };
    hold(vec![
        Line::new("401 `Bad credentials`")
            .github("GET /", Fault::refuse(401, "Bad credentials"))
            .fails("does not accept the token", "check the input `token`: it is empty", Then::Unchanged)
            .asked("GET /", 1),
        Line::new("401, the token of an App ended after the push")
            .github("POST /pulls", Fault::refuse(401, "Bad credentials"))
            .fails("does not accept the token", "a token of a GitHub App lives one hour", Then::Pushed)
            .asked("POST /pulls", 1),
        Line::new("403 `Resource not accessible by integration`")
            .world(token(Token::of_actions(Level::Write, Level::Read, Level::None)))
            .fails(
                "the token may not create the pull request",
                "add `pull-requests: write` to the workflow's `permissions:`",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("403 `Resource not accessible by integration`, before anything is written")
            .pending()
            .world(token(Token::of_actions(Level::Write, Level::None, Level::None)))
            .fails("the token may not list pull requests", "`pull-requests: read`", Then::Unchanged)
            .asked("GET /pulls", 1),
        Line::new("403 `Resource not accessible by personal access token`")
            .world(token(personal))
            .fails(
                "the token may not create the pull request",
                "give a fine-grained token the permission `pull-requests: write` on this repository, a classic one the scope `repo`",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("404 of a personal access token")
            .github("POST /pulls", Fault::refuse(404, "Not Found"))
            .fails(
                "GitHub did not find what it takes to create the pull request, or the token may not see it",
                "`pull-requests: write` on this repository, a classic one the scope `repo`",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("403 `GitHub Actions is not permitted to create or approve pull requests.`")
            .world(|world| world.github.repository().actions_may_propose = false)
            .fails(
                "GitHub Actions is not permitted to create pull requests",
                "/example-org/fleet/compare/main...flux-image-updates?expand=1",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("403 `You do not have permission to create labels`")
            .world(token(Token::of_actions(Level::Write, Level::Write, Level::None)))
            .world(|world| world.github.repository().labels.extend(["flux".to_owned()]))
            .warns(
                "the token may not create the labels `automated`, `dependencies`",
                "add `issues: write` to the workflow's `permissions:`, or create the labels by hand",
                Then::Undressed,
            )
            .asked(LABELS, 2),
        Line::new("403 with `x-github-sso`")
            .pending()
            .github("GET /pulls", Fault::single_sign_on(sso))
            .fails(
                "wants the token to be authorised for single sign-on",
                "at https://github.com/orgs/example-org/sso?authorization_request=A1",
                Then::Unchanged,
            )
            .asked("GET /pulls", 1),
    ])
    .await;
}

#[tokio::test]
async fn repositories_that_serve_nobody() {
    hold(vec![
        Line::new("403 `archived so is read-only`")
            .github("POST /pulls", Fault::refuse(403, "Repository was archived so is read-only."))
            .fails("the repository `example-org/fleet` is archived", "unarchive", Then::Pushed)
            .asked("POST /pulls", 1),
        Line::new("403 `archived so is read-only`, by the API")
            .args(API)
            .github("POST /git/blobs", Fault::refuse(403, "Repository was archived so is read-only."))
            .fails("the repository `example-org/fleet` is archived", "unarchive", Then::Unchanged)
            .asked("POST /git/blobs", 1),
        Line::new("451")
            .github("GET /", Fault::refuse(451, "Repository access blocked"))
            .fails("`example-org/fleet` is blocked by GitHub", "read GitHub's notice", Then::Unchanged)
            .asked("GET /", 1),
        Line::new("404 on the repository")
            .github("GET /", Fault::refuse(404, "Not Found"))
            .fails(
                "there is no repository `example-org/fleet`, or the token may not see it",
                "a private repository answers as an absent one, a classic token needs the scope `repo`",
                Then::Unchanged,
            )
            .asked("GET /", 1),
        Line::new("410 `Issues are disabled`, to labels")
            .github(LABELS, Fault::refuse(410, "Issues are disabled for this repo"))
            .warns("the pull request lacks its labels", "turn on Issues", Then::Undressed)
            .asked(LABELS, 1),
        Line::new("410 `Issues are disabled`, to assignees")
            .args(&["--assignees", "example-org"])
            .github(ASSIGNEES, Fault::refuse(410, "Issues are disabled for this repo"))
            .warns("the pull request lacks its assignees", "turn on Issues", Then::Undressed)
            .asked(ASSIGNEES, 1),
    ])
    .await;
}

#[tokio::test]
async fn fields_that_are_refused() {
    let no_commits = "No commits between main and flux-image-updates";
    let empty = Fault::Refuse { status: 200, headers: Vec::new(), body: json!([]) };
    hold(vec![
        Line::new("422 `A pull request already exists`: it is adopted")
            .pending()
            // The list lags behind.
            .github("GET /pulls", empty)
            .asked("POST /pulls", 1)
            .asked("PATCH /pulls/{pull_number}", 1),
        Line::new("422 `No commits between`: the branch goes, row 19")
            .github("POST /pulls", invalid("PullRequest", "", "custom", no_commits))
            .quiet(Then::Unchanged)
            .asked("POST /pulls", 1)
            .asked("git push", 2),
        Line::new("422 `head` invalid")
            .github("POST /pulls", invalid("PullRequest", "head", "invalid", ""))
            .fails(
                "GitHub has no branch `flux-image-updates`",
                "push `flux-image-updates` first",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("422 `base` invalid")
            .github("POST /pulls", invalid("PullRequest", "base", "invalid", ""))
            .fails("GitHub has no branch `main`", "name another branch with `--base`", Then::Pushed)
            .asked("POST /pulls", 1),
        Line::new("422 `too long`, of a title: it is cut before it is sent")
            .args(&["--title", LONG])
            .asked("POST /pulls", 1),
        Line::new("422 `too long`, of a body")
            .github(
                "POST /pulls",
                invalid(
                    "Issue",
                    "body",
                    "custom",
                    "body is too long (maximum is 65536 characters)",
                ),
            )
            .fails(
                "`body`: body is too long (maximum is 65536 characters)",
                "shorten the template of `--title` or `--body`",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("422 `milestone` invalid")
            .args(&["--milestone", "Q3"])
            .world(|world| drop(world.github.repository().milestones.insert(1, "Q3".to_owned())))
            .github("PATCH /issues/{issue_number}", invalid("Issue", "milestone", "invalid", ""))
            .warns("`milestone` of Issue is invalid", "name an open milestone", Then::Done)
            .asked("PATCH /issues/{issue_number}", 1),
        Line::new("422 of another kind is quoted, field by field")
            .github(
                "POST /pulls",
                invalid("PullRequest", "maintainer_can_modify", "unprocessable", ""),
            )
            .fails("`maintainer_can_modify` of PullRequest is unprocessable", "", Then::Pushed)
            .asked("POST /pulls", 1),
    ])
    .await;
}

/// Longer than GitHub takes a title.
const LONG: &str = "Update ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé";

#[tokio::test]
async fn rules_and_protection_by_the_api() {
    let rule = "Repository rule violations found\n\n- Commits must have verified signatures.\n";
    let moved = "GraphQL MoveBranch";
    hold(vec![
        Line::new("422 `Repository rule violations found`, by REST")
            .args(API)
            .github("POST /git/commits", Fault::refuse(422, rule))
            .fails(
                "a rule of the repository forbids to make a commit: Commits must have verified signatures.",
                "bypass the ruleset, choose another `--branch`",
                Then::Unchanged,
            )
            .asked("POST /git/commits", 1),
        Line::new("`Repository rule violations found`, by GraphQL")
            .args(API)
            .pending()
            .world(|world| world.github.repository().rules.push("Restrict updates.".to_owned()))
            .fails(
                "a rule of the repository forbids to move the branch: Restrict updates.",
                "bypass the ruleset",
                Then::Unchanged,
            )
            .asked(moved, 1),
        Line::new("protection, by GraphQL")
            .args(API)
            .pending()
            .world(|world| world.github.repository().protected.extend([BRANCH.to_owned()]))
            .fails(
                "branch protection forbids to move the branch: Cannot force-push to a protected branch",
                "choose a `--branch` that no protection covers",
                Then::Unchanged,
            )
            .asked(moved, 1),
        Line::new("403 to move the branch")
            .args(API)
            .github(moved, graphql("FORBIDDEN", "Resource not accessible by integration"))
            .fails("the token may not move the branch", "`contents: write`", Then::Unchanged)
            .asked(moved, 1),
        Line::new("`Reference already exists` while it does not: asked again")
            .args(API)
            .github(moved, graphql("UNPROCESSABLE", "Reference already exists"))
            .asked(moved, 2),
        Line::new("422 `Reference does not exist` while it does")
            .args(API)
            .pending()
            .github(moved, Fault::refuse(422, "Reference does not exist"))
            .asked(moved, 2),
        Line::new("`Update is not a fast forward`")
            .args(API)
            .pending()
            .github(moved, graphql("UNPROCESSABLE", "Update is not a fast forward"))
            .asked(moved, 2),
        Line::new("`Object does not exist`, without end")
            .args(API)
            .github_always(moved, graphql("UNPROCESSABLE", "Object does not exist"))
            .fails("refused to move the branch: Object does not exist", "run again", Then::Unchanged)
            .asked(moved, 4),
    ])
    .await;
}

/// 200 with `errors`.
fn graphql(kind: &str, message: &str) -> Fault {
    let body = json!({ "data": null, "errors": [{ "type": kind, "message": message }] });
    Fault::Refuse { status: 200, headers: Vec::new(), body }
}
