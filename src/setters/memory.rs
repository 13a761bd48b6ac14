//! What the markers remember: our stand-in for `ImagePolicy.status.latestRef`.

use super::{Marker, Part};
use crate::{
    flux::NamespacedName,
    oci::{Digest, Tag},
};

/// The digest that stands at a policy's markers for an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Memory {
    /// No marker carries one.
    None,
    /// All that carry one carry this.
    Agreed(Digest),
    /// They carry different ones.
    Disagree,
}

/// The digest that the markers of a policy carry for the elected name and tag.
///
/// A marker of the whole reference stands alone. A `:digest` marker belongs to
/// the same policy's `:tag` in the same mapping, and to its `:name` where
/// there is one; without a `:tag` nobody knows what it is the digest of.
pub fn remembered(markers: &[Marker], policy: &NamespacedName, name: &str, tag: &Tag) -> Memory {
    let own: Vec<&Marker> = markers.iter().filter(|marker| marker.policy == *policy).collect();
    let mut memory = Memory::None;
    for marker in &own {
        let digest = match marker.part {
            Part::Full => whole(&marker.value, name, tag),
            Part::Digest if belongs(marker, &own, name, tag) => Digest::new(&marker.value),
            Part::Digest | Part::Name | Part::Tag => None,
        };
        memory = match (memory, digest) {
            (memory, None) => memory,
            (Memory::None, Some(digest)) => Memory::Agreed(digest),
            (Memory::Agreed(known), Some(digest)) if known == digest => Memory::Agreed(known),
            (Memory::Agreed(_) | Memory::Disagree, Some(_)) => return Memory::Disagree,
        };
    }
    memory
}

/// The tags that stand at a policy's markers, in the order of the markers.
pub fn current_tags<'a>(markers: &'a [Marker], policy: &NamespacedName) -> Vec<&'a str> {
    let own = markers.iter().filter(|marker| marker.policy == *policy);
    own.filter_map(|marker| match marker.part {
        Part::Tag => Some(marker.value.as_str()),
        Part::Full => tag_of(&marker.value),
        Part::Name | Part::Digest => None,
    })
    .filter(|tag| Tag::is_valid(tag))
    .collect()
}

fn whole(value: &str, name: &str, tag: &Tag) -> Option<Digest> {
    let (image, digest) = value.split_once('@')?;
    let elected = image.strip_prefix(name)?.strip_prefix(':')? == tag.as_str();
    elected.then(|| Digest::new(digest)).flatten()
}

/// Whether a `:digest` marker's neighbours name the elected image.
fn belongs(marker: &Marker, own: &[&Marker], name: &str, tag: &Tag) -> bool {
    let beside =
        |part: Part| own.iter().filter(move |other| other.part == part && other.is_beside(marker));
    let mut tags = beside(Part::Tag).peekable();
    tags.peek().is_some()
        && tags.all(|other| other.value == tag.as_str())
        && beside(Part::Name).all(|other| other.value == name)
}

fn tag_of(value: &str) -> Option<&str> {
    let image = value.split('@').next()?;
    let last = image.rsplit('/').next()?;
    last.split_once(':').map(|(_, tag)| tag)
}

impl Marker {
    /// Whether both stand in one mapping.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.at.file == other.at.file && self.mapping == other.mapping
    }
}
