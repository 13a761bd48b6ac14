//! Why a registry gave no tags or no digest.

use std::fmt;
use std::time::Duration;

use super::{Scan, mend};
use crate::credentials::{CredentialError, CredentialSource};
use crate::diagnostic::{Code, Explain};
use crate::flux::NamespacedName;
use crate::http::shown;
use crate::oci::Tag;

/// Why one image could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read `{image}`: {problem}")]
pub struct RegistryError {
    /// The image, with its registry.
    pub image: String,
    /// The registry's host.
    pub registry: String,
    /// The Secret that the object names.
    pub secret: Option<NamespacedName>,
    /// What went wrong.
    pub problem: Box<Problem>,
}

/// What can go wrong with a registry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The login cannot be used.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The registry, or its token service, refused the login or wants one.
    #[error("`{by}` refuses {login}{} ({status}){}", also(*anonymous_too), said(words))]
    Unauthorized {
        /// The host that refused.
        by: Box<str>,
        /// The login that was tried.
        login: CredentialSource,
        /// Whether it was tried without a login after that.
        anonymous_too: bool,
        /// The status of the answer.
        status: u16,
        /// The server's words, scrubbed and cut.
        words: Box<str>,
    },
    /// There is no such repository or tag, or it is not shown.
    #[error("{missing} does not exist, or may not be read with {login}{}", said(words))]
    NotFound {
        /// What is missing.
        missing: Missing,
        /// The login that was tried.
        login: CredentialSource,
        /// The server's words, scrubbed and cut.
        words: Box<str>,
    },
    /// The server wants fewer requests.
    #[error("`{by}` wants fewer requests{}{}", wanting(*wait), said(words))]
    RateLimited {
        /// The host that said so.
        by: Box<str>,
        /// How long it wants us to wait.
        wait: Option<Duration>,
        /// The server's words, scrubbed and cut.
        words: Box<str>,
    },
    /// The time for the whole image is over.
    #[error("it was not done within {}, {step}", span(*after))]
    Timeout {
        /// What was under way.
        step: Step,
        /// The time that there was.
        after: Duration,
    },
    /// One request got no answer in time.
    #[error("`{by}` did not answer within {}", span(*after))]
    Slow {
        /// The host.
        by: Box<str>,
        /// The time that there was.
        after: Duration,
    },
    /// The host's name leads to no address.
    #[error("the name `{host}` cannot be resolved")]
    Unresolvable {
        /// The name.
        host: Box<str>,
        /// Whether the name server may answer later.
        temporary: bool,
    },
    /// Nobody listens there.
    #[error("`{host}` refused the connection")]
    ConnectionRefused {
        /// The host.
        host: Box<str>,
    },
    /// The host's certificate is not trusted.
    #[error("the certificate of `{host}` is not trusted: {detail}")]
    Certificate {
        /// The host.
        host: Box<str>,
        /// The TLS library's words.
        detail: Box<str>,
    },
    /// The host speaks plain HTTP.
    #[error("`{host}` does not speak TLS")]
    NotTls {
        /// The host.
        host: Box<str>,
    },
    /// The connection broke.
    #[error("the connection to `{host}` broke: {detail}")]
    Broken {
        /// The host.
        host: Box<str>,
        /// The transport's words.
        detail: Box<str>,
    },
    /// The server failed, again and again.
    #[error("`{by}` answered with a fault ({status}){}", said(words))]
    ServerFault {
        /// The host.
        by: Box<str>,
        /// The status of the answer.
        status: u16,
        /// The server's words, scrubbed and cut.
        words: Box<str>,
    },
    /// The server led to a place that is not gone to.
    #[error("the registry's {what} to `{to}` is not followed: {why}")]
    Misled {
        /// Token service, link or redirect.
        what: &'static str,
        /// The place, escaped and cut.
        to: Box<str>,
        /// Why it is refused.
        why: Box<str>,
    },
    /// The answer is not what was asked for.
    #[error("the answer of `{by}` is unusable: {detail}")]
    Malformed {
        /// The host.
        by: Box<str>,
        /// What is wrong with it.
        detail: Box<str>,
    },
    /// A status that means nothing here.
    #[error("`{by}` answered {status}{}", said(words))]
    Unexpected {
        /// The host.
        by: Box<str>,
        /// The status of the answer.
        status: u16,
        /// The server's words, scrubbed and cut.
        words: Box<str>,
    },
    /// The digest cannot be believed.
    #[error("the digest of tag `{tag}` is refused: {detail}")]
    Digest {
        /// The tag.
        tag: Tag,
        /// What is wrong with it.
        detail: Box<str>,
    },
    /// The registry's name is no host.
    #[error("`{host}` is no host that a registry can have")]
    InvalidHost {
        /// The name, escaped and cut.
        host: Box<str>,
    },
}

