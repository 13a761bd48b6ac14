//! *discover*: the objects, the automations' branches, the markers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Aim, Failure, Found, Observed, Push, Skip, Target, Tree, World,
    standing::{self, marked},
    worktree,
};
use crate::{
    cli::{EventKind, Settings},
    diagnostic::{Code, Diagnostic},
    flux::{
        self, Base, GitRepositorySpec, ImageUpdateAutomationSpec, NamespacedName, Reading,
        Resource, Resources,
    },
    git::{GitError, Remote},
    setters,
    tree::{CommitId, Head, RepoPath, is_branch_name},
};

/// The branch of an automation that names none.
const DEFAULT_BRANCH: &str = "flux-image-updates";

/// Reads everything that a run needs before it asks a registry.
pub(super) async fn discover(
    world: &World,
    observed: &Observed,
    settings: &Settings,
) -> Result<Found, Failure> {
    let remote = &observed.remote;
    let control = control(world, observed, settings)?;
    let told = |error: GitError| Failure::from(Diagnostic::of(&error));
    let files = if settings.worktree {
        worktree::read(settings.path.as_deref())?
    } else {
        world.git.fetch(std::slice::from_ref(&control.commit)).await.map_err(told)?;
        read_tree(world, &control.commit).await.map_err(told)?
    };
    let on_control = marked(files.found.iter().cloned());
    let objects = files.found.into_iter().filter(|file| flux::is_relevant(&file.path, &file.bytes));
    let reading = Reading {
        manifests: settings.manifests.clone(),
        marker_namespaces: marker_namespaces(&on_control),
        substitute: settings.substitute.clone(),
    };
    let (resources, mut problems) = flux::read(&objects.collect::<Vec<_>>(), &reading);
    problems.extend(files.too_large.iter().map(too_large));
    problems.extend(world.problems.iter().cloned());
    if settings.event == EventKind::ForkPullRequest {
        problems.push(
            Diagnostic::new(
                Code::EventReadOnly,
                "this is a pull request from a fork, whose token cannot write: nothing is pushed",
            )
            .hint("run it on a schedule or by hand on the base branch"),
        );
    }
    let mut targets =
        targets(world, &resources, &control, observed, settings, !on_control.is_empty());
    check_conflicts(&mut targets, &resources);
    let mut found = Found {
        control: control.clone(),
        resources,
        targets,
        trees: BTreeMap::from([(control.commit.clone(), on_control)]),
        pending: BTreeMap::new(),
        standings: BTreeMap::new(),
        problems,
    };
    if observed.offline.is_none() {
        read_branches(world, remote, settings, &mut found).await.map_err(told)?;
    }
    found.trees.retain(|commit, _| {
        found
            .targets
            .iter()
            .any(|target| target.aim.as_ref().is_ok_and(|aim| aim.base.commit == *commit))
    });
    check_paths(world, settings, &mut found).await.map_err(told)?;
    let told = super::markers::problems(&found, settings);
    found.problems.extend(told);
    Ok(found)
}

/// The branch whose objects are obeyed.
fn control(world: &World, observed: &Observed, settings: &Settings) -> Result<Head, Failure> {
    let remote = &observed.remote;
    let local = world.git.local_head().and_then(|head| head.branch);
    let named = [&settings.control.base, &settings.control.event_branch];
    let branch = named
        .into_iter()
        .flatten()
        .next()
        .cloned()
        .or_else(|| local.filter(|branch| remote.heads.contains_key(branch)))
        .or_else(|| remote.default_branch.clone());
    let Some(branch) = branch else {
        return Err(Diagnostic::new(Code::AutomationBaseNotFound, "the remote has no branch yet")
            .hint("push a branch, or name one with `--base`")
            .into());
    };
    observed.head(&branch).ok_or_else(|| base_not_found(&branch).into())
}

fn base_not_found(branch: &str) -> Diagnostic {
    Diagnostic::new(
        Code::AutomationBaseNotFound,
        format!("the branch `{branch}` is not on the remote"),
    )
    .hint("push it, or name another with `--base`")
}

/// Every file that may hold an object or a marker.
async fn read_tree(world: &World, commit: &CommitId) -> Result<crate::git::Files, GitError> {
    let root = RepoPath::root();
    world
        .git
        .files(commit, &root, |path, bytes| {
            setters::is_read(path) || flux::is_relevant(path, bytes)
        })
        .await
}

fn too_large((path, size): &(RepoPath, u64)) -> Diagnostic {
    Diagnostic::new(
        Code::FileTooLarge,
        format!("`{path}` has {} MiB and is not read: the limit is 16 MiB", size / 1024 / 1024),
    )
    .hint("split it, if it holds objects or markers")
}

