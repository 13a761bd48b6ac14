//! The edits of the automations of one branch.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Aim, Found, Latest, Marked, PendingCommit, Target, Tree, Verdict,
    carried::{commit_of, kept_image, standing_values},
    claims::Claims,
    edit::{author, is_workflow},
    words,
};
use crate::{
    cli::Settings,
    diagnostic::Diagnostic,
    flux::{ImagePolicySpec, NamespacedName, Resource},
    oci::{Digest, ImageRef},
    proposal::{Commit, Hold, Holds, PolicyUpdate, held_value},
    setters::{self, Change, MarkerRef, Part, Reference},
    template,
    tree::{RepoPath, SourceFile},
};

/// What is known while a branch is put together.
pub(super) struct Work<'a> {
    claims: &'a Claims<'a>,
    found: &'a Found,
    latest: &'a Latest,
    settings: &'a Settings,
    holds: Holds,
    pending: Option<&'a Tree>,
    fork: Option<&'a Tree>,
    commits: &'a [PendingCommit],
    /// What the automations before this one have set on the same branch.
    overlay: Tree,
    /// Whether anything that the branch holds had to be kept as it is.
    pub(super) undecided: bool,
    /// What a reviewer has refused, with the image that it stands for.
    pub(super) left_out: BTreeMap<Hold, ImageRef>,
    /// The policies (by place) whose elections were laid beside the holds.
    asked: BTreeSet<usize>,
    /// What is told.
    pub(super) problems: Vec<Diagnostic>,
    /// The policies (by place) that a hold keeps out.
    pub(super) held: BTreeSet<usize>,
}

