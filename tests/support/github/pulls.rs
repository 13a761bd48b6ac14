//! Pull requests: the routes below `/pulls`, and what people do to them.

use super::{
    answer::{Answer, Call},
    permissions::Kind,
    repository::Repository,
};

/// A pull request.
#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub head: String,
    /// A fork's owner, where the head is not here.
    pub fork: Option<String>,
    /// The head's commit; of a closed one, the last before it was closed.
    pub head_commit: String,
    pub base: String,
    pub open: bool,
    pub merged_at: Option<String>,
    pub draft: bool,
    pub author: String,
    pub labels: Vec<String>,
    pub assignees: Vec<String>,
    pub reviewers: Vec<String>,
    pub teams: Vec<String>,
    pub milestone: Option<u64>,
    pub comments: Vec<String>,
    pub auto_merge: Option<String>,
    /// Whether it waits in the merge queue.
    pub queued: bool,
    pub created_at: String,
    pub updated_at: String,
}

const LONGEST_TITLE: usize = 256;
const LONGEST_BODY: usize = 65_536;

impl Repository {
    /// The pull request of a number.
    pub fn pull(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    /// A person merges it. The base stays where it is: whoever wants to see
    /// it moved moves it.
    pub fn merge(&mut self, number: u64) {
        let now = self.now();
        let pull = self.pull(number).expect("there is such a pull request");
        (pull.open, pull.merged_at) = (false, Some(now));
    }

    /// A person closes it.
    pub fn close(&mut self, number: u64) {
        self.pull(number).expect("there is such a pull request").open = false;
    }

    pub fn list_pulls(&self, call: &Call) -> Answer {
        let state = call.query("state").unwrap_or("open");
        // Without `owner:` GitHub ignores it, and says nothing.
        let head = call.query("head").and_then(|head| head.split_once(':'));
        let mut pulls: Vec<&Pull> = self
            .pulls
            .iter()
            .filter(|pull| state == "all" || pull.open == (state == "open"))
            .filter(|pull| {
                head.is_none_or(|(owner, branch)| {
                    pull.head == branch
                        && owner.eq_ignore_ascii_case(pull.fork.as_ref().unwrap_or(&self.owner))
                })
            })
            .filter(|pull| call.query("base").is_none_or(|base| pull.base == base))
            .collect();
        pulls.sort_by_key(|pull| pull.number);
        if call.query("direction") != Some("asc") {
            pulls.reverse();
        }
        call.page(pulls.into_iter().map(|pull| self.show(call, pull, false)).collect())
    }

    pub fn get_pull(&self, call: &Call) -> Answer {
        let number = call.number("pull_number");
        match self.pulls.iter().find(|pull| pull.number == number) {
            Some(pull) => Answer::new(200, self.show(call, pull, true)),
            None => Answer::not_found(),
        }
    }

    pub fn create_pull(&mut self, call: &Call) -> Answer {
        let token = call.token.as_ref();
        if token.is_some_and(|token| token.of_actions) && !self.actions_may_propose {
            return Answer::refusal(
                403,
                "GitHub Actions is not permitted to create or approve pull requests.",
            );
        }
        let head = call.text("head").unwrap_or_default();
        let head = head.strip_prefix(&format!("{}:", self.owner)).unwrap_or(head).to_owned();
        let base = call.text("base").unwrap_or_default().to_owned();
        let (Some(head_commit), Some(base_commit)) = (self.heads.get(&head), self.heads.get(&base))
        else {
            let field = if self.heads.get(&head).is_none() { "head" } else { "base" };
            return Answer::field("PullRequest", field, "invalid");
        };
        if self.is_ancestor(&head_commit, &base_commit) {
            return Answer::custom(
                "PullRequest",
                "",
                format!("No commits between {base} and {head}"),
            );
        }
        if self
            .pulls
            .iter()
            .any(|pull| pull.open && pull.fork.is_none() && pull.head == head && pull.base == base)
        {
            let message = format!("A pull request already exists for {}:{head}.", self.owner);
            return Answer::custom("PullRequest", "", message);
        }
        let draft = call.body["draft"] == true;
        if draft && !self.drafts {
            return Answer::refusal(
                422,
                "Draft pull requests are not supported in this repository.",
            );
        }
        let title = call.text("title").unwrap_or_default().to_owned();
        let body = call.text("body").map(str::to_owned);
        if let Some(refusal) = too_long(&title, body.as_deref()) {
            return refusal;
        }
        let now = self.now();
        let pull = Pull {
            number: self.pulls.len() as u64 + 1,
            title,
            body,
            head,
            fork: None,
            head_commit,
            base,
            open: true,
            merged_at: None,
            draft,
            author: call.login(),
            labels: Vec::new(),
            assignees: Vec::new(),
            reviewers: Vec::new(),
            teams: Vec::new(),
            milestone: None,
            comments: Vec::new(),
            auto_merge: None,
            queued: false,
            created_at: now.clone(),
            updated_at: now,
        };
        let shown = self.show(call, &pull, true);
        self.pulls.push(pull);
        Answer::new(201, shown)
    }

    pub fn update_pull(&mut self, call: &Call) -> Answer {
        let (now, heads, owner) = (self.now(), self.heads.clone(), self.owner.clone());
        let wanted_base = call.text("base").map(str::to_owned);
        let taken = |pulls: &[Pull], of: &Pull, base: &str| {
            pulls.iter().any(|other| {
                other.number != of.number
                    && other.open
                    && other.head == of.head
                    && other.base == base
            })
        };
        let number = call.number("pull_number");
        let Some(at) = self.pulls.iter().position(|pull| pull.number == number) else {
            return Answer::not_found();
        };
        let mut pull = self.pulls[at].clone();
        match call.text("state") {
            Some("closed") => pull.open = false,
            Some("open") if !pull.open => {
                let head = heads.get(&pull.head);
                let why = if pull.merged_at.is_some() {
                    Some("it has been merged".to_owned())
                } else if head.is_none() {
                    Some(format!("the {} branch has been deleted", pull.head))
                } else if head.as_ref() != Some(&pull.head_commit) {
                    Some(format!("The {} branch was force-pushed or recreated", pull.head))
                } else {
                    None
                };
                if let Some(why) = why {
                    return Answer::custom(
                        "PullRequest",
                        "state",
                        format!("state cannot be changed. {why}."),
                    );
                }
                pull.open = true;
            }
            _ => {}
        }
        if let Some(base) = wanted_base.filter(|base| *base != pull.base) {
            if !pull.open {
                return Answer::custom(
                    "PullRequest",
                    "base",
                    "Cannot change the base branch of a closed pull request.",
                );
            }
            if heads.get(&base).is_none() {
                return Answer::field("PullRequest", "base", "invalid");
            }
            if taken(&self.pulls, &pull, &base) {
                let message = format!(
                    "A pull request already exists for base branch '{base}' and head branch '{owner}:{}'",
                    pull.head
                );
                return Answer::custom("PullRequest", "base", message);
            }
            pull.base = base;
        }
        if let Some(title) = call.text("title") {
            title.clone_into(&mut pull.title);
        }
        if let Some(body) = call.text("body") {
            pull.body = Some(body.to_owned());
        }
        if let Some(refusal) = too_long(&pull.title, pull.body.as_deref()) {
            return refusal;
        }
        pull.updated_at = now;
        let shown = self.show(call, &pull, true);
        self.pulls[at] = pull;
        Answer::new(200, shown)
    }

    /// All or none, as GitHub does it.
    pub fn request_reviewers(&mut self, call: &Call) -> Answer {
        let (users, teams) = (call.texts("reviewers"), call.texts("team_reviewers"));
        let (collaborators, known_teams) = (self.collaborators.clone(), self.teams.clone());
        let full_name = self.full_name();
        let Some(pull) = self.pull(call.number("pull_number")) else { return Answer::not_found() };
        if users.contains(&pull.author) {
            return Answer::refusal(422, "Review cannot be requested from pull request author.");
        }
        let integration = call.token.as_ref().is_some_and(|token| token.kind == Kind::Integration);
        if !teams.is_empty() && integration {
            return Answer::refusal(
                422,
                "Could not resolve to a node with the global id of 'T_1'.",
            );
        }
        if !users.iter().all(|user| collaborators.contains(user))
            || !teams.iter().all(|team| known_teams.contains(team))
        {
            return Answer::refusal(
                422,
                format!(
                    "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the {full_name} repository."
                ),
            );
        }
        pull.reviewers.extend(users);
        pull.teams.extend(teams);
        let pull = pull.clone();
        Answer::new(201, self.show(call, &pull, false))
    }
}

fn too_long(title: &str, body: Option<&str>) -> Option<Answer> {
    if title.trim().is_empty() {
        return Some(Answer::field("PullRequest", "title", "missing_field"));
    }
    let lengths =
        [("title", title, LONGEST_TITLE), ("body", body.unwrap_or_default(), LONGEST_BODY)];
    let (field, _, most) =
        lengths.into_iter().find(|(_, text, most)| text.chars().count() > *most)?;
    Some(Answer::custom(
        "Issue",
        field,
        format!("{field} is too long (maximum is {most} characters)"),
    ))
}
