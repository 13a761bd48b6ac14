//! The remote's address.

use std::fmt;

use url::{Host, Url};

use super::GitError;

/// The https (or http) address of a repository, without a user or password.
#[derive(Clone, PartialEq, Eq)]
pub struct RemoteUrl(Url);

impl RemoteUrl {
    /// Reads what `origin` or `--remote` says. `git@host:o/r` and
    /// `ssh://git@host/o/r` are read as https: the same host serves both. A
    /// user and password are dropped, since the token goes its own way.
    pub fn parse(text: &str) -> Result<Self, GitError> {
        let refused = || GitError::NoUrl { text: without_login(text) };
        let mut url = read(text.trim()).ok_or_else(refused)?;
        // Both setters refuse URLs without a host, which `read` has refused.
        url.set_username("").map_err(|()| refused())?;
        url.set_password(None).map_err(|()| refused())?;
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/').to_owned();
        if path.is_empty() {
            return Err(refused());
        }
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address itself.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl fmt::Debug for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteUrl({})", self.0)
    }
}

/// A repository's name on its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The host in lower case, with its port where the address names one.
    pub host: String,
    /// Everything before the name; GitHub has one level, others have more.
    pub owner: String,
    /// The name, without `.git`.
    pub name: String,
}

/// Takes `https://host/o/r(.git)`, `ssh://git@host/o/r` or `git@host:o/r`
/// apart; `None` for anything else.
pub fn repository_of(url: &str) -> Option<Repository> {
    let url = read(url.trim())?;
    let path = url.path().trim_matches('/');
    let (owner, name) = path.rsplit_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    if owner.is_empty() || name.is_empty() {
        return None;
    }
    let host = url.host_str()?.to_ascii_lowercase();
    let host = url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
    Some(Repository { host, owner: owner.to_owned(), name: name.to_owned() })
}

/// The https or http address that the text means.
fn read(text: &str) -> Option<Url> {
    if let Some(rest) = text.strip_prefix("ssh://").or_else(|| text.strip_prefix("git+ssh://")) {
        let mut url = Url::parse(&format!("https://{rest}")).ok()?;
        // The port of SSH is none of https.
        url.set_port(None).ok()?;
        if url.host_str() == Some("ssh.github.com") {
            // GitHub's SSH on port 443, which serves nothing else.
            url.set_host(Some("github.com")).ok()?;
        }
        return Some(url).filter(has_host);
    }
    if text.contains("://") {
        let url = Url::parse(text).ok()?;
        return Some(url).filter(|url| matches!(url.scheme(), "https" | "http") && has_host(url));
    }
    // What Git calls the scp-like syntax; a colon after a slash is a path's.
    let (login, path) = text.split_once(':')?;
    if login.contains('/') || login.len() < 2 || path.is_empty() {
        return None;
    }
    let host = login.rsplit_once('@').map_or(login, |(_, host)| host);
    Url::parse(&format!("https://{host}/{}", path.trim_start_matches('/'))).ok().filter(has_host)
}

fn has_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => !name.is_empty(),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The text without what may be a password: everything before the last `@` of
/// the part that names the host, and the query.
fn without_login(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(s, rest)| (s, rest));
    let host = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(host);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{authority}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        for (text, url) in [
            ("https://github.com/o/r", "https://github.com/o/r"),
            ("https://github.com/o/r.git/", "https://github.com/o/r.git"),
            ("https://x-access-token:hunter2@github.com/o/r", "https://github.com/o/r"),
            ("http://127.0.0.1:8080/o/r.git", "http://127.0.0.1:8080/o/r.git"),
            ("git@github.com:o/r.git", "https://github.com/o/r.git"),
            ("github.com:o/r", "https://github.com/o/r"),
            ("git@github.com:/o/r", "https://github.com/o/r"),
            ("ssh://git@github.com/o/r", "https://github.com/o/r"),
            ("ssh://git@ssh.github.com:443/o/r", "https://github.com/o/r"),
            (" https://github.com/o/r\n", "https://github.com/o/r"),
        ] {
            assert_eq!(RemoteUrl::parse(text).unwrap().to_string(), url, "{text}");
        }
        for text in
            ["", "o/r", "/srv/o/r.git", "./r", "file:///srv/r", "https://", "https://h", "C:\\r"]
        {
            assert!(RemoteUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refused_address_shows_no_password() {
        let error = RemoteUrl::parse("ftp://me:hunter2@host/o/r").unwrap_err();
        assert_eq!(error.to_string(), "`ftp://host/o/r` is no address that Git is served at");
        let error = RemoteUrl::parse("ftp://host/o/r?token=hunter2").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        let error = RemoteUrl::parse("hunter2@").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn names_the_repository() {
        for (text, host, owner, name) in [
            ("https://GitHub.com/o/r.git", "github.com", "o", "r"),
            ("git@github.com:o/r", "github.com", "o", "r"),
            ("ssh://git@host:2222/o/r.git", "host", "o", "r"),
            ("http://127.0.0.1:3000/o/r", "127.0.0.1:3000", "o", "r"),
            ("https://gitlab.com/group/sub/r", "gitlab.com", "group/sub", "r"),
        ] {
            let expected = Repository { host: host.into(), owner: owner.into(), name: name.into() };
            assert_eq!(repository_of(text), Some(expected), "{text}");
        }
        for text in ["", "https://github.com/r", "/srv/o/r", "nonsense"] {
            assert_eq!(repository_of(text), None, "{text}");
        }
    }
}
