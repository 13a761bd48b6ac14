//! The keys that sign commits, out of the Secrets that automations name.

use std::{collections::BTreeMap, sync::Arc};

use super::Target;
use crate::{
    cli::Settings,
    credentials::{self, GivenSecret, find_secret},
    diagnostic::{Code, Diagnostic, Explain as _},
    flux::{ImageUpdateAutomationSpec, NamespacedName, Resource, Resources},
    http::Secret,
    signing::{SigningError, SigningKey},
    tree::SourceFile,
};

const ROUTE: [&str; 4] = ["spec", "git", "commit", "signingKey"];

/// Where Secrets are looked for: `--secrets` before the repository.
pub(super) struct Keys {
    given: Option<Secret>,
    /// Files of the repository that may hold one.
    files: Vec<(String, Secret)>,
}

impl Keys {
    pub(super) fn new(settings: &Settings, files: &[SourceFile]) -> Self {
        let text = |file: &SourceFile| {
            let text = std::str::from_utf8(&file.bytes).ok()?;
            let holds = text.contains("Secret") && text.contains("kind");
            holds.then(|| (file.path.to_string(), Secret::new(text)))
        };
        Self {
            given: settings.secrets.as_ref().map(credentials::manifests),
            files: files.iter().filter_map(text).collect(),
        }
    }

    /// Gives each automation that works in this run its key, or the fault that
    /// it has none: it alone does nothing then.
    pub(super) fn give(&self, resources: &Resources, targets: &mut [Target]) {
        for target in targets.iter_mut().filter(|target| target.aim.is_ok()) {
            let Some(place) = target.automation else { continue };
            match self.key(&resources.automations[place]) {
                Ok(key) => target.key = key.map(Arc::new),
                Err(problem) => target.fault = Some(problem),
            }
        }
    }

    fn key(
        &self,
        automation: &Resource<ImageUpdateAutomationSpec>,
    ) -> Result<Option<SigningKey>, Diagnostic> {
        let Some(wanted) = &automation.spec.git.commit.signing_key else { return Ok(None) };
        let secret = NamespacedName::new(&automation.id.namespace, &wanted.secret_ref.name);
        let fail = |why: String, hint: Option<String>| {
            let message =
                format!("the key that signs for `{}` is not to be had: {why}", automation.id);
            Diagnostic { hint, ..Diagnostic::new(Code::AutomationSigningKey, message) }
                .at(automation.place(&ROUTE))
        };
        let values = self.values(&secret).map_err(|why| {
            let hint = "give the Secret in `--secrets`, as `kubectl get secret -o yaml` prints it";
            fail(why, Some(hint.to_owned()))
        })?;
        let value = |field: &str| values.get(field).map(Secret::expose).filter(|v| !v.is_empty());
        let is_ssh = wanted.kind == "ssh";
        let (field, unlock) =
            if is_ssh { ("identity", "password") } else { ("git.asc", "passphrase") };
        let Some(text) = value(field) else {
            let why = format!("the Secret `{secret}` has no `{field}`");
            return Err(fail(why, Some(format!("put the private key into `{field}`"))));
        };
        let unlock = value(unlock);
        let key: Result<SigningKey, SigningError> =
            if is_ssh { SigningKey::ssh(text, unlock) } else { SigningKey::open_pgp(text, unlock) };
        key.map(Some).map_err(|error| fail(format!("the Secret `{secret}`: {error}"), error.help()))
    }

    fn values(&self, name: &NamespacedName) -> Result<BTreeMap<String, Secret>, String> {
        if let Some(given) = &self.given {
            match find_secret(given.expose(), name) {
                Some(GivenSecret::Values(values)) => return Ok(values),
                Some(GivenSecret::Encrypted) => {
                    return Err(format!("SOPS has encrypted the Secret `{name}` of `--secrets`"));
                }
                None => {}
            }
        }
        let mut encrypted = None;
        for (path, text) in self.files.iter().filter(|(_, text)| text.expose().contains(&name.name))
        {
            match find_secret(text.expose(), name) {
                Some(GivenSecret::Values(values)) => return Ok(values),
                Some(GivenSecret::Encrypted) => encrypted = Some(path),
                None => {}
            }
        }
        Err(match encrypted {
            Some(path) => format!("SOPS has encrypted the Secret `{name}` in `{path}`"),
            None => format!("the Secret `{name}` is given nowhere"),
        })
    }
}
