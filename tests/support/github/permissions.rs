//! Who may do what: tokens, their permissions, and what a route demands.

use super::{answer::Answer, contract::Operation};

/// How far a permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Read,
    Write,
}

/// What kind of token it is; GitHub refuses each in other words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `GITHUB_TOKEN`, or one of an App.
    Integration,
    /// A personal access token, fine-grained.
    Personal,
}

/// A token and what it may do.
#[derive(Debug, Clone)]
pub struct Token {
    pub kind: Kind,
    /// Whom what it does is shown as.
    pub login: String,
    pub contents: Level,
    pub pull_requests: Level,
    pub issues: Level,
    /// Whether Actions made it: the switch for pull requests is about those.
    pub of_actions: bool,
}

impl Token {
    /// `GITHUB_TOKEN` with `contents`, `pull-requests` and `issues` as given.
    pub fn of_actions(contents: Level, pull_requests: Level, issues: Level) -> Self {
        let login = "github-actions[bot]".to_owned();
        Self { kind: Kind::Integration, login, contents, pull_requests, issues, of_actions: true }
    }

    /// A person's token that may do everything here.
    pub fn personal(login: &str) -> Self {
        let all = Level::Write;
        Self {
            kind: Kind::Personal,
            login: login.to_owned(),
            contents: all,
            pull_requests: all,
            issues: all,
            of_actions: false,
        }
    }

    fn has(&self, permission: Permission) -> bool {
        let (held, demanded) = match permission {
            Permission::Contents(level) => (self.contents, level),
            Permission::PullRequests(level) => (self.pull_requests, level),
            Permission::Issues(level) => (self.issues, level),
        };
        held >= demanded
    }

    /// 403 in the words for this kind of token.
    pub fn refusal(&self, demanded: &[Permission]) -> Answer {
        let message = match self.kind {
            Kind::Integration => "Resource not accessible by integration",
            Kind::Personal => "Resource not accessible by personal access token",
        };
        Answer::refusal(403, message).with("x-accepted-github-permissions", header(demanded))
    }
}

/// One permission.
#[derive(Debug, Clone, Copy)]
pub enum Permission {
    Contents(Level),
    PullRequests(Level),
    Issues(Level),
}

/// `issues=write; pull_requests=write`: any one of them.
pub fn header(demanded: &[Permission]) -> String {
    if demanded.is_empty() {
        return "metadata=read".to_owned();
    }
    let one = |permission: &Permission| {
        let (name, level) = match permission {
            Permission::Contents(level) => ("contents", level),
            Permission::PullRequests(level) => ("pull_requests", level),
            Permission::Issues(level) => ("issues", level),
        };
        format!("{name}={}", if *level == Level::Write { "write" } else { "read" })
    };
    demanded.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The permissions any one of which a route demands; none for what everybody
/// with access may read.
pub fn demanded(operation: &Operation) -> &'static [Permission] {
    use Level::{Read, Write};
    use Permission::{Contents, Issues, PullRequests};
    let below = operation.template.trim_start_matches("/repos/{owner}/{repo}");
    let write = operation.method != "get";
    match below.split('/').nth(1).unwrap_or_default() {
        "pulls" if write => &[PullRequests(Write)],
        "pulls" => &[PullRequests(Read)],
        "issues" if write => &[Issues(Write), PullRequests(Write)],
        "labels" | "milestones" if write => &[Issues(Write)],
        "issues" | "labels" | "milestones" => &[Issues(Read), PullRequests(Read)],
        "git" if write => &[Contents(Write)],
        "git" => &[Contents(Read)],
        _ => &[],
    }
}

/// The refusal of a token that may not, none where it may. Whatever is public
/// may be read without a token.
pub fn refuse(token: Option<&Token>, demanded: &[Permission], write: bool) -> Option<Answer> {
    match token {
        None if write => Some(Answer::refusal(401, "Requires authentication")),
        None => None,
        Some(_) if demanded.is_empty() => None,
        Some(token) if demanded.iter().any(|permission| token.has(*permission)) => None,
        Some(token) => Some(token.refusal(demanded)),
    }
}
