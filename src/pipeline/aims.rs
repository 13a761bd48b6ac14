//! What each automation works on, and where its commits go.

use std::collections::BTreeSet;

use super::{Aim, Observed, Push, Skip, Target, World, left_out};
use crate::{
    cli::Settings,
    diagnostic::{Code, Diagnostic, Location, Severity},
    flux::{
        self, Base, GitRepositorySpec, ImageUpdateAutomationSpec, NamespacedName, Resource,
        Resources,
    },
    tree::{Head, RepoPath, is_branch_name},
};

/// The branch of an automation that names none.
pub(super) const DEFAULT_BRANCH: &str = "flux-image-updates";
/// The assumed automation's namespace and name.
const ASSUMED: (&str, &str) = ("flux-system", "flux-image-updates");

/// What aims are made of.
pub(super) struct Aims<'a> {
    pub(super) world: &'a World,
    pub(super) resources: &'a Resources,
    pub(super) control: &'a Head,
    pub(super) observed: &'a Observed,
    pub(super) settings: &'a Settings,
}

impl Aims<'_> {
    /// The automations in the order of their names, then of their clusters.
    pub(super) fn targets(&self) -> Vec<Target> {
        let automations = &self.resources.automations;
        let mut places: Vec<usize> = (0..automations.len()).collect();
        places.sort_by_key(|place| {
            let automation = &automations[*place];
            (&automation.id, &automation.cluster, &automation.file)
        });
        let mut targets: Vec<Target> = places.into_iter().map(|place| self.target(place)).collect();
        self.check_conflicts(&mut targets);
        targets
    }

    /// The one that is assumed where there are markers and none is declared.
    pub(super) fn assumed(&self) -> Target {
        let (namespace, name) = ASSUMED;
        Target {
            automation: None,
            id: NamespacedName::new(namespace, name),
            aim: Ok(Aim {
                base: self.control.clone(),
                push: self.push(None, &self.control.branch, namespace, name),
                path: RepoPath::root(),
            }),
            set_aside: None,
            fault: None,
            key: None,
        }
    }

    fn target(&self, place: usize) -> Target {
        let automation = &self.resources.automations[place];
        let NamespacedName { namespace, name } = &automation.id;
        let mut target = Target {
            automation: Some(place),
            id: automation.id.clone(),
            aim: Err(Skip::Suspended),
            set_aside: None,
            fault: None,
            key: None,
        };
        if automation.spec.suspend {
            return target;
        }
        let named = self
            .settings
            .automations
            .iter()
            .any(|(ns, wanted)| wanted == name && ns.as_ref().is_none_or(|ns| ns == namespace));
        target.aim = self.aim(automation, named);
        if !self.settings.automations.is_empty() && !named {
            target.set_aside = target.aim.ok();
            target.aim = Err(Skip::NotSelected);
        }
        target
    }

    fn aim(
        &self,
        automation: &Resource<ImageUpdateAutomationSpec>,
        named: bool,
    ) -> Result<Aim, Skip> {
        let source = self.resources.source_of(automation);
        if let (Some(source), Some(repository)) = (source, &self.world.repository)
            && flux::is_other_repository(&source.spec.url, repository)
        {
            let problem = Diagnostic::new(
                Code::AutomationOtherRepository,
                format!("`{}` updates another repository than `{repository}`", automation.id),
            )
            .at(source.place(&["spec", "url"]));
            return Err(if named {
                Skip::Failed(problem.severity(Severity::Error))
            } else {
                Skip::Elsewhere(problem)
            });
        }
        self.check_variables(automation).map_err(Skip::Failed)?;
        let base = self.base(automation, source).map_err(Skip::Failed)?;
        let NamespacedName { namespace, name } = &automation.id;
        let push = self.push(automation.spec.push_branch(), &base.branch, namespace, name);
        if !is_branch_name(push.branch()) {
            return Err(Skip::Failed(
                Diagnostic::new(
                    Code::AutomationInvalidBranch,
                    format!("`{}` is no name that Git gives a branch", push.branch()),
                )
                .at(push_place(automation))
                .hint("name another, or give one with `--branch`"),
            ));
        }
        Ok(Aim { base, push, path: RepoPath::clamped(&automation.spec.update.path) })
    }

    /// What decides where the work goes must be known.
    fn check_variables(
        &self,
        automation: &Resource<ImageUpdateAutomationSpec>,
    ) -> Result<(), Diagnostic> {
        let Settings { branch, control, .. } = self.settings;
        let needed = [
            ("spec.git.push.branch", branch.is_none(), "name the branch with `--branch`"),
            ("spec.git.checkout.ref.branch", control.base.is_none(), "name it with `--base`"),
            ("spec.update.path", true, "give the variable with `--substitute`"),
        ];
        for (field, _, hint) in needed.into_iter().filter(|(_, needed, _)| *needed) {
            if let Some(unknown) = automation.unresolved(field) {
                return Err(Diagnostic::new(
                    Code::ObjectUnresolvedVariable,
                    format!(
                        "`{}` is left alone: its `{field}` needs the variable `{}`, which is in no file",
                        automation.id, unknown.variable
                    ),
                )
                .severity(Severity::Error)
                .at(unknown.at.clone())
                .hint(hint));
            }
        }
        Ok(())
    }

    /// `--base`, else what the automation checks out, else its source's
    /// branch, else the control branch.
    fn base(
        &self,
        automation: &Resource<ImageUpdateAutomationSpec>,
        source: Option<&Resource<GitRepositorySpec>>,
    ) -> Result<Head, Diagnostic> {
        let branch = match (&self.settings.control.base, automation.base(source)) {
            (Some(base), _) => base.clone(),
            (None, Base::Branch(branch)) => branch,
            (None, Base::Unknown) => self.control.branch.clone(),
            (None, Base::NotABranch { what, at }) => {
                return Err(Diagnostic::new(
                    Code::AutomationBaseNotABranch,
                    format!("`{}` checks out {what}, where nothing can be proposed", automation.id),
                )
                .at(at)
                .hint("name the branch that the pull request shall target with `--base`"));
            }
        };
        self.observed.head(&branch).ok_or_else(|| {
            base_not_found(&branch)
                .at(automation.place(&["spec", "git", "checkout", "ref", "branch"]))
        })
    }

    /// Where the commit goes.
    fn push(&self, own: Option<&str>, base: &str, namespace: &str, name: &str) -> Push {
        let given = self.settings.branch.as_ref().map(|template| {
            template
                .replace("{namespace}", namespace)
                .replace("{name}", name)
                .replace("{base}", base)
        });
        if self.settings.rules.pull_request {
            let own = own.filter(|branch| *branch != base).map(str::to_owned);
            Push::Branch(given.or(own).unwrap_or_else(|| DEFAULT_BRANCH.to_owned()))
        } else {
            Push::Direct(
                given.or_else(|| own.map(str::to_owned)).unwrap_or_else(|| base.to_owned()),
            )
        }
    }

    /// Two bases under one branch, or a branch that is another's base: nothing
    /// is pushed for either. An automation that is left out of this run counts.
    fn check_conflicts(&self, targets: &mut [Target]) {
        let claims: Vec<(usize, Aim)> = targets
            .iter()
            .enumerate()
            .filter_map(|(index, target)| Some((index, target.claim()?.clone())))
            .collect();
        // What people work on is never pushed to, whoever's base it is.
        let default = self.observed.remote.default_branch.as_deref();
        let bases: BTreeSet<&str> =
            claims.iter().map(|(_, aim)| aim.base.branch.as_str()).chain(default).collect();
        for (index, aim) in &claims {
            let branch = aim.push.branch();
            let proposes = matches!(aim.push, Push::Branch(_));
            let other = claims.iter().find(|(_, other)| {
                other.push.branch() == branch && other.base.branch != aim.base.branch
            });
            let message = match other {
                Some((_, other)) => format!(
                    "`{branch}` would be built from both `{}` and `{}`",
                    aim.base.branch, other.base.branch
                ),
                None if proposes && bases.contains(branch) => {
                    format!("`{branch}` would be pushed, and is a branch that people work on")
                }
                None => continue,
            };
            let hint = if other.is_some() {
                "tell the branches apart with `{base}` in `--branch`"
            } else {
                "name another branch, or push as Flux does with `--pull-request false`"
            };
            let target = &mut targets[*index];
            if target.aim.is_err() {
                continue;
            }
            let place = target.automation.map(|place| &self.resources.automations[place]);
            let problem = Diagnostic::new(Code::AutomationBranchConflict, message)
                .at(place.filter(|_| self.settings.branch.is_none()).map(push_place))
                .hint(hint);
            target.set_aside = Some(aim.clone());
            target.aim = Err(Skip::Failed(problem));
        }
    }

    /// The names of `--automation` that nothing bears.
    pub(super) fn unknown(&self) -> Vec<Diagnostic> {
        let known = &self.resources.automations;
        let missing = self.settings.automations.iter().filter(|(namespace, name)| {
            !known.iter().any(|automation| {
                automation.id.name == *name
                    && namespace.as_ref().is_none_or(|ns| *ns == automation.id.namespace)
            })
        });
        let hint = if known.is_empty() {
            "leave `--automation` out: no ImageUpdateAutomation is declared".to_owned()
        } else {
            let mut names: Vec<String> = known.iter().map(|a| format!("`{}`", a.id)).collect();
            names.dedup();
            format!("name one of {}", names.join(", "))
        };
        let problem = |(namespace, name): &(Option<String>, String)| {
            let wanted = match namespace {
                Some(namespace) => format!("{namespace}/{name}"),
                None => name.clone(),
            };
            Diagnostic::new(
                Code::AutomationNotFound,
                format!(
                    "`--automation {wanted}` names none that is declared on `{}`",
                    self.control.branch
                ),
            )
            .hint(hint.clone())
        };
        missing.map(problem).collect()
    }

    /// What is worth knowing about where the work goes.
    pub(super) fn notes(&self, targets: &[Target]) -> Vec<Diagnostic> {
        let mut notes = Vec::new();
        if let [Target { automation: None, aim: Ok(aim), .. }] = targets {
            notes.push(
                Diagnostic::new(
                    Code::AutomationAssumed,
                    format!(
                        "no ImageUpdateAutomation is declared: one is assumed for all markers on `{}`, with the branch `{}`",
                        aim.base.branch,
                        aim.push.branch()
                    ),
                )
                .hint("declare one to choose path, author and message"),
            );
        }
        notes.extend(left_out::notes(self.resources, self.settings.commit_mode, targets));
        let to_base = targets.iter().find_map(|target| {
            let (aim, place) = (target.aim.as_ref().ok()?, target.automation?);
            let automation = &self.resources.automations[place];
            let own = automation.spec.push_branch();
            let proposes = matches!(aim.push, Push::Branch(_));
            let to_base = own.is_none_or(|branch| branch == aim.base.branch);
            (proposes && to_base && self.settings.branch.is_none()).then_some((automation, aim))
        });
        notes.extend(to_base.map(|(automation, aim)| {
            Diagnostic::new(
                Code::AutomationPushesToBase,
                format!(
                    "Flux would push `{}` to `{}` itself; here a pull request is made from `{}`",
                    automation.id,
                    aim.base.branch,
                    aim.push.branch()
                ),
            )
            .at(push_place(automation))
            .hint("push as Flux does with `--pull-request false`")
        }));
        notes
    }
}

/// The line that says where an automation pushes.
fn push_place(automation: &Resource<ImageUpdateAutomationSpec>) -> Location {
    automation.place(&["spec", "git", "push", "branch"])
}

/// What is said of a base that the remote does not have.
pub(super) fn base_not_found(branch: &str) -> Diagnostic {
    Diagnostic::new(
        Code::AutomationBaseNotFound,
        format!("the branch `{branch}` is not on the remote"),
    )
    .hint("push it, or name another with `--base`")
}
