//! Markers and edits against what Flux's code did with the same files.

use std::collections::{BTreeMap, BTreeSet};

use flux_image_updates::{
    flux::NamespacedName,
    oci::{Digest, ImageRef, Tag},
    setters::{self, Change, Marker, MarkerRef},
    tree::{RepoPath, SourceFile},
};
use serde_json::Value;

use super::load;

/// Cases in which we differ on purpose, with the reason. The cases themselves
/// say so too where `ours` stands on them.
const DIFFERENCES: &[(&str, &str)] = &[];

type Latest = BTreeMap<NamespacedName, ImageRef>;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The policies of a case that have a usable image. One whose reference is
/// invalid fails alone here, all of them in Flux.
fn latest(policies: &Value) -> Latest {
    let one = |policy: &Value| {
        let at = policy.get("latest")?;
        let digest = match text(at, "digest") {
            "" => None,
            digest => Some(Digest::new(digest)?),
        };
        let (name, tag) = (text(at, "name").to_owned(), Tag::new(text(at, "tag"))?);
        let valid = !name.contains(' ') && !name.is_empty();
        let image = valid.then_some(ImageRef { name, tag, digest })?;
        Some((NamespacedName::new(text(policy, "namespace"), text(policy, "name")), image))
    };
    policies.as_array().unwrap().iter().filter_map(one).collect()
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: RepoPath::clamped(path), bytes: text.as_bytes().into() }
}

/// What an update leaves of a file, and what it changed.
fn update(file: &SourceFile, latest: &Latest) -> (Option<String>, Vec<Change>) {
    let found = setters::find(file);
    match setters::update(file, &found.markers, &|marker: &Marker| latest.get(&marker.policy)) {
        None => (None, Vec::new()),
        Some(change) => (Some(String::from_utf8(change.bytes.to_vec()).unwrap()), change.changes),
    }
}

/// The values of a YAML stream, empty documents left out.
fn values(text: &str) -> Vec<serde_yaml::Value> {
    use serde::Deserialize as _;
    serde_yaml::Deserializer::from_str(text.trim_start_matches('\u{feff}'))
        .map(|document| serde_yaml::Value::deserialize(document).unwrap())
        .filter(|value| !value.is_null())
        .collect()
}

