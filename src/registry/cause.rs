//! What a failed request means, read from the transport's chain of causes.

use std::error::Error;
use std::io::ErrorKind;

use super::error::Problem;
use crate::http::{BodyError, RefusedAddress, shown};

/// The problem behind a transport error.
pub(super) fn of(error: &reqwest::Error, host: &str, connect: std::time::Duration) -> Problem {
    let mut detail = String::new();
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(link) = cause {
        if let Some(problem) = of_link(link, host) {
            return problem;
        }
        let text = link.to_string();
        // Layers repeat one another; the innermost says most.
        if !text.is_empty() {
            detail = text;
        }
        cause = link.source();
    }
    if error.is_timeout() {
        return Problem::Slow { by: host.into(), after: connect };
    }
    Problem::Broken { host: host.into(), detail: shown(&detail).into() }
}

/// The problem behind a body that could not be read.
pub(super) fn of_body(error: &BodyError, host: &str, limit: std::time::Duration) -> Problem {
    match error {
        BodyError::TooLarge { .. } => Problem::malformed(host, error.to_string()),
        BodyError::Idle => Problem::Broken { host: host.into(), detail: error.to_string().into() },
        BodyError::Broken(error) => of(error, host, limit),
    }
}

fn of_link(link: &(dyn Error + 'static), host: &str) -> Option<Problem> {
    if let Some(refused) = link.downcast_ref::<RefusedAddress>() {
        return Some(Problem::misled("address", &refused.host, "it is private or of the system"));
    }
    if let Some(error) = link.downcast_ref::<std::io::Error>() {
        if error.kind() == ErrorKind::ConnectionRefused {
            return Some(Problem::ConnectionRefused { host: host.into() });
        }
        // An I/O error's source is its inner error's source: look at the inner one itself.
        if let Some(inner) = error.get_ref()
            && let Some(problem) = of_link(inner, host)
        {
            return Some(problem);
        }
    }
    if let Some(error) = link.downcast_ref::<rustls::Error>() {
        return of_tls(error, host);
    }
    let text = link.to_string();
    (text == "dns error").then(|| {
        let reason = link.source().map(ToString::to_string).unwrap_or_default();
        // The system's resolver says so when no name server answered.
        let temporary = reason.to_ascii_lowercase().contains("temporary failure");
        Problem::Unresolvable { host: host.into(), temporary }
    })
}

fn of_tls(error: &rustls::Error, host: &str) -> Option<Problem> {
    match error {
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            Some(Problem::NotTls { host: host.into() })
        }
        rustls::Error::InvalidCertificate(why) => {
            Some(Problem::Certificate { host: host.into(), detail: shown(&why.to_string()).into() })
        }
        _ => None,
    }
}
