//! The grammar of a marker, the comment behind a value.

use std::collections::HashMap;

use crate::flux::NamespacedName;

/// What of the elected image a marker wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// No suffix: `name:tag`, with `@digest` where the policy reflects one.
    Full,
    /// `:name`
    Name,
    /// `:tag`
    Tag,
    /// `:digest`
    Digest,
}

impl Part {
    /// The suffix as a marker has it, empty for [`Part::Full`].
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Full => "",
            Self::Name => ":name",
            Self::Tag => ":tag",
            Self::Digest => ":digest",
        }
    }
}

/// What a marker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkerRef {
    /// The policy.
    pub policy: NamespacedName,
    /// What is wanted of its latest image.
    pub part: Part,
    /// `ns:name[:name|:tag|:digest]`, the setter's name in Flux's results.
    pub text: String,
}

/// What a comment turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comment {
    /// A marker.
    Marker(MarkerRef),
    /// Meant as a marker, by its looks, and none; with what is wrong.
    Broken(&'static str),
    /// Prose, or a line commented out.
    Other,
}

const KEY: &str = "$imagepolicy";
/// How kyaml writes the same at full length.
const REFERENCE: &str = "#/definitions/io.k8s.cli.setters.";

/// Reads a comment, `#` included, as kyaml's `fieldmeta` does: all leading
/// `#` fall away, and what is left is exactly one JSON object of strings.
pub(super) fn read(comment: &str) -> Comment {
    if !comment.contains(KEY) && !comment.contains(REFERENCE) {
        return Comment::Other;
    }
    let text = comment.trim_start_matches('#');
    if !text.trim_start().starts_with('{') {
        return Comment::Other;
    }
    let Some(name) = setter(text) else {
        return Comment::Broken("is not one JSON object of strings with nothing behind it");
    };
    match MarkerRef::parse(&name) {
        Some(marker) => Comment::Marker(marker),
        None => Comment::Broken("does not name a policy"),
    }
}

/// The setter that a comment's JSON names, empty where it says `null`; `None`
/// when there is no such JSON.
fn setter(json: &str) -> Option<String> {
    // Of a key that stands twice the last wins, in Go's decoder and in serde's.
    if let Ok(strings) = serde_json::from_str::<HashMap<String, Option<String>>>(json)
        && let Some(name) = strings.get(KEY)
    {
        return Some(name.clone().unwrap_or_default());
    }
    let object: HashMap<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    let name = object.get("$ref")?.as_str()?.strip_prefix(REFERENCE)?;
    Some(name.to_owned())
}

impl MarkerRef {
    /// Reads `ns:name[:name|:tag|:digest]`, exactly and case-sensitively.
    ///
    /// kyaml takes the name through a URL's fragment, so `%3A` is a colon too.
    pub fn parse(name: &str) -> Option<Self> {
        let text = percent_decoded(name)?;
        let mut parts = text.split(':');
        let (namespace, name) = (parts.next()?, parts.next()?);
        let part = match parts.next() {
            None => Part::Full,
            Some("name") => Part::Name,
            Some("tag") => Part::Tag,
            Some("digest") => Part::Digest,
            Some(_) => return None,
        };
        let whole = |part: &str| {
            !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '/')
        };
        if parts.next().is_some() || !whole(namespace) || !whole(name) {
            return None;
        }
        Some(Self { policy: NamespacedName::new(namespace, name), part, text })
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        decoded.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_the_whole_comment() {
        #[rustfmt::skip]
        let rows: &[(&str, &str)] = &[
            (r#"# {"$imagepolicy": "ns:app"}"#,                         "ns:app"),
            (r#"#{"$imagepolicy":"ns:app:tag"}"#,                       "ns:app:tag"),
            (r#"###	{"$imagepolicy": "ns:app:name"}	"#,            "ns:app:name"),
            (r#"# {"$imagepolicy": "ns:app:digest", "why": null}"#,     "ns:app:digest"),
            (r#"# {"$imagepolicy": "x:y", "$imagepolicy": "ns:app"}"#,  "ns:app"),
            (r#"# {"$imagepolicy": "n\u0073%3aapp%3Atag"}"#,            "ns:app:tag"),
            (r##"# {"$ref": "#/definitions/io.k8s.cli.setters.ns:app"}"##, "ns:app"),
            (r#"# {"$imagepolicy": "${NS}:app"}"#,                      "${NS}:app"),
        ];
        for (comment, text) in rows {
            match read(comment) {
                Comment::Marker(marker) => assert_eq!(marker.text, *text, "{comment}"),
                other => panic!("{comment}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_looks_like_a_marker_and_is_none_is_broken() {
        let json = "is not one JSON object of strings with nothing behind it";
        let policy = "does not name a policy";
        #[rustfmt::skip]
        let rows: &[(&str, &str)] = &[
            (r#"# {"$imagepolicy": "ns:app"} # why"#,       json),
            (r#"# {"$imagepolicy": "ns:app"},"#,            json),
            (r#"# {"$imagepolicy": "ns:app",}"#,            json),
            (r#"# {"$imagepolicy": "ns:app", "n": 1}"#,     json),
            (r"# {'$imagepolicy': 'ns:app'}",               json),
            (r#"# {"$imagepolicy": null}"#,                 policy),
            (r#"# {"$imagepolicy": "ns/app"}"#,             policy),
            (r#"# {"$imagepolicy": "ns:app:TAG"}"#,         policy),
            (r#"# {"$imagepolicy": "ns:app:tag:name"}"#,    policy),
            (r#"# {"$imagepolicy": "ns: app"}"#,            policy),
            (r#"# {"$imagepolicy": ":app"}"#,               policy),
            (r#"# {"$imagepolicy": "ns:app%3"}"#,           policy),
        ];
        for (comment, why) in rows {
            assert_eq!(read(comment), Comment::Broken(why), "{comment}");
        }
    }

    #[test]
    fn prose_and_lines_commented_out_are_neither() {
        for comment in [
            "# a note",
            r#"# image: old # {"$imagepolicy": "ns:app"}"#,
            r#"# see {"$imagepolicy": "ns:app"}"#,
            r#"# # {"$imagepolicy": "ns:app"}"#,
            r#"# "$imagepolicy": "ns:app""#,
            "# {}",
        ] {
            assert_eq!(read(comment), Comment::Other, "{comment}");
        }
    }
}
