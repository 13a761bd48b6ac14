//! The keys of logins: which images an entry is for.
//!
//! Flux, docker and podman read them in three ways. Here a path counts by
//! whole segments (Flux matches `host/a` against `host/ab`; docker takes it
//! for the whole host), and every spelling of Docker Hub is one.

/// What Docker Hub is called here.
const DOCKER_HUB: &str = "index.docker.io";

/// A key, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    text: String,
    host: String,
    path: String,
    /// Whether `*`, `?` and `[…]` in the host are patterns: in Secrets only.
    globs: bool,
}

/// How well a key fits an image: more path first, then no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    path: usize,
    exact: bool,
}

impl Key {
    pub(super) fn parse(text: &str, globs: bool) -> Self {
        let bare = text.trim();
        let bare = bare
            .strip_prefix("https://")
            .or_else(|| bare.strip_prefix("http://"))
            .unwrap_or(bare)
            .trim_end_matches('/');
        let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
        let path = match path.split_once('/').unwrap_or((path, "")) {
            ("v1" | "v2", rest) => rest,
            _ => path,
        };
        Self {
            text: text.to_owned(),
            host: canonical(host),
            path: path.to_owned(),
            globs: globs && host.contains(['*', '?', '[']),
        }
    }

    /// The key as it was written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether this is the spelling of Docker Hub that Flux does not know.
    pub(super) fn is_docker_io(&self) -> bool {
        let bare = self.text.split_once("://").map_or(self.text.as_str(), |(_, rest)| rest);
        self.host == DOCKER_HUB && bare.starts_with("docker.io")
    }

    /// How the key fits an image, `None` when it does not.
    pub(super) fn fit(&self, host: &str, repository: &str) -> Option<Fit> {
        let host = canonical(host);
        let host_fits = if self.globs { glob_host(&self.host, &host) } else { self.host == host };
        let path_fits = self.path.is_empty()
            || repository
                .strip_prefix(&self.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        (host_fits && path_fits).then(|| Fit { path: self.path.len(), exact: !self.globs })
    }
}

fn canonical(host: &str) -> String {
    match host.to_lowercase().as_str() {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB.to_owned(),
        host => host.to_owned(),
    }
}

/// Kubernetes' rule: as many labels, the same port, each label by its pattern.
fn glob_host(pattern: &str, host: &str) -> bool {
    let port = |text: &str| text.split_once(':').map(|(_, port)| port.to_owned());
    let labels = |text: &str| {
        let name = text.split_once(':').map_or(text, |(name, _)| name);
        name.split('.').map(str::to_owned).collect::<Vec<_>>()
    };
    let (patterns, names) = (labels(pattern), labels(host));
    port(pattern) == port(host)
        && patterns.len() == names.len()
        && patterns
            .iter()
            .zip(&names)
            .all(|(pattern, name)| glob(pattern.as_bytes(), name.as_bytes()))
}

/// Go's `path.Match` on one label.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        ([b'?', rest @ ..], [_, tail @ ..]) => glob(rest, tail),
        ([b'[', rest @ ..], [byte, tail @ ..]) => {
            class(rest, *byte).is_some_and(|(matches, rest)| matches && glob(rest, tail))
        }
        ([own, rest @ ..], [byte, tail @ ..]) => own == byte && glob(rest, tail),
        _ => false,
    }
}

/// Reads a class after its `[`: whether it holds the byte, and what follows it.
fn class(pattern: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut holds = false;
    let mut first = true;
    loop {
        match rest {
            [b']', after @ ..] if !first => return Some((holds != negated, after)),
            [low, b'-', high, after @ ..] if *high != b']' => {
                holds |= (*low..=*high).contains(&byte);
                rest = after;
            }
            [one, after @ ..] => {
                holds |= *one == byte;
                rest = after;
            }
            [] => return None,
        }
        first = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_keys_as_the_table_says() {
        #[rustfmt::skip]
        let rows: &[(&str, &str, &str, bool)] = &[
            // key                        image host          repository       fits
            ("h.io",                      "h.io",             "a/b",           true),
            ("http://h.io",               "h.io",             "a/b",           true),
            ("https://h.io/v2/",          "h.io",             "a/b",           true),
            ("https://h.io/v1/",          "h.io",             "a/b",           true),
            ("https://h.io/v2",           "h.io",             "a",             true),
            ("H.IO",                      "h.io",             "a",             true),
            ("h.io/a",                    "h.io",             "a/b",           true),
            ("h.io/a/b",                  "h.io",             "a/b",           true),
            ("h.io/a/b/c",                "h.io",             "a/b",           false),
            ("h.io/a",                    "h.io",             "ab/c",          false),
            ("https://index.docker.io/v1/", "index.docker.io", "library/nginx", true),
            ("index.docker.io",           "index.docker.io",  "library/nginx", true),
            ("docker.io",                 "index.docker.io",  "library/nginx", true),
            ("registry-1.docker.io",      "docker.io",        "library/nginx", true),
            ("*.azurecr.io",              "x.azurecr.io",     "a",             true),
            ("[xy]?.azurecr.io",          "xa.azurecr.io",    "a",             true),
            ("[^x].azurecr.io",           "x.azurecr.io",     "a",             false),
            ("[a-c].azurecr.io",          "b.azurecr.io",     "a",             true),
            ("[a.azurecr.io",             "a.azurecr.io",     "a",             false),
            ("*.io",                      "a.b.io",           "c",             false),
            ("*",                         "a.b.io",           "c",             false),
            ("h.io",                      "h.io:5000",        "a",             false),
            ("h.io:443",                  "h.io",             "a",             false),
            ("*.io:5000",                 "h.io:5000",        "a",             true),
        ];
        for (key, host, repository, fits) in rows {
            let fit = Key::parse(key, true).fit(host, repository);
            assert_eq!(fit.is_some(), *fits, "{key} {host}/{repository}");
        }
        assert!(Key::parse("*.azurecr.io", false).fit("x.azurecr.io", "a").is_none());
    }

    #[test]
    fn the_most_specific_key_ranks_highest() {
        let fit = |key| Key::parse(key, true).fit("x.io", "a/b").unwrap();
        assert!(fit("*.io/a/b") > fit("x.io/a"));
        assert!(fit("x.io/a") > fit("*.io/a"));
        assert!(fit("*.io/a") > fit("x.io"));
    }

    #[test]
    fn only_the_bare_docker_io_is_noted() {
        assert!(Key::parse("docker.io", false).is_docker_io());
        assert!(Key::parse("https://docker.io/v2/", false).is_docker_io());
        assert!(!Key::parse("https://index.docker.io/v1/", false).is_docker_io());
    }
}
