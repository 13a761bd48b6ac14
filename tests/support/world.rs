//! A whole world on loopback: a registry, a Git server, a GitHub, and a fleet.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Output,
    sync::Arc,
};

use super::{
    git::{GitServer, Repository, TOKEN},
    github::{self, GitHubServer, Heads, Level, Token},
    registry::Registry,
};

/// The fleet's repository, in its manifests and on both servers.
pub const FLEET: &str = "example-org/fleet";

/// The servers and the repository.
pub struct World {
    /// The images.
    pub registry: Registry,
    /// Git.
    pub git: GitServer,
    /// The fleet.
    pub fleet: Repository,
    /// GitHub.
    pub github: GitHubServer,
    folder: tempfile::TempDir,
}

impl World {
    /// Starts the servers with an empty fleet.
    pub async fn start() -> Self {
        let registry = Registry::start().await;
        let git = GitServer::start().await;
        let fleet = git.create(FLEET);
        let (owner, name) = FLEET.split_once('/').expect("owner and name");
        let mut repository = github::Repository::new(owner, name);
        let heads = fleet.clone();
        repository.heads = Heads::Asked(Arc::new(move |branch: &str| heads.head(branch)));
        let token = Token::of_actions(Level::Write, Level::Write, Level::Write);
        repository.tokens.insert(TOKEN.to_owned(), token);
        let github = GitHubServer::start(repository).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { registry, git, fleet, github, folder }
    }

    /// Starts them with the fleet of `tests/fleet`: its images in the registry,
    /// its files on `main`.
    pub async fn with_fleet() -> Self {
        let world = Self::start().await;
        for (repository, tags) in fleet_tags() {
            for tag in tags {
                world.registry.push(&repository, &tag);
            }
        }
        world.commit_fleet(&world.registry.host());
        world
    }

    /// Commits the fleet's files, its images at this registry.
    pub fn commit_fleet(&self, host: &str) {
        let files = fleet_files(host);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        self.fleet.commit("main", "Begin", &files);
    }

    /// Runs the program as a step of a workflow runs it, in an empty folder.
    pub async fn run(&self, args: &[&str]) -> Run {
        self.run_in(&self.empty_folder(), args, &[]).await
    }

    /// An empty folder of this world.
    pub fn empty_folder(&self) -> PathBuf {
        let path = self.folder.path().join("empty");
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// A folder of this world that no other call gets.
    pub fn new_folder(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// Runs the program in a folder, with more variables.
    pub async fn run_in(&self, folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> Run {
        let outputs = self.folder.path().join("outputs");
        let summary = self.folder.path().join("summary");
        for file in [&outputs, &summary] {
            std::fs::write(file, "").expect("a writable folder");
        }
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_flux-image-updates"));
        command.args(args).current_dir(folder).env_clear();
        // The environment is the runner's, and nothing of this machine's.
        command.envs([
            ("PATH", "/nowhere"),
            ("HOME", self.folder.path().to_str().expect("UTF-8")),
            ("GITHUB_WORKSPACE", folder.to_str().expect("UTF-8")),
            ("GITHUB_REPOSITORY", FLEET),
            ("GITHUB_SERVER_URL", self.git.url()),
            ("GITHUB_API_URL", &self.github.api_url()),
            ("GITHUB_GRAPHQL_URL", &self.github.graphql_url()),
            ("GITHUB_OUTPUT", outputs.to_str().expect("UTF-8")),
            ("GITHUB_STEP_SUMMARY", summary.to_str().expect("UTF-8")),
            ("GITHUB_TOKEN", TOKEN),
            ("TMPDIR", self.folder.path().to_str().expect("UTF-8")),
        ]);
        command.envs(vars.iter().copied());
        let output = command.stdin(std::process::Stdio::null()).output().await.expect("it starts");
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
        self.outputs.get(name).map(String::as_str).unwrap_or_else(|| panic!("no output {name}"))
    }

    fn assert_no_secret(&self) {
        for text in [&self.stdout, &self.stderr, &self.summary, &format!("{:?}", self.outputs)] {
            assert!(!text.contains(TOKEN), "the token is shown: {text}");
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

/// The tags that the fleet's registries hold, by repository.
pub fn fleet_tags() -> BTreeMap<String, Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/tags.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fleet's tags")).expect("JSON")
}

/// The fleet's files, by path, their images at this registry.
pub fn fleet_files(host: &str) -> Vec<(String, String)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fleet/files"));
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the fleet's files") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let name = path.strip_prefix(root).expect("below the root");
            files.push((name.to_str().expect("UTF-8").to_owned(), at_registry(&text, host)));
        }
    }
    files.sort();
    files
}

/// The same text with its images at another registry.
pub fn at_registry(text: &str, host: &str) -> String {
    ["ghcr.io/", "docker.io/", "quay.io/"]
        .iter()
        .fold(text.to_owned(), |text, from| text.replace(from, &format!("{host}/")))
}
