//! From a route of keys to a place in a file.

use crate::{
    diagnostic::Location,
    yaml::{Kind, Node},
};

/// The place of the value at the end of a route; where it is not written, that
/// of the last key on the way. An item of a sequence is named by its number.
pub(super) fn of(object: &Node, route: &[&str]) -> Location {
    let mut node = object;
    let mut nearest = first_key(object);
    for step in route {
        match &node.resolved().kind {
            Kind::Mapping(entries) => {
                let Some((key, value)) = entries.iter().find(|(k, _)| k.as_str() == Some(step))
                else {
                    return nearest.location();
                };
                (nearest, node) = (key, value);
            }
            Kind::Sequence(items) => {
                let Some(item) = step.parse::<usize>().ok().and_then(|at| items.get(at)) else {
                    return nearest.location();
                };
                (nearest, node) = (item, item);
            }
            _ => return nearest.location(),
        }
    }
    // An empty value is a point; its key can be shown.
    if node.span.is_empty() { nearest.location() } else { node.location() }
}

/// The node that an object begins with.
pub(super) fn first_key(object: &Node) -> &Node {
    object.entries().first().map_or(object, |(key, _)| key)
}
