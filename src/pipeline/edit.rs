//! *edit*: the verdicts become values at the markers, and the values commits.
//!
//! Pure: trees and verdicts in, proposals out.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Aim, Found, Latest, Marked, Push, Target, Verdict, carried,
    claims::Claims,
    refspec::{self, Refspec},
    wanted::{Branch, Edited, PushPlan, Wanted},
    words,
    work::Work,
};
use crate::{
    cli::Settings,
    diagnostic::{Code, Diagnostic},
    flux,
    proposal::{Author, Commit, Note, PolicyUpdate, Proposal, State, body, default_title},
    signing::SigningKey,
    tree::RepoPath,
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
    let claims = Claims::new(found);
    let mut branches: Vec<&str> = found.aims().map(|(_, aim)| aim.push.branch()).collect();
    branches.sort_unstable();
    branches.dedup();
    for name in branches {
        let made = branch(name, &claims, found, latest, settings, &mut wanted);
        wanted.branches.extend(made);
    }
    wanted
}

/// One branch: the commits of its automations, each on the result of the one
/// before. What fails keeps what the branch holds of it.
fn branch(
    name: &str,
    claims: &Claims<'_>,
    found: &Found,
    latest: &Latest,
    settings: &Settings,
    wanted: &mut Wanted,
) -> Option<Branch> {
    let targets: Vec<(usize, &Target, &Aim)> = found
        .targets
        .iter()
        .enumerate()
        .filter_map(|(index, target)| Some((index, target, target.aim.as_ref().ok()?)))
        .filter(|(_, _, aim)| aim.push.branch() == name)
        .collect();
    let (_, _, first) = *targets.first()?;
    let mut work = Work::new(claims, found, latest, settings, name, carried::holds(found, first));
    let mut commits: Vec<Commit> = Vec::new();
    let mut makers = Vec::new();
    for (index, target, aim) in &targets {
        let made = match &target.fault {
            Some(fault) => Err(fault.clone()),
            None => work.automation(*index, target, aim),
        };
        let commit = match made {
            Ok(commit) => commit,
            Err(problem) => {
                wanted.edited[*index].error = Some(problem.clone());
                work.problems.extend(target.fault.is_none().then_some(problem));
                let kept = work.carried(Some(*index), target, aim);
                makers.extend(kept.is_some().then_some(Some(*index)));
                commits.extend(kept);
                continue;
            }
        };
        if let Some(commit) = commit {
            wanted.edited[*index].updates.clone_from(&commit.updates);
            wanted.edited[*index].message = Some(commit.message.clone());
            makers.push(Some(*index));
            commits.push(commit);
        }
    }
    if found.has_unknown_claims() {
        let (_, target, aim) = targets[0];
        let kept = work.carried(None, target, &Aim { path: RepoPath::root(), ..aim.clone() });
        makers.extend(kept.is_some().then_some(None));
        commits.extend(kept);
    }
    work.keep_holds();
    let notes = notes(claims, found, latest, &targets, &work);
    let updates: Vec<PolicyUpdate> =
        commits.iter().flat_map(|commit| commit.updates.iter().cloned()).collect();
    let automations: Vec<String> =
        targets.iter().map(|(_, target, _)| target.id.to_string()).collect();
    let mut body = body(automations.clone(), &updates, &notes);
    let mut title = default_title(&updates);
    let mut blocked = shared(claims, found, settings, name, first)
        .or_else(|| unreadable_on_base(found, name, first));
    if let Some((commit, maker)) = commits.first().zip(makers.first()) {
        let maker = targets.iter().find(|(index, ..)| Some(*index) == *maker);
        let (_, target, aim) = maker.unwrap_or(&targets[0]);
        match words::of_pull_request(found, settings, target, aim, commit) {
            Ok((own_title, own_body)) => {
                title = own_title.unwrap_or(title);
                if let Some(text) = own_body {
                    body = body.replaced(&text);
                }
            }
            Err(problem) => blocked = blocked.or(Some(problem)),
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
    let signing = makers.iter().map(|maker| signing(found, *maker)).collect();
    let pushes: Vec<&flux::Push> = makers
        .iter()
        .filter_map(|maker| found.targets[(*maker)?].automation)
        .filter_map(|place| found.resources.automations[place].spec.git.push.as_ref())
        .collect();
    let pull_request = matches!(first.push, Push::Branch(_));
    // What cannot be read is its automation's fault, and told.
    let refspecs = pushes.iter().filter(|_| !pull_request);
    let refspecs = refspecs.filter_map(|push| Refspec::read(&push.refspec, name).ok());
    let push = PushPlan {
        signing,
        options: refspec::options(pushes.iter().map(|push| &push.options)),
        refspecs: refspecs.map(|spec| (found.heads.get(&spec.branch).cloned(), spec)).collect(),
    };
    Some(Branch { proposal, makers, push, pull_request, blocked })
}

/// What signs an automation's commits. A key that cannot be had is never a
/// reason to leave a commit unsigned.
fn signing(found: &Found, maker: Option<usize>) -> Result<Option<Arc<SigningKey>>, Diagnostic> {
    let automations = &found.resources.automations;
    let asks = |place: usize| automations[place].spec.git.commit.signing_key.is_some();
    let Some(target) = maker.map(|maker| &found.targets[maker]) else {
        if !(0..automations.len()).any(asks) {
            return Ok(None);
        }
        return Err(Diagnostic::new(
            Code::AutomationSigningKey,
            "the branch holds commits of an automation that cannot be read, so that nobody knows what signs them",
        )
        .hint("mend the automation"));
    };
    match (&target.key, &target.fault) {
        (None, Some(fault)) if target.automation.is_some_and(asks) => Err(fault.clone()),
        (key, _) => Ok(key.clone()),
    }
}

/// A narrowed run that meets the work of automations that it leaves out: it
/// would undo it. Seen by the values that the branch sets, whoever's they are.
fn shared(
    claims: &Claims<'_>,
    found: &Found,
    settings: &Settings,
    name: &str,
    aim: &Aim,
) -> Option<Diagnostic> {
    if !settings.rules.narrowed {
        return None;
    }
    let on_base = found.trees.get(&aim.base.commit)?;
    let (pending, fork) = (found.pending.get(name)?, found.forks.get(name)?);
    let mut others = BTreeSet::new();
    for (path, marked) in on_base {
        let kept = carried::kept_values(marked, pending.get(path), fork.get(path));
        for index in kept.into_keys() {
            let owner = claims.owner(&aim.base.branch, path, &marked.markers[index].policy);
            match owner.map(|owner| &found.targets[owner]) {
                Some(owner) if owner.aim.is_ok() => {}
                Some(owner) => _ = others.insert(format!("`{}`", owner.id)),
                None => _ = others.insert("automations".to_owned()),
            }
        }
    }
    let others: Vec<String> = others.into_iter().collect();
    (!others.is_empty()).then(|| {
        Diagnostic::new(
            Code::BranchShared,
            format!(
                "`{name}` also holds the work of {}, which this run leaves out",
                others.join(", ")
            ),
        )
        .hint("give the narrowed run a branch of its own with `--branch`")
    })
}

/// A file whose markers on base cannot be read any more, while values at them
/// are pending: a slip of the pen there is no decision about them.
fn unreadable_on_base(found: &Found, name: &str, aim: &Aim) -> Option<Diagnostic> {
    let on_base = found.trees.get(&aim.base.commit)?;
    let (pending, fork) = (found.pending.get(name)?, found.forks.get(name)?);
    let newest = found.standings.get(name)?.as_ref().ok()?.remembers(&aim.base.branch);
    if newest.is_some_and(|newest| newest.state == State::Merged) {
        return None;
    }
    let holds = carried::holds(found, aim);
    fork.iter().find_map(|(path, fork)| {
        let base = on_base.get(path)?;
        let problem = base.problems.get(fork.problems.len()..)?.first()?;
        let pending = carried::standing_values(fork, pending.get(path), Some(fork), &holds);
        let is_gone = |index: &usize| {
            let text = &fork.markers[*index].text;
            let count = |file: &Marked| file.markers.iter().filter(|m| m.text == *text).count();
            count(base) < count(fork)
        };
        if !pending.keys().any(is_gone) {
            return None;
        }
        let base = &aim.base.branch;
        let message = format!(
            "`{name}` is left alone: it holds updates of `{path}`, whose markers cannot be read on `{base}`"
        );
        Some(
            Diagnostic::new(Code::BranchBaseUnreadable, message)
                .at(problem.at.clone())
                .hint(format!("mend the file on `{base}`")),
        )
    })
}

/// What the pull request says beside its updates: of the policies whose markers
/// are its automations'.
fn notes(
    claims: &Claims<'_>,
    found: &Found,
    latest: &Latest,
    targets: &[(usize, &Target, &Aim)],
    work: &Work<'_>,
) -> Vec<Note> {
    let mut marked: BTreeSet<usize> = BTreeSet::new();
    for (index, _, aim) in targets {
        let files = found.trees.get(&aim.base.commit).into_iter().flatten();
        for (path, file) in files.filter(|(path, _)| path.is_within(&aim.path)) {
            let own = file.markers.iter().filter(|marker| {
                claims.owner(&aim.base.branch, path, &marker.policy) == Some(*index)
            });
            marked.extend(own.filter_map(|marker| claims.policies(*index).get(&marker.policy)));
        }
    }
    let mut notes = Vec::new();
    for place in marked {
        let policy = found.resources.policies[place].id.to_string();
        match &latest.policies[place].verdict {
            Verdict::Suspended => notes.push(Note::Suspended { policy }),
            Verdict::Elected { held_back: Some(held), .. } => notes.push(Note::HeldBack {
                policy,
                tag: held.tag.clone(),
                reason: held.reason.clone(),
            }),
            _ => {}
        }
    }
    notes.extend(work.left_out.iter().map(|(hold, latest)| Note::LeftOut {
        policy: hold.policy.clone(),
        latest: latest.clone(),
    }));
    notes
}

/// Author and committer of an automation's commits.
pub(super) fn author(found: &Found, target: &Target) -> Author {
    match target.automation {
        Some(index) => {
            let author = &found.resources.automations[index].spec.git.commit.author;
            Author { name: author.name.clone(), email: author.email.clone() }
        }
        None => assumed_author(),
    }
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
