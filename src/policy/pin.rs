//! Whether the digest of an elected tag is kept, fetched or left out.

use crate::oci::Digest;

/// `ImagePolicy.spec.digestReflectionPolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DigestReflectionPolicy {
    /// The digest plays no part.
    #[default]
    Never,
    /// The digest is fetched once for a tag, and then kept.
    IfNotPresent,
    /// The digest is fetched every time.
    Always,
}

/// What has to be done about a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// Reflect none.
    None,
    /// Reflect the one that is known.
    Keep(Digest),
    /// Ask the registry.
    Fetch,
}

impl DigestReflectionPolicy {
    /// Reads the field; empty is the default. `None` for what the schema of
    /// Flux refuses, another case included.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "Never" => Some(Self::Never),
            "IfNotPresent" => Some(Self::IfNotPresent),
            "Always" => Some(Self::Always),
            _ => None,
        }
    }
}

/// Decides about the digest of the elected tag. `memory` is the digest that is
/// known for the same name and tag; Flux keeps it in `status.latestRef`.
pub fn pin(policy: DigestReflectionPolicy, memory: Option<&Digest>) -> Pin {
    match (policy, memory) {
        (DigestReflectionPolicy::Never, _) => Pin::None,
        (DigestReflectionPolicy::IfNotPresent, Some(digest)) => Pin::Keep(digest.clone()),
        (DigestReflectionPolicy::IfNotPresent, None) | (DigestReflectionPolicy::Always, _) => {
            Pin::Fetch
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_if_not_present_remembers() {
        let digest = Digest::new(&format!("sha256:{}", "a".repeat(64))).unwrap();
        let known = Some(&digest);
        #[rustfmt::skip]
        let rows = [
            ("",             None,  Pin::None),
            ("Never",        known, Pin::None),
            ("IfNotPresent", None,  Pin::Fetch),
            ("IfNotPresent", known, Pin::Keep(digest.clone())),
            ("Always",       None,  Pin::Fetch),
            ("Always",       known, Pin::Fetch),
        ];
        for (policy, memory, expected) in rows {
            let policy = DigestReflectionPolicy::parse(policy).unwrap();
            assert_eq!(pin(policy, memory), expected, "{policy:?}, {memory:?}");
        }
        assert_eq!(DigestReflectionPolicy::parse("always"), None);
    }
}
