//! Variables of Flux's post-build, `${NAME}`.

use std::{borrow::Cow, collections::BTreeMap};

use crate::{flux::Unresolved, yaml::Node};

/// What a Flux Kustomization substitutes in the objects that it applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::flux) struct Variables {
    /// Values by name.
    pub(in crate::flux) values: BTreeMap<String, String>,
    /// Whether every source is in the tree: what is not there is empty then.
    pub(in crate::flux) complete: bool,
}

/// Replaces variables and remembers those that nobody knows.
#[derive(Debug)]
pub(in crate::flux) struct Expander<'a> {
    own: Option<&'a Variables>,
    given: &'a BTreeMap<String, String>,
    /// What could not be replaced and stands as it was.
    pub(in crate::flux) unresolved: Vec<Unresolved>,
}

/// Fields in which `${…}` has a meaning of its own.
const OWN_DOLLARS: &[&str] =
    &["spec.filterTags.", "spec.exclusionList[", "spec.git.commit.messageTemplate"];

impl<'a> Expander<'a> {
    /// Variables of the Kustomization that applies the object, if one that
    /// substitutes does, and those given from outside for what is in no file.
    pub(in crate::flux) fn new(
        own: Option<&'a Variables>,
        given: &'a BTreeMap<String, String>,
    ) -> Self {
        Self { own, given, unresolved: Vec::new() }
    }

    /// The text with its variables replaced, as envsubst does for Flux:
    /// `${NAME}`, `${NAME:-default}`, `${NAME:=default}`; `$${NAME}` stays as
    /// `${NAME}`. Without a Kustomization that substitutes, Flux replaces
    /// nothing, and here only what was given.
    pub(in crate::flux) fn expand<'t>(
        &mut self,
        text: &'t str,
        node: &Node,
        field: impl Fn() -> String,
    ) -> Cow<'t, str> {
        if memchr::memmem::find(text.as_bytes(), b"${").is_none() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            out.push_str(&rest[..at]);
            let (reference, tail) = match rest[at..].find('}') {
                Some(end) => rest[at..].split_at(end + 1),
                None => break,
            };
            if self.own.is_some() && out.ends_with('$') {
                out.pop();
                out.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            rest = tail;
            match self.value(&reference[2..reference.len() - 1]) {
                Value::Known(value) => out.push_str(&value),
                Value::Unknown(variable) => {
                    let field = field();
                    let meant = self.own.is_some()
                        || !OWN_DOLLARS.iter().any(|prefix| field.starts_with(prefix));
                    if meant {
                        let at = node.location();
                        self.unresolved.push(Unresolved { field, variable, at });
                    }
                    out.push_str(reference);
                }
                Value::NoVariable => out.push_str(reference),
            }
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// What stands for the inside of `${…}`.
    fn value(&self, inside: &str) -> Value {
        let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (name, operation) = inside.split_at(end.unwrap_or(inside.len()));
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Value::NoVariable;
        }
        let default = [":-", ":=", "-", "="].iter().find_map(|op| operation.strip_prefix(op));
        let known = self.own.and_then(|own| own.values.get(name)).or_else(|| self.given.get(name));
        match (known, self.own) {
            (Some(value), _) if operation.is_empty() => Value::Known(value.clone()),
            (Some(value), _) if !value.is_empty() && default.is_some() => {
                Value::Known(value.clone())
            }
            (None, Some(own)) if !own.complete => Value::Unknown(name.to_owned()),
            (None, None) => Value::Unknown(name.to_owned()),
            (_, _) => match default {
                Some(default) => Value::Known(default.to_owned()),
                None if operation.is_empty() => Value::Known(String::new()),
                // An operation of the shell that nobody uses on such values.
                None => Value::Unknown(name.to_owned()),
            },
        }
    }
}

enum Value {
    Known(String),
    Unknown(String),
    NoVariable,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        tree::RepoPath,
        yaml::{Kind, Style, Text},
    };

    #[test]
    fn replaces_as_envsubst_does() {
        type Row<'a> = (&'a str, Option<&'a Variables>, &'a str, &'a str, &'a [&'a str]);
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let values = map(&[("a", "1"), ("empty", "")]);
        let complete = Variables { values: values.clone(), complete: true };
        let partial = Variables { values, complete: false };
        let given = map(&[("a", "given"), ("b", "2")]);
        #[rustfmt::skip]
        let rows: &[Row<'_>] = &[
            // text             own              field            becomes           unresolved
            ("x",               Some(&complete), "spec.image",    "x",              &[]),
            ("${a}-${b}",       Some(&complete), "spec.image",    "1-2",            &[]),
            ("${c}|${c:-d}",    Some(&complete), "spec.image",    "|d",             &[]),
            ("${c:=d e}",       Some(&complete), "spec.image",    "d e",            &[]),
            ("${empty:-d}",     Some(&complete), "spec.image",    "d",              &[]),
            ("${a:-d}",         Some(&complete), "spec.image",    "1",              &[]),
            ("$${a} $$ $a",     Some(&complete), "spec.image",    "${a} $$ $a",     &[]),
            ("${a",             Some(&complete), "spec.image",    "${a",            &[]),
            ("${}${1}",         Some(&complete), "spec.image",    "${}${1}",        &[]),
            ("${a^^}",          Some(&complete), "spec.image",    "${a^^}",         &["a"]),
            ("${c}${c:-d}",     Some(&partial),  "spec.image",    "${c}${c:-d}",    &["c", "c"]),
            ("${a}${b}",        None,            "spec.image",    "given2",         &[]),
            ("${c}",            None,            "spec.image",    "${c}",           &["c"]),
            ("${c}",            None,            "spec.filterTags.extract", "${c}", &[]),
            ("${c}",            Some(&complete), "spec.filterTags.extract", "",     &[]),
            ("$${c}",           None,            "spec.filterTags.extract", "$${c}", &[]),
        ];
        let text = Arc::new(Text::new(RepoPath::root(), String::new()));
        let kind = Kind::Scalar { value: String::new(), style: Style::Plain };
        let node = Node { kind, tag: None, text, span: 0..0 };
        for (text, own, field, becomes, unresolved) in rows {
            let mut expander = Expander::new(*own, &given);
            assert_eq!(expander.expand(text, &node, || (*field).to_owned()), *becomes, "{text}");
            let seen: Vec<_> = expander.unresolved.iter().map(|u| u.variable.as_str()).collect();
            assert_eq!(seen, *unresolved, "{text}");
        }
    }
}
