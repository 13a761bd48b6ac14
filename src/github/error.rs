//! Why GitHub did not do what was asked, and what to do about it.
//!
//! GitHub's own words stand in these errors only as [`words`] leaves them:
//! one line, cut, without control characters.
//!
//! [`words`]: super::words

use super::complaint::{Complaint, Permissions};
use crate::diagnostic::{Code, Explain};

/// Why something was not done. `what` completes “GitHub refused to …”.
#[derive(Debug, thiserror::Error)]
pub enum GitHubError {
    /// An endpoint that no request can be made from.
    #[error("`{url}` is no address of an API")]
    Endpoint {
        /// The address.
        url: String,
    },
    /// A line break or another control character in the token.
    #[error("the token holds characters that cannot be sent")]
    TokenCharacters,
    /// A request that needs a login was made without one.
    #[error("GitHub wants a token to {what}")]
    NoToken {
        /// The deed.
        what: &'static str,
    },
    /// 401: expired, revoked, mistyped.
    #[error("GitHub does not accept the token (`Bad credentials`)")]
    BadCredentials,
    /// 403 `Resource not accessible by integration`, and of a personal access token.
    #[error("the token may not {what}")]
    NoPermission {
        /// The deed.
        what: &'static str,
        /// What would allow it.
        missing: Permissions,
        /// Whether it is a personal access token, whose mend is elsewhere.
        personal: bool,
    },
    /// 403 by the setting of the repository or of its organisation.
    #[error("GitHub Actions is not permitted to create pull requests in this repository")]
    PullRequestsNotPermitted,
    /// 403 with `x-github-sso`.
    #[error("the organisation wants the token to be authorised for single sign-on")]
    SingleSignOn {
        /// Where that is done, when GitHub said so.
        url: Option<String>,
    },
    /// Nothing can be written to an archive.
    #[error("the repository `{repository}` is archived and so is read-only")]
    Archived {
        /// Owner and name.
        repository: String,
    },
    /// 404: GitHub does not tell the two apart.
    #[error("there is no repository `{repository}`, or the token may not see it")]
    RepositoryNotFound {
        /// Owner and name.
        repository: String,
    },
    /// 451, or 403 `Repository access blocked`.
    #[error("access to the repository `{repository}` is blocked by GitHub")]
    Blocked {
        /// Owner and name.
        repository: String,
    },
    /// 404 below the repository.
    #[error("GitHub did not find what it takes to {what}, or the token may not see it")]
    NotFound {
        /// The deed.
        what: &'static str,
        /// What would allow it.
        missing: Permissions,
    },
    /// The limit of the hour, or the one on bursts.
    #[error("GitHub wants fewer requests, and serves again in {seconds} s")]
    RateLimited {
        /// Until when, in seconds from the answer.
        seconds: u64,
        /// Whether it is the limit on bursts and created content.
        secondary: bool,
    },
    /// 422: base holds everything that head holds.
    #[error("there are no commits between `{base}` and `{head}`")]
    NoCommits {
        /// The branch to merge into.
        base: String,
        /// The branch to merge.
        head: String,
    },
    /// 422: head or base is no branch.
    #[error("GitHub has no branch `{branch}`")]
    BranchNotFound {
        /// The branch.
        branch: String,
    },
    /// 422: the pull request exists, but is not among those of the branch.
    #[error("GitHub says that a pull request of `{head}` exists already, but does not show it")]
    HiddenPullRequest {
        /// The branch to merge.
        head: String,
    },
    /// 403 to labels that do not exist yet, without `issues: write`.
    #[error("the token may not create labels")]
    NoNewLabels,
    /// 422 of the draft switch; `create` tries again without.
    #[error("the repository has no draft pull requests")]
    NoDrafts,
    /// Somebody else moved the branch since it was read.
    #[error("`{branch}` no longer is at `{expected}`")]
    ReferenceMoved {
        /// The branch.
        branch: String,
        /// What it was: seven digits, or `nothing` where it was absent.
        expected: String,
    },
    /// A ruleset of the repository.
    #[error("a rule of the repository forbids to {what}: {rules}")]
    Ruleset {
        /// The deed.
        what: &'static str,
        /// GitHub's lines.
        rules: String,
    },
    /// Branch protection.
    #[error("branch protection forbids to {what}: {message}")]
    Protected {
        /// The deed.
        what: &'static str,
        /// GitHub's words.
        message: String,
    },
    /// 422 of another kind.
    #[error("GitHub refused to {what}: {complaint}")]
    Invalid {
        /// The deed.
        what: &'static str,
        /// What GitHub complains of.
        complaint: Complaint,
    },
    /// GraphQL's way to refuse: 200 with `errors`.
    #[error("GitHub refused to {what}: {message}")]
    Declined {
        /// The deed.
        what: &'static str,
        /// GitHub's words.
        message: String,
    },
    /// Any other answer that is no success.
    #[error("GitHub refused to {what}: {status} {message}")]
    Refused {
        /// The deed.
        what: &'static str,
        /// The HTTP status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// An address that was given up, and leads out of the API.
    #[error("the API answers with a redirection to `{to}`, where the token must not go")]
    Redirected {
        /// The host.
        to: String,
    },
    /// The repository was renamed while it was worked on.
    #[error("the repository moved while it was asked to {what}")]
    Moved {
        /// The deed.
        what: &'static str,
    },
    /// No answer, or none of GitHub's making. It may have been done.
    #[error("no answer to the request to {what}")]
    Lost {
        /// The deed.
        what: &'static str,
        /// What came instead.
        source: Lost,
    },
    /// An answer of another shape than documented.
    #[error("the answer to the request to {what} is not as documented: {detail}")]
    Malformed {
        /// The deed.
        what: &'static str,
        /// Which field.
        detail: String,
    },
}

/// What came instead of an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// A fault of the server or of a proxy before it.
    #[error("the server is in trouble ({0})")]
    Server(u16),
    /// HTML, half a document, nothing.
    #[error("what came is no JSON")]
    NotJson,
    /// Nothing in time.
    #[error("it took longer than {0} s")]
    Timeout(u64),
    /// The request cannot have arrived.
    #[error("{0}")]
    NotSent(String),
    /// The connection broke; whether before or after, nobody knows.
    #[error("{0}")]
    Broken(String),
}

