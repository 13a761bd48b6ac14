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