/// What is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The whole repository.
    Repository,
    /// One tag of it.
    Tag(Tag),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository => f.write_str("the repository"),
            Self::Tag(tag) => write!(f, "the tag `{tag}`"),
        }
    }
}

/// What a scan was at when its time was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Finding out how the registry is spoken to.
    Greeting,
    /// Getting a token.
    Token,
    /// Reading a page of tags, counted from 1.
    Page(usize),
    /// Asking for a digest.
    Digest,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Greeting => f.write_str("while the registry was being greeted"),
            Self::Token => f.write_str("while a token was being fetched"),
            Self::Page(page) => write!(f, "while page {page} of the tags was being read"),
            Self::Digest => f.write_str("while the digest was being asked for"),
        }
    }
}

impl RegistryError {
    pub(super) fn new(scan: &Scan, problem: Problem) -> Self {
        Self {
            image: format!("{}/{}", scan.registry, scan.repository),
            registry: scan.registry.clone(),
            secret: scan.secret.clone(),
            problem: Box::new(problem),
        }
    }
}

impl Problem {
    pub(super) fn misled(what: &'static str, to: &str, why: impl Into<Box<str>>) -> Self {
        Self::Misled { what, to: shown(to).into(), why: why.into() }
    }

    pub(super) fn malformed(by: &str, detail: impl Into<Box<str>>) -> Self {
        Self::Malformed { by: by.into(), detail: detail.into() }
    }

    /// Whether asking again may help.
    pub(super) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Slow { .. } | Self::Broken { .. } | Self::Unresolvable { temporary: true, .. }
        )
    }

    /// Whether no connection came about, so that the next will fail alike.
    pub(super) fn is_connection(&self) -> bool {
        matches!(
            self,
            Self::Unresolvable { .. }
                | Self::ConnectionRefused { .. }
                | Self::Certificate { .. }
                | Self::NotTls { .. }
        )
    }

    fn code(&self) -> Code {
        match self {
            Self::Credentials(error) => error.code(),
            Self::Unauthorized { .. } => Code::RegistryUnauthorized,
            Self::NotFound { .. } => Code::RegistryNotFound,
            Self::RateLimited { .. } => Code::RegistryRateLimited,
            Self::Timeout { .. } | Self::Slow { .. } => Code::RegistryTimeout,
            Self::Unresolvable { .. }
            | Self::ConnectionRefused { .. }
            | Self::Certificate { .. }
            | Self::NotTls { .. }
            | Self::Broken { .. }
            | Self::ServerFault { .. } => Code::RegistryUnreachable,
            Self::Misled { .. }
            | Self::Malformed { .. }
            | Self::Unexpected { .. }
            | Self::InvalidHost { .. } => Code::RegistryMalformed,
            Self::Digest { .. } => Code::PolicyDigestFailed,
        }
    }
}

impl Explain for RegistryError {
    fn code(&self) -> Code {
        self.problem.code()
    }

    fn help(&self) -> Option<String> {
        mend::of(self)
    }
}

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

fn also(anonymous_too: bool) -> &'static str {
    if anonymous_too { ", and access without a login" } else { "" }
}

fn wanting(wait: Option<Duration>) -> String {
    wait.map(|wait| format!(", and a pause of {}", span(wait))).unwrap_or_default()
}

/// A span for people: `90 s`, `250 ms`.
fn span(span: Duration) -> String {
    if span.as_secs() == 0 {
        format!("{} ms", span.as_millis())
    } else {
        format!("{} s", span.as_secs())
    }
}
