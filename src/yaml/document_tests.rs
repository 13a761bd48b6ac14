//! Documents and the bytes that their nodes know.

use super::*;
use crate::tree::RepoPath;

fn read(source: &str) -> Result<Vec<Document>, SyntaxError> {
    parse(&Arc::new(Text::new(RepoPath::clamped("a.yaml"), source.to_owned())))
}

/// A value as `value<its bytes>`, so that a row shows both.
fn show(node: &Node) -> String {
    let source = &node.text.source()[node.span.clone()];
    let tag = node.tag.as_ref().map(|tag| format!("{tag} ")).unwrap_or_default();
    match &node.kind {
        Kind::Scalar { value, .. } => format!("{tag}{value}<{source}>"),
        Kind::Sequence(items) => {
            format!("{tag}[{}]", items.iter().map(show).collect::<Vec<_>>().join(", "))
        }
        Kind::Mapping(entries) => {
            let entries = entries.iter().map(|(k, v)| format!("{}: {}", show(k), show(v)));
            format!("{tag}{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Kind::Alias(node) => format!("<{source}>={}", show(node)),
    }
}

#[test]
fn every_value_knows_its_bytes() {
    #[rustfmt::skip]
        let rows: &[(&str, &[&str])] = &[
            ("",                                    &[]),
            ("# only a comment\n",                  &[]),
            ("a: b",                                &["{a<a>: b<b>}"]),
            ("\u{feff}a: b\r\nc: \"d\"\r\n",       &["{a<a>: b<b>, c<c>: d<\"d\">}"]),
            ("a: 'it''s' # c\nb: 1\n",             &["{a<a>: it's<'it''s'>, b<b>: 1<1>}"]),
            ("a:\nb: # c\n",                       &["{a<a>: <>, b<b>: <>}"]),
            ("- a\n- [b, c]\n- {d: e}\n",          &["[a<a>, [b<b>, c<c>], {d<d>: e<e>}]"]),
            ("a: &x b\nc: *x\nd: &x e\nf: *x\n",   &["{a<a>: b<b>, c<c>: <*x>=b<b>, d<d>: e<e>, f<f>: <*x>=e<e>}"]),
            ("a: !!str 1\n",                        &["{a<a>: !!str 1<1>}"]),
            ("a: b\na: c\n",                       &["{a<a>: b<b>, a<a>: c<c>}"]),
            ("a: |\n  b\nc: d\n",                  &["{a<a>: b\n<|\n  b>, c<c>: d<d>}"]),
            ("- &x !!str |2- # |\n   x\n\n  \n- >\n# c\n- y\n", &["[!!str  x<|2- # |\n   x>, <>>, y<y>]"]),
            ("? |\n  k\n: - |\n   x\n  - y\n",     &["{k\n<|\n  k>: [x\n<|\n   x>, y<y>]}"]),
            ("a: b\n  c\n",                        &["{a<a>: b c<b\n  c>}"]),
            ("---\na: b\n---\n# nothing\n---\nc\n", &["{a<a>: b<b>}", "none", "c<c>"]),
            ("a: \"b\"# c\nd: [e]# f", &["{a<a>: b<\"b\">, d<d>: [e<e>]}"]),
            ("ä: ö\n",                              &["{ä<ä>: ö<ö>}"]),
        ];
    for (source, documents) in rows {
        let read = read(source).unwrap_or_else(|e| panic!("{source:?}: {e}"));
        let shown: Vec<_> =
            read.iter().map(|d| d.root.as_ref().map_or("none".to_owned(), show)).collect();
        assert_eq!(shown, *documents, "{source:?}");
    }
}

#[test]
fn an_absent_value_stands_behind_its_colon() {
    let read = read("a: # c\nb :\n").unwrap();
    let root = read[0].root.as_ref().unwrap();
    assert_eq!(root.get("a").unwrap().span, 2..2);
    assert_eq!(root.get("b").unwrap().span, 10..10);
}

#[test]
fn comments_stay_with_their_document_in_the_order_of_the_file() {
    let source = "# 1\na: | # 2\n  # text\n# 3\n---\n# 4\nb: [ # 5\n]# 6";
    let documents = read(source).unwrap();
    let shown: Vec<Vec<&str>> =
        documents.iter().map(|d| d.comments.iter().map(|c| &source[c.clone()]).collect()).collect();
    assert_eq!(shown, [vec!["# 1", "# 2", "# 3"], vec!["# 4", "# 5", "# 6"]]);
}

/// Anchors `a1`, `a2` …, each with a value made from the one before.
fn anchors(count: usize, value: impl Fn(usize) -> String) -> String {
    let lines = (2..count).map(|n| format!("a{n}: &a{n} {}\n", value(n - 1)));
    lines.fold("a1: &a1 [x]\n".to_owned(), |text, line| text + &line)
}

#[test]
fn tells_what_is_no_yaml_and_where() {
    let deep = "[".repeat(300);
    let chain = anchors(600, |before| format!("[*a{before}]"));
    let laughs = anchors(30, |before| format!("[*a{before}, *a{before}]"));
    for (source, line, column, message) in [
        ("a: *b\n", 1, 4, "while parsing node, found unknown anchor"),
        ("a: &a [*a]\n", 1, 8, "an alias stands inside the value that it stands for"),
        ("a:\n\tb: c\n", 2, 2, "tabs disallowed within this context (block indentation)"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed in this context"),
        (&deep, 1, 256, "recursion limit exceeded"),
        (&chain, 511, 13, "the document nests deeper than 512 levels"),
        (&laughs, 21, 11, "the document holds more than 4000000 values"),
    ] {
        let error = read(source).unwrap_err();
        let seen = (error.at.line, error.at.column, error.message.as_str());
        assert_eq!(seen, (line, column, message), "{}", source.lines().next().unwrap());
    }
}

#[test]
fn tells_the_byte_that_is_no_utf_8() {
    let file = |bytes: &[u8]| SourceFile { path: RepoPath::clamped("a.yaml"), bytes: bytes.into() };
    assert_eq!(decode(&file("ä: b\n".as_bytes())).unwrap().source(), "ä: b\n");
    let error = decode(&file(b"a: b\n\xc3\xa4: \xe4\n")).unwrap_err();
    assert_eq!((error.at.line, error.at.column), (2, 4));
    assert_eq!(error.message, "the file is not UTF-8 from here on");
}
