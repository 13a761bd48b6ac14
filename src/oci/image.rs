//! `ImageRepository.spec.image`, as go-containerregistry reads it for Flux.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::diagnostic::{Code, Explain};

/// The host that `docker.io` and names without a registry mean.
const DOCKER_HUB: &str = "index.docker.io";

/// An image without tag and digest: the registry and the repository there.
///
/// Flux hands `spec.image` to go-containerregistry (v0.21.6, `pkg/name`). Its
/// rules, not Docker's, decide what is a registry: `localhost/app` is an image
/// of Docker Hub, for `localhost` has neither dot nor colon.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    verbatim: String,
    registry: String,
    repository: String,
}

impl Image {
    /// Reads `spec.image`.
    ///
    /// Stricter than Flux where no registry could ever answer: a host of other
    /// characters than letters, digits, `.`, `-` and `_`, a port past 65535, and `.`
    /// or `..` as a part of the repository, which would lead out of its URL.
    ///
    /// # Errors
    ///
    /// A URL scheme, a tag, a digest, or what the grammar refuses.
    pub fn parse(spec_image: &str) -> Result<Self, ImageError> {
        let image = || spec_image.to_owned();
        if let Some((scheme, _)) = spec_image.split_once("://") {
            return Err(ImageError::Scheme { image: image(), scheme: scheme.to_owned() });
        }
        if let Some((_, digest)) = spec_image.split_once('@') {
            return Err(ImageError::Digest { image: image(), digest: digest.to_owned() });
        }
        let (registry, repository) = match spec_image.split_once('/') {
            Some((host, rest)) if host.contains(['.', ':']) => (host, rest),
            _ => ("", spec_image),
        };
        if let Some((_, tag)) = repository.split_once(':') {
            return Err(ImageError::Tag { image: image(), tag: tag.to_owned() });
        }
        if !registry.is_empty() && !is_host(registry) {
            return Err(ImageError::Registry { image: image(), registry: registry.to_owned() });
        }
        if !(2..=255).contains(&repository.chars().count()) {
            return Err(ImageError::Length { image: image() });
        }
        let admitted = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.' | '/');
        if let Some(found) = repository.chars().find(|&c| !admitted(c)) {
            return Err(ImageError::Character { image: image(), found });
        }
        if repository.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(ImageError::Part { image: image() });
        }
        let registry = match registry {
            "" | "docker.io" => DOCKER_HUB,
            other => other,
        };
        let repository = if registry == DOCKER_HUB && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository.to_owned()
        };
        Ok(Self { verbatim: image(), registry: registry.to_owned(), repository })
    }

    /// The text as the user wrote it: what goes into the manifests.
    pub fn verbatim(&self) -> &str {
        &self.verbatim
    }

    /// The registry's host, with its port where one is written.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository at the registry, `library/` included.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Registry and repository in one: two spellings of one image agree in it.
    pub fn canonical(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// How the registry is spoken to; `insecure` is `spec.insecure`.
    pub fn scheme(&self, insecure: bool) -> Scheme {
        if insecure || is_local(&self.registry) { Scheme::Http } else { Scheme::Https }
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.verbatim)
    }
}

/// How a registry is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Over TLS.
    Https,
    /// In the clear is admitted: `insecure`, loopback and RFC 1918 addresses.
    Http,
}

impl Scheme {
    /// The scheme of a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

/// `host`, `host:port` or `[IPv6]:port`.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| {
        port.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok())
    };
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address.parse::<Ipv6Addr>().is_ok()
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    host.bytes().any(|b| b.is_ascii_alphanumeric())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && is_port(port)
}

/// Whether the host is this machine or a private network to go-containerregistry
/// (`Registry.Scheme`), which then needs no `insecure`.
fn is_local(registry: &str) -> bool {
    let (host, port) = registry.split_once(':').unwrap_or((registry, ""));
    let private = host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_private());
    private
        || (host == "localhost" && registry.contains(':'))
        || (host.ends_with(".localhost") && port.len() <= 5)
        || host == "127.0.0.1"
        || registry == "[::1]"
        || registry.starts_with("[::1]:")
}

/// Why `spec.image` names no image that can be scanned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// It is a URL.
    #[error("the image `{image}` begins with a URL scheme")]
    Scheme {
        /// The text.
        image: String,
        /// What stands before `://`.
        scheme: String,
    },
    /// It names a tag.
    #[error("the image `{image}` names the tag `{tag}`")]
    Tag {
        /// The text.
        image: String,
        /// What stands behind the colon.
        tag: String,
    },
    /// It names a digest.
    #[error("the image `{image}` names a digest")]
    Digest {
        /// The text.
        image: String,
        /// What stands behind the `@`.
        digest: String,
    },
    /// The part before the first `/` is no host.
    #[error("`{registry}` in the image `{image}` is no host name")]
    Registry {
        /// The text.
        image: String,
        /// What stands for the registry.
        registry: String,
    },
    /// The repository is too short or too long.
    #[error("the repository of the image `{image}` must have 2 to 255 characters")]
    Length {
        /// The text.
        image: String,
    },
    /// The repository holds a character that no repository has.
    #[error("the repository of the image `{image}` must not hold `{}`", .found.escape_debug())]
    Character {
        /// The text.
        image: String,
        /// The first such character.
        found: char,
    },
    /// The repository leads out of itself.
    #[error("the repository of the image `{image}` must not hold `.` or `..` as a part")]
    Part {
        /// The text.
        image: String,
    },
}

