//! SSH: an sshsig signature over the commit, in the namespace `git`.

use rsa::{
    pkcs1::DecodeRsaPrivateKey as _,
    pkcs8::DecodePrivateKey as _,
    rand_core::OsRng,
    signature::{RandomizedSigner as _, SignatureEncoding as _, Signer as _},
};
use ssh_key::{
    Algorithm, HashAlg, LineEnding, PrivateKey, Signature, SshSig,
    private::{EcdsaKeypair, Ed25519Keypair, KeypairData, RsaKeypair},
};

use super::SigningError;

/// The namespace in which Git signs and verifies.
const NAMESPACE: &str = "git";
/// The field of the Secret that unlocks the key.
const FIELD: &str = "password";
/// What OpenSSH, and GitHub, take at least.
const RSA_BITS: usize = 2048;

pub(super) struct Key {
    key: PrivateKey,
    /// Set for RSA, where `ssh-key` 0.6 puts the key together from one prime
    /// taken twice.
    rsa: Option<rsa::RsaPrivateKey>,
}

impl Key {
    /// Reads OpenSSH's own form, and PKCS#8, PKCS#1 and SEC1, which Flux's
    /// command line and `openssl` write.
    pub(super) fn read(identity: &str, password: Option<&str>) -> Result<Self, SigningError> {
        let key = if identity.contains("BEGIN OPENSSH PRIVATE KEY") {
            open_ssh(identity, password)?
        } else {
            PrivateKey::new(pem(identity.trim())?, "").map_err(|error| no_key(&error))?
        };
        let rsa = match key.key_data() {
            KeypairData::Rsa(pair) => Some(rsa_key(pair)?),
            KeypairData::Ed25519(_)
            | KeypairData::Ecdsa(EcdsaKeypair::NistP256 { .. } | EcdsaKeypair::NistP384 { .. }) => {
                None
            }
            _ => {
                let reason = format!("`{}` is not supported", key.algorithm());
                return Err(SigningError::Unfit { reason });
            }
        };
        Ok(Self { key, rsa })
    }

    pub(super) fn sign(&self, data: &[u8]) -> Result<String, SigningError> {
        self.signature(data).map_err(|error| SigningError::Unfit { reason: error.to_string() })
    }

    fn signature(&self, data: &[u8]) -> ssh_key::Result<String> {
        let hash = HashAlg::Sha512;
        let payload = SshSig::signed_data(NAMESPACE, hash, data)?;
        let signature = match &self.rsa {
            Some(rsa) => {
                // Blinded, so that the time it takes says nothing of the key.
                let signer = rsa::pkcs1v15::SigningKey::<rsa::sha2::Sha512>::new(rsa.clone());
                let made = signer.try_sign_with_rng(&mut OsRng, &payload)?;
                Signature::new(Algorithm::Rsa { hash: Some(hash) }, made.to_vec())?
            }
            None => self.key.try_sign(&payload)?,
        };
        let public = self.key.public_key().key_data().clone();
        SshSig::new(public, NAMESPACE, hash, signature)?.to_pem(LineEnding::LF)
    }
}

fn no_key(error: &dyn std::error::Error) -> SigningError {
    SigningError::NoKey { kind: "SSH", reason: error.to_string() }
}

fn open_ssh(identity: &str, password: Option<&str>) -> Result<PrivateKey, SigningError> {
    let key = PrivateKey::from_openssh(identity).map_err(|error| no_key(&error))?;
    if !key.is_encrypted() {
        return Ok(key);
    }
    let password = password.ok_or(SigningError::Locked { field: FIELD })?;
    key.decrypt(password).map_err(|_| SigningError::WrongPassword { field: FIELD })
}

/// The forms that name their kind in the first line or in their bytes.
fn pem(text: &str) -> Result<KeypairData, SigningError> {
    if let Ok(key) = rsa::RsaPrivateKey::from_pkcs8_pem(text)
        .map_err(drop)
        .or_else(|()| rsa::RsaPrivateKey::from_pkcs1_pem(text).map_err(drop))
    {
        return RsaKeypair::try_from(key).map(Into::into).map_err(|error| no_key(&error));
    }
    if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_pem(text) {
        return Ok(Ed25519Keypair::from_seed(key.as_bytes()).into());
    }
    if let Ok(key) = p256::SecretKey::from_pkcs8_pem(text)
        .map_err(drop)
        .or_else(|()| p256::SecretKey::from_sec1_pem(text).map_err(drop))
    {
        let public = key.public_key().into();
        return Ok(EcdsaKeypair::NistP256 { public, private: key.into() }.into());
    }
    if let Ok(key) = p384::SecretKey::from_pkcs8_pem(text)
        .map_err(drop)
        .or_else(|()| p384::SecretKey::from_sec1_pem(text).map_err(drop))
    {
        let public = key.public_key().into();
        return Ok(EcdsaKeypair::NistP384 { public, private: key.into() }.into());
    }
    let reason = "its form is none of OpenSSH, PKCS#8, PKCS#1 and SEC1, unencrypted".to_owned();
    Err(SigningError::NoKey { kind: "SSH", reason })
}

fn rsa_key(pair: &RsaKeypair) -> Result<rsa::RsaPrivateKey, SigningError> {
    let number =
        |number: &ssh_key::Mpint| rsa::BigUint::try_from(number).map_err(|error| no_key(&error));
    let key = rsa::RsaPrivateKey::from_components(
        number(&pair.public.n)?,
        number(&pair.public.e)?,
        number(&pair.private.d)?,
        vec![number(&pair.private.p)?, number(&pair.private.q)?],
    )
    .map_err(|error| no_key(&error))?;
    let bits = rsa::traits::PublicKeyParts::n(&key).bits();
    if bits < RSA_BITS {
        let reason = format!("an RSA key of {bits} bits is too short");
        return Err(SigningError::Unfit { reason });
    }
    Ok(key)
}
