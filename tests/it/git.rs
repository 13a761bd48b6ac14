//! The git room against a real Git server.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::StatusCode;
use flux_image_updates::{
    diagnostic::{Code, Explain as _},
    git::{
        Access, CommitDraft, FileDifference, Git, GitError, PushError, RefUpdate, RemoteUrl,
        Signature, Time, remote_url_of_checkout,
    },
    http::{self, Secret},
    tree::{CommitId, RepoPath, is_branch_name},
};
use sha1::{Digest as _, Sha1};
use tempfile::TempDir;

use crate::support::git::{Content, Fault, GitServer, Repository, Step, TOKEN, git, succeeds};

const BRANCH: &str = "flux-image-updates";
const IMAGE: &str = "apps/a.yaml";

/// A server with one repository, and a folder to work in.
struct World {
    server: GitServer,
    fleet: Repository,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let server = GitServer::start().await;
        let fleet = server.create("acme/fleet");
        fleet.commit("main", "Begin", &[(IMAGE, "image: a:1\n"), ("README.md", "Fleet\n")]);
        Self { server, fleet, folder: TempDir::new().unwrap() }
    }

    fn access(&self, checkout: Option<&Path>) -> Access {
        Access {
            remote: RemoteUrl::parse(self.fleet.remote()).unwrap(),
            token: Some(Secret::new(TOKEN)),
            checkout: checkout.map(Path::to_owned),
            scratch: self.folder.path().to_owned(),
        }
    }

    fn open(&self, checkout: Option<&Path>) -> Git {
        Git::open(&self.access(checkout), http::client().unwrap()).unwrap()
    }

    /// With main fetched and an update of it made.
    async fn ready(&self, checkout: Option<&Path>) -> (Git, CommitId, CommitId) {
        let git = self.open(checkout);
        let main = self.head("main");
        git.fetch([&main]).await.unwrap();
        let update = draft("Update", &[(IMAGE, "image: a:2\n")]);
        let commit = git.commit(&main, &update).await.unwrap();
        (git, main, commit)
    }

    fn clone(&self, arguments: &[&str]) -> PathBuf {
        let folder = TempDir::with_prefix_in("checkout-", self.folder.path()).unwrap().keep();
        self.fleet.clone_into(&folder, arguments);
        folder
    }

    fn head(&self, branch: &str) -> CommitId {
        id(&self.fleet.head(branch).unwrap())
    }
}

fn id(text: &str) -> CommitId {
    CommitId::new(text).unwrap()
}

fn path(text: &str) -> RepoPath {
    RepoPath::clamped(text)
}

fn draft(message: &str, files: &[(&str, &str)]) -> CommitDraft {
    let files = files.iter().map(|(name, text)| (path(name), Arc::from(text.as_bytes())));
    CommitDraft {
        author: Signature { name: "Flux".into(), email: "flux@example.com".into() },
        message: message.to_owned(),
        time: Time { seconds: 1_800_000_000, offset: 3600 },
        files: files.collect(),
        signer: None,
    }
}

fn update(branch: &str, old: Option<&CommitId>, new: Option<&CommitId>) -> RefUpdate {
    RefUpdate { branch: branch.to_owned(), old: old.cloned(), new: new.cloned() }
}

async fn paths(git: &Git, commit: &CommitId) -> Vec<String> {
    let files = git.files(commit, &RepoPath::root(), |_, _| true).await.unwrap();
    files.found.iter().map(|file| file.path.to_string()).collect()
}

