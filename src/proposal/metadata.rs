//! What a pull request has beside its words: GitHub calls it metadata.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A kind of it, given once and again when it is to be another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetadataKind {
    /// `--labels`.
    Labels,
    /// `--assignees`.
    Assignees,
    /// `--reviewers` and `--team-reviewers`.
    Reviewers,
    /// `--milestone`.
    Milestone,
    /// `--auto-merge`.
    AutoMerge,
}

/// What stands for the metadata in the body's marker: a fingerprint for each
/// kind. What people take off is not given again, as long as the fingerprint is
/// the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Metadata(BTreeMap<MetadataKind, String>);

impl Metadata {
    /// The kinds that are to be given where `given` was.
    pub fn changed_since(&self, given: Option<&Self>) -> BTreeSet<MetadataKind> {
        let is_new = |(kind, print): &(&MetadataKind, &String)| {
            given.and_then(|given| given.0.get(kind)) != Some(*print)
        };
        self.0.iter().filter(is_new).map(|(kind, _)| *kind).collect()
    }

    /// The same without these kinds, which were not given after all.
    #[must_use]
    pub fn without(&self, kinds: &BTreeSet<MetadataKind>) -> Self {
        let kept = self.0.iter().filter(|(kind, _)| !kinds.contains(kind));
        Self(kept.map(|(kind, print)| (*kind, print.clone())).collect())
    }
}

impl FromIterator<(MetadataKind, String)> for Metadata {
    fn from_iter<T: IntoIterator<Item = (MetadataKind, String)>>(kinds: T) -> Self {
        Self(kinds.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{MetadataKind::*, *};

    fn metadata(kinds: &[(MetadataKind, &str)]) -> Metadata {
        kinds.iter().map(|(kind, print)| (*kind, (*print).to_owned())).collect()
    }

    #[test]
    fn what_differs_is_given_and_nothing_else() {
        let wanted = metadata(&[(Labels, "a"), (Assignees, "b")]);
        let rows: [(Option<Metadata>, &[MetadataKind]); 5] = [
            (None, &[Labels, Assignees]),
            (Some(metadata(&[])), &[Labels, Assignees]),
            (Some(wanted.clone()), &[]),
            (Some(metadata(&[(Labels, "a"), (Assignees, "x")])), &[Assignees]),
            (Some(metadata(&[(Labels, "a"), (Assignees, "b"), (Milestone, "c")])), &[]),
        ];
        for (given, kinds) in rows {
            let changed = wanted.changed_since(given.as_ref());
            assert_eq!(changed.into_iter().collect::<Vec<_>>(), kinds, "{given:?}");
        }
        let left = wanted.without(&[Labels].into());
        assert_eq!(left, metadata(&[(Assignees, "b")]));
    }
}
