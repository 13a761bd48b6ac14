//! What the rules of a branch demand of a pull request into it.

use serde::Deserialize;

use super::{GitHub, GitHubError, call::Deed};

const RULES: Deed = Deed::repeatable("read the rules of the branch", "metadata: read");

/// A rule, as far as it is used.
#[derive(Debug, Deserialize)]
struct Rule {
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(default)]
    strict_required_status_checks_policy: bool,
}

impl GitHub {
    /// Whether a ruleset wants a pull request into this branch to be up to date
    /// with it.
    ///
    /// False where there are no rulesets: on an older Enterprise Server, or for
    /// a token that may not see them.
    pub async fn must_be_up_to_date(&self, branch: &str) -> Result<bool, GitHubError> {
        // A branch's slashes are part of one segment of the path.
        let branch: String = url::form_urlencoded::byte_serialize(branch.as_bytes()).collect();
        let list = format!("rules/branches/{}", branch.replace('+', "%20"));
        match self.list::<Rule>(RULES, &list, &[]).await {
            Ok(rules) => Ok(rules.iter().any(|rule| {
                rule.parameters.as_ref().is_some_and(|p| p.strict_required_status_checks_policy)
            })),
            Err(
                GitHubError::NotFound { .. }
                | GitHubError::NoPermission { .. }
                | GitHubError::Refused { status: 403, .. },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
