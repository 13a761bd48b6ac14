//! One image's line in the table that people read.

use std::fmt;

use super::PolicyUpdate;
use crate::{
    oci::{Digest, ImageRef},
    policy::Version,
    setters::{Change, Reference},
    tree::RepoPath,
};

/// How far an update goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The first number of the version grows.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
    /// The same version, another pre-release.
    PreRelease,
    /// The tag is no version.
    Tag,
    /// The same tag, other content.
    Digest,
    /// The same image under another name.
    Name,
    /// To a lower one.
    Downgrade,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::PreRelease => "pre-release",
            Self::Tag => "tag",
            Self::Digest => "digest",
            Self::Name => "name",
            Self::Downgrade => "downgrade",
        })
    }
}

/// What a reviewer sees of one policy's update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    /// The update.
    pub update: &'a PolicyUpdate,
    /// The tags that are replaced, each once, in the order of the files.
    pub old_tags: Vec<String>,
    /// The digests that are replaced, each once.
    pub old_digests: Vec<String>,
    /// Other names that are replaced by the policy's image.
    pub old_names: Vec<String>,
    /// How far it goes; of several steps the farthest.
    pub step: Step,
    /// The files, each once, with the first line that changes.
    pub files: Vec<(&'a RepoPath, u32)>,
}

impl Row<'_> {
    /// What is elected.
    pub fn latest(&self) -> &ImageRef {
        &self.update.latest
    }

    /// What is replaced, for people: tags; for a digest alone the tag with the
    /// digests before; for a name alone the names.
    pub fn from(&self) -> Vec<String> {
        let tag = &self.latest().tag;
        if !self.is_digest_only() {
            let are_tags = !self.old_tags.is_empty();
            return if are_tags { self.old_tags.clone() } else { self.old_names.clone() };
        }
        if self.old_digests.is_empty() {
            return vec![tag.to_string()];
        }
        let with_tag = |digest: &String| match Digest::new(digest) {
            Some(digest) => format!("{tag}@{}", digest.short()),
            None => format!("{tag}@{digest}"),
        };
        self.old_digests.iter().map(with_tag).collect()
    }

    /// The value that a hold names: `tag`, or `tag@digest`.
    pub fn held_value(&self) -> String {
        held_value(&self.update.latest)
    }

    /// Whether only the content behind the tag changes.
    pub fn is_digest_only(&self) -> bool {
        self.step == Step::Digest
    }
}

/// The value that a hold of this election names.
pub fn held_value(latest: &ImageRef) -> String {
    match &latest.digest {
        Some(digest) => format!("{}@{digest}", latest.tag),
        None => latest.tag.to_string(),
    }
}

/// The lines of the table, in the order of the policies.
pub fn rows<'a>(updates: impl IntoIterator<Item = &'a PolicyUpdate>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = updates.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.update.policy.cmp(&b.update.policy));
    rows
}

fn row(update: &PolicyUpdate) -> Row<'_> {
    let mut row = Row {
        update,
        old_tags: Vec::new(),
        old_digests: Vec::new(),
        old_names: Vec::new(),
        step: Step::Digest,
        files: Vec::new(),
    };
    for change in &update.changes {
        let old = old_reference(change);
        push_new(&mut row.old_tags, old.tag.filter(|tag| *tag != update.latest.tag.as_str()));
        push_new(&mut row.old_digests, old.digest);
        push_new(&mut row.old_names, old.name.filter(|name| *name != update.latest.name));
        if !row.files.iter().any(|(file, _)| *file == &change.file) {
            row.files.push((&change.file, change.at.line));
        }
    }
    row.step = if update.downgrade {
        Step::Downgrade
    } else if let Some(step) = row
        .old_tags
        .iter()
        .map(|old| step(old, update.latest.tag.as_str()))
        .min_by_key(|s| *s as u8)
    {
        step
    } else if row.old_names.is_empty() || !row.old_digests.is_empty() {
        Step::Digest
    } else {
        Step::Name
    };
    row
}

fn push_new(list: &mut Vec<String>, item: Option<&str>) {
    if let Some(item) = item.filter(|item| !list.iter().any(|known| known == item)) {
        list.push(item.to_owned());
    }
}

/// What the value of a change said before, as far as its marker covers it.
fn old_reference(change: &Change) -> Reference<'_> {
    Reference::of_setter(&change.setter, &change.old_value)
}

/// How far it is from one tag to another.
fn step(old: &str, new: &str) -> Step {
    let (Ok(old), Ok(new)) = (Version::parse(old), Version::parse(new)) else {
        return Step::Tag;
    };
    if old.major() != new.major() {
        Step::Major
    } else if old.minor() != new.minor() {
        Step::Minor
    } else if old.patch() != new.patch() {
        Step::Patch
    } else {
        Step::PreRelease
    }
}
