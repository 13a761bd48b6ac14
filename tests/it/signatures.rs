//! Signed commits, judged by the real Git with the real gpg and ssh-keygen.

use std::{fmt::Write as _, path::Path, process::Command};

use crate::support::{github::Fault, world::World};

/// Runs a program that makes or checks keys.
fn run(program: &str, arguments: &[&str], home: &Path) -> (bool, String) {
    let package = if program == "gpg" { "gnupg" } else { "openssh-client" };
    let output = Command::new(program)
        .args(arguments)
        .env("GNUPGHOME", home)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; apt-get install {package}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.success(), text.concat())
}

#[track_caller]
fn ok(program: &str, arguments: &[&str], home: &Path) -> String {
    let (success, text) = run(program, arguments, home);
    assert!(success, "{program} {arguments:?}: {text}");
    text
}

/// A home for gpg, short enough for its sockets.
fn gpg_home() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::Builder::new().prefix("gpg").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    home
}

const FILES: &str = "\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: shop, namespace: flux-system}
spec: {image: 'REGISTRY/acme/shop', interval: 1h}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: shop, namespace: flux-system}
spec: {imageRepositoryRef: {name: shop}, policy: {semver: {range: '>=1.0.0'}}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: apps, namespace: flux-system}
spec:
  interval: 1h
  sourceRef: {kind: GitRepository, name: flux-system}
  git:
    checkout: {ref: {branch: main}}
    commit:
      author: {name: robot, email: robot@example.com}
      signingKey:
        secretRef: {name: signing-key}
        type: KIND
";

async fn world(kind: &str) -> World {
    let world = World::start().await;
    for tag in ["1.0.0", "1.1.0"] {
        world.registry.push("acme/shop", tag);
    }
    let host = world.registry.host();
    let shop =
        format!("image: {host}/acme/shop:1.0.0 # {{\"$imagepolicy\": \"flux-system:shop\"}}\n");
    let files = FILES.replace("REGISTRY", &host).replace("KIND", kind);
    world.fleet.commit("main", "Begin", &[("flux.yaml", &files), ("shop.yaml", &shop)]);
    world
}

/// The Secret as `kubectl` prints it.
fn secret(values: &[(&str, &str)]) -> String {
    let mut yaml = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: signing-key\n  namespace: flux-system\nstringData:\n".to_owned();
    for (field, value) in values {
        writeln!(yaml, "  {field}: {}", serde_json::to_string(value).unwrap()).unwrap();
    }
    yaml
}

/// What `git verify-commit` says of the pushed commit.
fn verify(world: &World, config: &[&str], home: &Path) -> (bool, String) {
    let directory = world.fleet.directory().display().to_string();
    let mut arguments = vec!["-C", &directory];
    for pair in config {
        arguments.extend(["-c", pair]);
    }
    arguments.extend(["verify-commit", "flux-image-updates"]);
    run("git", &arguments, home)
}

#[tokio::test]
async fn git_accepts_what_is_signed_with_gpg() {
    let home = gpg_home();
    let h = home.path();
    let batch = ["--batch", "--quiet", "--pinentry-mode", "loopback"];
    for (name, algorithm, usage, phrase) in [
        ("ed", "ed25519", "sign", ""),
        ("rsa", "rsa2048", "sign", "opens it"),
        ("ecdsa", "nistp256", "sign", ""),
        ("sub", "ed25519", "cert", "opens it"),
    ] {
        let user = format!("{name} <{name}@example.com>");
        let phrased = [&batch[..], &["--passphrase", phrase]].concat();
        ok("gpg", &[&phrased[..], &["--quick-gen-key", &user, algorithm, usage, "0"]].concat(), h);
        if name == "sub" {
            let keys = ok("gpg", &["--with-colons", "--list-keys", &user], h);
            let line = keys.lines().find(|line| line.starts_with("fpr")).unwrap();
            let print = line.split(':').nth(9).unwrap();
            ok(
                "gpg",
                &[&phrased[..], &["--quick-add-key", print, "rsa2048", "sign", "0"]].concat(),
                h,
            );
        }
        let export = [&phrased[..], &["--armor", "--export-secret-keys", &user]].concat();
        let key = ok("gpg", &export, h);
        let world = world("gpg").await;
        let mut values = vec![("git.asc", key.as_str())];
        if !phrase.is_empty() {
            values.push(("passphrase", phrase));
        }
        let given = secret(&values);
        let folder = world.empty_folder();
        world.run_in(&folder, &["run"], &[("INPUT_SECRETS", &given)]).await.ok();
        let (good, said) = verify(&world, &[], h);
        println!("{said}");
        assert!(
            good && said.contains(&format!("Good signature from \"{user}\"")),
            "{name}: {said}"
        );
        world.fleet.fsck();
    }
    drop(run("gpgconf", &["--kill", "all"], h));
}

