//! What a pending branch holds, found again at the markers of its base.

use std::collections::{BTreeMap, BTreeSet};

use super::{Aim, Found, Marked, PendingCommit};
use crate::{
    flux::{NamespacedName, Resources},
    oci::{Digest, ImageRef, Tag},
    proposal::{self, Author, Hold, Holds},
    setters::{Marker, Part, Reference},
    tree::RepoPath,
};

/// The values that a pending branch has set itself: those at a file's markers
/// on base that differ there, and differed from the fork already. What base
/// has changed since is base's.
pub(super) fn kept_values(
    base: &Marked,
    pending: Option<&Marked>,
    fork: Option<&Marked>,
) -> BTreeMap<usize, String> {
    let (Some(pending), Some(fork)) = (pending, fork) else { return BTreeMap::new() };
    let since_fork = other_values(base, Some(fork));
    let mut kept = other_values(base, Some(pending));
    kept.retain(|index, value| {
        let at_fork = since_fork.get(index).unwrap_or(&base.markers[*index].value);
        value != at_fork
    });
    kept
}

/// What people have refused on a push branch.
///
/// A pull request that a person opened has no boxes; where a person closed it,
/// everything that the branch still holds of it is refused.
pub(super) fn holds(found: &Found, aim: &Aim) -> Holds {
    let branch = aim.push.branch();
    let standing = found.standings.get(branch).and_then(|standing| standing.as_ref().ok());
    let newest = standing.and_then(|standing| standing.remembers(&aim.base.branch));
    let mut holds = Holds::read(newest);
    let head = standing.and_then(|standing| Some(&standing.branch.as_ref()?.head));
    let is_all_refused = newest.is_some_and(|newest| {
        Holds::is_closed_by_person(newest)
            && proposal::Marker::read(&newest.body).is_none()
            && Some(&newest.head_commit) == head
    });
    let on_base = found.trees.get(&aim.base.commit).filter(|_| is_all_refused);
    for (path, file) in on_base.into_iter().flatten() {
        let [tip, fork] = [&found.pending, &found.forks].map(|trees| trees.get(branch)?.get(path));
        let kept = kept_values(file, tip, fork);
        for index in kept.keys() {
            let policy = file.markers[*index].policy.to_string();
            let value = match said(file, &kept, *index) {
                Reference { tag: Some(tag), digest: Some(digest), .. } => format!("{tag}@{digest}"),
                Reference { tag: Some(tag), .. } => tag.to_owned(),
                _ => continue,
            };
            holds.add(Hold { policy, value });
        }
    }
    holds
}

/// What a pending branch has set itself in a file and nobody has refused.
pub(super) fn standing_values(
    base: &Marked,
    pending: Option<&Marked>,
    fork: Option<&Marked>,
    holds: &Holds,
) -> BTreeMap<usize, String> {
    let kept = kept_values(base, pending, fork);
    let is_refused = |index: &usize| {
        let policy = base.markers[*index].policy.to_string();
        holds.refuses_reference(&policy, &said(base, &kept, *index))
    };
    let standing = kept.iter().filter(|(index, _)| !is_refused(index));
    standing.map(|(index, value)| (*index, value.clone())).collect()
}

/// What a marker says under these values, together with its policy's others in
/// the same mapping: a tag and its digest are refused together, or not at all.
fn said<'a>(file: &'a Marked, values: &'a BTreeMap<usize, String>, index: usize) -> Reference<'a> {
    let marker = &file.markers[index];
    let value = |index: usize| values.get(&index).unwrap_or(&file.markers[index].value).as_str();
    let own = Reference::read(marker.part, value(index));
    if marker.part == Part::Full {
        return own;
    }
    let beside = |part: Part| {
        let mut others = file.markers.iter().enumerate().filter(move |(_, other)| {
            other.part == part && other.policy == marker.policy && other.is_beside(marker)
        });
        others.next().map(|(at, _)| Reference::read(part, value(at)))
    };
    Reference {
        name: own.name,
        tag: own.tag.or_else(|| beside(Part::Tag)?.tag),
        digest: own.digest.or_else(|| beside(Part::Digest)?.digest),
    }
}