/// In which namespaces the markers name a policy, for objects that do not say.
fn marker_namespaces(tree: &Tree) -> BTreeMap<String, BTreeSet<String>> {
    let mut namespaces: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for marker in tree.values().flat_map(|marked| &marked.markers) {
        let NamespacedName { namespace, name } = marker.policy.clone();
        namespaces.entry(name).or_default().insert(namespace);
    }
    namespaces
}

/// The automations and what each works on.
fn targets(
    world: &World,
    resources: &Resources,
    control: &Head,
    observed: &Observed,
    settings: &Settings,
    has_markers: bool,
) -> Vec<Target> {
    let mut targets: Vec<Target> = resources
        .automations
        .iter()
        .enumerate()
        .map(|(index, automation)| Target {
            automation: Some(index),
            id: automation.id.clone(),
            aim: aim(world, resources, automation, control, observed, settings),
        })
        .collect();
    targets.sort_by(|a, b| a.id.cmp(&b.id));
    if targets.is_empty() && has_markers && !resources.policies.is_empty() {
        targets.push(Target {
            automation: None,
            id: NamespacedName::new("flux-system", "flux-image-updates"),
            aim: Ok(Aim {
                base: control.clone(),
                push: push(settings, None, &control.branch, "flux-system", "flux-image-updates"),
                path: RepoPath::root(),
            }),
        });
    }
    targets
}

fn aim(
    world: &World,
    resources: &Resources,
    automation: &Resource<ImageUpdateAutomationSpec>,
    control: &Head,
    observed: &Observed,
    settings: &Settings,
) -> Result<Aim, Skip> {
    if automation.spec.suspend {
        return Err(Skip::Suspended);
    }
    let NamespacedName { namespace, name } = &automation.id;
    let named = settings
        .automations
        .iter()
        .any(|(ns, wanted)| wanted == name && ns.as_ref().is_none_or(|ns| ns == namespace));
    if !settings.automations.is_empty() && !named {
        return Err(Skip::NotSelected);
    }
    supported(automation).map_err(Skip::Failed)?;
    let source = resources.source_of(automation);
    if let (Some(source), Some(repository)) = (source, &world.repository)
        && flux::is_other_repository(&source.spec.url, repository)
    {
        let problem = Diagnostic::new(
            Code::AutomationOtherRepository,
            format!("`{}` updates another repository than `{repository}`", automation.id),
        )
        .at(source.place(&["spec", "url"]));
        return Err(if named { Skip::Failed(problem) } else { Skip::Elsewhere(problem) });
    }
    let base = base(automation, source, control, observed, settings).map_err(Skip::Failed)?;
    let push = push(settings, automation.spec.push_branch(), &base.branch, namespace, name);
    if !is_branch_name(push.branch()) {
        let route = ["spec", "git", "push", "branch"];
        return Err(Skip::Failed(
            Diagnostic::new(
                Code::AutomationInvalidBranch,
                format!("`{}` is no name that Git gives a branch", push.branch()),
            )
            .at(automation.place(&route))
            .hint("name another, or give one with `--branch`"),
        ));
    }
    Ok(Aim { base, push, path: RepoPath::clamped(&automation.spec.update.path) })
}

/// What an automation may ask for that is not done yet: never half done.
fn supported(automation: &Resource<ImageUpdateAutomationSpec>) -> Result<(), Diagnostic> {
    let refuse = |route: &[&str], what: &str| {
        Err(Diagnostic::new(
            Code::AutomationUnsupported,
            format!("`{}` asks for {what}, which is not supported yet", automation.id),
        )
        .at(automation.place(route)))
    };
    let git = &automation.spec.git;
    if git.commit.signing_key.is_some() {
        return refuse(&["spec", "git", "commit", "signingKey"], "signed commits");
    }
    if let Some(push) = &git.push {
        if !push.refspec.is_empty() {
            return refuse(&["spec", "git", "push", "refspec"], "a refspec");
        }
        if !push.options.is_empty() {
            return refuse(&["spec", "git", "push", "options"], "push options");
        }
    }
    Ok(())
}

/// `--base`, else what the automation checks out, else its source's branch,
/// else the control branch.
fn base(
    automation: &Resource<ImageUpdateAutomationSpec>,
    source: Option<&Resource<GitRepositorySpec>>,
    control: &Head,
    observed: &Observed,
    settings: &Settings,
) -> Result<Head, Diagnostic> {
    let own = automation.base(source);
    let branch = match (&settings.control.base, own) {
        (Some(base), _) => base.clone(),
        (None, Base::Branch(branch)) => branch,
        (None, Base::Unknown) => control.branch.clone(),
        (None, Base::NotABranch { what, at }) => {
            return Err(Diagnostic::new(
                Code::AutomationBaseNotABranch,
                format!("`{}` checks out {what}, where nothing can be proposed", automation.id),
            )
            .at(at)
            .hint("name the branch that the pull request shall target with `--base`"));
        }
    };
    observed.head(&branch).ok_or_else(|| {
        base_not_found(&branch).at(automation.place(&["spec", "git", "checkout", "ref", "branch"]))
    })
}