#[tokio::test]
async fn git_accepts_what_is_signed_with_ssh() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, bits, password, pem) in [
        ("ed25519", "256", "", false),
        ("ed25519", "256", "opens it", false),
        ("rsa", "2048", "", false),
        ("rsa", "3072", "opens it", false),
        ("rsa", "2048", "", true),
        ("ecdsa", "256", "", false),
        ("ecdsa", "384", "", false),
        ("ecdsa", "256", "", true),
    ] {
        let path = folder.path().join(format!("{kind}{bits}{}{pem}", password.len()));
        let file = path.display().to_string();
        let form: &[&str] = if pem { &["-m", "PKCS8"] } else { &[] };
        let make = ["-q", "-t", kind, "-b", bits, "-N", password, "-C", "", "-f", &file];
        ok("ssh-keygen", &[&make[..], form].concat(), folder.path());
        let key = std::fs::read_to_string(&path).unwrap();
        let public = std::fs::read_to_string(path.with_extension("pub")).unwrap();
        let allowed = folder.path().join("allowed");
        std::fs::write(&allowed, format!("robot@example.com {public}")).unwrap();

        let world = world("ssh").await;
        let given = secret(&[("identity", &key), ("password", password)]);
        let empty = world.empty_folder();
        world.run_in(&empty, &["run"], &[("INPUT_SECRETS", &given)]).await.ok();
        let allowed = format!("gpg.ssh.allowedSignersFile={}", allowed.display());
        let (good, said) = verify(&world, &["gpg.format=ssh", &allowed], folder.path());
        println!("{said}");
        let expected = "Good \"git\" signature for robot@example.com";
        assert!(good && said.contains(expected), "{kind} {bits} {pem}: {said}");
        world.fleet.fsck();
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_had_leaves_nothing_unsigned() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key").display().to_string();
    let make = ["-q", "-t", "ed25519", "-N", "opens it", "-C", "", "-f", &file];
    ok("ssh-keygen", &make, folder.path());
    let key = std::fs::read_to_string(&file).unwrap();
    let world = world("ssh").await;
    let encrypted = secret(&[("identity", "x")]) + "sops: {mac: x}\n";
    for (given, told) in [
        (String::new(), "the Secret `flux-system/signing-key` is given nowhere"),
        (secret(&[("git.asc", "x")]), "has no `identity`"),
        (secret(&[("identity", "x")]), "it holds no SSH private key that can be read"),
        (secret(&[("identity", &key)]), "the key is protected and there is no `password`"),
        (secret(&[("identity", &key), ("password", "no")]), "the `password` does not open the key"),
        (encrypted, "encrypted"),
    ] {
        let empty = world.empty_folder();
        let run = world.run_in(&empty, &["run"], &[("INPUT_SECRETS", &given)]).await;
        assert_eq!(run.status, 1, "{told}: {}", run.stderr);
        for told in [told, "[automation/signing-key]", "flux.yaml:22:"] {
            assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
        }
        assert!(!run.stderr.contains("opens it"), "{}", run.stderr);
        assert_eq!(world.fleet.head("flux-image-updates"), None);
    }
    // A Secret that lies in the repository serves too; one that SOPS keeps does not.
    let hidden = secret(&[("identity", "ENC[x]")]) + "sops: {mac: x}\n";
    world.fleet.commit("main", "Hide", &[("secret.yaml", &hidden)]);
    let run = world.run(&["run"]).await;
    assert!(run.stderr.contains("SOPS has encrypted the Secret"), "{}", run.stderr);
    let plain = secret(&[("identity", &key), ("password", "opens it")]);
    world.fleet.commit("main", "Show", &[("secret.yaml", &plain)]);
    world.run(&["run"]).await.ok();
    let commit = world.fleet.git(&["cat-file", "commit", "flux-image-updates"]);
    assert!(commit.contains("gpgsig -----BEGIN SSH SIGNATURE-----"), "{commit}");
}

