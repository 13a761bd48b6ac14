//! Several automations at once: whose commit goes where, and what is left alone.

use crate::{
    program::Run,
    support::{git::Step, world::World},
};

const BRANCH: &str = "flux-image-updates";

/// A repository and a semver policy of one image.
fn image(world: &World, name: &str, labels: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: {name}, namespace: flux-system}}
spec: {{image: '{}/acme/{name}', interval: 1h}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: {name}, namespace: flux-system, labels: {{{labels}}}}}
spec:
  imageRepositoryRef: {{name: {name}}}
  policy: {{semver: {{range: '>=1.0.0'}}}}
---
",
        world.registry.host()
    )
}

/// A value that a policy sets.
fn marked(world: &World, name: &str) -> String {
    let host = world.registry.host();
    format!("image: {host}/acme/{name}:1.0.0 # {{\"$imagepolicy\": \"flux-system:{name}\"}}\n")
}

/// An automation; what is empty is left out.
#[derive(Default, Clone, Copy)]
struct Automation<'a> {
    name: &'a str,
    base: &'a str,
    /// The lines of `spec.git.push`, indented by six.
    push: &'a str,
    path: &'a str,
    /// The lines of `spec.git.commit` beside the author, indented by six.
    commit: &'a str,
    /// Further lines of `spec`, indented by two.
    more: &'a str,
}

impl Automation<'_> {
    fn yaml(&self) -> String {
        let Self { name, base, push, path, commit, more } = self;
        let lines = |head: &str, lines: &str| match lines {
            "" => String::new(),
            lines => format!("{head}{lines}\n"),
        };
        let checkout = match *base {
            "" => String::new(),
            base => format!("    checkout: {{ref: {{branch: {base}}}}}\n"),
        };
        format!(
            "apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 1h
  sourceRef: {{kind: GitRepository, name: flux-system}}
{}  git:
{checkout}    commit:
      author: {{name: {name}, email: {name}@example.com}}
{}{}  update: {{path: {path}}}
---
",
            lines("", more),
            lines("", commit),
            lines("    push:\n", push),
        )
    }
}

/// Images at 1.0.0 and 1.1.0.
async fn world(images: &[&str]) -> World {
    let world = World::start().await;
    for name in images {
        for tag in ["1.0.0", "1.1.0"] {
            world.registry.push(&format!("acme/{name}"), tag);
        }
    }
    world
}

fn commit(world: &World, branch: &str, files: &[(&str, String)]) -> String {
    let files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    world.fleet.commit(branch, "Change", &files)
}

fn text(world: &World, at: &str, path: &str) -> String {
    String::from_utf8(world.fleet.read(at, path).unwrap()).unwrap()
}

/// Author and subject of the commits of a range, oldest first.
fn log(world: &World, range: &str) -> Vec<String> {
    let log = world.fleet.git(&["log", "--reverse", "--format=%an: %s", range]);
    log.lines().map(str::to_owned).collect()
}

fn writes(world: &World) -> (usize, usize) {
    (world.git.count(Step::Push), world.github.writes().len())
}

#[track_caller]
fn failed(run: Run, told: &[&str]) -> Run {
    assert_eq!(run.status, 1, "\n{}\n{}", run.stdout, run.stderr);
    assert_told(&run, told);
    run
}

#[track_caller]
fn assert_told(run: &Run, told: &[&str]) {
    for told in told {
        assert!(run.stderr.contains(told), "{told}:\n{}", run.stderr);
    }
}

