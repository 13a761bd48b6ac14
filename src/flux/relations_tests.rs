//! Which resource another one means.

use super::read_tests::{policy, read_tree, repository};
use super::*;

#[test]
fn a_policy_of_another_namespace_needs_access() {
    let namespace =
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: apps, labels: {team: web}}\n";
    let foreign = policy("a").replace("{name: a}", "{name: a, namespace: shared}");
    #[rustfmt::skip]
    let rows = [
        ("", "", "access/denied a.yaml:5:30 the ImageRepository `shared/a` admits no policies of other namespaces"),
        ("accessFrom: {namespaceSelectors: [{}]}", "", ""),
        ("accessFrom: {namespaceSelectors: []}", "", "access/denied a.yaml:5:30 the ImageRepository `shared/a` does not admit policies of the namespace `apps`"),
        ("accessFrom: {namespaceSelectors: [{matchLabels: {team: web}}]}", namespace, ""),
        ("accessFrom: {namespaceSelectors: [{matchLabels: {team: web}}]}", "", "access/denied a.yaml:5:30 the ImageRepository `shared/a` does not admit policies of the namespace `apps`"),
        ("accessFrom: {namespaceSelectors: [{matchLabels: {team: db}}, {matchLabels: {kubernetes.io/metadata.name: apps}}]}", "", ""),
    ];
    for (access, namespace, expected) in rows {
        let shared = repository("a")
            .replace("namespace: apps", "namespace: shared")
            .replace("interval: 5m", &format!("interval: 5m, {access}"));
        let text = format!("=== a.yaml\n{foreign}=== b.yaml\n{shared}---\n{namespace}");
        let (resources, told) = read_tree(&text);
        assert_eq!(told, [""; 0]);
        let found = match resources.repository_of(&resources.policies[0]) {
            Ok(_) => String::new(),
            Err(problem) => super::read_tests::told(&[problem])[0].clone(),
        };
        assert_eq!(found, expected, "{access}");
    }
}

#[test]
fn a_repository_that_is_not_there_is_told_from_one_that_is_refused() {
    for (text, message) in [
        (policy("a"), "the ImageRepository `apps/a` is not in this repository"),
        (
            format!("{}---\n{}", policy("a"), repository("a").replace("5m", "5d")),
            "the ImageRepository `apps/a` cannot be used, see its own error",
        ),
    ] {
        let (resources, _) = read_tree(&format!("=== a.yaml\n{text}"));
        let problem = resources.repository_of(&resources.policies[0]).unwrap_err();
        assert_eq!(problem.message, message);
        assert_eq!(problem.code.as_str(), "repository/not-found");
        assert_eq!(problem.at.unwrap().to_string(), "a.yaml:5:30");
    }
}

fn automation(spec: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata: {{name: auto, namespace: apps}}\nspec:\n  interval: 1m\n  sourceRef: {{name: fleet}}\n  {spec}\n"
    )
}

#[test]
fn policies_are_chosen_by_namespace_and_labels() {
    let labelled = policy("web").replace("namespace: apps", "namespace: apps, labels: {tier: web}");
    let foreign = policy("far").replace("namespace: apps", "namespace: other");
    let git = "git: {commit: {author: {email: a}}}";
    for (selector, names) in [
        ("", vec!["a", "web"]),
        ("\n  policySelector: {}", vec!["a", "web"]),
        ("\n  policySelector: {matchLabels: {tier: web}}", vec!["web"]),
        (
            "\n  policySelector: {matchExpressions: [{key: tier, operator: DoesNotExist}]}",
            vec!["a"],
        ),
    ] {
        let auto = automation(&format!("{git}{selector}"));
        let text = format!("=== a.yaml\n{auto}---\n{}---\n{labelled}---\n{foreign}", policy("a"));
        let (resources, told) = read_tree(&text);
        assert_eq!(told, [""; 0]);
        let chosen = resources.policies_of(&resources.automations[0]);
        let seen: Vec<_> = chosen.iter().map(|policy| policy.id.name.as_str()).collect();
        assert_eq!(seen, names, "{selector}");
    }
}

