//! GraphQL: requests are validated against the schema, then carried out.

use std::sync::OnceLock;

use graphql_tools::{
    parser::{query, schema},
    static_graphql::schema::{Document, InputValue, Type, TypeDefinition},
    validation::{rules::default_rules_validation_plan, validate::validate},
};
use serde_json::{Value, json};

use super::{
    answer::Answer,
    permissions::{Level, Permission, Token, refuse},
    repository::{Heads, Repository},
};

/// What `beforeOid` and `afterOid` say for “nothing”.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// An operation as it came.
#[derive(Debug)]
pub struct Operation {
    /// The name behind `query` or `mutation`; the root field without one.
    pub name: String,
    /// Whether it changes something.
    pub mutation: bool,
    /// The first field of the root, which says what is done.
    pub field: String,
    pub variables: Value,
    /// What is wrong with it.
    pub faults: Vec<String>,
}

fn document() -> &'static Document {
    static SCHEMA: OnceLock<Document> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        // The scalars that every schema has without saying so.
        let scalars = "scalar ID scalar String scalar Boolean scalar Int";
        let text = format!("{scalars}\n{}", include_str!("../../github/schema.graphql"));
        let document = schema::parse_schema::<String>(&text);
        document.expect("tests/github/schema.graphql is a schema").into_static()
    })
}

/// Reads a request, and checks its text and its variables.
pub fn read(body: &Value) -> Result<Operation, String> {
    let text = body["query"].as_str().ok_or("`query` is missing")?;
    let document =
        query::parse_query::<String>(text).map_err(|error| error.to_string())?.into_static();
    let plan = default_rules_validation_plan();
    let faults = validate(self::document(), &document, &plan);
    let mut faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
    let (name, mutation, selections, declared) = match document.definitions.first() {
        Some(query::Definition::Operation(query::OperationDefinition::Query(query))) => {
            (&query.name, false, &query.selection_set, &query.variable_definitions)
        }
        Some(query::Definition::Operation(query::OperationDefinition::Mutation(mutation))) => {
            (&mutation.name, true, &mutation.selection_set, &mutation.variable_definitions)
        }
        _ => return Err("no named query or mutation".to_owned()),
    };
    let Some(query::Selection::Field(field)) = selections.items.first() else {
        return Err("no field is asked for".to_owned());
    };
    let variables = body["variables"].clone();
    for definition in declared {
        let value = variables.get(&definition.name).unwrap_or(&Value::Null);
        check(&definition.var_type, value, &format!("${}", definition.name), &mut faults);
    }
    for (name, _) in variables.as_object().into_iter().flatten() {
        if declared.iter().all(|definition| definition.name != *name) {
            faults.push(format!("${name} is not declared"));
        }
    }
    let name = name.clone().unwrap_or_else(|| field.name.clone());
    Ok(Operation { name, mutation, field: field.name.clone(), variables, faults })
}

/// Whether a variable's value is of its type.
fn check(expected: &Type, value: &Value, place: &str, faults: &mut Vec<String>) {
    match (expected, value) {
        (Type::NonNullType(_), Value::Null) => faults.push(format!("{place} must not be null")),
        (Type::NonNullType(inner), value) => check(inner, value, place, faults),
        (_, Value::Null) => {}
        (Type::ListType(inner), Value::Array(values)) => {
            for (at, value) in values.iter().enumerate() {
                check(inner, value, &format!("{place}[{at}]"), faults);
            }
        }
        (Type::ListType(_), _) => faults.push(format!("{place} is no list")),
        (Type::NamedType(name), value) => check_named(name, value, place, faults),
    }
}

fn check_named(name: &str, value: &Value, place: &str, faults: &mut Vec<String>) {
    let types = document().definitions.iter().filter_map(|definition| match definition {
        schema::Definition::TypeDefinition(definition) => Some(definition),
        _ => None,
    });
    let mut right = match name {
        "Boolean" => value.is_boolean(),
        "Int" => value.is_i64(),
        _ => value.is_string(),
    };
    for definition in types {
        match definition {
            TypeDefinition::InputObject(input) if input.name == name => {
                right = value.is_object();
                check_fields(&input.fields, value, place, faults);
            }
            TypeDefinition::Enum(allowed) if allowed.name == name => {
                right = allowed.values.iter().any(|allowed| value == allowed.name.as_str());
            }
            _ => {}
        }
    }
    if name == "GitObjectID" {
        right = value
            .as_str()
            .is_some_and(|oid| oid.len() == 40 && oid.bytes().all(|b| b.is_ascii_hexdigit()));
    }
    if !right {
        faults.push(format!("{place} is no {name}"));
    }
}

fn check_fields(fields: &[InputValue], value: &Value, place: &str, faults: &mut Vec<String>) {
    for field in fields {
        let value = value.get(&field.name).unwrap_or(&Value::Null);
        if !(value.is_null() && field.default_value.is_some()) {
            check(&field.value_type, value, &format!("{place}.{}", field.name), faults);
        }
    }
    for (name, _) in value.as_object().into_iter().flatten() {
        if fields.iter().all(|field| field.name != *name) {
            faults.push(format!("{place}.{name} is not in the schema"));
        }
    }
}