const SIX: [Automation<'_>; 6] = [
    Automation {
        name: "apps",
        base: "main",
        push: "      branch: flux-image-updates",
        path: "./apps",
        commit: "      messageTemplate: 'apps: {{ range .Changed.Changes }}{{ .NewValue }}{{ end }}'",
        more: "",
    },
    Automation {
        name: "broken",
        base: "main",
        push: "      branch: flux-image-updates",
        path: "./broken",
        commit: "      messageTemplate: |\n        fine\n        {{ .Nope }}",
        more: "",
    },
    Automation {
        name: "infra",
        base: "main",
        push: "      branch: flux-image-updates",
        path: "./infra",
        commit: "      messageTemplate: 'infra by {{ .Values.who }}'\n      messageTemplateValues: {who: the robot}",
        more: "",
    },
    Automation {
        name: "the-rest",
        base: "main",
        push: "      branch: flux-image-updates",
        path: ".",
        commit: "      messageTemplate: 'what is left'",
        more: "",
    },
    Automation {
        name: "prod",
        base: "prod",
        push: "      branch: flux-prod",
        path: "./apps",
        commit: "",
        more: "",
    },
    Automation {
        name: "selected",
        base: "main",
        push: "      branch: flux-selected",
        path: "./selected",
        commit: "",
        more: "  policySelector: {matchLabels: {team: red}, matchExpressions: [{key: old, operator: DoesNotExist}]}",
    },
];

fn six_files(world: &World) -> Vec<(&'static str, String)> {
    let images: String = ["shop", "mail", "dns", "logs"].map(|n| image(world, n, "")).concat()
        + &image(world, "red", "team: red")
        + &image(world, "blue", "team: blue")
        + &image(world, "old", "team: red, old: 'yes'");
    let m = |names: &[&str]| names.iter().map(|name| marked(world, name)).collect::<Vec<_>>();
    vec![
        ("flux/images.yaml", images),
        ("flux/automations.yaml", SIX.map(|automation| automation.yaml()).concat()),
        ("apps/shop.yaml", m(&["shop"]).concat()),
        ("broken/mail.yaml", m(&["mail"]).concat()),
        ("infra/dns.yaml", m(&["dns"]).concat()),
        ("logs.yaml", m(&["logs"]).concat()),
        ("selected/all.yaml", {
            let [a, b, c] = ["red", "blue", "old"].map(|name| marked(world, name));
            format!("a:\n  {a}b:\n  {b}c:\n  {c}")
        }),
    ]
}

