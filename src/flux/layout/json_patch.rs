//! JSON patch (RFC 6902) over nodes.

use super::patch::unalias;
use crate::yaml::{Kind, Node, Style};

/// Carries out one operation of a JSON patch.
pub(super) fn operate(object: &mut Node, operation: &Node) -> Result<(), &'static str> {
    let text = |key| operation.get(key).and_then(Node::as_str);
    let path = operation.get("path").ok_or("an operation has no `path`")?;
    let value = || operation.get("value").cloned().ok_or("an operation has no `value`");
    let from = |object: &Node| {
        let from = text("from").ok_or("an operation has no `from`")?;
        find(object, &pointer(from)?).cloned().ok_or("there is nothing at its `from`")
    };
    let steps = pointer(path.as_str().unwrap_or_default())?;
    match text("op").unwrap_or_default() {
        "add" => add(object, &steps, path, value()?),
        "replace" => {
            *slot(object, &steps).ok_or("there is nothing at its `path`")? = value()?;
            Ok(())
        }
        "remove" => remove(object, &steps),
        "copy" => {
            let value = from(object)?;
            add(object, &steps, path, value)
        }
        "move" => {
            let value = from(object)?;
            remove(object, &pointer(text("from").unwrap_or_default())?)?;
            add(object, &steps, path, value)
        }
        "test" => {
            let expected = value()?;
            let found = find(object, &steps).ok_or("there is nothing at its `path`")?;
            if same(found, &expected) { Ok(()) } else { Err("its `test` fails") }
        }
        _ => Err("an operation has no `op` that JSON patches know"),
    }
}

/// The steps of a JSON pointer.
fn pointer(text: &str) -> Result<Vec<String>, &'static str> {
    match text.strip_prefix('/') {
        Some(rest) => {
            Ok(rest.split('/').map(|s| s.replace("~1", "/").replace("~0", "~")).collect())
        }
        None => Err("a path does not begin with `/`"),
    }
}

fn find<'a>(object: &'a Node, steps: &[String]) -> Option<&'a Node> {
    steps.iter().try_fold(object, |node, step| {
        node.get(step).or_else(|| node.items().get(step.parse::<usize>().ok()?))
    })
}

fn slot<'a>(object: &'a mut Node, steps: &[String]) -> Option<&'a mut Node> {
    steps.iter().try_fold(object, |node, step| {
        unalias(node);
        match &mut node.kind {
            Kind::Mapping(entries) => entries
                .iter_mut()
                .find(|(key, _)| key.as_str() == Some(step))
                .map(|(_, value)| value),
            Kind::Sequence(items) => items.get_mut(step.parse::<usize>().ok()?),
            _ => None,
        }
    })
}

/// The collection that the last step leads into.
fn parent<'a, 's>(
    object: &'a mut Node,
    steps: &'s [String],
) -> Result<(&'a mut Node, &'s str), &'static str> {
    let (last, way) = steps.split_last().ok_or("a path is empty")?;
    let parent = slot(object, way).ok_or("there is nothing on the way to its `path`")?;
    unalias(parent);
    Ok((parent, last))
}

fn add(object: &mut Node, steps: &[String], path: &Node, value: Node) -> Result<(), &'static str> {
    let (parent, last) = parent(object, steps)?;
    match &mut parent.kind {
        Kind::Mapping(entries) => {
            if let Some(entry) = entries.iter_mut().find(|(key, _)| key.as_str() == Some(last)) {
                entry.1 = value;
            } else {
                let kind = Kind::Scalar { value: last.to_owned(), style: Style::Plain };
                entries.push((Node { kind, ..path.clone() }, value));
            }
        }
        Kind::Sequence(items) => {
            let at = if last == "-" { Some(items.len()) } else { last.parse().ok() };
            let at =
                at.filter(|at| *at <= items.len()).ok_or("its `path` is past the list's end")?;
            items.insert(at, value);
        }
        _ => return Err("its `path` leads into a value"),
    }
    Ok(())
}

