//! How far a single tag comes, and why no further.

use std::fmt;

use super::{
    ExclusionList, Policy, PolicyChoice, TagFilter, VersionError, numerical::parse_float,
    semver::Judgement,
};

/// How far a tag comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// An entry of `exclusionList` matches it.
    Excluded {
        /// Which entry, from 0.
        entry: usize,
        /// The entry.
        pattern: String,
    },
    /// `filterTags.pattern` does not match it.
    NotMatched {
        /// The pattern.
        pattern: String,
    },
    /// The policy has judged it.
    Judged {
        /// What `extract` made of it, where there is one.
        extracted: Option<String>,
        /// The policy's judgement.
        verdict: Verdict,
    },
}

/// What a policy thinks of what it sees of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is no version.
    NotAVersion(VersionError),
    /// It is outside this range.
    OutsideRange(String),
    /// It, or its release, would be in this range, which does not admit it as a pre-release.
    PreRelease(String),
    /// It is no number.
    NotANumber,
    /// It may be elected.
    Candidate,
}

impl Fate {
    /// Whether the tag may be elected.
    pub fn is_candidate(&self) -> bool {
        matches!(self, Self::Judged { verdict: Verdict::Candidate, .. })
    }
}

impl fmt::Display for Fate {
    /// A reason to stand behind the tag.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded { pattern, .. } => write!(f, "is excluded by `{pattern}`"),
            Self::NotMatched { pattern } => write!(f, "does not match `{pattern}`"),
            Self::Judged { extracted: Some(value), verdict } => {
                write!(f, "gives `{value}`, which {verdict}")
            }
            Self::Judged { extracted: None, verdict } => verdict.fmt(f),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAVersion(error) => write!(f, "is no version: {error}"),
            Self::OutsideRange(range) => write!(f, "is outside the range `{range}`"),
            Self::PreRelease(range) => {
                write!(f, "is a pre-release, and the range `{range}` admits none")
            }
            Self::NotANumber => f.write_str("is no number"),
            Self::Candidate => f.write_str("may be elected"),
        }
    }
}

impl Policy {
    /// How far one tag comes.
    pub fn fate(&self, exclusions: &ExclusionList, tag: &str) -> Fate {
        if let Some((entry, pattern)) = exclusions.excluding(tag) {
            return Fate::Excluded { entry, pattern: pattern.to_owned() };
        }
        let Some(value) = self.value(tag) else {
            let pattern = self.filter().map_or("", TagFilter::pattern).to_owned();
            return Fate::NotMatched { pattern };
        };
        let verdict = self.verdict(&value);
        let extracts = self.filter().is_some_and(TagFilter::extracts);
        Fate::Judged { extracted: extracts.then(|| value.into_owned()), verdict }
    }

    fn verdict(&self, value: &str) -> Verdict {
        match self.choice() {
            PolicyChoice::SemVer(policy) => {
                let range = || policy.range().as_str().to_owned();
                match policy.judge(value) {
                    Judgement::Admitted(_) => Verdict::Candidate,
                    Judgement::Outside(_) => Verdict::OutsideRange(range()),
                    Judgement::PreRelease(_) => Verdict::PreRelease(range()),
                    Judgement::NoVersion(error) => Verdict::NotAVersion(error),
                }
            }
            PolicyChoice::Numerical(_) if parse_float(value).is_none() => Verdict::NotANumber,
            PolicyChoice::Alphabetical(_) | PolicyChoice::Numerical(_) => Verdict::Candidate,
        }
    }
}
