//! The commits of a proposal, and the branch moved to them.
#![expect(clippy::disallowed_methods, reason = "commits carry the time at which they are made")]

use std::{sync::Arc, time::SystemTime};

use super::world::no_github;
use super::{PushPlan, World, stop::Stop};
use crate::{
    cli::{CommitMode, Settings},
    diagnostic::{Code, Diagnostic},
    git::{CommitDraft, GitError, RefUpdate, Signature, Signer, Time},
    github::{GitHub, TreeEntry},
    proposal::Proposal,
    tree::CommitId,
};

/// What stands on the branch now.
pub(super) struct Made {
    /// The commits, in the proposal's order.
    pub(super) commits: Vec<CommitId>,
    /// Whether GitHub shows them as verified.
    pub(super) verified: bool,
}

/// Puts the proposal's commits on its base, and the branch on them, if it still
/// is where the lease says.
pub(super) async fn push(
    world: &World,
    settings: &Settings,
    proposal: &Proposal,
    plan: &PushPlan,
    lease: Option<&CommitId>,
) -> Result<Made, Stop> {
    let commits = make(world, settings, proposal, plan).await?;
    // A base is there already; its lease is what the edits were made on.
    let base = &proposal.base.commit;
    let lease = if proposal.is_direct() { Some(base) } else { lease };
    match (settings.commit_mode, &world.github) {
        (CommitMode::Git, _) => {
            let mut updates = vec![RefUpdate {
                branch: proposal.branch.clone(),
                old: lease.cloned(),
                new: commits.last().cloned(),
            }];
            let head = commits.last().unwrap_or(base);
            for (old, refspec) in &plan.refspecs {
                let update = refspec.update(world, old.as_ref(), (base, lease), head).await;
                updates.push(update.map_err(Stop::Failed)?);
            }
            world.git.push(&updates, &plan.options).await?;
            Ok(Made { commits, verified: false })
        }
        (CommitMode::Api, Some(github)) => {
            let made = by_api(world, github, proposal, &commits, lease).await;
            made.map_err(Stop::of_a_push)
        }
        (CommitMode::Api, None) => Err(Stop::Failed(no_github())),
    }
}

async fn by_api(
    world: &World,
    github: &GitHub,
    proposal: &Proposal,
    models: &[CommitId],
    lease: Option<&CommitId>,
) -> Result<Made, Stop> {
    let commits = repeat(world, github, proposal, models).await?;
    if let Some(head) = commits.last() {
        github.move_branch(&proposal.branch, lease, head).await?;
    }
    Ok(Made { commits, verified: true })
}

/// Makes the commits in the store, each on the one before. GitHub signs those
/// of `--commit-mode api` itself.
async fn make(
    world: &World,
    settings: &Settings,
    proposal: &Proposal,
    plan: &PushPlan,
) -> Result<Vec<CommitId>, Stop> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let mut parent = proposal.base.commit.clone();
    let mut commits = Vec::new();
    for (turn, commit) in proposal.commits.iter().enumerate() {
        let key = match plan.signing.get(turn) {
            Some(signing) if settings.commit_mode == CommitMode::Git => {
                signing.clone().map_err(Stop::Failed)?
            }
            _ => None,
        };
        let signer = key.map(|key| -> Signer {
            Arc::new(move |bytes| key.sign(bytes, seconds).map_err(|error| error.to_string()))
        });
        let draft = CommitDraft {
            author: Signature {
                name: commit.author.name.clone(),
                email: commit.author.email.clone(),
            },
            message: commit.message.clone(),
            time: Time { seconds, offset: 0 },
            files: commit.files.clone(),
            signer,
        };
        let made = world.git.commit(&parent, &draft).await;
        parent = made.map_err(|error| Stop::Failed(Diagnostic::of(&error)))?;
        commits.push(parent.clone());
    }
    Ok(commits)
}

/// Makes the same commits on GitHub, which signs them. Nothing is visible
/// until the branch is moved.
async fn repeat(
    world: &World,
    github: &GitHub,
    proposal: &Proposal,
    models: &[CommitId],
) -> Result<Vec<CommitId>, Stop> {
    let unreadable = |error: GitError| Stop::Failed(Diagnostic::of(&error));
    let mut old = &proposal.base.commit;
    let mut parent = old.clone();
    let mut tree = github.tree_of(old).await?;
    let mut commits = Vec::new();
    for (commit, model) in proposal.commits.iter().zip(models) {
        let mut entries = Vec::new();
        for changed in world.git.difference(old, model).await.map_err(unreadable)? {
            // An edit takes no file away.
            let (Some(entry), Some(bytes)) = (changed.new, commit.files.get(&changed.path)) else {
                continue;
            };
            let blob = github.create_blob(bytes).await?;
            entries.push(TreeEntry { path: changed.path, mode: entry.mode.to_owned(), blob });
        }
        tree = github.create_tree(&tree, &entries).await?;
        let made = github.create_commit(&commit.message, &tree, &[parent]).await?;
        if !made.verification.verified {
            return Err(Stop::Failed(not_verified(&made.verification.reason)));
        }
        parent = made.id;
        commits.push(parent.clone());
        old = model;
    }
    Ok(commits)
}

fn not_verified(reason: &str) -> Diagnostic {
    Diagnostic::new(
        Code::AutomationPushFailed,
        format!(
            "GitHub does not sign the commit (`{reason}`), and `--commit-mode api` asks for that; \
             the branch is not moved"
        ),
    )
    .hint(
        "use `${{ github.token }}` or the token of a GitHub App: GitHub signs no commit of a \
         personal access token; or leave `--commit-mode` out",
    )
}
