//! From a tree of values to a typed spec, with the place of what does not fit.

use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};

use super::{ObjectError, duration, layout::Expander};
use crate::yaml::{Kind, Node, Style};

/// A spec that knows what its types alone cannot refuse.
pub(super) trait Spec: DeserializeOwned {
    /// What the schema of Flux refuses beyond the types.
    fn faults(&self) -> Vec<Fault>;
}

/// A value that the schema refuses.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) route: &'static [&'static str],
    pub(super) error: ObjectError,
}

impl Fault {
    /// A duration that is none. `timeout` admits no hours.
    pub(super) fn duration(
        route: &'static [&'static str],
        value: Option<&str>,
        hours: bool,
    ) -> Option<Self> {
        let value =
            value.filter(|v| duration::parse(v).is_none() || (!hours && v.contains('h')))?;
        let units = if hours { "`h`, `m`, `s`, `ms`" } else { "`m`, `s`, `ms`" };
        let (field, value) = (route.join("."), value.to_owned());
        Some(Self { route, error: ObjectError::Duration { field, value, units } })
    }

    /// A word that is none of the admitted ones.
    pub(super) fn choice(route: &'static [&'static str], value: &str, choices: &str) -> Self {
        let (field, value, choices) = (route.join("."), value.to_owned(), choices.to_owned());
        Self { route, error: ObjectError::Choice { field, value, choices } }
    }

    /// A list that is too long.
    pub(super) fn too_many(route: &'static [&'static str], count: usize, limit: usize) -> Self {
        Self { route, error: ObjectError::TooMany { field: route.join("."), count, limit } }
    }
}

/// What does not fit, and the route to it.
#[derive(Debug)]
pub(super) struct Misfit {
    pub(super) route: Vec<String>,
    pub(super) error: ObjectError,
}

impl Misfit {
    fn new(route: &[String], error: impl FnOnce(String) -> ObjectError) -> Self {
        Self { route: route.to_vec(), error: error(field(route)) }
    }
}

/// Reads the value of an object's key.
pub(super) fn decode<T: DeserializeOwned>(
    object: &Node,
    key: &str,
    expander: &mut Expander<'_>,
) -> Result<T, Misfit> {
    let mut route = vec![key.to_owned()];
    let Some(node) = object.get(key).filter(|node| !is_null(node)) else {
        return Err(Misfit::new(&route, |field| ObjectError::Missing { field }));
    };
    let value = value(node, &mut route, expander)?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        route.extend(error.path().iter().filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(index.to_string()),
            serde_path_to_error::Segment::Map { key } => Some(key.clone()),
            _ => None,
        }));
        misfit(object, route, &error.inner().to_string())
    })
}

/// Whether the value is the same as none, as for the API server.
fn is_null(node: &Node) -> bool {
    let node = node.resolved();
    node.tag.is_none()
        && matches!(&node.kind, Kind::Scalar { value, style: Style::Plain }
            if matches!(value.as_str(), "" | "~" | "null" | "Null" | "NULL"))
}

/// The tree as values: variables expanded, `null` left out, merge keys merged.
fn value(
    node: &Node,
    route: &mut Vec<String>,
    expander: &mut Expander<'_>,
) -> Result<Value, Misfit> {
    let node = node.resolved();
    match &node.kind {
        Kind::Scalar { value, style } => {
            let text = expander.expand(value, node, || field(route));
            let plain =
                *style == Style::Plain && !matches!(node.tag.as_deref(), Some("!!str" | "!"));
            Ok(if plain { plain_scalar(&text) } else { Value::String(text.into_owned()) })
        }
        Kind::Sequence(items) => {
            let mut values = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                route.push(at.to_string());
                values.push(value(item, route, expander)?);
                route.pop();
            }
            Ok(Value::Sequence(values))
        }
        Kind::Mapping(entries) => mapping(entries, route, expander).map(Value::Mapping),
        Kind::Alias(_) => Ok(Value::Null),
    }
}

