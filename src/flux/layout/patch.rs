//! What a patch changes: strategic merge, and which objects are meant.
//!
//! A patched object is put together from the nodes of both files, so that
//! every value still knows where it was written.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Rendered, json_patch,
    kustomization::{Content, PatchSource},
};
use crate::{
    diagnostic::{Code, Diagnostic},
    flux::{manifest::Parsed, manifest::Sort},
    tree::RepoPath,
    yaml::{self, Kind, Node, Style, Text},
};

/// Changes the objects that a patch is for, and says what could not be done.
/// Gives the manifests of the objects that it deletes.
pub(super) fn apply(
    patch: &PatchSource,
    parsed: &BTreeMap<RepoPath, Parsed>,
    objects: &mut Vec<Rendered>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let mut deleted = Vec::new();
    if let Some(node) = patch.target.as_ref().and_then(|target| target.fault()) {
        problems.push(cannot(node, "its target is no pattern or selector"));
        return deleted;
    }
    let roots: Vec<Node> = match &patch.content {
        // A file that holds nothing of Flux patches something else.
        Content::Path(file) => parsed
            .get(file)
            .map_or_else(Vec::new, |file| file.roots.iter().map(|(_, n)| (**n).clone()).collect()),
        Content::Object(node) => vec![node.clone()],
        Content::Inline(node) => match inline(node) {
            Ok(roots) => roots,
            // A patch for other kinds is none of ours, readable or not.
            Err(problem) => {
                if patch.target.as_ref().is_some_and(|t| objects.iter().any(|o| t.matches(o))) {
                    problems.push(problem);
                }
                return deleted;
            }
        },
    };
    for root in &roots {
        let is_list = matches!(root.resolved().kind, Kind::Sequence(_));
        objects.retain_mut(|object| {
            let meant = match &patch.target {
                Some(target) => target.matches(object),
                None => !is_list && names(root, object),
            };
            if !meant {
                return true;
            }
            if root.get("$patch").and_then(Node::as_str) == Some("delete") {
                deleted.push(object.manifest);
                return false;
            }
            let node = Arc::make_mut(&mut object.node);
            if is_list {
                for operation in root.items() {
                    if let Err(reason) = json_patch::operate(node, operation) {
                        problems.push(cannot(operation, reason));
                        break;
                    }
                }
            } else {
                merge(node, root, &["apiVersion", "kind"]);
            }
            true
        });
    }
    deleted
}

/// A patch of which nothing, or not all, was done.
fn cannot(node: &Node, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::ObjectInvalid, format!("the patch cannot be applied: {reason}"))
        .at(super::super::place::first_key(node).location())
        .hint("mend the patch; `kustomize build` refuses it as well")
}

/// Whether a strategic merge patch names the object itself.
fn names(patch: &Node, object: &Rendered) -> bool {
    let text = |node: &Node, route: &[&str]| {
        node.at(route).and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    let sort = |node: &Node| Sort::of(&text(node, &["apiVersion"]), &text(node, &["kind"]));
    let namespace = text(patch, &["metadata", "namespace"]);
    sort(patch).is_some()
        && sort(patch) == sort(&object.node)
        && object.metadata("name") == Some(&text(patch, &["metadata", "name"]))
        && (namespace.is_empty() || object.namespace().is_none_or(|own| own == namespace))
}

/// Reads a patch that stands in a scalar, so that its values keep their place
/// in the file where that can be told: in a literal block.
fn inline(node: &Node) -> Result<Vec<Node>, Diagnostic> {
    let node = node.resolved();
    let Kind::Scalar { value, style } = &node.kind else { return Ok(Vec::new()) };
    let source = node.text.source();
    let block = source.get(node.span.clone()).and_then(|text| text.find('\n'));
    let text = match (style, block) {
        (Style::Literal, Some(header)) => {
            // Everything before the block becomes blank, line for line.
            let begin = node.span.start + header + 1;
            let mut blank: String = source[..begin].chars().filter(|&c| c == '\n').collect();
            blank.insert_str(0, &" ".repeat(begin - blank.len()));
            blank + source.get(begin..node.span.end).unwrap_or_default()
        }
        _ => value.clone(),
    };
    let own = *style == Style::Literal;
    let text = Arc::new(Text::new(node.text.path.clone(), text));
    let documents = yaml::parse(&text).map_err(|error| {
        let problem = cannot(node, &format!("it is no YAML: {error}"));
        if own { problem.at(error.at) } else { problem }
    })?;
    let mut roots: Vec<Node> = documents.into_iter().filter_map(|document| document.root).collect();
    if !own {
        for root in &mut roots {
            relocate(root, node);
        }
    }
    Ok(roots)
}

/// Lets every value stand where the scalar stands that it was read from.
fn relocate(node: &mut Node, at: &Node) {
    node.text = Arc::clone(&at.text);
    node.span = at.span.clone();
    match &mut node.kind {
        Kind::Scalar { .. } => {}
        Kind::Sequence(items) => items.iter_mut().for_each(|item| relocate(item, at)),
        Kind::Mapping(entries) => {
            for (key, value) in entries {
                relocate(key, at);
                relocate(value, at);
            }
        }
        Kind::Alias(target) => relocate(Arc::make_mut(target), at),
    }
}

/// Puts the value in the place of an alias, so that it can be changed alone.
pub(super) fn unalias(node: &mut Node) {
    while let Kind::Alias(target) = &node.kind {
        *node = (**target).clone();
    }
}

/// Merges a patch into a value: mappings key by key, everything else whole.
/// `null` removes. What names the object is left out.
fn merge(target: &mut Node, patch: &Node, leave: &[&str]) {
    unalias(target);
    let replace = patch.get("$patch").and_then(Node::as_str) == Some("replace");
    let (Kind::Mapping(entries), Kind::Mapping(_)) = (&mut target.kind, &patch.resolved().kind)
    else {
        *target = patch.clone();
        return;
    };
    if replace {
        entries.clear();
    }
    for (key, value) in patch.entries() {
        let Some(name) = key.as_str().filter(|name| *name != "$patch" && !leave.contains(name))
        else {
            continue;
        };
        let known = entries.iter().position(|(key, _)| key.as_str() == Some(name));
        let removes = matches!(&value.resolved().kind, Kind::Scalar { value, style: Style::Plain }
            if matches!(value.as_str(), "" | "~" | "null"));
        // Only the first level names the object.
        let below: &[&str] = if leave.contains(&"kind") && name == "metadata" {
            &["name", "namespace"]
        } else {
            &[]
        };
        match known {
            Some(at) if removes => drop(entries.remove(at)),
            Some(at) => merge(&mut entries[at].1, value, below),
            None if removes => {}
            None => entries.push((key.clone(), value.clone())),
        }
    }
}