/// GraphQL's way to refuse: 200 with `errors`.
pub fn refusal(kind: &str, message: impl Into<String>) -> Answer {
    let message: String = message.into();
    Answer::new(200, json!({ "data": null, "errors": [{ "type": kind, "message": message }] }))
}

impl Repository {
    /// Carries an operation out.
    pub fn execute(&mut self, operation: &Operation, token: Option<&Token>) -> Answer {
        let demanded: &[Permission] = match operation.field.as_str() {
            "updateRefs" => &[Permission::Contents(Level::Write)],
            "enablePullRequestAutoMerge" => &[Permission::PullRequests(Level::Write)],
            _ => &[],
        };
        if token.is_none() {
            return Answer::refusal(401, "This endpoint requires you to be authenticated.");
        }
        if let Some(refused) = refuse(token, demanded, operation.mutation) {
            let message =
                refused.body.as_ref().and_then(|body| body["message"].as_str()).unwrap_or_default();
            return refusal("FORBIDDEN", message);
        }
        let input = &operation.variables["input"];
        match operation.field.as_str() {
            "node" => self.node(operation.variables["id"].as_str().unwrap_or_default()),
            "enablePullRequestAutoMerge" => self.enable_auto_merge(input),
            "updateRefs" => self.update_refs(input),
            field => {
                refusal("undefinedField", format!("Field '{field}' doesn't exist on type 'Query'"))
            }
        }
    }

    fn pull_of_node(&mut self, id: &str) -> Option<&mut super::pulls::Pull> {
        self.pull(id.strip_prefix("PR_")?.parse().ok()?)
    }

    fn node(&mut self, id: &str) -> Answer {
        match self.pull_of_node(id) {
            Some(pull) => {
                Answer::new(200, json!({ "data": { "node": { "isInMergeQueue": pull.queued } } }))
            }
            None => refusal(
                "NOT_FOUND",
                format!("Could not resolve to a node with the global id of '{id}'"),
            ),
        }
    }

    fn enable_auto_merge(&mut self, input: &Value) -> Answer {
        let (auto_merge, checks) = (self.auto_merge, self.checks);
        let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
        let id = text("pullRequestId");
        let Some(pull) = self.pull_of_node(&id) else {
            return refusal(
                "NOT_FOUND",
                format!("Could not resolve to a node with the global id of '{id}'"),
            );
        };
        if !auto_merge {
            return refusal("UNPROCESSABLE", "Auto merge is not allowed for this repository");
        }
        if !checks {
            return refusal("UNPROCESSABLE", "Pull request Pull request is in clean status");
        }
        if input.get("expectedHeadOid").is_some_and(|oid| oid != pull.head_commit.as_str()) {
            return refusal("UNPROCESSABLE", "Head sha didn't match expected head sha");
        }
        pull.auto_merge = Some(text("mergeMethod"));
        Answer::new(
            200,
            json!({ "data": { "enablePullRequestAutoMerge": { "clientMutationId": null } } }),
        )
    }

    /// All or none.
    fn update_refs(&mut self, input: &Value) -> Answer {
        let updates = input["refUpdates"].as_array().cloned().unwrap_or_default();
        let text = |update: &Value, name: &str| update[name].as_str().map(str::to_owned);
        for update in &updates {
            let name = text(update, "name").unwrap_or_default();
            let Some(branch) = name.strip_prefix("refs/heads/") else {
                return refusal("UNPROCESSABLE", format!("{name} is not a branch"));
            };
            let head = self.heads.get(branch).unwrap_or_else(|| NOTHING.to_owned());
            if text(update, "beforeOid").is_some_and(|before| before != head) {
                return refusal(
                    "STALE_DATA",
                    format!("Reference cannot be updated: {name} is at {head}"),
                );
            }
            let after = text(update, "afterOid").unwrap_or_default();
            if after != NOTHING && self.commit_of(&after).is_none() {
                return refusal("UNPROCESSABLE", "Object does not exist");
            }
            if !self.rules.is_empty() {
                let lines: Vec<String> =
                    self.rules.iter().map(|rule| format!("- {rule}")).collect();
                let lines = lines.join("\n");
                return refusal(
                    "UNPROCESSABLE",
                    format!("Repository rule violations found\n\n{lines}\n"),
                );
            }
            if self.protected.contains(branch) && head != NOTHING {
                return refusal("UNPROCESSABLE", "Cannot force-push to a protected branch");
            }
        }
        if matches!(self.heads, Heads::Asked(_)) {
            return refusal(
                "UNPROCESSABLE",
                "the stand-in cannot move the branches of a Git server",
            );
        }
        for update in &updates {
            let name = text(update, "name").unwrap_or_default();
            let after = text(update, "afterOid").filter(|after| after != NOTHING);
            self.move_branch(name.trim_start_matches("refs/heads/"), after.as_deref());
        }
        Answer::new(200, json!({ "data": { "updateRefs": { "clientMutationId": null } } }))
    }
}