/// The values that another version of a file holds at its markers, where they
/// differ: by the marker's place in this one.
///
/// A marker is found again by its text and its turn among those of one text.
pub(super) fn other_values(base: &Marked, other: Option<&Marked>) -> BTreeMap<usize, String> {
    let Some(pending) = other else { return BTreeMap::new() };
    let nth = |markers: &[Marker], index: usize| {
        markers[..index].iter().filter(|marker| marker.text == markers[index].text).count()
    };
    let mut kept = BTreeMap::new();
    for (index, marker) in base.markers.iter().enumerate() {
        let turn = nth(&base.markers, index);
        let twin = pending.markers.iter().filter(|other| other.text == marker.text).nth(turn);
        if let Some(twin) = twin.filter(|twin| twin.value != marker.value) {
            kept.insert(index, twin.value.clone());
        }
    }
    kept
}

/// The image that a kept value stands for, as far as it says. Where nobody
/// knows the image's name, the policy's stands for it.
pub(super) fn kept_image(
    resources: &Resources,
    (policy, place): (&NamespacedName, Option<usize>),
    part: Part,
    value: &str,
) -> Option<ImageRef> {
    let declared = || {
        let repository = resources.repository_of(&resources.policies[place?]).ok()?;
        Some(repository.spec.image.clone())
    };
    let reference = Reference::read(part, value);
    let name = reference.name.map(str::to_owned).or_else(declared);
    Some(ImageRef {
        name: name.unwrap_or_else(|| policy.name.clone()),
        tag: Tag::new(reference.tag?)?,
        digest: reference.digest.and_then(Digest::new),
    })
}

/// The pending commit that made these edits: one that sets any of them, its
/// author's own before others.
pub(super) fn commit_of<'a>(
    commits: &'a [PendingCommit],
    edits: &BTreeSet<(RepoPath, NamespacedName)>,
    author: Option<&Author>,
) -> Option<&'a PendingCommit> {
    let sets = || commits.iter().filter(|commit| !commit.sets.is_disjoint(edits));
    sets().find(|commit| Some(&commit.author) == author).or_else(|| sets().next())
}

/// The newest of a branch's commits that made any of these edits, its author's
/// own before others; where nothing is known of the edits, the author's newest.
pub(super) fn newest_commit_of<'a>(
    commits: &'a [PendingCommit],
    edits: &BTreeSet<(RepoPath, NamespacedName)>,
    author: &Author,
) -> Option<&'a PendingCommit> {
    let newest = || commits.iter().rev();
    let sets = |commit: &&PendingCommit| !commit.sets.is_disjoint(edits);
    let own = |commit: &&PendingCommit| commit.author == *author;
    newest()
        .find(|commit| own(commit) && sets(commit))
        .or_else(|| newest().find(sets))
        .or_else(|| newest().find(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the row shows, who made which edit (oldest first), the edits that
    /// are looked for, the commit that is found.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, Option<&'a str>);

    #[test]
    fn the_newest_commit_of_an_edit_is_its_authors_own() {
        let author = |name: &str| Author { name: name.to_owned(), email: format!("{name}@x") };
        let edit = |policy: &str| (RepoPath::clamped("a.yaml"), NamespacedName::new("ns", policy));
        let commits = |made: &[(&str, &str)]| -> Vec<PendingCommit> {
            let commit = |(at, (by, policy)): (usize, &(&str, &str))| PendingCommit {
                author: author(by),
                message: at.to_string(),
                sets: policy.split_whitespace().map(edit).collect(),
            };
            made.iter().enumerate().map(commit).collect()
        };
        #[rustfmt::skip]
        let rows: &[Case<'_>] = &[
            ("the newest of its own",          &[("bot", "a"), ("bot", "a")],        "a",       Some("1")),
            ("one that made another edit",     &[("bot", "a"), ("bot", "b")],        "a",       Some("0")),
            ("its own before a person's",      &[("bot", "a"), ("ann", "a")],        "a",       Some("0")),
            ("a person's where there is none", &[("ann", "a"), ("bot", "b")],        "a",       Some("0")),
            ("no edit is known",               &[("bot", ""), ("ann", "")],          "",        Some("0")),
            ("nobody's",                       &[("ann", "b")],                      "a",       None),
            ("no commits",                     &[],                                  "a",       None),
        ];
        for (shows, made, edits, expected) in rows {
            let commits = commits(made);
            let edits = edits.split_whitespace().map(edit).collect();
            let found = newest_commit_of(&commits, &edits, &author("bot"));
            assert_eq!(found.map(|commit| commit.message.as_str()), *expected, "{shows}");
        }
    }
}
