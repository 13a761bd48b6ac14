//! Who we are at a registry: one login per image, from the first source that
//! has one. Sources are never mixed, and no source is asked twice.
//!
//! Parsing is pure: [`Keychain::new`] takes texts, [`RegistryConfigs::read`]
//! gets them from the files. No other program is run: a registry whose login
//! is kept by a credential helper is an error that says so.

mod docker_config;
mod error;
mod files;
mod github_token;
mod key;
mod secret_manifest;
mod short_form;

pub use error::CredentialError;
pub use files::RegistryConfigs;
pub use secret_manifest::{GivenSecret, find_secret};

use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::flux::NamespacedName;
use crate::http::Secret;
use docker_config::{DockerConfig, Found};
use github_token::GithubToken;
use secret_manifest::{ManifestSecret, SecretLogin};

/// What is shown to a registry.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Credential {
    /// Nothing.
    Anonymous,
    /// A user and a password: for the registry itself, or for its token service.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: Secret,
    },
    /// A refresh token that the registry's token service exchanges.
    IdentityToken(Secret),
    /// A bearer token that is sent as it is.
    RegistryToken(Secret),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Basic { .. } => "Basic",
            Self::IdentityToken(_) => "IdentityToken",
            Self::RegistryToken(_) => "RegistryToken",
        })
    }
}

/// Where a credential comes from, in the order in which sources are asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CredentialSource {
    /// The Secret that the object names, given in `--secrets`.
    Secret(NamespacedName),
    /// An entry of `--secrets` for a host alone.
    HostEntry {
        /// The entry's key.
        key: String,
    },
    /// An entry of a Docker or Podman configuration.
    RegistryConfig {
        /// What the configuration is called, e.g. its path.
        name: String,
        /// The entry's key.
        key: String,
    },
    /// The job's own token, for GitHub's registry alone.
    GithubToken,
    /// There is no credential.
    Anonymous,
}

impl CredentialSource {
    /// Whether the login just happened to be there: then anonymous access may
    /// be tried after it was refused. One that the object names is binding.
    pub fn is_ambient(&self) -> bool {
        match self {
            Self::Secret(_) | Self::HostEntry { .. } | Self::Anonymous => false,
            Self::RegistryConfig { .. } | Self::GithubToken => true,
        }
    }
}

impl fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "the Secret `{name}` of `--secrets`"),
            Self::HostEntry { key } => write!(f, "the entry `{key}` of `--secrets`"),
            Self::RegistryConfig { name, key } => write!(f, "the login `{key}` of {name}"),
            Self::GithubToken => f.write_str("`GITHUB_TOKEN`"),
            Self::Anonymous => f.write_str("no login"),
        }
    }
}

/// What the caller should know about how a credential was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The Secret that the object names is given nowhere; another source served.
    SecretNotGiven(NamespacedName),
    /// The Secret is given, but holds no login for this image; another source served.
    SecretHasNoLogin(NamespacedName),
    /// A `kubernetes.io/basic-auth` Secret served, which Flux ignores.
    BasicAuthSecret(NamespacedName),
    /// The key `docker.io` served, which Flux ignores.
    DockerIoKey,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecretNotGiven(name) => {
                write!(f, "the Secret `{name}` is not given in `--secrets`")
            }
            Self::SecretHasNoLogin(name) => {
                write!(f, "the Secret `{name}` holds no login for this image")
            }
            Self::BasicAuthSecret(name) => {
                write!(f, "the Secret `{name}` is of type `kubernetes.io/basic-auth`, which Flux ignores")
            }
            Self::DockerIoKey => {
                f.write_str("the login is kept under `docker.io`, which Flux ignores; its key is `https://index.docker.io/v1/`")
            }
        }
    }
}

/// The credential of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// What is shown to the registry.
    pub credential: Credential,
    /// Where it comes from.
    pub source: CredentialSource,
    /// What is worth saying about it.
    pub note: Option<Note>,
}

/// Everything that credentials are read from, as texts.
#[derive(Clone, Default)]
pub struct Sources {
    /// `--secrets`.
    pub secrets: Option<Secret>,
    /// The Docker and Podman configurations, in the order in which they are asked.
    pub configs: Vec<ConfigText>,
    /// `GITHUB_TOKEN`.
    pub github_token: Option<Secret>,
}

/// One Docker or Podman configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigText {
    /// What it is called in messages, backticks included where it is a path.
    pub name: String,
    /// The JSON. It may hold passwords.
    pub text: Secret,
}

