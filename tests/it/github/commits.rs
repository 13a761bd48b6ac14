//! Commits that GitHub makes, and the branch that moves to them last.

use flux_image_updates::{
    diagnostic::{Code, Explain as _},
    github::{ApiCommit, GitHub, GitHubError, TreeEntry, Verification},
    tree::{CommitId, RepoPath},
};

use super::{BRANCH, client, repository};
use crate::support::github::{Fault, GitHubServer};

/// The commit of a branch and its tree.
fn tip(server: &GitHubServer, branch: &str) -> (CommitId, String) {
    let repository = server.repository();
    let commit = repository.heads.get(branch).unwrap();
    let tree = repository.objects.commits[&commit].tree.clone();
    (CommitId::new(&commit).unwrap(), tree)
}

async fn commit(server: &GitHubServer, github: &GitHub, path: &str, bytes: &[u8]) -> ApiCommit {
    let (base, base_tree) = tip(server, "main");
    let blob = github.create_blob(bytes).await.unwrap();
    let entry = TreeEntry { path: RepoPath::clamped(path), mode: "100755".to_owned(), blob };
    let tree = github.create_tree(&base_tree, &[entry]).await.unwrap();
    github.create_commit("Update app\n\nfrom 1 to 2\n", &tree, &[base]).await.unwrap()
}

#[tokio::test]
async fn a_commit_of_an_app_is_signed_by_github() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let (before, _) = tip(&server, BRANCH);
    let made = commit(&server, &github, "apps/run.sh", b"\xff\x00not text\r\n").await;
    assert!(made.verification.verified);
    assert_eq!(made.verification.reason, "valid");
    assert_eq!(tip(&server, BRANCH).0, before, "nothing is visible before the branch moves");

    github.move_branch(BRANCH, Some(&before), &made.id).await.unwrap();
    assert_eq!(tip(&server, BRANCH), (made.id.clone(), made.tree.clone()));
    let repository = server.repository();
    let objects = &repository.objects;
    assert_eq!(objects.file(made.id.as_str(), "apps/run.sh").unwrap(), b"\xff\x00not text\r\n");
    assert_eq!(objects.trees[&made.tree]["apps/run.sh"].0, "100755");
    assert!(objects.trees[&made.tree].contains_key("README.md"), "the rest of the tree stays");
    assert_eq!(objects.commits[made.id.as_str()].message, "Update app\n\nfrom 1 to 2\n");
    drop(repository);
    server.assert_no_violations();
}

#[tokio::test]
async fn a_commit_of_a_person_is_not() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "github_pat");
    let made = commit(&server, &github, "app.yaml", b"image: app:2\n").await;
    assert!(!made.verification.verified);
    assert_eq!(github.verification(&made.id).await.unwrap().reason, "unsigned");
    server.assert_no_violations();
}

#[tokio::test]
async fn many_files_go_in_several_requests_into_one_tree() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let (_, base_tree) = tip(&server, "main");
    let blob = github.create_blob(b"x").await.unwrap();
    let entry = |number: u32| TreeEntry {
        path: RepoPath::clamped(&format!("apps/{number}.yaml")),
        mode: "100644".to_owned(),
        blob: blob.clone(),
    };
    let entries: Vec<TreeEntry> = (0..250).map(entry).collect();
    let tree = github.create_tree(&base_tree, &entries).await.unwrap();
    assert_eq!(server.repository().objects.trees[&tree].len(), 251);
    assert_eq!(
        server.writes(),
        ["POST /git/blobs", "POST /git/trees", "POST /git/trees", "POST /git/trees"]
    );
    server.assert_no_violations();
}

#[tokio::test]
async fn a_branch_that_somebody_moved_is_left_alone() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let (before, _) = tip(&server, BRANCH);
    let made = commit(&server, &github, "app.yaml", b"image: app:3\n").await;
    server.repository().commit(BRANCH, &[("app.yaml", "image: mine\n")]);
    let (theirs, _) = tip(&server, BRANCH);

    let error = github.move_branch(BRANCH, Some(&before), &made.id).await.unwrap_err();
    assert_eq!(error.to_string(), format!("`{BRANCH}` no longer is at `{}`", before.short()));
    assert_eq!(error.code(), Code::AutomationPushFailed);
    let error = github.move_branch(BRANCH, None, &made.id).await.unwrap_err();
    assert_eq!(error.to_string(), format!("`{BRANCH}` no longer is at `nothing`"));
    assert_eq!(tip(&server, BRANCH).0, theirs);
    server.assert_no_violations();
}

