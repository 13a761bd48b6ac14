//! OpenPGP: a detached signature over the commit.

use std::time::{Duration, SystemTime};

use pgp::{
    composed::{ArmorOptions, Deserializable as _, DetachedSignature, SignedSecretKey},
    packet::{SignatureConfig, SignatureType, Subpacket, SubpacketData},
    types::{KeyDetails as _, KeyVersion, Password, SigningKey, Timestamp},
};

use super::SigningError;

/// The field of the Secret that unlocks the key.
const FIELD: &str = "passphrase";

/// A private key and the part of it that signs.
pub(super) struct Key {
    secret: SignedSecretKey,
    /// Its place among the subkeys; `None` is the primary key.
    subkey: Option<usize>,
    password: Password,
}

impl Key {
    /// Reads the key, chooses the part that signs, and unlocks it once, so that
    /// a wrong passphrase is known before anything is done.
    pub(super) fn read(armoured: &str, passphrase: Option<&str>) -> Result<Self, SigningError> {
        let no_key = |error: pgp::errors::Error| SigningError::NoKey {
            kind: "OpenPGP",
            reason: error.to_string(),
        };
        let (keys, _) = SignedSecretKey::from_string_many(armoured).map_err(no_key)?;
        let mut keys = keys.collect::<Result<Vec<_>, _>>().map_err(no_key)?;
        let key = match (keys.pop(), keys.len()) {
            (Some(key), 0) => key,
            (Some(_), more) => return Err(SigningError::SeveralKeys { count: more + 1 }),
            (None, _) => {
                let reason = "the armour is empty".to_owned();
                return Err(SigningError::NoKey { kind: "OpenPGP", reason });
            }
        };
        let subkey = signing_subkey(&key);
        let locked = match subkey {
            Some(place) => key.secret_subkeys[place].key.secret_params().is_encrypted(),
            None => key.primary_key.secret_params().is_encrypted(),
        };
        let password = match passphrase {
            Some(text) if locked => Password::from(text),
            None if locked => return Err(SigningError::Locked { field: FIELD }),
            _ => Password::empty(),
        };
        let key = Self { secret: key, subkey, password };
        key.unlocks()?;
        Ok(key)
    }

    fn unlocks(&self) -> Result<(), SigningError> {
        let opened = match self.subkey {
            Some(place) => {
                self.secret.secret_subkeys[place].key.unlock(&self.password, |_, _| Ok(()))
            }
            None => self.secret.primary_key.unlock(&self.password, |_, _| Ok(())),
        };
        match opened {
            Ok(Ok(())) => Ok(()),
            _ => Err(SigningError::WrongPassword { field: FIELD }),
        }
    }

    pub(super) fn sign(&self, data: &[u8], seconds: i64) -> Result<String, SigningError> {
        let signed = match self.subkey {
            Some(place) => {
                detached(&self.secret.secret_subkeys[place].key, &self.password, data, seconds)
            }
            None => detached(&self.secret.primary_key, &self.password, data, seconds),
        };
        signed.map_err(|error| SigningError::Unfit { reason: error.to_string() })
    }
}

/// The youngest subkey that is there to sign, as gpg chooses; none where the
/// primary key does it.
fn signing_subkey(key: &SignedSecretKey) -> Option<usize> {
    let signs = |place: &usize| {
        let signatures = &key.secret_subkeys[*place].signatures;
        let revoked = signatures
            .iter()
            .any(|signature| signature.typ() == Some(SignatureType::SubkeyRevocation));
        !revoked && signatures.iter().any(|signature| signature.key_flags().sign())
    };
    let places = (0..key.secret_subkeys.len()).filter(signs);
    places.max_by_key(|place| key.secret_subkeys[*place].key.created_at().as_secs())
}

fn detached(
    key: &impl SigningKey,
    password: &Password,
    data: &[u8],
    seconds: i64,
) -> pgp::errors::Result<String> {
    if key.version() != KeyVersion::V4 {
        return Err(pgp::errors::Error::Message {
            message: format!("keys of version {:?} are not supported", key.version()),
            backtrace: None,
        });
    }
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    // A clock that is behind must not make a signature older than its key.
    let time = Timestamp::try_from(time).unwrap_or_default().max(key.created_at());
    let mut config = SignatureConfig::v4(SignatureType::Binary, key.algorithm(), key.hash_alg());
    config.hashed_subpackets = vec![
        Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        Subpacket::critical(SubpacketData::SignatureCreationTime(time))?,
    ];
    config.unhashed_subpackets =
        vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];
    let signature = DetachedSignature::new(config.sign(key, password, data)?);
    signature.to_armored_string(ArmorOptions::default())
}
