//! GitHub's own description of its REST API, and whether something keeps to it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, OnceLock},
};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

/// The description, parsed once for all servers of a process.
pub struct Contract {
    spec: Value,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

/// A request's place in the description.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The path with its parameters' names, e.g. `/repos/{owner}/{repo}/pulls`.
    pub template: String,
    /// In lower case, as the description has it.
    pub method: String,
    /// What stands for the names.
    pub parameters: HashMap<String, String>,
}

/// Parameters that may hold slashes.
const GREEDY: [&str; 4] = ["{ref}", "{path}", "{branch}", "{basehead}"];

impl Contract {
    pub fn get() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| {
            let text = include_str!("../../github/openapi.json");
            let mut spec = serde_json::from_str(text).expect("tests/github/openapi.json is JSON");
            as_json_schema(&mut spec);
            Self { spec, compiled: Mutex::default() }
        })
    }

    /// The operation that a path below the API's address belongs to.
    pub fn find(&self, method: &str, path: &str) -> Option<Operation> {
        let method = method.to_lowercase();
        let paths = self.spec["paths"].as_object()?;
        let fits = paths.iter().filter_map(|(template, methods)| {
            methods.get(&method)?;
            let parameters = parameters(template, path)?;
            Some(Operation { template: template.clone(), method: method.clone(), parameters })
        });
        fits.min_by_key(|operation| operation.parameters.len())
    }

    fn description(&self, operation: &Operation) -> &Value {
        &self.spec["paths"][&operation.template][&operation.method]
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self
                .spec
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{reference} is missing from the description")),
            None => value,
        }
    }

    /// What is wrong with a request's query and body.
    pub fn faults_of_request(
        &self,
        operation: &Operation,
        query: &[(String, String)],
        body: &Value,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let description = self.description(operation);
        let none = Vec::new();
        let declared: Vec<&Value> =
            description["parameters"].as_array().unwrap_or(&none).iter().collect();
        for (name, value) in query {
            let parameter = declared.iter().map(|parameter| self.resolve(parameter));
            let mut parameter = parameter.filter(|parameter| parameter["in"] == "query");
            let Some(parameter) = parameter.find(|parameter| parameter["name"] == name.as_str())
            else {
                faults.push(format!("the query parameter `{name}` is not documented"));
                continue;
            };
            let schema = self.resolve(&parameter["schema"]);
            let value = match schema["type"].as_str() {
                Some("integer") => {
                    value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number))
                }
                Some("boolean") => {
                    value.parse::<bool>().map_or_else(|_| json!(value), |flag| json!(flag))
                }
                _ => json!(value),
            };
            let key = format!("{} {} ?{name}", operation.method, operation.template);
            faults.extend(self.faults(&key, schema, &value));
        }
        let request = &description["requestBody"];
        let schema = &request["content"]["application/json"]["schema"];
        match (body, schema) {
            (Value::Null, _) if request["required"] == true => {
                faults.push("the body is missing".to_owned());
            }
            (Value::Null, _) => {}
            (_, Value::Null) => faults.push("a body is not documented".to_owned()),
            (body, schema) => {
                let key = format!("{} {} request", operation.method, operation.template);
                faults.extend(self.faults(&key, schema, body));
                faults.extend(self.unknown_fields(schema, body));
            }
        }
        faults
    }

    /// Top-level fields of a body that no alternative of its schema has. The
    /// description forbids no extra fields; a misspelt one would be ignored.
    fn unknown_fields(&self, schema: &Value, body: &Value) -> Vec<String> {
        let mut known = HashSet::new();
        self.collect_fields(schema, &mut known);
        let fields = body.as_object().into_iter().flatten().map(|(name, _)| name);
        fields
            .filter(|name| !known.is_empty() && !known.contains(name.as_str()))
            .map(|name| format!("the field `{name}` is not documented"))
            .collect()
    }

    fn collect_fields<'a>(&'a self, schema: &'a Value, known: &mut HashSet<&'a str>) {
        let schema = self.resolve(schema);
        known.extend(
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()),
        );
        for key in ["oneOf", "anyOf", "allOf"] {
            for alternative in schema[key].as_array().into_iter().flatten() {
                self.collect_fields(alternative, known);
            }
        }
    }

    /// What is wrong with an answer. A refusal that the operation does not
    /// list (GitHub lists few) must look like GitHub's refusals do.
    pub fn faults_of_answer(
        &self,
        operation: &Operation,
        status: u16,
        body: Option<&Value>,
    ) -> Vec<String> {
        let description = self.description(operation);
        let listed = self.resolve(&description["responses"][&status.to_string()]);
        let schema = &listed["content"]["application/json"]["schema"];
        let (schema, name) = match (listed, schema) {
            (Value::Null, _) if status < 400 => {
                return vec![format!("the status {status} is not documented")];
            }
            (Value::Null, _) if status == 422 => {
                (&self.spec["components"]["schemas"]["validation-error"], "422".to_owned())
            }
            (Value::Null, _) => {
                (&self.spec["components"]["schemas"]["basic-error"], "error".to_owned())
            }
            (_, Value::Null) => return Vec::new(),
            (_, schema) => {
                (schema, format!("{} {} {status}", operation.method, operation.template))
            }
        };
        match body {
            Some(body) => self.faults(&name, schema, body),
            None => vec![format!("the answer {status} has no body")],
        }
    }

    fn faults(&self, key: &str, schema: &Value, value: &Value) -> Vec<String> {
        let validator = {
            let mut compiled = self.compiled.lock().expect("no panic while compiling");
            let compile = || {
                let schema = json!({ "allOf": [schema], "components": self.spec["components"] });
                let options = jsonschema::options()
                    .with_draft(Draft::Draft202012)
                    .should_validate_formats(true);
                Arc::new(options.build(&schema).unwrap_or_else(|error| panic!("{key}: {error}")))
            };
            Arc::clone(compiled.entry(key.to_owned()).or_insert_with(compile))
        };
        validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    /// The least answer that keeps to a schema of the description, with
    /// `overlay` put over it: so an answer shows what matters in it, and is
    /// whole nevertheless.
    pub fn example(&self, schema: &str, overlay: Value) -> Value {
        let mut example = self.least(&json!({ "$ref": format!("#/components/schemas/{schema}") }));
        put_over(&mut example, overlay);
        example
    }

    fn least(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(alternatives) =
            schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array())
        {
            let null = json!({ "type": "null" });
            return if alternatives.contains(&null) {
                Value::Null
            } else {
                self.least(&alternatives[0])
            };
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let mut whole = json!({});
            for part in parts {
                put_over(&mut whole, self.least(part));
            }
            return whole;
        }
        if let Some(allowed) = schema["enum"].as_array() {
            return allowed[0].clone();
        }
        match schema["type"].as_str() {
            Some("string") => json!(match schema["format"].as_str() {
                Some("uri") => "https://github.invalid/",
                Some("date-time") => "2026-01-01T00:00:00Z",
                _ => "",
            }),
            Some("integer" | "number") => json!(0),
            Some("boolean") => json!(false),
            Some("array") => json!([]),
            _ => {
                let required =
                    schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let fields =
                    required.map(|name| (name.to_owned(), self.least(&schema["properties"][name])));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }
}

/// What stands for a template's parameters in a path, if it fits.
fn parameters(template: &str, path: &str) -> Option<HashMap<String, String>> {
    let mut parameters = HashMap::new();
    let mut names = template.split('/').peekable();
    let mut rest = path;
    while let Some(name) = names.next() {
        let last = names.peek().is_none();
        let (part, tail) = if last && GREEDY.contains(&name) {
            (rest, "")
        } else {
            rest.split_once('/').unwrap_or((rest, ""))
        };
        if (last && !tail.is_empty()) || (!last && tail.is_empty() && !rest.contains('/')) {
            return None;
        }
        if let Some(name) = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            if part.is_empty() {
                return None;
            }
            parameters.insert(name.to_owned(), part.to_owned());
        } else if name != part {
            return None;
        }
        rest = tail;
    }
    Some(parameters)
}

/// `OpenAPI` 3.0's `nullable`, the one word of it that JSON Schema reads otherwise.
fn as_json_schema(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(as_json_schema);
            if fields.get("nullable") == Some(&json!(true)) {
                fields.remove("nullable");
                let schema = std::mem::take(fields);
                *value = json!({ "anyOf": [schema, { "type": "null" }] });
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(as_json_schema),
        _ => {}
    }
}

/// Objects field by field, everything else as a whole.
fn put_over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                put_over(below.entry(name).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}
