use super::*;
use crate::diagnostic::{Code, Explain as _};

/// A tag held back, at which stage, and why.
type Held = Option<(&'static str, &'static str, &'static str)>;
type Tags = &'static [&'static str];

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
    let rows: &[(&str, Policy, Tags, &str, &str)] = &[
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
    let rows: &[(Policy, Tags, Tags, Held)] = &[
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
    let rows: &[(Policy, Tags, Tags, Option<&str>)] = &[
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

#[test]
fn errors_name_numbers_neighbours_and_the_mend() {
    let v = Some(("^v", ""));
    let build = Some((r"^b-(.*)$", "$1"));
    #[rustfmt::skip]
    let rows: &[(Policy, Tags, &str, Option<&str>)] = &[
        (policy(Some("1.x"), None), &[],
            "there are no tags to choose from",
            Some("push an image, or check `spec.image` of the ImageRepository")),
        (policy(Some("^1"), v), &["a.sig", "latest", "v1.2", "v2.0.0"],
            "the semver policy accepts none of 4 tags (1 excluded, 1 not matched by the filter, 2 not accepted by the policy); \
             nearest: `v2.0.0` is outside the range `^1`; `v1.2` is no version: it needs two dots, as in `1.2.3`; `latest` does not match `^v`",
            Some("widen `semver.range`")),
        (policy(Some("^1"), None), &["1.0.0-alpine"],
            "the semver policy accepts none of 1 tags (1 not accepted by the policy); \
             nearest: `1.0.0-alpine` is a pre-release, and the range `^1` admits none",
            Some("admit pre-releases with `-0` in `semver.range`, e.g. `>=1.0.0-0`, or cut the suffix off with `filterTags.extract`")),
        (policy(Some("^1"), None), &["1.0"],
            "the semver policy accepts none of 1 tags (1 not accepted by the policy); \
             nearest: `1.0` is no version: it needs two dots, as in `1.2.3`",
            Some("choose by `numerical` or `alphabetical`, or make three parts with `filterTags.extract`, e.g. `$1.0`")),
        (policy(Some("^1"), None), &["1.0.0.0"],
            "the semver policy accepts none of 1 tags (1 not accepted by the policy); \
             nearest: `1.0.0.0` is no version: it is not spelt as `1.2.3` or `v1.2.3-rc.1`",
            Some("cut the version out with `filterTags.pattern` and `extract`, or choose by `numerical` or `alphabetical`")),
        (alphabetical("asc", v), &["1.0"],
            "the alphabetical policy accepts none of 1 tags (1 not matched by the filter); nearest: `1.0` does not match `^v`",
            Some("change `filterTags.pattern` so that it matches the tags that are meant")),
        (alphabetical("asc", None), &["a.sig"],
            r"the alphabetical policy accepts none of 1 tags (1 excluded); nearest: `a.sig` is excluded by `^.*\.sig$`",
            Some("narrow `exclusionList` of the ImageRepository")),
        (numerical("asc", None), &["1", "main", "latest"],
            "`main` is no number, nor is 1 other value",
            Some("let only numbers through with `filterTags.pattern`, or cut them out with `extract`")),
        (numerical("asc", build), &["b-1", "b-x"],
            "`x`, extracted from `b-x`, is no number",
            Some("make `filterTags.extract` yield nothing but the number")),
        (numerical("asc", None), &["a", "b", "c"],
            "`c` is no number, nor are 2 other values",
            Some("let only numbers through with `filterTags.pattern`, or cut them out with `extract`")),
    ];
    for (policy, tags, text, help) in rows {
        let error = policy.elect(&default_exclusions(), tags).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.help().as_deref()), (*text, *help));
    }
}

#[test]
fn what_is_no_policy_is_refused() {
    let range = PolicySpec { semver_range: Some("latest"), ..PolicySpec::default() };
    let order = PolicySpec { numerical_order: Some("up"), ..PolicySpec::default() };
    let pattern = PolicySpec {
        alphabetical_order: Some(""),
        filter: Some((r"^v\\d(?=\d)", "")),
        ..PolicySpec::default()
    };
    #[rustfmt::skip]
    let rows: &[(PolicyError, Code, &str, &str)] = &[
        (Policy::new(PolicySpec::default()).unwrap_err(), Code::PolicyInvalid,
            "the policy names no way to choose a tag",
            "set one of `semver`, `alphabetical` and `numerical`"),
        (Policy::new(range).unwrap_err(), Code::PolicyInvalidRange,
            "`latest` is no semver range: `l` is out of place at byte 0",
            "write ranges as Masterminds/semver does, e.g. `>=1.0.0 <2.0.0`, `^1.2`, `1.x || 2.x`"),
        (Policy::new(order).unwrap_err(), Code::PolicyInvalid,
            "`up` is no order",
            "write `asc` or `desc`"),
        // The position is that of the pattern as it is written.
        (Policy::new(pattern).unwrap_err(), Code::PolicyInvalidPattern,
            r"`^v\\d(?=\d)` is no pattern: RE2 has no look-around such as `(?=` at byte 5",
            "write patterns as Go's regexp does: https://github.com/google/re2/wiki/Syntax"),
        (ExclusionList::new(&["^a$", "["]).unwrap_err(), Code::RepositoryInvalidPattern,
            "`[` in `exclusionList` is no pattern: `[` is not closed at byte 0",
            "write patterns as Go's regexp does: https://github.com/google/re2/wiki/Syntax"),
    ];
    for (error, code, text, help) in rows {
        assert_eq!((error.code(), error.to_string().as_str()), (*code, *text));
        assert_eq!(error.help().as_deref(), Some(*help));
    }
}

#[test]
fn of_several_kinds_the_first_decides() {
    let spec = PolicySpec {
        semver_range: Some("*"),
        alphabetical_order: Some("desc"),
        numerical_order: Some("asc"),
        filter: None,
    };
    let policy = Policy::new(spec).unwrap();
    assert_eq!(policy.choice().kind(), "semver");
    let [warning] = policy.warnings() else { panic!("one warning") };
    assert_eq!(warning.code(), Code::PolicySeveralKinds);
    assert_eq!(
        warning.to_string(),
        "of several kinds `semver` decides, as in Flux; ignored: `alphabetical`, `numerical`"
    );
    assert_eq!(warning.help().as_deref(), Some("remove `alphabetical` and `numerical`"));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn tag() -> impl Strategy<Value = String> {
        prop_oneof![
            "v?[0-2]\\.[0-2]\\.[0-2](-(rc|alpine)(\\.[0-2])?)?",
            "b-[0-9]{1,2}",
            "[a-z0-9][a-z0-9._-]{0,6}(\\.sig)?",
        ]
    }

    fn policies() -> impl Strategy<Value = Policy> {
        let range = prop::sample::select(vec!["*", "^1", "1.x || >=2.0.0-0", ">=0.1.0 <2"]);
        let order = prop::sample::select(vec!["asc", "desc"]);
        let filter = prop::sample::select(vec![
            None,
            Some(("^v", "")),
            Some((r"^b-(\d+)$", "$1")),
            Some((r"^v?(.*?)(-alpine)?$", "$1")),
        ]);
        (0..3, range, order, filter).prop_map(|(kind, range, order, filter)| {
            let spec = PolicySpec {
                semver_range: (kind == 0).then_some(range),
                alphabetical_order: (kind == 1).then_some(order),
                numerical_order: (kind == 2).then_some(order),
                filter,
            };
            Policy::new(spec).unwrap()
        })
    }

    proptest! {
        #[test]
        fn the_order_of_the_tags_does_not_matter(
            policy in policies(),
            (tags, shuffled) in prop::collection::vec(tag(), 0..12)
                .prop_flat_map(|tags| (Just(tags.clone()), Just(tags).prop_shuffle())),
        ) {
            let elect = |tags: &[String]| {
                let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
                policy.elect(&default_exclusions(), &tags)
            };
            prop_assert_eq!(elect(&tags), elect(&shuffled));
        }

        #[test]
        fn the_elected_tag_is_a_candidate_and_nothing_ranks_above_it(
            policy in policies(),
            tags in prop::collection::vec(tag(), 1..12),
        ) {
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            let exclusions = default_exclusions();
            if let Ok(elected) = policy.elect(&exclusions, &tags) {
                prop_assert!(tags.contains(&elected.tag.as_str()));
                prop_assert!(policy.fate(&exclusions, &elected.tag).is_candidate());
                for tag in &tags {
                    let above = policy.ranks_above(tag, &elected.tag);
                    prop_assert!(!(above && policy.fate(&exclusions, tag).is_candidate()), "{tag}");
                }
                prop_assert_eq!(policy.downgrade(&exclusions, &tags, &tags, &elected.tag), None);
                if let Some(held) = elected.held_back {
                    prop_assert!(!policy.fate(&exclusions, &held.tag).is_candidate());
                }
            }
        }

        #[test]
        fn no_text_panics_and_errors_point_into_it(text in ".{0,40}", extract in ".{0,10}") {
            if let Err(error) = Range::parse(&text) {
                prop_assert!(error.at <= text.len());
            }
            match TagFilter::new(&text, &extract) {
                Ok(filter) => drop(filter.value(&text)),
                Err(error) => prop_assert!(error.at <= text.len()),
            }
            let _ = (Version::loose(&text).is_ok(), parse_float(&text), Order::parse(&text));
        }

        #[test]
        fn no_signs_panic(text in r"[\[\](){}|*+?^$\\.,:<>=~!xXvpPQEnu0-9a-c -]{0,24}") {
            if let Err(error) = Range::parse(&text) {
                prop_assert!(error.at <= text.len());
            }
            match Pattern::new(&text) {
                Ok(pattern) => prop_assert_eq!(
                    pattern.is_match(&text),
                    pattern.captures(&text).is_some()
                ),
                Err(error) => prop_assert!(error.at <= text.len()),
            }
            let _ = (Version::loose(&text).is_ok(), parse_float(&text));
        }
    }
}
