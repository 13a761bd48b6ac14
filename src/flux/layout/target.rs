//! Which objects a patch is for.

use std::collections::BTreeMap;

use fancy_regex::Regex;

use super::Rendered;
use crate::{
    flux::{LabelSelector, Requirement},
    yaml::Node,
};

/// `target` of a patch: what is set must match. Names are patterns that must
/// match the whole text.
#[derive(Debug)]
pub(super) struct Target {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: LabelSelector,
    annotations: LabelSelector,
    /// The pattern or selector that cannot be read, and where it stands.
    fault: Option<Node>,
}

impl Target {
    pub(super) fn read(node: &Node) -> Self {
        let mut fault = None;
        let mut pattern = |key| {
            let value = node.get(key)?;
            let text = value.as_str().filter(|text| !text.is_empty())?;
            let pattern = Regex::new(&format!("^(?:{text})$"));
            fault = pattern.is_err().then(|| value.clone()).or(fault.take());
            pattern.ok()
        };
        let (group, version, kind) = (pattern("group"), pattern("version"), pattern("kind"));
        let (name, namespace) = (pattern("name"), pattern("namespace"));
        let mut selector = |key| {
            let Some(value) = node.get(key) else { return LabelSelector::default() };
            selector(value.as_str().unwrap_or_default()).unwrap_or_else(|| {
                fault = Some(value.clone());
                LabelSelector::default()
            })
        };
        let labels = selector("labelSelector");
        let annotations = selector("annotationSelector");
        Self { group, version, kind, name, namespace, labels, annotations, fault }
    }

    /// What of it cannot be read.
    pub(super) fn fault(&self) -> Option<&Node> {
        self.fault.as_ref()
    }

    /// Whether an object is meant.
    pub(super) fn matches(&self, object: &Rendered) -> bool {
        let text = |key| object.node.get(key).and_then(Node::as_str).unwrap_or_default();
        let (group, version) =
            text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
        let is = |pattern: &Option<Regex>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(text).unwrap_or_default())
        };
        let map = |key| {
            let entries = object.node.at(&["metadata", key]).map_or(&[][..], Node::entries).iter();
            entries.filter_map(|(k, v)| Some((k.as_str()?.to_owned(), v.as_str()?.to_owned())))
        };
        let labels: BTreeMap<_, _> = map("labels").chain(object.labels.clone()).collect();
        is(&self.group, group)
            && is(&self.version, version)
            && is(&self.kind, text("kind"))
            && is(&self.name, object.metadata("name").unwrap_or_default())
            && is(&self.namespace, object.namespace().unwrap_or_default())
            && self.labels.matches(&labels)
            && self.annotations.matches(&map("annotations").collect())
    }
}

/// A selector as text: `a=b,c!=d,e,!f,g in (h,i),j notin (k)`.
fn selector(text: &str) -> Option<LabelSelector> {
    let mut selector = LabelSelector::default();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let open = rest.find('(').unwrap_or(rest.len());
        let comma = rest.find(',').unwrap_or(rest.len());
        let end = if open < comma { rest.find(')')? + 1 } else { comma };
        let (condition, tail) = rest.split_at(end);
        rest = tail.trim_start().strip_prefix(',').unwrap_or(tail).trim_start();
        selector.match_expressions.push(requirement(condition.trim())?);
    }
    Some(selector)
}

fn requirement(text: &str) -> Option<Requirement> {
    let of = |key: &str, operator: &str, values: &[&str]| {
        let key = key.trim();
        (!key.is_empty() && !key.contains(char::is_whitespace)).then(|| Requirement {
            key: key.to_owned(),
            operator: operator.to_owned(),
            values: values.iter().map(|value| value.trim().to_owned()).collect(),
        })
    };
    if let Some(list) = text.strip_suffix(')') {
        let (head, values) = list.split_once('(')?;
        let values: Vec<_> = values.split(',').collect();
        let (key, word) = head.trim().rsplit_once(char::is_whitespace)?;
        return match word {
            "in" => of(key, "In", &values),
            "notin" => of(key, "NotIn", &values),
            _ => None,
        };
    }
    if let Some((key, value)) = text.split_once("!=") {
        return of(key, "NotIn", &[value]);
    }
    if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return of(key, "In", &[value]);
    }
    match text.strip_prefix('!') {
        Some(key) => of(key, "DoesNotExist", &[]),
        None => of(text, "Exists", &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_selectors_as_kubectl_does() {
        let labels =
            BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
        for (text, chosen) in [
            ("", Some(true)),
            ("a=1", Some(true)),
            ("a == 1, b!=3", Some(true)),
            ("a=2", Some(false)),
            ("c!=1", Some(true)),
            ("a,!c", Some(true)),
            ("a in (1, 2),b notin (2)", Some(false)),
            ("a in (2,1),b", Some(true)),
            ("a in (1", None),
            ("a b", None),
            ("=1", None),
        ] {
            assert_eq!(selector(text).map(|s| s.matches(&labels)), chosen, "{text}");
        }
    }
}
