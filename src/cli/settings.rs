//! What is meant by the command line and the environment together.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use super::{
    Args, Command, CommitMode, Environment, FailOn, ForeignCommits, Options, Output, PlanOptions,
    event::{EventKind, Pushed, event_branch, event_kind, pushed},
};
use crate::{
    github::MergeMethod,
    http::Secret,
    proposal::{Marker, Metadata, MetadataKind, Rules},
    tree::{RepoPath, is_branch_name},
};

/// The server that ghcr.io belongs to.
const GITHUB_COM: &str = "https://github.com";

/// Why nothing can be begun. Exit status 2.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl UsageError {
    /// A mistake and its mend.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: Some(hint.into()) }
    }
}

/// Where the objects are read, in the order in which it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// `--base`.
    pub base: Option<String>,
    /// `$GITHUB_REF`, when it is a branch and the event is no pull request.
    pub event_branch: Option<String>,
}

/// The pull request's words and metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// `--title`, a template.
    pub title: Option<String>,
    /// `--body`, a template.
    pub body: Option<String>,
    /// `--labels`.
    pub labels: Vec<String>,
    /// `--assignees`.
    pub assignees: Vec<String>,
    /// `--reviewers`.
    pub reviewers: Vec<String>,
    /// `--team-reviewers`.
    pub team_reviewers: Vec<String>,
    /// `--milestone`, its number or title.
    pub milestone: Option<String>,
    /// `--auto-merge`.
    pub auto_merge: Option<MergeMethod>,
    /// `--draft`.
    pub draft: bool,
}

impl Words {
    /// Whether the pull request has words of the user's own.
    pub fn are_given(&self) -> bool {
        self.title.is_some() || self.body.is_some()
    }
}

/// Bounds on what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `--concurrency`: requests in flight over all registries.
    pub concurrency: usize,
    /// `--timeout`: one request.
    pub timeout: Duration,
    /// `--scan-timeout`: one whole scan.
    pub scan_timeout: Duration,
}

/// What is meant. Nothing after this reads the environment.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each read in one place")]
pub struct Settings {
    /// `--path`, or what stands in for it; `None` without any folder.
    pub path: Option<PathBuf>,
    /// `$GITHUB_WORKSPACE`: annotations name files relative to it.
    pub workspace: Option<PathBuf>,
    /// `--remote`.
    pub remote: Option<String>,
    /// `$GITHUB_SERVER_URL/$GITHUB_REPOSITORY`, where the checkout names no remote.
    pub event_remote: Option<String>,
    /// `--repository` or `$GITHUB_REPOSITORY`, owner/name.
    pub repository: Option<String>,
    /// For Git and GitHub's API alone.
    pub token: Option<Secret>,
    /// `$GITHUB_TOKEN` for ghcr.io, where it is github.com's.
    pub ghcr_token: Option<Secret>,
    /// `$GITHUB_API_URL`.
    pub api_url: String,
    /// `$GITHUB_GRAPHQL_URL`.
    pub graphql_url: String,
    /// `$GITHUB_SERVER_URL`.
    pub server_url: String,
    /// Where objects are read.
    pub control: Control,
    /// What a `push` or `create` event is about.
    pub pushed: Option<Pushed>,
    /// Only the pull request is made, for a branch that something else pushed.
    pub proposes_only: bool,
    /// Inputs of the action that the verb has no use for.
    pub idle_inputs: Vec<String>,
    /// What started the run.
    pub event: EventKind,
    /// `--manifests`; empty means the whole repository.
    pub manifests: Vec<RepoPath>,
    /// `--automation`: (namespace, name); empty means all.
    pub automations: Vec<(Option<String>, String)>,
    /// `--substitute`, by the variables' names.
    pub substitute: BTreeMap<String, String>,
    /// `--branch`, with its placeholders.
    pub branch: Option<String>,
    /// `--commit-mode`.
    pub commit_mode: CommitMode,
    /// How the branch is treated.
    pub rules: Rules,
    /// `--allow-downgrade`.
    pub allow_downgrade: bool,
    /// The pull request's words.
    pub words: Words,
    /// `--registry-config`.
    pub registry_config: Option<PathBuf>,
    /// `--secrets`.
    pub secrets: Option<Secret>,
    /// Bounds on what is sent.
    pub limits: Limits,
    /// `--fail-on error`.
    pub fail_on_error: bool,
    /// `--worktree`.
    pub worktree: bool,
    /// `--exit-code`.
    pub exit_code: bool,
    /// Nothing is written.
    pub dry_run: bool,
    /// The form of the result.
    pub output: Output,
    /// `--quiet`.
    pub quiet: bool,
    /// The rest of the environment that a room needs (proxies, credential files, command files).
    pub environment: Environment,
}

