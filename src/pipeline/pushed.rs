//! `propose`: the pull request alone, for a branch that something else pushed.
//!
//! What changes is read off the two branches, marker by marker; no registry is
//! asked, and nothing of Git is written.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Branch, Edited, Failure, Found, Latest, Outcome, PushPlan, Wanted, World,
    carried::other_values, claims::Claims, discover, edit::assumed_author, propose::decide_and_do,
    standing::marked, verified, words,
};
use crate::{
    cli::{Pushed, Settings},
    diagnostic::{Code, Diagnostic},
    flux::{NamespacedName, Resources},
    git::GitError,
    oci::{Digest, ImageRef, Tag},
    proposal::{
        Commit, Pending, PolicyUpdate, Proposal, Rules, Standing, body_of_pushed, decide_pushed,
        default_title,
    },
    setters::{Change, Marker, Reference},
    tree::{Head, RepoPath, SourceFile},
};

mod whose;

/// All stages, the last one for the branch that was pushed.
pub(super) async fn propose(world: &World, settings: &Settings) -> Result<Outcome, Failure> {
    let head = head(settings)?;
    let remote = world.observe(settings).await?;
    // What automations there are is for their own branch to say, not for the
    // one that was pushed, which may also be checked out.
    let mut settings = settings.clone();
    settings.control.event_branch.clone_from(&remote.remote.default_branch);
    let settings = &settings;
    let mut found = discover::discover(world, &remote, settings).await?;
    whose::keep_those_of(&mut found, settings, head.as_deref());
    found.problems.extend(discover::idle_inputs(settings));
    let mut wanted = Wanted::default();
    let mut acted = Vec::new();
    if let (Some(head), Some(aim)) = (head, found.aims().next().map(|(_, aim)| aim.clone())) {
        let standing = match found.standings.get(&head) {
            Some(Ok(standing)) => standing.clone(),
            Some(Err(problem)) => return Err(Diagnostic::clone(problem).into()),
            None => Standing::default(),
        };
        let told = |error: GitError| Failure::from(Diagnostic::of(&error));
        let (commits, mut blocked) = match &standing.branch {
            Some(pending) if pending.fork_known => {
                let commit = commit(world, &found, &aim.base, pending).await.map_err(told)?;
                (commit.into_iter().collect(), None)
            }
            Some(_) => (Vec::new(), Some(fork_not_found(&head, &aim.base.branch))),
            None => (Vec::new(), None),
        };
        let mut proposal = proposal(&found, &head, aim.base, commits);
        wanted.edited = edited(&found, &proposal);
        if settings.words.are_given() && !proposal.commits.is_empty() {
            let given = words::of_pushed(world, settings, &found, &wanted, &mut proposal).await;
            blocked = blocked.or(given.err());
        }
        let branch = Branch {
            makers: vec![None; proposal.commits.len()],
            push: PushPlan::default(),
            proposal,
            pull_request: true,
            blocked,
        };
        let mut done = one(world, settings, &branch, standing).await;
        verified::read_head(world, settings, &found, &mut done).await;
        acted.push(done);
        wanted.branches.push(branch);
    }
    found.resources.policies.clear();
    found.resources.repositories.clear();
    let latest = Latest { scans: Vec::new(), policies: Vec::new() };
    Ok(Outcome { remote, found, latest, wanted, acted })
}

async fn one(
    world: &World,
    settings: &Settings,
    branch: &Branch,
    standing: Standing,
) -> super::Acted {
    let rules = Rules { narrowed: false, delete_branch: false, ..settings.rules.clone() };
    if let Some(problem) = &branch.blocked {
        return super::Acted::failed(&branch.proposal.branch, problem.clone());
    }
    // It pushes nothing, so that no lease can be lost.
    let again = || std::future::ready(Ok(standing.clone()));
    let proposal = (&branch.proposal, &branch.push);
    decide_and_do(world, settings, proposal, &rules, standing.clone(), decide_pushed, again).await
}

/// The branch that is proposed; `None` when the event is a tag's.
fn head(settings: &Settings) -> Result<Option<String>, Failure> {
    // On a push the event names it, and `--branch` tells which are proposed.
    let named = settings.branch.as_ref().filter(|branch| !branch.contains('{'));
    match (&settings.pushed, named) {
        (Some(Pushed::Branch(branch)), _) | (_, Some(branch)) => Ok(Some(branch.clone())),
        (Some(Pushed::Tag), None) => Ok(None),
        (None, None) => Err(Diagnostic::new(
            Code::AutomationBaseNotFound,
            "there is no branch to propose: the event is about none",
        )
        .hint("run it on `push` or `create` of the branch, or name one with `--branch`")
        .into()),
    }
}

fn fork_not_found(head: &str, base: &str) -> Diagnostic {
    Diagnostic::new(
        Code::AutomationPullRequestFailed,
        format!("the fork of `{head}` from `{base}` is not found, so what it changes is not known"),
    )
    .hint("rebuild the branch on its base, or name another base with `--base`")
}

