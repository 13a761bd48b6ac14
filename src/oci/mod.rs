//! The grammar of image references, as Flux's registry library reads them.
//!
//! Holding one of these values is proof that its text passed the grammar:
//! what comes from a registry reaches a commit, a path or Markdown only so.

mod image;

use std::fmt;

pub use image::{Image, ImageError, Scheme};

/// A tag: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}` (OCI distribution specification).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// Reads a tag, `None` for what the grammar refuses.
    pub fn new(text: &str) -> Option<Self> {
        Self::is_valid(text).then(|| Self(text.to_owned()))
    }

    /// Whether the grammar admits the text.
    pub fn is_valid(text: &str) -> bool {
        let mut bytes = text.bytes();
        text.len() <= 128
            && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A content digest: `sha256:` and 64, or `sha512:` and 128, lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// Reads a digest, `None` for what the grammar refuses.
    pub fn new(text: &str) -> Option<Self> {
        let hex = match text.split_once(':')? {
            ("sha256", hex) if hex.len() == 64 => hex,
            ("sha512", hex) if hex.len() == 128 => hex,
            _ => return None,
        };
        hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).then(|| Self(text.to_owned()))
    }

    /// The whole text, algorithm included.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve hexadecimal digits, for people.
    pub fn short(&self) -> &str {
        let hex = self.0.split_once(':').map_or(self.0.as_str(), |(_, hex)| hex);
        &hex[..12]
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a policy has elected, `ImagePolicy.status.latestRef`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ImageRef {
    /// `ImageRepository.spec.image` as it is written there, never canonicalised.
    pub name: String,
    /// The elected tag.
    pub tag: Tag,
    /// Its digest, where the policy reflects one.
    pub digest: Option<Digest>,
}

impl ImageRef {
    /// The tag and the digest, for people: `v1.2.3`, `main@1a2b3c4d5e6f`.
    pub fn short(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{}", self.tag, digest.short()),
            None => self.tag.to_string(),
        }
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.tag)?;
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}