impl Settings {
    /// What these arguments mean in this environment.
    ///
    /// # Errors
    /// A value that is refused, a combination that makes no sense.
    pub fn new(args: Args, environment: Environment) -> Result<Self, UsageError> {
        let proposes_only = matches!(args.command, Command::Propose(_));
        refuse_idle(&args.idle.typed)?;
        let (options, worktree, exit_code, planned) = match args.command {
            Command::Run(options) | Command::Propose(options) => (options, false, false, false),
            Command::Plan(PlanOptions { options, worktree, exit_code }) => {
                (options, worktree, exit_code, true)
            }
        };
        let metadata = metadata(&options);
        let event = event_kind(&environment);
        let dry_run = planned || options.dry_run || event == EventKind::ForkPullRequest;
        if !dry_run && matches!(options.output, Output::Diff | Output::Markdown) {
            return Err(UsageError::new(
                "`run` and `propose` give their result as text or json",
                "use `plan` for `--output diff` and `--output markdown`",
            ));
        }
        let repository = options.repository.or_else(|| get(&environment, "GITHUB_REPOSITORY"));
        if let Some(repository) = &repository {
            check_repository(repository)?;
        }
        for (option, name) in [("--base", &options.base), ("--branch", &options.branch)] {
            if let Some(name) = name {
                check_branch(option, name)?;
            }
        }
        let server_url =
            get(&environment, "GITHUB_SERVER_URL").unwrap_or_else(|| GITHUB_COM.to_owned());
        let token = options
            .token
            .or_else(|| environment.first(&["GITHUB_TOKEN", "GH_TOKEN"]).map(str::to_owned))
            .map(Secret::new);
        Ok(Self {
            path: checkout(args.path, &environment)?,
            workspace: environment.get("GITHUB_WORKSPACE").map(PathBuf::from),
            remote: options.remote,
            event_remote: get(&environment, "GITHUB_REPOSITORY")
                .map(|repository| format!("{}/{repository}", server_url.trim_end_matches('/'))),
            repository,
            token,
            // Another server's token is none of that registry's business.
            ghcr_token: environment
                .get("GITHUB_TOKEN")
                .filter(|_| server_url.trim_end_matches('/') == GITHUB_COM)
                .map(Secret::new),
            api_url: get(&environment, "GITHUB_API_URL")
                .unwrap_or_else(|| "https://api.github.com".to_owned()),
            graphql_url: get(&environment, "GITHUB_GRAPHQL_URL")
                .unwrap_or_else(|| "https://api.github.com/graphql".to_owned()),
            server_url,
            control: Control { base: options.base, event_branch: event_branch(&environment) },
            pushed: pushed(&environment),
            proposes_only,
            idle_inputs: args.idle.inputs,
            event,
            manifests: options.manifests.iter().map(|path| RepoPath::clamped(path)).collect(),
            automations: options.automation.iter().map(|name| automation(name)).collect(),
            substitute: substitute(&options.substitute)?,
            branch: options.branch,
            commit_mode: options.commit_mode,
            rules: Rules {
                overwrite_foreign: options.foreign_commits == ForeignCommits::Overwrite,
                delete_branch: options.delete_branch,
                pull_request: options.pull_request,
                narrowed: !(options.manifests.is_empty() && options.automation.is_empty()),
                metadata,
            },
            allow_downgrade: options.allow_downgrade,
            words: Words {
                title: options.title,
                body: options.body,
                labels: list(Some(&options.labels)),
                assignees: list(options.assignees.as_deref()),
                reviewers: list(options.reviewers.as_deref()),
                team_reviewers: list(options.team_reviewers.as_deref()),
                milestone: options.milestone.map(|text| text.trim().to_owned()),
                auto_merge: options.auto_merge.map(Into::into),
                draft: options.draft,
            },
            registry_config: options.registry_config,
            secrets: options.secrets.map(Secret::new),
            limits: Limits {
                concurrency: options.concurrency,
                timeout: options.timeout,
                scan_timeout: options.scan_timeout,
            },
            fail_on_error: options.fail_on == FailOn::Error,
            worktree,
            exit_code,
            dry_run,
            output: options.output,
            quiet: args.quiet,
            environment,
        })
    }
}

