use super::*;

fn matched(pattern: &str, text: &str) -> Option<String> {
    let groups = Pattern::new(pattern).unwrap().captures(text);
    groups.map(|groups| groups.get(0).unwrap().to_owned())
}

#[test]
fn matches_as_go_does() {
    #[rustfmt::skip]
    let rows: &[(&str, &str, Option<&str>)] = &[
        // pattern            text        the leftmost match
        ("b",                 "abc",      Some("b")),
        ("a|ab",              "ab",       Some("a")),
        ("a+?",               "aaa",      Some("a")),
        ("(?U)a+",            "aaa",      Some("a")),
        ("(?U)a+?",           "aaa",      Some("aaa")),
        ("a(?i)b|C",          "xc",       Some("c")),
        ("(?i:a)b",           "AB",       None),
        ("(?m)^b$",           "a\nb\nc",  Some("b")),
        ("^b$",               "a\nb\nc",  None),
        ("a$",                "a\n",      None),
        (".",                 "\n",       None),
        ("(?s).",             "\n",       Some("\n")),
        ("[^a]",              "\n",       Some("\n")),
        (r"\d",               "\u{663}",  None),
        (r"\s",               "\u{a0}",   None),
        (r"\s",               "\u{b}",    None),
        ("[[:space:]]",       "\u{b}",    Some("\u{b}")),
        (r"^\w+$",            "é",        None),
        (r"\bb",              "éb",       Some("b")),
        (r"^.\B.$",           "éé",       Some("éé")),
        (r"(?i)k",            "\u{212a}", Some("\u{212a}")),
        (r"(?i)\W",           "\u{212a}", None),
        (r"\Qa.b\E+",         "a.bb",     Some("a.bb")),
        (r"\Qa.b",            "a.b",      Some("a.b")),
        (r"\141\x62\x{63}",   "abc",      Some("abc")),
        (r"[\]a-]+",          "-]a",      Some("-]a")),
        ("[]a]+",             "]a",       Some("]a")),
        ("[a&&b]+",           "&",        Some("&")),
        ("[[a]",              "[",        Some("[")),
        (r"\pL\PL",           "é1",       Some("é1")),
        (r"\p{^greek}",       "α1",       Some("1")),
        (r"[^\p{Lu}a]",       "aAb",      Some("b")),
        ("a{,2}",             "a{,2}",    Some("a{,2}")),
        ("a{02}",             "a{02}",    Some("a{02}")),
        ("a{2,}b{0}c{1,2}?",  "aaacc",    Some("aaac")),
        ("(?:)*a",            "a",        Some("a")),
        ("(?:^)*a",           "ba",       Some("a")),
        (r"[\x{d7ff}-\x{e000}]", "\u{e000}", Some("\u{e000}")),
        (r"\x{d800}",         "a",        None),
        (r"[\x{d800}-\x{dfff}]", "a",     None),
        (r"[^\x{0}-\x{10ffff}]", "a",     None),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(matched(pattern, text).as_deref(), *expected, "{pattern} on {text:?}");
    }
}

#[test]
fn says_where_a_pattern_goes_wrong() {
    #[rustfmt::skip]
    let rows: &[(&str, &str)] = &[
        ("a(b",            "`(` is not closed at byte 1"),
        ("a)",             "`)` closes nothing at byte 1"),
        ("a[b",            "`[` is not closed at byte 1"),
        (r"ab\",           "a backslash escapes nothing at byte 2"),
        (r"a\Z",           r"RE2 knows no escape `\Z` at byte 1"),
        (r"[\b]",          r"RE2 knows no escape `\b` at byte 1"),
        (r"(a)\1",         r"RE2 has no back-references such as `\1` at byte 3"),
        (r"^v(?=\d)",      "RE2 has no look-around such as `(?=` at byte 2"),
        ("(?<!a)b",        "RE2 has no look-around such as `(?<!` at byte 0"),
        ("(?>a)",          "RE2 knows no group `(?>` at byte 0"),
        ("(?P.*)",         "RE2 knows no group `(?P` at byte 0"),
        ("(?P<a-b>x)",     "`a-b` is no name of a group at byte 0"),
        ("[b-a]",          "`b-a` is no range of characters at byte 1"),
        ("[[:foo:]]",      "RE2 knows no class `[:foo:]` at byte 1"),
        (r"\p{Foo}",       r"RE2 knows no class `\p{Foo}` at byte 0"),
        ("a|*",            "`*` has nothing to repeat at byte 2"),
        ("a**",            "`**` repeats a repetition at byte 1"),
        ("a{1001}",        "`{1001}` repeats too often, at most 1000 copies in all, or runs backwards at byte 1"),
        ("(a{500}){3}",    "`{3}` repeats too often, at most 1000 copies in all, or runs backwards at byte 8"),
    ];
    for (pattern, expected) in rows {
        assert_eq!(Pattern::new(pattern).unwrap_err().to_string(), *expected, "{pattern}");
    }
}

#[test]
fn what_would_cost_too_much_is_refused_by_name() {
    #[rustfmt::skip]
    let rows = [
        ("a".repeat(4097),                            "it is longer than 4096 bytes at byte 4096"),
        ("(".repeat(51),                              "it nests groups deeper than 50 at byte 50"),
        (r"(?:\pL\pL){1000}".to_owned(),              "it becomes larger than 4 MiB when compiled at byte 0"),
    ];
    for (pattern, expected) in rows {
        assert_eq!(Pattern::new(&pattern).unwrap_err().to_string(), expected);
    }
}

#[test]
fn nothing_back_tracks() {
    let pattern = Pattern::new("^(a+)+(a|a)*$").unwrap();
    assert!(!pattern.is_match(&format!("{}b", "a".repeat(100_000))));
}

#[test]
fn groups_keep_their_numbers_and_names() {
    let pattern = Pattern::new("(?P<x>a)|(b){0}(?<1>c)(?:d)").unwrap();
    assert_eq!(pattern.names(), ["", "x", "", "1"]);
    let groups = pattern.captures("cd").unwrap();
    assert_eq!([0, 1, 2, 3, 4].map(|i| groups.get(i)), [Some("cd"), None, None, Some("c"), None]);
}
