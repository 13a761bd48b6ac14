//! One HTTP client for registries, Git and GitHub.

mod secret;

pub use secret::Secret;

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct SetUpError(#[from] reqwest::Error);

/// The client that all rooms share. It follows no redirect by itself: where a
/// credential may go is decided by the room that sends it.
pub fn client() -> Result<reqwest::Client, SetUpError> {
    // An already installed provider is as good: tests come here many times.
    drop(rustls::crypto::ring::default_provider().install_default());
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .filter_map(|der| reqwest::Certificate::from_der(der).ok());
    Ok(reqwest::Client::builder()
        .user_agent(concat!("flux-image-updates/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_merge(roots)
        .build()?)
}
