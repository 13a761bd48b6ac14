//! *propose*: what was decided for each branch is carried out.
#![expect(clippy::disallowed_methods, reason = "commits carry the time at which they are made")]

use std::{sync::Arc, time::SystemTime};

use super::{Branch, Found, Wanted, World, standing};
use crate::{
    cli::Settings,
    diagnostic::Diagnostic,
    git::{CommitDraft, PushError, RefUpdate, Signature, Time},
    github::{GitHub, NewPullRequest, PullRequestPatch, Shortfall},
    proposal::{
        BranchWrite, Decision, Proposal, PullRequest, PullRequestWrite, Standing, State, decide,
    },
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
}

impl Acted {
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
    let failed = |problem| Acted {
        branch: name.clone(),
        decision: None,
        result: Err(problem),
        shortfalls: Vec::new(),
    };
    if let Some(problem) = &branch.blocked {
        return failed(problem.clone());
    }
    let standing = match found.standings.get(&name) {
        Some(Ok(standing)) => standing,
        Some(Err(problem)) => return failed(Diagnostic::clone(problem)),
        None => &Standing::default(),
    };
    let mut rules = settings.rules;
    rules.pull_request = branch.pull_request;
    let decision = decide(&branch.proposal, standing, rules);
    let mut attempt = Attempt { world, settings, branch, shortfalls: Vec::new() };
    if settings.dry_run {
        let done = unchanged(&branch.proposal, standing);
        return Acted {
            branch: name,
            decision: Some(decision),
            result: Ok(done),
            shortfalls: Vec::new(),
        };
    }
    let mut decision = decision;
    let mut result = attempt.carry_out(&decision, standing).await;
    if let Err(Stop::Lease(_)) = result {
        // Another run or a person pushed meanwhile: look once more, and only once.
        match standing::again(world, branch, found).await {
            Ok(fresh) => {
                decision = decide(&branch.proposal, &fresh, rules);
                result = attempt.carry_out(&decision, &fresh).await;
            }
            Err(problem) => result = Err(Stop::Failed(problem)),
        }
    }
    let shortfalls = std::mem::take(&mut attempt.shortfalls);
    let result = result.map_err(|stop| match stop {
        Stop::Lease(problem) | Stop::Failed(problem) => problem,
    });
    Acted { branch: name, decision: Some(decision), result, shortfalls }
}

/// How things stay when nothing is done.
fn unchanged(proposal: &Proposal, standing: &Standing) -> Done {
    Done {
        commits: Vec::new(),
        head: standing.branch.as_ref().map(|pending| pending.head.clone()),
        pull_request: standing.open(&proposal.base.branch).cloned(),
        operation: Operation::None,
    }
}

/// Why an attempt ended early.
enum Stop {
    /// The branch is not any more what the lease names.
    Lease(Diagnostic),
    /// Anything else.
    Failed(Diagnostic),
}

struct Attempt<'a> {
    world: &'a World,
    settings: &'a Settings,
    branch: &'a Branch,
    shortfalls: Vec<Diagnostic>,
}

