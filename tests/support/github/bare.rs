//! Git's objects in a bare repository of the Git server: what the Git Data API
//! makes lands there, made by the real Git.

use super::{
    objects::Commit,
    repository::{Heads, Repository},
};
use crate::support::git;

/// Whom GitHub names as the committer of what it commits itself.
const COMMITTER: (&str, &str) = ("GitHub", "noreply@github.com");

impl Repository {
    /// The bare repository, where there is one.
    fn bare(&self) -> Option<git::Repository> {
        match &self.heads {
            Heads::Bare(bare) => Some(bare.clone()),
            Heads::Here(_) | Heads::Asked(_) => None,
        }
    }

    pub fn put_blob(&mut self, bytes: Vec<u8>) -> String {
        match self.bare() {
            Some(bare) => bare.git_with(&["hash-object", "-w", "--stdin"], &[], &bytes),
            None => self.objects.store_blob(bytes),
        }
    }

    /// A tree that is `base` with these entries (mode, blob, path) in it.
    pub fn put_tree(
        &mut self,
        base: Option<&str>,
        entries: &[(String, String, String)],
    ) -> Result<String, String> {
        if let Some(bare) = self.bare() {
            let index = bare.directory().join("index-of-the-api").display().to_string();
            let git =
                |arguments: &[&str]| bare.git_with(arguments, &[("GIT_INDEX_FILE", &index)], &[]);
            git(&["read-tree", base.unwrap_or("--empty")]);
            for (mode, blob, path) in entries {
                git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{blob},{path}")]);
            }
            return Ok(git(&["write-tree"]));
        }
        let mut tree = match base {
            Some(base) => {
                self.objects.trees.get(base).ok_or("base_tree is not a valid tree oid")?.clone()
            }
            None => super::objects::Tree::new(),
        };
        for (mode, blob, path) in entries {
            if !self.objects.blobs.contains_key(blob) {
                return Err(format!("tree.sha {blob} is not a valid blob"));
            }
            tree.insert(path.clone(), (mode.clone(), blob.clone()));
        }
        Ok(self.objects.store_tree(tree))
    }

    pub fn put_commit(&mut self, commit: Commit, login: &str, signed: bool) -> String {
        let name = match self.bare() {
            Some(bare) => {
                let mut arguments = vec!["commit-tree", &commit.tree, "-F", "-"];
                for parent in &commit.parents {
                    arguments.extend(["-p", parent]);
                }
                let email = format!("41898282+{login}@users.noreply.github.com");
                let people = [
                    ("GIT_AUTHOR_NAME", login),
                    ("GIT_AUTHOR_EMAIL", &email),
                    ("GIT_COMMITTER_NAME", COMMITTER.0),
                    ("GIT_COMMITTER_EMAIL", COMMITTER.1),
                ];
                bare.git_with(&arguments, &people, commit.message.as_bytes())
            }
            None => self.objects.store_commit(commit),
        };
        if signed {
            self.objects.signed.insert(name.clone());
        }
        name
    }

    pub fn commit_of(&self, sha: &str) -> Option<Commit> {
        let Some(bare) = self.bare() else { return self.objects.commits.get(sha).cloned() };
        if !git::succeeds(bare.directory(), &["cat-file", "-e", &format!("{sha}^{{commit}}")]) {
            return None;
        }
        let text = bare.git(&["log", "-1", "--format=%T%n%P%n%B", sha]);
        let mut lines = text.splitn(3, '\n');
        let mut line = || lines.next().unwrap_or_default().to_owned();
        let (tree, parents) = (line(), line());
        let parents = parents.split_whitespace().map(str::to_owned).collect();
        Some(Commit { tree, parents, message: line() })
    }

    /// The signature in a pushed commit, as Git keeps it.
    pub fn signature_of(&self, sha: &str) -> Option<String> {
        let text = self.bare()?.git(&["cat-file", "commit", sha]);
        let (head, _) = text.split_once("\n\n")?;
        let (_, signature) = head.split_once("\ngpgsig ")?;
        let mut lines = signature.lines();
        let first = lines.next()?.to_owned();
        let more = lines.map_while(|line| line.strip_prefix(' '));
        Some(more.fold(first, |text, line| format!("{text}\n{line}")))
    }

    /// Whether `commit` is `of` or one of its ancestors.
    pub fn is_ancestor(&self, commit: &str, of: &str) -> bool {
        match self.bare() {
            Some(_) if commit == of => true,
            Some(bare) => {
                // Asked with each request, and the answer never changes.
                let pair = (commit.to_owned(), of.to_owned());
                *self.ancestry.borrow_mut().entry(pair).or_insert_with(|| {
                    git::succeeds(bare.directory(), &["merge-base", "--is-ancestor", commit, of])
                })
            }
            None => self.objects.is_ancestor(commit, of),
        }
    }

    /// Moves, makes or deletes a branch, wherever it is.
    pub fn move_branch(&mut self, branch: &str, to: Option<&str>) {
        match (self.bare(), to) {
            (Some(bare), Some(to)) => bare.branch(branch, to),
            (Some(bare), None) => bare.delete(branch),
            (None, to) => self.point(branch, to),
        }
        self.settle();
    }
}