/// Options that `propose` shares with `run` and does not act upon. Typed, they
/// are a mistake; as inputs they may be there for another step's sake.
fn refuse_idle(typed: &[String]) -> Result<(), UsageError> {
    if typed.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = typed.iter().map(|long| format!("`--{long}`")).collect();
    let verb = if names.len() == 1 { "has" } else { "have" };
    Err(UsageError::new(
        format!(
            "{} {verb} no effect on `propose`, which asks no registry and pushes nothing",
            names.join(", ")
        ),
        "leave it out, or use `run`",
    ))
}

/// `--path`, else `$GITHUB_WORKSPACE`, else the repository that holds the
/// current folder. A folder inside a repository stands for its root.
fn checkout(
    typed: Option<PathBuf>,
    environment: &Environment,
) -> Result<Option<PathBuf>, UsageError> {
    let given = typed.map(|path| ("--path", path)).or_else(|| {
        environment.get("GITHUB_WORKSPACE").map(|path| ("GITHUB_WORKSPACE", path.into()))
    });
    if let Some((name, path)) = &given
        && !path.is_dir()
    {
        return Err(UsageError::new(
            format!("`{}` is no folder, which `{name}` names", path.display()),
            "name the root of the checkout, or an empty folder",
        ));
    }
    let root = |path: &std::path::Path| {
        let absolute = std::path::absolute(path).ok()?;
        absolute.ancestors().find(|folder| folder.join(".git").exists()).map(PathBuf::from)
    };
    Ok(match given {
        Some((_, path)) => Some(root(&path).unwrap_or(path)),
        None => root(std::path::Path::new(".")),
    })
}

/// What stands for labels, assignees and the like, to see when they change.
fn metadata(options: &Options) -> Metadata {
    let lists = |given: &[Option<&String>]| {
        let lists = given.iter().map(|option| list(option.map(String::as_str)).join(","));
        lists.collect::<Vec<_>>().join("\n")
    };
    let reviewers = [options.reviewers.as_ref(), options.team_reviewers.as_ref()];
    let auto_merge = options.auto_merge.map(|method| format!("{method:?}"));
    let kinds = [
        (MetadataKind::Labels, lists(&[Some(&options.labels)])),
        (MetadataKind::Assignees, lists(&[options.assignees.as_ref()])),
        (MetadataKind::Reviewers, lists(&reviewers)),
        (MetadataKind::Milestone, lists(&[options.milestone.as_ref()])),
        (MetadataKind::AutoMerge, auto_merge.unwrap_or_default()),
    ];
    let given = kinds.into_iter().filter(|(_, text)| !text.trim().is_empty());
    given.map(|(kind, text)| (kind, Marker::fingerprint(&text))).collect()
}

fn get(environment: &Environment, name: &str) -> Option<String> {
    environment.get(name).map(str::to_owned)
}

