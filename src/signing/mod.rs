//! Signing commits as `spec.git.commit.signingKey` asks: OpenPGP and SSH.
//!
//! Keys in, armoured signatures out, in the forms that `git verify-commit`
//! takes (gpg, sshsig). Nothing is read from files or agents, and no other
//! program is run.

mod openpgp;
mod ssh;

use std::fmt;

use crate::diagnostic::{Code, Explain};

/// Why there is no key, or no signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The text is no private key of the kind.
    #[error("it holds no {kind} private key that can be read: {reason}")]
    NoKey {
        /// `OpenPGP` or `SSH`.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Several keys in one text; which of them signs would be chance.
    #[error("it holds {count} OpenPGP keys")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The key is locked and nothing is there to unlock it.
    #[error("the key is protected and there is no `{field}` for it")]
    Locked {
        /// The Secret's field that is missing.
        field: &'static str,
    },
    /// The key cannot be unlocked.
    #[error("the `{field}` does not open the key")]
    WrongPassword {
        /// The Secret's field that is wrong.
        field: &'static str,
    },
    /// The key's algorithm, or its use, is none that signs a commit.
    #[error("the key cannot sign: {reason}")]
    Unfit {
        /// Why.
        reason: String,
    },
}

impl Explain for SigningError {
    fn code(&self) -> Code {
        Code::AutomationSigningKey
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoKey { kind: "SSH", .. } => {
                "put the private key, as `ssh-keygen` writes it, into `identity`".to_owned()
            }
            Self::NoKey { .. } | Self::SeveralKeys { .. } => {
                "put the output of `gpg --export-secret-keys --armor KEY` into `git.asc`".to_owned()
            }
            Self::Locked { field } => format!("add `{field}` to the Secret"),
            Self::WrongPassword { field } => format!("correct `{field}` in the Secret"),
            Self::Unfit { .. } => {
                "use a key that signs: RSA of 2048 bits or more, ECDSA, or Ed25519".to_owned()
            }
        })
    }
}

/// A key that signs commits.
pub struct SigningKey(Kind);

enum Kind {
    OpenPgp(Box<openpgp::Key>),
    Ssh(Box<ssh::Key>),
}

/// Shows neither key nor password.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::OpenPgp(_) => "SigningKey(OpenPGP)",
            Kind::Ssh(_) => "SigningKey(SSH)",
        })
    }
}

impl SigningKey {
    /// An armoured OpenPGP private key, `git.asc`, with its `passphrase`.
    pub fn open_pgp(armoured: &str, passphrase: Option<&str>) -> Result<Self, SigningError> {
        openpgp::Key::read(armoured, passphrase).map(|key| Self(Kind::OpenPgp(Box::new(key))))
    }

    /// An SSH private key in PEM, `identity`, with its `password`.
    pub fn ssh(identity: &str, password: Option<&str>) -> Result<Self, SigningError> {
        ssh::Key::read(identity, password).map(|key| Self(Kind::Ssh(Box::new(key))))
    }

    /// The armoured signature of a commit's bytes, made at a time (in seconds
    /// since 1970).
    pub fn sign(&self, commit: &[u8], seconds: i64) -> Result<String, SigningError> {
        match &self.0 {
            Kind::OpenPgp(key) => key.sign(commit, seconds),
            Kind::Ssh(key) => key.sign(commit),
        }
    }
}

#[cfg(test)]
mod tests;
