//! Versions as Flux reads them out of tags.
//!
//! The grammar is Masterminds/semver's `NewVersion` with coercion, behind
//! fluxcd/pkg/version's demand for two dots. Precedence is the `semver`
//! crate's; what stands behind a `+` plays no part in it.

use std::cmp::Ordering;

/// The longest text that is read as a version, in bytes (Masterminds/semver 3.5).
pub const MAX_VERSION_LENGTH: usize = 256;

/// A version, without the spelling of the tag that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    parts: semver::Version,
    /// A pre-release number over `u64::MAX` ranks as text (Masterminds), not as
    /// a number (`semver` crate).
    oversized: bool,
}

/// Why a text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not `major.minor.patch`, which Flux demands of a tag.
    #[error("it needs two dots, as in `1.2.3`")]
    Parts,
    /// Not the grammar: an optional `v`, numbers, `-` pre-release, `+` metadata.
    #[error("it is not spelt as `1.2.3` or `v1.2.3-rc.1`")]
    Syntax,
    /// A number that does not fit 64 bits.
    #[error("a number in it is too large")]
    Number,
    /// A pre-release number like `01`.
    #[error("a pre-release number must not begin with zero")]
    LeadingZero,
    /// Longer than [`MAX_VERSION_LENGTH`].
    #[error("it is longer than {MAX_VERSION_LENGTH} bytes")]
    Length,
}

impl Version {
    /// Reads a tag or an extracted value: two dots at least, then as [`Self::loose`].
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        if text.bytes().filter(|&b| b == b'.').count() < 2 {
            return Err(VersionError::Parts);
        }
        Self::loose(text)
    }

    /// Reads `v?1(.2)?(.3)?(-pre)?(+meta)?`; missing numbers are 0, leading
    /// zeros are allowed in numbers, but not in those of the pre-release.
    pub fn loose(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_VERSION_LENGTH {
            return Err(VersionError::Length);
        }
        let text = text.strip_prefix('v').unwrap_or(text);
        let (text, metadata) = split(text, '+');
        let (numbers, pre) = split(text, '-');
        if !metadata.is_none_or(is_dotted) || !pre.is_none_or(is_dotted) {
            return Err(VersionError::Syntax);
        }
        let mut read = [0; 3];
        for (place, number) in numbers.split('.').enumerate() {
            if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) || place == 3 {
                return Err(VersionError::Syntax);
            }
            read[place] = number.parse().map_err(|_| VersionError::Number)?;
        }
        Self::of(read, pre.unwrap_or_default())
    }

    fn of([major, minor, patch]: [u64; 3], pre: &str) -> Result<Self, VersionError> {
        let oversized = pre.split('.').any(|part| {
            part.len() >= 20
                && part.bytes().all(|b| b.is_ascii_digit())
                && part.parse::<u64>().is_err()
        });
        let pre = semver::Prerelease::new(pre).map_err(|_| VersionError::LeadingZero)?;
        let parts =
            semver::Version { major, minor, patch, pre, build: semver::BuildMetadata::EMPTY };
        Ok(Self { parts, oversized })
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.parts.major
    }

    /// The second number.
    pub fn minor(&self) -> u64 {
        self.parts.minor
    }

    /// The third number.
    pub fn patch(&self) -> u64 {
        self.parts.patch
    }

    /// What stands behind the `-`; empty for a release.
    pub fn pre(&self) -> &str {
        self.parts.pre.as_str()
    }

    /// Whether it is a pre-release.
    pub fn is_pre_release(&self) -> bool {
        !self.parts.pre.is_empty()
    }

    /// The release that a pre-release precedes; itself for a release.
    pub(super) fn release(&self) -> Self {
        let (major, minor, patch) = self.numbers();
        Self { parts: semver::Version::new(major, minor, patch), oversized: false }
    }

    fn numbers(&self) -> (u64, u64, u64) {
        (self.parts.major, self.parts.minor, self.parts.patch)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.oversized || other.oversized {
            let by_pre = || compare_pre(self.pre(), other.pre());
            return self.numbers().cmp(&other.numbers()).then_with(by_pre);
        }
        self.parts.cmp_precedence(&other.parts)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The precedence of pre-releases where a number of them exceeds 64 bits.
fn compare_pre(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return b.len().cmp(&a.len());
    }
    // Numbers before text, numbers by value, text by its bytes.
    let key = |part: &'_ str| part.parse::<u64>().map_or((1, 0), |number| (0, number));
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) if a == b => Ordering::Equal,
            (Some(a), Some(b)) => key(a).cmp(&key(b)).then_with(|| a.cmp(b)),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(head, tail)| (head, Some(tail)))
}

