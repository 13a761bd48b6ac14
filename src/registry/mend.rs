//! What to do about a registry's refusal, by registry and login.

use super::error::{Problem, RegistryError};
use crate::credentials::CredentialSource;
use crate::diagnostic::Explain as _;

/// The advice for an error.
pub(super) fn of(error: &RegistryError) -> Option<String> {
    let registry = error.registry.as_str();
    Some(match &*error.problem {
        Problem::Credentials(error) => return error.help(),
        Problem::Unauthorized { login, .. } => login_advice(error, login),
        Problem::NotFound { login, .. } => {
            format!("correct `spec.image`, or if it is private: {}", login_advice(error, login))
        }
        Problem::RateLimited { .. } if is_docker_hub(registry) => {
            "log in to Docker Hub first, e.g. with `docker/login-action`: pulls without a login \
             are counted per address, and runners share theirs"
                .to_owned()
        }
        Problem::RateLimited { .. } => "run less often, or lower `--concurrency`".to_owned(),
        Problem::Timeout { .. } => {
            "raise `--scan-timeout`, and `spec.timeout` of the ImageRepository where it is set"
                .to_owned()
        }
        Problem::Slow { .. } => "try again later, or raise `--timeout`".to_owned(),
        Problem::Unresolvable { .. } => {
            "correct the host in `spec.image`; a registry inside a cluster's network needs a \
             runner there"
                .to_owned()
        }
        Problem::ConnectionRefused { .. } => {
            "correct the port in `spec.image`, or run where the registry can be reached".to_owned()
        }
        Problem::Certificate { .. } => {
            "name the registry's authority in `SSL_CERT_FILE`, or correct the certificate"
                .to_owned()
        }
        Problem::NotTls { .. } => {
            "set `spec.insecure: true` on the ImageRepository, or give the registry a certificate"
                .to_owned()
        }
        Problem::Broken { .. } | Problem::ServerFault { .. } => {
            "try again later; the fault is the registry's, or a proxy's before it".to_owned()
        }
        Problem::Misled { what: "redirect", .. } if registry_is_plain(error) => {
            "name the host that is redirected to in `spec.image`".to_owned()
        }
        Problem::Misled { .. } | Problem::Malformed { .. } | Problem::Unexpected { .. } => {
            format!("see whether `{registry}` is a registry, and tell its operator")
        }
        Problem::Digest { .. } => {
            "do not deploy this tag; tell the registry's operator what it answers".to_owned()
        }
        Problem::InvalidHost { .. } => "correct `spec.image`".to_owned(),
    })
}

fn registry_is_plain(error: &RegistryError) -> bool {
    error.registry.contains(':')
}

/// How to get a login that is let in.
fn login_advice(error: &RegistryError, login: &CredentialSource) -> String {
    let registry = error.registry.as_str();
    match login {
        CredentialSource::Secret(name) => {
            format!("renew what `--secrets` gives for `{name}`: it must be let in at `{registry}`")
        }
        CredentialSource::HostEntry { .. } => {
            format!("renew the entry for `{registry}` in `--secrets`")
        }
        CredentialSource::GithubToken => {
            "set `permissions: packages: read`, and let the package admit this repository \
             (package settings, Manage Actions access); a package of somebody else needs a \
             personal access token with `read:packages` in `--secrets`"
                .to_owned()
        }
        CredentialSource::RegistryConfig { .. } if is_ecr(registry) => {
            "log in again with `aws-actions/amazon-ecr-login`: its tokens live for 12 hours"
                .to_owned()
        }
        CredentialSource::RegistryConfig { .. } => {
            format!("log in again to `{registry}`, with a login that may read the repository")
        }
        CredentialSource::Anonymous => {
            let step = login_step(registry);
            match &error.secret {
                Some(name) => format!(
                    "give the Secret `{name}` in `--secrets`, or log in to `{registry}` first: {step}"
                ),
                None => format!("log in to `{registry}` first: {step}"),
            }
        }
    }
}

/// The step of a workflow that logs in.
fn login_step(registry: &str) -> String {
    if is_ecr(registry) {
        "`aws-actions/amazon-ecr-login`".to_owned()
    } else if registry.eq_ignore_ascii_case("ghcr.io") {
        "set `GITHUB_TOKEN` and `permissions: packages: read`".to_owned()
    } else {
        format!("`docker/login-action`, or a line `{registry}=USER:PASSWORD` in `--secrets`")
    }
}

pub(super) fn is_docker_hub(registry: &str) -> bool {
    matches!(
        registry.to_ascii_lowercase().as_str(),
        "docker.io" | "index.docker.io" | "registry-1.docker.io"
    )
}

fn is_ecr(registry: &str) -> bool {
    registry == "public.ecr.aws" || registry.contains(".dkr.ecr.") || registry.contains(".dkr-ecr.")
}