/// A branch's name whose placeholders are filled later, with names.
fn check_branch(option: &str, name: &str) -> Result<(), UsageError> {
    let filled = ["{namespace}", "{name}", "{base}"]
        .iter()
        .fold(name.to_owned(), |name, placeholder| name.replace(placeholder, "x"));
    if filled.contains(['{', '}']) {
        return Err(UsageError::new(
            format!("`{option} {name}` holds a placeholder that is none"),
            "write `{namespace}`, `{name}` or `{base}`",
        ));
    }
    if is_branch_name(&filled) {
        return Ok(());
    }
    Err(UsageError::new(
        format!("`{option} {name}` is no name of a branch"),
        "give a branch's short name, without `refs/heads/`",
    ))
}

fn check_repository(repository: &str) -> Result<(), UsageError> {
    let part = |text: &str| {
        !text.is_empty()
            && !text.starts_with('.')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    match repository.split_once('/') {
        Some((owner, name)) if part(owner) && part(name) => Ok(()),
        _ => Err(UsageError::new(
            format!("`{repository}` is no repository"),
            "give it as owner/name, e.g. `--repository example-org/fleet`",
        )),
    }
}

fn substitute(pairs: &[String]) -> Result<BTreeMap<String, String>, UsageError> {
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(UsageError::new(
            format!("`--substitute {text}` sets nothing"),
            "give it as NAME=VALUE",
        )),
    };
    pairs.iter().map(pair).collect()
}

fn automation(text: &str) -> (Option<String>, String) {
    match text.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
        None => (None, text.to_owned()),
    }
}

/// Items between commas and newlines.
fn list(text: Option<&str>) -> Vec<String> {
    let items = text.unwrap_or_default().split([',', '\n']).map(str::trim);
    let mut list: Vec<String> = Vec::new();
    for item in items.filter(|item| !item.is_empty()) {
        if !list.iter().any(|known| known == item) {
            list.push(item.to_owned());
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::parse;

    fn settings(typed: &[&str], vars: &[(&str, &str)]) -> Result<Settings, UsageError> {
        let environment: Environment =
            vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let typed = std::iter::once("flux-image-updates").chain(typed.iter().copied());
        Settings::new(parse(typed.map(Into::into), &environment).unwrap(), environment)
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (typed, message) in [
            (&["run", "--substitute", "A"][..], "`--substitute A` sets nothing"),
            (&["run", "-o", "diff"], "`run` and `propose` give their result as text or json"),
            (&["run", "--repository", "fleet"], "`fleet` is no repository"),
            (&["run", "--base", "a..b"], "`--base a..b` is no name of a branch"),
            (
                &["propose", "--secrets", "x", "--concurrency=4"],
                "`--secrets`, `--concurrency` have no effect on `propose`, which asks no registry and pushes nothing",
            ),
            (
                &["run", "--branch", "x/{author}"],
                "`--branch x/{author}` holds a placeholder that is none",
            ),
        ] {
            assert_eq!(settings(typed, &[]).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn lists_are_split_at_commas_and_newlines() {
        assert_eq!(list(Some("a, b\nc,,a\n")), ["a", "b", "c"]);
        let words = settings(&["run", "--milestone", "7"], &[]).unwrap().words;
        assert_eq!(words.milestone, Some("7".to_owned()));
        assert_eq!(words.labels, ["automated", "dependencies", "flux"]);
    }

    #[test]
    fn ghcr_io_gets_no_other_servers_token() {
        for (server, given) in [
            (None, true),
            (Some("https://github.com"), true),
            (Some("https://github.com/"), true),
            (Some("https://ghes.example.com"), false),
            (Some("https://octo.ghe.com"), false),
            (Some("http://github.com"), false),
            (Some("https://github.com.example.com"), false),
        ] {
            let vars = server.map(|server| ("GITHUB_SERVER_URL", server));
            let vars: Vec<_> = vars.into_iter().chain([("GITHUB_TOKEN", "hunter2")]).collect();
            let settings = settings(&["run"], &vars).unwrap();
            assert_eq!(settings.ghcr_token.is_some(), given, "{server:?}");
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let vars = [("GITHUB_TOKEN", "hunter2")];
        let settings = settings(&["run", "--secrets", "ghcr.io=a:hunter2"], &vars).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
