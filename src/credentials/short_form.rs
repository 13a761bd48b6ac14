//! The short form of `--secrets`: one login a line.
//!
//! `HOST[/PATH]=USER:PASSWORD` or `NAMESPACE/NAME=HOST=USER:PASSWORD`. The
//! lines may stand among YAML documents: what starts in the first column with
//! a word and `=` is no YAML that a Secret is written in.

use super::docker_config::DockerConfig;
use super::secret_manifest::{ManifestSecret, SecretLogin};
use super::{Credential, CredentialError};
use crate::flux::NamespacedName;

/// What the lines gave.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Logins for a host alone.
    pub(super) hosts: DockerConfig,
    /// Logins that stand in for a Secret.
    pub(super) secrets: Vec<ManifestSecret>,
    /// Lines that cannot be read.
    pub(super) problems: Vec<CredentialError>,
}

/// Takes the short lines out and returns the rest, which is YAML.
pub(super) fn split(text: &str) -> (Lines, String) {
    let mut lines = Lines::default();
    let mut yaml = String::new();
    for (index, line) in text.lines().enumerate() {
        if !is_short(line) {
            yaml.push_str(line);
            yaml.push('\n');
        } else if lines.add(line).is_none() {
            lines.problems.push(CredentialError::Line { line: index + 1 });
        }
    }
    (lines, yaml)
}

fn is_short(line: &str) -> bool {
    line.split_once('=').is_some_and(|(head, _)| {
        !head.is_empty()
            && head.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_/:*?[]".contains(&b))
    })
}

impl Lines {
    fn add(&mut self, line: &str) -> Option<()> {
        let (head, rest) = line.trim_end().split_once('=')?;
        if is_host(head) {
            self.hosts.add(head, login(rest)?);
            return Some(());
        }
        let (namespace, name) = head.split_once('/')?;
        let (host, rest) = rest.split_once('=')?;
        if namespace.is_empty() || name.is_empty() || name.contains('/') || !is_host(host) {
            return None;
        }
        let mut config = DockerConfig::default();
        config.add(host, login(rest)?);
        self.secrets.push(ManifestSecret::new(
            NamespacedName::new(namespace, name),
            SecretLogin::Config(config),
        ));
        Some(())
    }
}

/// The rule by which image references tell a host from a path; a namespace
/// holds neither dots nor colons.
fn is_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    host.contains(['.', ':']) || host == "localhost"
}

fn login(text: &str) -> Option<Credential> {
    let (username, password) = text.split_once(':')?;
    (!username.is_empty() && !password.is_empty()).then(|| Credential::login(username, password))
}
