//! The repository that the stand-in serves: what is in it, and its settings.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    answer::{Answer, Call},
    objects::Objects,
    permissions::Token,
    pulls::Pull,
};
use crate::support::git;

/// Tells the commit of a branch.
pub type AskHead = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where branches are.
#[derive(Clone)]
pub enum Heads {
    /// Here alone, for tests without a Git server.
    Here(BTreeMap<String, String>),
    /// In a Git server, which is asked for each branch's commit.
    Asked(Arc<AskHead>),
    /// In a bare repository, where the API puts its objects, too.
    Bare(git::Repository),
}

impl Heads {
    /// The commit of a branch.
    pub fn get(&self, branch: &str) -> Option<String> {
        match self {
            Self::Here(heads) => heads.get(branch).cloned(),
            Self::Asked(ask) => ask(branch),
            Self::Bare(bare) => bare.head(branch),
        }
    }
}

impl fmt::Debug for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(heads) => f.debug_tuple("Here").field(heads).finish(),
            Self::Asked(_) => f.write_str("Asked"),
            Self::Bare(bare) => f.debug_tuple("Bare").field(bare).finish(),
        }
    }
}

/// A repository and its settings, all of them to be changed by a test.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch in GitHub's settings")]
#[derive(Debug)]
pub struct Repository {
    pub owner: String,
    pub name: String,
    /// A name that it had before, which redirects.
    pub former: Option<(String, String)>,
    pub default_branch: String,
    pub archived: bool,
    /// Whether it can be seen without a token.
    pub public: bool,
    /// “Allow GitHub Actions to create and approve pull requests”.
    pub actions_may_propose: bool,
    /// Whether there are draft pull requests.
    pub drafts: bool,
    /// “Allow auto-merge”.
    pub auto_merge: bool,
    /// Whether something is there that auto-merge could wait for.
    pub checks: bool,
    /// Who may be assigned and asked for reviews.
    pub collaborators: BTreeSet<String>,
    /// Teams that may be asked for reviews, by slug.
    pub teams: BTreeSet<String>,
    pub labels: BTreeSet<String>,
    /// Titles of open milestones by number.
    pub milestones: BTreeMap<u64, String>,
    /// Branches that nobody may rewrite.
    pub protected: BTreeSet<String>,
    /// Lines of a ruleset that keeps branches from being moved.
    pub rules: Vec<String>,
    /// Whether a ruleset wants pull requests to be up to date with their base.
    pub strict: bool,
    /// Tokens and what they may do.
    pub tokens: HashMap<String, Token>,
    pub heads: Heads,
    pub objects: Objects,
    /// What GitHub finds of signatures that are not its own.
    pub signatures: &'static str,
    pub pulls: Vec<Pull>,
    /// Whether the first is an ancestor of the second, as far as Git was asked.
    pub ancestry: RefCell<HashMap<(String, String), bool>>,
    clock: u32,
}

impl Repository {
    /// A public repository with one branch, which has one commit.
    pub fn new(owner: &str, name: &str) -> Self {
        let mut repository = Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            former: None,
            default_branch: "main".to_owned(),
            archived: false,
            public: true,
            actions_may_propose: true,
            drafts: true,
            auto_merge: true,
            checks: true,
            collaborators: BTreeSet::from([owner.to_owned()]),
            teams: BTreeSet::new(),
            labels: BTreeSet::from(["bug".to_owned()]),
            milestones: BTreeMap::new(),
            protected: BTreeSet::new(),
            rules: Vec::new(),
            strict: false,
            tokens: HashMap::new(),
            heads: Heads::Here(BTreeMap::new()),
            objects: Objects::default(),
            signatures: "unknown_key",
            pulls: Vec::new(),
            ancestry: RefCell::default(),
            clock: 0,
        };
        repository.commit("main", &[("README.md", "hello\n")]);
        repository
    }

    /// Owner and name.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Puts a commit with these files on a branch that is [`Heads::Here`];
    /// a new branch starts at the default one.
    pub fn commit(&mut self, branch: &str, files: &[(&str, &str)]) -> String {
        let parent = self.heads.get(branch).or_else(|| self.heads.get(&self.default_branch));
        let commit = self.objects.commit_files(parent.as_deref(), files);
        self.point(branch, Some(&commit));
        commit
    }

    /// Moves, makes or deletes a branch that is [`Heads::Here`].
    pub fn point(&mut self, branch: &str, commit: Option<&str>) {
        let Heads::Here(heads) = &mut self.heads else {
            panic!("the Git server moves its branches itself");
        };
        match commit {
            Some(commit) => drop(heads.insert(branch.to_owned(), commit.to_owned())),
            None => drop(heads.remove(branch)),
        }
        self.settle();
    }

    /// A moment later than the last one.
    pub fn now(&mut self) -> String {
        self.clock += 1;
        format!(
            "2026-01-{:02}T{:02}:{:02}:{:02}Z",
            1 + self.clock / 86400,
            self.clock / 3600 % 24,
            self.clock / 60 % 60,
            self.clock % 60
        )
    }

    /// Lets open pull requests see what happened to their branches: one whose
    /// head is gone or was moved into its base is closed, one whose base has
    /// come to hold its head is merged.
    pub fn settle(&mut self) {
        for at in 0..self.pulls.len() {
            let Pull { open: true, head, base, .. } = &self.pulls[at] else { continue };
            let (head, base) = (self.heads.get(head), self.heads.get(base).unwrap_or_default());
            match head {
                None => self.pulls[at].open = false,
                Some(head) if self.is_ancestor(&head, &base) => {
                    let now = (head == self.pulls[at].head_commit).then(|| self.now());
                    (self.pulls[at].open, self.pulls[at].merged_at) = (false, now);
                }
                Some(head) => self.pulls[at].head_commit = head,
            }
        }
    }

    /// The answer to `GET /repos/{owner}/{repo}/rules/branches/{branch}`.
    pub fn list_rules(&self, call: &Call) -> Answer {
        let rule = json!({
            "type": "required_status_checks",
            "ruleset_source_type": "Repository",
            "ruleset_source": self.full_name(),
            "ruleset_id": 1,
            "parameters": {
                "required_status_checks": [{ "context": "test" }],
                "strict_required_status_checks_policy": self.strict,
            },
        });
        call.page(if self.strict { vec![rule] } else { Vec::new() })
    }

    /// The answer to `GET /repos/{owner}/{repo}`.
    pub fn describe(&self, call: &Call) -> Answer {
        Answer::of(200, "full-repository", self.fields(call))
    }

    /// What tells this repository from the least one of the description.
    pub fn fields(&self, call: &Call) -> Value {
        let (full_name, api, server) = (self.full_name(), &call.api, &call.server);
        json!({
            "id": 1,
            "node_id": "R_1",
            "name": self.name,
            "full_name": full_name,
            "owner": { "login": self.owner, "type": "User" },
            "private": !self.public,
            "url": format!("{api}/repos/{full_name}"),
            "html_url": format!("{server}/{full_name}"),
            "default_branch": self.default_branch,
            "archived": self.archived,
            "allow_auto_merge": self.auto_merge,
            "permissions": { "admin": false, "push": true, "pull": true },
        })
    }
}