#[test]
fn an_automation_outside_all_clusters_takes_the_nearest() {
    let sync = |cluster: &str| {
        format!(
            "=== {cluster}/gotk-sync.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: flux-system}}\nspec: {{path: {cluster}}}\n"
        )
    };
    let auto = automation("git: {commit: {author: {email: a}}}");
    let text = format!(
        "{}{}=== c/a.yaml\n{}=== d/e/a.yaml\n{}=== d/auto.yaml\n{auto}",
        sync("c"),
        sync("d/e"),
        policy("a"),
        policy("a").replace("1.x", "2.x")
    );
    let text = text
        .replace("=== d/a.yaml", "=== d/e/a.yaml")
        .replace("d.auto/../d-auto.yaml", "d/auto.yaml");
    let (resources, told) = read_tree(&text);
    assert_eq!(told, [""; 0]);
    let chosen = resources.policies_of(&resources.automations[0]);
    let files: Vec<_> = chosen.iter().map(|policy| policy.file.as_str()).collect();
    assert_eq!(files, ["d/e/a.yaml"]);
}

#[test]
fn the_base_follows_fluxs_precedence() {
    let source = |reference: &str| {
        format!(
            "---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: fleet, namespace: apps}}\nspec:\n  url: https://x/y/z\n  {reference}\n"
        )
    };
    let branch = |name: &str| Ok(Some(name.to_owned()));
    #[rustfmt::skip]
    let rows = [
        ("ref: {branch: main}", "", branch("main")),
        ("ref: {branch: main}", "ref: {branch: other}", branch("main")),
        ("ref: {name: refs/heads/a/b}", "", branch("a/b")),
        ("ref: {branch: main, tag: v1}", "", Err("the tag `v1` a.yaml:9:41")),
        ("ref: {branch: main, semver: 1.x}", "", Err("the semver range `1.x` a.yaml:9:44")),
        ("ref: {semver: 1.x, tag: v1}", "", Err("the tag `v1` a.yaml:9:40")),
        ("ref: {branch: main, commit: abc}", "", Err("the commit `abc` a.yaml:9:44")),
        ("ref: {name: refs/tags/v1}", "", Err("the reference `refs/tags/v1` a.yaml:9:28")),
        ("ref: {}", "ref: {branch: dev}", branch("dev")),
        ("", "ref: {branch: dev}", branch("dev")),
        ("", "ref: {tag: v1}", Err("the tag `v1` a.yaml:15:14")),
        ("", "timeout: 1m", Ok(None)),
        ("", "", Ok(None)),
    ];
    for (checkout, reference, expected) in rows {
        let checkout = match checkout {
            "" => String::new(),
            reference => format!("\n    checkout: {{{reference}}}"),
        };
        let auto = automation(&format!("git:\n    commit: {{author: {{email: a}}}}{checkout}"));
        let source = if reference.is_empty() { String::new() } else { source(reference) };
        let (resources, told) = read_tree(&format!("=== a.yaml\n{auto}{source}"));
        assert_eq!(told, [""; 0]);
        let automation = &resources.automations[0];
        let found = match automation.base(resources.source_of(automation)) {
            Base::Branch(branch) => Ok(Some(branch)),
            Base::Unknown => Ok(None),
            Base::NotABranch { what, at } => Err(format!("{what} {at}")),
        };
        assert_eq!(found, expected.map_err(str::to_owned), "{checkout:?} {reference:?}");
    }
}

#[test]
fn another_repository_is_told_by_owner_and_name() {
    for (url, other) in [
        ("https://github.com/org/fleet", false),
        ("https://github.com/Org/Fleet.git", false),
        ("https://token@github.com/org/fleet.git/", false),
        ("ssh://git@github.com/org/fleet", false),
        ("ssh://git@ssh.github.com:443/org/fleet.git", false),
        ("git@github.com:org/fleet.git", false),
        ("http://127.0.0.1:3000/org/fleet.git?x=y", false),
        ("https://github.com/org/fleet-infra", true),
        ("https://github.com/other/fleet", true),
        ("git@github.com:other/fleet", true),
        ("https://gitlab.com/group/org/fleet", true),
        ("https://github.com", true),
        ("", true),
    ] {
        assert_eq!(is_other_repository(url, "org/fleet"), other, "{url}");
    }
}
