//! What an automation asks of its push that is not carried out here: told, or
//! its automation fails, but never passed over.

use super::{Push, Target, refspec::Refspec};
use crate::{
    cli::CommitMode,
    diagnostic::{Code, Diagnostic},
    flux::{ImageUpdateAutomationSpec, Resource, Resources},
};

const REFSPEC: [&str; 4] = ["spec", "git", "push", "refspec"];
const OPTIONS: [&str; 4] = ["spec", "git", "push", "options"];
const SIGNING_KEY: [&str; 4] = ["spec", "git", "commit", "signingKey"];

/// Where Flux's own push is asked for (`--pull-request false`), an automation
/// fails whose refspec or options cannot be pushed. Beside a pull request
/// that is told by [`notes`].
pub(super) fn check(resources: &Resources, mode: CommitMode, targets: &mut [Target]) {
    for target in targets {
        let (Ok(aim), Some(place)) = (&target.aim, target.automation) else { continue };
        let Push::Direct(branch) = &aim.push else { continue };
        let automation = &resources.automations[place];
        let problem = match mode {
            CommitMode::Git => unreadable(automation, branch),
            CommitMode::Api => beyond_the_api(automation),
        };
        if let Some(problem) = problem {
            target.fault.get_or_insert(problem);
        }
    }
}

fn unreadable(
    automation: &Resource<ImageUpdateAutomationSpec>,
    branch: &str,
) -> Option<Diagnostic> {
    let text = refspec(automation)?;
    let why = Refspec::read(text, branch).err()?;
    let problem = Diagnostic::new(
        Code::AutomationUnsupported,
        format!("the refspec `{text}` of `{}` {why}, which is not supported", automation.id),
    );
    let hint = format!("write it as `HEAD:refs/heads/BRANCH`, beside `{branch}`");
    Some(problem.at(automation.place(&REFSPEC)).hint(hint))
}

fn beyond_the_api(automation: &Resource<ImageUpdateAutomationSpec>) -> Option<Diagnostic> {
    let (what, at) = match refspec(automation) {
        Some(text) => (format!("refspec `{text}`"), &REFSPEC),
        None if has_options(automation) => ("push options".to_owned(), &OPTIONS),
        None => return None,
    };
    let problem = Diagnostic::new(
        Code::AutomationUnsupported,
        format!("the {what} of `{}` cannot be pushed by `--commit-mode api`", automation.id),
    );
    Some(problem.at(automation.place(at)).hint("push by Git with `--commit-mode git`"))
}

/// What is left out beside a pull request, and who signs instead.
pub(super) fn notes(
    resources: &Resources,
    mode: CommitMode,
    targets: &[Target],
) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    for target in targets {
        let (Ok(aim), Some(place)) = (&target.aim, target.automation) else { continue };
        let automation = &resources.automations[place];
        let id = &automation.id;
        let by_api = mode == CommitMode::Api;
        if let (Push::Branch(branch), Some(text)) = (&aim.push, refspec(automation)) {
            let message = format!("only `{branch}` is pushed, not the refspec `{text}` of `{id}`");
            notes.push(
                Diagnostic::new(Code::AutomationRefspecLeftOut, message)
                    .at(automation.place(&REFSPEC))
                    .hint(if by_api {
                        "push as Flux does with `--pull-request false` and `--commit-mode git`"
                    } else {
                        "push as Flux does with `--pull-request false`"
                    }),
            );
        }
        if by_api && matches!(aim.push, Push::Branch(_)) && has_options(automation) {
            let message =
                format!("the push options of `{id}` are left out: `--commit-mode api` has none");
            notes.push(
                Diagnostic::new(Code::AutomationPushOptionsLeftOut, message)
                    .at(automation.place(&OPTIONS))
                    .hint("push by Git with `--commit-mode git`"),
            );
        }
        if by_api && automation.spec.git.commit.signing_key.is_some() {
            let message = format!(
                "GitHub signs the commits of `{id}`, not its `signingKey`: `--commit-mode api`"
            );
            notes.push(
                Diagnostic::new(Code::AutomationSignedByGitHub, message)
                    .at(automation.place(&SIGNING_KEY))
                    .hint("sign with the key by `--commit-mode git`"),
            );
        }
    }
    notes
}

/// `spec.git.push.refspec`, where it says something.
fn refspec(automation: &Resource<ImageUpdateAutomationSpec>) -> Option<&str> {
    let refspec = automation.spec.git.push.as_ref()?.refspec.as_str();
    (!refspec.is_empty()).then_some(refspec)
}

fn has_options(automation: &Resource<ImageUpdateAutomationSpec>) -> bool {
    automation.spec.git.push.as_ref().is_some_and(|push| !push.options.is_empty())
}
