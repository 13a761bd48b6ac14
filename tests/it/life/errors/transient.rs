//! What passes: limits, outages, answers that do not come.

use serde_json::json;

use super::{Fault, Line, Then, hold};

const API: &[&str] = &["--commit-mode", "api"];
const LABELS: &str = "POST /issues/{issue_number}/labels";
const PATCH: &str = "PATCH /pulls/{pull_number}";

/// GraphQL's way to tell of the limit of the hour.
fn graphql_limit(seconds: i64) -> Fault {
    let Fault::Refuse { headers, .. } = Fault::primary_limit(403, seconds) else { unreachable!() };
    let message = "API rate limit already exceeded for installation ID 1.";
    let body = json!({ "data": null, "errors": [{ "type": "RATE_LIMITED", "message": message }] });
    Fault::Refuse { status: 200, headers, body }
}

#[tokio::test]
async fn limits() {
    let late = "GitHub wants fewer requests, and serves again in ";
    let blocked = "You have been temporarily blocked from content creation. Please retry later.";
    let waited = |says: &'static str, route: &'static str, fault: Fault| {
        Line::new(says).github(route, fault).asked(route, 2)
    };
    hold(vec![
        waited(
            "403, the limit of the hour is over soon",
            "GET /pulls",
            Fault::primary_limit(403, 0),
        ),
        waited(
            "429, the limit of the hour is over soon",
            "POST /pulls",
            Fault::primary_limit(429, 0),
        ),
        waited("403 with `retry-after`", "POST /pulls", Fault::secondary_limit(403, Some(1))),
        waited("429 with `retry-after`", LABELS, Fault::secondary_limit(429, Some(1))),
        waited("200 `RATE_LIMITED`, over soon", "GraphQL MoveBranch", graphql_limit(0)).args(API),
        waited("200 `RATE_LIMITED` to a question", "GraphQL IsInMergeQueue", graphql_limit(0))
            .pending(),
        Line::new("403, the limit of the hour, beyond the budget")
            .github("GET /", Fault::primary_limit(403, 2000))
            .fails(late, "the token's requests of this hour are used up", Then::Unchanged)
            .asked("GET /", 1),
        Line::new("429, the limit of the hour, beyond the budget, after the push")
            .github("POST /pulls", Fault::primary_limit(429, 2000))
            .fails(late, "the token's requests of this hour are used up", Then::Pushed)
            .asked("POST /pulls", 1),
        Line::new("403 with a `retry-after` beyond the budget")
            .pending()
            .github(PATCH, Fault::secondary_limit(403, Some(900)))
            .fails(
                "serves again in 900 s",
                "GitHub limits bursts and created content",
                Then::Pushed,
            )
            .asked(PATCH, 1),
        Line::new("`temporarily blocked from content creation`, beyond the budget")
            .github("POST /pulls", Fault::refuse(403, blocked).with("retry-after", "900"))
            .fails(
                "serves again in 900 s",
                "GitHub limits bursts and created content",
                Then::Pushed,
            )
            .asked("POST /pulls", 1),
        Line::new("200 `RATE_LIMITED`, beyond the budget")
            .args(API)
            .github("GraphQL MoveBranch", graphql_limit(2000))
            .fails(late, "the token's requests of this hour are used up", Then::Unchanged)
            .asked("GraphQL MoveBranch", 1),
    ])
    .await;
}

#[tokio::test]
async fn answers_that_do_not_come_once() {
    // What was carried out nevertheless is not sent again where that makes two.
    let faults = [
        (Fault::LoseReply, 1),
        (Fault::Html(503), 2),
        (Fault::DoneButStatus(502), 1),
        (Fault::Reset, 2),
        (Fault::refuse(500, "Server Error"), 2),
    ];
    let moved = "GraphQL MoveBranch";
    let line = |route, fault: &Fault| Line::new(route).github(route, fault.clone());
    let mut lines = Vec::new();
    for (fault, times) in &faults {
        lines.push(line("POST /pulls", fault).asked("POST /pulls", *times));
        lines.push(line(moved, fault).args(API).asked(moved, *times));
    }
    // What may be done twice takes all of them alike.
    for (fault, _) in &faults[..2] {
        for route in ["GET /", "GET /pulls", LABELS, PATCH] {
            lines.push(line(route, fault).asked(route, 2));
        }
        lines.push(line(PATCH, fault).pending().asked(PATCH, 2));
        // One of these is sent for each of the two files.
        for (route, times) in
            [("POST /git/blobs", 3), ("POST /git/trees", 2), ("POST /git/commits", 2)]
        {
            lines.push(line(route, fault).args(API).asked(route, times));
        }
    }
    hold(lines).await;
}

#[tokio::test]
async fn outages_that_last() {
    let lost = "no answer to the request to ";
    let advice = "run again; githubstatus.com tells of outages";
    hold(vec![
        Line::new("5xx")
            .pending()
            .github_always("GET /pulls", Fault::refuse(500, "Server Error"))
            .fails("list pull requests: the server is in trouble (500)", advice, Then::Unchanged)
            .asked("GET /pulls", 4),
        Line::new("a page of HTML")
            .github_always("POST /pulls", Fault::Html(502))
            .fails("create the pull request: the server is in trouble (502)", advice, Then::Pushed)
            .asked("POST /pulls", 4),
        Line::new("a page of HTML, and 200")
            .github_always("GET /", Fault::Html(200))
            .fails("what came is no JSON", advice, Then::Unchanged)
            .asked("GET /", 4),
        Line::new("a broken answer to PATCH, with the pull request open")
            .github_always(PATCH, Fault::Reset)
            .fails(lost, advice, Then::Opened)
            .asked(PATCH, 4),
        Line::new("a broken answer to PATCH of what stands")
            .pending()
            .github_always(PATCH, Fault::Reset)
            .fails(lost, advice, Then::Pushed)
            .asked(PATCH, 4),
        Line::new("a broken answer to the move of the branch")
            .args(API)
            .github_always("GraphQL MoveBranch", Fault::Reset)
            .fails("no answer to the request to move the branch", advice, Then::Unchanged)
            .asked("GraphQL MoveBranch", 4),
    ])
    .await;
}
