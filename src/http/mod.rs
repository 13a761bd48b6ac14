//! One HTTP client for registries, Git and GitHub: TLS roots, proxies, the
//! guard over addresses, caps on bodies, and how foreign text is shown.
//!
//! It reads no environment: what the environment says comes in as
//! [`Settings`]. Retries belong to the rooms that know what may be repeated.

mod body;
mod foreign;
mod guard;
mod proxy;
mod secret;

pub use body::{BodyError, read_body};
pub use foreign::{scrub, shown};
pub use guard::{Fence, Reach, RefusedAddress, check_address, within};
pub use proxy::{Proxies, ProxyError};
pub use secret::Secret;

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a TCP and TLS connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What the client depends on from outside.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The proxies, as Go's programs read them from the environment.
    pub proxies: Proxies,
    /// `SSL_CERT_FILE`. The TLS library reads it by itself and passes over a
    /// file that it cannot read; naming it here makes that an error.
    pub certificate_file: Option<PathBuf>,
}

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// The TLS library or the resolver refused to start.
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    /// `SSL_CERT_FILE` names a file that is not there or may not be read.
    #[error("`SSL_CERT_FILE` names `{}`, which cannot be read", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// The client without proxies, trusting the system and the public authorities.
pub fn client() -> Result<reqwest::Client, SetUpError> {
    client_with(&Settings::default())
}

/// The client that all rooms share. It follows no redirect by itself: where a
/// credential may go is decided by the room that sends it. It asks for no
/// compression, so that a small answer cannot become a large one.
pub fn client_with(settings: &Settings) -> Result<reqwest::Client, SetUpError> {
    if let Some(path) = &settings.certificate_file {
        readable(path)
            .map_err(|source| SetUpError::CertificateFile { path: path.clone(), source })?;
    }
    // An already installed provider is as good: tests come here many times.
    drop(rustls::crypto::ring::default_provider().install_default());
    // The public authorities beside the system's: an image `FROM scratch` has no system.
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|der| reqwest::Certificate::from_der(der).ok());
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("flux-image-updates/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .dns_resolver(Arc::new(guard::GuardedResolver))
        .tls_certs_merge(roots)
        .no_proxy();
    if let Some(proxy) = settings.proxies.as_proxy() {
        builder = builder.proxy(proxy);
    }
    Ok(builder.build()?)
}

fn readable(path: &std::path::Path) -> std::io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "the trust store is the shell's business")]
    let mut file = File::open(path)?;
    file.read(&mut [0; 1]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_certificate_file_is_named() {
        let settings = Settings {
            certificate_file: Some(PathBuf::from("/nowhere/ca.crt")),
            ..Settings::default()
        };
        let error = client_with(&settings).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`SSL_CERT_FILE` names `/nowhere/ca.crt`, which cannot be read"
        );
    }
}
