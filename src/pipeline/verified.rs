//! Whether GitHub shows a branch's commits as verified, read back from it.
//!
//! A signature that GitHub does not know is no failure: Flux itself may be the
//! one that verifies. But nobody wants to find it out at the merge.

use super::{Acted, Branch, Found, World};
use crate::{
    cli::{CommitMode, Settings},
    diagnostic::{Code, Diagnostic, Location, Severity},
    github::{GitHubError, Verification},
    proposal::Reason,
    tree::CommitId,
};

const SIGNING_KEY: [&str; 4] = ["spec", "git", "commit", "signingKey"];

/// Asks about each commit that was just pushed with a signature; about the head
/// alone where the branch stood as wanted. Where nobody signs nothing is asked.
pub(super) async fn read_back(
    world: &World,
    settings: &Settings,
    branch: &Branch,
    found: &Found,
    acted: &mut Acted,
) {
    // A repository of the same name on GitHub may be somebody else's.
    let is_at_github = branch.pull_request || world.is_at_github;
    let github = world.github.as_ref().filter(|_| is_at_github && !settings.dry_run);
    let (Some(github), Ok(done)) = (github, &mut acted.result) else { return };
    let is_pushed = !done.commits.is_empty();
    let by_github = settings.commit_mode == CommitMode::Api;
    let signs =
        |turn: &usize| by_github || matches!(branch.push.signing.get(*turn), Some(Ok(Some(_))));
    let turns = 0..branch.proposal.commits.len();
    let all_sign = !turns.is_empty() && turns.clone().all(|turn| signs(&turn));
    let asked: Vec<(usize, CommitId)> = if is_pushed {
        // The answer to the making of GitHub's own commits said so.
        let commits = done.commits.iter().cloned().enumerate();
        commits.filter(|(turn, _)| !by_github && signs(turn)).collect()
    } else {
        let is_as_wanted = acted.decision.as_ref().is_some_and(|decision| {
            use Reason::{Missing, UpToDate, WordsDiffer};
            matches!(decision.reason, UpToDate | WordsDiffer | Missing)
        });
        let head = done.head.clone().filter(|_| is_as_wanted && all_sign);
        turns.last().zip(head).into_iter().collect()
    };
    if asked.is_empty() {
        return;
    }
    done.verified = all_sign;
    for (turn, commit) in asked {
        let answer = if is_pushed {
            github.verification_of_pushed(&commit).await
        } else {
            github.verification(&commit).await
        };
        let told = match answer {
            Ok(verification) if verification.verified => continue,
            Ok(verification) => not_verified(branch, &commit, &verification),
            Err(error) => not_known(&commit, &error),
        };
        done.verified = false;
        acted.shortfalls.push(told.at(place(branch, found, turn)));
    }
}

/// The same for the head of a branch that something else pushed, where one of
/// its automations signs in the cluster. It is for the outputs alone: who
/// pushed it sees to its signature.
pub(super) async fn read_head(
    world: &World,
    settings: &Settings,
    found: &Found,
    acted: &mut Acted,
) {
    let automations = found.targets.iter().filter_map(|target| target.automation);
    let automations = automations.map(|place| &found.resources.automations[place]);
    let signs = automations.into_iter().any(|each| each.spec.git.commit.signing_key.is_some());
    let github = world.github.as_ref().filter(|_| signs && !settings.dry_run);
    let (Some(github), Ok(done)) = (github, &mut acted.result) else { return };
    let Some(head) = &done.head else { return };
    match github.verification(head).await {
        Ok(verification) => done.verified = verification.verified,
        Err(error) => acted.shortfalls.push(not_known(head, &error)),
    }
}

/// The line that says what signs a commit, where an automation does.
fn place(branch: &Branch, found: &Found, turn: usize) -> Option<Location> {
    let maker = (*branch.makers.get(turn)?)?;
    let automation = &found.resources.automations[found.targets[maker].automation?];
    automation.spec.git.commit.signing_key.as_ref()?;
    Some(automation.place(&SIGNING_KEY))
}

fn not_verified(branch: &Branch, commit: &CommitId, verification: &Verification) -> Diagnostic {
    let name = &branch.proposal.branch;
    Diagnostic::new(
        Code::BranchNotVerified,
        format!(
            "GitHub does not verify the commit `{}` on `{name}`: `{}`",
            commit.short(),
            verification.reason
        ),
    )
    .hint(verification.help())
}

fn not_known(commit: &CommitId, error: &GitHubError) -> Diagnostic {
    let problem = Diagnostic::of(error);
    let message = format!(
        "whether GitHub verifies the commit `{}` is not known: {}",
        commit.short(),
        problem.message
    );
    Diagnostic { code: Code::BranchNotVerified, message, ..problem }.severity(Severity::Warning)
}
