//! A commit and its files, as the core sees them.
//!
//! Only values: reading them is `git`'s business.

use std::{fmt, sync::Arc};

/// The name of a commit: 40 (SHA-1) or 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

impl CommitId {
    /// Reads a name, `None` for anything that is none.
    pub fn new(text: &str) -> Option<Self> {
        let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (hex && matches!(text.len(), 40 | 64)).then(|| Self(text.to_owned()))
    }

    /// The name of no commit, all zeros: where there is a work tree and no
    /// commit yet.
    pub fn null() -> Self {
        Self("0".repeat(40))
    }

    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, as Git shows them.
    pub fn short(&self) -> &str {
        &self.0[..7]
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A branch and the commit that it named when the remote was looked at.
///
/// The commit is the lease: a push names it as the old value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch's short name, without `refs/heads/`.
    pub branch: String,
    /// Its commit.
    pub commit: CommitId,
}

/// Whether Git takes the text as a branch's short name: the rules of
/// `git check-ref-format --branch`, without the shorthands for other branches.
pub fn is_branch_name(text: &str) -> bool {
    let parts = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
    };
    let refused = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    !text.starts_with('-')
        && !text.ends_with('.')
        && !matches!(text, "HEAD" | "@")
        && !text.contains("..")
        && !text.contains("@{")
        && !text.contains(refused)
        && text.split('/').all(parts)
}

/// A path inside the repository, with `/` between its parts.
///
/// It cannot leave the repository: no `..`, no empty part, no leading `/`.
/// The empty path is the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RepoPath(String);

impl RepoPath {
    /// The repository's root.
    pub fn root() -> Self {
        Self::default()
    }

    /// Joins what a manifest says to the root as Flux's `securejoin` does:
    /// absolute paths are relative to the root, `..` stops at it.
    pub fn clamped(text: &str) -> Self {
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        Self(parts.join("/"))
    }

    /// The text, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part, empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The folder that holds it; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(self.0.rsplit_once('/').map_or_else(String::new, |(head, _)| head.to_owned())))
    }

    /// A path below this one; `..` stops at the root.
    #[must_use]
    pub fn join(&self, text: &str) -> Self {
        Self::clamped(&format!("{}/{text}", self.0))
    }

    /// Whether this is `folder` itself or lies below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.0.is_empty()
            || self.0 == folder.0
            || self.0.strip_prefix(&folder.0).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The path as seen from `folder`, which must hold it; its own name when
    /// it is `folder` itself (an `update.path` may be a file).
    pub fn relative_to(&self, folder: &Self) -> &str {
        if folder.0.is_empty() {
            return &self.0;
        }
        match self.0.strip_prefix(&folder.0).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => rest,
            None => self.file_name(),
        }
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

/// A file of a commit's tree.
///
/// Symbolic links are not among them: their target is a file of the tree by
/// its own name, or lies outside and is none of ours.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Where it lies.
    pub path: RepoPath,
    /// Its bytes, as the blob holds them.
    pub bytes: Arc<[u8]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_leave_the_repository() {
        for (text, path) in [
            ("", ""),
            (".", ""),
            ("./", ""),
            ("./kubernetes", "kubernetes"),
            ("/kubernetes/apps/", "kubernetes/apps"),
            ("../../etc/passwd", "etc/passwd"),
            ("a/../../b", "b"),
            ("a//b/./c", "a/b/c"),
        ] {
            assert_eq!(RepoPath::clamped(text).as_str(), path, "{text}");
        }
    }

    #[test]
    fn branch_names_are_those_of_git() {
        for (text, valid) in [
            ("main", true),
            ("flux/image-updates", true),
            ("a.b", true),
            ("a@b", true),
            ("{a}", true),
            ("é", true),
            ("refs/heads/main", true),
            ("", false),
            ("@", false),
            ("HEAD", false),
            ("-main", false),
            ("/main", false),
            ("main/", false),
            ("a//b", false),
            (".main", false),
            ("a/.b", false),
            ("main.", false),
            ("a..b", false),
            ("main.lock", false),
            ("a.lock/b", false),
            ("a b", false),
            ("a~1", false),
            ("a^", false),
            ("a:b", false),
            ("a?", false),
            ("a*", false),
            ("a[b", false),
            ("a\\b", false),
            ("a@{1}", false),
            ("a\u{7f}", false),
            ("a\nb", false),
        ] {
            assert_eq!(is_branch_name(text), valid, "{text:?}");
        }
    }

    #[test]
    fn within_is_by_whole_parts() {
        let folder = RepoPath::clamped("apps");
        for (path, within) in [("apps", true), ("apps/a.yaml", true), ("apps-2/a.yaml", false)] {
            assert_eq!(RepoPath::clamped(path).is_within(&folder), within, "{path}");
        }
    }
}
