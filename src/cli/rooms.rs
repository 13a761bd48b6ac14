//! What the shell's rooms need of the settings and the environment.

use std::path::PathBuf;

use super::{Settings, UsageError};
use crate::{
    credentials::RegistryConfigs,
    http::{self, Proxies, Secret},
    registry,
};

impl Settings {
    /// What the HTTP client depends on.
    ///
    /// # Errors
    /// A proxy variable that is no proxy.
    pub fn http(&self) -> Result<http::Settings, UsageError> {
        Ok(http::Settings {
            proxies: self.proxies()?,
            certificate_file: self.environment.get("SSL_CERT_FILE").map(PathBuf::from),
        })
    }

    fn proxies(&self) -> Result<Proxies, UsageError> {
        let first = |names: &[&str]| self.environment.first(names);
        // In a CGI program `HTTP_PROXY` is a request's header, so Go and curl
        // take the lower-case name first.
        Proxies::new(
            first(&["http_proxy", "HTTP_PROXY"]),
            first(&["https_proxy", "HTTPS_PROXY"]),
            first(&["no_proxy", "NO_PROXY"]),
        )
        .map_err(|error| {
            UsageError::new(error.to_string(), "write it as `http://host:port`, or unset it")
        })
    }

    /// Bounds and proxies of the registries' rooms.
    ///
    /// # Errors
    /// A proxy variable that is no proxy.
    pub fn registries(&self) -> Result<registry::Settings, UsageError> {
        Ok(registry::Settings {
            concurrency: self.limits.concurrency,
            timeout: self.limits.timeout,
            scan_timeout: self.limits.scan_timeout,
            proxies: self.proxies()?,
            ..registry::Settings::default()
        })
    }

    /// Where Docker's and Podman's configurations are looked for.
    pub fn registry_configs(&self) -> RegistryConfigs {
        let path = |name: &str| self.environment.get(name).map(PathBuf::from);
        RegistryConfigs {
            registry_config: self.registry_config.clone(),
            docker_auth_config: self.environment.get("DOCKER_AUTH_CONFIG").map(Secret::new),
            registry_auth_file: path("REGISTRY_AUTH_FILE"),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR"),
            xdg_config_home: path("XDG_CONFIG_HOME"),
            docker_config: path("DOCKER_CONFIG"),
            home: path("HOME"),
        }
    }

    /// Where temporary folders are made.
    pub fn scratch(&self) -> PathBuf {
        self.environment
            .first(&["RUNNER_TEMP", "TMPDIR"])
            .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
    }

    /// Whether this is a step of a workflow.
    pub fn in_actions(&self) -> bool {
        self.environment.get("GITHUB_ACTIONS") == Some("true")
    }
}
