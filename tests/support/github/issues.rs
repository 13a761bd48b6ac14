//! What a pull request has as an issue: labels, assignees, comments, a milestone.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    answer::{Answer, Call},
    contract::Contract,
    permissions::Level,
    repository::Repository,
    show::{label, user},
};

const LONGEST_LABEL: usize = 50;

impl Repository {
    pub fn list_labels(&self, call: &Call) -> Answer {
        call.page(self.labels.iter().map(|name| label(call, name)).collect())
    }

    pub fn list_milestones(&self, call: &Call) -> Answer {
        call.page(self.milestones.keys().map(|number| self.milestone(call, *number)).collect())
    }

    fn milestone(&self, call: &Call, number: u64) -> Value {
        let api = format!("{}/repos/{}", call.api, self.full_name());
        Contract::get().example(
            "milestone",
            json!({
                "number": number,
                "title": self.milestones.get(&number),
                "state": "open",
                "url": format!("{api}/milestones/{number}"),
            }),
        )
    }

    /// Unknown labels are made on the way, by whom may make them.
    pub fn add_labels(&mut self, call: &Call) -> Answer {
        let wanted = call.texts("labels");
        let there = |label: &String, labels: &BTreeSet<String>| {
            labels.iter().find(|there| there.eq_ignore_ascii_case(label)).cloned()
        };
        if wanted.iter().any(|label| label.chars().count() > LONGEST_LABEL) {
            return Answer::custom(
                "Label",
                "name",
                format!("name is too long (maximum is {LONGEST_LABEL} characters)"),
            );
        }
        let may_create = call.token.as_ref().is_some_and(|token| token.issues == Level::Write);
        if !may_create && wanted.iter().any(|label| there(label, &self.labels).is_none()) {
            return Answer {
                body: Some(json!({
                    "message": "You do not have permission to create labels on this repository.",
                    "errors": [{ "resource": "Repository", "field": "label", "code": "unauthorized" }],
                    "documentation_url": "https://docs.github.com/rest/issues/labels#add-labels-to-an-issue",
                    "status": "403",
                })),
                ..Answer::refusal(403, "")
            };
        }
        let names: Vec<String> = wanted
            .into_iter()
            .map(|label| {
                let name = there(&label, &self.labels).unwrap_or(label);
                self.labels.insert(name.clone());
                name
            })
            .collect();
        let Some(pull) = self.pull(call.number("issue_number")) else { return Answer::not_found() };
        for name in names {
            if !pull.labels.contains(&name) {
                pull.labels.push(name);
            }
        }
        Answer::new(
            200,
            json!(pull.labels.iter().map(|name| label(call, name)).collect::<Vec<_>>()),
        )
    }

    /// Whom GitHub cannot assign it drops, and says nothing.
    pub fn add_assignees(&mut self, call: &Call) -> Answer {
        let mut users = call.texts("assignees");
        users.retain(|user| self.collaborators.contains(user));
        let number = call.number("issue_number");
        let Some(pull) = self.pull(number) else { return Answer::not_found() };
        for user in users {
            if !pull.assignees.contains(&user) {
                pull.assignees.push(user);
            }
        }
        self.show_issue(call, 201, number)
    }

    pub fn update_issue(&mut self, call: &Call) -> Answer {
        let number = call.number("issue_number");
        if let Some(milestone) = call.body.get("milestone") {
            let milestone = milestone.as_u64();
            if milestone.is_some_and(|milestone| !self.milestones.contains_key(&milestone)) {
                return Answer::field("Issue", "milestone", "invalid");
            }
            let Some(pull) = self.pull(number) else { return Answer::not_found() };
            pull.milestone = milestone;
        }
        self.show_issue(call, 200, number)
    }

    fn show_issue(&mut self, call: &Call, status: u16, number: u64) -> Answer {
        let Some(pull) = self.pull(number).cloned() else { return Answer::not_found() };
        let milestone =
            pull.milestone.map_or(Value::Null, |milestone| self.milestone(call, milestone));
        Answer::of(
            status,
            "issue",
            json!({
                "id": number,
                "number": number,
                "title": pull.title,
                "body": pull.body,
                "state": if pull.open { "open" } else { "closed" },
                "user": user(&pull.author),
                "labels": pull.labels.iter().map(|name| label(call, name)).collect::<Vec<_>>(),
                "assignees": pull.assignees.iter().map(|login| user(login)).collect::<Vec<_>>(),
                "milestone": milestone,
            }),
        )
    }

    pub fn list_comments(&mut self, call: &Call) -> Answer {
        let number = call.number("issue_number");
        let Some(pull) = self.pull(number).cloned() else { return Answer::not_found() };
        let show = |(at, body): (usize, &String)| show_comment(call, number, at + 1, body);
        call.page(pull.comments.iter().enumerate().map(show).collect())
    }

    pub fn create_comment(&mut self, call: &Call) -> Answer {
        let number = call.number("issue_number");
        let Some(pull) = self.pull(number) else { return Answer::not_found() };
        let body = call.text("body").unwrap_or_default().to_owned();
        pull.comments.push(body.clone());
        Answer::new(201, show_comment(call, number, pull.comments.len(), &body))
    }
}

/// The author of a comment may be gone, and is here.
fn show_comment(call: &Call, number: u64, id: usize, body: &str) -> Value {
    Contract::get().example(
        "issue-comment",
        json!({
            "id": id,
            "body": body,
            "user": null,
            "issue_url": format!("{}/issues/{number}", call.api),
        }),
    )
}
