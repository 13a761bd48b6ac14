//! An answer that is no success, read once into what it means.
//!
//! GitHub has no codes for most of it: the sentences are what tells a missing
//! permission from a setting. They are compared in lower case and by the part
//! that has stood for years.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{
    call::Deed,
    complaint::{Complaint, Permissions},
    error::GitHubError,
    words::plain,
};

/// The answer as it came.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) errors: Vec<Value>,
    pub(super) headers: HeaderMap,
}

/// Who was refused, and where.
#[derive(Debug)]
pub(super) struct Asker {
    pub(super) repository: String,
    pub(super) has_token: bool,
}

/// A limit that was hit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The hour's; over after so long.
    Primary(Duration),
    /// Bursts and created content; over after so long, if GitHub says so.
    Secondary(Option<Duration>),
}

impl Refusal {
    fn says(&self, text: &str) -> bool {
        self.message.to_lowercase().contains(text)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    /// Whether it is the server's fault, and may be over soon.
    pub(super) fn is_servers_fault(&self) -> bool {
        self.status >= 500
    }

    /// The limit that it tells of, if it does. `now` is in seconds since 1970,
    /// for an answer without a `date`.
    pub(super) fn limit(&self, now: u64) -> Option<Limit> {
        if !matches!(self.status, 403 | 429) {
            return None;
        }
        // A primary limit may carry `retry-after` as well; its reset is the
        // longer and the true one.
        if self.header("x-ratelimit-remaining").map(str::trim) == Some("0") {
            let date = self.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
            let now = date
                .and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok())
                .map_or(now, |date| date.as_secs());
            // One second more: GitHub's seconds are cut, not rounded.
            let left = self.seconds("x-ratelimit-reset").map(|reset| reset.saturating_sub(now) + 1);
            return Some(Limit::Primary(Duration::from_secs(left.unwrap_or(60))));
        }
        let secondary = self.header("retry-after").is_some()
            || self.status == 429
            || [
                "secondary rate limit",
                "abuse detection",
                "temporarily blocked from content creation",
            ]
            .iter()
            .any(|text| self.says(text));
        secondary.then(|| Limit::Secondary(self.seconds("retry-after").map(Duration::from_secs)))
    }

    /// What it means for the deed.
    pub(super) fn explain(&self, deed: &Deed, asker: &Asker) -> GitHubError {
        let what = deed.what;
        let missing = self
            .header("x-accepted-github-permissions")
            .and_then(Permissions::read)
            .unwrap_or_else(|| Permissions::one(deed.needs));
        let repository = || asker.repository.clone();
        match self.status {
            301 | 302 | 307 | 308 => GitHubError::Moved { what },
            401 if !asker.has_token => GitHubError::NoToken { what },
            401 => GitHubError::BadCredentials,
            _ if self.says("archived so is read-only") => {
                GitHubError::Archived { repository: repository() }
            }
            403 if self.headers.contains_key("x-github-sso") => GitHubError::SingleSignOn {
                url: self
                    .header("x-github-sso")
                    .and_then(|sso| Some(plain(sso.split_once("url=")?.1))),
            },
            403 if self.says("not permitted to create or approve pull requests") => {
                GitHubError::PullRequestsNotPermitted
            }
            403 if self.says("not accessible by integration") => {
                GitHubError::NoPermission { what, missing, personal: false }
            }
            403 if self.says("not accessible by personal access token") => {
                GitHubError::NoPermission { what, missing, personal: true }
            }
            451 => GitHubError::Blocked { repository: repository() },
            403 if self.says("access blocked") => GitHubError::Blocked { repository: repository() },
            403 if self.says("permission to create labels") => GitHubError::NoNewLabels,
            404 => GitHubError::NotFound { what, missing },
            _ if self.says("repository rule violations") => {
                GitHubError::Ruleset { what, rules: self.rules() }
            }
            _ if self.says("protected branch") => {
                GitHubError::Protected { what, message: plain(&self.message) }
            }
            422 => GitHubError::Invalid { what, complaint: self.complaint() },
            200 => GitHubError::Declined { what, message: plain(&self.message) },
            status => GitHubError::Refused { what, status, message: plain(&self.message) },
        }
    }

    /// What a 422 complains of.
    pub(super) fn complaint(&self) -> Complaint {
        Complaint::read(&self.message, &self.errors)
    }

    /// The lines that name the rules, without their dashes.
    fn rules(&self) -> String {
        let lines: Vec<String> = self
            .message
            .lines()
            .map(str::trim)
            .filter(|line| {
                !line.is_empty() && !line.to_lowercase().contains("repository rule violations")
            })
            .map(|line| plain(line.trim_start_matches("- ")))
            .collect();
        if lines.is_empty() { plain(&self.message) } else { plain(&lines.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn refusal(status: u16, message: &str, headers: &[(&'static str, &str)]) -> Refusal {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        Refusal {
            status,
            message: message.to_owned(),
            errors: Vec::new(),
            headers: headers.collect(),
        }
    }

    /// Status, message, headers, and the limit that they tell of.
    type Row = (u16, &'static str, &'static [(&'static str, &'static str)], Option<Limit>);

    #[test]
    fn a_limit_is_told_from_a_refusal() {
        let primary = |seconds| Some(Limit::Primary(Duration::from_secs(seconds)));
        let secondary =
            |seconds: Option<u64>| Some(Limit::Secondary(seconds.map(Duration::from_secs)));
        let exceeded = "API rate limit exceeded";
        #[rustfmt::skip]
        let rows: &[Row] = &[
            (403, exceeded, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1060")], primary(61)),
            (429, exceeded, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "900")],  primary(1)),
            (403, exceeded, &[("x-ratelimit-remaining", "0")],                                primary(60)),
            // The server's clock counts, not ours.
            (403, exceeded, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1060"),
                              ("date", "Thu, 01 Jan 1970 00:17:00 GMT")],                     primary(41)),
            // The longer wait is the true one.
            (403, exceeded, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1060"),
                              ("retry-after", "5")],                                          primary(61)),
            (403, "You have exceeded a secondary rate limit", &[("retry-after", "7")],        secondary(Some(7))),
            (403, "You have exceeded a secondary rate limit", &[],                            secondary(None)),
            (403, "You have triggered an abuse detection mechanism", &[],                     secondary(None)),
            (403, "You have been temporarily blocked from content creation", &[],             secondary(None)),
            (429, "", &[],                                                                    secondary(None)),
            (403, "Resource not accessible by integration", &[("x-ratelimit-remaining", "9")], None),
            (422, "secondary rate limit", &[("retry-after", "7")],                            None),
        ];
        for (status, message, headers, limit) in rows {
            let actual = refusal(*status, message, headers).limit(1000);
            assert_eq!(actual, *limit, "{status} {message} {headers:?}");
        }
    }

    #[test]
    fn the_lines_of_a_ruleset_are_quoted() {
        let message = "Repository rule violations found\n\nCannot update this protected ref.\n\n- Commits must have verified signatures.\n- Changes must be made through a pull request.\n";
        let deed = Deed::once("move the branch", "contents: write");
        let asker = Asker { repository: "o/r".to_owned(), has_token: true };
        let error = refusal(422, message, &[]).explain(&deed, &asker);
        assert_eq!(
            error.to_string(),
            "a rule of the repository forbids to move the branch: Cannot update this protected ref.; Commits must have verified signatures.; Changes must be made through a pull request."
        );
    }
}
