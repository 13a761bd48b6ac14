//! The words of commits and pull requests: the users' templates over the edits.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Aim, Found, Target, Wanted, World, carried::newest_commit_of, edit::author, history,
    scalar::inside,
};
use crate::{
    cli::Settings,
    diagnostic::{Code, Diagnostic},
    flux::NamespacedName,
    proposal::{Commit, PolicyUpdate, Proposal, short_title},
    template::{self, Changed, CommitText, Data},
    tree::RepoPath,
};

/// Where the message's template stands.
const TEMPLATE: [&str; 4] = ["spec", "git", "commit", "messageTemplate"];
const HINT: &str = "write the template as Go's text/template with sprig takes it";

/// The message of an automation's commit, and what has to be told about it.
pub(super) fn message(
    found: &Found,
    target: &Target,
    aim: &Aim,
    updates: &[PolicyUpdate],
) -> Result<(String, Option<Diagnostic>), Diagnostic> {
    let default = || Ok((template::DEFAULT_MESSAGE.to_owned(), None));
    let Some(index) = target.automation else { return default() };
    let automation = &found.resources.automations[index];
    let commit = &automation.spec.git.commit;
    let Some(text) = commit.message_template.as_deref().filter(|text| !text.is_empty()) else {
        return default();
    };
    let data = data(target, aim, updates, &commit.message_template_values, None);
    let rendered = template::render(text, &data).map_err(|error| {
        let at = match automation.value(&TEMPLATE) {
            Some(node) => inside(node, error.line, error.column),
            None => automation.place(&TEMPLATE),
        };
        let message = format!("the commit message cannot be made: {}", error.message);
        Diagnostic::new(Code::AutomationInvalidTemplate, message).at(at).hint(HINT)
    })?;
    let fields: Vec<String> =
        rendered.removed_fields.iter().map(|field| format!("`{field}`")).collect();
    let told = (!fields.is_empty()).then(|| {
        Diagnostic::new(
            Code::AutomationRemovedTemplateField,
            format!("{} is removed from Flux, whose controllers refuse it", fields.join(", ")),
        )
        .at(automation.place(&TEMPLATE))
        .hint("use `.Changed.FileChanges`, `.Changed.Objects` or `.Changed.Changes`")
    });
    Ok((rendered.text, told))
}

/// The user's own title and body, where they are asked for: over the data of
/// the branch's first commit.
pub(super) fn of_pull_request(
    found: &Found,
    settings: &Settings,
    target: &Target,
    aim: &Aim,
    commit: &Commit,
) -> Result<(Option<String>, Option<String>), Diagnostic> {
    let words = &settings.words;
    let none = BTreeMap::new();
    let values = match target.automation {
        Some(index) => &found.resources.automations[index].spec.git.commit.message_template_values,
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
            .hint(HINT)
        })?;
        Ok(Some(rendered.text))
    };
    let title = render("--title", &words.title)?.map(|title| short_title(&title));
    Ok((title.filter(|title| !title.is_empty()), render("--body", &words.body)?))
}

/// Gives the proposal of a branch that something else pushed the user's own
/// title and body: over what the first automation has changed, and the newest
/// commit that it made of it.
pub(super) async fn of_pushed(
    world: &World,
    settings: &Settings,
    found: &Found,
    wanted: &Wanted,
    proposal: &mut Proposal,
) -> Result<(), Diagnostic> {
    let first = wanted.edited.iter().position(|edited| !edited.updates.is_empty());
    let first = first.unwrap_or_default();
    let (target, updates) = (&found.targets[first], wanted.edited[first].updates.clone());
    let (Ok(aim), Some(head)) = (&target.aim, found.heads.get(&proposal.branch)) else {
        return Ok(());
    };
    let edits: BTreeSet<(RepoPath, NamespacedName)> = updates
        .iter()
        .flat_map(|update| update.changes.iter().map(|c| (c.file.clone(), update.policy.clone())))
        .collect();
    let author = author(found, target);
    let read;
    let commits = if let Some(commits) = found.commits.get(&proposal.branch) {
        commits
    } else {
        read = history::commits(world, &aim.base, head).await;
        read.as_ref().map_err(Diagnostic::of)?
    };
    let message = newest_commit_of(commits, &edits, &author).map(|made| made.message.clone());
    let commit = Commit {
        automation: Some(target.id.clone()),
        author,
        message: message.unwrap_or_default(),
        files: BTreeMap::new(),
        updates,
    };
    let (title, body) = of_pull_request(found, settings, target, aim, &commit)?;
    if let Some(title) = title {
        proposal.title = title;
    }
    if let Some(text) = body {
        proposal.body = proposal.body.clone().replaced(&text);
    }
    Ok(())
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