/// New files, and what changes in them.
#[derive(Default)]
struct Edits {
    files: Vec<SourceFile>,
    updates: BTreeMap<NamespacedName, PolicyUpdate>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        claims: &'a Claims<'a>,
        found: &'a Found,
        latest: &'a Latest,
        settings: &'a Settings,
        branch: &str,
        holds: Holds,
    ) -> Self {
        Self {
            claims,
            found,
            latest,
            settings,
            holds,
            pending: found.pending.get(branch),
            fork: found.forks.get(branch),
            commits: found.commits.get(branch).map(Vec::as_slice).unwrap_or_default(),
            overlay: BTreeMap::new(),
            undecided: false,
            left_out: BTreeMap::new(),
            asked: BTreeSet::new(),
            problems: Vec::new(),
            held: BTreeSet::new(),
        }
    }

    /// The commit of one automation; `None` when it changes nothing.
    pub(super) fn automation(
        &mut self,
        index: usize,
        target: &Target,
        aim: &Aim,
    ) -> Result<Option<Commit>, Diagnostic> {
        let Some(edits) = self.elected(index, aim) else { return Ok(None) };
        let updates: Vec<PolicyUpdate> = edits.updates.into_values().collect();
        let (message, told) = words::message(self.found, target, aim, &updates)?;
        self.problems.extend(told);
        let files = self.lay_over(edits.files);
        Ok(Some(Commit {
            automation: Some(target.id.clone()),
            author: author(self.found, target),
            message,
            files,
            updates,
        }))
    }

    /// What the branch holds of an automation that failed, as it stands there;
    /// of nobody, when it is not known whose the markers are.
    pub(super) fn carried(
        &mut self,
        owner: Option<usize>,
        target: &Target,
        aim: &Aim,
    ) -> Option<Commit> {
        self.undecided = true;
        let found = self.found;
        let tree = found.trees.get(&aim.base.commit)?;
        let mut edits = Edits::default();
        for (path, marked) in editable(tree, &self.overlay, aim) {
            let kept = self.kept(path, marked);
            let change = setters::set(&marked.file, &marked.markers, |place, marker| {
                let own = self.claims.owner(&aim.base.branch, path, &marker.policy) == owner;
                kept.get(&place).filter(|_| own).cloned()
            });
            let Some(change) = change else { continue };
            for each in change.changes {
                edits.add(each, |policy, part, value| {
                    let place = owner.and_then(|owner| self.claims.policies(owner).get(policy));
                    let policy = (policy, place.copied());
                    Some((kept_image(&found.resources, policy, part, value)?, false))
                });
            }
            edits.files.push(SourceFile { path: path.clone(), bytes: change.bytes });
        }
        if edits.files.is_empty() {
            return None;
        }
        let updates: Vec<PolicyUpdate> = edits.updates.into_values().collect();
        let sets = updates
            .iter()
            .flat_map(|update| {
                update.changes.iter().map(|c| (c.file.clone(), update.policy.clone()))
            })
            .collect();
        let own = author(found, target);
        let pending = commit_of(self.commits, &sets, owner.map(|_| &own));
        let (author, message) = match pending {
            Some(commit) => (commit.author.clone(), commit.message.clone()),
            None => (own, template::DEFAULT_MESSAGE.to_owned()),
        };
        let files = self.lay_over(edits.files);
        Some(Commit {
            automation: owner.map(|_| target.id.clone()),
            author,
            message,
            files,
            updates,
        })
    }

    /// What the pending branch has set in a file and nobody has refused.
    fn kept(&self, path: &RepoPath, on_base: &Marked) -> BTreeMap<usize, String> {
        let [pending, fork] = [self.pending, self.fork].map(|tree| tree.and_then(|t| t.get(path)));
        standing_values(on_base, pending, fork, &self.holds)
    }

    /// The edits that the verdicts ask for.
    fn elected(&mut self, index: usize, aim: &Aim) -> Option<Edits> {
        let (claims, latest) = (self.claims, self.latest);
        let policies = claims.policies(index);
        let tree = self.found.trees.get(&aim.base.commit)?;
        let mut edits = Edits::default();
        for (path, marked) in editable(tree, &self.overlay, aim) {
            let kept = self.kept(path, marked);
            let mut undecided = false;
            let mut held = BTreeMap::new();
            let mut asked = BTreeSet::new();
            let change = setters::set(&marked.file, &marked.markers, |turn, marker| {
                let owner = claims.owner(&aim.base.branch, path, &marker.policy);
                let Some(place) = policies.get(&marker.policy).copied() else {
                    let is_own = owner.is_none() && claims.may_see(index, &marker.policy);
                    let is_unreadable = is_own && self.found.is_unreadable(&marker.policy);
                    undecided |= is_unreadable;
                    return kept.get(&turn).filter(|_| is_unreadable).cloned();
                };
                if owner != Some(index) {
                    return None;
                }
                let verdict = &latest.policies[place].verdict;
                undecided |= verdict.is_undecided();
                if verdict.is_undecided() {
                    return kept.get(&turn).cloned();
                }
                let Verdict::Elected { image, downgrade_from, .. } = verdict else { return None };
                if downgrade_from.is_some() && !self.settings.allow_downgrade {
                    undecided = true;
                    return kept.get(&turn).cloned();
                }
                let written = written(tree, &marker.policy, image);
                asked.insert(place);
                let (policy, value) = (marker.policy.to_string(), held_value(&written));
                let digest = written.digest.as_ref().map(Digest::as_str);
                let reference = Reference { name: None, tag: Some(written.tag.as_str()), digest };
                if self.holds.refuses_reference(&policy, &reference) {
                    self.held.insert(place);
                    held.insert(Hold { policy, value }, written);
                    return None;
                }
                Some(marker.part.of(image))
            });
            self.undecided |= undecided;
            self.left_out.extend(held);
            self.asked.extend(asked);
            let Some(change) = change else { continue };
            self.problems.extend(change.problems);
            for each in change.changes {
                edits.add(each, |policy, part, value| {
                    let place = policies.get(policy).copied();
                    let verdict = place.map(|place| &latest.policies[place].verdict);
                    // A value that was kept is not what is elected.
                    if let Some(Verdict::Elected { image, downgrade_from, .. }) = verdict
                        && *value == *part.of(image)
                    {
                        return Some((written(tree, policy, image), downgrade_from.is_some()));
                    }
                    let resources = &self.found.resources;
                    Some((kept_image(resources, (policy, place), part, value)?, false))
                });
            }
            edits.files.push(SourceFile { path: path.clone(), bytes: change.bytes });
        }
        (!edits.files.is_empty()).then_some(edits)
    }

    /// A hold ends when its policy elects another value and is asked for it, or
    /// is gone. Suspended, failed, or left out of this run, it stands, and is
    /// written again.
    pub(super) fn keep_holds(&mut self) {
        let Found { resources, .. } = self.found;
        for hold in self.holds.iter() {
            let named = |(_, policy): &(usize, &Resource<ImagePolicySpec>)| {
                policy.id.to_string() == hold.policy
            };
            let places = || resources.policies.iter().enumerate().filter(named);
            let asked = places().any(|(place, _)| self.asked.contains(&place))
                && !places().any(|(place, _)| self.latest.policies[place].verdict.is_undecided());
            let Some((namespace, name)) = hold.policy.split_once('/') else { continue };
            let id = NamespacedName::new(namespace, name);
            let is_gone = places().next().is_none()
                && !self.settings.rules.narrowed
                && !self.found.is_unreadable(&id);
            if asked || is_gone || self.left_out.contains_key(hold) {
                continue;
            }
            let place = places().next().map(|(place, _)| place);
            // Without its repository the image has no other name.
            let known =
                place.and_then(|place| resources.repository_of(&resources.policies[place]).ok());
            let name = known.map_or(name, |repository| &repository.spec.image);
            let reference = format!("{name}:{}", hold.value);
            if let Some(image) = kept_image(resources, (&id, place), Part::Full, &reference) {
                self.left_out.insert(hold.clone(), image);
            }
        }
    }

    /// Lets the automations that follow work on these files.
    fn lay_over(&mut self, files: Vec<SourceFile>) -> BTreeMap<RepoPath, std::sync::Arc<[u8]>> {
        let bytes = files.iter().map(|file| (file.path.clone(), file.bytes.clone())).collect();
        for file in files {
            let markers = setters::find(&file).markers;
            let marked = Marked { file, markers, problems: Vec::new() };
            self.overlay.insert(marked.file.path.clone(), marked);
        }
        bytes
    }
}