/// An SSH key, and the Secret that holds it.
fn ssh_secret(folder: &Path) -> String {
    let file = folder.join("key").display().to_string();
    ok("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", &file], folder);
    secret(&[("identity", &std::fs::read_to_string(&file).unwrap())])
}

/// How often GitHub was asked about a commit.
fn asked(world: &World) -> usize {
    let requests = world.github.requests();
    requests.iter().filter(|request| request.route == ASKS).count()
}

const ASKS: &str = "GET /git/commits/{commit_sha}";

#[tokio::test]
async fn what_github_finds_of_a_signature_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let given = ssh_secret(folder.path());
    let world = world("ssh").await;
    let empty = world.empty_folder();
    let vars = [("INPUT_SECRETS", given.as_str())];
    let verified = "pull-request-commits-verified";
    let told = ["[branch/not-verified]", "`unknown_key`", "flux.yaml:22:", "public half"];
    // The run that pushes asks once, and so does the one that changes nothing.
    for times in [1, 2] {
        let run = world.run_in(&empty, &["run"], &vars).await.ok();
        for told in told {
            assert!(run.stderr.contains(told), "{times}: {told}: {}", run.stderr);
        }
        assert_eq!((run.output(verified), asked(&world)), ("false", times));
    }
    // Somebody adds the key.
    world.github.repository().signatures = "valid";
    let run = world.run_in(&empty, &["run"], &vars).await.ok();
    assert_eq!((run.output(verified), asked(&world)), ("true", 3));
    assert!(!run.stderr.contains("not-verified"), "{}", run.stderr);

    // GitHub needs a moment after the push.
    world.registry.push("acme/shop", "1.2.0");
    world.github.fail(ASKS, Fault::refuse(404, "Not Found"));
    let run = world.run_in(&empty, &["run"], &vars).await.ok();
    assert_eq!((run.output(verified), asked(&world)), ("true", 5), "{}", run.stderr);

    // What cannot be asked is no failure of what is done.
    world.registry.push("acme/shop", "1.3.0");
    world.github.fail(ASKS, Fault::refuse(403, "Resource not accessible by integration"));
    let run = world.run_in(&empty, &["run"], &vars).await.ok();
    assert!(run.stderr.contains("is not known"), "{}", run.stderr);
    assert_eq!((run.output(verified), asked(&world)), ("false", 6));
    assert_eq!(run.output("pull-request-operation"), "updated");

    // `plan` asks nothing; nor does anybody where nobody signs.
    world.run_in(&empty, &["plan"], &vars).await.ok();
    assert_eq!(asked(&world), 6);
    let unsigned = World::with_fleet().await;
    unsigned.run(&["run"]).await.ok();
    assert_eq!(asked(&unsigned), 0);
    world.github.assert_no_violations();
}

#[tokio::test]
async fn where_github_signs_no_key_is_needed_and_that_is_told() {
    let world = world("ssh").await;
    let run = world.run(&["run", "--commit-mode", "api"]).await.ok();
    assert_eq!(run.output("pull-request-commits-verified"), "true");
    for told in
        ["info: GitHub signs the commits of", "[automation/signed-by-github]", "flux.yaml:22:"]
    {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    let told = run.stderr.lines().filter(|line| line.starts_with("info: GitHub signs")).count();
    assert_eq!(told, 1, "{}", run.stderr);
    assert!(!run.stderr.contains("automation/signing-key"), "{}", run.stderr);
}

#[tokio::test]
async fn a_pushed_branch_is_proposed_without_the_key_that_signs_in_the_cluster() {
    let world = world("ssh").await;
    let text = String::from_utf8(world.fleet.read("main", "shop.yaml").unwrap()).unwrap();
    let main = world.fleet.head("main").unwrap();
    world.fleet.branch("flux-image-updates", &main);
    let text = text.replace("1.0.0", "1.1.0");
    let pushed = world.fleet.commit("flux-image-updates", "Update", &[("shop.yaml", &text)]);
    let propose = ["propose", "--branch", "flux-image-updates"];
    let run = world.run(&propose).await.ok();
    assert_eq!(run.output("pull-request-operation"), "created", "{}", run.stderr);
    assert_eq!(run.output("pull-request-commits-verified"), "false");
    assert!(!run.stderr.contains("automation/signing-key"), "{}", run.stderr);
    world.github.repository().objects.signed.insert(pushed);
    let run = world.run(&propose).await.ok();
    assert_eq!(run.output("pull-request-commits-verified"), "true");
}
