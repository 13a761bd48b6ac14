//! An answer that is no success, read once into what it means.
//!
//! GitHub has no codes for most of it: the sentences are what tells a missing
//! permission from a setting. They are compared in lower case and by the part
//! that has stood for years.

use std::{fmt, time::Duration};

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{call::Deed, error::GitHubError, words::plain};

/// The answer as it came.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) errors: Vec<Value>,
    pub(super) headers: HeaderMap,
}

/// A limit that was hit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The hour's; over after so long.
    Primary(Duration),
    /// Bursts and created content; over after so long, if GitHub says so.
    Secondary(Option<Duration>),
}

/// Permissions, any one group of which would do; `contents: write` spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(Vec<Vec<String>>);

impl Permissions {
    /// Reads `x-accepted-github-permissions`: `;` parts alternatives, `,` joins.
    pub(super) fn read(header: &str) -> Option<Self> {
        let one = |text: &str| {
            let (name, level) = text.trim().split_once('=')?;
            Some(plain(&format!("{}: {level}", name.replace('_', "-"))))
        };
        let groups: Vec<Vec<String>> = header
            .split(';')
            .map(|group| group.split(',').filter_map(one).collect())
            .filter(|group: &Vec<String>| !group.is_empty())
            .collect();
        (!groups.is_empty()).then_some(Self(groups))
    }

    /// One permission.
    pub(super) fn one(text: &str) -> Self {
        Self(vec![vec![text.to_owned()]])
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (alternative, group) in self.0.iter().enumerate() {
            for (place, permission) in group.iter().enumerate() {
                let before = match (alternative, place) {
                    (0, 0) => "",
                    (_, 0) => " or ",
                    _ => " and ",
                };
                write!(f, "{before}`{permission}`")?;
            }
        }
        Ok(())
    }
}

/// What GitHub complains of in a 422, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    message: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Field {
    resource: String,
    name: String,
    code: String,
    message: String,
}

impl Complaint {
    fn read(message: &str, errors: &[Value]) -> Self {
        let fields = errors.iter().map(|error| {
            let text =
                |key: &str| error.get(key).and_then(Value::as_str).map(plain).unwrap_or_default();
            Field {
                resource: text("resource"),
                name: text("field"),
                code: text("code"),
                message: error.as_str().map_or_else(|| text("message"), plain),
            }
        });
        Self { message: plain(message), fields: fields.collect() }
    }

    /// Whether a sentence of it holds this text, in lower case.
    pub(super) fn says(&self, text: &str) -> bool {
        let says = |sentence: &str| sentence.to_lowercase().contains(text);
        says(&self.message) || self.fields.iter().any(|field| says(&field.message))
    }

    /// Whether it is about this field.
    pub(super) fn is_about(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// What to do about it.
    pub(super) fn help(&self) -> Option<String> {
        if self.says("is too long") {
            return Some("shorten the template of `--title` or `--body`".to_owned());
        }
        if self.is_about("milestone") {
            return Some("name an open milestone of this repository by number or title".to_owned());
        }
        None
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fields.is_empty() {
            return f.write_str(&self.message);
        }
        for (place, field) in self.fields.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            match (field.message.as_str(), field.name.as_str()) {
                ("", name) => write!(f, "`{name}` of {} is {}", field.resource, field.code)?,
                (message, "") => f.write_str(message)?,
                (message, name) => write!(f, "`{name}`: {message}")?,
            }
        }
        Ok(())
    }
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
    pub(super) fn explain(&self, deed: &Deed, repository: &str) -> GitHubError {
        let what = deed.what;
        let missing = self
            .header("x-accepted-github-permissions")
            .and_then(Permissions::read)
            .unwrap_or_else(|| Permissions::one(deed.needs));
        let repository = || repository.to_owned();
        match self.status {
            301 | 302 | 307 | 308 => GitHubError::Moved { what },
            401 if self.says("requires authentication") => GitHubError::NoToken { what },
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
            404 => GitHubError::NotFound { what, missing },
            _ if self.says("repository rule violations") => {
                GitHubError::Ruleset { what, rules: self.rules() }
            }
            _ if self.says("protected branch") => {
                GitHubError::Protected { what, message: plain(&self.message) }
            }
            422 => GitHubError::Invalid { what, complaint: self.complaint() },
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
