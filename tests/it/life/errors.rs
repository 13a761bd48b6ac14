//! Every line of the table of errors: what a server says, what the program
//! says to it, how things are then, and that the next run finds its way.
//!
//! The lines are those of `github`, `transient` and `git`; what becomes of a
//! lost race is told by `races`, and a fork's event by `events`.

mod git;
mod github;
mod transient;

use std::{collections::BTreeMap, time::Duration};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::{BRANCH, Fault, State, World, state};
use crate::{
    program::Run,
    support::{
        git::{self as git_server, Step, TOKEN},
        github::{Level, Token},
    },
};

/// How many worlds there are at a time.
const WORLDS: usize = 6;

/// How long a run may take, with every wait that is due.
const LONGEST: Duration = Duration::from_mins(1);

/// How things are after a run that met an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// As before.
    Unchanged,
    /// The branch is as wanted, the pull requests are as before.
    Pushed,
    /// The branch is as wanted, the pull request is open and not dressed yet.
    Opened,
    /// As without the error.
    Done,
    /// As without the error, but the pull request lacks what it should wear,
    /// and goes on without.
    Undressed,
}

/// What is put in the way.
type Change = Box<dyn Fn(&World)>;

/// One line of the table.
struct Line {
    says: &'static str,
    /// Whether a pull request stands, and a newer version is there.
    pending: bool,
    args: &'static [&'static str],
    errors: Vec<Change>,
    /// Severity, message and advice of the one problem, if there is one.
    told: Option<(&'static str, &'static str, &'static str)>,
    then: Then,
    asked: Vec<(&'static str, usize)>,
}

impl Line {
    /// A line of a first run that goes well nevertheless.
    fn new(says: &'static str) -> Self {
        Self {
            says,
            pending: false,
            args: &[],
            errors: Vec::new(),
            told: None,
            then: Then::Done,
            asked: Vec::new(),
        }
    }

    /// A pull request stands, and a newer version is there.
    fn pending(self) -> Self {
        Self { pending: true, ..self }
    }

    fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    fn world(mut self, change: impl Fn(&World) + 'static) -> Self {
        self.errors.push(Box::new(change));
        self
    }

    /// GitHub answers once with this.
    fn github(self, route: &'static str, fault: Fault) -> Self {
        self.world(move |world| world.github.fail(route, fault.clone()))
    }

    /// GitHub answers with this as often as it is asked.
    fn github_always(self, route: &'static str, fault: Fault) -> Self {
        self.world(move |world| {
            for _ in 0..9 {
                world.github.fail(route, fault.clone());
            }
        })
    }

    /// The Git server answers once with this.
    fn git(self, step: Step, fault: git_server::Fault) -> Self {
        self.world(move |world| world.git.fail(step, fault.clone()))
    }

    /// Git refuses each push with these words.
    fn push(self, words: &'static str) -> Self {
        self.world(move |world| world.fleet.refuse_pushes(words))
    }

    fn fails(self, message: &'static str, advice: &'static str, then: Then) -> Self {
        Self { told: Some(("error", message, advice)), then, ..self }
    }

    fn warns(self, message: &'static str, advice: &'static str, then: Then) -> Self {
        Self { told: Some(("warning", message, advice)), then, ..self }
    }

    /// Nothing is told.
    fn quiet(self, then: Then) -> Self {
        Self { told: None, then, ..self }
    }

    /// How often a route was asked: no more where no repetition is due.
    fn asked(mut self, route: &'static str, times: usize) -> Self {
        self.asked.push((route, times));
        self
    }

    async fn begin(&self) -> World {
        let world = World::with_two_images().await;
        if self.pending {
            self.run(&world).await.ok();
            world.registry.push("example-org/app", "1.2.0");
        }
        world
    }

    async fn run(&self, world: &World) -> Run {
        let args = [&["run", "-o", "json"], self.args].concat();
        tokio::time::timeout(LONGEST, world.run(&args)).await.expect("it waits no longer")
    }

    /// What is not as the table has it.
    async fn faults(&self, normal: &State) -> Vec<String> {
        let mut faults = Vec::new();
        let mut expect = |right: bool, what: String| {
            if !right {
                faults.push(format!("{}: {what}", self.says));
            }
        };
        let world = self.begin().await;
        let before = state(&world);
        let counts = |world: &World| -> Vec<usize> {
            self.asked.iter().map(|(route, _)| count(world, route)).collect()
        };
        let counted = counts(&world);
        self.errors.iter().for_each(|change| change(&world));
        let run = self.run(&world).await;
        let said = format!("{}\n{}", run.stderr, run.stdout);

        let failed = self.told.is_some_and(|(severity, ..)| severity == "error");
        expect(run.status == i32::from(failed), format!("status {}: {said}", run.status));
        let problems = problems(&run);
        match self.told {
            None => expect(problems.is_empty(), said.clone()),
            Some((severity, message, advice)) => expect(
                matches!(&problems[..], [(s, m, a)]
                    if *s == severity && m.contains(message) && a.contains(advice)),
                format!("not told as expected: {problems:#?}"),
            ),
        }
        for (((route, times), before), after) in self.asked.iter().zip(&counted).zip(counts(&world))
        {
            expect(after - before == *times, format!("{route} asked {} times", after - before));
        }
        let seen = state(&world);
        expect(self.stands(&seen, &before, normal), format!("{:?}: {seen:#?}", self.then));
        if failed && seen != before {
            let open = self.then != Then::Opened || said.contains("the pull request #1 is open");
            let pushed = format!("the branch `{BRANCH}` is pushed");
            expect(open && said.contains(&pushed), format!("what was done is not told: {said}"));
        }

        mend(&world);
        let run = self.run(&world).await;
        expect(run.status == 0, format!("the next run: {}", run.stderr));
        let seen = state(&world);
        let right = match self.then {
            Then::Undressed => undressed(&seen) == undressed(normal),
            _ => seen == *normal,
        };
        expect(right, format!("after the next run: {seen:#?}"));
        let violations = world.github.violations();
        expect(violations.is_empty(), violations.join("\n"));
        faults
    }

    fn stands(&self, seen: &State, before: &State, normal: &State) -> bool {
        match self.then {
            Then::Unchanged => seen == before,
            Then::Pushed => seen.branch == normal.branch && seen.pulls == before.pulls,
            Then::Opened => {
                let [pull] = &seen.pulls[..] else { return false };
                seen.branch == normal.branch && pull.open && seen != normal
            }
            Then::Done => seen == normal,
            Then::Undressed => undressed(seen) == undressed(normal) && seen != normal,
        }
    }
}

/// The state without labels and assignees.
fn undressed(state: &State) -> Vec<(bool, &str, &str)> {
    let pulls = state.pulls.iter();
    pulls.map(|pull| (pull.open, pull.title.as_str(), pull.body.as_str())).collect()
}

/// Severity, message and advice of each problem that is more than a note.
fn problems(run: &Run) -> Vec<(String, String, String)> {
    let document = run.json();
    let text = |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let problems = document["problems"].as_array().cloned().unwrap_or_default();
    let problems = problems.iter().filter(|problem| problem["severity"] != "info");
    problems.map(|p| (text(p, "severity"), text(p, "message"), text(p, "hint"))).collect()
}

/// How often something was asked: a route of GitHub's, or a step of Git's.
fn count(world: &World, route: &str) -> usize {
    match route {
        "git look" => world.git.count(Step::ReadGreeting),
        "git greeting" => world.git.count(Step::PushGreeting),
        "git push" => world.git.count(Step::Push),
        route => world.github.requests().iter().filter(|request| request.route == route).count(),
    }
}

/// Takes away whatever a line has put in the way.
fn mend(world: &World) {
    world.github.heal();
    world.git.heal();
    world.fleet.hook("pre-receive", "exit 0");
    world.fleet.delete("flux");
    let mut repository = world.github.repository();
    repository.actions_may_propose = true;
    repository.rules.clear();
    repository.protected.clear();
    let token = Token::of_actions(Level::Write, Level::Write, Level::Write);
    repository.tokens.insert(TOKEN.to_owned(), token);
}

/// Goes through a table, several lines at a time.
async fn hold(lines: Vec<Line>) {
    let mut normals = BTreeMap::new();
    for line in &lines {
        if let std::collections::btree_map::Entry::Vacant(entry) =
            normals.entry((line.pending, line.args))
        {
            let world = line.begin().await;
            line.run(&world).await.ok();
            entry.insert(state(&world));
        }
    }
    let faults: Vec<String> = stream::iter(&lines)
        .map(|line| line.faults(&normals[&(line.pending, line.args)]))
        .buffered(WORLDS)
        .flat_map(stream::iter)
        .collect()
        .await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