/// Whether the text is identifiers of `[0-9A-Za-z-]` with dots between them.
fn is_dotted(text: &str) -> bool {
    let is_identifier = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.split('.').all(is_identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts<'a> = Result<(u64, u64, u64, &'a str), VersionError>;

    #[test]
    fn reads_what_flux_reads() {
        #[rustfmt::skip]
        let rows: &[(&str, Parts<'_>)] = &[
            ("1.2.3",              Ok((1, 2, 3, ""))),
            ("v1.2.3",             Ok((1, 2, 3, ""))),
            ("2024.01.05",         Ok((2024, 1, 5, ""))),
            ("1.2.3-rc.1+build.7", Ok((1, 2, 3, "rc.1"))),
            ("1-a.b.c",            Ok((1, 0, 0, "a.b.c"))),
            ("1.2-rc.1",           Ok((1, 2, 0, "rc.1"))),
            ("1.2.3+a-b",          Ok((1, 2, 3, ""))),
            ("1.2",                Err(VersionError::Parts)),
            ("latest",             Err(VersionError::Parts)),
            ("V1.2.3",             Err(VersionError::Syntax)),
            ("vv1.2.3",            Err(VersionError::Syntax)),
            ("1.2.3.4",            Err(VersionError::Syntax)),
            ("1.2.3-",             Err(VersionError::Syntax)),
            ("1.2.3-a..b",         Err(VersionError::Syntax)),
            ("1.2.3-a_b",          Err(VersionError::Syntax)),
            ("1.2.3-rc.01",        Err(VersionError::LeadingZero)),
            ("1.2.18446744073709551616", Err(VersionError::Number)),
        ];
        for (text, expected) in rows {
            let actual = Version::parse(text);
            let actual = actual.as_ref().map(|v| (v.major(), v.minor(), v.patch(), v.pre()));
            assert_eq!(actual.map_err(|e| *e), *expected, "{text}");
        }
        assert_eq!(Version::parse(&"1.".repeat(200)), Err(VersionError::Length));
    }

    #[test]
    fn ranks_as_masterminds_does() {
        let ascending = [
            "1.0.0-1",
            "1.0.0-99",
            "1.0.0-103",
            "1.0.0-18446744073709551615",
            // Over 64 bits: text, and `100…` is less than `99…` by its bytes.
            "1.0.0-100000000000000000000",
            "1.0.0-99999999999999999999",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-rc10",
            "1.0.0-rc9",
            "1.0.0",
            "1.0.1-0",
            "1.10.0",
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                let order = Version::parse(a).unwrap().cmp(&Version::parse(b).unwrap());
                assert_eq!(order, i.cmp(&j), "{a} and {b}");
            }
        }
        assert_eq!(Version::parse("v1.2.3+a"), Version::parse("01.2.3+b"));
    }

    #[test]
    fn says_why_a_text_is_no_version() {
        use VersionError::{LeadingZero, Length, Number, Parts, Syntax};
        for (error, text) in [
            (Parts, "it needs two dots, as in `1.2.3`"),
            (Syntax, "it is not spelt as `1.2.3` or `v1.2.3-rc.1`"),
            (Number, "a number in it is too large"),
            (LeadingZero, "a pre-release number must not begin with zero"),
            (Length, "it is longer than 256 bytes"),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