impl Explain for ImageError {
    fn code(&self) -> Code {
        Code::RepositoryInvalidImage
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Scheme { scheme, .. } => format!("remove `{scheme}://`"),
            Self::Tag { tag, .. } => {
                format!("remove `:{tag}`; the ImagePolicy chooses among the tags")
            }
            Self::Digest { digest, .. } => {
                format!("remove `@{digest}`; `digestReflectionPolicy` of the ImagePolicy adds digests")
            }
            Self::Registry { .. } => "write the registry as `host` or `host:port`".to_owned(),
            Self::Length { .. } => {
                "write the image as `registry/repository`; a name without a registry is one of Docker Hub"
                    .to_owned()
            }
            Self::Character { found, .. } if found.is_uppercase() => {
                "write the repository in lower case".to_owned()
            }
            Self::Character { .. } => {
                "use only lower-case letters, digits, `.`, `_`, `-` and `/`".to_owned()
            }
            Self::Part { .. } => "write the repository without `.` and `..` parts".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_can_be_scanned() {
        for (text, registry, repository, scheme) in [
            ("alpine", "index.docker.io", "library/alpine", "https"),
            ("docker.io/org/app", "index.docker.io", "org/app", "https"),
            ("localhost/app", "index.docker.io", "localhost/app", "https"),
            ("ghcr.io", "index.docker.io", "library/ghcr.io", "https"),
            ("localhost:5000/app", "localhost:5000", "app", "http"),
            ("foo.localhost/app", "foo.localhost", "app", "http"),
            ("127.0.0.1/app", "127.0.0.1", "app", "http"),
            ("1127.0.0.1.example/app", "1127.0.0.1.example", "app", "https"),
            ("[::1]:5000/app", "[::1]:5000", "app", "http"),
            ("[2001:db8::1]/app", "[2001:db8::1]", "app", "https"),
            ("172.16.3.4:5000/app", "172.16.3.4:5000", "app", "http"),
            ("172.32.3.4:5000/app", "172.32.3.4:5000", "app", "https"),
            ("GHCR.io/app", "GHCR.io", "app", "https"),
        ] {
            let image = Image::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            let seen = (image.registry(), image.repository(), image.scheme(false).as_str());
            assert_eq!(seen, (registry, repository, scheme), "{text}");
            assert_eq!(image.verbatim(), text);
            assert_eq!(image.scheme(true), Scheme::Http);
        }
    }

    #[test]
    fn tells_why_an_image_cannot_be_scanned() {
        let digest = format!("app@sha256:{}", "0".repeat(64));
        #[rustfmt::skip]
        let rows = [
            ("oci://ghcr.io/a/b", "the image `oci://ghcr.io/a/b` begins with a URL scheme", "remove `oci://`"),
            ("app:1.0", "the image `app:1.0` names the tag `1.0`", "remove `:1.0`; the ImagePolicy chooses among the tags"),
            ("ghcr.io:443/org/app:", "the image `ghcr.io:443/org/app:` names the tag ``", "remove `:`; the ImagePolicy chooses among the tags"),
            ("localhost:5000", "the image `localhost:5000` names the tag `5000`", "remove `:5000`; the ImagePolicy chooses among the tags"),
            (" ghcr.io/org/app", "` ghcr.io` in the image ` ghcr.io/org/app` is no host name", "write the registry as `host` or `host:port`"),
            ("a.b:99999/app", "`a.b:99999` in the image `a.b:99999/app` is no host name", "write the registry as `host` or `host:port`"),
            ("[::1/app", "`[::1` in the image `[::1/app` is no host name", "write the registry as `host` or `host:port`"),
            ("../app", "`..` in the image `../app` is no host name", "write the registry as `host` or `host:port`"),
            ("", "the repository of the image `` must have 2 to 255 characters", "write the image as `registry/repository`; a name without a registry is one of Docker Hub"),
            ("ghcr.io/Org/app", "the repository of the image `ghcr.io/Org/app` must not hold `O`", "write the repository in lower case"),
            ("ghcr.io/a b", "the repository of the image `ghcr.io/a b` must not hold ` `", "use only lower-case letters, digits, `.`, `_`, `-` and `/`"),
            ("ghcr.io/a/../b", "the repository of the image `ghcr.io/a/../b` must not hold `.` or `..` as a part", "write the repository without `.` and `..` parts"),
        ];
        for (text, message, help) in rows {
            let error = Image::parse(text).unwrap_err();
            assert_eq!(
                (error.to_string().as_str(), error.help().as_deref()),
                (message, Some(help))
            );
        }
        let error = Image::parse(&digest).unwrap_err();
        assert_eq!(error.to_string(), format!("the image `{digest}` names a digest"));
        assert_eq!(error.code(), Code::RepositoryInvalidImage);
    }
}
