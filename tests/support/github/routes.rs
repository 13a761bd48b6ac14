//! From a request to its route: what is checked before anything is done.

use axum::http::{HeaderMap, Method, Uri};
use serde_json::Value;

use super::{
    Request, Shared,
    answer::{Answer, Call},
    contract::{Contract, Operation},
    graphql, lock,
    permissions::{self, Token},
};

/// A request, and what it was understood as.
pub(super) struct Asked {
    pub(super) request: Request,
    what: What,
}

enum What {
    Rest {
        operation: Operation,
        query: Vec<(String, String)>,
    },
    GraphQl(graphql::Operation),
    /// A repository's old name, and the rest of the path.
    Renamed(String),
    Unknown,
}

/// The path of every route of the repository starts so.
const REPOSITORY: &str = "/repos/{owner}/{repo}";

impl Shared {
    /// Understands a request, and notes what is wrong with it.
    pub(super) fn read(
        &self,
        method: &Method,
        uri: &Uri,
        headers: HeaderMap,
        body: &[u8],
    ) -> Asked {
        let mut violations = Vec::new();
        let json = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(body).unwrap_or_else(|error| {
                violations.push(format!("the body is no JSON: {error}"));
                Value::Null
            })
        };
        let what = self.understand(method, uri, &json, &mut violations);
        let (route, write) = match &what {
            What::Rest { operation, .. } => {
                let below =
                    operation.template.strip_prefix(REPOSITORY).unwrap_or(&operation.template);
                let below = if below.is_empty() { "/" } else { below };
                (format!("{method} {below}"), *method != Method::GET)
            }
            What::GraphQl(operation) => (format!("GraphQL {}", operation.name), operation.mutation),
            What::Renamed(_) | What::Unknown => (format!("{method} {uri}"), *method != Method::GET),
        };
        for (name, value) in
            [("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")]
        {
            let all: Vec<_> = headers.get_all(name).iter().collect();
            if all != [value] {
                violations.push(format!("the header `{name}` is {all:?}, not `{value}`"));
            }
        }
        for violation in violations {
            self.violation(&route, &violation);
        }
        let target = uri.to_string();
        Asked { request: Request { route, target, headers, body: json, write, status: 0 }, what }
    }

    fn understand(
        &self,
        method: &Method,
        uri: &Uri,
        body: &Value,
        violations: &mut Vec<String>,
    ) -> What {
        if uri.path() == self.paths.graphql && *method == Method::POST {
            return match graphql::read(body) {
                Ok(operation) => {
                    violations.extend(operation.faults.iter().cloned());
                    What::GraphQl(operation)
                }
                Err(error) => {
                    violations.push(error);
                    What::Unknown
                }
            };
        }
        let below = uri.path().strip_prefix(&self.paths.api).filter(|path| path.starts_with('/'));
        let Some(below) = below else {
            violations.push("not below the API's address".to_owned());
            return What::Unknown;
        };
        let (former, name) = {
            let repository = lock(&self.repository);
            (repository.former.clone(), repository.full_name())
        };
        if let Some((owner, old)) = former
            && let Some(rest) = below.strip_prefix(&format!("/repos/{owner}/{old}"))
        {
            return What::Renamed(rest.to_owned());
        }
        // Where redirections of a renamed repository lead.
        let below = below
            .strip_prefix("/repositories/1")
            .map_or_else(|| below.to_owned(), |rest| format!("/repos/{name}{rest}"));
        let Some(mut operation) = Contract::get().find(method.as_str(), &below) else {
            violations.push("no such route in GitHub's description".to_owned());
            return What::Unknown;
        };
        for value in operation.parameters.values_mut() {
            *value = decoded(value);
        }
        let pairs = uri.query().unwrap_or_default();
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(pairs.as_bytes()).into_owned().collect();
        violations.extend(Contract::get().faults_of_request(&operation, &query, body));
        What::Rest { operation, query }
    }

    /// Does what was asked, and checks the answer as well.
    pub(super) fn answer(&self, asked: &mut Asked) -> Answer {
        let Asked { request, what } = asked;
        let answer = match self.identify(&request.headers) {
            Err(refusal) => refusal,
            Ok(token) => match what {
                What::Rest { operation, query } => {
                    let call = Call {
                        operation: operation.clone(),
                        query: std::mem::take(query),
                        body: request.body.clone(),
                        token,
                        api: format!("{}{}", self.server, self.paths.api),
                        server: self.server.clone(),
                    };
                    self.rest(&call)
                }
                What::GraphQl(operation) => {
                    let mut repository = lock(&self.repository);
                    repository.settle();
                    repository.execute(operation, token.as_ref())
                }
                What::Renamed(rest) => Answer::refusal(301, "Moved Permanently")
                    .with("location", format!("{{api}}/repositories/1{rest}")),
                What::Unknown => Answer::not_found(),
            },
        };
        if let What::Rest { operation, .. } = what {
            let faults =
                Contract::get().faults_of_answer(operation, answer.status, answer.body.as_ref());
            for fault in faults {
                self.violation(&request.route, &format!("the stand-in's own answer: {fault}"));
            }
        }
        answer
    }

    /// Who asks, or the refusal of a request that nobody may make.
    fn identify(&self, headers: &HeaderMap) -> Result<Option<Token>, Answer> {
        let text = |name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        if text("user-agent").is_empty() {
            return Err(Answer::refusal(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
            ));
        }
        let authorization = text("authorization");
        if authorization.is_empty() {
            return Ok(None);
        }
        let token = authorization.split_once(' ').map_or(authorization, |(_, token)| token);
        let token = lock(&self.repository).tokens.get(token).cloned();
        token.map(Some).ok_or_else(|| Answer::refusal(401, "Bad credentials"))
    }

    fn rest(&self, call: &Call) -> Answer {
        let mut repository = lock(&self.repository);
        repository.settle();
        let asked = format!("{}/{}", call.parameter("owner"), call.parameter("repo"));
        let visible = repository.public || call.token.is_some();
        if !asked.eq_ignore_ascii_case(&repository.full_name()) || !visible {
            return Answer::not_found();
        }
        let write = call.operation.method != "get";
        let demanded = permissions::demanded(&call.operation);
        if let Some(refusal) = permissions::refuse(call.token.as_ref(), demanded, write) {
            return refusal;
        }
        if write && repository.archived {
            return Answer::refusal(403, "Repository was archived so is read-only.");
        }
        let below =
            call.operation.template.strip_prefix(REPOSITORY).unwrap_or(&call.operation.template);
        let answer = match (call.operation.method.as_str(), below) {
            ("get", "") => repository.describe(call),
            ("get", "/rules/branches/{branch}") => repository.list_rules(call),
            ("get", "/pulls") => repository.list_pulls(call),
            ("post", "/pulls") => repository.create_pull(call),
            ("get", "/pulls/{pull_number}") => repository.get_pull(call),
            ("patch", "/pulls/{pull_number}") => repository.update_pull(call),
            ("post", "/pulls/{pull_number}/requested_reviewers") => {
                repository.request_reviewers(call)
            }
            ("get", "/labels") => repository.list_labels(call),
            ("get", "/milestones") => repository.list_milestones(call),
            ("patch", "/issues/{issue_number}") => repository.update_issue(call),
            ("post", "/issues/{issue_number}/labels") => repository.add_labels(call),
            ("post", "/issues/{issue_number}/assignees") => repository.add_assignees(call),
            ("get", "/issues/{issue_number}/comments") => repository.list_comments(call),
            ("post", "/issues/{issue_number}/comments") => repository.create_comment(call),
            ("get", "/git/ref/{ref}") => repository.get_ref(call),
            ("get", "/git/commits/{commit_sha}") => repository.get_commit(call),
            ("post", "/git/blobs") => repository.create_blob(call),
            ("post", "/git/trees") => repository.create_tree(call),
            ("post", "/git/commits") => repository.create_commit(call),
            _ => Answer::refusal(501, "The stand-in does not serve this route"),
        };
        answer.with("x-accepted-github-permissions", permissions::header(demanded))
    }
}

/// A part of a path as it was before it was escaped.
fn decoded(part: &str) -> String {
    let pair = format!("part={}", part.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
