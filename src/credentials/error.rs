//! What can be wrong with the credentials that were configured. No message
//! quotes what was read: it may be the password.

use crate::diagnostic::{Code, Explain};

/// Why a login cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// A configuration names a program that keeps the login.
    #[error(
        "the login for `{registry}` is kept by the credential helper \
         `docker-credential-{helper}`, named in {config}, which is not run"
    )]
    Helper {
        /// The helper's name without its prefix.
        helper: String,
        /// The registry's host.
        registry: String,
        /// The configuration that names it.
        config: String,
    },
    /// A configuration is no JSON, or not of the known shape.
    #[error("{config} cannot be read: line {line}, column {column} is not as expected")]
    Config {
        /// What the configuration is called.
        config: String,
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// A file that was named cannot be read.
    #[error("the registry configuration `{path}` cannot be read: {reason}")]
    File {
        /// The file.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// The `auth` of an entry is no base64 of `user:password`.
    #[error("the `auth` of `{key}` in {config} is not base64 of `user:password`")]
    Auth {
        /// What the configuration is called.
        config: String,
        /// The entry.
        key: String,
    },
    /// A line of `--secrets` has not the short form.
    #[error("line {line} of `--secrets` is neither YAML nor a login")]
    Line {
        /// The line.
        line: usize,
    },
    /// `--secrets` is no YAML.
    #[error("document {document} of `--secrets` is no YAML of a Secret")]
    Manifest {
        /// Which document, counted from 1.
        document: usize,
    },
    /// A Secret that SOPS has encrypted.
    #[error("the Secret `{name}` of `--secrets` is encrypted by SOPS")]
    Encrypted {
        /// The Secret.
        name: String,
    },
    /// A Secret's value is no base64, or not what its type promises.
    #[error("the Secret `{name}` of `--secrets` holds no readable `{field}`")]
    SecretValue {
        /// The Secret.
        name: String,
        /// The key in `data`.
        field: String,
    },
}

impl Explain for CredentialError {
    fn code(&self) -> Code {
        Code::RegistryCredentials
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Helper { registry, .. } => format!(
                "give the login itself: a line `{registry}=USER:PASSWORD` in `--secrets`, \
                 or a docker config with `auths` in `--registry-config`"
            ),
            Self::Config { .. } => {
                "write it as `docker login` does: `{\"auths\": {\"HOST\": {\"auth\": \"…\"}}}`"
                    .into()
            }
            Self::File { .. } => "correct the path, or leave the option out".into(),
            Self::Auth { .. } => "log in again with `docker login`".into(),
            Self::Line { .. } => {
                "write `HOST[/PATH]=USER:PASSWORD` or `NAMESPACE/NAME=HOST=USER:PASSWORD`".into()
            }
            Self::Manifest { .. } => {
                "give what `kubectl create secret … --dry-run=client -o yaml` prints".into()
            }
            Self::Encrypted { .. } => "decrypt it first, with `sops decrypt`".into(),
            Self::SecretValue { .. } => {
                "make it with `kubectl create secret docker-registry … --dry-run=client -o yaml`"
                    .into()
            }
        })
    }
}