#[test]
fn edits_as_flux_does() {
    let cases = load("setters.json");
    let cases = cases["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases {
        let id = text(case, "id");
        if DIFFERENCES.iter().all(|(different, _)| *different != id) {
            wrong.extend(edits(case).into_iter().map(|what| format!("{id}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// How our edits of one case differ from what is recorded.
fn edits(case: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let latest = latest(&case["policies"]);
    let ours = text(case, "ours");
    let root = RepoPath::clamped(text(case, "update_path"));
    let links = case.get("symlinks").and_then(Value::as_object);
    let is_link = |path: &str| links.is_some_and(|links| links.contains_key(path));
    let mut changes = Vec::new();
    for (path, before) in case["before"].as_object().unwrap() {
        let file = file(path, before.as_str().unwrap());
        // A tree's links are no files of it; their targets come by their own name.
        if !file.path.is_within(&root) || is_link(path) {
            continue;
        }
        let (after, of_file) = update(&file, &latest);
        changes.extend(of_file);
        let (minimal, flux) = (&case["after_minimal"][path], &case["after_flux"][path]);
        let unchanged = before.as_str().unwrap();
        let after = after.as_deref().unwrap_or(unchanged);
        match (minimal.as_str(), flux.as_str()) {
            (Some(minimal), _) if after != minimal => {
                wrong.push(format!("{path}:\n  ours {after:?}\n  want {minimal:?}"));
            }
            (None, Some(flux)) if values(after) != values(flux) => {
                wrong.push(format!("{path}: other data:\n  ours {after:?}\n  flux {flux:?}"));
            }
            (None, None) if after != unchanged && ours.is_empty() => {
                wrong.push(format!("{path}: Flux does not touch it:\n  ours {after:?}"));
            }
            _ => {}
        }
    }
    if ours.is_empty() {
        let seen = seen(&changes);
        let want = recorded(&case["changes"], &root);
        if seen != want {
            wrong.push(format!("changes:\n  ours {seen:?}\n  want {want:?}"));
        }
        let failed = case["error"].is_string();
        if failed && !changes.is_empty() {
            wrong.push("Flux fails as a whole, something was edited".to_owned());
        }
    }
    wrong
}

/// file, object, old, new, setter: what a message template can see.
type Seen = BTreeSet<[String; 8]>;

fn seen(changes: &[Change]) -> Seen {
    let row = |change: &Change| {
        let Change { file, object, old_value, new_value, setter, .. } = change.clone();
        let (file, object) = (file.as_str().to_owned(), object);
        let object = [object.api_version, object.kind, object.namespace, object.name];
        let [api_version, kind, namespace, name] = object;
        [file, api_version, kind, namespace, name, old_value, new_value, setter]
    };
    changes.iter().map(row).collect()
}

fn recorded(changes: &Value, root: &RepoPath) -> Seen {
    let keys = ["file", "apiVersion", "kind", "namespace", "name", "old", "new", "setter"];
    let row = |change: &Value| {
        let mut row = keys.map(|key| text(change, key).to_owned());
        // Flux tells paths below `update.path`, or the name of a single file.
        let below = root.join(&row[0]);
        let single = root.file_name() == row[0];
        row[0] = if single { root.as_str().to_owned() } else { below.as_str().to_owned() };
        row
    };
    changes.as_array().into_iter().flatten().map(row).collect()
}

#[test]
fn reads_the_markers_that_flux_reads() {
    let all = load("setters.json");
    let full = all["cases"].as_array().unwrap().iter().find(|case| case["id"] == "full");
    let latest = full.map(|case| latest(&case["policies"]));
    let cases = load("marker_refs.json");
    let cases = cases["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let (id, comment) = (text(case, "id"), text(case, "comment"));
        // Another marker makes sure that the file passes the screening.
        let source =
            format!("image: old:1 {comment}\nb: x # {{\"$imagepolicy\": \"none:none\"}}\n");
        let found = setters::find(&file("a.yaml", &source));
        let marker = found.markers.iter().find(|marker| marker.value == "old:1");
        let known = |marker: &&Marker| {
            latest.as_ref().is_none_or(|latest| latest.contains_key(&marker.policy))
        };
        let setter = marker.filter(known).map(|marker| marker.text.as_str());
        assert_eq!(setter, case["setter"].as_str(), "{id}: {comment}");
        if let (Some(new), Some(latest)) = (case["new_value"].as_str(), &latest) {
            let image = &latest[&marker.unwrap().policy];
            assert_eq!(marker.unwrap().part.of(image), new, "{id}");
        }
    }
}

/// Files of the random runs in which we differ on purpose.
const RANDOM_DIFFERENCES: &[(&str, &str)] = &[
    ("\n...\n", "a document behind `...` is set too; Flux would drop it"),
    ("!!int 5", "a value of another type is told, and left alone"),
    ("\u{85}", "the line breaks of YAML 1.1 are none in YAML 1.2"),
    ("%TAG ! x", "a directive needs `...` before it"),
    ("{k\n :", "a colon on a line of its own, in braces"),
    ("? ", "comments around the parts of an explicit key"),
];

/// What the library behind Flux did with files made up at random; recorded by
/// tests/oracle/run-setters, which replays as many more as one likes.
///
/// A value that Flux would not set is never set. Of those that it sets we may
/// leave alone, and tell, what hangs together with dashes, explicit keys and
/// tags of several lines; the recorded files are free of these.
#[test]
fn sets_what_kyaml_sets_in_random_files() {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/recorded/setters.jsonl");
    let fresh = std::env::var("ORACLE_SETTERS");
    let tolerated = usize::from(fresh.is_ok());
    let path = fresh.as_deref().unwrap_or(recorded);
    let answers = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let latest = latest(&serde_json::json!([
        {"namespace": "ns", "name": "app", "latest": {"name": "ghcr.io/org/app", "tag": "1.2.3",
            "digest": "sha256:6745aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be"}},
        {"namespace": "ns", "name": "num", "latest": {"name": "ghcr.io/org/num", "tag": "1.20"}},
    ]));
    let (mut files, mut set, mut left) = (0, 0, 0);
    let mut wrong = Vec::new();
    for line in answers.lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let source = text(&answer, "text");
        files += 1;
        set += answer["changes"].as_array().map_or(0, Vec::len);
        match replay(&answer, &latest) {
            Ok(()) => {}
            Err(_) if RANDOM_DIFFERENCES.iter().any(|(part, _)| source.contains(part)) => {}
            Err(Difference::Left(what)) => {
                left += 1;
                if left * 250 > files.max(250) * tolerated {
                    wrong.push(what);
                }
            }
            Err(Difference::Wrong(what)) => wrong.push(what),
        }
    }
    assert!(files > 0 && set > 0, "{path} holds nothing");
    println!("{files} files, {set} values set by Flux, {left} files with a value left alone here");
    let count = wrong.len();
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{count} of {files} differ:\n{}", wrong.join("\n=====\n"));
}

enum Difference {
    /// Something that Flux sets was left alone, and told.
    Left(String),
    Wrong(String),
}

fn replay(answer: &Value, latest: &Latest) -> Result<(), Difference> {
    let source = text(answer, "text");
    let file = file("a.yaml", source);
    let (after, changes) = update(&file, latest);
    let row = |old: &str, new: &str, setter: &str| format!("{setter}: {old:?} -> {new:?}");
    let ours: Vec<_> = changes.iter().map(|c| row(&c.old_value, &c.new_value, &c.setter)).collect();
    let flux = answer["changes"].as_array().map_or(&[][..], Vec::as_slice);
    let flux: Vec<_> =
        flux.iter().map(|c| row(text(c, "old"), text(c, "new"), text(c, "setter"))).collect();
    // YAML that Flux's parser refuses, such as a tab behind a dash, is read.
    if ours != flux && answer["skipped"] != true {
        let what = format!("{source}\n  ours {ours:#?}\n  flux {flux:#?}");
        let told = !setters::find(&file).problems.is_empty();
        let less = told && ours.iter().all(|one| flux.contains(one));
        return Err(if less { Difference::Left(what) } else { Difference::Wrong(what) });
    }
    let Some(after) = after else { return Ok(()) };
    let again = update(&SourceFile { bytes: after.as_bytes().into(), ..file }, latest).1;
    if !again.is_empty() {
        return Err(Difference::Wrong(format!("{source}\n  not settled:\n{after}\n  {again:?}")));
    }
    if let Some(what) = quoting(answer, source, &after) {
        return Err(Difference::Wrong(format!("{source}\n  {what}:\n{after}")));
    }
    Ok(())
}

/// Whether our edit adds quotes that Flux does not, or the other way round:
/// where values are on one line, and none was null (Flux tags those `!!null`).
fn quoting(answer: &Value, before: &str, after: &str) -> Option<String> {
    let changes = answer["changes"].as_array()?;
    let null = |c: &Value| matches!(text(c, "old"), "~" | "null");
    let same_lines = before.lines().count() == after.lines().count();
    if !same_lines || before.contains(['|', '>']) || changes.iter().any(null) {
        return None;
    }
    let quotes = |text: &str| text.matches('"').count();
    let was_plain =
        |c: &&Value| text(c, "quoted") == "double" && !quoted_in(before, text(c, "old"));
    let want = quotes(before) + 2 * changes.iter().filter(was_plain).count();
    (quotes(after) != want).then(|| "other quotes".to_owned())
}

fn quoted_in(source: &str, value: &str) -> bool {
    source.contains(&format!("\"{value}\""))
}

#[test]
fn the_setter_in_a_result_is_the_canonical_one() {
    let marker = MarkerRef::parse("flux-system%3Aapp:tag").unwrap();
    assert_eq!(marker.text, "flux-system:app:tag");
}
