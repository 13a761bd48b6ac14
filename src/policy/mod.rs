//! Which tag is the latest.
//!
//! A policy is made of the texts of an ImagePolicy, once; then it judges tags.
//! Nothing here knows where tags come from. The answer does not depend on the
//! order in which they come: they are put into Flux's, descending by bytes.

use std::borrow::Cow;

mod alphabetical;
mod constraint;
mod election;
mod error;
mod fate;
mod numerical;
mod pin;
mod re2;
mod semver;
mod tag_filter;
mod version;

pub use alphabetical::AlphabeticalPolicy;
pub use constraint::{MAX_ALTERNATIVES, MAX_RANGE_LENGTH, Range, RangeError, RangeProblem};
pub use election::{Downgrade, Elected, Funnel, HeldBack, Stage};
pub use error::{PolicyError, PolicyWarning, Rejected};
pub use fate::{Fate, Verdict};
pub use numerical::{NumericalPolicy, parse_float};
pub use pin::{DigestReflectionPolicy, Pin, pin};
pub use re2::{
    Groups, MAX_COMPILED_SIZE, MAX_NESTING, MAX_PATTERN_LENGTH, Pattern, PatternError,
    PatternProblem,
};
pub use semver::SemVerPolicy;
pub use tag_filter::{DEFAULT_EXCLUSION, ExclusionList, Filtered, TagFilter};
pub use version::{MAX_VERSION_LENGTH, Version, VersionError};

/// How the latest of several tags is chosen, `ImagePolicy.spec.policy`.
///
/// Flux writes this as three optional fields. Here there is exactly one: a
/// policy without any is refused, and of several Flux's own order decides,
/// with a warning. No later stage asks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyChoice {
    /// The highest version within a range.
    SemVer(SemVerPolicy),
    /// The last tag in the order of its letters.
    Alphabetical(AlphabeticalPolicy),
    /// The largest number.
    Numerical(NumericalPolicy),
}

/// Which end of an order is elected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The last, the largest.
    #[default]
    Asc,
    /// The first, the smallest.
    Desc,
}

/// The texts of an ImagePolicy that decide about tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicySpec<'a> {
    /// `spec.policy.semver.range`.
    pub semver_range: Option<&'a str>,
    /// `spec.policy.alphabetical.order`; empty is `asc`.
    pub alphabetical_order: Option<&'a str>,
    /// `spec.policy.numerical.order`; empty is `asc`.
    pub numerical_order: Option<&'a str>,
    /// `spec.filterTags.pattern` and `.extract`.
    pub filter: Option<(&'a str, &'a str)>,
}

/// What an ImagePolicy says about tags, compiled.
#[derive(Debug, Clone)]
pub struct Policy {
    choice: PolicyChoice,
    filter: Option<TagFilter>,
    warnings: Vec<PolicyWarning>,
}

impl Order {
    /// Reads `asc` or `desc` in any case; empty is `asc`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_uppercase().as_str() {
            "" | "ASC" => Some(Self::Asc),
            "DESC" => Some(Self::Desc),
            _ => None,
        }
    }
}

impl PolicyChoice {
    fn new(spec: PolicySpec<'_>) -> Result<Self, PolicyError> {
        let order = |text: &str| {
            Order::parse(text).ok_or_else(|| PolicyError::Order { order: text.to_owned() })
        };
        match spec {
            PolicySpec { semver_range: Some(range), .. } => SemVerPolicy::new(range)
                .map(Self::SemVer)
                .map_err(|error| PolicyError::Range { range: range.to_owned(), error }),
            PolicySpec { alphabetical_order: Some(text), .. } => {
                Ok(Self::Alphabetical(AlphabeticalPolicy { order: order(text)? }))
            }
            PolicySpec { numerical_order: Some(text), .. } => {
                Ok(Self::Numerical(NumericalPolicy { order: order(text)? }))
            }
            _ => Err(PolicyError::NoKind),
        }
    }

    /// The kind's name, as the field is called.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SemVer(_) => "semver",
            Self::Alphabetical(_) => "alphabetical",
            Self::Numerical(_) => "numerical",
        }
    }
}

impl Policy {
    /// Compiles a policy.
    pub fn new(spec: PolicySpec<'_>) -> Result<Self, PolicyError> {
        let choice = PolicyChoice::new(spec)?;
        let compile = |(pattern, extract): (&str, &str)| {
            TagFilter::new(pattern, extract)
                .map_err(|error| PolicyError::Pattern { pattern: pattern.to_owned(), error })
        };
        let filter = spec.filter.map(compile).transpose()?;

        let mut warnings = Vec::new();
        if let Some(filter) = filter.as_ref().filter(|filter| filter.had_doubled_backslash()) {
            let pattern = filter.pattern().to_owned();
            warnings.push(PolicyWarning::DoubledBackslash { pattern });
        }
        let kinds = [
            ("semver", spec.semver_range.is_some()),
            ("alphabetical", spec.alphabetical_order.is_some()),
            ("numerical", spec.numerical_order.is_some()),
        ];
        let ignored = kinds.iter().filter(|(_, is_set)| *is_set).skip(1);
        let ignored: Vec<&'static str> = ignored.map(|(kind, _)| *kind).collect();
        if !ignored.is_empty() {
            warnings.push(PolicyWarning::SeveralKinds { taken: choice.kind(), ignored });
        }
        Ok(Self { choice, filter, warnings })
    }

    /// How the latest is chosen.
    pub fn choice(&self) -> &PolicyChoice {
        &self.choice
    }

    /// The filter, where there is one.
    pub fn filter(&self) -> Option<&TagFilter> {
        self.filter.as_ref()
    }

    /// What would surprise the policy's author.
    pub fn warnings(&self) -> &[PolicyWarning] {
        &self.warnings
    }

    /// What the policy sees of a tag; `None` when the filter does not match.
    fn value<'t>(&self, tag: &'t str) -> Option<Cow<'t, str>> {
        match &self.filter {
            None => Some(Cow::Borrowed(tag)),
            Some(filter) => filter.value(tag),
        }
    }
}

impl ExclusionList {
    /// Compiles an `exclusionList`; an empty one is the default list.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, PolicyError> {
        Self::read(patterns).map_err(|invalid| PolicyError::Exclusion {
            index: invalid.index,
            pattern: patterns.get(invalid.index).map_or("", S::as_ref).to_owned(),
            error: invalid.error,
        })
    }

    /// What would surprise the list's author.
    pub fn warnings(&self) -> Vec<PolicyWarning> {
        let warning = |(_, pattern): (usize, &str)| PolicyWarning::DoubledBackslash {
            pattern: pattern.to_owned(),
        };
        self.doubled_backslashes().map(warning).collect()
    }
}

#[cfg(test)]
mod tests;
