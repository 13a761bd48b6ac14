//! What the README and the guides say is true of this tree: commands parse,
//! inputs exist, codes exist, the quick start is the tested example.

use std::path::{Path, PathBuf};

use flux_image_updates::{
    cli::{self, Environment, Settings},
    diagnostic::Code,
};
use serde_yaml::Value;

use crate::support::world::World;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The pages that people read.
fn pages() -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), text("README.md"))];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                folders.push(file);
            } else if file.extension().is_some_and(|extension| extension == "md") {
                let name = file.strip_prefix(root()).unwrap_or(Path::new("")).display().to_string();
                pages.push((name, std::fs::read_to_string(&file).unwrap()));
            }
        }
    }
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

/// The fenced blocks of one language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_commands_parse() {
    let mut seen = 0;
    for (name, text) in pages() {
        for line in blocks(&text, "sh").iter().flat_map(|block| block.lines()) {
            let Some((_, typed)) = line.split_once("flux-image-updates ") else { continue };
            if !line.starts_with("flux-image-updates ") {
                continue;
            }
            let typed = typed.split('#').next().unwrap_or_default().split('|').next();
            let words =
                typed.unwrap_or_default().split_whitespace().map(|word| word.replace('\'', ""));
            let typed = std::iter::once("flux-image-updates".to_owned()).chain(words);
            let environment = Environment::default();
            let args = cli::parse(typed.map(Into::into), &environment)
                .unwrap_or_else(|error| panic!("{name}: {line}\n{error}"));
            Settings::new(args, environment)
                .unwrap_or_else(|error| panic!("{name}: {line}\n{error}"));
            seen += 1;
        }
    }
    assert!(seen > 3, "only {seen} commands are shown");
}

/// `docs/commands.md` promises answers, so each of its commands is run.
#[tokio::test]
async fn the_commands_run() {
    let world = World::with_fleet().await;
    let mut seen = 0;
    for line in blocks(&text("docs/commands.md"), "sh").iter().flat_map(|block| block.lines()) {
        let typed = line.split('|').next().unwrap_or_default();
        let words: Vec<&str> = typed.split_whitespace().skip(1).collect();
        let run = world.run(&words).await;
        let expected = if words.contains(&"--exit-code") { 3 } else { 0 };
        assert_eq!(run.status, expected, "{line}\n{}", run.stderr);
        if let Some((_, filter)) = line.split_once("| jq '.") {
            assert!(run.json()[filter.trim_end_matches('\'')].is_array(), "{line}");
        }
        seen += 1;
    }
    assert!(seen > 5, "only {seen} commands are shown");
}

#[test]
fn the_codes_exist() {
    let areas: Vec<&str> =
        Code::ALL.iter().map(|code| code.as_str().split_once('/').unwrap().0).collect();
    let mut seen = 0;
    for (name, text) in pages() {
        for word in text.split('`').skip(1).step_by(2) {
            let Some((area, rest)) = word.split_once('/') else { continue };
            let is_code = areas.contains(&area)
                && !rest.is_empty()
                && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            if is_code {
                seen += 1;
                assert!(
                    Code::ALL.iter().any(|code| code.as_str() == word),
                    "{name}: there is no code `{word}`"
                );
            }
        }
    }
    assert!(seen > Code::ALL.len(), "{seen}");
}

#[test]
fn the_inputs_exist_with_these_defaults() {
    let action: Value = serde_yaml::from_str(&text("action.yml")).unwrap();
    let mut seen = 0;
    for (name, text) in pages() {
        for line in text.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [input, default, _] = cells[..] else { continue };
            let input = input.trim_matches('`');
            let Some(row) = action["inputs"].get(input) else { continue };
            let expected = row["default"].as_str().unwrap();
            assert_eq!(default.trim_matches('`'), expected, "{name}: {line}");
            seen += 1;
        }
        for block in blocks(&text, "yaml") {
            let Ok(block) = serde_yaml::from_str::<Value>(block) else { continue };
            let steps = block["jobs"]["images"]["steps"].as_sequence().cloned().unwrap_or_default();
            for with in steps.iter().filter_map(|step| step["with"].as_mapping()) {
                for input in with.keys().filter_map(Value::as_str) {
                    assert!(action["inputs"].get(input).is_some(), "{name}: no input `{input}`");
                }
            }
        }
    }
    assert!(seen > action["inputs"].as_mapping().unwrap().len(), "{seen}");
}

#[test]
fn the_quick_start_asks_for_what_the_example_asks_for() {
    let readme = text("README.md");
    let quick_start: Value = serde_yaml::from_str(blocks(&readme, "yaml")[0]).unwrap();
    let example: Value = serde_yaml::from_str(&text("examples/workflows/scheduled.yml")).unwrap();
    assert_eq!(quick_start["permissions"], example["jobs"]["images"]["permissions"]);
    assert_eq!(quick_start["concurrency"], example["concurrency"]);
    assert_eq!(quick_start["on"], example["on"]);
    assert_eq!(quick_start["jobs"]["images"]["steps"], example["jobs"]["images"]["steps"]);
    for (permission, _) in quick_start["permissions"].as_mapping().unwrap() {
        let row = format!("| `{}: ", permission.as_str().unwrap());
        assert!(readme.contains(&row), "the README gives no reason for {row}");
    }
}

#[test]
fn the_two_commands_stand_word_for_word() {
    let readme = text("README.md");
    let commands: Vec<&str> = blocks(&readme, "sh").into_iter().flat_map(str::lines).collect();
    for command in ["cargo run --example demo", "tests/run"] {
        assert!(commands.contains(&command), "{command}: {commands:?}");
    }
}
