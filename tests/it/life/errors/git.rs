//! What the Git server refuses.

use axum::http::StatusCode;

use super::{Line, Step, Then, git_server::Fault, hold};

fn answer(status: StatusCode, words: &'static str) -> Fault {
    Fault::Answer(status, "text/plain; charset=utf-8", words)
}

#[tokio::test]
async fn logins_and_permissions() {
    let denied = "Permission to example-org/fleet.git denied to github-actions[bot].";
    let archived = "ERROR: This repository was archived so it is read-only.";
    hold(vec![
        Line::new("`Authentication failed`, to a look")
            .git(Step::ReadGreeting, answer(StatusCode::UNAUTHORIZED, "Invalid username or token."))
            .fails("refused the login", "check the `token` input", Then::Unchanged)
            .asked("git look", 1),
        Line::new("`Authentication failed`, to a push")
            .pending()
            .git(Step::PushGreeting, answer(StatusCode::UNAUTHORIZED, "Invalid username or token."))
            .fails("refused the login", "check the `token` input", Then::Unchanged)
            .asked("git greeting", 1),
        Line::new("403 `Permission to o/r.git denied to github-actions[bot].`")
            .git(Step::PushGreeting, answer(StatusCode::FORBIDDEN, denied))
            .fails(denied, "`permissions: contents: write`", Then::Unchanged)
            .asked("git greeting", 1)
            .asked("git push", 0),
        Line::new("403 `archived so it is read-only`")
            .git(Step::PushGreeting, answer(StatusCode::FORBIDDEN, archived))
            .fails("archived", "unarchive the repository", Then::Unchanged)
            .asked("git greeting", 1),
        Line::new("404 of the repository")
            .git(Step::ReadGreeting, answer(StatusCode::NOT_FOUND, "Not Found"))
            .fails(
                "has no such repository",
                "that the token may see the repository",
                Then::Unchanged,
            )
            .asked("git look", 1),
    ])
    .await;
}

#[tokio::test]
async fn pushes_that_are_declined() {
    let gh013 = "error: GH013: Repository rule violations found for refs/heads/flux-image-updates.\n\
        Review all repository rules at https://github.com/example-org/fleet/rules\n\
        \n\
        - Commits must have verified signatures.\n\
        - Changes must be made through a pull request.";
    let gh006 = "error: GH006: Protected branch update failed for refs/heads/flux-image-updates.\n\
        - Required status check \"test\" is expected.";
    let workflow = "refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission";
    hold(vec![
        Line::new("`GH013 … push declined due to repository rule violations`")
            .push(gh013)
            .fails(
                "Commits must have verified signatures; Changes must be made through a pull request",
                "use `--commit-mode api` where they want signed commits",
                Then::Unchanged,
            )
            .asked("git push", 1),
        Line::new("`GH006 … protected branch hook declined`")
            .pending()
            .push(gh006)
            .fails("GH006: Protected branch update failed", "push to a branch that no protection covers", Then::Unchanged)
            .asked("git push", 1),
        Line::new("`GH003 force-pushing`")
            .pending()
            .push("error: GH003: Sorry, force-pushing to flux-image-updates is not allowed.")
            .fails("GH003: Sorry, force-pushing", "push to a branch that no protection covers", Then::Unchanged)
            .asked("git push", 1),
        Line::new("`refusing to allow a GitHub App to create or update workflow`")
            .push(workflow)
            .fails(
                "refusing to allow a GitHub App to create or update workflow",
                "leave `.github/workflows` out of `spec.update.path`, or use an App's token with `workflows: write`",
                Then::Unchanged,
            )
            .asked("git push", 1),
        Line::new("`matches more than one`")
            .push("error: dst refspec flux-image-updates matches more than one")
            .fails("collides with another", "set `--branch` to another name", Then::Unchanged)
            .asked("git push", 1),
        Line::new("`'refs/heads/x' exists`: a branch of the parent path")
            .args(&["--branch", "flux/images"])
            .world(|world| world.fleet.branch("flux", &world.fleet.head("main").unwrap()))
            .fails("'refs/heads/flux' exists", "delete the branch or tag that stands in the way", Then::Unchanged)
            .asked("git push", 1),
        Line::new("`stale info` without end, though nobody has moved the branch")
            .pending()
            .push("stale info")
            .fails("was changed by somebody else: stale info", "`concurrency: flux-image-updates`", Then::Unchanged)
            .asked("git push", 2),
        Line::new("a hook of the server's own")
            .push("no pushes on Fridays")
            .fails("pre-receive hook declined; no pushes on Fridays", "do what the server asks for", Then::Unchanged)
            .asked("git push", 1),
    ])
    .await;
}

#[tokio::test]
async fn answers_that_do_not_come_once() {
    let faults = [(Fault::LostReply, 1), (Fault::LostBehindProxy, 1), (Fault::Reset, 2)];
    let lines = faults.into_iter().flat_map(|(fault, pushes)| {
        [
            Line::new("a push").git(Step::Push, fault.clone()).asked("git push", pushes),
            Line::new("a look").pending().git(Step::ReadGreeting, fault),
        ]
    });
    hold(lines.collect()).await;
}
