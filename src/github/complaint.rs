//! The parts of a refusal that GitHub writes for machines: which permission
//! would do, which field is wrong.

use std::fmt;

use serde_json::Value;

use super::words::plain;

/// Permissions, any one group of which would do; `contents: write` spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(Vec<Vec<String>>);

impl Permissions {
    /// Reads `x-accepted-github-permissions`: `;` parts alternatives, `,` joins.
    pub(super) fn read(header: &str) -> Option<Self> {
        let one = |text: &str| {
            let (name, level) = text.trim().split_once('=')?;
            Some(plain(&format!("{}: {level}", name.replace('_', "-"))))
        };
        let groups: Vec<Vec<String>> = header
            .split(';')
            .map(|group| group.split(',').filter_map(one).collect())
            .filter(|group: &Vec<String>| !group.is_empty())
            .collect();
        (!groups.is_empty()).then_some(Self(groups))
    }

    /// One permission.
    pub(super) fn one(text: &str) -> Self {
        Self(vec![vec![text.to_owned()]])
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (alternative, group) in self.0.iter().enumerate() {
            for (place, permission) in group.iter().enumerate() {
                let before = match (alternative, place) {
                    (0, 0) => "",
                    (_, 0) => " or ",
                    _ => " and ",
                };
                write!(f, "{before}`{permission}`")?;
            }
        }
        Ok(())
    }
}

/// What GitHub complains of in a 422, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    message: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Field {
    resource: String,
    name: String,
    code: String,
    message: String,
}

impl Complaint {
    pub(super) fn read(message: &str, errors: &[Value]) -> Self {
        let fields = errors.iter().map(|error| {
            let text =
                |key: &str| error.get(key).and_then(Value::as_str).map(plain).unwrap_or_default();
            Field {
                resource: text("resource"),
                name: text("field"),
                code: text("code"),
                message: error.as_str().map_or_else(|| text("message"), plain),
            }
        });
        Self { message: plain(message), fields: fields.collect() }
    }

    /// Whether a sentence of it holds this text, in lower case.
    pub(super) fn says(&self, text: &str) -> bool {
        let says = |sentence: &str| sentence.to_lowercase().contains(text);
        says(&self.message) || self.fields.iter().any(|field| says(&field.message))
    }

    /// Whether it is about this field.
    pub(super) fn is_about(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// What to do about it.
    pub(super) fn help(&self) -> Option<String> {
        if self.says("is too long") {
            return Some("shorten the template of `--title` or `--body`".to_owned());
        }
        if self.is_about("milestone") {
            return Some("name an open milestone of this repository by number or title".to_owned());
        }
        None
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fields.is_empty() {
            return f.write_str(&self.message);
        }
        for (place, field) in self.fields.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            match (field.message.as_str(), field.name.as_str()) {
                ("", name) => write!(f, "`{name}` of {} is {}", field.resource, field.code)?,
                (message, "") => f.write_str(message)?,
                (message, name) => write!(f, "`{name}`: {message}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn permissions_are_told_as_a_workflow_writes_them() {
        for (header, text) in [
            ("issues=write; pull_requests=write", "`issues: write` or `pull-requests: write`"),
            ("contents=write,workflows=write", "`contents: write` and `workflows: write`"),
            ("contents=read", "`contents: read`"),
        ] {
            assert_eq!(Permissions::read(header).unwrap().to_string(), text);
        }
        assert_eq!(Permissions::read(""), None);
        assert_eq!(
            Permissions::read("allows_permissionless_access=true").unwrap().to_string(),
            "`allows-permissionless-access: true`"
        );
    }

    #[test]
    fn a_complaint_is_one_line_of_its_fields() {
        let complain = |message, errors: Value| {
            Complaint::read(message, errors.as_array().map_or(&[], Vec::as_slice)).to_string()
        };
        assert_eq!(complain("Validation Failed", json!([])), "Validation Failed");
        assert_eq!(
            complain(
                "Validation Failed",
                json!([{ "resource": "Issue", "field": "milestone", "code": "invalid" }])
            ),
            "`milestone` of Issue is invalid"
        );
        assert_eq!(
            complain(
                "Validation Failed",
                json!([
                    { "resource": "PullRequest", "code": "custom", "message": "No commits\nbetween a and b" },
                    { "field": "body", "message": "body is too long" },
                    "plain words",
                ])
            ),
            "No commits between a and b; `body`: body is too long; plain words"
        );
    }
}
