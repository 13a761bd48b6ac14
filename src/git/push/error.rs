//! Why a push was refused, in the server's words and with our advice.

use crate::{
    diagnostic::{Code, Explain},
    git::GitError,
};

/// Lines of the server that are quoted at most.
const QUOTED: usize = 10;

/// Why a push did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The branch is not any more where it was when it was looked at.
    #[error("the branch `{branch}` was changed by somebody else: {words}")]
    LeaseLost {
        /// The branch.
        branch: String,
        /// What it is now, or the server's words.
        words: String,
    },
    /// A protected branch: GH006, or GH003 for a forced push.
    #[error("the branch `{branch}` is protected: {words}")]
    Protected {
        /// The branch.
        branch: String,
        /// The server's words.
        words: String,
    },
    /// A ruleset: GH013.
    #[error("the rules of the repository forbid a push to `{branch}`: {}", rules.join("; "))]
    Ruleset {
        /// The branch.
        branch: String,
        /// The rules as the server lists them.
        rules: Vec<String>,
    },
    /// A workflow file, and a token that may not write any.
    #[error("the token may not write workflow files: {words}")]
    Workflow {
        /// The server's words.
        words: String,
    },
    /// 403: the token may not push.
    #[error("the token may not push: {words}")]
    Denied {
        /// The server's words.
        words: String,
    },
    /// 403: nobody may push to an archive.
    #[error("the repository takes no pushes: {words}")]
    Archived {
        /// The server's words.
        words: String,
    },
    /// Another branch or tag stands in the way of the name.
    #[error("the branch name `{branch}` collides with another: {words}")]
    Collision {
        /// The branch.
        branch: String,
        /// The server's words.
        words: String,
    },
    /// Push options for a server that takes none.
    #[error("the remote takes no push options")]
    NoOptions,
    /// Anything else that the server refused.
    #[error("the push to `{branch}` was refused: {words}")]
    Refused {
        /// The branch.
        branch: String,
        /// The server's words.
        words: String,
    },
    /// The answer was lost, and so was that to the question what became of it.
    #[error("it is not known whether `{branch}` was pushed: {reason}")]
    Unknown {
        /// The branch.
        branch: String,
        /// Why the remote could not be asked.
        reason: String,
    },
    /// The remote could not be asked, or the pack not be made.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl PushError {
    /// Reads what a server gives as the reason for a branch, with the lines
    /// that it sent along, which are often the only ones that say it.
    pub(super) fn of(branch: &str, reason: &str, notes: &[String]) -> Self {
        let all = || std::iter::once(reason).chain(notes.iter().map(String::as_str));
        let says = |what: &str| all().any(|line| line.contains(what));
        let line = |what: &[&str]| {
            let found = all().find(|line| what.iter().any(|what| line.contains(what)));
            found.unwrap_or(reason).trim_start_matches("error: ").to_owned()
        };
        let branch = branch.to_owned();
        if says("GH013") || says("repository rule violations") {
            return Self::Ruleset { branch, rules: rules(reason, notes) };
        }
        if says("GH006") || says("GH003") || says("protected branch hook declined") {
            let mut words = line(&["GH006", "GH003"]);
            for rule in notes.iter().filter(|line| line.starts_with("- ")).take(QUOTED) {
                words.push(' ');
                words.push_str(rule);
            }
            return Self::Protected { branch, words };
        }
        if says("refusing to allow") && says("workflow") {
            return Self::Workflow { words: line(&["refusing to allow"]) };
        }
        let collisions = ["' exists; cannot create", "matches more than one"];
        if collisions.iter().any(|what| says(what)) || names_another(&branch, all()) {
            return Self::Collision {
                branch,
                words: line(&[&collisions[..], &["exists"]].concat()),
            };
        }
        let lost = [
            "but expected",
            "reference already exists",
            "stale info",
            "fetch first",
            "non-fast-forward",
            "cannot lock ref",
            "incorrect old value",
            "reference is missing",
        ];
        if lost.iter().any(|what| says(what)) {
            return Self::LeaseLost { branch, words: line(&lost) };
        }
        let words = std::iter::once(reason.to_owned()).chain(notes.iter().take(QUOTED).cloned());
        Self::Refused { branch, words: words.collect::<Vec<_>>().join("; ") }
    }
}

