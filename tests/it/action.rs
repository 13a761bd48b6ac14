//! The action's files agree with one another and with the program: what
//! `action.yml` takes is an option, with the same default, and is passed on by
//! its one step; what `run.sh` and the program read is passed; what the examples
//! write is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::CommandFactory as _;
use flux_image_updates::cli::Args;
use serde::Deserialize;
use serde_yaml::Value;

/// Inputs that choose how the program is started; every other one is an option
/// of the program.
const OF_THE_START: [&str; 4] = ["binary", "command", "download-url", "runtime"];

/// `deny_unknown_fields` refuses `required`: nothing is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    description: String,
    default: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    description: String,
    value: String,
}

#[derive(Deserialize)]
struct Step {
    id: String,
    shell: String,
    run: String,
    env: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Runs {
    using: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
    runs: Runs,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

fn action() -> Action {
    serde_yaml::from_str(&text("action.yml")).unwrap()
}

/// The name as the program finds it in its environment.
fn variable(input: &str) -> String {
    format!("INPUT_{}", input.to_uppercase().replace('-', "_"))
}

#[test]
fn every_input_is_passed_on() {
    let Action { inputs, runs, .. } = action();
    let passed = inputs.keys().map(|name| (variable(name), format!("${{{{ inputs.{name} }}}}")));
    let token = ("GITHUB_TOKEN".to_owned(), "${{ github.token }}".to_owned());
    assert_eq!(runs.steps.len(), 1);
    assert_eq!(runs.steps[0].env, passed.chain([token]).collect());
}

/// Every option of every verb, with its default. `plan` has those of `run`, too.
fn options() -> BTreeMap<String, String> {
    let command = Args::command();
    let verbs = command.get_subcommands();
    let options = verbs.flat_map(clap::Command::get_arguments).filter_map(|option| {
        let values = option.get_default_values().iter().map(|value| value.to_string_lossy());
        Some((option.get_long()?.to_owned(), values.collect::<Vec<_>>().join(",")))
    });
    options.collect()
}

#[test]
fn every_option_is_an_input_with_the_same_default() {
    let inputs = action().inputs.into_iter();
    let inputs: BTreeMap<String, String> = inputs
        .filter(|(name, _)| !OF_THE_START.contains(&name.as_str()))
        .map(|(name, input)| (name, input.default))
        .collect();
    let mut expected = options();
    // The program takes it from the environment, where a composite action has none.
    expected.insert("token".to_owned(), "${{ github.token }}".to_owned());
    assert_eq!(inputs, expected);
}

/// The variables that the program reads: only `cli` does, and names are literals
/// there. The capitals of `args.rs` stand for values.
pub fn variables_read() -> BTreeSet<String> {
    let is_name = |word: &str| {
        let upper = word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        word.len() > 1 && upper || word.ends_with("_proxy")
    };
    let mut read = BTreeSet::new();
    for entry in std::fs::read_dir(path("src/cli")).unwrap() {
        let file = entry.unwrap().path();
        if !file.ends_with("args.rs") {
            let source = std::fs::read_to_string(&file).unwrap();
            read.extend(source.split('"').filter(|word| is_name(word)).map(str::to_owned));
        }
    }
    assert!(read.len() > 20, "the names are no literals any more: {read:?}");
    read
}

#[test]
fn the_container_gets_what_the_program_reads() {
    let script = text("action/run.sh");
    let (_, names) = script.split_once("case $name in").unwrap();
    let (names, _) = names.split_once(')').unwrap();
    let passed: Vec<&str> = names.split(|c: char| c.is_whitespace() || "|\\".contains(c)).collect();
    let is_passed = |name: &str| {
        passed.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => !prefix.is_empty() && name.starts_with(prefix),
            None => *pattern == name,
        })
    };
    let mut read = variables_read();
    // A folder of the runner's that the container has not; it gets a TMPDIR of its own.
    for scratch in ["RUNNER_TEMP", "TMPDIR"] {
        assert!(read.remove(scratch) && !is_passed(scratch), "{scratch}");
    }
    assert_eq!(
        read.iter().filter(|name| !is_passed(name)).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

#[test]
fn the_step_is_one_program_without_expressions() {
    let Runs { using, steps } = action().runs;
    assert_eq!(using, "composite");
    assert_eq!(steps[0].shell, "bash"); // dash drops variables with a hyphen
    assert_eq!(steps[0].run, r#"exec "$GITHUB_ACTION_PATH/action/run.sh""#);
}

#[test]
fn every_output_is_the_step_s() {
    let Action { outputs, runs, .. } = action();
    for (name, output) in &outputs {
        let value = format!("${{{{ steps.{}.outputs.{name} }}}}", runs.steps[0].id);
        assert_eq!(output.value, value, "{name}");
    }
}

#[test]
fn inputs_and_outputs_are_described() {
    let Action { inputs, outputs, .. } = action();
    let described = inputs.iter().map(|(name, input)| (name, &input.description));
    for (name, description) in
        described.chain(outputs.iter().map(|(name, output)| (name, &output.description)))
    {
        assert!(description.ends_with('.'), "{name}: {description:?} is not a sentence");
    }
    assert_eq!(inputs["token"].default, "${{ github.token }}");
}

#[test]
fn the_script_reads_what_is_passed() {
    let passed: BTreeSet<String> = action().inputs.keys().map(|name| variable(name)).collect();
    let script = text("action/run.sh");
    let read: BTreeSet<String> = script
        .split(|c: char| !c.is_ascii_uppercase() && c != '_')
        .filter(|word| word.starts_with("INPUT_") && *word != "INPUT_")
        .map(str::to_owned)
        .collect();
    assert_eq!(read.difference(&passed).collect::<Vec<_>>(), Vec::<&String>::new());
    for name in OF_THE_START {
        assert!(read.contains(&variable(name)), "run.sh does not read `{name}`");
    }
}

#[test]
fn a_release_names_image_address_and_programs() {
    let release = text("action/release.txt");
    let mut lines = release.lines();
    let tag = lines.next().unwrap();
    assert!(semver::Version::parse(tag.strip_prefix('v').unwrap()).is_ok(), "{tag}");

    let is_hash = |hash: &str| {
        hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let mut keys = Vec::new();
    for line in lines {
        let fields: Vec<&str> = line.split(' ').collect();
        match fields.as_slice() {
            ["image", image] => {
                let (name, hash) = image.split_once("@sha256:").unwrap();
                assert!(name.starts_with("ghcr.io/") && is_hash(hash), "{line}");
            }
            ["download", address] => assert!(address.starts_with("https://"), "{line}"),
            [key, file, hash] => {
                assert_eq!(*file, format!("flux-image-updates-{key}.gz"));
                assert!(is_hash(hash), "{line}");
            }
            _ => panic!("{line}"),
        }
        keys.push(fields[0]);
    }
    assert_eq!(keys, ["image", "download", "Linux-x86_64", "Linux-aarch64", "Darwin-arm64"]);
}

/// `with:` of every step that uses this action, wherever it stands.
fn uses_of_this_action(value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::Mapping(mapping) => {
            let uses = mapping.get("uses").and_then(Value::as_str).unwrap_or_default();
            if uses.starts_with("OWNER/flux-image-updates@") {
                found.push(mapping.get("with").cloned().unwrap_or(Value::Null));
            }
            for value in mapping.values() {
                uses_of_this_action(value, found);
            }
        }
        Value::Sequence(values) => {
            for value in values {
                uses_of_this_action(value, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_examples_use_inputs_that_exist() {
    let inputs = action().inputs;
    let mut files = 0;
    for entry in std::fs::read_dir(path("examples/workflows")).unwrap() {
        let file = entry.unwrap().path();
        let workflow: Value =
            serde_yaml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let mut uses = Vec::new();
        uses_of_this_action(&workflow, &mut uses);
        assert!(!uses.is_empty(), "{} does not use the action", file.display());
        for with in uses.iter().filter_map(Value::as_mapping) {
            for name in with.keys().filter_map(Value::as_str) {
                assert!(
                    inputs.contains_key(name),
                    "{}: there is no input `{name}`",
                    file.display()
                );
            }
        }
        files += 1;
    }
    assert!(files > 0, "there are no examples");
}
