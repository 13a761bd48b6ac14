//! Pull requests, users and labels as GitHub shows them.

use serde_json::{Value, json};

use super::{answer::Call, contract::Contract, pulls::Pull, repository::Repository};

impl Repository {
    /// A pull request as GitHub shows it: in a list with less.
    pub fn show(&self, call: &Call, pull: &Pull, whole: bool) -> Value {
        let number = pull.number;
        let repository = self.fields(call);
        let api = format!("{}/repos/{}", call.api, self.full_name());
        let login = |login: &String| user(login);
        let owner = pull.fork.as_ref().unwrap_or(&self.owner);
        let mut head_repository = repository.clone();
        if let Some(fork) = &pull.fork {
            head_repository["id"] = json!(2);
            head_repository["full_name"] = json!(format!("{fork}/{}", self.name));
        }
        let base_commit = self.heads.get(&pull.base).unwrap_or_default();
        let side = |owner: &String, branch: &String, sha: &String, repository: Value| {
            let repository = Contract::get().example("repository", repository);
            json!({ "label": format!("{owner}:{branch}"), "ref": branch, "sha": sha, "user": user(owner), "repo": repository })
        };
        let mut fields = json!({
            "id": number,
            "node_id": format!("PR_{number}"),
            "number": number,
            "url": format!("{api}/pulls/{number}"),
            "html_url": format!("{}/{}/pull/{number}", call.server, self.full_name()),
            "state": if pull.open { "open" } else { "closed" },
            "title": pull.title,
            "body": pull.body,
            "user": user(&pull.author),
            "labels": pull.labels.iter().map(|name| label(call, name)).collect::<Vec<_>>(),
            "assignees": pull.assignees.iter().map(login).collect::<Vec<_>>(),
            "requested_reviewers": pull.reviewers.iter().map(login).collect::<Vec<_>>(),
            "created_at": pull.created_at,
            "updated_at": pull.updated_at,
            "closed_at": if pull.open { Value::Null } else { json!(pull.updated_at) },
            "merged_at": pull.merged_at,
            "draft": pull.draft,
            "head": side(owner, &pull.head, &pull.head_commit, head_repository),
            "base": side(&self.owner, &pull.base, &base_commit, repository),
        });
        if whole {
            fields["merged"] = json!(pull.merged_at.is_some());
        }
        let schema = if whole { "pull-request" } else { "pull-request-simple" };
        Contract::get().example(schema, fields)
    }
}

/// A user as GitHub shows one.
pub fn user(login: &str) -> Value {
    Contract::get().example("simple-user", json!({ "login": login, "type": "User" }))
}

/// A label as GitHub shows one.
pub fn label(call: &Call, name: &str) -> Value {
    let url = format!("{}/labels/{name}", call.api);
    Contract::get()
        .example("label", json!({ "name": name, "url": url, "color": "ededed", "description": "" }))
}
