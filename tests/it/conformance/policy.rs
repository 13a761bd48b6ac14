//! Versions, ranges, filters and whole policies, as Flux's code answered.

use std::{cmp::Ordering, collections::BTreeMap};

use flux_image_updates::{
    oci::Digest,
    policy::{
        AlphabeticalPolicy, DigestReflectionPolicy, ExclusionList, NumericalPolicy, Order, Pin,
        Policy, PolicySpec, Range, SemVerPolicy, TagFilter, Version, pin,
    },
};
use serde_json::Value;

use super::load;

mod recorded;

/// Runs every case of an array; an array without a single one is an error.
/// `run` gives `None` for what need not be run.
fn each(file: &str, array: &str, run: impl Fn(&Value) -> Option<Result<(), String>>) {
    let content = load(file);
    let mut ran = 0;
    let mut failures = Vec::new();
    for case in content[array].as_array().unwrap() {
        if let Some(result) = run(case) {
            ran += 1;
            failures.extend(result.err().map(|e| format!("{}: {e}", case["id"])));
        }
    }
    assert!(ran > 0, "{file} has no case in {array}");
    assert!(failures.is_empty(), "{} of {ran} differ:\n{}", failures.len(), failures.join("\n"));
}

#[expect(clippy::needless_pass_by_value, reason = "the callers make the values for it")]
fn equal<T: PartialEq + std::fmt::Debug>(actual: T, expected: T) -> Result<(), String> {
    if actual == expected { Ok(()) } else { Err(format!("{actual:?} instead of {expected:?}")) }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn versions() {
    each("semver_parse.json", "cases", |case| {
        let text = case["version"].as_str().unwrap();
        let is_flux = case["flux_ok"].as_bool().unwrap();
        let expected = case["loose_ok"].as_bool().unwrap().then(|| {
            let part = |name: &str| case[name].as_str().unwrap().to_owned();
            [part("major"), part("minor"), part("patch"), part("pre")]
        });
        let parts = |v: Version| {
            [
                v.major().to_string(),
                v.minor().to_string(),
                v.patch().to_string(),
                v.pre().to_owned(),
            ]
        };
        let loose = equal(Version::loose(text).ok().map(parts), expected.clone());
        let flux = equal(Version::parse(text).ok().map(parts), expected.filter(|_| is_flux));
        Some(loose.and(flux))
    });
}

#[test]
fn precedence() {
    each("semver_parse.json", "compare_cases", |case| {
        let read = |side: &str| Version::loose(case[side].as_str().unwrap()).unwrap();
        let expected = match case["compare"].as_i64().unwrap() {
            -1 => Ordering::Less,
            0 => Ordering::Equal,
            _ => Ordering::Greater,
        };
        Some(equal(read("a").cmp(&read("b")), expected))
    });
}

#[test]
fn ranges() {
    each("semver_constraints.json", "cases", |case| {
        let api = case["api"].as_str().unwrap();
        if !api.starts_with("NewConstraint") || case["include_prerelease"] == true {
            return None;
        }
        let answer = match Range::parse(case["range"].as_str().unwrap()) {
            Err(_) => "range-error",
            Ok(range) => match case["version"].as_str().map(Version::loose) {
                None => "range-ok",
                Some(Err(_)) => "version-error",
                Some(Ok(version)) if range.contains(&version) => "match",
                Some(Ok(_)) => "nomatch",
            },
        };
        Some(equal(answer, case["result"].as_str().unwrap()))
    });
}

// The next four give the list to filter and policer in the order of the case,
// as Flux's own tests do. In a whole policy the order is descending by bytes,
// and behind `filterTags` it is random in Flux (a Go map) and the same
// descending order here, which is why no case may depend on it there.

#[test]
fn semver_policies() {
    each("policy_semver.json", "cases", |case| {
        let policy = match SemVerPolicy::new(case["range"].as_str().unwrap()) {
            Ok(policy) => policy,
            Err(error) => {
                let expected = case["policy_error"].is_string();
                return Some(expected.then_some(()).ok_or(error.to_string()));
            }
        };
        let latest = policy.latest(&strings(&case["tags"]));
        Some(
            equal(case["policy_error"].is_string(), false)
                .and_then(|()| equal(latest, case["latest"].as_str())),
        )
    });
}

#[test]
fn alphabetical_policies() {
    each("policy_alphabetical.json", "cases", |case| {
        let order = Order::parse(case["order"].as_str().unwrap());
        let is_valid = equal(order.is_none(), case["policy_error"].is_string());
        let latest = order
            .and_then(|order| AlphabeticalPolicy { order }.latest(&strings(&case["tags"])))
            .map(ToOwned::to_owned);
        Some(is_valid.and_then(|()| equal(latest.as_deref(), case["latest"].as_str())))
    });
}

#[test]
fn numerical_policies() {
    each("policy_numerical.json", "cases", |case| {
        let order = Order::parse(case["order"].as_str().unwrap());
        let is_valid = equal(order.is_none(), case["policy_error"].is_string());
        let tags = strings(&case["tags"]);
        let latest = order.and_then(|order| NumericalPolicy { order }.latest(&tags).ok().flatten());
        Some(is_valid.and_then(|()| equal(latest, case["latest"].as_str())))
    });
}

#[test]
fn filters() {
    each("filter.json", "cases", |case| {
        let text = |name: &str| case[name].as_str().unwrap_or_default();
        let filter = match TagFilter::new(text("pattern"), text("extract")) {
            Ok(filter) => filter,
            Err(error) => {
                let expected = case["error"].is_string();
                return Some(expected.then_some(()).ok_or(error.to_string()));
            }
        };
        if case["error"].is_string() {
            return Some(Err(format!("accepted, but {}", case["error"])));
        }
        // Flux keeps these in a Go map, which has no order.
        let (filtered, _) = filter.apply(strings(&case["tags"]));
        let values: BTreeMap<&str, &str> =
            filtered.iter().map(|filtered| (filtered.value.as_ref(), filtered.tag)).collect();
        let originals = case["original_of"].as_object().unwrap();
        let expected = originals.iter().map(|(value, tag)| (value.as_str(), tag.as_str().unwrap()));
        Some(equal(values, expected.collect()))
    });
}

#[test]
fn exclusions() {
    each("scan.json", "exclusion_cases", |case| {
        let list = ExclusionList::new(&strings(&case["exclusion"])).unwrap();
        let tags = strings(&case["tags"]);
        let kept: Vec<&str> =
            tags.into_iter().filter(|tag| list.excluding(tag).is_none()).collect();
        Some(equal(kept, strings(&case["kept"])))
    });
}

#[test]
fn whole_policies() {
    each("scan.json", "end_to_end_cases", |case| {
        let policy = &case["policy"];
        let filter = &case["filterTags"];
        let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
        let kind =
            |kind: &str, field: &str| policy[kind].is_object().then(|| text(&policy[kind], field));
        let range = kind("semver", "range");
        let alphabetical = kind("alphabetical", "order");
        let numerical = kind("numerical", "order");
        let filter = filter.is_object().then(|| (text(filter, "pattern"), text(filter, "extract")));
        let spec = PolicySpec {
            semver_range: range.as_deref(),
            alphabetical_order: alphabetical.as_deref(),
            numerical_order: numerical.as_deref(),
            filter: filter.as_ref().map(|(pattern, extract)| (pattern.as_str(), extract.as_str())),
        };
        let exclusions = ExclusionList::new(&strings(&case["exclusion"])).unwrap();
        let elected = Policy::new(spec)
            .and_then(|policy| policy.elect(&exclusions, &strings(&case["tags"])))
            .map(|elected| elected.tag);
        Some(equal(elected.ok().as_deref(), case["latest"].as_str()))
    });
}

#[test]
fn digests_over_two_runs() {
    // The registry's answers, `A[tag]` and `B[tag]` in the cases.
    let digest = |run: char, tag: &str| {
        let hash = tag.bytes().fold(run as u64, |hash, byte| hash * 31 + u64::from(byte));
        Digest::new(&format!("sha256:{hash:064x}")).unwrap()
    };
    each("digest_policy.json", "cases", |case| {
        let tags = strings(&case["tags"]);
        let mut memory: Option<(String, Option<Digest>)> = None;
        for (run, pass) in [('A', "first"), ('B', "second")] {
            let pass = &case[pass];
            let range = pass["range"].as_str().unwrap();
            let policy =
                Policy::new(PolicySpec { semver_range: Some(range), ..PolicySpec::default() });
            let exclusions = ExclusionList::new(&[] as &[&str]).unwrap();
            let tag = policy.unwrap().elect(&exclusions, &tags).unwrap().tag;
            let reflection =
                DigestReflectionPolicy::parse(pass["policy"].as_str().unwrap()).unwrap();
            let known = memory.filter(|(before, _)| *before == tag).and_then(|(_, known)| known);
            let reflected = match pin(reflection, known.as_ref()) {
                Pin::None => None,
                Pin::Keep(digest) => Some(digest),
                Pin::Fetch => Some(digest(run, &tag)),
            };
            let expected = pass["expect"]["digest"].as_str().unwrap();
            let expected = expected.strip_suffix(']').map(|expected| {
                let (run, tag) = expected.split_once('[').unwrap();
                digest(run.chars().next().unwrap(), tag)
            });
            let result = equal(Some(tag.as_str()), pass["expect"]["tag"].as_str())
                .and_then(|()| equal(reflected.clone(), expected));
            if result.is_err() {
                return Some(result);
            }
            memory = Some((tag, reflected));
        }
        Some(Ok(()))
    });
}

#[test]
fn digest_reflection_fields() {
    each("digest_policy.json", "validation_cases", |case| {
        // What Flux refuses for the interval alone works here.
        let refused = case["error"].as_str().is_some_and(|error| error.starts_with("enum"));
        let text = case["spec"]["digestReflectionPolicy"].as_str().unwrap_or_default();
        Some(equal(DigestReflectionPolicy::parse(text).is_none(), refused))
    });
}
