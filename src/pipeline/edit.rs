//! *edit*: the verdicts become values at the markers, and the values commits.
//!
//! Pure: trees and verdicts in, proposals out.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Aim, Found, Latest, Marked, Push, Target, Tree, Verdict,
    wanted::{Branch, Edited, Wanted},
};
use crate::{
    cli::Settings,
    diagnostic::{Code, Diagnostic},
    flux::NamespacedName,
    oci::{Digest, ImageRef, Tag},
    proposal::{
        Author, Commit, Holds, Note, PolicyUpdate, Proposal, body, default_title, held_value,
        short_title,
    },
    setters::{self, Marker, MarkerRef, Part, Reference},
    template::{self, Changed, CommitText, Data},
    tree::{RepoPath, SourceFile},
    yaml::Style,
};

/// The name and mail address of the assumed automation's commits.
const ASSUMED_AUTHOR: (&str, &str) =
    ("flux-image-updates", "flux-image-updates@users.noreply.github.com");

/// Makes the edits of every automation and the proposal of every branch.
pub(super) fn edit(found: &Found, latest: &Latest, settings: &Settings) -> Wanted {
    let mut wanted = Wanted {
        edited: found.targets.iter().map(|_| Edited::default()).collect(),
        ..Wanted::default()
    };
    let mut branches: Vec<&str> = found.aims().map(|(_, aim)| aim.push.branch()).collect();
    branches.sort_unstable();
    branches.dedup();
    for name in branches {
        branch(name, found, latest, settings, &mut wanted);
    }
    wanted
}

/// One branch: the commits of its automations, each on the result of the one
/// before.
fn branch(name: &str, found: &Found, latest: &Latest, settings: &Settings, wanted: &mut Wanted) {
    let targets = || {
        found.targets.iter().enumerate().filter_map(move |(index, target)| {
            let aim = target.aim.as_ref().ok()?;
            (aim.push.branch() == name).then_some((index, target, aim))
        })
    };
    let Some((_, _, first)) = targets().next() else { return };
    let standing = found.standings.get(name).and_then(|standing| standing.as_ref().ok());
    let holds = Holds::read(standing.and_then(|standing| standing.remembers(&first.base.branch)));
    let mut work = Work {
        found,
        latest,
        settings,
        holds,
        pending: found.pending.get(name),
        overlay: BTreeMap::new(),
        undecided: false,
        left_out: BTreeMap::new(),
        problems: Vec::new(),
        held: BTreeSet::new(),
    };
    let mut commits = Vec::new();
    let mut blocked = None;
    for (index, target, aim) in targets() {
        match work.automation(target, aim) {
            Ok(None) => {}
            Ok(Some(commit)) => {
                wanted.edited[index].updates.clone_from(&commit.updates);
                wanted.edited[index].message = Some(commit.message.clone());
                commits.push(commit);
            }
            Err(problem) => {
                wanted.edited[index].error = Some(problem.clone());
                blocked.get_or_insert(problem);
            }
        }
    }
    work.keep_holds();
    let notes = work.notes();
    let updates: Vec<PolicyUpdate> =
        commits.iter().flat_map(|commit| commit.updates.iter().cloned()).collect();
    let automations: Vec<String> = targets().map(|(_, target, _)| target.id.to_string()).collect();
    let mut body = body(automations.clone(), &updates, &notes);
    let mut title = default_title(&updates);
    if let (Some(commit), None) = (commits.first(), &blocked) {
        let target =
            targets().find(|(_, target, _)| Some(&target.id) == commit.automation.as_ref());
        let (_, target, aim) = target.unwrap_or((0, &found.targets[0], first));
        match work.words(target, aim, commit) {
            Ok((own_title, own_body)) => {
                title = own_title.unwrap_or(title);
                if let Some(text) = own_body {
                    body = body.replaced(&text, &updates, &notes);
                }
            }
            Err(problem) => blocked = Some(problem),
        }
    }
    let proposal = Proposal {
        branch: name.to_owned(),
        base: first.base.clone(),
        commits,
        undecided: work.undecided,
        automations,
        title,
        body,
    };
    wanted.held.extend(work.held);
    wanted.problems.extend(work.problems);
    let pull_request = matches!(first.push, Push::Branch(_));
    wanted.branches.push(Branch { proposal, pull_request, blocked });
}

