use super::*;

fn policy(semver: Option<&str>, filter: Option<(&str, &str)>) -> Policy {
    Policy::new(PolicySpec { semver_range: semver, filter, ..PolicySpec::default() }).unwrap()
}

fn alphabetical(order: &str, filter: Option<(&str, &str)>) -> Policy {
    let spec = PolicySpec { alphabetical_order: Some(order), filter, ..PolicySpec::default() };
    Policy::new(spec).unwrap()
}

fn numerical(order: &str, filter: Option<(&str, &str)>) -> Policy {
    let spec = PolicySpec { numerical_order: Some(order), filter, ..PolicySpec::default() };
    Policy::new(spec).unwrap()
}

fn default_exclusions() -> ExclusionList {
    ExclusionList::new::<&str>(&[]).unwrap()
}

#[test]
fn picks_the_latest_tag() {
    let build = Some((r"^main-[a-f0-9]+-(?P<ts>\d+)$", "$ts"));
    let alpine = Some((r"^(?P<v>.*)-alpine[0-9.]*$", "$v"));
    #[rustfmt::skip]
    let rows: &[(&str, Policy, &[&str], &str, &str)] = &[
        // what the row shows              policy                          tags                                      latest           value
        ("the highest version wins",       policy(Some(">=1.0.0"), None),  &["1.9.0", "1.10.0", "1.2.0"],            "1.10.0",        "1.10.0"),
        ("a leading v is kept",            policy(Some(">=1.0.0"), None),  &["v1.0.0", "v1.1.0", "1.0.9"],           "v1.1.0",        "v1.1.0"),
        ("equal versions: letters decide", policy(Some(">=1.0.0"), None),  &["v1.0.0", "1.0.0"],                     "v1.0.0",        "v1.0.0"),
        ("no version, no matter",          policy(Some("*"), None),        &["latest", "1.2", "0.1.0"],              "0.1.0",         "0.1.0"),
        ("signatures are no images",       alphabetical("", None),         &["a", "z.sig"],                          "a",             "a"),
        ("letters, not numbers",           alphabetical("asc", None),      &["9", "10"],                             "9",             "9"),
        ("descending elects the first",    alphabetical("DESC", None),     &["b", "a"],                              "a",             "a"),
        ("numbers, not letters",           numerical("Asc", None),         &["9", "10"],                             "10",            "10"),
        ("descending, the smallest",       numerical("desc", None),        &["9", "10"],                             "9",             "9"),
        ("equal numbers: the smallest tag", numerical("", None),           &["1", "1.0", "1e0"],                     "1",             "1"),
        ("numbers out of tags",            numerical("asc", build),        &["main-a1-9", "main-b2-10", "dev-c3-99"], "main-b2-10",   "10"),
        ("equal values: the smallest tag", policy(Some("7.x"), alpine),    &["7.2.4-alpine3.19", "7.2.4-alpine3.18"], "7.2.4-alpine3.18", "7.2.4"),
        ("no group: all one value",        alphabetical("asc", Some(("a(.)", "$2"))), &["a1", "a2"],                 "a1",            ""),
    ];
    for (shows, policy, tags, latest, value) in rows {
        let mut tags = tags.to_vec();
        for order in ["as given", "reversed"] {
            let elected = policy.elect(&default_exclusions(), &tags).unwrap();
            assert_eq!(
                (elected.tag.as_str(), elected.value.as_str()),
                (*latest, *value),
                "{shows} ({order})"
            );
            tags.reverse();
        }
    }
}

#[test]
fn counts_what_is_lost_where() {
    let policy = policy(Some("1.x"), Some((r"^(v.*)-x$", "$1")));
    let tags = ["v1.0.0-x", "v1.1.0-x", "v2.0.0-x", "v1.2.0", "latest", "a.sig"];
    let elected = policy.elect(&default_exclusions(), &tags).unwrap();
    assert_eq!(elected.tag, "v1.1.0-x");
    assert_eq!(elected.funnel, Funnel { scanned: 6, excluded: 1, filtered: 2, candidates: 2 });
}