impl GitHubError {
    /// Whether the request may have been carried out although no answer came.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// Whether GitHub saw a reference or an object otherwise than it was read:
    /// somebody was faster, or its replicas were slower.
    pub(super) fn is_race(&self) -> bool {
        const TEXTS: [&str; 4] = [
            "reference already exists",
            "reference does not exist",
            "update is not a fast forward",
            "object does not exist",
        ];
        match self {
            Self::Invalid { complaint, .. } => TEXTS.iter().any(|text| complaint.says(text)),
            Self::Declined { message, .. } => {
                let message = message.to_lowercase();
                TEXTS.iter().any(|text| message.contains(text))
            }
            _ => false,
        }
    }

    /// Whether GitHub does not know, or does not know yet, what it was asked
    /// about.
    pub(super) fn is_unknown_node(&self) -> bool {
        const TEXT: &str = "could not resolve to a node";
        match self {
            Self::Invalid { complaint, .. } => complaint.says(TEXT),
            Self::Declined { message, .. } => message.to_lowercase().contains(TEXT),
            _ => false,
        }
    }
}

impl Explain for GitHubError {
    fn code(&self) -> Code {
        match self {
            Self::ReferenceMoved { .. } | Self::Ruleset { .. } | Self::Protected { .. } => {
                Code::AutomationPushFailed
            }
            _ => Code::AutomationPullRequestFailed,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Endpoint { .. } => "set `GITHUB_API_URL`, `GITHUB_GRAPHQL_URL` and `GITHUB_SERVER_URL` to absolute http(s) addresses, or leave all three unset".into(),
            Self::TokenCharacters => "pass the token alone, without quotes or line breaks".into(),
            Self::NoToken { .. } => "pass a token in `GITHUB_TOKEN`, or in the action's input `token`".into(),
            Self::BadCredentials => "check the input `token`: it is empty, mistyped, revoked or expired (a token of a GitHub App lives one hour)".into(),
            Self::NoPermission { missing, personal: false, .. } => format!(
                "add {missing} to the workflow's `permissions:` (or to the App that made the token); in a run for a fork's pull request the token is read-only by design"
            ),
            Self::NoPermission { missing, personal: true, .. } => format!(
                "give a fine-grained token the permission {missing} on this repository, a classic one the scope `repo`"
            ),
            Self::PullRequestsNotPermitted => "turn on Settings → Actions → General → “Allow GitHub Actions to create and approve pull requests” (the organisation may lock it), or pass the token of a GitHub App or of a person; the branch itself is pushed".into(),
            Self::SingleSignOn { url: Some(url) } => format!("authorise the token for the organisation at {url}"),
            Self::SingleSignOn { url: None } => "authorise the token for the organisation: Settings → Developer settings → Personal access tokens → Configure SSO".into(),
            Self::Archived { .. } => "unarchive the repository, or turn the workflow off".into(),
            Self::RepositoryNotFound { .. } => "check `--repository`, and that the token has access to it: a private repository answers as an absent one, a classic token needs the scope `repo`".into(),
            Self::Blocked { .. } => "read GitHub's notice on the repository's page".into(),
            Self::NotFound { missing, .. } => format!(
                "give the token the permission {missing} on this repository, a classic one the scope `repo`"
            ),
            Self::RateLimited { secondary: false, .. } => "run again later or less often: the token's requests of this hour are used up, by whatever else shares it too".into(),
            Self::RateLimited { secondary: true, .. } => "run again later or less often: GitHub limits bursts and created content".into(),
            Self::NoCommits { .. } => "run again: the base branch has caught up".into(),
            Self::BranchNotFound { branch } => format!("push `{branch}` first, or name another branch with `--base` or `--branch`"),
            Self::HiddenPullRequest { .. } => "run again in a minute; if it stays, look at the branch's pull requests for one from another repository".into(),
            Self::NoNewLabels => "add `issues: write` to the workflow's `permissions:`, or create the labels by hand".into(),
            Self::NoDrafts => "leave out `--draft`".into(),
            Self::ReferenceMoved { .. } => "run again: another run or a person pushed in between".into(),
            Self::Ruleset { .. } => "let the token's owner bypass the ruleset, choose another `--branch`, or, when signatures are demanded, use `--commit-mode api`".into(),
            Self::Protected { .. } => "choose a `--branch` that no protection covers: the update branch is rebuilt and force-pushed".into(),
            Self::Invalid { complaint, .. } => return complaint.help(),
            Self::Refused { status: 410, .. } => "turn on Issues in the repository's settings: labels, assignees and comments are theirs".into(),
            Self::Declined { .. } if self.is_race() => "run again: GitHub did not see the branch or the commit as it was".into(),
            Self::Declined { .. } | Self::Refused { .. } | Self::Malformed { .. } => return None,
            Self::Redirected { .. } => "set `GITHUB_API_URL` to the address that the API has now".into(),
            Self::Moved { .. } => "run again: the new name is found by itself".into(),
            Self::Lost { source: Lost::NotSent(_), .. } => "check `GITHUB_API_URL`, the network and the proxy".into(),
            Self::Lost { .. } => "run again; githubstatus.com tells of outages".into(),
        })
    }
}
