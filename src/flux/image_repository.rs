//! `ImageRepository`: which image is scanned, and how.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use super::{
    decode::{Fault, Spec},
    duration,
};
use crate::oci::{Image, ImageError};

/// `ImageRepository.spec`. All versions of the API are read alike: an older
/// one only has fewer fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRepositorySpec {
    /// The image, as it is written into the manifests.
    pub image: String,
    /// How often Flux scans; here only the default of `timeout`.
    pub interval: String,
    /// How long one scan may take.
    pub timeout: Option<String>,
    /// The Secret with the login.
    pub secret_ref: Option<SecretRef>,
    /// The Secret with certificates.
    pub cert_secret_ref: Option<SecretRef>,
    /// The Secret with the proxy.
    pub proxy_secret_ref: Option<SecretRef>,
    /// The service account whose pull secrets serve as well.
    pub service_account_name: Option<String>,
    /// Patterns of tags that are left out.
    #[serde(default)]
    pub exclusion_list: Vec<String>,
    /// Whose login it is.
    #[serde(default)]
    pub provider: Provider,
    /// Whether the registry is spoken to in the clear.
    #[serde(default)]
    pub insecure: bool,
    /// Which namespaces' policies may use it.
    pub access_from: Option<AccessFrom>,
    /// Whether it is left alone.
    #[serde(default)]
    pub suspend: bool,
}

/// The name of a Secret in the object's own namespace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SecretRef {
    /// The name.
    pub name: String,
}

/// Whose login opens the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The Secret's.
    #[default]
    Generic,
    /// Amazon's.
    Aws,
    /// Microsoft's.
    Azure,
    /// Google's.
    Gcp,
}

/// The namespaces whose policies are admitted beside the object's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessFrom {
    /// One of these must choose the namespace.
    pub namespace_selectors: Vec<NamespaceSelector>,
}

/// Chooses namespaces by their labels; without any it chooses all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceSelector {
    /// Labels that must have exactly these values.
    pub match_labels: BTreeMap<String, String>,
}

impl ImageRepositorySpec {
    /// `spec.image` by its parts.
    ///
    /// # Errors
    ///
    /// What go-containerregistry, and with it Flux, would refuse to scan.
    pub fn image(&self) -> Result<Image, ImageError> {
        Image::parse(&self.image)
    }

    /// `spec.timeout`, at least one second, as Flux sees to it.
    pub fn timeout(&self) -> Option<Duration> {
        let timeout = duration::parse(self.timeout.as_deref()?)?;
        Some(timeout.max(Duration::from_secs(1)))
    }
}

impl Spec for ImageRepositorySpec {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(Fault::duration(&["spec", "interval"], Some(&self.interval), true));
        faults.extend(Fault::duration(&["spec", "timeout"], self.timeout.as_deref(), false));
        if self.exclusion_list.len() > 25 {
            faults.push(Fault::too_many(&["spec", "exclusionList"], self.exclusion_list.len(), 25));
        }
        faults
    }
}
