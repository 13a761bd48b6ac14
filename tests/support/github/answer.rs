//! A request as the routes see it, and what they answer.

use serde_json::{Value, json};

use super::{
    contract::{Contract, Operation},
    permissions::Token,
};

/// A request that was understood.
#[derive(Debug)]
pub struct Call {
    /// Its place in the description.
    pub operation: Operation,
    /// The parameters behind `?`.
    pub query: Vec<(String, String)>,
    /// The JSON, null where there is none.
    pub body: Value,
    /// Who asks.
    pub token: Option<Token>,
    /// The API's address, without a slash at its end.
    pub api: String,
    /// The address of the pages for people.
    pub server: String,
}

impl Call {
    /// A parameter of the path.
    pub fn parameter(&self, name: &str) -> &str {
        &self.operation.parameters[name]
    }

    /// A number in the path; 0, which nothing has, where it is none.
    pub fn number(&self, name: &str) -> u64 {
        self.parameter(name).parse().unwrap_or_default()
    }

    /// A parameter behind `?`.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A text of the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// The texts of a list of the body; empty where it is not given.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let entries = self.body.get(name).and_then(Value::as_array).into_iter().flatten();
        entries.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The login of who asks.
    pub fn login(&self) -> String {
        self.token.as_ref().map_or_else(|| "ghost".to_owned(), |token| token.login.clone())
    }

    /// One page of a list, with the header that leads on.
    pub fn page(&self, entries: Vec<Value>) -> Answer {
        let number = |name: &str, default: usize| {
            self.query(name).and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        let (per_page, page) = (number("per_page", 30).clamp(1, 100), number("page", 1).max(1));
        let more = entries.len() > per_page * page;
        let entries: Vec<Value> =
            entries.into_iter().skip(per_page * (page - 1)).take(per_page).collect();
        let mut answer = Answer::new(200, json!(entries));
        if more {
            let next = format!("{}/?per_page={per_page}&page={}", self.api, page + 1);
            answer.headers.push(("link", format!("<{next}>; rel=\"next\"")));
        }
        answer
    }
}

/// What is sent back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Value>,
}

const DOCUMENTATION: &str = "https://docs.github.com/rest";

impl Answer {
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    /// An answer of a named schema, whole, with the given fields.
    pub fn of(status: u16, schema: &str, fields: Value) -> Self {
        Self::new(status, Contract::get().example(schema, fields))
    }

    /// A refusal in one sentence.
    pub fn refusal(status: u16, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::new(
            status,
            json!({ "message": message, "documentation_url": DOCUMENTATION, "status": status.to_string() }),
        )
    }

    pub fn not_found() -> Self {
        Self::refusal(404, "Not Found")
    }

    /// 422 with what is wrong.
    pub fn invalid(errors: &[Value]) -> Self {
        Self::new(
            422,
            json!({ "message": "Validation Failed", "errors": errors, "documentation_url": DOCUMENTATION, "status": "422" }),
        )
    }

    /// 422 with one sentence about one resource.
    pub fn custom(resource: &str, field: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let mut error = json!({ "resource": resource, "code": "custom", "message": message });
        if !field.is_empty() {
            error["field"] = json!(field);
        }
        Self::invalid(&[error])
    }

    /// 422 with a field that is `invalid` or `missing_field`.
    pub fn field(resource: &str, field: &str, code: &str) -> Self {
        Self::invalid(&[json!({ "resource": resource, "field": field, "code": code })])
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}
