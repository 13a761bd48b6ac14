//! Where tokens may be fetched.

use url::Url;

use super::error::Problem;
use super::visit::Visit;
use crate::http::check_address;

impl Visit<'_> {
    /// The URL of a token service, if the login may be shown to it: HTTPS, or
    /// plain HTTP where the registry itself speaks that; no user in it; no
    /// private address where the registry is public. Another host is normal.
    pub(super) fn realm(&self, origin: &Url, realm: &str) -> Result<Url, Problem> {
        let misled = |why: &str| Problem::misled("token service", realm, why);
        let mut url = Url::parse(realm).map_err(|_| misled("it is no URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(misled("it is no URL"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(misled("it names a user"));
        }
        if url.scheme() == "http" && origin.scheme() == "https" {
            if url.host() != origin.host() {
                return Err(misled("it is not encrypted"));
            }
            url.set_scheme("https").map_err(|()| misled("it is no URL"))?;
        }
        check_address(&url, self.fence(&url))
            .map_err(|_| misled("it lies at a private address, or one of the system"))?;
        url.set_fragment(None);
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::Keychain;
    use crate::http::{Reach, client};
    use crate::registry::{Registries, Scan, Settings};

    #[test]
    fn a_login_is_shown_to_safe_places_only() {
        use Reach::{Private, Public};
        #[rustfmt::skip]
        let rows: &[(&str, Reach, &str, &str)] = &[
            // registry         it is    realm                          fetched at, or why not
            ("https://r.test/", Public,  "https://auth.test/t?a=%2f#b", "https://auth.test/t?a=%2f"),
            ("https://r.test/", Public,  "https://r.test/token",        "https://r.test/token"),
            ("https://r.test/", Public,  "http://r.test/token",         "https://r.test/token"),
            ("https://r.test/", Public,  "http://auth.test/token",      "it is not encrypted"),
            ("http://r.test/",  Private, "http://auth.test/token",      "http://auth.test/token"),
            ("https://r.test/", Public,  "https://10.0.0.1/token",      "it lies at a private address, or one of the system"),
            ("https://r.test/", Public,  "https://localhost/token",     "it lies at a private address, or one of the system"),
            ("https://r.test/", Private, "https://10.0.0.1/token",      "https://10.0.0.1/token"),
            ("https://r.test/", Private, "https://169.254.169.254/t",   "it lies at a private address, or one of the system"),
            ("https://r.test/", Public,  "https://u:p@auth.test/token", "it names a user"),
            ("https://r.test/", Public,  "/token",                      "it is no URL"),
            ("https://r.test/", Public,  "file:///etc/passwd",          "it is no URL"),
        ];
        let client = client().unwrap();
        for (origin, reach, realm, expected) in rows {
            let registries =
                Registries::new(client.clone(), Keychain::default(), Settings::default());
            let scan = Scan {
                registry: "r.test".to_owned(),
                repository: "app".to_owned(),
                insecure: false,
                secret: None,
                timeout: None,
            };
            let visit = registries.visit(&scan).unwrap();
            visit.host.reach.set(*reach).unwrap();
            let actual = match visit.realm(&Url::parse(origin).unwrap(), realm) {
                Ok(url) => url.to_string(),
                Err(Problem::Misled { why, .. }) => why.into(),
                Err(problem) => panic!("{realm}: {problem}"),
            };
            assert_eq!(actual, *expected, "{origin} {realm}");
        }
    }
}
