//! Why the remote or the store did not give what was asked for.

use crate::{
    diagnostic::{Code, Explain},
    tree::{CommitId, RepoPath},
};

/// Why something could not be read from the repository or its remote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The remote is given as something else than a URL that HTTP serves.
    #[error("`{text}` is no address that Git is served at")]
    NoUrl {
        /// What was given, without user and password.
        text: String,
    },
    /// The store of our own cannot be made or written.
    #[error("the object store cannot be written: {reason}")]
    Store {
        /// What the system or gix said.
        reason: String,
    },
    /// The checkout is there, but is not readable as a repository.
    #[error("the checkout in `{path}` cannot be read: {reason}")]
    Checkout {
        /// The folder.
        path: String,
        /// What gix said.
        reason: String,
    },
    /// 401: a token is missing, wrong or expired.
    #[error("`{remote}` refused the login")]
    Unauthorized {
        /// The remote.
        remote: String,
        /// Whether a token was sent.
        token: bool,
    },
    /// 403: the token may not do this.
    #[error("`{remote}` denied access: {words}")]
    Denied {
        /// The remote.
        remote: String,
        /// What the server said, escaped.
        words: String,
    },
    /// 404: no such repository, or one that the token does not see.
    #[error("`{remote}` has no such repository")]
    NotFound {
        /// The remote.
        remote: String,
        /// Whether a token was sent.
        token: bool,
    },
    /// The remote did not answer, or broke off.
    #[error("`{remote}` cannot be reached: {reason}")]
    Unreachable {
        /// The remote.
        remote: String,
        /// Connection, name, certificate or timeout.
        reason: String,
    },
    /// Another status than Git's protocol knows.
    #[error("`{remote}` answered {status}: {words}")]
    Status {
        /// The remote.
        remote: String,
        /// The HTTP status.
        status: u16,
        /// What the server said, escaped.
        words: String,
    },
    /// The remote leads elsewhere too often, or to no address.
    #[error("`{remote}` leads to {to}")]
    Redirect {
        /// The remote.
        remote: String,
        /// Where to.
        to: String,
    },
    /// The answer is not Git's protocol.
    #[error("`{remote}` did not answer as a Git server does: {reason}")]
    Malformed {
        /// The remote.
        remote: String,
        /// What was wrong with it.
        reason: String,
    },
    /// A commit that was not fetched, or is not on the remote any more.
    #[error("the commit `{}` is not at hand", commit.short())]
    NoCommit {
        /// The commit.
        commit: CommitId,
    },
    /// A path that the commit does not have.
    #[error("`{path}` is not in the commit `{}`", commit.short())]
    NoPath {
        /// The commit.
        commit: CommitId,
        /// The path.
        path: RepoPath,
    },
    /// An object is missing or is not what its place demands.
    #[error("the commit `{}` cannot be read: {reason}", commit.short())]
    Object {
        /// The commit that was read.
        commit: CommitId,
        /// What gix said.
        reason: String,
    },
    /// The commit could not be signed.
    #[error("the commit cannot be signed: {reason}")]
    Signing {
        /// What the signer said.
        reason: String,
    },
}

impl GitError {
    /// Whether the same may go well a moment later.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}

impl Explain for GitError {
    fn code(&self) -> Code {
        match self {
            Self::NoUrl { .. } | Self::Malformed { .. } | Self::Redirect { .. } => {
                Code::RemoteMalformed
            }
            Self::Unauthorized { .. } | Self::Denied { .. } => Code::RemoteUnauthorized,
            Self::NotFound { .. } => Code::RemoteNotFound,
            Self::Unreachable { .. } | Self::Status { .. } => Code::RemoteUnreachable,
            Self::Store { .. }
            | Self::Checkout { .. }
            | Self::NoCommit { .. }
            | Self::Object { .. } => Code::RemoteUnreadable,
            Self::NoPath { .. } => Code::AutomationPathNotFound,
            Self::Signing { .. } => Code::AutomationSigningKey,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoUrl { .. } => {
                "give `--remote` an address such as `https://github.com/owner/name`"
            }
            Self::Store { .. } => "make room in the temporary folder, or set `TMPDIR` to another",
            Self::Checkout { .. } => {
                "give `--path` the folder of a clone, or an empty one: the commits are fetched then"
            }
            Self::Unauthorized { token: true, .. } => {
                "check the `token` input: it is wrong or has expired (an App's token lives one hour)"
            }
            Self::Unauthorized { token: false, .. } => "set `GITHUB_TOKEN` or the `token` input",
            Self::Denied { .. } => {
                "give the token `contents: read`; one for an organisation with single sign-on has to be authorised for it"
            }
            Self::NotFound { token: true, .. } => {
                "check `--remote`, and that the token may see the repository: the server does not tell the two apart"
            }
            Self::NotFound { token: false, .. } => {
                "check `--remote`, and set a `token` if the repository is private"
            }
            Self::Unreachable { .. } | Self::Status { .. } => {
                "run again; if it stays so, check the network, the proxy and the server's status page"
            }
            Self::Redirect { .. } => "give `--remote` the address that the repository has now",
            Self::Malformed { .. } => {
                "check that `--remote` is a repository's address, and that no proxy answers in its place"
            }
            Self::NoCommit { .. } => "run again: the branch was moved or deleted meanwhile",
            Self::NoPath { .. } => "write the path as seen from the root of the repository",
            Self::Object { .. } => {
                "run `git fsck` in the checkout, or run without one: the commits are fetched then"
            }
            Self::Signing { .. } => "check the Secret that `spec.git.commit.signingKey` names",
        };
        Some(help.to_owned())
    }
}
