//! Kubernetes' label selectors.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Chooses objects by their labels; all conditions must hold, and none
/// chooses everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Labels that must have exactly these values.
    pub match_labels: BTreeMap<String, String>,
    /// Further conditions.
    pub match_expressions: Vec<Requirement>,
}

/// A condition on one label.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// The values of `In` and `NotIn`.
    #[serde(default)]
    pub values: Vec<String>,
}

impl LabelSelector {
    /// Whether an object with these labels is chosen.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|expression| expression.matches(labels))
    }
}

impl Requirement {
    /// `NotIn` chooses what lacks the label too, as in Kubernetes.
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_conditions_must_hold() {
        let labels = BTreeMap::from([("app".to_owned(), "shop".to_owned())]);
        for (selector, chosen) in [
            ("{}", true),
            ("{matchLabels: {app: shop}}", true),
            ("{matchLabels: {app: immich}}", false),
            ("{matchLabels: {app: shop, tier: web}}", false),
            ("{matchExpressions: [{key: app, operator: In, values: [immich, shop]}]}", true),
            ("{matchExpressions: [{key: tier, operator: In, values: [web]}]}", false),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [shop]}]}", false),
            ("{matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}", true),
            ("{matchExpressions: [{key: app, operator: Exists}]}", true),
            ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", false),
            ("{matchExpressions: [{key: tier, operator: DoesNotExist}]}", true),
            (
                "{matchLabels: {app: shop}, matchExpressions: [{key: tier, operator: Exists}]}",
                false,
            ),
        ] {
            let read: LabelSelector = serde_yaml::from_str(selector).unwrap();
            assert_eq!(read.matches(&labels), chosen, "{selector}");
        }
    }
}