impl Attempt<'_> {
    async fn carry_out(&mut self, decision: &Decision, standing: &Standing) -> Result<Done, Stop> {
        let proposal = &self.branch.proposal;
        let mut done = unchanged(proposal, standing);
        if let BranchWrite::Push { lease } = &decision.action.branch {
            let commits = self.push(proposal, lease.as_ref()).await?;
            done.head = commits.last().cloned();
            done.commits = commits;
            if done.pull_request.is_some() {
                done.operation = Operation::Updated;
            }
        }
        let pushed = !done.commits.is_empty();
        let written = self.write_pull_request(&decision.action.pull_request, &mut done).await;
        written.map_err(|problem| Stop::Failed(self.aftermath(problem, pushed)))?;
        if let BranchWrite::Delete { lease } = &decision.action.branch {
            self.delete(lease).await?;
            done.head = None;
        }
        Ok(done)
    }

    /// Says what is already done when the pull request failed after the push.
    fn aftermath(&self, problem: Diagnostic, pushed: bool) -> Diagnostic {
        let proposal = &self.branch.proposal;
        if !pushed {
            return problem;
        }
        let mut told = problem.clone();
        told.message = format!("{}; the branch `{}` is pushed", problem.message, proposal.branch);
        if let Some(github) = &self.world.github {
            let url = github.compare_url(&proposal.base.branch, &proposal.branch);
            let by_hand = format!("open the pull request by hand at {url}");
            told.hint = Some(match problem.hint {
                Some(hint) => format!("{hint}; or {by_hand}"),
                None => by_hand,
            });
        }
        told
    }

    async fn push(
        &self,
        proposal: &Proposal,
        lease: Option<&CommitId>,
    ) -> Result<Vec<CommitId>, Stop> {
        let failed = |error: crate::git::GitError| Stop::Failed(Diagnostic::of(&error));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let mut parent = proposal.base.commit.clone();
        let mut commits = Vec::new();
        for commit in &proposal.commits {
            let draft = CommitDraft {
                author: Signature {
                    name: commit.author.name.clone(),
                    email: commit.author.email.clone(),
                },
                message: commit.message.clone(),
                time: Time { seconds, offset: 0 },
                files: commit.files.clone(),
                signer: None,
            };
            parent = self.world.git.commit(&parent, &draft).await.map_err(failed)?;
            commits.push(parent.clone());
        }
        let update = RefUpdate {
            branch: proposal.branch.clone(),
            old: lease.cloned(),
            new: Some(parent.clone()),
        };
        self.world.git.push(&[update], &[]).await.map_err(stopped)?;
        Ok(commits)
    }

    async fn delete(&self, lease: &CommitId) -> Result<(), Stop> {
        let update = RefUpdate {
            branch: self.branch.proposal.branch.clone(),
            old: Some(lease.clone()),
            new: None,
        };
        self.world.git.push(&[update], &[]).await.map_err(stopped)
    }

    async fn write_pull_request(
        &mut self,
        write: &PullRequestWrite,
        done: &mut Done,
    ) -> Result<(), Diagnostic> {
        if *write == PullRequestWrite::None {
            return Ok(());
        }
        let Some(github) = self.world.github.clone() else {
            return Err(self.world.no_github());
        };
        let told = |error: crate::github::GitHubError| Diagnostic::of(&error);
        match write {
            PullRequestWrite::None => {}
            PullRequestWrite::Create => {
                let opened = self.create(&github).await?;
                done.pull_request = Some(opened);
                done.operation = Operation::Created;
            }
            PullRequestWrite::Update { number, title, body, base } => {
                let patch = PullRequestPatch {
                    title: title.clone(),
                    body: body.clone(),
                    base: base.clone(),
                    state: None,
                };
                done.pull_request = Some(github.update(*number, &patch).await.map_err(told)?);
                done.operation = Operation::Updated;
            }
            PullRequestWrite::Close { number, body, comment } => {
                let patch = PullRequestPatch {
                    body: Some(body.clone()),
                    state: Some(State::Closed),
                    ..PullRequestPatch::default()
                };
                done.pull_request = Some(github.update(*number, &patch).await.map_err(told)?);
                done.operation = Operation::Closed;
                const MARKER: &str = "<!-- flux-image-updates: closed -->";
                let comment = format!("{MARKER}\n{comment}");
                github.comment_once(*number, MARKER, &comment).await.map_err(told)?;
            }
            PullRequestWrite::Comment { number, marker, comment } => {
                github.comment_once(*number, marker, comment).await.map_err(told)?;
            }
        }
        Ok(())
    }

    async fn create(&mut self, github: &Arc<GitHub>) -> Result<PullRequest, Diagnostic> {
        let Proposal { branch, base, title, body, .. } = &self.branch.proposal;
        let words = &self.settings.words;
        let wanted = NewPullRequest {
            title: title.clone(),
            body: body.text(title),
            head: branch.clone(),
            base: base.branch.clone(),
            draft: words.draft,
        };
        let opened = github.create(&wanted).await.map_err(|error| Diagnostic::of(&error))?;
        let mut pull_request = opened.pull_request;
        let number = pull_request.number;
        let mut shortfalls: Vec<Shortfall> = opened.shortfalls;
        if opened.found && (pull_request.title != wanted.title || pull_request.body != wanted.body) {
            let patch = PullRequestPatch {
                title: Some(wanted.title),
                body: Some(wanted.body),
                ..PullRequestPatch::default()
            };
            let updated = github.update(number, &patch).await;
            pull_request = updated.map_err(|error| Diagnostic::of(&error))?;
        }
        shortfalls.extend(github.add_labels(number, &words.labels).await);
        shortfalls.extend(github.add_assignees(number, &words.assignees).await);
        let (users, teams) = (&words.reviewers, &words.team_reviewers);
        shortfalls.extend(github.request_reviewers(number, users, teams).await);
        if let Some(milestone) = &words.milestone {
            shortfalls.extend(github.set_milestone(number, milestone).await);
        }
        if let Some(method) = words.auto_merge {
            let (node, head) = (&pull_request.node_id, &pull_request.head_commit);
            shortfalls.extend(github.enable_auto_merge(node, method, head).await);
        }
        self.shortfalls.extend(shortfalls.iter().map(Diagnostic::of));
        Ok(pull_request)
    }
}

fn stopped(error: PushError) -> Stop {
    let problem = Diagnostic::of(&error);
    match error {
        PushError::LeaseLost { .. } => Stop::Lease(problem),
        _ => Stop::Failed(problem),
    }
}
