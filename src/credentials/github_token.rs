//! The job's own token, which GitHub's registry takes as a password.

use super::{Credential, CredentialSource, Resolved};
use crate::http::Secret;

/// The only registry that ever sees the token.
const REGISTRY: &str = "ghcr.io";

/// `GITHUB_TOKEN`.
#[derive(Debug, Clone)]
pub(super) struct GithubToken(Secret);

impl GithubToken {
    /// Takes the token; an empty one counts as not given.
    pub(super) fn new(token: Secret) -> Option<Self> {
        (!token.expose().is_empty()).then_some(Self(token))
    }

    /// The login, for GitHub's registry alone.
    pub(super) fn resolve(&self, host: &str) -> Option<Resolved> {
        host.eq_ignore_ascii_case(REGISTRY).then(|| Resolved {
            // The registry looks at the password only.
            credential: Credential::Basic {
                username: "x-access-token".to_owned(),
                password: self.0.clone(),
            },
            source: CredentialSource::GithubToken,
            note: None,
        })
    }
}
