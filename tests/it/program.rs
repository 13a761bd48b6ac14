//! The real program, run as a step of a workflow runs it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::process::Command;

use crate::support::{git::TOKEN, world::World};

impl World {
    /// Runs the program as a step of a workflow runs it, in an empty folder.
    pub async fn run(&self, args: &[&str]) -> Run {
        self.run_in(&self.empty_folder(), args, &[]).await
    }

    /// An empty folder of this world.
    pub fn empty_folder(&self) -> PathBuf {
        let path = self.folder().join("empty");
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// A folder of this world that no other call gets.
    pub fn new_folder(&self, name: &str) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// The program with the variables of a workflow's step; killed when
    /// nobody waits for it any more.
    pub fn command(&self, folder: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flux-image-updates"));
        command.args(args).current_dir(folder).env_clear();
        command.envs(self.variables());
        command.env("GITHUB_WORKSPACE", folder);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs the program in a folder, with more variables.
    pub async fn run_in(&self, folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> Run {
        // Several may run at once.
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let outputs = self.folder().join(format!("outputs-{run}"));
        let summary = self.folder().join(format!("summary-{run}"));
        for file in [&outputs, &summary] {
            std::fs::write(file, "").expect("a writable folder");
        }
        let mut command = self.command(folder, args);
        command.env("GITHUB_OUTPUT", &outputs).env("GITHUB_STEP_SUMMARY", &summary);
        command.envs(vars.iter().copied());
        let output = command.output().await.expect("it starts");
        let read = |path| std::fs::read_to_string(path).expect("it is there");
        let run = Run::new(output, &read(&outputs), read(&summary));
        run.assert_no_secret();
        run
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// Standard output: the result.
    pub stdout: String,
    /// Standard error: problems and logs.
    pub stderr: String,
    /// The action's outputs.
    pub outputs: BTreeMap<String, String>,
    /// The step's summary.
    pub summary: String,
}

impl Run {
    fn new(output: Output, outputs: &str, summary: String) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
            outputs: read_outputs(outputs),
            summary,
        }
    }

    /// Fails unless it ended well; shows what it said.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 0, "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The result document.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }

    /// An action output.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or_else(|| panic!("no output {name}"), String::as_str)
    }

    /// Neither the token nor a form that it is sent in is in any stream.
    fn assert_no_secret(&self) {
        let base64 = |text: &str| BASE64_STANDARD.encode(text);
        let escaped = |text: &str| text.replace('_', "%5F");
        let reversed = TOKEN.chars().rev().collect();
        let forms = [
            TOKEN.to_owned(),
            base64(TOKEN),
            base64(&format!("x-access-token:{TOKEN}")),
            base64(&format!(":{TOKEN}")),
            escaped(TOKEN),
            reversed,
        ];
        for text in [&self.stdout, &self.stderr, &self.summary, &format!("{:?}", self.outputs)] {
            for form in &forms {
                assert!(!text.contains(form), "the token is shown as {form}: {text}");
            }
        }
    }
}

/// Reads a file of outputs as the runner does.
fn read_outputs(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").expect("a delimiter");
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}
