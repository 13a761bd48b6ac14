//! What an automation checks out, and whose repository that is.

use super::{GitReference, GitRepositorySpec, ImageUpdateAutomationSpec, Resource};
use crate::diagnostic::Location;

/// What an automation's edits are made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A branch.
    Branch(String),
    /// A tag, a semver range or a commit: nothing that can be pushed to.
    NotABranch {
        /// What it is, "the tag `v1`".
        what: String,
        /// Where that is written.
        at: Location,
    },
    /// Nothing in the tree says it. Flux would take `master`.
    Unknown,
}

impl Resource<ImageUpdateAutomationSpec> {
    /// The base of an automation: its `git.checkout.ref`, else the `ref` of
    /// its GitRepository.
    pub fn base(&self, source: Option<&Resource<GitRepositorySpec>>) -> Base {
        let checkout = self.spec.git.checkout.as_ref();
        let own = checkout.and_then(|checkout| named(&checkout.reference));
        if let Some((field, value)) = own {
            return base(field, value, || self.place(&["spec", "git", "checkout", "ref", field]));
        }
        let reference =
            source.and_then(|source| Some((source, named(source.spec.reference.as_ref()?)?)));
        match reference {
            Some((source, (field, value))) => {
                base(field, value, || source.place(&["spec", "ref", field]))
            }
            None => Base::Unknown,
        }
    }
}

/// The field that decides, in Flux's order.
fn named(reference: &GitReference) -> Option<(&'static str, &str)> {
    let GitReference { branch, tag, semver, name, commit } = reference;
    [("commit", commit), ("name", name), ("tag", tag), ("semver", semver), ("branch", branch)]
        .into_iter()
        .find(|(_, value)| !value.is_empty())
        .map(|(field, value)| (field, value.as_str()))
}

fn base(field: &'static str, value: &str, at: impl FnOnce() -> Location) -> Base {
    let short = match field {
        "branch" => Some(value),
        "name" => value.strip_prefix("refs/heads/"),
        _ => None,
    };
    if let Some(branch) = short {
        return Base::Branch(branch.to_owned());
    }
    let what = match field {
        "name" => "reference",
        "semver" => "semver range",
        other => other,
    };
    Base::NotABranch { what: format!("the {what} `{value}`"), at: at() }
}

/// Whether a GitRepository's `url` is another repository than `repository`
/// (owner/name). HTTP and SSH are alike, the host does not count, nor do case
/// and `.git`: a mirror under another name is still the same.
pub fn is_other_repository(url: &str, repository: &str) -> bool {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        // `git@host:owner/name`, as scp writes it.
        None => url.split_once(':').map_or(url, |(_, path)| path),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let bare = |text: &str| {
        let text = text.trim_matches('/').to_lowercase();
        text.strip_suffix(".git").unwrap_or(&text).trim_end_matches('/').to_owned()
    };
    bare(path) != bare(repository)
}
