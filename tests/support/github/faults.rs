//! What can go wrong on the way, on demand.

use std::time::Duration;

use serde_json::{Value, json};

/// What one route does instead of, or after, what it should.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Does it, then breaks the connection.
    LoseReply,
    /// Breaks the connection, nothing done.
    Reset,
    /// Does it, and says so with a server's fault.
    DoneButStatus(u16),
    /// The page of a proxy.
    Html(u16),
    /// Waits first.
    Slow(Duration),
    /// Refuses.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// Headers besides the usual ones.
        headers: Vec<(&'static str, String)>,
        /// The JSON.
        body: Value,
    },
}

impl Fault {
    /// A refusal with a sentence.
    pub fn refuse(status: u16, message: &str) -> Self {
        let body = json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.to_string(),
        });
        Self::Refuse { status, headers: Vec::new(), body }
    }

    /// The same with a header.
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Refuse { status, mut headers, body } => {
                headers.push((name, value.into()));
                Self::Refuse { status, headers, body }
            }
            other => other,
        }
    }

    /// The limit of the hour, over in so many seconds.
    pub fn primary_limit(status: u16, seconds: i64) -> Self {
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let reset = i64::try_from(now.as_secs()).expect("before the end of time") + seconds;
        Self::refuse(status, "API rate limit exceeded for installation ID 1.")
            .with("x-ratelimit-remaining", "0")
            .with("x-ratelimit-reset", reset.to_string())
    }

    /// The limit on bursts and created content.
    pub fn secondary_limit(status: u16, retry_after: Option<u64>) -> Self {
        let refusal = Self::refuse(
            status,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        );
        match retry_after {
            Some(seconds) => refusal.with("retry-after", seconds.to_string()),
            None => refusal,
        }
    }

    /// An organisation that wants single sign-on.
    pub fn single_sign_on(url: &str) -> Self {
        Self::refuse(403, "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.")
            .with("x-github-sso", format!("required; url={url}"))
    }

    /// A redirection.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::refuse(status, "Moved Permanently").with("location", to)
    }
}
