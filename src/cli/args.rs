//! The command line, as typed.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the text of `--help`, where backticks only stand in the way"
)]

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Flux's image automation from CI: scans the registries, edits the marked
/// manifests, proposes one pull request. No cluster, no controller.
#[derive(Debug, Parser)]
#[command(name = "flux-image-updates", version, max_term_width = 100, args_override_self = true)]
#[command(after_help = "\
Exit status: 0 done, also when there was nothing to do; 1 something failed, the message says what \
was done and what was not; 2 the command line or the environment is wrong, nothing was done.")]
pub struct Args {
    /// What is done; without it the environment's INPUT_COMMAND.
    #[command(subcommand)]
    pub command: Command,

    /// Root of the checkout [default: $GITHUB_WORKSPACE, else the repository that holds the
    /// current directory].
    #[arg(long, global = true, value_name = "DIR")]
    pub path: Option<PathBuf>,

    /// How much is logged to standard error: error, warn, info, debug or trace.
    #[arg(long, global = true, value_name = "LEVEL", default_value = "warn")]
    pub log_level: tracing::level_filters::LevelFilter,

    /// The form of the log.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// When to colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// Print results and problems of severity error alone.
    #[arg(long, global = true)]
    pub quiet: bool,

    /// What is given and has no effect on the verb.
    #[arg(skip)]
    pub idle: Idle,
}

/// Options that have no effect on the verb, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Idle {
    /// Those that were typed.
    pub typed: Vec<String>,
    /// Those that came as inputs of the action, with another value than their default.
    pub inputs: Vec<String>,
}

/// What is done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Discover, scan, select, edit, commit, push, propose the pull request.
    Run(Options),
    /// Everything that `run` decides, nothing that it does.
    Plan(PlanOptions),
    /// Only the pull request, for a branch that something else pushed, such as Flux's controllers.
    ///
    /// The branch is the one of a `push` or `create` event, else `--branch`. On a tag, and on
    /// a branch that is no automation's, it does nothing. The body tells what differs between base and branch; when
    /// nothing does, the pull request is closed. --title and --body see what the branch's first
    /// automation has changed, and its newest commit there. It asks no registry and pushes nothing.
    #[command(mut_args = hidden_from_propose)]
    Propose(Options),
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, and never with NO_COLOR.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How the commit is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CommitMode {
    /// A real push over smart HTTP.
    Git,
    /// Git Data API, so that GitHub signs the commit.
    Api,
}

/// How GitHub merges by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AutoMerge {
    /// A merge commit.
    Merge,
    /// One commit.
    Squash,
    /// The commits on top of base.
    Rebase,
}

impl From<AutoMerge> for crate::github::MergeMethod {
    fn from(method: AutoMerge) -> Self {
        match method {
            AutoMerge::Merge => Self::Merge,
            AutoMerge::Squash => Self::Squash,
            AutoMerge::Rebase => Self::Rebase,
        }
    }
}

/// What happens when somebody else committed to the branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForeignCommits {
    /// The branch is left alone.
    Keep,
    /// The branch is rebuilt from base.
    Overwrite,
}

/// Whether a failed image makes the run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Yes, after all that could be done was done.
    Error,
    /// No.
    Never,
}

/// The form of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Tables for people.
    Text,
    /// The result document.
    Json,
    /// A unified diff of the edits.
    Diff,
    /// The pull request as Markdown.
    Markdown,
}

/// The options of `run`; each is an action input of the same name, too.
#[derive(Debug, ClapArgs)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent switches of a command line"
)]
pub struct Options {
    /// Where Flux objects are looked for [default: the whole repository]. A folder that holds a
    /// cluster's bootstrap selects that cluster.
    #[arg(long, value_name = "PATH", num_args = 1.., help_heading = "What is updated")]
    pub manifests: Vec<String>,

    /// Which ImageUpdateAutomations run [default: all that are not suspended].
    #[arg(long, value_name = "[NS/]NAME", num_args = 1.., help_heading = "What is updated")]
    pub automation: Vec<String>,

    /// Branch that the edits are made on and the pull request targets, for all automations
    /// [default: the automation's checkout branch, its GitRepository's, else the control branch].
    #[arg(long, value_name = "BRANCH", help_heading = "What is updated")]
    pub base: Option<String>,

    /// Propose a version below the one in the manifests when the registry lost that one.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", help_heading = "What is updated")]
    pub allow_downgrade: bool,

    /// Variables of Flux's post-build substitution that are in no file.
    #[arg(long, value_name = "NAME=VALUE", num_args = 1.., help_heading = "What is updated")]
    pub substitute: Vec<String>,

    /// Branch that is pushed, for all automations; may hold {namespace}, {name} and {base} of the
    /// automation [default: the automation's push branch unless that is the base, else
    /// flux-image-updates].
    #[arg(long, value_name = "BRANCH", help_heading = "Branch and commit")]
    pub branch: Option<String>,

    /// git: a real push over smart HTTP. api: Git Data API, so that GitHub signs the commit.
    #[arg(long, value_name = "MODE", default_value = "git", help_heading = "Branch and commit")]
    pub commit_mode: CommitMode,

    /// When somebody else committed to the branch.
    #[arg(long, value_name = "WHAT", default_value = "keep", help_heading = "Branch and commit")]
    pub foreign_commits: ForeignCommits,

    /// Delete the branch when nothing is left to update; false: it stays.
    #[arg(long, value_name = "BOOL", default_value = "true", action = clap::ArgAction::Set, help_heading = "Branch and commit")]
    pub delete_branch: bool,

