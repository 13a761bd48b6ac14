//! What a pull request was to have, and has not.

use super::GitHubError;
use crate::diagnostic::{Code, Explain};

/// Something that the pull request was to have, and has not.
#[derive(Debug, thiserror::Error)]
pub enum Shortfall {
    /// 403 `You do not have permission to create labels`: the others are set.
    #[error("the token may not create {}", list("label", .0))]
    LabelsNotCreated(Vec<String>),
    /// GitHub drops whom it cannot assign, and says nothing.
    #[error("GitHub did not assign {}", list("user", .0))]
    NotAssigned(Vec<String>),
    /// A reviewer that GitHub refuses.
    #[error("no review could be requested from `{reviewer}`")]
    NotRequested {
        /// Login, or slug of a team.
        reviewer: String,
        /// Why not.
        source: GitHubError,
    },
    /// A title that no milestone has.
    #[error("there is no open milestone `{0}`")]
    NoMilestone(String),
    /// The plan or the kind of repository.
    #[error("the repository has no draft pull requests: this one is ready for review")]
    NoDrafts,
    /// Auto-merge was not turned on.
    #[error("auto-merge could not be turned on: {message}")]
    NoAutoMerge {
        /// GitHub's words.
        message: String,
    },
    /// Anything else.
    #[error("the pull request lacks its {missing}")]
    Failed {
        /// What it lacks.
        missing: &'static str,
        /// Why.
        source: GitHubError,
    },
}

impl Shortfall {
    /// Whether no answer came, so that it may be had in the next run.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Failed { source, .. } | Self::NotRequested { source, .. } => source.is_lost(),
            _ => false,
        }
    }
}

fn list(noun: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("the {noun}{plural} `{}`", names.join("`, `"))
}

const WHO_REVIEWS: &str = "ask collaborators other than the author; \
    teams need a token that may read the organisation's members, which `GITHUB_TOKEN` may not";

impl Explain for Shortfall {
    fn code(&self) -> Code {
        Code::PullRequestIncomplete
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::LabelsNotCreated(_) => return GitHubError::NoNewLabels.help(),
            Self::NotAssigned(_) => "assign only users with access to the repository".to_owned(),
            Self::NotRequested { source, .. } => {
                return source.help().or_else(|| Some(WHO_REVIEWS.to_owned()));
            }
            Self::NoMilestone(_) => {
                "name an open milestone of this repository by number or title".to_owned()
            }
            Self::NoDrafts => "leave out `--draft`".to_owned(),
            Self::NoAutoMerge { message } => return help_on_auto_merge(message),
            Self::Failed { source, .. } => return source.help(),
        })
    }
}

fn help_on_auto_merge(message: &str) -> Option<String> {
    let message = message.to_lowercase();
    let help = if message.contains("not allowed for this repository") {
        "turn on Settings → General → Pull Requests → “Allow auto-merge”"
    } else if message.contains("clean status") || message.contains("unstable status") {
        "protect the base branch with a required check: there is nothing to wait for"
    } else if message.contains("protected branch rules not configured") {
        "protect the base branch: auto-merge waits for what protection demands"
    } else {
        return None;
    };
    Some(help.to_owned())
}