impl Edits {
    /// Enters a change under its policy. A value that says no image cannot be
    /// shown in a row; the edit stays.
    fn add(
        &mut self,
        change: Change,
        image: impl FnOnce(&NamespacedName, Part, &str) -> Option<(ImageRef, bool)>,
    ) {
        let Some(MarkerRef { policy, part, .. }) = MarkerRef::parse(&change.setter) else { return };
        let Some((latest, downgrade)) = image(&policy, part, &change.new_value) else { return };
        self.updates
            .entry(policy.clone())
            .or_insert(PolicyUpdate { policy, latest, downgrade, changes: Vec::new() })
            .changes
            .push(change);
    }
}

/// The files that an automation may edit, as those before it have left them.
fn editable<'t>(
    tree: &'t Tree,
    overlay: &'t Tree,
    aim: &Aim,
) -> impl Iterator<Item = (&'t RepoPath, &'t Marked)> {
    let within = tree.iter().filter(|(path, _)| path.is_within(&aim.path) && !is_workflow(path));
    within.map(|(path, on_base)| (path, overlay.get(path).unwrap_or(on_base)))
}

/// What of an elected image reaches the manifests: a digest that no marker of
/// the policy asks for is neither shown nor held.
fn written(tree: &Tree, policy: &NamespacedName, image: &ImageRef) -> ImageRef {
    let mut markers = tree.values().flat_map(|marked| &marked.markers);
    let pins = markers
        .any(|marker| marker.policy == *policy && matches!(marker.part, Part::Full | Part::Digest));
    ImageRef { digest: image.digest.clone().filter(|_| pins), ..image.clone() }
}
