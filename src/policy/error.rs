//! Why there is no latest tag, and what to do about it.

use std::fmt;

use super::{Fate, Funnel, PatternError, RangeError, Verdict, VersionError};
use crate::diagnostic::{Code, Explain};

/// Why a policy, or a list of exclusions, is none, or elects nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// `spec.policy` says nothing.
    #[error("the policy names no way to choose a tag")]
    NoKind,
    /// `spec.policy.semver.range` is no range.
    #[error("`{range}` is no semver range: {error}")]
    Range {
        /// The range.
        range: String,
        /// Where and why.
        error: RangeError,
    },
    /// `order` is neither `asc` nor `desc`.
    #[error("`{order}` is no order")]
    Order {
        /// What stands there.
        order: String,
    },
    /// `spec.filterTags.pattern` is no pattern.
    #[error("`{pattern}` is no pattern: {error}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Where and why.
        error: PatternError,
    },
    /// An entry of `spec.exclusionList` is no pattern.
    #[error("`{pattern}` in `exclusionList` is no pattern: {error}")]
    Exclusion {
        /// Which entry, from 0.
        index: usize,
        /// The entry.
        pattern: String,
        /// Where and why.
        error: PatternError,
    },
    /// A numerical policy met something that is no number.
    #[error("{}", not_a_number(tag, value, *others))]
    NotANumber {
        /// A tag that is no number.
        tag: String,
        /// What the policy sees of it.
        value: String,
        /// How many other values are no numbers either.
        others: usize,
    },
    /// No tag is left, or there was none.
    #[error("{}", no_match(kind, funnel, nearest))]
    NoMatch {
        /// The policy's kind.
        kind: &'static str,
        /// How many tags were lost where.
        funnel: Funnel,
        /// Tags that came far, and why they came no further.
        nearest: Vec<Rejected>,
    },
}

/// A tag that is not elected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The tag.
    pub tag: String,
    /// Why not.
    pub fate: Fate,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.tag, self.fate)
    }
}

fn not_a_number(tag: &str, value: &str, others: usize) -> String {
    let from = if tag == value { String::new() } else { format!(", extracted from `{tag}`,") };
    let more = match others {
        0 => String::new(),
        1 => ", nor is 1 other value".to_owned(),
        others => format!(", nor are {others} other values"),
    };
    format!("`{value}`{from} is no number{more}")
}

fn no_match(kind: &str, funnel: &Funnel, nearest: &[Rejected]) -> String {
    if funnel.scanned == 0 {
        return "there are no tags to choose from".to_owned();
    }
    let left = funnel.scanned - funnel.excluded - funnel.filtered;
    let lost = [
        (funnel.excluded, "excluded"),
        (funnel.filtered, "not matched by the filter"),
        (left, "not accepted by the policy"),
    ];
    let lost = lost.iter().filter(|(count, _)| *count > 0);
    let lost: Vec<String> = lost.map(|(count, what)| format!("{count} {what}")).collect();
    let nearest: Vec<String> = nearest.iter().map(ToString::to_string).collect();
    format!(
        "the {kind} policy accepts none of {} tags ({}); nearest: {}",
        funnel.scanned,
        lost.join(", "),
        nearest.join("; ")
    )
}

impl Explain for PolicyError {
    fn code(&self) -> Code {
        match self {
            Self::NoKind | Self::Order { .. } => Code::PolicyInvalid,
            Self::Range { .. } => Code::PolicyInvalidRange,
            Self::Pattern { .. } => Code::PolicyInvalidPattern,
            Self::Exclusion { .. } => Code::RepositoryInvalidPattern,
            Self::NotANumber { .. } => Code::PolicyNotANumber,
            Self::NoMatch { .. } => Code::PolicyNoMatch,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoKind => "set one of `semver`, `alphabetical` and `numerical`",
            Self::Range { .. } => {
                "write ranges as Masterminds/semver does, e.g. `>=1.0.0 <2.0.0`, `^1.2`, `1.x || 2.x`"
            }
            Self::Order { .. } => "write `asc` or `desc`",
            Self::Pattern { .. } | Self::Exclusion { .. } => {
                "write patterns as Go's regexp does: https://github.com/google/re2/wiki/Syntax"
            }
            Self::NotANumber { tag, value, .. } if tag == value => {
                "let only numbers through with `filterTags.pattern`, or cut them out with `extract`"
            }
            Self::NotANumber { .. } => "make `filterTags.extract` yield nothing but the number",
            Self::NoMatch { funnel, .. } if funnel.scanned == 0 => {
                "push an image, or check `spec.image` of the ImageRepository"
            }
            Self::NoMatch { nearest, .. } => return nearest.first()?.fate.help(),
        };
        Some(help.to_owned())
    }
}

impl Fate {
    /// What to do so that the tag comes further.
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Excluded { .. } => "narrow `exclusionList` of the ImageRepository",
            Self::NotMatched { .. } => {
                "change `filterTags.pattern` so that it matches the tags that are meant"
            }
            Self::Judged { verdict, .. } => match verdict {
                Verdict::NotAVersion(VersionError::Parts) => {
                    "choose by `numerical` or `alphabetical`, or make three parts with \
                     `filterTags.extract`, e.g. `$1.0`"
                }
                Verdict::NotAVersion(_) => {
                    "cut the version out with `filterTags.pattern` and `extract`, or choose by \
                     `numerical` or `alphabetical`"
                }
                Verdict::OutsideRange(_) => "widen `semver.range`",
                Verdict::PreRelease(_) => {
                    "admit pre-releases with `-0` in `semver.range`, e.g. `>=1.0.0-0`, or cut the \
                     suffix off with `filterTags.extract`"
                }
                Verdict::NotANumber | Verdict::Candidate => return None,
            },
        };
        Some(help.to_owned())
    }
}

/// What works, but would surprise its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyWarning {
    /// A pattern with `\\`, which Flux would take for a backslash.
    #[error(
        "the doubled backslash in `{pattern}` is read as a single one; in Flux it matches no tag"
    )]
    DoubledBackslash {
        /// The pattern.
        pattern: String,
    },
    /// More than one kind in one policy.
    #[error("of several kinds `{taken}` decides, as in Flux; ignored: `{}`", ignored.join("`, `"))]
    SeveralKinds {
        /// The kind that decides.
        taken: &'static str,
        /// The others.
        ignored: Vec<&'static str>,
    },
}

impl Explain for PolicyWarning {
    fn code(&self) -> Code {
        match self {
            Self::DoubledBackslash { .. } => Code::PolicyDoubledBackslash,
            Self::SeveralKinds { .. } => Code::PolicySeveralKinds,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::DoubledBackslash { .. } => {
                r"write one backslash; YAML wants two between double quotes only".to_owned()
            }
            Self::SeveralKinds { ignored, .. } => {
                format!("remove `{}`", ignored.join("` and `"))
            }
        })
    }
}