#[tokio::test]
async fn six_automations_end_as_they_say_and_the_second_run_writes_nothing() {
    let world = world(&["shop", "mail", "dns", "logs", "red", "blue", "old"]).await;
    let files = six_files(&world);
    commit(&world, "main", &files);
    world.fleet.branch("prod", &world.fleet.head("main").unwrap());
    let run = failed(
        world.run(&["run", "-o", "json"]).await,
        &["[automation/invalid-template]", "flux/automations.yaml:"],
    );
    let host = world.registry.host();
    assert_eq!(
        log(&world, "main..flux-image-updates"),
        [
            format!("apps: apps: {host}/acme/shop:1.1.0"),
            "infra: infra by the robot".to_owned(),
            "the-rest: what is left".to_owned()
        ]
    );
    assert_eq!(log(&world, "prod..flux-prod"), ["prod: Update from image update automation"]);
    assert_eq!(log(&world, "main..flux-selected").len(), 1);
    let at = |branch: &str, path: &str| text(&world, branch, path);
    assert!(at(BRANCH, "broken/mail.yaml").contains(":1.0.0"), "the first failed: nobody sets it");
    assert!(at(BRANCH, "logs.yaml").contains(":1.1.0"));
    let selected = at("flux-selected", "selected/all.yaml");
    assert!(selected.contains("red:1.1.0") && selected.contains("old:1.0.0"), "{selected}");
    let shared = at(BRANCH, "selected/all.yaml");
    assert!(shared.contains("red:1.0.0") && shared.contains("blue:1.1.0"), "{shared}");
    {
        let repository = world.github.repository();
        let mut pulls: Vec<(String, String)> =
            repository.pulls.iter().map(|pull| (pull.head.clone(), pull.base.clone())).collect();
        pulls.sort();
        let expected = [(BRANCH, "main"), ("flux-prod", "prod"), ("flux-selected", "main")];
        assert_eq!(pulls, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
    // The template's own line, within the block scalar.
    let source = text(&world, "main", "flux/automations.yaml");
    let line = 1 + source.lines().position(|line| line.contains(".Nope")).unwrap();
    assert_told(&run, &[&format!("flux/automations.yaml:{line}:")]);
    let document = run.json();
    let automations = document["automations"].as_array().unwrap();
    let broken = automations.iter().find(|a| a["name"] == "broken").unwrap();
    assert_eq!(broken["error"]["code"], "automation/invalid-template");
    assert_eq!(broken["commit"], serde_json::Value::Null);
    let shas: Vec<&str> = ["apps", "infra", "the-rest"]
        .map(|name| automations.iter().find(|a| a["name"] == name).unwrap())
        .iter()
        .map(|a| a["commit"]["sha"].as_str().unwrap())
        .collect();
    let commits = world.fleet.git(&["rev-list", "--reverse", "main..flux-image-updates"]);
    assert_eq!(shas, commits.lines().collect::<Vec<_>>());

    let before = (writes(&world), world.fleet.heads());
    let run = failed(world.run(&["run"]).await, &["[automation/invalid-template]"]);
    let mail =
        run.stdout.lines().find(|line| line.starts_with("flux-system/mail")).unwrap_or_default();
    assert!(
        mail.ends_with("not set: the automation `flux-system/broken` failed"),
        "{}",
        run.stdout
    );
    assert_eq!((writes(&world), world.fleet.heads()), before);
    world.fleet.fsck();
    world.github.assert_no_violations();
}

#[tokio::test]
async fn what_fails_keeps_its_pending_commit_and_the_others_go_on() {
    let world = world(&["shop", "dns"]).await;
    let of = |template: &str| {
        let commit = format!("      messageTemplate: '{template}'");
        let a = Automation { commit: &commit, push: "      branch: work", ..SIX[0] }.yaml();
        let b = Automation { push: "      branch: work", ..SIX[2] }.yaml();
        // One robot for all, as usual.
        (a + &b).replace("name: infra, email: infra@", "name: apps, email: apps@")
    };
    let images = image(&world, "shop", "") + &image(&world, "dns", "");
    commit(
        &world,
        "main",
        &[
            ("images.yaml", images),
            ("automations.yaml", of("the first words")),
            ("apps/shop.yaml", marked(&world, "shop")),
            ("infra/dns.yaml", marked(&world, "dns")),
        ],
    );
    world.run(&["run"]).await.ok();
    assert_eq!(log(&world, "main..work"), ["apps: the first words", "apps: infra by the robot"]);

    commit(&world, "main", &[("automations.yaml", of("{{ .Broken"))]);
    for name in ["shop", "dns"] {
        world.registry.push(&format!("acme/{name}"), "1.2.0");
    }
    failed(world.run(&["run"]).await, &["[automation/invalid-template]"]);
    assert_eq!(log(&world, "main..work"), ["apps: the first words", "apps: infra by the robot"]);
    assert!(text(&world, "work", "apps/shop.yaml").contains("shop:1.1.0"), "as it was");
    assert!(text(&world, "work", "infra/dns.yaml").contains("dns:1.2.0"), "goes on");
    let before = writes(&world);
    failed(world.run(&["run"]).await, &[]);
    assert_eq!(writes(&world), before);

    // Not even a file that can no longer be read as an automation loses its commit.
    let broken = of("x").replacen("interval: 1h", "interval: often", 1);
    commit(&world, "main", &[("automations.yaml", broken)]);
    world.registry.push("acme/dns", "1.3.0");
    failed(world.run(&["run"]).await, &["[object/invalid]"]);
    assert!(text(&world, "work", "apps/shop.yaml").contains("shop:1.1.0"), "as it was");
    assert!(text(&world, "work", "infra/dns.yaml").contains("dns:1.3.0"), "goes on");
    assert!(log(&world, "main..work").contains(&"apps: the first words".to_owned()));
}

#[tokio::test]
async fn one_branch_from_two_bases_is_refused_for_both() {
    let world = world(&["shop", "dns"]).await;
    let a = Automation { commit: "", push: "      branch: work", ..SIX[0] };
    let b = Automation { name: "beta", base: "prod", path: "./infra", ..a };
    let c = Automation { name: "gamma", push: "      branch: prod", path: "./infra", ..a };
    let images = image(&world, "shop", "") + &image(&world, "dns", "");
    let both = [a, b].map(|automation| automation.yaml()).concat();
    commit(
        &world,
        "main",
        &[
            ("images.yaml", images),
            ("automations.yaml", both),
            ("apps/shop.yaml", marked(&world, "shop")),
            ("infra/dns.yaml", marked(&world, "dns")),
        ],
    );
    world.fleet.branch("prod", &world.fleet.head("main").unwrap());
    let run = failed(world.run(&["run"]).await, &["[automation/branch-conflict]", "{base}"]);
    assert_eq!(run.output("failures-count"), "2");
    assert_eq!(writes(&world), (0, 0));
    world.run(&["run", "--branch", "flux/{base}/{name}"]).await.ok();
    assert_eq!(log(&world, "main..flux/main/apps").len(), 1);
    assert_eq!(log(&world, "prod..flux/prod/beta").len(), 1);

    let onto_base = [b, c].map(|automation| automation.yaml()).concat();
    commit(&world, "main", &[("automations.yaml", onto_base)]);
    let head = world.fleet.head("prod");
    failed(world.run(&["run"]).await, &["a branch that people work on"]);
    assert_eq!(world.fleet.head("prod"), head);
}

#[tokio::test]
async fn a_narrowed_run_never_undoes_the_work_of_others() {
    let world = world(&["shop", "dns"]).await;
    let two = [SIX[0], SIX[2]].map(|automation| automation.yaml()).concat();
    let images = image(&world, "shop", "") + &image(&world, "dns", "");
    commit(
        &world,
        "main",
        &[
            ("images.yaml", images),
            ("automations.yaml", two),
            ("apps/shop.yaml", marked(&world, "shop")),
            ("infra/dns.yaml", marked(&world, "dns")),
        ],
    );
    world.run(&["run"]).await.ok();
    world.registry.push("acme/shop", "1.2.0");
    let before = (writes(&world), world.fleet.heads());
    let narrowed = ["run", "--automation", "flux-system/apps"];
    failed(world.run(&narrowed).await, &["[branch/shared]", "`flux-system/infra`"]);
    // The branch alone says it too.
    world.github.repository().pulls.clear();
    failed(world.run(&narrowed).await, &["[branch/shared]", "`flux-system/infra`"]);
    assert_eq!((writes(&world), world.fleet.heads()), before);
    let own = [&narrowed[..], &["--branch", "own"]].concat();
    world.run(&own).await.ok();
    assert!(text(&world, "own", "apps/shop.yaml").contains("1.2.0"));
    assert!(text(&world, "own", "infra/dns.yaml").contains("1.0.0"));

    let run = world.run(&["run", "--automation", "apsp"]).await;
    failed(run, &["[automation/not-found]", "name one of `flux-system/apps`, `flux-system/infra`"]);
}

/// One automation, one image.
async fn simple(automation: Automation<'_>) -> World {
    let world = world(&["shop"]).await;
    commit(
        &world,
        "main",
        &[
            ("images.yaml", image(&world, "shop", "")),
            ("automations.yaml", automation.yaml()),
            ("apps/shop.yaml", marked(&world, "shop")),
        ],
    );
    world
}

const PLAIN: Automation<'_> =
    Automation { name: "apps", base: "main", push: "", path: "./apps", commit: "", more: "" };

#[tokio::test]
async fn without_a_pull_request_the_base_itself_is_pushed_as_flux_does() {
    let world = simple(PLAIN).await;
    let old = world.fleet.head("main").unwrap();
    let direct = ["run", "--pull-request", "false"];
    world.run(&direct).await.ok();
    assert_eq!(log(&world, &format!("{old}..main")), ["apps: Update from image update automation"]);
    assert!(text(&world, "main", "apps/shop.yaml").contains("1.1.0"));
    assert_eq!(world.fleet.heads().len(), 1);
    assert_eq!(writes(&world), (1, 0), "never a pull request");
    world.run(&direct).await.ok();
    assert_eq!(writes(&world), (1, 0));
}

#[tokio::test]
async fn a_base_that_moved_is_worked_on_once_more() {
    let world = simple(PLAIN).await;
    // Somebody pushes in the very moment at which our push is taken.
    let main = world.fleet.head("main").unwrap();
    world.fleet.branch("next", &main);
    let next = world.fleet.commit("next", "Meanwhile", &[("README.md", "x")]);
    world.fleet.delete("next");
    world.fleet.hook(
        "pre-receive",
        &format!(
            "cat >/dev/null; [ -e once ] && exit 0; touch once\nenv -u GIT_QUARANTINE_PATH git update-ref refs/heads/main {next}"
        ),
    );
    world.run(&["run", "--pull-request", "false"]).await.ok();
    assert_eq!(
        log(&world, &format!("{main}..main")),
        ["Ada Person: Meanwhile", "apps: Update from image update automation"]
    );
    assert!(text(&world, "main", "apps/shop.yaml").contains("1.1.0"));
}

#[tokio::test]
async fn refspec_and_options_are_pushed_as_flux_does() {
    let push = "      branch: staging\n      refspec: refs/heads/staging:refs/heads/mirror\n      options: {ci.skip: 'true', why: images}";
    let world = simple(Automation { push, ..PLAIN }).await;
    let options = "printf '%s\\n' \"$GIT_PUSH_OPTION_COUNT\" \"$GIT_PUSH_OPTION_0\" \"$GIT_PUSH_OPTION_1\" >options; cat >/dev/null";
    world.fleet.hook("pre-receive", options);
    let read = || std::fs::read_to_string(world.fleet.directory().join("options")).unwrap();
    let told = world.run(&["run"]).await.ok();
    assert_told(&told, &["[automation/refspec-left-out]"]);
    assert_eq!(read(), "2\nci.skip=true\nwhy=images\n");
    assert_eq!(world.fleet.head("mirror"), None);

    world.fleet.delete("staging");
    let direct = ["run", "--pull-request", "false"];
    world.run(&direct).await.ok();
    let staging = world.fleet.head("staging");
    assert!(staging.is_some());
    assert_eq!(world.fleet.head("mirror"), staging);
    assert_ne!(world.fleet.head("main"), staging);
    let before = writes(&world);
    world.run(&direct).await.ok();
    assert_eq!(writes(&world), before);

    // A mirror that has gone its own way is not overwritten.
    world.fleet.commit("mirror", "Own", &[("own", "x")]);
    let mirror = world.fleet.head("mirror");
    world.registry.push("acme/shop", "1.2.0");
    failed(world.run(&direct).await, &["[automation/push-failed]", "`mirror`"]);
    assert_eq!((world.fleet.head("mirror"), world.fleet.head("staging")), (mirror, staging));

    let push = "      branch: staging\n      refspec: HEAD:refs/for/main";
    let automation = Automation { push, ..PLAIN };
    commit(&world, "main", &[("automations.yaml", automation.yaml())]);
    failed(world.run(&direct).await, &["[automation/unsupported]", "automations.yaml:13:"]);
}

#[tokio::test]
async fn what_githubs_api_cannot_push_is_never_passed_over() {
    let api = ["run", "--commit-mode", "api"];
    let direct = [&api[..], &["--pull-request", "false"]].concat();
    let refspec = "      branch: staging\n      refspec: HEAD:refs/heads/mirror";
    let options = "      branch: staging\n      options: {ci.skip: 'true'}";
    let both = format!("{refspec}\n      options: {{ci.skip: 'true'}}");
    let world = simple(Automation { push: &both, ..PLAIN }).await;
    let run = world.run(&api).await.ok();
    assert_told(
        &run,
        &[
            "[automation/refspec-left-out]",
            "`--pull-request false` and `--commit-mode git`",
            "warning: the push options of `flux-system/apps` are left out",
            "[automation/push-options-left-out]",
        ],
    );
    assert_eq!(run.output("pull-request-operation"), "created");

    world.registry.push("acme/shop", "1.2.0");
    let before = (writes(&world), world.fleet.head("staging"));
    for (push, told) in
        [(refspec, "the refspec `HEAD:refs/heads/mirror`"), (options, "push options")]
    {
        let automation = Automation { push, ..PLAIN };
        commit(&world, "main", &[("automations.yaml", automation.yaml())]);
        let told = [told, "cannot be pushed by `--commit-mode api`", "[automation/unsupported]"];
        failed(world.run(&direct).await, &told);
        assert_eq!((writes(&world), world.fleet.head("staging")), before, "{told:?}");
    }
    let automation = Automation { push: "      branch: staging", ..PLAIN };
    commit(&world, "main", &[("automations.yaml", automation.yaml())]);
    let run = world.run(&direct).await.ok();
    assert!(!run.stderr.contains("left-out"), "{}", run.stderr);
    assert!(text(&world, "staging", "apps/shop.yaml").contains("shop:1.2.0"));
}

#[tokio::test]
async fn the_words_of_a_pushed_branch_are_its_first_automations() {
    let world = world(&["shop", "dns"]).await;
    let commit_of = "      messageTemplate: 'the first words'";
    let a = Automation { commit: commit_of, push: "      branch: work", ..SIX[0] }.yaml();
    let b = Automation { push: "      branch: work", ..SIX[2] }.yaml();
    let automations = (a + &b).replace("name: infra, email: infra@", "name: apps, email: apps@");
    let files = [
        ("images.yaml", image(&world, "shop", "") + &image(&world, "dns", "")),
        ("automations.yaml", automations),
        ("apps/shop.yaml", marked(&world, "shop")),
        ("infra/dns.yaml", marked(&world, "dns")),
    ];
    commit(&world, "main", &files);
    // What the controllers do.
    world.run(&["run", "--pull-request", "false"]).await.ok();
    assert_eq!(log(&world, "main..work"), ["apps: the first words", "apps: infra by the robot"]);
    let title = "{{ .AutomationObject.Name }}: {{ .Commit.Subject }} ({{ len .Changed.Changes }})";
    let propose = ["propose", "--branch", "work", "--title", title, "-o", "json"];
    let run = world.run(&propose).await.ok();
    assert_eq!(world.github.repository().pulls[0].title, "apps: the first words (1)");
    let document = run.json();
    for (automation, policy) in [(0, "flux-system/shop"), (1, "flux-system/dns")] {
        let updates = document["automations"][automation]["updates"].as_array().unwrap();
        let policies: Vec<&str> = updates.iter().map(|u| u["policy"].as_str().unwrap()).collect();
        assert_eq!(policies, [policy]);
    }
}

#[tokio::test]
async fn a_checkout_that_is_no_branch_is_told_and_another_repository_left() {
    let world = simple(PLAIN).await;
    let source = |reference: &str, url: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: sources}}
spec: {{interval: 1h, url: '{url}', ref: {{{reference}}}}}
"
        )
    };
    let ours = "ssh://git@example.com/Example-Org/Fleet.git";
    let automation = Automation { base: "", ..PLAIN }
        .yaml()
        .replace("name: flux-system}\n", "name: flux-system, namespace: sources}\n");
    let rows = [
        ("branch: main", ours, 0, ""),
        ("name: refs/heads/main", ours, 0, ""),
        ("tag: v1", ours, 1, "checks out the tag `v1`"),
        ("semver: '>=1.0.0'", ours, 1, "the semver range"),
        ("commit: abc", ours, 1, "the commit `abc`"),
        ("name: refs/pull/1/head", ours, 1, "the reference"),
        ("branch: gone", ours, 1, "`gone` is not on the remote"),
        ("branch: main", "https://github.com/example-org/apps", 0, "[automation/other-repository]"),
    ];
    for (reference, url, status, told) in rows {
        commit(
            &world,
            "main",
            &[("automations.yaml", automation.clone()), ("source.yaml", source(reference, url))],
        );
        let run = world.run(&["plan"]).await;
        assert_eq!(run.status, status, "{reference}: {}", run.stderr);
        assert_told(&run, &[told]);
    }
    failed(world.run(&["plan", "--automation", "apps"]).await, &["another repository"]);
    // Where the source is not in the tree, the control branch is the base.
    commit(&world, "main", &[("source.yaml", "a: b\n".to_owned())]);
    world.run(&["run"]).await.ok();
    assert_eq!(log(&world, "main..flux-image-updates").len(), 1);
}

