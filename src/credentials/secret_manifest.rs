//! Kubernetes Secrets given in `--secrets`, standing in for those that an
//! object names and that lie in a cluster.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::docker_config::DockerConfig;
use super::{Credential, CredentialError};
use crate::{flux::NamespacedName, http::Secret};

/// A Secret, as far as registries are concerned.
#[derive(Debug, Clone)]
pub(super) struct ManifestSecret {
    name: NamespacedName,
    /// The login that it holds.
    pub(super) login: SecretLogin,
}

/// The login in a Secret.
#[derive(Debug, Clone)]
pub(super) enum SecretLogin {
    /// `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`.
    Config(DockerConfig),
    /// `kubernetes.io/basic-auth`, for whatever host the image is at.
    Basic(Credential),
    /// Some other type: certificates, keys.
    None,
}

impl ManifestSecret {
    pub(super) fn new(name: NamespacedName, login: SecretLogin) -> Self {
        Self { name, login }
    }

    /// Whether this is the Secret that an object names. One written without a
    /// namespace, as `kubectl` prints it, serves in any.
    pub(super) fn is(&self, name: &NamespacedName) -> bool {
        self.name.name == name.name
            && (self.name.namespace.is_empty() || self.name.namespace == name.namespace)
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default, rename = "type")]
    secret_type: String,
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "stringData")]
    string_data: Option<BTreeMap<String, String>>,
    #[serde(default)]
    sops: Option<serde_yaml::Value>,
    #[serde(default)]
    items: Vec<Self>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    name: String,
    namespace: String,
}

/// Reads the YAML documents of `--secrets`. What cannot be read is told and left out.
pub(super) fn read(yaml: &str) -> (Vec<ManifestSecret>, Vec<CredentialError>) {
    let mut secrets = Vec::new();
    let mut problems = Vec::new();
    if yaml.trim().is_empty() {
        return (secrets, problems);
    }
    for (index, document) in serde_yaml::Deserializer::from_str(yaml).enumerate() {
        match Option::<Document>::deserialize(document) {
            Ok(None) => {}
            Ok(Some(document)) => {
                let given = if document.items.is_empty() { vec![document] } else { document.items };
                for one in given {
                    if one.kind != "Secret" {
                        problems.push(CredentialError::Manifest { document: index + 1 });
                        continue;
                    }
                    match one.into_secret() {
                        Ok(secret) => secrets.push(secret),
                        Err(error) => problems.push(error),
                    }
                }
            }
            Err(_) => {
                problems.push(CredentialError::Manifest { document: index + 1 });
                // After a syntax error the parser yields errors for ever.
                break;
            }
        }
    }
    (secrets, problems)
}

impl Document {
    fn into_secret(mut self) -> Result<ManifestSecret, CredentialError> {
        let name = NamespacedName::new(
            std::mem::take(&mut self.metadata.namespace),
            std::mem::take(&mut self.metadata.name),
        );
        if self.sops.is_some() {
            return Err(CredentialError::Encrypted { name: shown(&name) });
        }
        let login = match self.secret_type.as_str() {
            "kubernetes.io/dockerconfigjson" => self.config(&name, ".dockerconfigjson", false)?,
            "kubernetes.io/dockercfg" => self.config(&name, ".dockercfg", true)?,
            "kubernetes.io/basic-auth" => {
                let username = self.value(&name, "username")?;
                let password = self.value(&name, "password")?;
                SecretLogin::Basic(Credential::login(username, password))
            }
            _ => SecretLogin::None,
        };
        Ok(ManifestSecret { name, login })
    }

    fn config(
        &self,
        name: &NamespacedName,
        field: &str,
        bare_map: bool,
    ) -> Result<SecretLogin, CredentialError> {
        let text = self.value(name, field)?;
        let called = format!("the Secret `{}` of `--secrets`", shown(name));
        DockerConfig::parse_secret(&called, &text, bare_map).map(SecretLogin::Config)
    }

    /// A value of the Secret; `stringData` beats `data`, as in the API server.
    fn value(&self, name: &NamespacedName, field: &str) -> Result<String, CredentialError> {
        if let Some(text) = self.string_data.as_ref().and_then(|data| data.get(field)) {
            return Ok(text.clone());
        }
        let unreadable =
            || CredentialError::SecretValue { name: shown(name), field: field.to_owned() };
        let coded = self.data.as_ref().and_then(|data| data.get(field)).ok_or_else(unreadable)?;
        let compact: String = coded.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(compact).map_err(|_| unreadable())?;
        String::from_utf8(bytes).map_err(|_| unreadable())
    }
}

fn shown(name: &NamespacedName) -> String {
    if name.namespace.is_empty() { name.name.clone() } else { name.to_string() }
}

/// A Secret that was looked for by its name, for what is no login.
#[derive(Debug)]
pub enum GivenSecret {
    /// Its values that are text.
    Values(BTreeMap<String, Secret>),
    /// It is there, but SOPS has encrypted it.
    Encrypted,
}

/// The Secret of a name in YAML documents. What cannot be read is passed over.
pub fn find_secret(yaml: &str, name: &NamespacedName) -> Option<GivenSecret> {
    for document in serde_yaml::Deserializer::from_str(yaml) {
        // After a syntax error the parser yields errors for ever; a document
        // of another shape is no Secret.
        let value = serde_yaml::Value::deserialize(document).ok()?;
        let Ok(Some(document)) = serde_yaml::from_value::<Option<Document>>(value) else {
            continue;
        };
        let given = if document.items.is_empty() { vec![document] } else { document.items };
        for one in given {
            let Metadata { name: own, namespace } = &one.metadata;
            let named = ManifestSecret::new(NamespacedName::new(namespace, own), SecretLogin::None);
            if one.kind == "Secret" && named.is(name) {
                return Some(one.into_given(name));
            }
        }
    }
    None
}

impl Document {
    fn into_given(self, name: &NamespacedName) -> GivenSecret {
        if self.sops.is_some() {
            return GivenSecret::Encrypted;
        }
        let fields = self.data.iter().chain(&self.string_data).flat_map(BTreeMap::keys);
        let values = fields
            .filter_map(|field| Some((field.clone(), Secret::new(self.value(name, field).ok()?))));
        GivenSecret::Values(values.collect())
    }
}
