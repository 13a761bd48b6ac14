//! The way of the tags through exclusion, filter and policy.

use std::{borrow::Cow, cmp::Reverse};

use super::{
    ExclusionList, Filtered, Policy, PolicyChoice, PolicyError, Rejected, SemVerPolicy, Version,
    numerical::parse_float, semver::Judgement,
};

/// How many tags an error names.
const NEAREST: usize = 3;

/// The latest tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elected {
    /// The tag, as the registry spells it.
    pub tag: String,
    /// What the policy saw of it: the same, or what `extract` made.
    pub value: String,
    /// How many tags were lost where.
    pub funnel: Funnel,
    /// The highest version that ranks above the elected one and is kept out.
    pub held_back: Option<HeldBack>,
}

/// How many tags came how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funnel {
    /// Tags that the registry has.
    pub scanned: usize,
    /// Tags that `exclusionList` took away.
    pub excluded: usize,
    /// Tags that `filterTags.pattern` does not match.
    pub filtered: usize,
    /// Values that may be elected; with `extract`, several tags may share one.
    pub candidates: usize,
}

/// A version above the elected one that is kept out, whether on purpose or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The tag.
    pub tag: String,
    /// What keeps it out.
    pub stage: Stage,
    /// The same in words, to stand behind the tag.
    pub reason: String,
}

/// A stage that a tag has to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// `ImageRepository.spec.exclusionList`.
    Exclusion,
    /// `ImagePolicy.spec.filterTags`.
    Filter,
    /// `ImagePolicy.spec.policy.semver.range`.
    Range,
}

impl Stage {
    /// The word of the result document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exclusion => "exclusion",
            Self::Filter => "filter",
            Self::Range => "range",
        }
    }
}

/// A tag of the markers that the registry has no longer, above the elected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downgrade {
    /// The tag that would be left.
    pub from: String,
}

/// The tags, sorted out.
struct Sorted<'t> {
    /// In Flux's order, descending by bytes.
    values: Vec<Filtered<'t>>,
    excluded: Vec<&'t str>,
    unmatched: Vec<&'t str>,
    funnel: Funnel,
}

impl Policy {
    /// Elects the latest of the tags that a registry has. Their order does not matter.
    ///
    /// Where `extract` gives several tags the same value, the tag that is
    /// smallest by its bytes stands for them, as in Flux; values then are
    /// looked at in descending order, where Flux's order is random.
    pub fn elect(
        &self,
        exclusions: &ExclusionList,
        scanned: &[&str],
    ) -> Result<Elected, PolicyError> {
        let mut sorted = self.sort_out(exclusions, scanned);
        let texts = sorted.texts();
        let latest = match &self.choice {
            PolicyChoice::SemVer(policy) => return self.elect_version(policy, exclusions, sorted),
            PolicyChoice::Alphabetical(policy) => policy.latest(&texts),
            PolicyChoice::Numerical(policy) => {
                policy.latest(&texts).map_err(|text| sorted.not_a_number(text))?
            }
        };
        let latest = latest.map(ToOwned::to_owned);
        sorted.funnel.candidates = sorted.values.len();
        match latest.and_then(|text| sorted.with_text(&text)) {
            Some(value) => Ok(sorted.elected(value, None)),
            None => Err(self.no_match(exclusions, &sorted)),
        }
    }

    /// Whether the tag `a` ranks above the tag `b`: a higher version, a larger
    /// number, letters further on. False when the filter does not match one of
    /// them, or one is no version or number.
    pub fn ranks_above(&self, a: &str, b: &str) -> bool {
        let (Some(a), Some(b)) = (self.value(a), self.value(b)) else {
            return false;
        };
        match &self.choice {
            PolicyChoice::SemVer(_) => match (Version::parse(&a), Version::parse(&b)) {
                (Ok(a), Ok(b)) => a > b,
                _ => false,
            },
            PolicyChoice::Alphabetical(policy) => policy.ranks_above(&a, &b),
            PolicyChoice::Numerical(policy) => match (parse_float(&a), parse_float(&b)) {
                (Some(a), Some(b)) => policy.ranks_above(a, b),
                _ => false,
            },
        }
    }

    /// The downgrade that the elected tag would be: one of the tags that stand
    /// at the policy's markers passes exclusion, filter and policy and ranks
    /// above the elected one, but the registry has it no longer. Of several,
    /// the highest. Flux would go back silently.
    pub fn downgrade(
        &self,
        exclusions: &ExclusionList,
        scanned: &[&str],
        current: &[&str],
        elected: &str,
    ) -> Option<Downgrade> {
        let mut highest = elected;
        for &tag in current {
            if self.ranks_above(tag, highest)
                && self.fate(exclusions, tag).is_candidate()
                && !scanned.contains(&tag)
            {
                highest = tag;
            }
        }
        (highest != elected).then(|| Downgrade { from: highest.to_owned() })
    }

