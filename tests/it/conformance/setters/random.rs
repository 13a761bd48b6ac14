//! Markers and edits against what Flux's library did with random files.

use flux_image_updates::{setters, tree::SourceFile};
use serde_json::Value;

use super::{Latest, file, latest, text, update};

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
/// A value that Flux would not set is never set. Of those that it sets, what
/// hangs together with comments between dashes or around explicit keys may be
/// left alone and told: in the recorded files nothing is, in fresh ones one
/// file in 250 at most.
#[test]
fn sets_what_kyaml_sets_in_random_files() {
    let fresh = std::env::var("ORACLE_SETTERS").ok();
    let path = fresh.clone().unwrap_or_else(|| oracle("setters.jsonl"));
    let latest = random_latest();
    let (mut set, mut left, mut wrong) = (0, Vec::new(), Vec::new());
    let answers = answers(&path);
    for answer in &answers {
        set += answer["changes"].as_array().map_or(0, Vec::len);
        let source = text(answer, "text");
        match replay(answer, &latest) {
            Ok(()) => {}
            Err(_) if RANDOM_DIFFERENCES.iter().any(|(part, _)| source.contains(part)) => {}
            Err(Difference::Left(what)) => left.push(what),
            Err(Difference::Wrong(what)) => wrong.push(what),
        }
    }
    let files = answers.len();
    println!("{files} files, {set} values set by Flux, {} files with one left alone", left.len());
    assert!(set > 0, "{path} holds nothing");
    let count = wrong.len();
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{count} of {files} differ:\n{}", wrong.join("\n=====\n"));
    let most = fresh.map_or(0, |_| files / 250);
    assert!(left.len() <= most, "{} left alone:\n{}", left.len(), left.join("\n=====\n"));
}

#[test]
fn leaves_alone_and_tells_what_no_one_writes() {
    let latest = random_latest();
    for answer in answers(&oracle("setters-left-alone.jsonl")) {
        let left = matches!(replay(&answer, &latest), Err(Difference::Left(_)));
        assert!(left, "{}", text(&answer, "text"));
    }
}

fn oracle(file: &str) -> String {
    format!("{}/tests/oracle/recorded/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn answers(path: &str) -> Vec<Value> {
    let lines = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    lines.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the oracle's setters stand for.
fn random_latest() -> Latest {
    latest(&serde_json::json!([
        {"namespace": "ns", "name": "app", "latest": {"name": "ghcr.io/org/app", "tag": "1.2.3",
            "digest": "sha256:6745aaad46d795c9836632e1fb62f24b7e7f4c843144da8e47a5465c411a14be"}},
        {"namespace": "ns", "name": "num", "latest": {"name": "ghcr.io/org/num", "tag": "1.20"}},
    ]))
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