/// What each automation of the branch has changed on it. What none of them
/// would set is the first one's.
fn edited(found: &Found, proposal: &Proposal) -> Vec<Edited> {
    let claims = Claims::new(found);
    let mut edited: Vec<Edited> = found.targets.iter().map(|_| Edited::default()).collect();
    for update in proposal.updates() {
        let mut shares: BTreeMap<usize, Vec<Change>> = BTreeMap::new();
        for change in &update.changes {
            let owner = claims.owner(&proposal.base.branch, &change.file, &update.policy);
            shares.entry(owner.unwrap_or_default()).or_default().push(change.clone());
        }
        for (owner, changes) in shares {
            edited[owner].updates.push(PolicyUpdate { changes, ..update.clone() });
        }
    }
    edited
}

/// What the branch changes, as one commit; `None` where base has it all.
async fn commit(
    world: &World,
    found: &Found,
    base: &Head,
    pending: &Pending,
) -> Result<Option<Commit>, GitError> {
    let mut files: BTreeMap<RepoPath, Arc<[u8]>> = BTreeMap::new();
    let mut equal = true;
    let mut changes = Vec::new();
    let mut markers = Vec::new();
    for (path, new) in &pending.files {
        let old: Option<Arc<[u8]>> = world.git.read(&base.commit, path).await?.map(Into::into);
        if old == *new {
            continue;
        }
        equal = false;
        if let (Some(old), Some(new)) = (old, new) {
            let file = |bytes| SourceFile { path: path.clone(), bytes };
            let tree = marked([file(new.clone())]);
            let (before, after) = (marked([file(old)]), tree.get(path));
            if let Some(before) = before.get(path) {
                changes.extend(changed(before, after, path));
            }
            markers.extend(after.into_iter().flat_map(|file| file.markers.clone()));
            files.insert(path.clone(), new.clone());
        }
    }
    let updates = updates(changes, &markers, &found.resources);
    Ok((!equal).then(|| Commit {
        automation: found.targets.first().map(|target| target.id.clone()),
        author: assumed_author(),
        message: String::new(),
        files,
        updates,
    }))
}

/// The marked values of a file that differ.
fn changed(
    before: &super::Marked,
    after: Option<&super::Marked>,
    path: &RepoPath,
) -> Vec<(NamespacedName, Change)> {
    let values = other_values(before, after);
    let change = |(index, new_value): (usize, String)| {
        let marker = &before.markers[index];
        let change = Change {
            file: path.clone(),
            object: marker.object.clone(),
            old_value: marker.value.clone(),
            new_value,
            setter: marker.text.clone(),
            at: marker.at.clone(),
        };
        (marker.policy.clone(), change)
    };
    values.into_iter().map(change).collect()
}

/// The changes by policy, each with the image that its markers now name.
fn updates(
    changes: Vec<(NamespacedName, Change)>,
    markers: &[Marker],
    resources: &Resources,
) -> Vec<PolicyUpdate> {
    let mut by_policy: BTreeMap<NamespacedName, Vec<Change>> = BTreeMap::new();
    for (policy, change) in changes {
        by_policy.entry(policy).or_default().push(change);
    }
    let update = |(policy, changes): (NamespacedName, Vec<Change>)| {
        let latest = image(&policy, &changes, markers, resources)?;
        Some(PolicyUpdate { policy, latest, downgrade: false, changes })
    };
    by_policy.into_iter().filter_map(update).collect()
}

/// What a policy's values say together; those that have changed say it first.
fn image(
    policy: &NamespacedName,
    changes: &[Change],
    markers: &[Marker],
    resources: &Resources,
) -> Option<ImageRef> {
    let new = changes.iter().map(|change| Reference::of_setter(&change.setter, &change.new_value));
    let others = markers.iter().filter(|marker| marker.policy == *policy);
    let others = others.map(|marker| Reference::read(marker.part, &marker.value));
    let said: Vec<Reference<'_>> = new.chain(others).collect();
    let declared = || {
        let resource = resources.policies.iter().find(|resource| resource.id == *policy)?;
        Some(resources.repository_of(resource).ok()?.spec.image.clone())
    };
    let name = said.iter().find_map(|reference| reference.name).map(str::to_owned);
    Some(ImageRef {
        name: name.or_else(declared).unwrap_or_else(|| policy.name.clone()),
        tag: Tag::new(said.iter().find_map(|reference| reference.tag)?)?,
        digest: said.iter().find_map(|reference| reference.digest).and_then(Digest::new),
    })
}

fn proposal(found: &Found, branch: &str, base: Head, commits: Vec<Commit>) -> Proposal {
    let automations: Vec<String> =
        found.targets.iter().map(|target| target.id.to_string()).collect();
    let updates: Vec<PolicyUpdate> =
        commits.iter().flat_map(|commit| commit.updates.iter().cloned()).collect();
    let title = match &updates[..] {
        [] => "Update container images".to_owned(),
        updates => default_title(updates),
    };
    let body = body_of_pushed(automations.clone(), &updates);
    let branch = branch.to_owned();
    Proposal { branch, base, commits, undecided: false, automations, title, body }
}
