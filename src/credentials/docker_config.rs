//! `config.json` of docker, `auth.json` of podman, and the same JSON in
//! Secrets.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::key::{Fit, Key};
use super::{Credential, CredentialError};
use crate::http::Secret;

/// Docker pads its base64, other tools do not always.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The logins of one configuration.
#[derive(Clone, Default)]
pub(super) struct DockerConfig {
    name: String,
    entries: Vec<(Key, Option<Credential>)>,
    helpers: Vec<(Key, String)>,
    store: Option<String>,
}

/// What a configuration says about an image.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A login.
    Login { key: &'a str, credential: &'a Credential, docker_io_key: bool },
    /// A program that keeps the login.
    Helper { helper: &'a str, config: &'a str },
}

impl Found<'_> {
    /// The entry's key; empty for a helper.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Login { key, .. } => key,
            Self::Helper { .. } => "",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    auths: Option<BTreeMap<String, Entry>>,
    #[serde(default)]
    cred_helpers: Option<BTreeMap<String, String>>,
    #[serde(default)]
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl DockerConfig {
    /// Reads docker's or podman's configuration; `name` is for messages.
    pub(super) fn parse(name: &str, text: &str) -> Result<Self, CredentialError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let file: File = serde_json::from_str(text).map_err(|error| misread(name, &error))?;
        let mut config = Self::of_entries(name, file.auths.unwrap_or_default(), false)?;
        config.helpers = file
            .cred_helpers
            .unwrap_or_default()
            .into_iter()
            .map(|(key, helper)| (Key::parse(&key, false), helper))
            .collect();
        config.store = file.creds_store.filter(|store| !store.is_empty());
        Ok(config)
    }

    /// Reads the JSON of a Secret: `kubernetes.io/dockerconfigjson`, or the
    /// older `kubernetes.io/dockercfg`, which is the map of `auths` alone.
    pub(super) fn parse_secret(
        name: &str,
        text: &str,
        bare_map: bool,
    ) -> Result<Self, CredentialError> {
        let auths = if bare_map {
            serde_json::from_str(text)
        } else {
            serde_json::from_str(text).map(|file: File| file.auths.unwrap_or_default())
        };
        Self::of_entries(name, auths.map_err(|error| misread(name, &error))?, true)
    }

    fn of_entries(
        name: &str,
        auths: BTreeMap<String, Entry>,
        globs: bool,
    ) -> Result<Self, CredentialError> {
        let entries = auths
            .into_iter()
            .map(|(key, entry)| {
                let credential = entry.credential().map_err(|()| CredentialError::Auth {
                    config: name.to_owned(),
                    key: key.clone(),
                })?;
                Ok((Key::parse(&key, globs), credential))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), entries, ..Self::default() })
    }

    /// Adds a login.
    pub(super) fn add(&mut self, key: &str, credential: Credential) {
        self.entries.push((Key::parse(key, true), Some(credential)));
    }

    /// The login for an image. A helper named for the host outranks the
    /// entries, as in docker; a store is asked about hosts that somebody
    /// logged in to, which leaves an empty entry.
    pub(super) fn find(&self, host: &str, repository: &str) -> Option<Found<'_>> {
        let helper = |helper| Some(Found::Helper { helper, config: &self.name });
        if let Some((_, named)) =
            self.helpers.iter().find(|(key, _)| key.fit(host, repository).is_some())
        {
            return helper(named);
        }
        let fits: Vec<(Fit, &Key, Option<&Credential>)> = self
            .entries
            .iter()
            .filter_map(|(key, login)| Some((key.fit(host, repository)?, key, login.as_ref())))
            .collect();
        let mut best: Option<(Fit, &Key, &Credential)> = None;
        for (fit, key, credential) in &fits {
            if let Some(credential) = credential
                && best.is_none_or(|(so_far, ..)| *fit > so_far)
            {
                best = Some((*fit, key, credential));
            }
        }
        match (best, &self.store) {
            (Some((_, key, credential)), _) => Some(Found::Login {
                key: key.text(),
                credential,
                docker_io_key: key.is_docker_io(),
            }),
            (None, Some(store)) if !fits.is_empty() => helper(store),
            _ => None,
        }
    }
}

impl Entry {
    /// The login that the entry holds; `{}` holds none.
    fn credential(self) -> Result<Option<Credential>, ()> {
        let given = |field: Option<String>| field.filter(|text| !text.is_empty());
        if let Some(token) = given(self.registrytoken) {
            return Ok(Some(Credential::RegistryToken(Secret::new(token))));
        }
        if let Some(token) = given(self.identitytoken) {
            return Ok(Some(Credential::IdentityToken(Secret::new(token))));
        }
        let (username, password) = match given(self.auth) {
            Some(auth) => {
                let bytes = BASE64.decode(auth.trim()).map_err(drop)?;
                let text = String::from_utf8(bytes).map_err(drop)?;
                let (username, password) = text.split_once(':').ok_or(())?;
                // Docker's own store pads the password with NUL bytes.
                (username.to_owned(), password.trim_end_matches('\0').to_owned())
            }
            None => match (given(self.username), given(self.password)) {
                (Some(username), Some(password)) => (username, password),
                _ => return Ok(None),
            },
        };
        Ok(Some(Credential::login(username, password)))
    }
}

impl Credential {
    /// A user and a password; docker keeps identity tokens under the user `<token>`.
    pub(super) fn login(username: impl Into<String>, password: impl Into<String>) -> Self {
        let (username, password) = (username.into(), Secret::new(password));
        if username == "<token>" {
            Self::IdentityToken(password)
        } else {
            Self::Basic { username, password }
        }
    }
}

/// The place alone: the parser's own words quote what it read.
fn misread(name: &str, error: &serde_json::Error) -> CredentialError {
    CredentialError::Config { config: name.to_owned(), line: error.line(), column: error.column() }
}

impl fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerConfig")
            .field("name", &self.name)
            .field("keys", &self.entries.iter().map(|(key, _)| key.text()).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