    /// true: never push to a base branch, always propose. false: push exactly where the
    /// controllers would.
    #[arg(long, value_name = "BOOL", default_value = "true", action = clap::ArgAction::Set, help_heading = "Pull request")]
    pub pull_request: bool,

    /// Title of the pull request: a Go text/template with the commit message's data and
    /// .Commit.Subject, .Commit.Body [default: made from the updates].
    #[arg(long, value_name = "TEMPLATE", help_heading = "Pull request")]
    pub title: Option<String>,

    /// Body of the pull request, the same kind of template [default: made from the updates].
    #[arg(long, value_name = "TEMPLATE", help_heading = "Pull request")]
    pub body: Option<String>,

    /// Labels, separated by commas or newlines.
    #[arg(
        long,
        value_name = "LABELS",
        default_value = "automated,dependencies,flux",
        help_heading = "Pull request"
    )]
    pub labels: String,

    /// Assignees, separated by commas or newlines.
    #[arg(long, value_name = "USERS", help_heading = "Pull request")]
    pub assignees: Option<String>,

    /// Reviewers, separated by commas or newlines.
    #[arg(long, value_name = "USERS", help_heading = "Pull request")]
    pub reviewers: Option<String>,

    /// Teams that review, separated by commas or newlines.
    #[arg(long, value_name = "TEAMS", help_heading = "Pull request")]
    pub team_reviewers: Option<String>,

    /// Milestone, by number or title.
    #[arg(long, value_name = "MILESTONE", help_heading = "Pull request")]
    pub milestone: Option<String>,

    /// Open the pull request as a draft.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", help_heading = "Pull request")]
    pub draft: bool,

    /// Let GitHub merge it once its checks pass.
    #[arg(long, value_name = "METHOD", help_heading = "Pull request")]
    pub auto_merge: Option<AutoMerge>,

    /// Token for Git and GitHub's API; never sent to a registry. Better given by the environment
    /// [default: $GITHUB_TOKEN, $GH_TOKEN].
    #[arg(long, value_name = "TOKEN", hide_env_values = true, help_heading = "GitHub")]
    pub token: Option<String>,

    /// owner/name [default: $GITHUB_REPOSITORY, else from the remote].
    #[arg(long, value_name = "OWNER/NAME", help_heading = "GitHub")]
    pub repository: Option<String>,

    /// Where Git is read from and pushed to [default: origin's URL, else
    /// $GITHUB_SERVER_URL/$GITHUB_REPOSITORY].
    #[arg(long, value_name = "URL", help_heading = "GitHub")]
    pub remote: Option<String>,

    /// Credentials of the registries [default: $DOCKER_AUTH_CONFIG, $REGISTRY_AUTH_FILE, podman's
    /// and docker's own files].
    #[arg(long, value_name = "FILE", help_heading = "Registries")]
    pub registry_config: Option<PathBuf>,

    /// Kubernetes Secret manifests (YAML) standing in for any Secret that an object names, or
    /// lines HOST[/PATH]=USER:PASSWORD and NAMESPACE/NAME=HOST=USER:PASSWORD. Better given by the
    /// environment, INPUT_SECRETS.
    #[arg(long, value_name = "SECRETS", hide_env_values = true, help_heading = "Registries")]
    pub secrets: Option<String>,

    /// Requests in flight over all registries.
    #[arg(long, value_name = "N", default_value = "32", value_parser = at_least_one, help_heading = "Registries")]
    pub concurrency: usize,

    /// One request.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = super::duration::parse, help_heading = "Registries")]
    pub timeout: std::time::Duration,

    /// One whole scan, unless the ImageRepository's spec.timeout says less.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = super::duration::parse, help_heading = "Registries")]
    pub scan_timeout: std::time::Duration,

    /// Whether a failed image makes the run fail after all that could be done was done.
    #[arg(long, value_name = "WHEN", default_value = "error", help_heading = "Result")]
    pub fail_on: FailOn,

    /// Decide only, do nothing: the same as `plan`.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", help_heading = "Result")]
    pub dry_run: bool,

    /// Form of the result; `run` takes text and json, `plan` diff and markdown too.
    #[arg(short, long, value_name = "FORM", default_value = "text", help_heading = "Result")]
    pub output: Output,
}

/// The options of `plan`: those of `run` and two more.
#[derive(Debug, ClapArgs)]
pub struct PlanOptions {
    /// What `run` takes.
    #[command(flatten)]
    pub options: Options,

    /// Read the files of --path as they lie, committed or not.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", help_heading = "Result")]
    pub worktree: bool,

    /// Exit with 3 when there are changes; a failure outranks it with 1.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true", value_name = "BOOL", help_heading = "Result")]
    pub exit_code: bool,
}

/// The options of `run` that have no effect on `propose`: it asks no registry,
/// pushes nothing and always proposes.
pub(super) const IDLE_IN_PROPOSE: [&str; 10] = [
    "allow-downgrade",
    "commit-mode",
    "concurrency",
    "delete-branch",
    "foreign-commits",
    "pull-request",
    "registry-config",
    "scan-timeout",
    "secrets",
    "timeout",
];

fn hidden_from_propose(option: clap::Arg) -> clap::Arg {
    let is_idle = option.get_long().is_some_and(|long| IDLE_IN_PROPOSE.contains(&long));
    if is_idle { option.hide(true) } else { option }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("a whole number from 1 on is wanted".to_owned()),
    }
}