fn remove(object: &mut Node, steps: &[String]) -> Result<(), &'static str> {
    let (parent, last) = parent(object, steps)?;
    let nothing = "there is nothing at its `path`";
    match &mut parent.kind {
        Kind::Mapping(entries) => {
            let at =
                entries.iter().position(|(key, _)| key.as_str() == Some(last)).ok_or(nothing)?;
            drop(entries.remove(at));
        }
        Kind::Sequence(items) => {
            let at = last.parse().ok().filter(|at| *at < items.len()).ok_or(nothing)?;
            drop(items.remove(at));
        }
        _ => return Err(nothing),
    }
    Ok(())
}

/// Whether two values are the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.resolved().kind, &b.resolved().kind) {
        (Kind::Scalar { value: a, .. }, Kind::Scalar { value: b, .. }) => a == b,
        (Kind::Sequence(a), Kind::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Kind::Mapping(a), Kind::Mapping(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, a)| {
                    let key = key.as_str();
                    b.iter().any(|(k, b)| key.is_some() && k.as_str() == key && same(a, b))
                })
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        tree::RepoPath,
        yaml::{self, Text},
    };

    fn node(text: &str) -> Node {
        let text = Arc::new(Text::new(RepoPath::clamped("a.yaml"), text.to_owned()));
        yaml::parse(&text).unwrap().remove(0).root.unwrap()
    }

    #[test]
    fn operations_do_what_rfc_6902_says() {
        #[rustfmt::skip]
        let rows = [
            ("{op: add, path: /b, value: 2}",               Ok("{a: [1, 2], c: {d: 1, e/f: 2}, b: 2}")),
            ("{op: add, path: /c, value: 2}",               Ok("{a: [1, 2], c: 2}")),
            ("{op: add, path: /a/1, value: 9}",             Ok("{a: [1, 9, 2], c: {d: 1, e/f: 2}}")),
            ("{op: add, path: /a/-, value: 9}",             Ok("{a: [1, 2, 9], c: {d: 1, e/f: 2}}")),
            ("{op: add, path: /a/3, value: 9}",             Err("its `path` is past the list's end")),
            ("{op: add, path: /x/y, value: 9}",             Err("there is nothing on the way to its `path`")),
            ("{op: add, path: /c/d/e, value: 9}",           Err("its `path` leads into a value")),
            ("{op: add, path: /b}",                         Err("an operation has no `value`")),
            ("{op: replace, path: /c/e~1f, value: [3]}",    Ok("{a: [1, 2], c: {d: 1, e/f: [3]}}")),
            ("{op: replace, path: /a/0, value: 3}",         Ok("{a: [3, 2], c: {d: 1, e/f: 2}}")),
            ("{op: replace, path: /b, value: 3}",           Err("there is nothing at its `path`")),
            ("{op: remove, path: /c/d}",                    Ok("{a: [1, 2], c: {e/f: 2}}")),
            ("{op: remove, path: /a/0}",                    Ok("{a: [2], c: {d: 1, e/f: 2}}")),
            ("{op: remove, path: /a/2}",                    Err("there is nothing at its `path`")),
            ("{op: move, from: /c/d, path: /d}",            Ok("{a: [1, 2], c: {e/f: 2}, d: 1}")),
            ("{op: copy, from: /a, path: /c}",              Ok("{a: [1, 2], c: [1, 2]}")),
            ("{op: copy, path: /c}",                        Err("an operation has no `from`")),
            ("{op: test, path: /c, value: {e/f: 2, d: 1}}", Ok("{a: [1, 2], c: {d: 1, e/f: 2}}")),
            ("{op: test, path: /a, value: [2, 1]}",         Err("its `test` fails")),
            ("{path: /a}",                                  Err("an operation has no `op` that JSON patches know")),
            ("{op: remove}",                                Err("an operation has no `path`")),
        ];
        for (operation, expected) in rows {
            let mut object = node("{a: [1, 2], c: {d: 1, e/f: 2}}");
            let done = operate(&mut object, &node(operation));
            assert_eq!(done, expected.map(|_| ()), "{operation}");
            if let Ok(expected) = expected {
                assert!(same(&object, &node(expected)), "{operation}: {object:?}");
            }
        }
    }

    #[test]
    fn an_alias_is_changed_alone() {
        let mut object = node("{a: &a {b: 1}, c: *a}");
        operate(&mut object, &node("{op: replace, path: /c/b, value: 2}")).unwrap();
        assert!(same(&object, &node("{a: {b: 1}, c: {b: 2}}")));
    }
}
