//! What holds for every file, however it is written.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Found, Marker, Memory, current_tags, find, is_read, remembered, update};
use crate::{
    diagnostic::Code,
    flux::NamespacedName,
    oci::{Digest, ImageRef, Tag},
    tree::{RepoPath, SourceFile},
};

const DIGEST: &str = "sha256:6745aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be";
const OTHER: &str = "sha256:0045aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be";

fn file(source: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { path: RepoPath::clamped("apps/a.yaml"), bytes: source.as_ref().into() }
}

/// `m(":tag")` is the marker of policy `ns/app` for its tag.
fn m(suffix: &str) -> String {
    format!(r#"# {{"$imagepolicy": "ns:app{suffix}"}}"#)
}

fn image(tag: &str, digest: Option<&str>) -> ImageRef {
    let digest = digest.map(|digest| Digest::new(digest).unwrap());
    ImageRef { name: "ghcr.io/org/app".to_owned(), tag: Tag::new(tag).unwrap(), digest }
}

fn set(file: &SourceFile, found: &Found, image: &ImageRef) -> Option<super::FileChange> {
    update(file, &found.markers, &|_: &Marker| Some(image))
}

/// The file after an update, itself where nothing changes.
fn after(source: &str, image: &ImageRef) -> String {
    let file = file(source);
    let change = set(&file, &find(&file), image);
    let bytes = change.map_or(file.bytes, |change| change.bytes);
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn names_decide_which_files_are_read() {
    for (path, read) in [
        ("a.yaml", true),
        ("deep/.hidden/b.yml", true),
        ("x/Kustomization", true),
        (".yaml", true),
        ("kustomization", false),
        ("a.YAML", false),
        ("a.yaml.tmpl", false),
        ("a.json", false),
        ("yaml", false),
    ] {
        assert_eq!(is_read(&RepoPath::clamped(path)), read, "{path}");
    }
}

#[test]
fn sets_the_value_and_keeps_the_way_it_is_written() {
    #[rustfmt::skip]
    let rows: &[(&str, &str, &str)] = &[
        // before (M is a marker of the tag)             tag        after
        ("a: old M\n",                                   "1.2.3",   "a: 1.2.3 M\n"),
        ("a: \"old\" M\n",                               "1.2.3",   "a: \"1.2.3\" M\n"),
        ("a: 'old' M\n",                                 "1.20",    "a: '1.20' M\n"),
        ("a: old M\n",                                   "1.20",    "a: \"1.20\" M\n"),
        ("a: 1.0 M\n",                                   "1.2.3",   "a: 1.2.3 M\n"),
        ("a: ~ M\n",                                     "on",      "a: \"on\" M\n"),
        ("a: 1.20 M\n",                                  "1.20",    "a: 1.20 M\n"),
        ("\u{feff}a: &b !!str old\t  M\r\nc: *b\r\n",    "1.2.3",   "\u{feff}a: &b !!str 1.2.3\t  M\r\nc: *b\r\n"),
        ("a: one\n  two M\n",                            "1.2.3",   "a: 1.2.3 M\n"),
        ("a: \"one\n  two\" M",                          "1.2.3",   "a: \"1.2.3\" M"),
        ("a: | M\n   old\nb: c\n",                       "1.20",    "a: |- M\n   1.20\nb: c\n"),
        ("a: [b, M\n  c]\n",                             "1.2.3",   "a: [1.2.3, M\n  c]\n"),
        ("a:\nM\n- b\n- c\n",                            "1.2.3",   "a:\nM\n- 1.2.3\n- c\n"),
        ("a: old M\na: other M\n",                       "1.2.3",   "a: 1.2.3 M\na: other M\n"),
        ("a: b\n...\n---\nc: old M\n",                   "1.2.3",   "a: b\n...\n---\nc: 1.2.3 M\n"),
    ];
    for (before, tag, want) in rows {
        let marker = m(":tag");
        let (before, want) = (before.replace('M', &marker), want.replace('M', &marker));
        assert_eq!(after(&before, &image(tag, None)), want, "{before}");
    }
}

#[test]
fn every_part_has_its_value() {
    let with = image("1.2.3", Some(DIGEST));
    let without = image("1.2.3", None);
    let full = format!("ghcr.io/org/app:1.2.3@{DIGEST}");
    for (suffix, image, value) in [
        ("", &with, full.as_str()),
        ("", &without, "ghcr.io/org/app:1.2.3"),
        (":name", &with, "ghcr.io/org/app"),
        (":tag", &with, "1.2.3"),
        (":digest", &with, DIGEST),
        (":digest", &without, "\"\""),
    ] {
        let (before, want) =
            (format!("a: x {}\n", m(suffix)), format!("a: {value} {}\n", m(suffix)));
        assert_eq!(after(&before, image), want);
    }
}

#[test]
fn a_digest_that_there_is_none_of_is_told() {
    let file = file(format!("a: {DIGEST} {}\n", m(":digest")));
    let change = set(&file, &find(&file), &image("1.2.3", None)).unwrap();
    assert_eq!(change.problems[0].code, Code::MarkerNoDigest);
    assert_eq!(
        change.problems[0].message,
        "`ns:app:digest` is set to an empty value: its policy reflects no digest"
    );
    assert_eq!(change.problems[0].at.as_ref().unwrap().to_string(), "apps/a.yaml:1:4");
}

#[test]
fn a_change_says_what_where_and_whose() {
    let source = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\n\
         spec:\n  image: old:1 {}\n",
        m("")
    );
    let file = file(source);
    let change = set(&file, &find(&file), &image("1.2.3", None)).unwrap();
    let change = &change.changes[0];
    let object = &change.object;
    assert_eq!(change.file.as_str(), "apps/a.yaml");
    assert_eq!([&object.api_version, &object.kind], ["apps/v1", "Deployment"]);
    assert_eq!([&object.namespace, &object.name], ["shop", "web"]);
    assert_eq!([&change.old_value, &change.new_value], ["old:1", "ghcr.io/org/app:1.2.3"]);
    assert_eq!(change.setter, "ns:app");
    assert_eq!((change.at.line, change.at.column, change.at.width), (5, 10, 5));
}

#[test]
fn the_items_of_a_list_are_objects_of_their_own() {
    let source = format!(
        "kind: List\nitems:\n- kind: A\n  metadata: {{name: one}}\n  image: x {0}\n\
         - kind: B\n  items:\n  - image: y {0}\n",
        m("")
    );
    let found = find(&file(source));
    let objects: Vec<_> = found.markers.iter().map(|marker| marker.object.kind.as_str()).collect();
    assert_eq!(objects, ["A", "B"]);
}

#[test]
fn tells_the_markers_that_flux_leaves_alone() {
    let json =
        "the comment is not one JSON object of strings with nothing behind it, it marks nothing";
    let line =
        "the marker stands on a line of its own, and not alone above a list item, it marks nothing";
    let key = "the marker stands behind a key whose value is not on its line, it marks nothing";
    #[rustfmt::skip]
    let rows: &[(&str, &str, &str)] = &[
        ("a: b\nM\nc: d\n",              "2:1",  line),
        ("a:\nM\n# and\n- b\n",          "2:1",  line),
        ("a: M\n  b: c\n",               "1:4",  key),
        ("a: M\nb: c\n",                 "1:4",  key),
        ("a: {b: c} M\n",                "1:11", "the marker stands behind a list or a mapping, it marks nothing"),
        ("a: &x b\nc: *x M\n",           "2:7",  "the marker stands behind an alias, it marks nothing"),
        ("a: b\na: c M\n",               "2:6",  "the marker stands on the second value of a key, of which Flux sets the first, it marks nothing"),
        ("a: !!int 5 M\n",               "1:12", "the marker stands on a value whose tag makes it no string, it marks nothing"),
        ("a:\nM\n- b # c\n",             "2:1",  "the marker stands above a value that has another comment, it marks nothing"),
        ("? a M\n: b\n",                 "1:5",  "the marker stands on no value, it marks nothing"),
        ("a: b M # why\n",               "1:6",  json),
        ("a: b # {\"$imagepolicy\": \"ns/app\"}\n", "1:6", "the comment does not name a policy, it marks nothing"),
        ("a: b M\nc: [\n",               "2:4",  "the markers of this file are not read, it is no YAML: unclosed bracket '['"),
        ("%YAML 1.2\n---\na: b M\n",     "1:1",  "the markers of this file are not read: a directive stands in it"),
        ("a: b M\n--- c\n",              "2:1",  "the markers of this file are not read: something other than a comment stands behind `---`"),
        ("a: b M\n---\n- c\n",           "3:1",  "the markers of this file are not read: a document of it is no mapping"),
        ("a: b M\nmetadata: c\n",        "2:11", "the markers of this file are not read: `metadata` is no mapping"),
        ("a: b M\nmetadata: {annotations: [c]}\n", "2:25", "the markers of this file are not read: `metadata.annotations` is no mapping"),
    ];
    for (source, at, message) in rows {
        let found = find(&file(source.replace('M', &m(""))));
        let problem = found.problems.first().unwrap_or_else(|| panic!("{source}"));
        assert_eq!(problem.message, *message, "{source}");
        assert_eq!(problem.code, Code::MarkerNotEditable, "{source}");
        assert_eq!(
            problem.at.as_ref().unwrap().to_string(),
            format!("apps/a.yaml:{at}"),
            "{source}"
        );
        assert!(problem.hint.is_some(), "{source}");
        assert_eq!(found.problems.len(), 1, "{source}");
    }
}

#[test]
fn prose_and_lines_commented_out_are_passed_over_in_silence() {
    for source in [
        "# image: old:1 M\na: b\n",
        "# see M\na: b # as M\n",
        "a: |\n  image: old:1 M\n",
        "a: 'M'\n",
        "{{ if }}\n# image: old:1 M\n",
        "a: b # {}\n",
    ] {
        let found = find(&file(source.replace('M', &m(""))));
        assert!(found.markers.is_empty() && found.problems.is_empty(), "{source}: {found:?}");
    }
}

#[test]
fn a_file_beyond_the_limit_is_told_by_name() {
    let found = find(&file(format!("a: b {}\n{}", m(""), "#".repeat(super::SIZE_LIMIT))));
    assert_eq!(found.problems[0].code, Code::FileTooLarge);
    let message = "`apps/a.yaml` is larger than 16 MiB, its markers are not read";
    assert_eq!(found.problems[0].message, message);
    assert!(found.markers.is_empty());
}

#[test]
fn markers_remember_the_digest_of_the_elected_image() {
    let tag = Tag::new("1.2.3").unwrap();
    let agreed = |digest: &str| Memory::Agreed(Digest::new(digest).unwrap());
    let image = "ghcr.io/org/app";
    #[rustfmt::skip]
    let rows: &[(String, Memory)] = &[
        (format!("a: {image}:1.2.3@{DIGEST} F\n"),                               agreed(DIGEST)),
        (format!("a: {image}:1.2.4@{DIGEST} F\n"),                               Memory::None),
        (format!("a: {image}2:1.2.3@{DIGEST} F\n"),                              Memory::None),
        (format!("a: {image}:1.2.3 F\n"),                                        Memory::None),
        (format!("a: {image}:1.2.3@sha256:12 F\n"),                              Memory::None),
        (format!("a: {{t: 1.2.3, T\n d: \"{DIGEST}\" D\n}}\n"),                  agreed(DIGEST)),
        (format!("t: 1.2.3 T\nn: {image} N\nd: {DIGEST} D\n"),                   agreed(DIGEST)),
        (format!("t: 1.2.3 T\nn: other N\nd: {DIGEST} D\n"),                     Memory::None),
        (format!("t: 1.2.4 T\nd: {DIGEST} D\n"),                                 Memory::None),
        (format!("d: {DIGEST} D\n"),                                             Memory::None),
        (format!("a:\n  t: 1.2.3 T\nd: {DIGEST} D\n"),                           Memory::None),
        (format!("a:\n- {{t: 1.2.3 T\n  }}\n- d: {DIGEST} D\n"),                 Memory::None),
        (format!("a: {image}:1.2.3@{DIGEST} F\nb: {image}:1.2.3@{DIGEST} F\n"),  agreed(DIGEST)),
        (format!("a: {image}:1.2.3@{DIGEST} F\nb: {image}:1.2.3@{OTHER} F\n"),   Memory::Disagree),
        (format!("t: 1.2.3 T\nd: {DIGEST} D\nb: {image}:1.2.3@{OTHER} F\n"),     Memory::Disagree),
        (format!("a: {image}:1.2.3@{OTHER} X\nb: {image}:1.2.3@{DIGEST} F\n"),   agreed(DIGEST)),
    ];
    for (source, memory) in rows {
        let source = source
            .replace('F', &m(""))
            .replace(" T\n", &format!(" {}\n", m(":tag")))
            .replace(" N\n", &format!(" {}\n", m(":name")))
            .replace(" D\n", &format!(" {}\n", m(":digest")))
            .replace('X', r#"# {"$imagepolicy": "other:app"}"#);
        let markers = find(&file(&source)).markers;
        let policy = NamespacedName::new("ns", "app");
        assert_eq!(remembered(&markers, &policy, image, &tag), *memory, "{source}");
    }
}

#[test]
fn markers_know_the_tags_that_stand() {
    let source = format!(
        "a: 1.2.3 {0}\nb: host:5000/app:1.2.4@{DIGEST} {1}\nc: host:5000/app {1}\nd: app {2}\n\
         e: 'no tag' {0}\nf: 9 # {{\"$imagepolicy\": \"ns:other:tag\"}}\n",
        m(":tag"),
        m(""),
        m(":name")
    );
    let markers = find(&file(source)).markers;
    let policy = NamespacedName::new("ns", "app");
    assert_eq!(current_tags(&markers, &policy), ["1.2.3", "1.2.4"]);
}

/// YAML that somebody might write, and a good deal that nobody would.
fn yaml() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("\n"),
        Just("\n  "),
        Just("\n- "),
        Just("\n    "),
        Just("\r\n"),
        Just("\n---\n"),
        Just(" "),
        Just("\t"),
        Just("a: "),
        Just("b: "),
        Just("- "),
        Just("? "),
        Just(": "),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just("x"),
        Just("1.0"),
        Just("'x'"),
        Just("\"x\""),
        Just("'"),
        Just("\""),
        Just("|\n"),
        Just(">-\n"),
        Just("|2+ "),
        Just("&a "),
        Just("*a"),
        Just("!!str "),
        Just("!t "),
        Just("~"),
        Just("# c"),
        Just("ä"),
        Just("\u{feff}"),
        Just("%"),
        Just("..."),
        Just(" # {\"$imagepolicy\": \"ns:app\"}\n"),
        Just(" # {\"$imagepolicy\": \"ns:app:tag\"}\n"),
        Just(" # {\"$imagepolicy\": \"ns:app:digest\"}"),
        Just("#{\"$imagepolicy\": \"ns:app:name\"}"),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

/// What is left of a text when the marked values are cut out.
fn around(source: &str, markers: &[Marker]) -> String {
    let mut rest = String::new();
    let mut done = 0;
    for marker in markers {
        rest.push_str(&source[done..marker.span.start]);
        done = marker.span.end;
    }
    rest.push_str(&source[done..]);
    rest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut marked = bytes;
        marked.extend_from_slice(b"\na: b # {\"$imagepolicy\": \"ns:app\"}\n");
        find(&file(marked));
    }

    #[test]
    fn an_update_settles_and_touches_nothing_else(source in yaml(), tag in "[a-z0-9][0-9.]{0,5}", digest: bool) {
        let file = file(&source);
        let found = find(&file);
        let image = image(&tag, digest.then_some(DIGEST));
        let Some(change) = set(&file, &found, &image) else { return Ok(()) };
        let after = String::from_utf8(change.bytes.to_vec()).unwrap();
        let again = SourceFile { bytes: Arc::clone(&change.bytes), ..file };
        let refound = find(&again);
        prop_assert_eq!(refound.markers.len(), found.markers.len(), "{}", after);
        for marker in &refound.markers {
            prop_assert_eq!(&marker.value, &marker.part.of(&image), "{}", after);
        }
        prop_assert_eq!(set(&again, &refound, &image), None);
        if found.markers.iter().all(|marker| !marker.style.is_block()) {
            prop_assert_eq!(around(&source, &found.markers), around(&after, &refound.markers));
        }
    }
}
