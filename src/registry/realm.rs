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
