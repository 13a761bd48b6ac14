//! What ends an attempt to carry a decision out.

use crate::{
    diagnostic::{Code, Diagnostic},
    git::PushError,
    github::GitHubError,
};

/// Why an attempt ended early.
pub(super) enum Stop {
    /// The branch is not any more what the lease names.
    Lease(Diagnostic),
    /// The pull request is not any more what was read, and nothing is written.
    Outdated(Diagnostic),
    /// Anything else.
    Failed(Diagnostic),
}

impl Stop {
    /// The same of a push that GitHub's API carries out.
    pub(super) fn of_a_push(self) -> Self {
        match self {
            Self::Failed(problem) if problem.code == Code::AutomationPullRequestFailed => {
                Self::Failed(Diagnostic { code: Code::AutomationPushFailed, ..problem })
            }
            other => other,
        }
    }
}

impl From<PushError> for Stop {
    fn from(error: PushError) -> Self {
        let problem = Diagnostic::of(&error);
        match error {
            PushError::LeaseLost { .. } => Self::Lease(problem),
            _ => Self::Failed(problem),
        }
    }
}

impl From<GitHubError> for Stop {
    fn from(error: GitHubError) -> Self {
        let problem = Diagnostic::of(&error);
        match error {
            GitHubError::ReferenceMoved { .. } => Self::Lease(problem),
            _ => Self::Failed(problem),
        }
    }
}
