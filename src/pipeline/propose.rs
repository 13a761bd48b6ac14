//! *propose*: it is decided for each branch what shall be done, and done.

use super::{
    Branch, Found, PushPlan, Wanted, World, attempt::Attempt, standing, stop::Stop, verified,
};
use crate::{
    cli::Settings,
    diagnostic::Diagnostic,
    proposal::{Decision, Proposal, PullRequest, Rules, Standing, decide},
    tree::CommitId,
};

/// What happened to the pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It was opened.
    Created,
    /// It, or its branch, was changed.
    Updated,
    /// It was closed.
    Closed,
    /// Nothing.
    None,
}

impl Operation {
    /// The word of the result document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Closed => "closed",
            Self::None => "none",
        }
    }
}

/// How a branch and its pull request are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The commits that stand on the branch for the proposal, in its order;
    /// empty when they were there already.
    pub commits: Vec<CommitId>,
    /// Where the branch is now; `None` when there is none.
    pub head: Option<CommitId>,
    /// The pull request, open or just closed.
    pub pull_request: Option<PullRequest>,
    /// What happened to it.
    pub operation: Operation,
    /// Whether GitHub shows the branch's commits as verified.
    pub verified: bool,
}

/// What became of one branch.
#[derive(Debug)]
pub struct Acted {
    /// The branch.
    pub branch: String,
    /// What was decided; `None` when what stands is not known.
    pub decision: Option<Decision>,
    /// How things are now, or what failed.
    pub result: Result<Done, Diagnostic>,
    /// What GitHub did not take.
    pub shortfalls: Vec<Diagnostic>,
    /// Whether what was read has changed before anything was written.
    pub outdated: bool,
}

impl Acted {
    /// Whether anything was written.
    pub(super) fn has_written(&self) -> bool {
        let written = |done: &Done| !done.commits.is_empty() || done.operation != Operation::None;
        self.result.as_ref().is_ok_and(written)
    }

    /// Nothing was done, for this reason.
    pub(super) fn failed(branch: &str, problem: Diagnostic) -> Self {
        let (branch, result) = (branch.to_owned(), Err(problem));
        Self { branch, decision: None, result, shortfalls: Vec::new(), outdated: false }
    }

    /// What is told of this branch.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        let decided = self.decision.iter().flat_map(|decision| &decision.problems);
        decided.chain(self.result.as_ref().err()).chain(&self.shortfalls)
    }
}

/// Carries out what is decided for every branch, one after the other; with
/// `--dry-run` it is only decided.
pub(super) async fn propose(
    world: &World,
    wanted: &Wanted,
    found: &Found,
    settings: &Settings,
) -> Vec<Acted> {
    let mut acted = Vec::new();
    for branch in &wanted.branches {
        acted.push(one(world, branch, found, settings).await);
    }
    acted
}

async fn one(world: &World, branch: &Branch, found: &Found, settings: &Settings) -> Acted {
    let name = branch.proposal.branch.clone();
    if let Some(problem) = &branch.blocked {
        return Acted::failed(&name, problem.clone());
    }
    let standing = match found.standings.get(&name) {
        Some(Ok(standing)) => standing.clone(),
        Some(Err(problem)) => return Acted::failed(&name, Diagnostic::clone(problem)),
        None => Standing::default(),
    };
    let rules = Rules {
        pull_request: branch.pull_request,
        // Flux never deletes a branch: without a pull request it may be anybody's.
        delete_branch: settings.rules.delete_branch && branch.pull_request,
        ..settings.rules.clone()
    };
    let again = || standing::again(world, branch, found);
    let wanted = (&branch.proposal, &branch.push);
    let mut acted = decide_and_do(world, settings, wanted, &rules, standing, decide, again).await;
    verified::read_back(world, settings, branch, found, &mut acted).await;
    acted
}

/// The rows of `run`, or those of `propose`.
type Decide = fn(&Proposal, &Standing, &Rules) -> Decision;

/// Decides and does it; after a lost lease what stands is looked at once more,
/// and only once.
pub(super) async fn decide_and_do<F>(
    world: &World,
    settings: &Settings,
    (proposal, plan): (&Proposal, &PushPlan),
    rules: &Rules,
    mut standing: Standing,
    decide: Decide,
    again: impl Fn() -> F,
) -> Acted
where
    F: Future<Output = Result<Standing, Diagnostic>>,
{
    if settings.dry_run {
        return Acted {
            branch: proposal.branch.clone(),
            decision: Some(decide(proposal, &standing, rules)),
            result: Ok(unchanged(proposal, &standing)),
            shortfalls: Vec::new(),
            outdated: false,
        };
    }
    let open = standing.open(&proposal.base.branch).filter(|_| rules.pull_request).cloned();
    let mut attempt = Attempt::new(world, settings, (proposal, plan), rules, open);
    let mut looked_again = false;
    let mut outdated = false;
    let (decision, result) = loop {
        let decision = match decided(world, proposal, &mut standing, rules, decide).await {
            Ok(decision) => decision,
            Err(problem) => break (None, Err(problem)),
        };
        match attempt.carry_out(&decision, &standing).await {
            Ok(done) => break (Some(decision), Ok(done)),
            Err(Stop::Outdated(problem)) => {
                outdated = true;
                break (Some(decision), Err(problem));
            }
            // The edits are made on it: that is more than this stage can mend.
            Err(Stop::Lease(problem)) if proposal.is_direct() => {
                outdated = true;
                break (Some(decision), Err(problem));
            }
            Err(Stop::Lease(_)) if !looked_again => {
                looked_again = true;
                match again().await {
                    Ok(fresh) => standing = fresh,
                    Err(problem) => break (Some(decision), Err(problem)),
                }
            }
            Err(Stop::Lease(problem) | Stop::Failed(problem)) => {
                break (Some(decision), Err(problem));
            }
        }
    };
    let result = result.map_err(|problem| attempt.aftermath(problem));
    let shortfalls = attempt.shortfalls;
    Acted { branch: proposal.branch.clone(), decision, result, shortfalls, outdated }
}

/// What shall be done. The merge queue is asked about only when something
/// would disturb it.
async fn decided(
    world: &World,
    proposal: &Proposal,
    standing: &mut Standing,
    rules: &Rules,
    decide: Decide,
) -> Result<Decision, Diagnostic> {
    let decision = decide(proposal, standing, rules);
    let open = standing.open(&proposal.base.branch).filter(|_| rules.pull_request);
    let (Some(open), Some(github)) = (open, &world.github) else { return Ok(decision) };
    if !decision.action.disturbs_a_queue() {
        return Ok(decision);
    }
    let queued = github.is_in_merge_queue(&open.node_id).await;
    standing.queued = queued.map_err(|error| Diagnostic::of(&error))?;
    Ok(decide(proposal, standing, rules))
}

/// How things stay when nothing is done.
pub(super) fn unchanged(proposal: &Proposal, standing: &Standing) -> Done {
    Done {
        commits: Vec::new(),
        head: standing.branch.as_ref().map(|pending| pending.head.clone()),
        pull_request: standing.open(&proposal.base.branch).cloned(),
        operation: Operation::None,
        verified: false,
    }
}