    fn sort_out<'t>(&self, exclusions: &ExclusionList, scanned: &[&'t str]) -> Sorted<'t> {
        let mut tags = scanned.to_vec();
        tags.sort_unstable_by(|a, b| b.cmp(a));
        let is_excluded = |tag: &&str| exclusions.excluding(tag).is_some();
        let (excluded, kept): (Vec<_>, Vec<_>) = tags.into_iter().partition(is_excluded);
        let (values, unmatched) = if let Some(filter) = self.filter() {
            filter.apply(kept)
        } else {
            let all = kept.into_iter().map(|tag| Filtered { value: Cow::Borrowed(tag), tag });
            (all.collect(), Vec::new())
        };
        let funnel = Funnel {
            scanned: scanned.len(),
            excluded: excluded.len(),
            filtered: unmatched.len(),
            candidates: 0,
        };
        Sorted { values, excluded, unmatched, funnel }
    }

    fn elect_version(
        &self,
        policy: &SemVerPolicy,
        exclusions: &ExclusionList,
        mut sorted: Sorted<'_>,
    ) -> Result<Elected, PolicyError> {
        let mut latest: Option<(&Filtered<'_>, Version)> = None;
        let mut out = KeptOut::new(policy);
        for value in &sorted.values {
            match policy.judge(&value.value) {
                Judgement::Admitted(version) => {
                    sorted.funnel.candidates += 1;
                    if latest.as_ref().is_none_or(|(_, highest)| version > *highest) {
                        latest = Some((value, version));
                    }
                }
                Judgement::Outside(version) | Judgement::PreRelease(version) => {
                    out.offer(value.tag, Stage::Range, version);
                }
                Judgement::NoVersion(_) => {}
            }
        }
        let Some((latest, version)) = latest else {
            return Err(self.no_match(exclusions, &sorted));
        };
        for tag in &sorted.unmatched {
            out.offer_text(tag, Stage::Filter, tag);
        }
        for tag in &sorted.excluded {
            // What the policy would see of it, were it not excluded.
            let text = self.value(tag).unwrap_or(Cow::Borrowed(tag));
            out.offer_text(tag, Stage::Exclusion, &text);
        }
        let held_back = out.above(&version).map(|(tag, stage)| HeldBack {
            tag: tag.to_owned(),
            stage,
            reason: self.fate(exclusions, tag).to_string(),
        });
        Ok(sorted.elected(latest, held_back))
    }

    fn no_match(&self, exclusions: &ExclusionList, sorted: &Sorted<'_>) -> PolicyError {
        let mut values: Vec<_> = sorted.values.iter().map(|v| (v.tag, v.value.as_ref())).collect();
        let mut unmatched: Vec<_> = sorted.unmatched.iter().map(|&tag| (tag, tag)).collect();
        let mut excluded: Vec<_> = sorted.excluded.iter().map(|&tag| (tag, tag)).collect();
        for tags in [&mut values, &mut unmatched, &mut excluded] {
            // Versions first, the highest before the others.
            tags.sort_by_cached_key(|(_, text)| Reverse(Version::parse(text).ok()));
        }
        let nearest = values.into_iter().chain(unmatched).chain(excluded).take(NEAREST);
        let rejected = |(tag, _): (&str, &str)| Rejected {
            tag: tag.to_owned(),
            fate: self.fate(exclusions, tag),
        };
        PolicyError::NoMatch {
            kind: self.choice.kind(),
            funnel: sorted.funnel,
            nearest: nearest.map(rejected).collect(),
        }
    }
}

impl<'t> Sorted<'t> {
    fn texts(&self) -> Vec<&str> {
        self.values.iter().map(|value| value.value.as_ref()).collect()
    }

    fn with_text(&self, text: &str) -> Option<&Filtered<'t>> {
        self.values.iter().find(|value| value.value == text)
    }

    fn elected(&self, value: &Filtered<'_>, held_back: Option<HeldBack>) -> Elected {
        Elected {
            tag: value.tag.to_owned(),
            value: value.value.as_ref().to_owned(),
            funnel: self.funnel,
            held_back,
        }
    }

    fn not_a_number(&self, text: &str) -> PolicyError {
        let others = self.values.iter().filter(|value| parse_float(&value.value).is_none()).count();
        PolicyError::NotANumber {
            tag: self.with_text(text).map_or(text, |value| value.tag).to_owned(),
            value: text.to_owned(),
            others: others.saturating_sub(1),
        }
    }
}

/// The highest version that is kept out.
struct KeptOut<'t> {
    highest: Option<(&'t str, Stage, Version)>,
    admits_pre_releases: bool,
}

impl<'t> KeptOut<'t> {
    fn new(policy: &SemVerPolicy) -> Self {
        Self { highest: None, admits_pre_releases: policy.range().admits_pre_releases() }
    }

    /// Pre-releases count where the range admits them somewhere. Elsewhere
    /// they are variants, such as `v1.2.3-alpine`, and nobody waits for them.
    fn offer(&mut self, tag: &'t str, stage: Stage, version: Version) {
        let counts = self.admits_pre_releases || !version.is_pre_release();
        if counts && self.highest.as_ref().is_none_or(|(.., highest)| version > *highest) {
            self.highest = Some((tag, stage, version));
        }
    }

    fn offer_text(&mut self, tag: &'t str, stage: Stage, text: &str) {
        if let Ok(version) = Version::parse(text) {
            self.offer(tag, stage, version);
        }
    }

    fn above(self, elected: &Version) -> Option<(&'t str, Stage)> {
        let (tag, stage, version) = self.highest?;
        (version > *elected).then_some((tag, stage))
    }
}