/// The contents of everything in a folder: what must not change.
fn fingerprint(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.symlink_metadata().unwrap();
            if kind.is_dir() {
                waiting.push(path.clone());
            }
            let bytes = if kind.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
            let time = kind.modified().unwrap();
            found.insert(path, format!("{:x} {time:?}", Sha1::digest(bytes)));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_shows_all_branches() {
    let world = World::new().await;
    world.fleet.commit("release/1.0", "Release", &[("a", "1")]);
    let remote = world.open(None).observe().await.unwrap();
    let heads: BTreeMap<_, _> =
        remote.heads.iter().map(|(name, id)| (name.clone(), id.to_string())).collect();
    assert_eq!(heads, world.fleet.heads());
    assert_eq!(remote.default_branch.as_deref(), Some("main"));
    assert_eq!(world.server.count(Step::ReadGreeting), 1);
    assert_eq!(world.server.count(Step::Read), 1);
    assert!(world.server.seen().iter().all(|seen| seen.login));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_repository_has_a_default_branch() {
    let world = World::new().await;
    let empty = world.server.create("acme/empty");
    let access = Access { remote: RemoteUrl::parse(empty.remote()).unwrap(), ..world.access(None) };
    let git = Git::open(&access, http::client().unwrap()).unwrap();
    let remote = git.observe().await.unwrap();
    assert!(remote.heads.is_empty());
    assert_eq!(remote.default_branch.as_deref(), Some("main"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_what_no_store_has_and_nothing_twice() {
    let world = World::new().await;
    for checkout in [None, Some(world.folder.path().join("nowhere"))] {
        let before = world.server.count(Step::Read);
        let git = world.open(checkout.as_deref());
        let main = world.head("main");
        assert!(matches!(
            git.files(&main, &RepoPath::root(), |_, _| true).await,
            Err(GitError::NoCommit { .. })
        ));
        git.fetch([&main]).await.unwrap();
        git.fetch([&main]).await.unwrap();
        assert_eq!(world.server.count(Step::Read) - before, 1);
        assert_eq!(paths(&git, &main).await, ["README.md", IMAGE]);
        assert!(git.local_head().is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkout_saves_fetching() {
    for arguments in [&[][..], &["--depth=1"], &["--sparse"], &["--bare"]] {
        let world = World::new().await;
        let checkout = world.clone(arguments);
        let git = world.open(Some(&checkout));
        let main = world.head("main");
        let local = git.local_head().unwrap();
        assert_eq!(local.commit, main, "{arguments:?}");
        assert_eq!(local.branch.as_deref(), Some("main"));
        git.fetch([&main]).await.unwrap();
        assert_eq!(world.server.seen().len(), 0, "{arguments:?}");
        assert_eq!(paths(&git, &main).await, ["README.md", IMAGE]);

        // Base moves on: the new commit alone is fetched.
        world.fleet.commit("main", "Move on", &[("apps/b.yaml", "image: b:1\n")]);
        let moved = world.head("main");
        git.fetch([&moved]).await.unwrap();
        assert_eq!(paths(&git, &moved).await, ["README.md", IMAGE, "apps/b.yaml"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_clone_lacks_what_it_lacks() {
    for filter in ["--filter=blob:none", "--filter=tree:0"] {
        let world = World::new().await;
        world.fleet.commit("main", "Second", &[("apps/b.yaml", "image: b:1\n")]);
        let checkout = world.clone(&["--no-checkout", filter]);
        let git = world.open(Some(&checkout));
        let main = world.head("main");
        git.fetch([&main]).await.unwrap();
        assert_eq!(world.server.count(Step::Read), 1, "{filter}");
        assert_eq!(paths(&git, &main).await, ["README.md", IMAGE, "apps/b.yaml"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn detached_heads_and_worktrees_are_checkouts() {
    let world = World::new().await;
    let checkout = world.clone(&[]);
    git(&checkout, &["checkout", "--quiet", "--detach"]);
    let head = world.open(Some(&checkout)).local_head().unwrap();
    assert_eq!((head.branch, head.commit), (None, world.head("main")));

    git(&checkout, &["worktree", "add", "--quiet", "-b", "side", "../side"]);
    let side = world.folder.path().join("side");
    let git = world.open(Some(&side.join("apps")));
    assert_eq!(git.local_head().unwrap().branch.as_deref(), Some("side"));
    git.fetch([&world.head("main")]).await.unwrap();
    assert_eq!(world.server.seen().len(), 0);
    assert_eq!(remote_url_of_checkout(&side).as_deref(), Some(world.fleet.remote()));
    assert_eq!(remote_url_of_checkout(&world.folder.path().join("nowhere")), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_regular_files_in_order() {
    let world = World::new().await;
    let big = vec![b'x'; 16 * 1024 * 1024 + 1];
    let files = [
        ("apps/run.sh", Content::Executable(b"#!/bin/sh\n")),
        ("apps/link.yaml", Content::Link("a.yaml")),
        ("apps/big.bin", Content::Bytes(&big)),
        ("apps.yaml", Content::from("x")),
        ("apps-2/c.yaml", Content::from("c")),
    ];
    world.fleet.commit_as(("A", "a@example.com"), "main", "More", &files);
    let git = world.open(None);
    let main = world.head("main");
    git.fetch([&main]).await.unwrap();
    let all = ["README.md", "apps-2/c.yaml", "apps.yaml", IMAGE, "apps/run.sh"];
    assert_eq!(paths(&git, &main).await, all);

    let images =
        |path: &RepoPath, bytes: &[u8]| path.file_name() == "a.yaml" && bytes.starts_with(b"image");
    let files = git.files(&main, &path("apps"), images).await.unwrap();
    assert_eq!(files.found.len(), 1);
    assert_eq!(&*files.found[0].bytes, b"image: a:1\n");
    assert_eq!(files.too_large, [(path("apps/big.bin"), big.len() as u64)]);

    let one = git.files(&main, &path(IMAGE), |_, _| true).await.unwrap();
    assert_eq!(one.found[0].path, path(IMAGE));
    let error = git.files(&main, &path("nowhere"), |_, _| true).await.unwrap_err();
    assert_eq!(error.to_string(), format!("`nowhere` is not in the commit `{}`", main.short()));
    assert_eq!(error.code(), Code::AutomationPathNotFound);
    assert_eq!(git.read(&main, &path("README.md")).await.unwrap().unwrap(), b"Fleet\n");
    assert_eq!(git.read(&main, &path("apps")).await.unwrap(), None);
}

#[test]
fn branch_names_are_those_that_git_takes() {
    let folder = TempDir::new().unwrap();
    #[rustfmt::skip]
    let parts = [
        "", "a", "é", ".", "..", ".a", "a.", "/", "a/", "-", "@", "@{", "{", "lock", ".lock",
        "HEAD", " ", "~", "^", ":", "?", "*", "[", "]", "\\", "\t", "\u{7f}",
    ];
    for name in parts.iter().flat_map(|a| parts.map(|b| format!("{a}{b}"))) {
        // Git takes `@` here, which everywhere else is another name for HEAD.
        let taken =
            name != "@" && succeeds(folder.path(), &["check-ref-format", "--branch", &name]);
        assert_eq!(is_branch_name(&name), taken, "{name:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pushes_a_new_branch_moves_and_deletes_it() {
    let world = World::new().await;
    let git = world.open(None);
    let main = world.head("main");
    git.fetch([&main]).await.unwrap();
    let first = draft("Update a\n\nwith a body, verbatim  ", &[(IMAGE, "image: a:2\n")]);
    let one = git.commit(&main, &first).await.unwrap();
    assert_eq!(git.commit(&main, &first).await.unwrap(), one, "equal drafts, equal commits");
    assert_eq!(world.fleet.heads().len(), 1, "nothing is pushed by committing");
    git.push(&[update(BRANCH, None, Some(&one))], &[]).await.unwrap();
    assert_eq!(world.head(BRANCH), one);
    assert_eq!(world.fleet.read(BRANCH, IMAGE).unwrap(), b"image: a:2\n");
    assert_eq!(world.fleet.read(BRANCH, "README.md").unwrap(), b"Fleet\n");
    let raw = world.fleet.git(&["cat-file", "commit", BRANCH]);
    let (headers, message) = raw.split_once("\n\n").unwrap();
    assert_eq!(message, first.message);
    assert!(headers.ends_with(
        "author Flux <flux@example.com> 1800000000 +0100\n\
         committer Flux <flux@example.com> 1800000000 +0100"
    ));

    // A stack of two from a base that moved on: not a descendant of the old.
    world.fleet.commit("main", "Move on", &[("README.md", "The fleet\n")]);
    let moved = world.head("main");
    git.fetch([&moved]).await.unwrap();
    let two = git.commit(&moved, &draft("Two", &[(IMAGE, "image: a:3\n")])).await.unwrap();
    let three = draft("Three", &[("apps/new/b.yaml", "image: b:1\n")]);
    let three = git.commit(&two, &three).await.unwrap();
    git.push(&[update(BRANCH, Some(&one), Some(&three))], &[]).await.unwrap();
    assert_eq!(world.fleet.log(&format!("main..{BRANCH}")), ["Three", "Two"]);
    assert_eq!(world.fleet.read(BRANCH, "apps/new/b.yaml").unwrap(), b"image: b:1\n");
    world.fleet.fsck();

    git.push(&[update(BRANCH, Some(&three), None)], &[]).await.unwrap();
    assert_eq!(world.fleet.head(BRANCH), None);

    // Two at once, one of them made and one set back to a commit that is there.
    world.fleet.branch("other", three.as_str());
    let both = [update(BRANCH, None, Some(&three)), update("other", Some(&three), Some(&main))];
    git.push(&both, &[]).await.unwrap();
    assert_eq!((world.head(BRANCH), world.head("other")), (three, main));
    world.fleet.fsck();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_from_a_shallow_or_partial_checkout_is_whole() {
    for arguments in [&["--depth=1"][..], &["--filter=blob:none"]] {
        let world = World::new().await;
        world.fleet.commit("main", "Second", &[("apps/b.yaml", "image: b:1\n")]);
        let checkout = world.clone(arguments);
        let (git, _, commit) = world.ready(Some(&checkout)).await;
        git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
        world.fleet.fsck();
        assert_eq!(world.fleet.log(BRANCH), ["Update", "Second", "Begin"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_modes_and_bytes() {
    let world = World::new().await;
    let files = [
        ("run.sh", Content::Executable(b"a: 1\r\n")),
        ("crlf.yaml", Content::Bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")),
        ("link", Content::Link("run.sh")),
    ];
    world.fleet.commit_as(("A", "a@example.com"), "main", "More", &files);
    let git = world.open(None);
    let main = world.head("main");
    git.fetch([&main]).await.unwrap();
    let changed = [("run.sh", "a: 2\r\n"), ("crlf.yaml", "\u{feff}a: 2\r\nb: 2\r\n")];
    let commit = git.commit(&main, &draft("Update", &changed)).await.unwrap();
    git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
    assert_eq!(world.fleet.mode(BRANCH, "run.sh"), "100755");
    assert_eq!(world.fleet.mode(BRANCH, "crlf.yaml"), "100644");
    assert_eq!(world.fleet.mode(BRANCH, "link"), "120000");
    assert_eq!(world.fleet.read(BRANCH, "crlf.yaml").unwrap(), changed[1].1.as_bytes());

    let differences = git.difference(&main, &commit).await.unwrap();
    let shown = |difference: &FileDifference| {
        let (old, new) = (difference.old.as_ref().unwrap(), difference.new.as_ref().unwrap());
        assert_ne!(old.blob, new.blob);
        format!("{} {} {}", difference.path, old.mode, new.mode)
    };
    let shown: Vec<_> = differences.iter().map(shown).collect();
    assert_eq!(shown, ["crlf.yaml 100644 100644", "run.sh 100755 100755"]);
    world.fleet.fsck();

    let error = git.commit(&main, &draft("Update", &[("link", "a: 2")])).await.unwrap_err();
    assert!(error.to_string().ends_with("`link` is no regular file"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_stands_in_the_commit() {
    let world = World::new().await;
    let git = world.open(None);
    let main = world.head("main");
    git.fetch([&main]).await.unwrap();
    let plain = draft("Update", &[(IMAGE, "image: a:2\n")]);
    let signer = |payload: &[u8]| {
        assert!(payload.ends_with(b"\n\nUpdate"));
        Ok("-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n".to_owned())
    };
    let draft = CommitDraft { signer: Some(Arc::new(signer)), ..plain.clone() };
    let commit = git.commit(&main, &draft).await.unwrap();
    git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
    let raw = world.fleet.git(&["cat-file", "commit", BRANCH]);
    assert!(raw.contains(
        "\ngpgsig -----BEGIN SSH SIGNATURE-----\n AAAA\n -----END SSH SIGNATURE-----\n\nUpdate"
    ));
    world.fleet.fsck();

    let fails = |_: &[u8]| Err("the key is locked".to_owned());
    let failing = CommitDraft { signer: Some(Arc::new(fails)), ..plain };
    let error = git.commit(&main, &failing).await.unwrap_err();
    assert_eq!(error.to_string(), "the commit cannot be signed: the key is locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_lease_changes_nothing() {
    let world = World::new().await;
    let (git, main, commit) = world.ready(None).await;
    world.fleet.commit(BRANCH, "Somebody else", &[("x", "y")]);
    let theirs = world.head(BRANCH);
    for old in [None, Some(&main)] {
        let error = git.push(&[update(BRANCH, old, Some(&commit))], &[]).await.unwrap_err();
        assert!(matches!(error, PushError::LeaseLost { .. }), "{error}");
        let was = old.map_or("not there".to_owned(), |old| format!("at `{}`", old.short()));
        assert_eq!(
            error.to_string(),
            format!(
                "the branch `{BRANCH}` was changed by somebody else: it is at `{}`, and was {was}",
                theirs.short()
            )
        );
    }
    assert_eq!(world.head(BRANCH), theirs);
    assert_eq!(world.server.count(Step::Push), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_holds_the_lease_too() {
    // The branch moves between the greeting and the push.
    let world = World::new().await;
    let (git, main, commit) = world.ready(None).await;
    let race = format!("git update-ref refs/heads/{BRANCH} {}", main.as_str());
    world.fleet.hook("pre-receive", &format!("unset GIT_QUARANTINE_PATH; {race}"));
    let error = git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap_err();
    assert!(matches!(error, PushError::LeaseLost { .. }), "{error:?}");
    assert_eq!(world.head(BRANCH), main);

    world.fleet.branch("moved", main.as_str());
    world.fleet.commit("elsewhere", "Elsewhere", &[("x", "y")]);
    let race = format!("git update-ref refs/heads/moved {}", world.head("elsewhere"));
    world.fleet.hook("pre-receive", &format!("unset GIT_QUARANTINE_PATH; {race}"));
    let error = git.push(&[update("moved", Some(&main), Some(&commit))], &[]).await.unwrap_err();
    assert!(matches!(error, PushError::LeaseLost { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_apart() {
    let world = World::new().await;
    let (git, main, commit) = world.ready(None).await;
    let new = [update(BRANCH, None, Some(&commit))];

    world.fleet.refuse_pushes(
        "error: GH013: Repository rule violations found for refs/heads/flux-image-updates.\n\
         Review all repository rules at https://github.com/acme/fleet/rules\n\
         \n\
         - Commits must have verified signatures.\n\
         - Changes must be made through a pull request.",
    );
    let error = git.push(&new, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the rules of the repository forbid a push to `flux-image-updates`: \
         Commits must have verified signatures; Changes must be made through a pull request"
    );
    assert_eq!(error.code(), Code::AutomationPushFailed);

    world.fleet.refuse_pushes(&format!("the token {TOKEN} is \u{1b}[31mmine\u{1b}[0m"));
    let error = git.push(&new, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the push to `flux-image-updates` was refused: \
         pre-receive hook declined; the token (secret) is mine"
    );

    world.fleet.hook("pre-receive", "exit 0");
    world.fleet.branch("flux", main.as_str());
    let error = git.push(&[update("flux/images", None, Some(&commit))], &[]).await.unwrap_err();
    assert!(matches!(error, PushError::Collision { .. }), "{error:?}");
    let error = git.push(&[update("flux", Some(&main), Some(&commit))], &[]).await;
    assert!(error.is_ok(), "{error:?}");
    assert_eq!(world.head("flux"), commit);

    world.server.make_read_only();
    let error = git.push(&new, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the token may not push: Permission to acme/fleet.git denied to github-actions[bot]."
    );
    assert!(error.help().unwrap().contains("contents: write"));
}

#[tokio::test(flavor = "multi_thread")]
async fn push_options_reach_the_server() {
    let world = World::new().await;
    let (git, _, commit) = world.ready(None).await;
    world.fleet.hook("post-receive", "echo \"$GIT_PUSH_OPTION_0 $GIT_PUSH_OPTION_1\" > options");
    let options = ["ci.skip".to_owned(), "a=b c".to_owned()];
    git.push(&[update(BRANCH, None, Some(&commit))], &options).await.unwrap();
    let seen = std::fs::read_to_string(world.fleet.directory().join("options")).unwrap();
    assert_eq!(seen, "ci.skip a=b c\n");

    world.fleet.git(&["config", "receive.advertisePushOptions", "false"]);
    let error = git.push(&[update(BRANCH, Some(&commit), None)], &options).await.unwrap_err();
    assert_eq!(error.to_string(), "the remote takes no push options");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_looked_up_before_anything_is_sent_again() {
    for fault in [Fault::LostReply, Fault::LostBehindProxy] {
        let world = World::new().await;
        let (git, _, commit) = world.ready(None).await;
        world.server.fail(Step::Push, fault);
        git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
        assert_eq!(world.server.count(Step::Push), 1);
        assert_eq!(world.head(BRANCH), commit);

        // Not carried out: sent again, once.
        world.server.fail(Step::Push, Fault::Reset);
        git.push(&[update(BRANCH, Some(&commit), None)], &[]).await.unwrap();
        assert_eq!(world.server.count(Step::Push), 3);
        assert_eq!(world.fleet.head(BRANCH), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_up_is_not_known() {
    let world = World::new().await;
    let (git, _, commit) = world.ready(None).await;
    world.server.fail(Step::Push, Fault::LostReply);
    let denied = Fault::Answer(StatusCode::FORBIDDEN, "text/plain", "too many requests");
    world.server.fail(Step::ReadGreeting, denied);
    let error = git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "it is not known whether `{BRANCH}` was pushed: `{}` denied access: too many requests",
            world.fleet.remote()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn submodules_are_left_out_and_kept() {
    let world = World::new().await;
    let main = world.head("main");
    let module = format!("160000,{main},charts");
    world.fleet.git(&["read-tree", "main"]);
    world.fleet.git(&["update-index", "--add", "--cacheinfo", &module]);
    let tree = world.fleet.git(&["write-tree"]);
    let with = ["commit-tree", tree.trim(), "-p", main.as_str(), "-m", "Add charts"];
    world.fleet.branch("main", world.fleet.git(&with).trim());

    let (git, base, commit) = world.ready(None).await;
    assert_eq!(paths(&git, &base).await, ["README.md", IMAGE]);
    git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
    assert_eq!(world.fleet.mode(BRANCH, "charts"), "160000");
    git.fetch([&main]).await.unwrap();
    let differences = git.difference(&main, &commit).await.unwrap();
    let shown: Vec<_> = differences.iter().map(|d| d.path.as_str()).collect();
    assert_eq!(shown, [IMAGE, "charts"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_faults_of_reads_pass() {
    let world = World::new().await;
    let git = world.open(None);
    let unicorn = "<html><title>Unicorn!</title></html>";
    world
        .server
        .fail(Step::ReadGreeting, Fault::Answer(StatusCode::BAD_GATEWAY, "text/html", unicorn));
    world.server.fail(Step::Read, Fault::Reset);
    let remote = git.observe().await.unwrap();
    assert_eq!(remote.heads["main"], world.head("main"));
    world.server.fail(Step::Read, Fault::LostReply);
    git.fetch([&world.head("main")]).await.unwrap();
    assert_eq!(paths(&git, &world.head("main")).await, ["README.md", IMAGE]);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_that_stay_are_told() {
    let world = World::new().await;
    let git = world.open(None);
    let remote = world.fleet.remote();
    let answer = |status, text| Fault::Answer(status, "text/plain", text);

    world.server.fail(Step::ReadGreeting, answer(StatusCode::UNAUTHORIZED, "Bad credentials"));
    let error = git.observe().await.unwrap_err();
    assert_eq!(error.to_string(), format!("`{remote}` refused the login"));
    assert!(error.help().unwrap().contains("`token`"));

    world.server.fail(Step::ReadGreeting, answer(StatusCode::FORBIDDEN, "rate\nlimited\u{7}"));
    let error = git.observe().await.unwrap_err();
    assert_eq!(error.to_string(), format!("`{remote}` denied access: rate limited"));

    world.server.fail(Step::ReadGreeting, answer(StatusCode::NOT_FOUND, "Not Found"));
    let error = git.observe().await.unwrap_err();
    assert_eq!(error.to_string(), format!("`{remote}` has no such repository"));

    let page = Fault::Answer(StatusCode::OK, "text/html", "<html>Log in</html>");
    world.server.fail(Step::ReadGreeting, page.clone());
    let error = git.observe().await.unwrap_err();
    assert!(matches!(error, GitError::Malformed { .. }), "{error:?}");
    world.server.fail(Step::PushGreeting, page);
    let deletion = [update("main", Some(&world.head("main")), None)];
    let error = git.push(&deletion, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{remote}` did not answer as a Git server does: its answer is `text/html`, \
             not `application/x-git-receive-pack-advertisement`"
        )
    );

    let nowhere = id("1111111111111111111111111111111111111111");
    let error = git.fetch([&nowhere]).await.unwrap_err();
    assert_eq!(error.to_string(), "the commit `1111111` is not at hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_unreachable() {
    let world = World::new().await;
    let remote = RemoteUrl::parse("http://127.0.0.1:9/acme/fleet").unwrap();
    let access = Access { remote, ..world.access(None) };
    let git = Git::open(&access, http::client().unwrap()).unwrap();
    let error = git.observe().await.unwrap_err();
    assert!(
        error.to_string().starts_with("`http://127.0.0.1:9/acme/fleet` cannot be reached: "),
        "{error}"
    );
    assert_eq!(error.code(), Code::RemoteUnreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_followed_with_the_token() {
    let world = World::new().await;
    let git = world.open(None);
    let main = world.head("main");
    world.server.rename("acme/fleet", "acme/new-fleet");
    git.observe().await.unwrap();
    git.fetch([&main]).await.unwrap();
    let commit = git.commit(&main, &draft("Update", &[(IMAGE, "image: a:2\n")])).await.unwrap();
    git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
    assert!(world.server.seen().iter().all(|seen| seen.login));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_stays_with_the_remote() {
    let world = World::new().await;
    let other = GitServer::start().await;
    other.open_to_readers();
    let copy = other.create("acme/fleet");
    copy.commit("main", "Copy", &[("a", "1")]);
    let to = format!("{}/info/refs?service=git-upload-pack", copy.remote());
    world.server.fail(Step::ReadGreeting, Fault::Redirect(StatusCode::FOUND, to));
    let remote = world.open(None).observe().await.unwrap();
    assert_eq!(remote.heads["main"].as_str(), copy.head("main").unwrap());
    assert_eq!(other.seen().len(), 2);
    assert!(other.seen().iter().all(|seen| !seen.login));

    let again = format!("{}/info/refs?service=git-upload-pack", world.fleet.remote());
    for _ in 0..6 {
        let fault = Fault::Redirect(StatusCode::FOUND, again.clone());
        world.server.fail(Step::ReadGreeting, fault);
    }
    let error = world.open(None).observe().await.unwrap_err();
    assert!(error.to_string().ends_with("leads to more than 5 other addresses"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_never_shown() {
    let world = World::new().await;
    let mut access = world.access(None);
    access.remote =
        RemoteUrl::parse(&world.fleet.remote().replace("://", &format!("://x:{TOKEN}@"))).unwrap();
    let git = Git::open(&access, http::client().unwrap()).unwrap();
    let mut shown = vec![format!("{access:?} {git:?} {}", access.remote)];
    for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::IM_A_TEAPOT] {
        world.server.fail(Step::PushGreeting, Fault::Answer(status, "text/plain", TOKEN));
        world.server.fail(Step::ReadGreeting, Fault::Answer(status, "text/plain", TOKEN));
        let read = git.observe().await.unwrap_err();
        let main = world.head("main");
        let push = git.push(&[update("main", Some(&main), None)], &[]).await.unwrap_err();
        shown.push(format!("{read} {read:?} {push} {push:?}"));
    }
    let shown = shown.join("\n");
    assert!(shown.contains("(secret)"), "{shown}");
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_the_fork_however_shallow_the_clone() {
    let world = World::new().await;
    let fork = world.head("main");
    world.fleet.branch(BRANCH, fork.as_str());
    world.fleet.commit(BRANCH, "One", &[(IMAGE, "image: a:2\n")]);
    world.fleet.commit(BRANCH, "Two", &[(IMAGE, "image: a:3\n")]);
    for index in 0..40 {
        world.fleet.commit("main", "Move on", &[("README.md", &index.to_string())]);
    }
    let (base, head) = (world.head("main"), world.head(BRANCH));
    let clones: [Option<&[&str]>; 4] =
        [None, Some(&["--depth=1"]), Some(&[]), Some(&["--filter=tree:0"])];
    let clones = clones.map(|arguments| arguments.map(|arguments| world.clone(arguments)));
    for filter in ["true", "false"] {
        world.fleet.git(&["config", "uploadpack.allowFilter", filter]);
        for checkout in &clones {
            let git = world.open(checkout.as_deref());
            git.fetch([&base, &head]).await.unwrap();
            let history = git.history(&base, &head).await.unwrap();
            let messages: Vec<_> = history.commits.iter().map(|c| c.message.as_str()).collect();
            assert_eq!(messages, ["Two", "One"], "{checkout:?}");
            assert!(history.complete);
            assert_eq!(history.fork.as_ref(), Some(&fork));
            assert_eq!(history.commits[0].author.email, "ada@example.com");
            assert_eq!(history.commits[1].parents, std::slice::from_ref(&fork));

            git.fetch([&fork]).await.unwrap();
            let differences = git.difference(&fork, &head).await.unwrap();
            assert_eq!(differences.len(), 1, "{checkout:?}");
            assert_eq!(differences[0].path, path(IMAGE));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_with_merges() {
    let world = World::new().await;
    let fork = world.head("main");
    world.fleet.branch(BRANCH, fork.as_str());
    world.fleet.commit(BRANCH, "One", &[(IMAGE, "image: a:2\n")]);
    let main = id(&world.fleet.commit("main", "Move on", &[("README.md", "New\n")]));
    let merge = id(&world.fleet.merge("main", BRANCH));
    let git = world.open(None);
    git.fetch([&main, &merge]).await.unwrap();
    let history = git.history(&main, &merge).await.unwrap();
    let shown: Vec<_> =
        history.commits.iter().map(|c| (c.message.trim_end(), c.is_merge())).collect();
    assert_eq!(shown, [("Merge main", true), ("One", false)]);
    assert_eq!(history.fork, Some(main.clone()));

    // The branch was merged: nothing is left, from whichever depth.
    let merged = id(&world.fleet.merge(BRANCH, "main"));
    let git = world.open(None);
    git.fetch([&merged, &merge]).await.unwrap();
    let history = git.history(&merged, &merge).await.unwrap();
    assert_eq!((history.commits.len(), history.complete), (0, true));
    assert_eq!(history.fork, Some(merge));

    // Nothing in common.
    let orphan = id(&world.fleet.commit("orphan", "Orphan", &[("x", "y")]));
    git.fetch([&orphan]).await.unwrap();
    let history = git.history(&merged, &orphan).await.unwrap();
    assert_eq!((history.commits.len(), history.fork, history.complete), (1, None, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checkout_is_left_as_it_was() {
    for arguments in [&[][..], &["--depth=1"], &["--filter=blob:none"]] {
        let world = World::new().await;
        let checkout = world.clone(arguments);
        std::fs::write(checkout.join("dirty.txt"), "mine").unwrap();
        let before = fingerprint(&checkout);
        let git = world.open(Some(&checkout));
        let fork = world.head("main");
        world.fleet.commit("main", "Move on", &[("README.md", "New\n")]);
        let main = git.observe().await.unwrap().heads["main"].clone();
        git.fetch([&main, &fork]).await.unwrap();
        let commit = git.commit(&main, &draft("Update", &[(IMAGE, "image: a:2\n")])).await.unwrap();
        git.push(&[update(BRANCH, None, Some(&commit))], &[]).await.unwrap();
        git.history(&main, &commit).await.unwrap();
        assert_eq!(fingerprint(&checkout), before, "{arguments:?}");

        let files = || std::fs::read_dir(world.folder.path()).unwrap().count();
        let open = files();
        drop(git);
        assert_eq!(files(), open - 1, "the store goes with its user");
    }
}