/// Every login that is known, by the host it is for.
#[derive(Debug, Clone, Default)]
pub struct Keychain {
    secrets: Vec<ManifestSecret>,
    hosts: DockerConfig,
    configs: Vec<(String, DockerConfig)>,
    github_token: Option<GithubToken>,
}

/// The YAML of `--secrets`, without the lines of the short form.
pub fn manifests(secrets: &Secret) -> Secret {
    Secret::new(short_form::split(secrets.expose()).1)
}

impl Keychain {
    /// Reads the sources. What cannot be read is told and left out.
    pub fn new(sources: &Sources) -> (Self, Vec<Diagnostic>) {
        let mut problems = Vec::new();
        let mut keychain = Self {
            github_token: sources.github_token.clone().and_then(GithubToken::new),
            ..Self::default()
        };
        if let Some(text) = &sources.secrets {
            let (lines, manifests) = short_form::split(text.expose());
            keychain.hosts = lines.hosts;
            keychain.secrets = lines.secrets;
            problems.extend(lines.problems.iter().map(Diagnostic::of));
            let (secrets, errors) = secret_manifest::read(&manifests);
            keychain.secrets.extend(secrets);
            problems.extend(errors.iter().map(Diagnostic::of));
        }
        for config in &sources.configs {
            match DockerConfig::parse(&config.name, config.text.expose()) {
                Ok(parsed) => keychain.configs.push((config.name.clone(), parsed)),
                Err(error) => problems.push(Diagnostic::of(&error)),
            }
        }
        (keychain, problems)
    }

    /// The login for an image: its registry's host (with the port, where one
    /// is written), its repository, and the Secret that the object names.
    pub fn resolve(
        &self,
        host: &str,
        repository: &str,
        secret: Option<&NamespacedName>,
    ) -> Result<Resolved, CredentialError> {
        let mut note = None;
        if let Some(name) = secret {
            match self.of_secret(name, host, repository)? {
                Ok(resolved) => return Ok(resolved),
                Err(why_not) => note = Some(why_not),
            }
        }
        let resolved = match self.ambient(host, repository)? {
            Some(resolved) => resolved,
            None => Resolved {
                credential: Credential::Anonymous,
                source: CredentialSource::Anonymous,
                note: None,
            },
        };
        Ok(Resolved { note: note.or(resolved.note), ..resolved })
    }

    /// The login in a Secret, or why it does not serve.
    fn of_secret(
        &self,
        name: &NamespacedName,
        host: &str,
        repository: &str,
    ) -> Result<Result<Resolved, Note>, CredentialError> {
        let mut given = self.secrets.iter().filter(|secret| secret.is(name)).peekable();
        if given.peek().is_none() {
            return Ok(Err(Note::SecretNotGiven(name.clone())));
        }
        let source = CredentialSource::Secret(name.clone());
        for secret in given {
            match &secret.login {
                SecretLogin::Config(config) => {
                    if let Some(found) = config.find(host, repository) {
                        return found.into_resolved(source, host).map(Ok);
                    }
                }
                SecretLogin::Basic(credential) => {
                    return Ok(Ok(Resolved {
                        credential: credential.clone(),
                        source,
                        note: Some(Note::BasicAuthSecret(name.clone())),
                    }));
                }
                SecretLogin::None => {}
            }
        }
        Ok(Err(Note::SecretHasNoLogin(name.clone())))
    }

    /// What serves without being named by the object.
    fn ambient(&self, host: &str, repository: &str) -> Result<Option<Resolved>, CredentialError> {
        if let Some(found) = self.hosts.find(host, repository) {
            let source = CredentialSource::HostEntry { key: found.key().to_owned() };
            return found.into_resolved(source, host).map(Some);
        }
        for (name, config) in &self.configs {
            if let Some(found) = config.find(host, repository) {
                let source = CredentialSource::RegistryConfig {
                    name: name.clone(),
                    key: found.key().to_owned(),
                };
                return found.into_resolved(source, host).map(Some);
            }
        }
        Ok(self.github_token.as_ref().and_then(|token| token.resolve(host)))
    }
}

impl Found<'_> {
    fn into_resolved(
        self,
        source: CredentialSource,
        host: &str,
    ) -> Result<Resolved, CredentialError> {
        match self {
            Self::Login { credential, docker_io_key, .. } => Ok(Resolved {
                credential: credential.clone(),
                source,
                note: docker_io_key.then_some(Note::DockerIoKey),
            }),
            Self::Helper { helper, config } => Err(CredentialError::Helper {
                helper: helper.to_owned(),
                registry: host.to_owned(),
                config: config.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;
