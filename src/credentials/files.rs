//! The files that docker and podman keep logins in, and their order.
#![expect(clippy::disallowed_methods, reason = "credentials lie in files outside the repository")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{ConfigText, CredentialError};
use crate::diagnostic::Diagnostic;
use crate::http::Secret;

/// Where registry configurations may lie; the values come from the command
/// line and the environment.
#[derive(Debug, Clone, Default)]
pub struct RegistryConfigs {
    /// `--registry-config`: if given, nothing else is read.
    pub registry_config: Option<PathBuf>,
    /// `DOCKER_AUTH_CONFIG`: the JSON itself.
    pub docker_auth_config: Option<Secret>,
    /// `REGISTRY_AUTH_FILE`: if given, none of the usual files is read.
    pub registry_auth_file: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub xdg_runtime_dir: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`.
    pub xdg_config_home: Option<PathBuf>,
    /// `DOCKER_CONFIG`: a folder.
    pub docker_config: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
}

impl RegistryConfigs {
    /// Reads what is there, in the order in which it is asked. A file that was
    /// named must be there; one of the usual places need not.
    pub fn read(&self) -> (Vec<ConfigText>, Vec<Diagnostic>) {
        let mut texts = Vec::new();
        let mut problems = Vec::new();
        let mut read = |path: &Path, named: bool| match std::fs::read_to_string(path) {
            Ok(text) => texts.push(ConfigText {
                name: format!("`{}`", path.display()),
                text: Secret::new(text),
            }),
            Err(error) if !named && is_absent(error.kind()) => {}
            Err(error) => problems.push(Diagnostic::of(&CredentialError::File {
                path: path.display().to_string(),
                reason: error.kind().to_string(),
            })),
        };
        if let Some(path) = &self.registry_config {
            read(path, true);
        } else if let Some(path) = &self.registry_auth_file {
            read(path, true);
        } else {
            for path in self.usual() {
                read(&path, false);
            }
        }
        if let (None, Some(text)) = (&self.registry_config, &self.docker_auth_config) {
            texts.insert(0, ConfigText { name: "`DOCKER_AUTH_CONFIG`".into(), text: text.clone() });
        }
        (texts, problems)
    }

    fn usual(&self) -> impl Iterator<Item = PathBuf> {
        let in_home = |folder: &str| self.home.as_ref().map(|home| home.join(folder));
        let config_home = self.xdg_config_home.clone().or_else(|| in_home(".config"));
        let docker = self.docker_config.clone().or_else(|| in_home(".docker"));
        [
            self.xdg_runtime_dir.as_ref().map(|folder| folder.join("containers/auth.json")),
            config_home.map(|folder| folder.join("containers/auth.json")),
            docker.map(|folder| folder.join("config.json")),
        ]
        .into_iter()
        .flatten()
    }
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_asked_in_podmans_order_and_then_dockers() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put(".config/containers/auth.json", "podman");
        put(".docker/config.json", "docker");
        put("other.json", "other");
        let usual = RegistryConfigs {
            home: Some(folder.path().to_owned()),
            xdg_runtime_dir: Some(folder.path().join("nowhere")),
            docker_auth_config: Some(Secret::new("environment")),
            ..RegistryConfigs::default()
        };
        let texts = |configs: &RegistryConfigs| {
            let (texts, problems) = configs.read();
            let texts: Vec<String> = texts.iter().map(|it| it.text.expose().to_owned()).collect();
            (texts.join(" "), problems.len())
        };
        assert_eq!(texts(&usual), ("environment podman docker".to_owned(), 0));
        let other = folder.path().join("other.json");
        let auth_file =
            RegistryConfigs { registry_auth_file: Some(other.clone()), ..usual.clone() };
        assert_eq!(texts(&auth_file), ("environment other".to_owned(), 0));
        let option = RegistryConfigs { registry_config: Some(other), ..usual.clone() };
        assert_eq!(texts(&option), ("other".to_owned(), 0));
        let missing = RegistryConfigs { registry_config: Some("/nowhere/x".into()), ..usual };
        let (_, problems) = missing.read();
        assert_eq!(
            problems[0].message,
            "the registry configuration `/nowhere/x` cannot be read: entity not found"
        );
    }
}
