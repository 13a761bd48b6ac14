//! Whose a pushed branch is.

use crate::{
    cli::Settings,
    diagnostic::{Diagnostic, Severity},
    flux::{ImageUpdateAutomationSpec, Kind, NamespacedName, Resource},
    pipeline::{Found, Push, Skip, aims::DEFAULT_BRANCH},
};

/// Leaves the automations that push to the branch: those that can, else those
/// that fail. What is wrong elsewhere is told by `run` and `plan`; so is what
/// keeps an automation from editing or signing, which is not done here.
pub(super) fn keep_those_of(found: &mut Found, settings: &Settings, head: Option<&str>) {
    let Some(head) = head else {
        found.targets.clear();
        found.problems.clear();
        return;
    };
    // Where people work no automation pushes.
    let default = settings.control.event_branch.as_deref();
    let is_peoples = default == Some(head) || found.control.branch == head;
    let unreadable = unreadable(found);
    let resources = &found.resources;
    found.targets.retain(|target| match (&target.aim, &target.set_aside) {
        (Ok(aim), _) | (Err(Skip::Failed(_)), Some(aim)) => {
            matches!(&aim.push, Push::Branch(branch) if branch == head)
        }
        (Err(Skip::Failed(_)), None) => {
            let declared = target.automation.map(|place| &resources.automations[place]);
            !is_peoples && declared.is_some_and(|declared| may_push(settings, declared, head))
        }
        (Err(_), _) => false,
    });
    if found.targets.iter().any(|target| target.aim.is_ok()) {
        found.targets.retain(|target| target.aim.is_ok());
    }
    for target in &mut found.targets {
        target.fault = None;
    }
    // It may be the branch of one that nobody can read: no reason to fail
    // wherever people push.
    let unknown = found.targets.is_empty() && !is_peoples;
    found.problems = if unknown { unreadable } else { Vec::new() };
}

/// Why automations are not known at all.
fn unreadable(found: &Found) -> Vec<Diagnostic> {
    let refused = found.resources.refused.iter();
    let refused = refused.filter(|refused| refused.kind == Kind::ImageUpdateAutomation);
    refused.map(|refused| refused.problem.clone().severity(Severity::Warning)).collect()
}

/// Whether an automation whose base is not known pushes to the branch, as far
/// as that can be told.
fn may_push(
    settings: &Settings,
    automation: &Resource<ImageUpdateAutomationSpec>,
    head: &str,
) -> bool {
    let NamespacedName { namespace, name } = &automation.id;
    let Some(template) = &settings.branch else {
        let own = automation.spec.push_branch();
        // Its own branch is not taken where it is the base.
        return own == Some(head)
            || head == DEFAULT_BRANCH
            || automation.unresolved("spec.git.push.branch").is_some();
    };
    let own = template.replace("{namespace}", namespace).replace("{name}", name);
    match own.split_once("{base}") {
        Some((before, after)) => {
            head.strip_prefix(before).is_some_and(|rest| rest.ends_with(after))
        }
        None => own == head,
    }
}