/// `'refs/heads/x' exists`, where x is not the branch itself.
fn names_another<'a>(branch: &str, mut lines: impl Iterator<Item = &'a str>) -> bool {
    let itself = format!("'refs/heads/{branch}' exists");
    lines
        .any(|line| line.contains("'refs/") && line.contains("' exists") && !line.contains(&itself))
}

/// The list that follows GH013; without one, the server's reason.
fn rules(reason: &str, notes: &[String]) -> Vec<String> {
    let rules: Vec<String> = notes
        .iter()
        .filter_map(|line| line.strip_prefix("- "))
        .take(QUOTED)
        .map(|rule| rule.trim_end_matches('.').to_owned())
        .collect();
    if rules.is_empty() { vec![reason.to_owned()] } else { rules }
}

impl Explain for PushError {
    fn code(&self) -> Code {
        match self {
            Self::Git(error @ (GitError::Unauthorized { .. } | GitError::NotFound { .. })) => {
                error.code()
            }
            _ => Code::AutomationPushFailed,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::LeaseLost { .. } => {
                "run again; give the job `concurrency: flux-image-updates` so that no two runs push at once"
            }
            Self::Protected { .. } => {
                "push to a branch that no protection covers: set `--branch`, or leave the branch out of the protection"
            }
            Self::Ruleset { .. } => {
                "let the token's App bypass the rules, set `--branch` to a name that they do not cover, or use `--commit-mode api` where they want signed commits"
            }
            Self::Workflow { .. } => {
                "leave `.github/workflows` out of `spec.update.path`, or use an App's token with `workflows: write`"
            }
            Self::Denied { .. } => {
                "give the job `permissions: contents: write`; a token of another kind needs write access to the contents, and authorisation where the organisation wants single sign-on"
            }
            Self::Archived { .. } => "unarchive the repository, or turn the workflow off",
            Self::Collision { .. } => {
                "set `--branch` to another name, or delete the branch or tag that stands in the way"
            }
            Self::NoOptions => "remove `spec.git.push.options`",
            Self::Unknown { .. } => "run again: what was pushed is found then",
            Self::Refused { .. } => "do what the server asks for, then run again",
            Self::Git(error) => return error.help(),
        };
        Some(help.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_words_of_servers() {
        #[rustfmt::skip]
        let rows: &[(&str, &[&str], &str)] = &[
            ("stale info", &[], "the branch `b` was changed by somebody else: stale info"),
            ("fetch first", &[], "the branch `b` was changed by somebody else: fetch first"),
            ("reference already exists", &[],
             "the branch `b` was changed by somebody else: reference already exists"),
            ("failed to update ref",
             &["error: cannot lock ref 'refs/heads/b': is at 1111111 but expected 2222222"],
             "the branch `b` was changed by somebody else: cannot lock ref 'refs/heads/b': is at 1111111 but expected 2222222"),
            ("atomic transaction failed",
             &["error: cannot lock ref 'refs/heads/b': 'refs/heads/b/c' exists; cannot create 'refs/heads/b'"],
             "the branch name `b` collides with another: cannot lock ref 'refs/heads/b': 'refs/heads/b/c' exists; cannot create 'refs/heads/b'"),
            ("protected branch hook declined",
             &["error: GH006: Protected branch update failed for refs/heads/b.", "- Changes must be made through a pull request."],
             "the branch `b` is protected: GH006: Protected branch update failed for refs/heads/b. - Changes must be made through a pull request."),
            ("push declined",
             &["error: GH003: Sorry, force-pushing to b is not allowed."],
             "the branch `b` is protected: GH003: Sorry, force-pushing to b is not allowed."),
            ("push declined due to repository rule violations",
             &["error: GH013: Repository rule violations found for refs/heads/b.", "- Commits must have verified signatures.", "- Changes must be made through a pull request."],
             "the rules of the repository forbid a push to `b`: Commits must have verified signatures; Changes must be made through a pull request"),
            ("push declined due to repository rule violations", &[],
             "the rules of the repository forbid a push to `b`: push declined due to repository rule violations"),
            ("refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission", &[],
             "the token may not write workflow files: refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission"),
            ("pre-receive hook declined", &["no pushes on Fridays"],
             "the push to `b` was refused: pre-receive hook declined; no pushes on Fridays"),
        ];
        for (reason, notes, text) in rows {
            let notes: Vec<String> = notes.iter().map(|&note| note.to_owned()).collect();
            let error = PushError::of("b", reason, &notes);
            assert_eq!(error.to_string(), *text);
            assert!(error.help().is_some_and(|help| !help.is_empty()));
        }
    }
}