#[test]
fn the_highest_version_kept_out_is_held_back() {
    let v = Some((r"^v[0-9.]+$", ""));
    let alpine = Some((r"^(.*)-alpine$", "$1"));
    #[rustfmt::skip]
    let rows: &[(Policy, &[&str], &[&str], Option<(&str, &str, &str)>)] = &[
        // policy                      exclusions      tags                                          held back
        (policy(Some("^1"), None),     &["x"],         &["1.2.0", "2.0.0", "3.0.0"],                 Some(("3.0.0", "range", "is outside the range `^1`"))),
        (policy(Some("^1"), None),     &["x"],         &["1.2.0", "2.0.0-rc.1", "1.3.0-alpine"],     None),
        (policy(Some("^1-0"), None),   &["x"],         &["1.2.0", "2.0.0-rc.1"],                     Some(("2.0.0-rc.1", "range", "is outside the range `^1-0`"))),
        (policy(Some("^1"), None),     &["x"],         &["1.2.0", "1.1.0", "v1.2.0"],                None),
        (policy(Some("*"), v),         &["x"],         &["v1.2.0", "v1.2.1-openvino", "2.0.0"],      Some(("2.0.0", "filter", "does not match `^v[0-9.]+$`"))),
        (policy(Some("*"), None),      &[r"^2\."],     &["1.2.0", "2.0.0", "2.1.0"],                 Some(("2.1.0", "exclusion", r"is excluded by `^2\.`"))),
        (policy(Some("1.x"), alpine),  &["x"],         &["1.2.0-alpine", "2.0.0-alpine", "1.9.0"],   Some(("2.0.0-alpine", "range", "gives `2.0.0`, which is outside the range `1.x`"))),
        (policy(Some("1.x"), alpine),  &["^1.4"],      &["1.2.0-alpine", "1.4.0-alpine", "1.3.0"],   Some(("1.4.0-alpine", "exclusion", "is excluded by `^1.4`"))),
        (alphabetical("asc", None),    &["z"],         &["a", "z"],                                  None),
    ];
    for (policy, exclusions, tags, expected) in rows {
        let elected = policy.elect(&ExclusionList::new(exclusions).unwrap(), tags).unwrap();
        let held = elected.held_back.as_ref();
        let held = held.map(|h| (h.tag.as_str(), h.stage.as_str(), h.reason.as_str()));
        assert_eq!(held, *expected, "{policy:?} on {tags:?}");
    }
}

#[test]
fn tells_how_far_a_tag_comes() {
    let build = Some((r"^build-(.+)$", "$1"));
    #[rustfmt::skip]
    let rows: &[(Policy, &str, &str)] = &[
        (policy(Some("^1"), None),    "a.sig",         r"is excluded by `^.*\.sig$`"),
        (numerical("asc", build),     "main-7",        r"does not match `^build-(.+)$`"),
        (numerical("asc", build),     "build-7",       "gives `7`, which may be elected"),
        (numerical("asc", build),     "build-x7",      "gives `x7`, which is no number"),
        (numerical("asc", None),      "x7",            "is no number"),
        (alphabetical("asc", None),   "x7",            "may be elected"),
        (policy(Some("^1"), None),    "1.2.0",         "may be elected"),
        (policy(Some("^1"), None),    "1.2",           "is no version: it needs two dots, as in `1.2.3`"),
        (policy(Some("^1"), None),    "2.0.0-rc.1",    "is outside the range `^1`"),
        (policy(Some("^1"), None),    "1.2.0-alpine",  "is a pre-release, and the range `^1` admits none"),
    ];
    for (policy, tag, expected) in rows {
        assert_eq!(policy.fate(&default_exclusions(), tag).to_string(), *expected, "{tag}");
    }
}