fn mapping(
    entries: &[(Node, Node)],
    route: &mut Vec<String>,
    expander: &mut Expander<'_>,
) -> Result<Mapping, Misfit> {
    let mut values = Mapping::new();
    let mut merged = Mapping::new();
    for (key, node) in entries {
        let Some(name) = key.as_str() else {
            return Err(Misfit::new(route, |field| ObjectError::Type {
                field: format!("a key of {field}"),
                wanted: "a string".to_owned(),
                found: described(key),
            }));
        };
        if name == "<<" {
            let sources =
                if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
            for source in sources {
                for (key, value) in mapping(source.entries(), route, expander)? {
                    merged.entry(key).or_insert(value);
                }
            }
            continue;
        }
        route.push(name.to_owned());
        if values.contains_key(name) {
            return Err(Misfit::new(route, |field| ObjectError::Twice { field }));
        }
        if !is_null(node) {
            let value = value(node, route, expander)?;
            values.insert(Value::String(name.to_owned()), value);
        }
        route.pop();
    }
    for (key, value) in merged {
        values.entry(key).or_insert(value);
    }
    Ok(values)
}

/// A plain scalar in YAML 1.2's core schema, as the API server's decoder reads
/// it, too, into a field of no type: `yes` stays a word.
fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if numeric {
        let digits = text.replace('_', "");
        let radix = |prefix: &str, radix| {
            u64::from_str_radix(digits.strip_prefix(prefix)?, radix)
                .ok()
                .map(|n| Value::Number(n.into()))
        };
        if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2))
        {
            return number;
        }
        if let Ok(number) = digits.parse::<i64>() {
            return Value::Number(number.into());
        }
        if let Ok(number) = digits.parse::<f64>() {
            return Value::Number(number.into());
        }
    }
    Value::String(text.to_owned())
}

/// serde's words in ours.
fn misfit(object: &Node, mut route: Vec<String>, message: &str) -> Misfit {
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    if message.starts_with("missing field") {
        route.push(quoted(message));
        return Misfit::new(&route, |field| ObjectError::Missing { field });
    }
    let found = at(object, &route);
    if let Some((_, choices)) =
        message.split_once(", expected ").filter(|_| message.starts_with("unknown variant"))
    {
        let value = found.and_then(Node::as_str).unwrap_or_default().to_owned();
        let choices = choices.to_owned();
        return Misfit::new(&route, |field| ObjectError::Choice { field, value, choices });
    }
    let expected = message.rsplit_once("expected ").map_or(message, |(_, expected)| expected);
    let expected = expected.split(" at line").next().unwrap_or(expected);
    let wanted = match expected {
        "a boolean" => "`true` or `false`",
        "a map" => "a mapping",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "a mapping",
        other => other,
    };
    let wanted = wanted.to_owned();
    let found = found.map_or_else(|| "nothing".to_owned(), described);
    Misfit::new(&route, |field| ObjectError::Type { field, wanted, found })
}

fn described(node: &Node) -> String {
    match &node.resolved().kind {
        Kind::Scalar { value, style: Style::Plain } => match plain_scalar(value) {
            Value::Number(_) => format!("the number `{value}`"),
            Value::Bool(_) => format!("the boolean `{value}`"),
            Value::Null => "nothing".to_owned(),
            _ => format!("the text `{value}`"),
        },
        Kind::Scalar { value, .. } => format!("the text `{value}`"),
        Kind::Sequence(_) => "a list".to_owned(),
        Kind::Mapping(_) | Kind::Alias(_) => "a mapping".to_owned(),
    }
}

fn at<'a>(object: &'a Node, route: &[String]) -> Option<&'a Node> {
    route.iter().try_fold(object, |node, step| {
        node.get(step).or_else(|| node.items().get(step.parse::<usize>().ok()?))
    })
}

/// `spec.exclusionList[0]`
fn field(route: &[String]) -> String {
    let mut text = String::new();
    for step in route {
        if step.bytes().all(|b| b.is_ascii_digit()) {
            text.extend(["[", step, "]"]);
        } else {
            text.push_str(if text.is_empty() { "" } else { "." });
            text.push_str(step);
        }
    }
    text
}
