//! Which tags come into question, and what a policy sees of them.

use std::borrow::Cow;

use super::re2::{Groups, Pattern, PatternError};

/// What is not an image: the pattern in force without an `exclusionList`.
pub const DEFAULT_EXCLUSION: &str = r"^.*\.sig$";

/// `ImageRepository.spec.exclusionList`: patterns of tags that are left out
/// of everything. An empty list is the default list, as in Flux.
#[derive(Debug, Clone)]
pub struct ExclusionList {
    entries: Vec<UserPattern>,
}

/// An entry of an [`ExclusionList`] is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct InvalidEntry {
    pub(super) index: usize,
    pub(super) error: PatternError,
}

/// `ImagePolicy.spec.filterTags`.
#[derive(Debug, Clone)]
pub struct TagFilter {
    pattern: UserPattern,
    extract: Option<Template>,
}

/// What a policy sees of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered<'t> {
    /// The tag itself, or what `extract` made of it.
    pub value: Cow<'t, str>,
    /// The tag.
    pub tag: &'t str,
}

/// A pattern as somebody wrote it into YAML.
#[derive(Debug, Clone)]
struct UserPattern {
    written: String,
    pattern: Pattern,
    had_doubled_backslash: bool,
}

impl UserPattern {
    /// Reads a pattern; every run of backslashes counts as one. Flux takes
    /// `\\.` at its word, a backslash and any character, which no tag holds:
    /// it is what becomes of `\.` in single quotes that was written for double
    /// ones. Where only the literal reading is a pattern, as with `[^\\]`, it stays.
    fn new(written: &str) -> Result<Self, PatternError> {
        let read = |text: &str, had_doubled_backslash| {
            let pattern = Pattern::new(text)?;
            Ok(Self { written: written.to_owned(), pattern, had_doubled_backslash })
        };
        if !written.contains(r"\\") {
            return read(written, false);
        }
        let (single, origin) = single_backslashes(written);
        read(&single, true).or_else(|error: PatternError| {
            let at = origin.get(error.at).copied().unwrap_or(written.len());
            read(written, false).map_err(|_| PatternError { at, ..error })
        })
    }
}

/// The text with every run of backslashes as one, and where each byte of it came from.
fn single_backslashes(text: &str) -> (String, Vec<usize>) {
    let mut single = String::with_capacity(text.len());
    let mut origin = Vec::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if character != '\\' || !single.ends_with('\\') {
            single.push(character);
            origin.resize(single.len(), at);
        }
    }
    (single, origin)
}

impl ExclusionList {
    pub(super) fn read(patterns: &[impl AsRef<str>]) -> Result<Self, InvalidEntry> {
        let default = [DEFAULT_EXCLUSION];
        let patterns: Vec<&str> = match patterns {
            [] => default.to_vec(),
            patterns => patterns.iter().map(AsRef::as_ref).collect(),
        };
        let entry = |(index, written): (usize, &&str)| {
            UserPattern::new(written).map_err(|error| InvalidEntry { index, error })
        };
        let entries = patterns.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }

    /// The first entry that matches the tag, from 0, and how it is written.
    pub fn excluding(&self, tag: &str) -> Option<(usize, &str)> {
        let index = self.entries.iter().position(|entry| entry.pattern.is_match(tag))?;
        Some((index, &self.entries[index].written))
    }

    /// The entries whose doubled backslashes are read as single ones, from 0.
    pub fn doubled_backslashes(&self) -> impl Iterator<Item = (usize, &str)> {
        let doubled = |(_, entry): &(usize, &UserPattern)| entry.had_doubled_backslash;
        let entries = self.entries.iter().enumerate().filter(doubled);
        entries.map(|(index, entry)| (index, entry.written.as_str()))
    }
}

impl TagFilter {
    /// A filter of the texts of `pattern` and `extract`. An empty pattern lets
    /// everything through, an empty `extract` leaves the tags as they are.
    pub fn new(pattern: &str, extract: &str) -> Result<Self, PatternError> {
        let pattern = UserPattern::new(pattern)?;
        let extract =
            (!extract.is_empty()).then(|| Template::new(extract, pattern.pattern.names()));
        Ok(Self { pattern, extract })
    }