#[test]
fn a_lost_tag_above_the_elected_one_is_a_downgrade() {
    #[rustfmt::skip]
    let rows: &[(Policy, &[&str], &[&str], Option<&str>)] = &[
        // policy                    scanned               at the markers          left
        (policy(Some("*"), None),    &["1.0.0", "1.1.0"],  &["1.2.0"],             Some("1.2.0")),
        (policy(Some("*"), None),    &["1.0.0", "1.1.0"],  &["1.2.0", "1.10.0"],   Some("1.10.0")),
        (policy(Some("*"), None),    &["1.0.0", "1.1.0"],  &["1.0.5"],             None),
        (policy(Some("*"), None),    &["1.0.0", "v1.1.0"], &["1.1.0"],             None),
        (policy(Some("*"), None),    &["1.0.0"],           &["latest", "a.sig"],   None),
        (policy(Some("*"), None),    &["1.0.0"],           &["1.1.0-rc.1"],        None),
        // A narrowed range is intent.
        (policy(Some("<1.2"), None), &["1.0.0", "1.2.0"],  &["1.2.0", "1.3.0"],    None),
        (policy(Some("*"), Some(("^1", ""))), &["1.0.0"],  &["2.0.0"],             None),
        (numerical("asc", Some((r"^b-(\d+)$", "$1"))), &["b-9"], &["b-10"],        Some("b-10")),
        (numerical("desc", None),    &["9"],               &["8"],                 Some("8")),
        (alphabetical("asc", None),  &["a"],               &["b"],                 Some("b")),
    ];
    for (policy, scanned, current, expected) in rows {
        let exclusions = default_exclusions();
        let elected = policy.elect(&exclusions, scanned).unwrap();
        let downgrade = policy.downgrade(&exclusions, scanned, current, &elected.tag);
        let from = downgrade.as_ref().map(|downgrade| downgrade.from.as_str());
        assert_eq!(from, *expected, "{scanned:?} and {current:?}");
    }
}

#[test]
fn extracts_as_go_expands() {
    let pattern = r"^(?P<a>x)(?P<b>y)?(?P<a>z)$";
    #[rustfmt::skip]
    let rows: &[(&str, &str)] = &[
        ("$a", "x"), ("${a}b", "xb"), ("$ab", ""), ("$b", ""), ("$0", "xz"), ("$3$1", "zx"),
        ("$4", ""), ("$01", ""), ("$$a", "$a"), ("$", "$"), ("$-", "$-"), ("${", "${"),
        ("${}", "${}"), ("${ a}", "${ a}"), ("${a", "${a"), (r"\1", r"\1"), ("$é", ""), ("a$", "a$"),
    ];
    for (extract, expected) in rows {
        let filter = TagFilter::new(pattern, extract).unwrap();
        assert_eq!(filter.value("xz").as_deref(), Some(*expected), "{extract}");
    }
    let filter = TagFilter::new(pattern, "$a$tsx${9}").unwrap();
    assert_eq!(filter.unknown_groups().collect::<Vec<_>>(), ["tsx", "9"]);
}

#[test]
fn a_doubled_backslash_is_a_single_one() {
    #[rustfmt::skip]
    let rows: &[(&str, &str, bool)] = &[
        (r"^v\\d+\\.\\d+$",    "v1.2",  true),
        (r"^v\\\\.$",          "v.",    true),
        (r"^v\d$",             "v1",    false),
        // Single, it would be no pattern.
        (r"^[^\\]+$",          "v1",    false),
    ];
    for (pattern, tag, doubled) in rows {
        let policy = alphabetical("asc", Some((pattern, "")));
        assert!(policy.fate(&default_exclusions(), tag).is_candidate(), "{pattern}");
        assert_eq!(!policy.warnings().is_empty(), *doubled, "{pattern}");
    }
    let exclusions = ExclusionList::new(&["^a$", r"\\.sig$"]).unwrap();
    assert_eq!(exclusions.excluding("a.sig"), Some((1, r"\\.sig$")));
    let warnings: Vec<_> = exclusions.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [r"the doubled backslash in `\\.sig$` is read as a single one; in Flux it matches no tag"]
    );
}
