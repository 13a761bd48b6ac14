//! One page of a tag list.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::oci::Tag;

/// The tags of a page. Everything else in it is read over, which may be much:
/// Google's older registry adds the manifests of all images.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// What the grammar admits.
    pub(super) tags: Vec<Box<str>>,
    /// How many entries it refused.
    pub(super) illegal: usize,
    /// The last entry, where it is a tag.
    pub(super) last: Option<Box<str>>,
}

impl Page {
    /// Reads a page; the error says what is wrong, and quotes nothing.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => error.to_string(),
            _ => "it is no JSON".to_owned(),
        })
    }

    /// How many entries the page holds.
    pub(super) fn len(&self) -> usize {
        self.tags.len() + self.illegal
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PageVisitor)
    }
}

struct PageVisitor;

impl<'de> Visitor<'de> for PageVisitor {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `tags`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let mut page = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "tags" {
                map.next_value::<IgnoredAny>()?;
            } else if page.is_some() {
                return Err(A::Error::custom("it has `tags` twice"));
            } else {
                page = Some(map.next_value::<Option<Tags>>()?.unwrap_or_default());
            }
        }
        Ok(page.unwrap_or_default().0)
    }
}

#[derive(Default)]
struct Tags(Page);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(TagsVisitor)
    }
}

struct TagsVisitor;

impl<'de> Visitor<'de> for TagsVisitor {
    type Value = Tags;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of tags")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tags, A::Error> {
        let mut page = Page::default();
        while let Some(Entry(tag)) = list.next_element()? {
            page.last.clone_from(&tag);
            match tag {
                Some(tag) => page.tags.push(tag),
                None => page.illegal += 1,
            }
        }
        Ok(Tags(page))
    }
}

/// An entry: a tag, or a string that is none.
struct Entry(Option<Box<str>>);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(EntryVisitor)
    }
}

struct EntryVisitor;

impl Visitor<'_> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag")
    }

    fn visit_str<E>(self, text: &str) -> Result<Entry, E> {
        Ok(Entry(Tag::is_valid(text).then(|| text.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pages() {
        #[rustfmt::skip]
        let rows: &[(&str, Result<(&str, usize), &str>)] = &[
            (r#"{"name":"x","tags":["1","2"]}"#,                  Ok(("1 2", 0))),
            (r#"{"tags":null}"#,                                  Ok(("", 0))),
            (r"{}",                                               Ok(("", 0))),
            (r#"{"tags":["-ot-beta-jmx","ok","a\nb"]}"#,          Ok(("ok", 2))),
            (r#"{"manifest":{"sha256:1":{"tag":["z"]}},"tags":["a"]}"#, Ok(("a", 0))),
            (r#"{"tags":["1"],"tags":["2"]}"#,                    Err("it has `tags` twice at line 1 column 22")),
            (r#"{"tags":[1]}"#,                                   Err("invalid type: integer `1`, expected a tag at line 1 column 10")),
            (r#"{"tags":{}}"#,                                    Err("invalid type: map, expected a list of tags at line 1 column 9")),
            ("<html>",                                            Err("it is no JSON")),
            (r#"{"tags":["1""#,                                   Err("it is no JSON")),
        ];
        for (body, expected) in rows {
            let page = Page::parse(body.as_bytes());
            let actual = page.as_ref().map(|page| (page.tags.join(" "), page.illegal));
            let actual = actual.as_ref().map(|(tags, illegal)| (tags.as_str(), *illegal));
            assert_eq!(actual.map_err(|text| text.as_str()), *expected, "{body}");
        }
    }

    #[test]
    fn deep_json_is_refused_not_a_crash() {
        let body = format!(r#"{{"x":{}"#, "[".repeat(100_000));
        assert_eq!(Page::parse(body.as_bytes()).unwrap_err(), "it is no JSON");
    }
}
