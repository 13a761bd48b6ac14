//! *discover*: the objects, the automations' branches, the markers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Aim, Failure, Found, Observed, Push, Tree, World,
    aims::{Aims, base_not_found},
    keys::Keys,
    left_out, owners,
    standing::{self, Observer, marked},
    worktree,
};
use crate::{
    cli::{CommitMode, EventKind, Settings},
    diagnostic::{Code, Diagnostic},
    flux::{self, Kind, NamespacedName, Reading},
    git::{GitError, Remote},
    setters,
    tree::{CommitId, Head, RepoPath, SourceFile},
};

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
    let keys = Keys::new(settings, &files.found);
    let absent = absent_manifests(settings, &files.found);
    let objects = files.found.into_iter().filter(|file| flux::is_relevant(&file.path, &file.bytes));
    let reading = Reading {
        manifests: settings.manifests.clone(),
        marker_namespaces: marker_namespaces(&on_control),
        substitute: settings.substitute.clone(),
    };
    let (resources, mut problems) = flux::read(&objects.collect::<Vec<_>>(), &reading);
    problems.extend(files.too_large.iter().map(too_large));
    problems.extend(absent);
    let aims = Aims { world, resources: &resources, control: &control, observed, settings };
    let mut targets = aims.targets();
    let declared = !targets.is_empty()
        || resources.refused.iter().any(|refused| refused.kind == Kind::ImageUpdateAutomation);
    if !declared && !on_control.is_empty() && !resources.policies.is_empty() {
        targets.push(aims.assumed());
    }
    // GitHub signs what it makes itself, and needs no key for it.
    if settings.commit_mode == CommitMode::Git {
        keys.give(&resources, &mut targets);
    }
    left_out::check(&resources, settings.commit_mode, &mut targets);
    problems.extend(aims.unknown());
    problems.extend(aims.notes(&targets));
    problems.extend(idle_inputs(settings));
    problems.extend(checkout_differs(world, &control, settings));
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
    let mut found = Found {
        control: control.clone(),
        resources,
        targets,
        trees: BTreeMap::from([(control.commit.clone(), on_control)]),
        pending: BTreeMap::new(),
        forks: BTreeMap::new(),
        commits: BTreeMap::new(),
        standings: BTreeMap::new(),
        heads: remote.heads.clone(),
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

/// What was given to the action and does nothing. A workflow may share its
/// inputs among several commands, so it is no mistake.
pub(super) fn idle_inputs(settings: &Settings) -> Option<Diagnostic> {
    let names: Vec<String> = settings.idle_inputs.iter().map(|name| format!("`{name}`")).collect();
    let (noun, verb) = if names.len() == 1 { ("input", "has") } else { ("inputs", "have") };
    (!names.is_empty()).then(|| {
        Diagnostic::new(
            Code::InputNoEffect,
            format!("the {noun} {} {verb} no effect on this command", names.join(", ")),
        )
    })
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

/// Folders of `--manifests` that hold nothing: a slip of the pen must not pass
/// for a repository without objects.
fn absent_manifests(settings: &Settings, files: &[SourceFile]) -> Vec<Diagnostic> {
    let absent = settings
        .manifests
        .iter()
        .filter(|folder| !files.iter().any(|file| file.path.is_within(folder)));
    absent
        .map(|folder| {
            Diagnostic::new(
                Code::ManifestsNotFound,
                format!("`--manifests {folder}` holds no manifest"),
            )
            .hint("name folders or files of the repository, from its root")
        })
        .collect()
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
    let authors = owners::authors(found);
    let observer = Observer { world, heads: &remote.heads, authors: &authors };
    for aim in &aims {
        let branch = aim.push.branch();
        if found.standings.contains_key(branch) || branch == aim.base.branch {
            continue;
        }
        let proposes = matches!(aim.push, Push::Branch(_)) && settings.rules.pull_request;
        let standing = match observer.read(branch, &aim.base, proposes).await {
            Ok((standing, held)) => {
                if let Some(held) = held {
                    found.commits.insert(branch.to_owned(), held.commits);
                    found.pending.insert(branch.to_owned(), held.tip);
                    found.forks.insert(branch.to_owned(), held.fork);
                }
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
        let problem = problem.at(place).hint("mend `spec.update.path`, or leave it out");
        target.fault.get_or_insert(problem);
    }
    Ok(())
}

/// What a person at a clone would wonder about: their HEAD is not what the
/// remote has, and the remote is obeyed. In a workflow it is the event's commit.
fn checkout_differs(world: &World, control: &Head, settings: &Settings) -> Option<Diagnostic> {
    let local = world.git.local_head().filter(|_| !settings.in_actions())?;
    (local.commit != control.commit).then(|| {
        Diagnostic::new(
            Code::CheckoutDiffers,
            format!(
                "the checkout is at `{}`, and `{}` on the remote at `{}`, which is obeyed",
                local.commit.short(),
                control.branch,
                control.commit.short()
            ),
        )
        .hint("push what the run shall see")
    })
}