#[tokio::test]
async fn a_new_branch_is_made_where_there_is_none() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let made = commit(&server, &github, "app.yaml", b"image: app:3\n").await;
    github.move_branch("flux/a#b", None, &made.id).await.unwrap();
    assert_eq!(tip(&server, "flux/a#b").0, made.id);
    server.assert_no_violations();
}

#[tokio::test]
async fn a_lost_reply_moves_the_branch_once() {
    for fault in [Fault::LoseReply, Fault::DoneButStatus(502), Fault::Reset, Fault::Html(503)] {
        let server = GitHubServer::start(repository()).await;
        let github = client(&server, "ghs_all");
        let (before, _) = tip(&server, BRANCH);
        let made = commit(&server, &github, "app.yaml", b"image: app:3\n").await;
        server.fail("GraphQL MoveBranch", fault.clone());
        github.move_branch(BRANCH, Some(&before), &made.id).await.unwrap();
        assert_eq!(tip(&server, BRANCH).0, made.id, "{fault:?}");
        let done = matches!(fault, Fault::LoseReply | Fault::DoneButStatus(_));
        let moves = server.writes().iter().filter(|write| *write == "GraphQL MoveBranch").count();
        assert_eq!(moves, if done { 1 } else { 2 }, "{fault:?}");
        server.assert_no_violations();
    }
}

#[tokio::test]
async fn rules_and_protection_are_quoted() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let (before, _) = tip(&server, BRANCH);
    let made = commit(&server, &github, "app.yaml", b"image: app:3\n").await;

    server.repository().protected.insert(BRANCH.to_owned());
    let error = github.move_branch(BRANCH, Some(&before), &made.id).await.unwrap_err();
    assert!(matches!(error, GitHubError::Protected { .. }), "{error:?}");

    server.repository().rules.push("Changes must be made through a pull request.".to_owned());
    let error = github.move_branch(BRANCH, Some(&before), &made.id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a rule of the repository forbids to move the branch: Changes must be made through a pull request."
    );
    assert_eq!(tip(&server, BRANCH).0, before);
}

#[tokio::test]
async fn an_object_that_github_does_not_have_is_told() {
    let server = GitHubServer::start(repository()).await;
    let github = client(&server, "ghs_all");
    let (before, _) = tip(&server, BRANCH);
    let absent = CommitId::new(&"a".repeat(40)).unwrap();
    let error = github.move_branch(BRANCH, Some(&before), &absent).await.unwrap_err();
    assert_eq!(error.to_string(), "GitHub refused to move the branch: Object does not exist");
}

#[tokio::test]
async fn a_commit_that_was_just_pushed_is_asked_about_again() {
    const READ: &str = "GET /git/commits/{commit_sha}";
    let absent = || Fault::refuse(404, "Not Found");
    for (shows, token, faults, verified, requests) in [
        ("there at once", "ghs_all", 0, Some(true), 1),
        ("there in a moment", "ghs_all", 2, Some(true), 3),
        ("never there", "ghs_all", 3, None, 3),
        ("not looked at yet", "github_pat", 0, Some(false), 3),
    ] {
        let server = GitHubServer::start(repository()).await;
        let github = client(&server, token);
        let made = commit(&server, &github, "app.yaml", b"image: app:2\n").await;
        for _ in 0..faults {
            server.fail(READ, absent());
        }
        let answer = github.verification_of_pushed(&made.id).await;
        assert_eq!(answer.ok().map(|answer| answer.verified), verified, "{shows}");
        let asked = server.requests().iter().filter(|request| request.route == READ).count();
        assert_eq!(asked, requests, "{shows}");
    }
}

#[test]
fn each_reason_of_github_has_its_advice() {
    for (reason, advice) in [
        ("unknown_key", "add the key's public half"),
        ("no_user", "an account on GitHub"),
        ("unverified_email", "verify the author's e-mail address"),
        ("bad_email", "name an address of the key"),
        ("expired_key", "renew the key"),
        ("not_signing_key", "a key that may sign"),
        ("unsigned", "from its next rebuild on"),
        ("something_new", "look at the commit on GitHub"),
    ] {
        let verification = Verification { verified: false, reason: reason.to_owned() };
        let help = verification.help();
        assert!(help.contains(advice), "{reason}: {help}");
        // GitHub would close its pull request, and nobody could tell by whom.
        assert!(!help.contains("delete the branch"), "{reason}: {help}");
    }
}
