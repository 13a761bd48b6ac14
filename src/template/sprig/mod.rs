//! sprig 3.3's hermetic functions, one file a family.

pub(super) mod version;

use super::functions::Function;

/// All functions, by family.
pub(super) const FAMILIES: &[&[Function]] = &[];

/// Why a function that sprig calls hermetic is refused here.
pub(super) fn refused(name: &str) -> Option<&'static str> {
    Some(match name {
        "bcrypt" | "htpasswd" | "genPrivateKey" | "derivePassword" | "buildCustomCert" | "genCA"
        | "genCAWithKey" | "genSelfSignedCert" | "genSelfSignedCertWithKey" | "genSignedCert"
        | "genSignedCertWithKey" | "encryptAES" | "decryptAES" => {
            "a message holds no keys, passwords or certificates"
        }
        "randInt" | "shuffle" => "a message does not depend on chance",
        "ago" | "toDate" | "mustToDate" | "mustDateModify" | "must_date_modify" | "unixEpoch" => {
            "a message does not depend on the clock or its zone"
        }
        _ => return None,
    })
}