/// Where the commit goes.
fn push(settings: &Settings, own: Option<&str>, base: &str, namespace: &str, name: &str) -> Push {
    let given = settings.branch.as_ref().map(|template| {
        template.replace("{namespace}", namespace).replace("{name}", name).replace("{base}", base)
    });
    if settings.rules.pull_request {
        let own = own.filter(|branch| *branch != base).map(str::to_owned);
        Push::Branch(given.or(own).unwrap_or_else(|| DEFAULT_BRANCH.to_owned()))
    } else {
        Push::Direct(given.or_else(|| own.map(str::to_owned)).unwrap_or_else(|| base.to_owned()))
    }
}

/// Two bases under one branch, or a branch that is another's base: nothing is
/// pushed for either.
fn check_conflicts(targets: &mut [Target], resources: &Resources) {
    let aims: Vec<(usize, Aim)> = targets
        .iter()
        .enumerate()
        .filter_map(|(index, target)| Some((index, target.aim.as_ref().ok()?.clone())))
        .collect();
    let bases: BTreeSet<&str> = aims.iter().map(|(_, aim)| aim.base.branch.as_str()).collect();
    for (index, aim) in &aims {
        let branch = aim.push.branch();
        let proposes = matches!(aim.push, Push::Branch(_));
        let other = aims.iter().find(|(_, other)| {
            other.push.branch() == branch && other.base.branch != aim.base.branch
        });
        let message = match other {
            Some((_, other)) => format!(
                "`{branch}` would be built from both `{}` and `{}`",
                aim.base.branch, other.base.branch
            ),
            None if proposes && bases.contains(branch) => {
                format!("`{branch}` would be pushed, and is what an automation works on")
            }
            None => continue,
        };
        let place = targets[*index]
            .automation
            .map(|place| resources.automations[place].place(&["spec", "git", "push", "branch"]));
        targets[*index].aim = Err(Skip::Failed(
            Diagnostic::new(Code::AutomationBranchConflict, message)
                .at(place)
                .hint("tell the branches apart with `{base}` in `--branch`"),
        ));
    }
}

/// Fetches and reads the bases, and what stands on every push branch.
async fn read_branches(
    world: &World,
    remote: &Remote,
    settings: &Settings,
    found: &mut Found,
) -> Result<(), GitError> {
    let aims: Vec<Aim> = found.aims().map(|(_, aim)| aim.clone()).collect();
    let heads = aims.iter().filter_map(|aim| remote.heads.get(aim.push.branch()));
    let bases = aims.iter().map(|aim| &aim.base.commit);
    let wanted: BTreeSet<CommitId> = heads.chain(bases).cloned().collect();
    world.git.fetch(&wanted.into_iter().collect::<Vec<_>>()).await?;
    for aim in &aims {
        if !found.trees.contains_key(&aim.base.commit) {
            let tree = standing::marked_files(world, &aim.base.commit).await?;
            found.trees.insert(aim.base.commit.clone(), tree);
        }
    }
    let authors = standing::authors(found);
    for aim in &aims {
        let branch = aim.push.branch();
        if found.standings.contains_key(branch) || branch == aim.base.branch {
            continue;
        }
        let head = remote.heads.get(branch);
        let proposes = matches!(aim.push, Push::Branch(_)) && settings.rules.pull_request;
        let read = standing::read(world, branch, &aim.base, head, &authors, proposes).await;
        let standing = match read {
            Ok((standing, tree)) => {
                found.pending.extend(tree.map(|tree| (branch.to_owned(), tree)));
                Ok(standing)
            }
            Err(problem) => Err(Arc::new(problem)),
        };
        found.standings.insert(branch.to_owned(), standing);
    }
    Ok(())
}

/// A missing `update.path` fails its automation alone.
async fn check_paths(
    world: &World,
    settings: &Settings,
    found: &mut Found,
) -> Result<(), GitError> {
    for target in &mut found.targets {
        let Ok(aim) = &target.aim else { continue };
        if settings.worktree && aim.base.commit == found.control.commit {
            if worktree::has(settings.path.as_deref(), &aim.path) {
                continue;
            }
        } else {
            match world.git.files(&aim.base.commit, &aim.path, |_, _| false).await {
                Ok(_) => continue,
                Err(GitError::NoPath { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let problem = Diagnostic::new(
            Code::AutomationPathNotFound,
            format!("`{}` is not in the branch `{}`", aim.path, aim.base.branch),
        );
        let place = target
            .automation
            .map(|index| found.resources.automations[index].place(&["spec", "update", "path"]));
        target.aim =
            Err(Skip::Failed(problem.at(place).hint("mend `spec.update.path`, or leave it out")));
    }
    Ok(())
}
