//! The setter markers and what they change.

use crate::{diagnostic::Location, tree::RepoPath};

/// What tells the object that a changed value belongs to, as Flux's update
/// result names it. The order is that of Go's sorted map keys.
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