struct Work<'a> {
    found: &'a Found,
    latest: &'a Latest,
    settings: &'a Settings,
    holds: Holds,
    pending: Option<&'a Tree>,
    /// What the automations before this one have set on the same branch.
    overlay: BTreeMap<RepoPath, Marked>,
    undecided: bool,
    left_out: BTreeMap<String, ImageRef>,
    problems: Vec<Diagnostic>,
    held: BTreeSet<usize>,
}

impl Work<'_> {
    /// The commit of one automation; `None` when it changes nothing.
    fn automation(&mut self, target: &Target, aim: &Aim) -> Result<Option<Commit>, Diagnostic> {
        let policies = self.policies(target);
        let Some(tree) = self.found.trees.get(&aim.base.commit) else { return Ok(None) };
        let mut files = BTreeMap::new();
        let mut updates: BTreeMap<NamespacedName, PolicyUpdate> = BTreeMap::new();
        let mut fresh = Vec::new();
        for (path, on_base) in tree {
            if !path.is_within(&aim.path) || is_workflow(path) {
                continue;
            }
            let marked = self.overlay.get(path).unwrap_or(on_base);
            let kept = kept_values(marked, self.pending.and_then(|pending| pending.get(path)));
            let mut undecided = false;
            let mut held = BTreeMap::new();
            let change = setters::set(&marked.file, &marked.markers, |index, marker| {
                let place = *policies.get(&marker.policy)?;
                let verdict = &self.latest.policies[place].verdict;
                undecided |= verdict.is_undecided();
                if verdict.is_undecided() {
                    return kept.get(&index).cloned();
                }
                let Verdict::Elected { image, downgrade_from, .. } = verdict else { return None };
                if downgrade_from.is_some() && !self.settings.allow_downgrade {
                    return None;
                }
                let written = written(tree, &marker.policy, image);
                if self.holds.refuses(&marker.policy.to_string(), &held_value(&written)) {
                    held.insert(place, (marker.policy.to_string(), written));
                    return None;
                }
                Some(marker.part.of(image))
            });
            self.undecided |= undecided;
            for (place, (policy, image)) in held {
                self.held.insert(place);
                self.left_out.insert(policy, image);
            }
            let Some(change) = change else { continue };
            self.problems.extend(change.problems);
            for each in change.changes {
                let Some(MarkerRef { policy, part, .. }) = MarkerRef::parse(&each.setter) else {
                    continue;
                };
                let Some(place) = policies.get(&policy) else { continue };
                let image = match &self.latest.policies[*place].verdict {
                    Verdict::Elected { image, .. } => Some(written(tree, &policy, image)),
                    _ => kept_image(&self.found.resources, *place, part, &each.new_value),
                };
                // A value that says no image cannot be shown in a row; the edit stays.
                let Some(image) = image else { continue };
                let downgrade = matches!(
                    &self.latest.policies[*place].verdict,
                    Verdict::Elected { downgrade_from: Some(_), .. }
                );
                updates
                    .entry(policy.clone())
                    .or_insert(PolicyUpdate {
                        policy,
                        latest: image,
                        downgrade,
                        changes: Vec::new(),
                    })
                    .changes
                    .push(each);
            }
            fresh.push(SourceFile { path: path.clone(), bytes: change.bytes.clone() });
            files.insert(path.clone(), change.bytes);
        }
        if files.is_empty() {
            return Ok(None);
        }
        let updates: Vec<PolicyUpdate> = updates.into_values().collect();
        let message = self.message(target, aim, &updates)?;
        for file in fresh {
            let found = setters::find(&file);
            let marked = Marked { file, markers: found.markers, problems: Vec::new() };
            self.overlay.insert(marked.file.path.clone(), marked);
        }
        Ok(Some(Commit {
            automation: Some(target.id.clone()),
            author: self.author(target),
            message,
            files,
            updates,
        }))
    }

    /// The policies that the automation sees, by name, and their places.
    fn policies(&self, target: &Target) -> BTreeMap<NamespacedName, usize> {
        let resources = &self.found.resources;
        let seen =
            target.automation.map(|index| resources.policies_of(&resources.automations[index]));
        let policies = resources.policies.iter().enumerate();
        policies
            .filter(|(_, policy)| {
                seen.as_ref()
                    .is_none_or(|seen| seen.iter().any(|seen| std::ptr::eq(*seen, *policy)))
            })
            .map(|(place, policy)| (policy.id.clone(), place))
            .collect()
    }

    fn author(&self, target: &Target) -> Author {
        match target.automation {
            Some(index) => {
                let author = &self.found.resources.automations[index].spec.git.commit.author;
                Author { name: author.name.clone(), email: author.email.clone() }
            }
            None => assumed_author(),
        }
    }

    fn message(
        &mut self,
        target: &Target,
        aim: &Aim,
        updates: &[PolicyUpdate],
    ) -> Result<String, Diagnostic> {
        let Some(index) = target.automation else {
            return Ok(template::DEFAULT_MESSAGE.to_owned());
        };
        let automation = &self.found.resources.automations[index];
        let commit = &automation.spec.git.commit;
        let Some(text) = commit.message_template.as_deref().filter(|text| !text.is_empty()) else {
            return Ok(template::DEFAULT_MESSAGE.to_owned());
        };
        let route = ["spec", "git", "commit", "messageTemplate"];
        let data = data(target, aim, updates, &commit.message_template_values, None);
        let rendered = template::render(text, &data).map_err(|error| {
            let at = match automation.value(&route) {
                Some(node) => inside(node, error.line, error.column),
                None => automation.place(&route),
            };
            let message = format!("the commit message cannot be made: {}", error.message);
            Diagnostic::new(Code::AutomationInvalidTemplate, message)
                .at(at)
                .hint("write the template as Go's text/template with sprig takes it")
        })?;
        if !rendered.removed_fields.is_empty() {
            let fields: Vec<String> =
                rendered.removed_fields.iter().map(|field| format!("`{field}`")).collect();
            self.problems.push(
                Diagnostic::new(
                    Code::AutomationRemovedTemplateField,
                    format!(
                        "{} is removed from Flux, whose controllers refuse it",
                        fields.join(", ")
                    ),
                )
                .at(automation.place(&route))
                .hint("use `.Changed.FileChanges`, `.Changed.Objects` or `.Changed.Changes`"),
            );
        }
        Ok(rendered.text)
    }

    /// The user's own title and body, where they are asked for.
    fn words(
        &self,
        target: &Target,
        aim: &Aim,
        commit: &Commit,
    ) -> Result<(Option<String>, Option<String>), Diagnostic> {
        let words = &self.settings.words;
        let none = BTreeMap::new();
        let values = match target.automation {
            Some(index) => {
                &self.found.resources.automations[index].spec.git.commit.message_template_values
            }
            None => &none,
        };
        let (subject, rest) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
        let text = CommitText { subject: subject.to_owned(), body: rest.trim().to_owned() };
        let data = data(target, aim, &commit.updates, values, Some(text));
        let render = |option: &str, template: &Option<String>| {
            let Some(template) = template else { return Ok(None) };
            let rendered = template::render(template, &data).map_err(|error| {
                Diagnostic::new(
                    Code::AutomationInvalidTemplate,
                    format!("`{option}` at {}:{}: {}", error.line, error.column, error.message),
                )
                .hint("write the template as Go's text/template with sprig takes it")
            })?;
            Ok(Some(rendered.text))
        };
        let title = render("--title", &words.title)?.map(|title| short_title(&title));
        Ok((title.filter(|title| !title.is_empty()), render("--body", &words.body)?))
    }

    /// A hold ends when its policy elects another value, not when it elects
    /// none: suspended or failed in this run, it is written again.
    fn keep_holds(&mut self) {
        let resources = &self.found.resources;
        for (place, policy) in resources.policies.iter().enumerate() {
            let id = policy.id.to_string();
            let held = self.holds.iter().find(|(of, _)| *of == id);
            let Some((_, value)) = held.filter(|_| !self.left_out.contains_key(&id)) else {
                continue;
            };
            if matches!(self.latest.policies[place].verdict, Verdict::Elected { .. }) {
                continue;
            }
            // Without its repository the image has no other name.
            let repository = resources.repository_of(policy).ok();
            let name = repository.map_or(&policy.id.name, |repository| &repository.spec.image);
            let reference = format!("{name}:{value}");
            if let Some(image) = kept_image(resources, place, Part::Full, &reference) {
                self.left_out.insert(id, image);
            }
        }
    }

    /// What the pull request says beside its updates: of the policies that
    /// the branch's markers name.
    fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let marked: BTreeSet<&NamespacedName> = self
            .found
            .trees
            .values()
            .flat_map(|tree| tree.values())
            .flat_map(|marked| &marked.markers)
            .map(|marker| &marker.policy)
            .collect();
        let resources = self.found.resources.policies.iter().zip(&self.latest.policies);
        for (resource, resolved) in resources.filter(|(r, _)| marked.contains(&r.id)) {
            let policy = resource.id.to_string();
            match &resolved.verdict {
                Verdict::Suspended => notes.push(Note::Suspended { policy }),
                Verdict::Elected { held_back: Some(held), .. } => notes.push(Note::HeldBack {
                    policy,
                    tag: held.tag.clone(),
                    reason: held.reason.clone(),
                }),
                _ => {}
            }
        }
        let left_out = self.left_out.iter();
        notes.extend(left_out.map(|(policy, latest)| Note::LeftOut {
            policy: policy.clone(),
            latest: latest.clone(),
        }));
        notes
    }
}

