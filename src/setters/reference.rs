//! What a marked value says of an image.

use super::{MarkerRef, Part};

/// The parts of an image reference that a value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reference<'a> {
    /// The name.
    pub name: Option<&'a str>,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest.
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Reads the value of a marker of this part.
    pub fn read(part: Part, value: &'a str) -> Self {
        let given = |text: &'a str| (!text.is_empty()).then_some(text);
        match part {
            Part::Name => Self { name: given(value), ..Self::default() },
            Part::Tag => Self { tag: given(value), ..Self::default() },
            Part::Digest => Self { digest: given(value), ..Self::default() },
            Part::Full => {
                let (image, digest) = match value.split_once('@') {
                    Some((image, digest)) => (image, given(digest)),
                    None => (value, None),
                };
                // A colon before the last slash belongs to a port.
                let (name, tag) = match image.rsplit_once(':') {
                    Some((name, tag)) if !tag.contains('/') => (name, given(tag)),
                    _ => (image, None),
                };
                Self { name: given(name), tag, digest }
            }
        }
    }

    /// Reads the value of a setter by its text, `ns:name[:name|:tag|:digest]`.
    pub fn of_setter(setter: &str, value: &'a str) -> Self {
        let part = MarkerRef::parse(setter).map_or(Part::Full, |marker| marker.part);
        Self::read(part, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag() {
        for (value, name, tag, digest) in [
            ("a/b:1", Some("a/b"), Some("1"), None),
            ("localhost:5000/b", Some("localhost:5000/b"), None, None),
            ("localhost:5000/b:1@sha256:x", Some("localhost:5000/b"), Some("1"), Some("sha256:x")),
            ("b@sha256:x", Some("b"), None, Some("sha256:x")),
            ("", None, None, None),
            ("1.0", Some("1.0"), None, None),
        ] {
            assert_eq!(Reference::read(Part::Full, value), Reference { name, tag, digest }, "{value}");
        }
    }
}
