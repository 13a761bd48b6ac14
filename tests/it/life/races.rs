//! Row 17: the branch moves between the look at it and the push. Whatever the
//! server says to that, it is looked at once more: as wanted, ours, somebody's.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use super::{BRANCH, Fault, Halt, State, Step, World, state};

const MOVE: &str = "GraphQL MoveBranch";

/// Who moves the branch meanwhile.
#[derive(Debug, Clone, Copy)]
enum Other {
    /// Another run of the same.
    Equal,
    /// An automation, to something else.
    Ours,
    /// A person.
    Foreign,
}

/// By which way the commits come, and what the server says to a lost race;
/// `None` for its own words.
#[derive(Debug, Clone, Copy)]
enum By {
    Git(Option<&'static str>),
    Api(Option<&'static str>),
}

impl By {
    fn args(self) -> [&'static str; 3] {
        let mode = if matches!(self, Self::Git(_)) { "git" } else { "api" };
        ["run", "--commit-mode", mode]
    }

    fn writes(self, world: &World) -> usize {
        match self {
            Self::Git(_) => world.git.count(Step::Push),
            Self::Api(_) => world.github.writes().iter().filter(|write| *write == MOVE).count(),
        }
    }
}

async fn begin(by: By, pending: bool) -> World {
    let world = World::with_two_images().await;
    if pending {
        world.run(&by.args()).await.ok();
        world.registry.push("example-org/app", "1.2.0");
    }
    world
}

/// How it ends without a race, and which request moves the branch.
async fn alone(by: By, pending: bool) -> (State, usize) {
    let world = begin(by, pending).await;
    let (git, github) = (world.git.seen().len(), world.github.requests().len());
    world.run(&by.args()).await.ok();
    let at = match by {
        By::Git(_) => world.git.seen()[git..].iter().position(|seen| seen.step == Step::Push),
        By::Api(_) => world.github.requests()[github..].iter().position(|r| r.route == MOVE),
    };
    (state(&world), at.unwrap() + 1)
}

/// What somebody else does meanwhile.
async fn meddle(world: &World, by: By, other: Other) {
    let bot = ("fluxcdbot", "fluxcdbot@users.noreply.github.com");
    let main = world.fleet.head("main").unwrap();
    let path = "apps/web.yaml";
    let web = String::from_utf8(world.fleet.read("main", path).unwrap()).unwrap();
    let (who, file) = match other {
        Other::Equal => return drop(world.run(&by.args()).await.ok()),
        Other::Ours => (bot, (path, web.replace(":1.0.0", ":1.1.0"))),
        Other::Foreign => (("Ada", "ada@example.com"), ("README.md", "mine".to_owned())),
    };
    world.fleet.branch("elsewhere", &main);
    world.fleet.commit_as(who, "elsewhere", "Meanwhile", &[(file.0, file.1.as_str().into())]);
    world.fleet.branch(BRANCH, &world.fleet.head("elsewhere").unwrap());
    world.fleet.delete("elsewhere");
}

async fn race(by: By, pending: bool, other: Other, (normal, at): &(State, usize)) {
    let told = format!("{by:?}, pending: {pending}, {other:?}");
    let world = begin(by, pending).await;
    let halt = Arc::new(Halt::at(*at, false));
    match by {
        By::Git(_) => world.git.halt(Some(Arc::clone(&halt))),
        By::Api(_) => world.github.halt(Some(Arc::clone(&halt))),
    }
    let before = by.writes(&world);
    let meanwhile = async {
        halt.reached().await;
        meddle(&world, by, other).await;
        match by {
            By::Git(Some(words)) => {
                let once = format!("rm -f \"$0\"; echo \"{words}\" >&2; exit 1");
                world.fleet.hook("pre-receive", &once);
            }
            By::Api(Some(words)) => world.github.fail(MOVE, Fault::refuse(422, words)),
            By::Git(None) | By::Api(None) => {}
        }
        let head = world.fleet.head(BRANCH);
        halt.release();
        head
    };
    let args = by.args();
    let (run, theirs) = tokio::join!(world.run(&args), meanwhile);
    assert_eq!(run.status, 0, "{told}: {}", run.stderr);
    let writes = by.writes(&world) - before;
    match other {
        Other::Equal => {
            assert_eq!(state(&world), *normal, "{told}");
            assert_eq!(world.fleet.head(BRANCH), theirs, "{told}");
            assert_eq!(writes, 2, "{told}: that of each run");
        }
        Other::Ours => {
            assert_eq!(state(&world), *normal, "{told}");
            assert_eq!(writes, 2, "{told}: once more");
        }
        Other::Foreign => {
            assert_eq!(world.fleet.head(BRANCH), theirs, "{told}");
            assert!(run.stderr.contains("[branch/foreign-commits]"), "{told}: {}", run.stderr);
            assert_eq!(writes, 1, "{told}: not tried again");
            let pulls = &world.github.repository().pulls;
            assert_eq!(pulls.len(), usize::from(pending), "{told}");
            assert!(pulls.iter().all(|pull| pull.open && pull.comments.len() == 1), "{told}");
        }
    }
    world.fleet.fsck();
    world.github.assert_no_violations();
}

/// All three outcomes for each of the server's ways to say it.
async fn hold(ways: &[(By, bool)]) {
    let mut races = Vec::new();
    for (by, pending) in ways {
        let alone = Arc::new(alone(*by, *pending).await);
        for other in [Other::Equal, Other::Ours, Other::Foreign] {
            races.push((*by, *pending, other, Arc::clone(&alone)));
        }
    }
    let races = stream::iter(races);
    races
        .for_each_concurrent(4, |(by, pending, other, alone)| async move {
            race(by, pending, other, &alone).await;
        })
        .await;
}

#[tokio::test]
async fn a_push_that_comes_late() {
    let lock = "error: cannot lock ref 'refs/heads/flux-image-updates': is at 1111111 but expected 2222222";
    hold(&[
        (By::Git(None), false),
        (By::Git(None), true),
        (By::Git(Some("stale info")), true),
        (By::Git(Some("fetch first")), true),
        (By::Git(Some(lock)), true),
    ])
    .await;
}

#[tokio::test]
async fn a_move_by_the_api_that_comes_late() {
    hold(&[
        (By::Api(Some("Reference already exists")), false),
        (By::Api(None), true),
        (By::Api(Some("Update is not a fast forward")), true),
    ])
    .await;
}
