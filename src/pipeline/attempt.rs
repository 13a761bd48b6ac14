//! What was decided is done: push, then the pull request, then the deletion.
//!
//! The order makes every moment a state from which the next run goes on: a
//! pushed branch without its pull request, a pull request without its labels,
//! a closed one whose branch still stands.

use std::collections::BTreeSet;

use super::world::no_github;
use super::{Done, Operation, PushPlan, World, commits, propose::unchanged, stop::Stop};
use crate::{
    cli::Settings,
    diagnostic::{Code, Diagnostic},
    git::RefUpdate,
    github::{GitHub, GitHubError, NewPullRequest, PullRequestPatch, Shortfall},
    proposal::{
        Action, BranchWrite, Decision, MetadataKind, Proposal, PullRequest, PullRequestWrite,
        Rules, Standing, State, words,
    },
    tree::CommitId,
};

/// A line that is in the comment of a closing and in no other.
const CLOSED_COMMENT: &str = "<!-- flux-image-updates: closed -->";

pub(super) struct Attempt<'a> {
    world: &'a World,
    settings: &'a Settings,
    proposal: &'a Proposal,
    plan: &'a PushPlan,
    rules: &'a Rules,
    /// The open pull request that all was made from.
    read: Option<PullRequest>,
    /// What GitHub did not take.
    pub(super) shortfalls: Vec<Diagnostic>,
    /// What was done, for a failure that comes after it.
    steps: Vec<String>,
    compare_url: Option<String>,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        world: &'a World,
        settings: &'a Settings,
        (proposal, plan): (&'a Proposal, &'a PushPlan),
        rules: &'a Rules,
        read: Option<PullRequest>,
    ) -> Self {
        let (shortfalls, steps) = (Vec::new(), Vec::new());
        Self { world, settings, proposal, plan, rules, read, shortfalls, steps, compare_url: None }
    }

    pub(super) async fn carry_out(
        &mut self,
        decision: &Decision,
        standing: &Standing,
    ) -> Result<Done, Stop> {
        if decision.action != Action::NONE {
            self.look_again().await?;
        }
        let mut done = unchanged(self.proposal, standing);
        if let BranchWrite::Push { lease } = &decision.action.branch {
            let (proposal, plan) = (self.proposal, self.plan);
            let made =
                commits::push(self.world, self.settings, proposal, plan, lease.as_ref()).await?;
            self.steps.push(format!("the branch `{}` is pushed", self.proposal.branch));
            done.head = made.commits.last().cloned();
            done.commits = made.commits;
            done.verified = made.verified;
            if done.pull_request.is_some() {
                done.operation = Operation::Updated;
            }
        }
        self.write_pull_request(&decision.action.pull_request, standing, &mut done).await?;
        if let BranchWrite::Delete { lease } = &decision.action.branch {
            self.delete(lease).await?;
            done.head = None;
        }
        Ok(done)
    }

    /// What people tell us in the pull request is read before the registries
    /// are asked, which takes its time: a box that was ticked since, or a
    /// closing, would be written over.
    async fn look_again(&self) -> Result<(), Stop> {
        // What was written since is our own.
        let read = self.read.as_ref().filter(|_| self.steps.is_empty());
        let (Some(read), Some(github)) = (read, &self.world.github) else { return Ok(()) };
        if github.pull_request(read.number).await?.says_the_same(read) {
            return Ok(());
        }
        let problem = Diagnostic::new(
            Code::AutomationPullRequestFailed,
            format!(
                "the pull request #{} was edited or closed while it was worked out what to write",
                read.number
            ),
        );
        Err(Stop::Outdated(problem.hint("run it again; nothing was changed")))
    }

    /// Says how things are now that something failed.
    pub(super) fn aftermath(&self, mut problem: Diagnostic) -> Diagnostic {
        if !self.steps.is_empty() {
            problem.message = format!("{}; {}", problem.message, self.steps.join(", "));
        }
        if let Some(url) = &self.compare_url {
            let by_hand = format!("open the pull request by hand at {url}");
            problem.hint = Some(match problem.hint {
                Some(hint) => format!("{hint}; or {by_hand}"),
                None => by_hand,
            });
        }
        problem
    }

    async fn delete(&self, lease: &CommitId) -> Result<(), Stop> {
        let branch = self.proposal.branch.clone();
        let update = RefUpdate { branch, old: Some(lease.clone()), new: None };
        Ok(self.world.git.push(&[update], &[]).await?)
    }

    async fn write_pull_request(
        &mut self,
        write: &PullRequestWrite,
        standing: &Standing,
        done: &mut Done,
    ) -> Result<(), Stop> {
        if *write == PullRequestWrite::None {
            return Ok(());
        }
        let Some(github) = self.world.github.clone() else {
            return Err(Stop::Failed(no_github()));
        };
        match write {
            PullRequestWrite::None => {}
            PullRequestWrite::Create => self.create(&github, standing, done).await?,
            PullRequestWrite::Update { .. } => {
                done.pull_request = self.update(&github, write, done.head.as_ref()).await?;
                done.operation = Operation::Updated;
            }
            PullRequestWrite::Close { number, body, comment } => {
                // First the comment: a run that ends here is repeated whole.
                self.comment(&github, *number, CLOSED_COMMENT, comment).await;
                let patch = PullRequestPatch {
                    body: Some(body.clone()),
                    state: Some(State::Closed),
                    ..PullRequestPatch::default()
                };
                done.pull_request = Some(github.update(*number, &patch).await?);
                done.operation = Operation::Closed;
                self.steps.push(format!("the pull request #{number} is closed"));
            }
            PullRequestWrite::Comment { number, marker, comment } => {
                self.comment(&github, *number, marker, comment).await;
            }
        }
        Ok(())
    }

    /// A comment tells people why; without it things stand all the same.
    async fn comment(&mut self, github: &GitHub, number: u64, marker: &str, text: &str) {
        if let Err(source) = github.comment_once(number, marker, text).await {
            let shortfall = Shortfall::Failed { missing: "comment", source };
            self.shortfalls.push(Diagnostic::of(&shortfall));
        }
    }

    async fn create(
        &mut self,
        github: &GitHub,
        standing: &Standing,
        done: &mut Done,
    ) -> Result<(), Stop> {
        let Proposal { branch, base, title, body, .. } = self.proposal;
        let wanted = NewPullRequest {
            title: title.clone(),
            body: body.text(title, None),
            head: branch.clone(),
            base: base.branch.clone(),
            draft: self.settings.words.draft,
        };
        let opened = match github.create(&wanted).await {
            Ok(opened) => opened,
            // Base has caught up meanwhile: there is nothing left to propose.
            Err(GitHubError::NoCommits { .. }) => {
                let deletes = self.rules.delete_branch && !standing.has_another_open(None);
                if let Some(head) = done.head.clone().filter(|_| deletes) {
                    self.delete(&head).await?;
                    done.head = None;
                }
                return Ok(());
            }
            Err(error) => {
                let pushed = format!("the branch `{branch}` is pushed");
                if !self.steps.contains(&pushed) {
                    self.steps.push(pushed);
                }
                self.compare_url = Some(github.compare_url(&base.branch, branch));
                return Err(error.into());
            }
        };
        self.shortfalls.extend(opened.shortfalls.iter().map(Diagnostic::of));
        let mut pull_request = opened.pull_request;
        self.steps.push(format!("the pull request #{} is open", pull_request.number));
        // Its metadata, and its words where another run has opened it.
        let rest = words(self.proposal, &pull_request, self.rules);
        if let Some(updated) = self.update(github, &rest, done.head.as_ref()).await? {
            pull_request = updated;
        }
        done.pull_request = Some(pull_request);
        done.operation = Operation::Created;
        Ok(())
    }

    /// Changes the open pull request; `None` where there is nothing to change.
    async fn update(
        &mut self,
        github: &GitHub,
        write: &PullRequestWrite,
        head: Option<&CommitId>,
    ) -> Result<Option<PullRequest>, Stop> {
        let PullRequestWrite::Update { number, node_id, title, body, base, metadata } = write
        else {
            return Ok(None);
        };
        let mut patch = PullRequestPatch {
            title: title.clone(),
            body: body.clone(),
            base: base.clone(),
            state: None,
        };
        let mut lost = BTreeSet::new();
        for kind in metadata {
            let shortfalls = self.give(*kind, github, (*number, node_id), head).await;
            if shortfalls.iter().any(Shortfall::is_lost) {
                lost.insert(*kind);
            }
            self.shortfalls.extend(shortfalls.iter().map(Diagnostic::of));
        }
        if !lost.is_empty() {
            // The marker does not say that it is given, so that the next run
            // gives it.
            let given = self.rules.metadata.without(&lost);
            patch.body = Some(self.proposal.body.text(&self.proposal.title, Some(&given)));
        }
        Ok(Some(github.update(*number, &patch).await?))
    }

    async fn give(
        &self,
        kind: MetadataKind,
        github: &GitHub,
        (number, node_id): (u64, &str),
        head: Option<&CommitId>,
    ) -> Vec<Shortfall> {
        let words = &self.settings.words;
        match kind {
            MetadataKind::Labels => github.add_labels(number, &words.labels).await,
            MetadataKind::Assignees => github.add_assignees(number, &words.assignees).await,
            MetadataKind::Reviewers => {
                let (users, teams) = (&words.reviewers, &words.team_reviewers);
                github.request_reviewers(number, users, teams).await
            }
            MetadataKind::Milestone => match &words.milestone {
                Some(milestone) => {
                    github.set_milestone(number, milestone).await.into_iter().collect()
                }
                None => Vec::new(),
            },
            MetadataKind::AutoMerge => match (words.auto_merge, head) {
                (Some(method), Some(head)) => {
                    github.enable_auto_merge(node_id, method, head).await.into_iter().collect()
                }
                _ => Vec::new(),
            },
        }
    }
}
