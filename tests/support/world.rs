//! A whole world on loopback: a registry, a Git server, a GitHub, and a fleet.

use std::{collections::BTreeMap, path::Path};

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
        repository.heads = Heads::Bare(fleet.clone());
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

    /// Starts them with the least that a branch's life needs: two images, each
    /// in a file of its own, and both with a newer tag.
    pub async fn with_two_images() -> Self {
        let world = Self::start().await;
        let mut objects = AUTOMATION.to_owned();
        let mut files = Vec::new();
        for name in ["app", "web"] {
            let image = format!("example-org/{name}");
            for tag in ["1.0.0", "1.1.0"] {
                world.registry.push(&image, tag);
            }
            let image = format!("{}/{image}", world.registry.host());
            objects.push_str(&policy(name, &image));
            let marker = format!("{{\"$imagepolicy\": \"flux-system:{name}\"}}");
            files.push((format!("apps/{name}.yaml"), format!("image: {image}:1.0.0 # {marker}\n")));
        }
        files.push(("flux.yaml".to_owned(), objects));
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        world.fleet.commit("main", "Begin", &files);
        world
    }

    /// Commits the fleet's files, its images at this registry.
    pub fn commit_fleet(&self, host: &str) {
        let files = fleet_files(host);
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        self.fleet.commit("main", "Begin", &files);
    }

    /// The folder that goes with this world.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The variables of a workflow's step, so that the program meets these
    /// servers and nothing of this machine.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let folder = self.folder.path().display().to_string();
        vec![
            ("PATH", "/nowhere".to_owned()),
            ("HOME", folder.clone()),
            ("TMPDIR", folder),
            ("GITHUB_REPOSITORY", FLEET.to_owned()),
            ("GITHUB_SERVER_URL", self.git.url().to_owned()),
            ("GITHUB_API_URL", self.github.api_url()),
            ("GITHUB_GRAPHQL_URL", self.github.graphql_url()),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
        ]
    }
}

/// An automation over the whole repository.
const AUTOMATION: &str = "\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 1h
  sourceRef: {kind: GitRepository, name: fleet}
  git: {commit: {author: {name: fluxcdbot, email: fluxcdbot@users.noreply.github.com}}}
  update: {path: ., strategy: Setters}
";

/// The repository of an image, and a policy that elects its highest version.
fn policy(name: &str, image: &str) -> String {
    format!(
        "---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: {name}, namespace: flux-system}}
spec: {{image: {image}, interval: 1h}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: {name}, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: {name}}}
  policy: {{semver: {{range: '>=1.0.0'}}}}
"
    )
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
