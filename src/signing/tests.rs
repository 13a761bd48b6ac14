//! What is refused, in its own words; what is made is judged by the real Git
//! in the integration tests.

use super::*;

#[test]
fn what_is_no_key_is_told_without_quoting_it() {
    for text in [
        "",
        "hunter2",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----\n",
    ] {
        for (kind, key) in
            [("SSH", SigningKey::ssh(text, None)), ("OpenPGP", SigningKey::open_pgp(text, None))]
        {
            let error = key.unwrap_err();
            let begin = format!("it holds no {kind} private key that can be read: ");
            assert!(error.to_string().starts_with(&begin), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
            assert_eq!(error.code(), Code::AutomationSigningKey);
            assert!(error.help().is_some());
        }
    }
}

#[test]
fn the_words_of_errors() {
    for (error, words) in [
        (SigningError::SeveralKeys { count: 2 }, "it holds 2 OpenPGP keys"),
        (
            SigningError::Locked { field: "passphrase" },
            "the key is protected and there is no `passphrase` for it",
        ),
        (SigningError::WrongPassword { field: "password" }, "the `password` does not open the key"),
        (
            SigningError::Unfit { reason: "an RSA key of 1024 bits is too short".to_owned() },
            "the key cannot sign: an RSA key of 1024 bits is too short",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
}