/// What a template sees.
fn data(
    target: &Target,
    aim: &Aim,
    updates: &[PolicyUpdate],
    values: &BTreeMap<String, String>,
    commit: Option<CommitText>,
) -> Data {
    let mut changes: Vec<Changed> = updates
        .iter()
        .flat_map(|update| update.changes.iter().map(move |change| (update, change)))
        .map(|(update, change)| Changed {
            file: change.file.relative_to(&aim.path).to_owned(),
            object: change.object.clone(),
            old_value: change.old_value.clone(),
            new_value: change.new_value.clone(),
            setter: change.setter.clone(),
            image: update.latest.clone(),
        })
        .collect();
    changes.sort_by(|a, b| a.file.cmp(&b.file));
    Data { automation: target.id.clone(), values: values.clone(), changes, commit }
}

/// The values that the pending branch holds at a file's markers, where they
/// differ: by the marker's place in the file on base.
///
/// A marker is found again by its text and its turn among those of one text.
pub(super) fn kept_values(base: &Marked, pending: Option<&Marked>) -> BTreeMap<usize, String> {
    let Some(pending) = pending else { return BTreeMap::new() };
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

/// What of an elected image reaches the manifests: a digest that no marker of
/// the policy asks for is neither shown nor held.
fn written(tree: &Tree, policy: &NamespacedName, image: &ImageRef) -> ImageRef {
    let mut markers = tree.values().flat_map(|marked| &marked.markers);
    let pins = markers
        .any(|marker| marker.policy == *policy && matches!(marker.part, Part::Full | Part::Digest));
    ImageRef { digest: image.digest.clone().filter(|_| pins), ..image.clone() }
}

/// The image that a kept value stands for, as far as it says.
fn kept_image(
    resources: &crate::flux::Resources,
    policy: usize,
    part: Part,
    value: &str,
) -> Option<ImageRef> {
    let repository = resources.repository_of(&resources.policies[policy]).ok();
    let name = repository.map(|repository| repository.spec.image.clone());
    let reference = Reference::read(part, value);
    Some(ImageRef {
        name: reference.name.map(str::to_owned).or(name)?,
        tag: Tag::new(reference.tag?)?,
        digest: reference.digest.and_then(Digest::new),
    })
}

/// Whose commits the assumed automation makes.
pub(super) fn assumed_author() -> Author {
    let (name, email) = ASSUMED_AUTHOR;
    Author { name: name.to_owned(), email: email.to_owned() }
}

/// Workflows can never be pushed by a job's token: their markers are left out
/// and reported.
pub(super) fn is_workflow(path: &RepoPath) -> bool {
    path.is_within(&RepoPath::clamped(".github/workflows"))
}

/// The place in the file of a line and column inside a scalar.
fn inside(node: &crate::yaml::Node, line: u32, column: u32) -> crate::diagnostic::Location {
    let start = node.span.start;
    let source = node.text.source();
    let block = matches!(
        &node.kind,
        crate::yaml::Kind::Scalar { style: Style::Literal | Style::Folded, .. }
    );
    if !block {
        return node.location();
    }
    // The first line of a block scalar is the one below its header.
    let mut lines = source[start..].split_inclusive('\n');
    let header = lines.next().unwrap_or_default().len();
    let skip = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
    let body = &source[start + header..];
    let indent = body
        .lines()
        .find(|line| !line.trim().is_empty())
        .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
    let above: usize = body.split_inclusive('\n').take(skip).map(str::len).sum();
    let at =
        start + header + above + indent + usize::try_from(column.saturating_sub(1)).unwrap_or(0);
    node.text.location(at..at + 1)
}
