//! `spec.git.push.refspec` and `options`: what is pushed beside the branch.

use std::collections::BTreeMap;

use super::World;
use crate::{
    diagnostic::{Code, Diagnostic},
    git::RefUpdate,
    tree::{CommitId, is_branch_name},
};

const HEADS: &str = "refs/heads/";

/// A second branch that gets the commits too.
///
/// Flux pushes any refspec with its Git library; here the source has to be
/// what is pushed anyway, and the destination a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refspec {
    /// The branch.
    pub branch: String,
    /// Whether it is moved whatever stands there: `+` in front.
    pub force: bool,
}

impl Refspec {
    /// Reads a refspec beside a push branch; what is wrong with it, as a
    /// sentence's end.
    pub(super) fn read(text: &str, push_branch: &str) -> Result<Self, &'static str> {
        let (force, text) = match text.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (from, to) = text.split_once(':').ok_or("has no `:`")?;
        let is_pushed = from == "HEAD" || from.strip_prefix(HEADS).unwrap_or(from) == push_branch;
        if !is_pushed {
            return Err("pushes something else than the push branch");
        }
        match to.strip_prefix(HEADS) {
            Some(branch) if is_branch_name(branch) => Ok(Self { branch: branch.to_owned(), force }),
            _ => Err("does not push to a branch, `refs/heads/…`"),
        }
    }

    /// The update of the second branch. Without force it must not lose a
    /// commit: what stands there has to be part of `base`, or be `replaced`.
    pub(super) async fn update(
        &self,
        world: &World,
        old: Option<&CommitId>,
        (base, replaced): (&CommitId, Option<&CommitId>),
        new: &CommitId,
    ) -> Result<RefUpdate, Diagnostic> {
        if let Some(old) = old.filter(|old| !self.force && Some(*old) != replaced) {
            let told = |error: crate::git::GitError| Diagnostic::of(&error);
            world.git.fetch([old, base]).await.map_err(told)?;
            let history = world.git.history(base, old).await.map_err(told)?;
            if !history.complete || !history.commits.is_empty() {
                return Err(Diagnostic::new(
                    Code::AutomationPushFailed,
                    format!("`{}` has commits that a push by refspec would lose", self.branch),
                )
                .hint("force it with `+` in front of the refspec, or merge them"));
            }
        }
        Ok(RefUpdate { branch: self.branch.clone(), old: old.cloned(), new: Some(new.clone()) })
    }
}

/// The push options of several automations, as Git sends them; of one key the
/// first one's.
pub(super) fn options<'a>(
    each: impl IntoIterator<Item = &'a BTreeMap<String, String>>,
) -> Vec<String> {
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    for options in each {
        for (key, value) in options {
            all.entry(key).or_insert(value);
        }
    }
    all.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refspec_pushes_the_push_branch_to_a_branch() {
        for (text, expected) in [
            ("HEAD:refs/heads/smoke", Ok(("smoke", false))),
            ("refs/heads/main:refs/heads/smoke", Ok(("smoke", false))),
            ("+main:refs/heads/a/b", Ok(("a/b", true))),
            ("refs/heads/main", Err("has no `:`")),
            ("other:refs/heads/x", Err("pushes something else than the push branch")),
            ("HEAD:refs/for/main", Err("does not push to a branch, `refs/heads/…`")),
            ("HEAD:refs/heads/..", Err("does not push to a branch, `refs/heads/…`")),
        ] {
            let read = Refspec::read(text, "main");
            let read = read.as_ref().map(|spec| (spec.branch.as_str(), spec.force));
            assert_eq!(read, expected.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn of_one_push_option_the_first_counts() {
        let options_of = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let (a, b) = (options_of(&[("ci.skip", "")]), options_of(&[("ci.skip", "x"), ("b", "1")]));
        assert_eq!(options([&a, &b]), ["b=1", "ci.skip="]);
    }
}
