//! A bare repository, filled and looked at by the real Git.

use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicI64, Ordering},
};

/// Who commits in [`Repository::commit`].
pub const PERSON: (&str, &str) = ("Ada Person", "ada@example.com");

/// One bare repository on the server.
#[derive(Debug, Clone)]
pub struct Repository {
    name: String,
    remote: String,
    directory: PathBuf,
}

/// A file to be committed: its text, or how it differs from a plain one.
pub enum Content<'a> {
    /// A file of mode 100644.
    Bytes(&'a [u8]),
    /// A file of mode 100755.
    Executable(&'a [u8]),
    /// A symbolic link to a path.
    Link(&'a str),
    /// The file goes.
    Gone,
}

impl<'a> From<&'a str> for Content<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl Repository {
    /// Makes an empty bare one in a folder, served as GitHub serves its own.
    pub(super) fn create(name: &str, remote: &str, directory: PathBuf) -> Self {
        std::fs::create_dir_all(&directory).unwrap();
        let repository = Self { name: name.to_owned(), remote: remote.to_owned(), directory };
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", "."]);
        let config = repository.directory.join("config");
        let mut text = std::fs::read_to_string(&config).unwrap();
        text.push_str(
            "[http]\n\treceivepack = true\n[uploadpack]\n\tallowFilter = true\n\
             [receive]\n\tadvertisePushOptions = true\n[gc]\n\tauto = 0\n",
        );
        std::fs::write(config, text).unwrap();
        repository
    }

    /// `owner/name`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address that a program clones from.
    pub fn remote(&self) -> &str {
        &self.remote
    }

    /// The bare repository's folder.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Commits text files on top of a branch, which it makes if there is none.
    /// Returns the commit.
    pub fn commit(&self, branch: &str, message: &str, files: &[(&str, &str)]) -> String {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (*path, Content::from(*text))).collect();
        self.commit_as(PERSON, branch, message, &files)
    }

    /// Commits files of any kind, by anybody.
    pub fn commit_as(
        &self,
        (name, email): (&str, &str),
        branch: &str,
        message: &str,
        files: &[(&str, Content<'_>)],
    ) -> String {
        // Every commit is a minute younger than the one before.
        static CLOCK: AtomicI64 = AtomicI64::new(1_700_000_000);
        let time = CLOCK.fetch_add(60, Ordering::Relaxed);
        let mut import = Vec::new();
        let mut line = |text: String| writeln!(import, "{text}").unwrap();
        line(format!("commit refs/heads/{branch}"));
        line(format!("author {name} <{email}> {time} +0000"));
        line(format!("committer {name} <{email}> {time} +0000"));
        line(format!("data {}\n{message}", message.len()));
        if let Some(head) = self.head(branch) {
            line(format!("from {head}"));
        }
        for (path, content) in files {
            let (mode, bytes) = match content {
                Content::Bytes(bytes) => ("100644", *bytes),
                Content::Executable(bytes) => ("100755", *bytes),
                Content::Link(target) => ("120000", target.as_bytes()),
                Content::Gone => {
                    writeln!(import, "D {path}").unwrap();
                    continue;
                }
            };
            writeln!(import, "M {mode} inline {path}\ndata {}", bytes.len()).unwrap();
            import.extend_from_slice(bytes);
            import.push(b'\n');
        }
        run(&self.directory, &["fast-import", "--quiet", "--date-format=raw"], &import);
        self.head(branch).unwrap()
    }

    /// Makes a branch, or moves it, whatever it was.
    pub fn branch(&self, branch: &str, to: &str) {
        self.git(&["update-ref", &format!("refs/heads/{branch}"), to]);
    }

    /// Merges one branch into another without a conflict; returns the merge.
    pub fn merge(&self, branch: &str, into: &str) -> String {
        let (ours, theirs) = (self.head(into).unwrap(), self.head(branch).unwrap());
        let tree = self.git(&["merge-tree", "--write-tree", &ours, &theirs]);
        let message = format!("Merge {branch}");
        let merge =
            self.git(&["commit-tree", tree.trim(), "-p", &ours, "-p", &theirs, "-m", &message]);
        self.branch(into, merge.trim());
        merge.trim().to_owned()
    }

    /// Deletes a branch.
    pub fn delete(&self, branch: &str) {
        self.git(&["update-ref", "-d", &format!("refs/heads/{branch}")]);
    }

    /// The commit of a branch.
    pub fn head(&self, branch: &str) -> Option<String> {
        // Asked for all the time: Git itself is only needed once it has packed.
        if let Ok(head) = std::fs::read_to_string(self.directory.join("refs/heads").join(branch)) {
            return Some(head.trim_end().to_owned());
        }
        if !self.directory.join("packed-refs").exists() {
            return None;
        }
        let format = "--format=%(objectname)";
        let head = self.git(&["for-each-ref", format, &format!("refs/heads/{branch}")]);
        head.lines().next().map(str::to_owned)
    }

    /// All branches with their commits.
    pub fn heads(&self) -> BTreeMap<String, String> {
        let format = "--format=%(refname:lstrip=2) %(objectname)";
        let heads = self.git(&["for-each-ref", format, "refs/heads/"]);
        let head = |line: &str| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
        heads.lines().filter_map(head).collect()
    }

    /// A file's bytes at a branch or commit.
    pub fn read(&self, at: &str, path: &str) -> Option<Vec<u8>> {
        let mut command = command(&self.directory);
        command.args(["cat-file", "blob", &format!("{at}:{path}")]);
        let output = command.output().unwrap_or_else(|error| missing(&error));
        output.status.success().then_some(output.stdout)
    }

    /// A file's mode at a branch or commit, as `100644`.
    pub fn mode(&self, at: &str, path: &str) -> String {
        let line = self.git(&["ls-tree", at, path]);
        line.split(' ').next().unwrap().to_owned()
    }

    /// The subjects of a range's commits, newest first.
    pub fn log(&self, range: &str) -> Vec<String> {
        self.git(&["log", "--format=%s", range]).lines().map(str::to_owned).collect()
    }

    /// Refuses all pushes in the words of a server.
    pub fn refuse_pushes(&self, words: &str) {
        self.hook("pre-receive", &format!("cat >&2 <<'END'\n{words}\nEND\nexit 1"));
    }

    /// Installs a hook, a shell script.
    pub fn hook(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.directory.join("hooks").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Fails when anything in the repository is broken.
    pub fn fsck(&self) {
        self.git(&["fsck", "--full", "--strict", "--no-dangling"]);
    }

    /// Clones into a folder by the real Git; `arguments` such as `--depth=1`.
    pub fn clone_into(&self, folder: &Path, arguments: &[&str]) {
        let from = format!("file://{}", self.directory.display());
        let parent = folder.parent().unwrap();
        let mut all = vec!["clone", "--quiet"];
        all.extend_from_slice(arguments);
        all.extend_from_slice(&[&from, folder.to_str().unwrap()]);
        git(parent, &all);
        git(folder, &["config", "remote.origin.url", &self.remote]);
    }

    /// Any Git command in the bare repository; gives its standard output.
    pub fn git(&self, arguments: &[&str]) -> String {
        git(&self.directory, arguments)
    }

    /// The same with more variables and an input; gives its output's one line.
    pub fn git_with(&self, arguments: &[&str], vars: &[(&str, &str)], input: &[u8]) -> String {
        let output = run_with(&self.directory, arguments, vars, input);
        String::from_utf8_lossy(&output).trim_end().to_owned()
    }
}

/// Runs Git in a folder, without the user's configuration; fails with what it
/// said when it fails.
pub fn git(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8_lossy(&run(folder, arguments, &[])).into_owned()
}

/// Whether Git does something in a folder without an error.
pub fn succeeds(folder: &Path, arguments: &[&str]) -> bool {
    let output = command(folder).args(arguments).output();
    output.unwrap_or_else(|error| missing(&error)).status.success()
}

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    run_with(folder, arguments, &[], input)
}

fn run_with(folder: &Path, arguments: &[&str], vars: &[(&str, &str)], input: &[u8]) -> Vec<u8> {
    let mut child = command(folder)
        .args(arguments)
        .envs(vars.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| missing(&error));
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {}: {said}", arguments.join(" "));
    output.stdout
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env_clear().envs(environment(folder));
    command
}

/// No variable of the caller reaches Git: `GIT_DIR` and its like would lead it
/// to another repository.
pub(super) fn environment(home: &Path) -> Vec<(&'static str, String)> {
    vec![
        ("PATH", std::env::var("PATH").unwrap_or_default()),
        ("HOME", home.display().to_string()),
        ("LC_ALL", "C".to_owned()),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        ("GIT_CONFIG_GLOBAL", "/dev/null".to_owned()),
        ("GIT_TERMINAL_PROMPT", "0".to_owned()),
        ("GIT_AUTHOR_NAME", PERSON.0.to_owned()),
        ("GIT_AUTHOR_EMAIL", PERSON.1.to_owned()),
        ("GIT_COMMITTER_NAME", PERSON.0.to_owned()),
        ("GIT_COMMITTER_EMAIL", PERSON.1.to_owned()),
    ]
}

pub(super) fn missing<T>(error: &io::Error) -> T {
    panic!("git cannot be run ({error}): apt-get install git")
}