    /// What the policy sees of a tag: itself, or what `extract` makes of it.
    /// `None` when the pattern does not match.
    pub fn value<'t>(&self, tag: &'t str) -> Option<Cow<'t, str>> {
        match &self.extract {
            None => self.pattern.pattern.is_match(tag).then_some(Cow::Borrowed(tag)),
            Some(template) => {
                let groups = self.pattern.pattern.captures(tag)?;
                Some(Cow::Owned(template.expand(&groups)))
            }
        }
    }

    /// Sorts the tags into what the policy sees and what does not match.
    /// Where `extract` gives several tags the same value, the last of them
    /// stands for it. The values come in descending order then (Flux: random),
    /// without `extract` in the order of the tags.
    pub fn apply<'t>(&self, tags: Vec<&'t str>) -> (Vec<Filtered<'t>>, Vec<&'t str>) {
        let mut filtered = Vec::new();
        let mut unmatched = Vec::new();
        for tag in tags {
            match self.value(tag) {
                Some(value) => filtered.push(Filtered { value, tag }),
                None => unmatched.push(tag),
            }
        }
        if self.extracts() {
            filtered.reverse();
            filtered.sort_by(|a, b| a.value.cmp(&b.value));
            filtered.dedup_by(|later, first| later.value == first.value);
            filtered.reverse();
        }
        (filtered, unmatched)
    }

    /// The pattern as it is written.
    pub fn pattern(&self) -> &str {
        &self.pattern.written
    }

    /// Whether `extract` makes values that differ from the tags.
    pub fn extracts(&self) -> bool {
        self.extract.is_some()
    }

    /// Groups that `extract` names and the pattern has not. They are empty,
    /// in Flux as here, which is hardly ever meant.
    pub fn unknown_groups(&self) -> impl Iterator<Item = &str> {
        self.extract.iter().flat_map(|template| template.unknown.iter().map(String::as_str))
    }

    /// Whether a doubled backslash of the pattern is read as a single one.
    pub fn had_doubled_backslash(&self) -> bool {
        self.pattern.had_doubled_backslash
    }
}

/// `extract`, by the rules of Go's `Regexp.Expand`.
#[derive(Debug, Clone)]
struct Template {
    parts: Vec<Part>,
    unknown: Vec<String>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    /// The first of these groups that took part.
    Groups(Vec<usize>),
}

impl Template {
    fn new(mut text: &str, names: &[String]) -> Self {
        let mut template = Self { parts: Vec::new(), unknown: Vec::new() };
        while let Some((before, after)) = text.split_once('$') {
            template.push(before);
            text = after;
            if let Some(rest) = text.strip_prefix('$') {
                template.push("$");
                text = rest;
            } else if let Some((name, rest)) = reference(text) {
                let groups = groups(name, names);
                if groups.is_empty() {
                    template.unknown.push(name.to_owned());
                }
                template.parts.push(Part::Groups(groups));
                text = rest;
            } else {
                template.push("$");
            }
        }
        template.push(text);
        template
    }

    fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.parts.push(Part::Text(text.to_owned()));
        }
    }

    fn expand(&self, groups: &Groups<'_>) -> String {
        let mut value = String::new();
        for part in &self.parts {
            value.push_str(match part {
                Part::Text(text) => text,
                Part::Groups(numbers) => {
                    numbers.iter().find_map(|&number| groups.get(number)).unwrap_or_default()
                }
            });
        }
        value
    }
}

/// `name` or `{name}` at the beginning, as long as it goes, and the rest.
fn reference(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let from = braced.unwrap_or(text);
    let is_name = |c: char| c.is_alphabetic() || c.is_ascii_digit() || c == '_';
    let end = from.find(|c| !is_name(c)).unwrap_or(from.len());
    let (name, rest) = from.split_at(end);
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

/// The groups that a reference means: one by its number, or all of a name.
fn groups(name: &str, names: &[String]) -> Vec<usize> {
    // Go reads longer ones, and those with leading zeros, as names.
    let is_number = name.len() <= 9 && name.bytes().all(|b| b.is_ascii_digit());
    if is_number && (name == "0" || !name.starts_with('0')) {
        let number = name.parse().ok().filter(|&number: &usize| number < names.len());
        return number.into_iter().collect();
    }
    let has_name = |&group: &usize| names[group] == name;
    (1..names.len()).filter(has_name).collect()
}
