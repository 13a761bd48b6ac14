//! The highest version within a range.

use super::{
    constraint::{Range, RangeError},
    version::{Version, VersionError},
};

/// `ImagePolicy.spec.policy.semver`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemVerPolicy {
    range: Range,
}

/// What a policy makes of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It may be elected.
    Admitted(Version),
    /// It lies outside the range.
    Outside(Version),
    /// It, or its release, would lie in the range, but pre-releases are not admitted.
    PreRelease(Version),
    /// It is no version.
    NoVersion(VersionError),
}

impl SemVerPolicy {
    /// A policy of the text of `semver.range`.
    pub fn new(range: &str) -> Result<Self, RangeError> {
        Ok(Self { range: Range::parse(range)? })
    }

    /// The range.
    pub fn range(&self) -> &Range {
        &self.range
    }

    /// The latest of the values as Flux's policer finds it: the first of the
    /// highest versions in the order given.
    pub fn latest<'a>(&self, values: &[&'a str]) -> Option<&'a str> {
        let mut latest: Option<(&str, Version)> = None;
        for &value in values {
            if let Judgement::Admitted(version) = self.judge(value)
                && latest.as_ref().is_none_or(|(_, highest)| version > *highest)
            {
                latest = Some((value, version));
            }
        }
        latest.map(|(value, _)| value)
    }

    pub(super) fn judge(&self, value: &str) -> Judgement {
        match Version::parse(value) {
            Err(error) => Judgement::NoVersion(error),
            Ok(version) if self.range.contains(&version) => Judgement::Admitted(version),
            Ok(version) if self.range.shuts_out(&version) => Judgement::PreRelease(version),
            Ok(version) => Judgement::Outside(version),
        }
    }
}
