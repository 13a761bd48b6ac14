//! Ranges of versions, in the grammar of Masterminds/semver.
//!
//! `||` separates alternatives, blanks or a comma what has to hold together,
//! and `A - B` is `>= A, <= B`. The meaning of each comparison is kept case by
//! case, the odd ones included; only the words on errors are ours.

use super::version::{Version, VersionError};
use rewrite::Rewritten;
use scan::Scanner;

mod rewrite;
mod scan;

/// The longest range that is read, in bytes (Masterminds/semver 3.5).
pub const MAX_RANGE_LENGTH: usize = 512;
/// The most alternatives of a range (Masterminds/semver 3.5).
pub const MAX_ALTERNATIVES: usize = 32;

/// A range of versions, `ImagePolicy.spec.policy.semver.range`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    text: String,
    alternatives: Vec<Alternative>,
}

/// Comparisons that have to hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alternative {
    comparisons: Vec<Comparison>,
    /// One pre-release among the comparisons opens all of them to pre-releases.
    admits_pre_releases: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    /// What is missing or a wildcard is filled with zeros.
    version: Version,
    wildcard: Wildcard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

/// The first part of a comparison's version that is a wildcard or missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcard {
    None,
    Patch,
    Minor,
    Major,
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {at}")]
pub struct RangeError {
    /// The byte of the range where it goes wrong, from 0.
    pub at: usize,
    /// What is wrong there.
    pub problem: RangeProblem,
}

/// What is wrong in a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RangeProblem {
    /// Longer than [`MAX_RANGE_LENGTH`].
    #[error("it is longer than {MAX_RANGE_LENGTH} bytes")]
    Length,
    /// More than [`MAX_ALTERNATIVES`].
    #[error("it has more than {MAX_ALTERNATIVES} alternatives")]
    Alternatives,
    /// Nothing before, between or after `||`.
    #[error("a version is missing")]
    Missing,
    /// Signs that are no comparison.
    #[error("`{0}` is no comparison")]
    Operator(String),
    /// Something that can neither continue a version nor separate two.
    #[error("`{0}` is out of place")]
    Character(char),
    /// A number mixed with wildcards, like `1x`.
    #[error("`{0}` is neither a number nor a wildcard")]
    Number(String),
    /// Digits that make no version.
    #[error("`{text}` is no version: {error}")]
    Version {
        /// The version.
        text: String,
        /// Why it is none.
        error: VersionError,
    },
}

impl Range {
    /// Reads a range as Masterminds' `NewConstraint` does. An empty one is an error.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        if text.len() > MAX_RANGE_LENGTH {
            return Err(RangeError { at: MAX_RANGE_LENGTH, problem: RangeProblem::Length });
        }
        let rewritten = Rewritten::new(text);
        let mut alternatives = Vec::new();
        for (start, part) in rewritten.alternatives() {
            let origin = |e: RangeError| RangeError { at: rewritten.origin(start + e.at), ..e };
            if alternatives.len() == MAX_ALTERNATIVES {
                let problem = RangeProblem::Alternatives;
                return Err(origin(RangeError { at: 0, problem }));
            }
            alternatives.push(Alternative::parse(part).map_err(origin)?);
        }
        Ok(Self { text: text.to_owned(), alternatives })
    }

    /// The range as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the version lies in the range.
    pub fn contains(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|alternative| {
            (alternative.admits_pre_releases || !version.is_pre_release())
                && alternative.holds(version)
        })
    }

    /// Whether a pre-release is out of the range for being one: by itself, or
    /// as the release that it precedes, it would lie inside.
    pub(super) fn shuts_out(&self, version: &Version) -> bool {
        let holds = |version: &Version| self.alternatives.iter().any(|a| a.holds(version));
        version.is_pre_release()
            && !self.contains(version)
            && (holds(version) || holds(&version.release()))
    }

    /// Whether any alternative of the range admits pre-releases.
    pub fn admits_pre_releases(&self) -> bool {
        self.alternatives.iter().any(|alternative| alternative.admits_pre_releases)
    }
}

impl Alternative {
    fn parse(text: &str) -> Result<Self, RangeError> {
        let mut scanner = Scanner::new(text);
        let mut comparisons = Vec::new();
        loop {
            comparisons.push(scanner.comparison()?);
            if !scanner.separator()? {
                break;
            }
        }
        let admits_pre_releases = comparisons.iter().any(|c| c.version.is_pre_release());
        Ok(Self { comparisons, admits_pre_releases })
    }

    fn holds(&self, version: &Version) -> bool {
        self.comparisons.iter().all(|comparison| comparison.holds(version))
    }
}

impl Comparison {
    fn holds(&self, v: &Version) -> bool {
        let c = &self.version;
        match self.operator {
            Operator::Equal if self.wildcard == Wildcard::None => v == c,
            Operator::Equal | Operator::Tilde => self.tilde(v),
            Operator::NotEqual => self.not_equal(v),
            Operator::Greater => match self.wildcard {
                Wildcard::Minor => v.major() > c.major(),
                Wildcard::Patch => (v.major(), v.minor()) > (c.major(), c.minor()),
                Wildcard::None | Wildcard::Major => v > c,
            },
            Operator::Less => v < c,
            Operator::GreaterOrEqual => v >= c,
            Operator::LessOrEqual => match self.wildcard {
                Wildcard::None => v <= c,
                Wildcard::Minor => v.major() <= c.major(),
                Wildcard::Patch | Wildcard::Major => {
                    (v.major(), v.minor()) <= (c.major(), c.minor())
                }
            },
            Operator::Caret => self.caret(v),
        }
    }

    /// `!=`: a wildcard excludes everything that it stands for, except that
    /// `!=*` excludes 0.0.0 alone.
    fn not_equal(&self, v: &Version) -> bool {
        let c = &self.version;
        match self.wildcard {
            Wildcard::None | Wildcard::Major => v != c,
            Wildcard::Minor => v.major() != c.major(),
            Wildcard::Patch => (v.major(), v.minor(), v.pre()) != (c.major(), c.minor(), c.pre()),
        }
    }

    /// `~`: not less, same major, and same minor unless that is a wildcard.
    /// `~*` and `~0.0.0` take everything.
    fn tilde(&self, v: &Version) -> bool {
        let c = &self.version;
        let zero = (c.major(), c.minor(), c.patch()) == (0, 0, 0);
        let any = zero && matches!(self.wildcard, Wildcard::None | Wildcard::Major);
        let same_minor = v.minor() == c.minor() || self.wildcard == Wildcard::Minor;
        v >= c && (any || (v.major() == c.major() && same_minor))
    }

    /// `^`: not less, and the first number that is not zero stays. `^*`
    /// takes 0.0.0 alone: upstream's comment says "any", its code does not.
    fn caret(&self, v: &Version) -> bool {
        let c = &self.version;
        let stays = if c.major() > 0 || self.wildcard == Wildcard::Minor {
            v.major() == c.major()
        } else if c.minor() > 0 || self.wildcard == Wildcard::Patch {
            (v.major(), v.minor()) == (0, c.minor())
        } else {
            (v.major(), v.minor(), v.patch()) == (0, 0, c.patch())
        };
        v >= c && stays
    }
}

#[cfg(test)]
mod tests;