#[tokio::test]
async fn without_an_automation_one_is_assumed_and_said() {
    let world = simple(Automation { base: "main", ..PLAIN }).await;
    let run = world.run(&["run"]).await.ok();
    assert_told(&run, &["[automation/pushes-to-base]", "--pull-request false"]);
    assert_eq!(run.stderr.matches("[automation/pushes-to-base]").count(), 1);
    commit(&world, "main", &[("automations.yaml", "a: b\n".to_owned())]);
    let run = world.run(&["run", "--branch", "own", "-o", "json"]).await.ok();
    assert_told(&run, &["[automation/assumed]"]);
    let automation = &run.json()["automations"][0];
    assert_eq!(
        (&automation["file"], &automation["line"]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(
        log(&world, "main..own"),
        ["flux-image-updates: Update from image update automation"]
    );
    // One that cannot be read is no reason to assume another.
    let broken = PLAIN.yaml().replace("interval: 1h", "interval: often");
    commit(&world, "main", &[("automations.yaml", broken)]);
    let run = failed(world.run(&["run", "--branch", "other"]).await, &["[object/invalid]"]);
    assert!(!run.stderr.contains("automation/assumed"), "{}", run.stderr);
    assert_eq!(world.fleet.head("other"), None);
}

#[tokio::test]
async fn a_checkout_that_differs_from_the_remote_is_told_to_people() {
    let world = simple(PLAIN).await;
    let checkout = world.new_folder("checkout");
    world.fleet.clone_into(&checkout, &[]);
    let run = world.run_in(&checkout, &["plan"], &[]).await.ok();
    assert!(!run.stderr.contains("checkout/differs"), "{}", run.stderr);
    commit(&world, "main", &[("README.md", "moved".to_owned())]);
    let run = world.run_in(&checkout, &["plan"], &[]).await.ok();
    assert_told(&run, &["[checkout/differs]"]);
}

#[tokio::test]
async fn title_and_body_are_templates_over_the_first_commit() {
    let subject = "x".repeat(400);
    let message = format!("      messageTemplate: |\n        {subject}\n\n        the body");
    let world = simple(Automation { commit: &message, ..PLAIN }).await;
    let options = [
        "run",
        "--title",
        "{{ .AutomationObject }}: {{ .Commit.Subject }}",
        "--body",
        "{{ .Commit.Body }} of {{ len .Changed.Changes }}",
    ];
    world.run(&options).await.ok();
    {
        let repository = world.github.repository();
        let [pull] = &repository.pulls[..] else { panic!("{:?}", repository.pulls) };
        assert!(pull.title.starts_with("flux-system/apps: xxx"), "{}", pull.title);
        assert!(pull.title.chars().count() <= 256, "{}", pull.title.len());
        assert!(pull.body.clone().unwrap().contains("the body of 1"), "{:?}", pull.body);
    }
    let before = writes(&world);
    world.run(&options).await.ok();
    assert_eq!(writes(&world), before);
    let told = ["[automation/invalid-template]", "`--title` at 1:"];
    failed(world.run(&["run", "--title", "{{ .Nope }}"]).await, &told);
    assert_eq!(writes(&world), before);
}
