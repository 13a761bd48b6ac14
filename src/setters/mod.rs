//! The setter markers and what they change.
//!
//! A marker is a comment behind a value, `# {"$imagepolicy": "ns:name:tag"}`;
//! the value is set to the latest image of the policy that it names. [`find`]
//! reads the markers of a file, [`update`] changes the bytes of their values
//! and no other.

mod compare;
mod find;
mod head;
mod marker;
mod memory;
mod place;
mod problem;
mod reference;
#[cfg(test)]
mod tests;
mod unread;
mod update;
mod values;

pub use compare::only_values_differ;
pub use find::{Found, Marker, SIZE_LIMIT, find, is_read};
pub use marker::{MarkerRef, Part};
pub use memory::{Memory, current_tags, remembered};
pub use problem::{Misplaced, Problem, Unread};
pub use reference::Reference;
pub use update::{FileChange, set, update};

use crate::{diagnostic::Location, tree::RepoPath, yaml::Node};

/// What tells the object that a changed value belongs to, as Flux's update
/// result names it. Go sorts such keys with the name before the namespace: the
/// template room does, where it matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ObjectIdentifier {
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`, empty when there is none.
    pub namespace: String,
    /// `metadata.name`
    pub name: String,
}

impl ObjectIdentifier {
    /// The identity that a document's root states; empty where it states none.
    pub fn of(root: &Node) -> Self {
        let text = |route: &[&str]| {
            let value = root.at(route).and_then(Node::as_str).unwrap_or_default();
            value.to_owned()
        };
        Self {
            api_version: text(&["apiVersion"]),
            kind: text(&["kind"]),
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
        }
    }
}

/// One value that an update sets, `.Changed.Changes[]` of a message template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The file, relative to the repository's root.
    pub file: RepoPath,
    /// The object that the value belongs to; all empty where the document is none.
    pub object: ObjectIdentifier,
    /// The value before, without quotes.
    pub old_value: String,
    /// The value after, without quotes.
    pub new_value: String,
    /// The marker's text, `ns:name[:name|:tag|:digest]`.
    pub setter: String,
    /// The place of the value before the edit.
    pub at: Location,
}
