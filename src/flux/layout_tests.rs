//! Kustomizations, clusters, patches and variables over small trees.

use std::collections::{BTreeMap, BTreeSet};

use super::read_tests::{policy, read_tree, repository, told, tree};
use super::*;
use crate::tree::RepoPath;

/// Two clusters over one base, with patches and variables.
pub(super) const FLEET: &str = "=== clusters/prod/flux-system/gotk-sync.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://github.com/org/fleet, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/prod, sourceRef: {kind: GitRepository, name: flux-system}}
=== clusters/prod/apps.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  targetNamespace: prod
  postBuild:
    substitute: {branch: updates-prod}
    substituteFrom: [{kind: ConfigMap, name: vars}]
=== clusters/prod/vars.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: vars, namespace: flux-system}
data: {folder: prod}
=== clusters/staging/flux-system/gotk-sync.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: clusters/staging}
=== clusters/staging/apps.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: apps
  postBuild:
    substitute: {branch: updates-staging}
    substituteFrom: [{kind: Secret, name: vars}]
  patches:
  - target: {kind: ImagePolicy}
    patch: |
      - op: replace
        path: /spec/policy/semver/range
        value: '>=2.0.0-0'
=== apps/kustomization.yaml
namespace: apps
resources: [image.yaml, auto.yaml]
patches:
- path: interval.yaml
  target: {kind: Image.*, name: app}
=== apps/interval.yaml
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: default}
spec: {interval: 7m}
=== apps/image.yaml
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app}
spec: {image: ghcr.io/org/app}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: app}
spec:
  imageRepositoryRef: {name: app}
  policy: {semver: {range: 1.x}}
=== apps/auto.yaml
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: auto}
spec:
  interval: 1m
  sourceRef: {name: flux-system, namespace: flux-system}
  git:
    commit: {author: {email: a@b.example}, messageTemplate: '$x ${y}'}
    push: {branch: '${branch}'}
  update: {path: './${folder}'}
";

#[test]
fn every_cluster_sees_its_own() {
    let (resources, problems) = read(&tree(FLEET), &Reading::default());
    let (prod, staging) =
        ("clusters/prod/flux-system/gotk-sync.yaml", "clusters/staging/flux-system/gotk-sync.yaml");
    let cluster = |r: &Option<RepoPath>| r.as_ref().map_or("none".to_owned(), ToString::to_string);
    let policies: Vec<_> = resources
        .policies
        .iter()
        .map(|p| {
            let range = p.spec.policy.semver.as_ref().unwrap().range.clone();
            (p.id.to_string(), cluster(&p.cluster), range)
        })
        .collect();
    let expected = [("apps/app", staging, ">=2.0.0-0"), ("prod/app", prod, "1.x")];
    let owned = |(a, b, c): (&str, &str, &str)| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(policies, expected.map(owned));
    let [staged, productive] = &resources.automations[..] else { panic!("{resources:?}") };
    assert_eq!(productive.spec.push_branch(), Some("updates-prod"));
    assert_eq!(productive.spec.update.path, "./prod");
    assert_eq!(productive.spec.git.commit.message_template.as_deref(), Some("$x "));
    assert_eq!(staged.spec.push_branch(), Some("updates-staging"));
    assert_eq!(staged.spec.update.path, "./${folder}");
    assert_eq!(staged.unresolved("spec.update.path").unwrap().variable, "folder");
    assert_eq!(
        told(&problems),
        [
            "object/unresolved-variable apps/auto.yaml:8:61 `spec.git.commit.messageTemplate` holds the variable `y`, which is in no file",
            "object/unresolved-variable apps/auto.yaml:10:18 `spec.update.path` holds the variable `folder`, which is in no file",
        ]
    );
    assert_eq!(resources.repositories.len(), 2);
    assert!(resources.repositories.iter().all(|r| r.spec.interval == "7m"));
    let at = resources.repositories[0].place(&["spec", "interval"]);
    assert_eq!(at.to_string(), "apps/interval.yaml:4:18");
    let at = resources.policies[0].place(&["spec", "policy", "semver", "range"]);
    assert_eq!(at.to_string(), "clusters/staging/apps.yaml:14:16");
    assert_eq!(at.text, "        value: '>=2.0.0-0'");
    assert_eq!(resources.policies_of(staged).len(), 1);
    assert_eq!(resources.source_of(staged).map(|s| &s.id), None);
    assert_eq!(resources.source_of(productive).unwrap().id.name, "flux-system");
    for policy in &resources.policies {
        assert_eq!(resources.repository_of(policy).unwrap().cluster, policy.cluster);
    }
}

#[test]
fn a_folder_with_a_bootstrap_chooses_its_cluster() {
    for (folder, namespaces) in [
        ("clusters/prod", vec!["prod"]),
        ("clusters/staging/flux-system", vec!["apps"]),
        ("clusters", vec!["apps", "prod"]),
        ("apps", vec!["apps", "prod"]),
        ("nowhere", vec![]),
    ] {
        let reading = Reading { manifests: vec![RepoPath::clamped(folder)], ..Reading::default() };
        let (resources, _) = read(&tree(FLEET), &reading);
        let seen: Vec<_> = resources.policies.iter().map(|p| p.id.namespace.as_str()).collect();
        assert_eq!(seen, namespaces, "{folder}");
    }
}

#[test]
fn variables_that_are_in_no_file_can_be_given() {
    let substitute = [("folder", "given"), ("y", "z")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let reading = Reading { substitute: substitute.into(), ..Reading::default() };
    let (resources, problems) = read(&tree(FLEET), &reading);
    let paths: Vec<_> = resources.automations.iter().map(|a| a.spec.update.path.as_str()).collect();
    assert_eq!(paths, ["./given", "./prod"]);
    assert_eq!(told(&problems), [""; 0]);
}

/// Namespaces of the policies of a tree, in order.
fn namespaces(text: &str) -> Vec<String> {
    let (resources, told) = read_tree(text);
    assert_eq!(told, [""; 0], "{text}");
    resources.policies.iter().map(|p| p.id.to_string()).collect()
}

#[test]
fn the_outermost_namespace_wins() {
    let bare = policy("a").replace(", namespace: apps", "");
    let inner = "resources: [a.yaml]\nnamespace: inner\n";
    let rows: &[(&str, String, &[&str])] = &[
        ("its own", format!("=== a.yaml\n{}", policy("a")), &["apps/a"]),
        ("nothing known", format!("=== a.yaml\n{bare}"), &["flux-system/a"]),
        (
            "the same folder",
            format!("=== x/a.yaml\n{bare}=== x/kustomization.yaml\n{inner}"),
            &["inner/a"],
        ),
        (
            "over metadata",
            format!("=== x/a.yaml\n{}=== x/kustomization.yml\n{inner}", policy("a")),
            &["inner/a"],
        ),
        (
            "a folder above",
            format!(
                "=== x/y/a.yaml\n{bare}=== x/y/Kustomization\n{inner}=== x/kustomization.yaml\nbases: [./y]\nnamespace: outer\n"
            ),
            &["outer/a"],
        ),
        (
            "beside",
            format!(
                "=== base/a.yaml\n{bare}=== base/kustomization.yaml\nresources: [a.yaml]\n=== over/kustomization.yaml\nresources: [../base]\nnamespace: over\n"
            ),
            &["over/a"],
        ),
        (
            "one base, two namespaces",
            format!(
                "=== base/a.yaml\n{bare}=== base/kustomization.yaml\nresources: [a.yaml]\n=== o/kustomization.yaml\nresources: [../base]\nnamespace: o\n=== p/kustomization.yaml\nresources: [../base]\nnamespace: p\n"
            ),
            &["o/a", "p/a"],
        ),
        (
            "a component",
            format!(
                "=== c/kustomization.yaml\nkind: Component\nnamespace: comp\n=== x/a.yaml\n{bare}=== x/kustomization.yaml\nresources: [a.yaml]\ncomponents: [../c]\n"
            ),
            &["comp/a"],
        ),
        (
            "targetNamespace over all",
            format!(
                "=== x/a.yaml\n{bare}=== x/kustomization.yaml\n{inner}=== ks.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: x}}\nspec: {{path: x, targetNamespace: target}}\n"
            ),
            &["target/a"],
        ),
        (
            "targetNamespace without kustomization",
            format!(
                "=== x/y/a.yaml\n{bare}=== ks.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: x}}\nspec: {{path: ./x, targetNamespace: target}}\n"
            ),
            &["target/a"],
        ),
        (
            "a ring of kustomizations",
            format!(
                "=== x/a.yaml\n{bare}=== x/kustomization.yaml\nresources: [a.yaml, ../y]\n=== y/kustomization.yaml\nresources: [../x]\nnamespace: n\n=== z/kustomization.yaml\nresources: [../x]\nnamespace: z\n"
            ),
            &["z/a"],
        ),
    ];
    for (shows, text, expected) in rows {
        assert_eq!(namespaces(text), *expected, "{shows}");
    }
}

#[test]
fn markers_tell_the_namespace_that_no_file_does() {
    let bare = |text: String| text.replace(", namespace: apps", "");
    let text = format!(
        "=== x/a.yaml\n{}---\n{}=== x/b.yaml\n{}=== y/a.yaml\n{}=== z/c.yaml\n{}",
        bare(policy("a")),
        bare(repository("a")),
        bare(policy("b")),
        bare(repository("a")).replace("name: a,", "name: c,").replace("name: a}", "name: c}"),
        bare(policy("two"))
    );
    let names = |list: &[&str]| list.iter().map(|&n| n.to_owned()).collect::<BTreeSet<_>>();
    let marker_namespaces = BTreeMap::from([
        ("a".to_owned(), names(&["shop"])),
        ("two".to_owned(), names(&["one", "other"])),
    ]);
    let (resources, problems) =
        read(&tree(&text), &Reading { marker_namespaces, ..Reading::default() });
    let ids: Vec<_> = resources.policies.iter().map(|p| p.id.to_string()).collect();
    assert_eq!(ids, ["flux-system/two", "shop/a", "shop/b"]);
    let ids: Vec<_> = resources.repositories.iter().map(|p| p.id.to_string()).collect();
    assert_eq!(ids, ["flux-system/c", "shop/a"]);
    assert_eq!(
        told(&problems),
        [
            "object/namespace-assumed x/a.yaml:8:1 the namespace of the ImageRepository `a` is in no file; `shop` is assumed, as markers say"
        ]
    );
}

#[test]
fn one_name_declared_twice() {
    let other = |name| policy(name).replace("1.x", "2.x");
    let sync = |cluster: &str| {
        format!(
            "=== {cluster}/flux-system/gotk-sync.yaml\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: flux-system, namespace: flux-system}}\nspec: {{path: {cluster}}}\n"
        )
    };
    let duplicate = "object/duplicate a.yaml:1:1 the ImagePolicy `apps/a` is declared 2 times with different specs: here and at `b.yaml:1`";
    #[rustfmt::skip]
    let rows: &[(&str, String, &[&str], &[&str])] = &[
        ("equal specs are one", format!("=== a.yaml\n{}=== b.yaml\n{}", policy("a"), policy("a")), &["a.yaml"], &[]),
        ("different specs are none", format!("=== a.yaml\n{}=== b.yaml\n{}", policy("a"), other("a")), &[], &[duplicate]),
        ("what is included counts",
            format!("=== a.yaml\n{}=== x/b.yaml\n{}=== x/kustomization.yaml\nresources: [b.yaml]\n", policy("a"), other("a")),
            &["x/b.yaml"],
            &["object/not-applied a.yaml:1:1 the ImagePolicy `apps/a` is declared here as well, but nothing includes this file; `x/b.yaml:1` counts"]),
        ("what is reached counts more",
            format!("{}=== c/a.yaml\n{}=== x/b.yaml\n{}=== x/kustomization.yaml\nresources: [b.yaml]\n", sync("c"), policy("a"), other("a")),
            &["c/a.yaml"],
            &["object/not-applied x/b.yaml:1:1 the ImagePolicy `apps/a` is declared here as well, but nothing includes this file; `c/a.yaml:1` counts"]),
        ("one for each cluster", format!("{}{}=== c/a.yaml\n{}=== d/a.yaml\n{}", sync("c"), sync("d"), policy("a"), other("a")), &["c/a.yaml", "d/a.yaml"], &[]),
    ];
    for (shows, text, files, problems) in rows {
        let (resources, told) = read_tree(text);
        let seen: Vec<_> = resources.policies.iter().map(|p| p.file.as_str()).collect();
        assert_eq!(seen, *files, "{shows}");
        assert_eq!(told, *problems, "{shows}");
        let several = resources.policies.len() > 1;
        assert!(resources.policies.iter().all(|p| p.cluster.is_some() == several), "{shows}");
    }
    let (resources, _) = read_tree(&rows[1].1);
    let id = NamespacedName::new("apps", "a");
    assert!(resources.is_refused(Kind::ImagePolicy, &id, None));
}

#[test]
fn clusters_begin_at_their_bootstraps() {
    let ks = |name: &str, path: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {{path: {path}}}\n"
        )
    };
    let from = |name: &str, path: &str, source: &str| {
        let reference = format!("path: {path}, sourceRef: {{kind: GitRepository, name: {source}}}");
        ks(name, path).replace(&format!("path: {path}"), &reference)
    };
    let git = |name: &str, repository: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {{name: {name}, namespace: flux-system}}\nspec: {{url: https://host.example/org/{repository}}}\n"
        )
    };
    let (a, b) = (policy("a"), policy("b"));
    let instance = "apiVersion: fluxcd.controlplane.io/v1\nkind: FluxInstance\nmetadata: {name: flux, namespace: flux-system}\nspec: {sync: {path: c}}\n";
    #[rustfmt::skip]
    let rows: &[(&str, String, &[&str])] = &[
        ("parts of one cluster in one folder",
            format!("=== c/x.yaml\n{}=== c/y.yaml\n{}=== x/a.yaml\n{a}=== y/b.yaml\n{b}", ks("x", "x"), ks("y", "y")),
            &["none", "none"]),
        ("hand-made beginnings in two folders",
            format!("=== c/x.yaml\n{}=== d/y.yaml\n{}=== x/a.yaml\n{a}=== y/b.yaml\n{b}", ks("x", "x"), ks("y", "y")),
            &["c/x.yaml", "d/y.yaml"]),
        ("a FluxInstance",
            format!("=== f/i.yaml\n{instance}=== c/x.yaml\n{}=== d/y.yaml\n{}=== x/a.yaml\n{a}=== y/b.yaml\n{b}", ks("x", "x"), ks("y", "y")),
            &["f/i.yaml", "d/y.yaml"]),
        ("what nothing reaches is of any cluster",
            format!("=== c/x.yaml\n{}=== d/y.yaml\n{}=== x/a.yaml\n{a}=== z/b.yaml\n{b}", ks("x", "x"), ks("y", "x")),
            &["c/x.yaml", "d/y.yaml", "none"]),
        ("two that apply one another",
            format!("=== c/x.yaml\n{}=== d/gotk-sync.yaml\n{}=== d/a.yaml\n{a}=== e/y.yaml\n{}=== y/b.yaml\n{b}", ks("x", "d"), ks("d", "c"), ks("y", "y")),
            &["d/gotk-sync.yaml", "e/y.yaml"]),
        ("overlays that somebody else applies",
            format!("=== c/kustomization.yaml\nresources: [../base]\npatches: [{{path: p.yaml, target: {{kind: Kustomization}}}}]\n=== c/p.yaml\n{}=== d/kustomization.yaml\nresources: [../base]\npatches: [{{path: p.yaml}}]\n=== d/p.yaml\n{}=== base/kustomization.yaml\nresources: [k.yaml]\n=== base/k.yaml\n{}=== x/a.yaml\n{a}=== y/b.yaml\n{b}", ks("z", "x"), ks("k", "y"), ks("k", "nowhere")),
            &["c/kustomization.yaml", "d/kustomization.yaml"]),
        ("a file that its folder's kustomization leaves out",
            format!("=== c/gotk-sync.yaml\n{}=== c/kustomization.yaml\nresources: [y.yaml]\n=== c/x.yaml\n{}=== c/y.yaml\n{}=== d/gotk-sync.yaml\n{}=== x/a.yaml\n{a}=== y/b.yaml\n{b}=== d/a.yaml\n{a}", ks("c", "c"), ks("x", "x"), ks("y", "y"), ks("d", "d")),
            &["d/gotk-sync.yaml", "c/gotk-sync.yaml"]),
        ("a source that is another repository",
            format!("=== c/gotk-sync.yaml\n{}=== d/gotk-sync.yaml\n{}=== c/g.yaml\n{}---\n{}=== d/z.yaml\n{}---\n{}=== d/a.yaml\n{a}=== x/b.yaml\n{b}", from("c", "c", "own"), from("d", "d", "own"), git("own", "fleet"), git("far", "app"), from("x", "x", "far"), from("all", ".", "unknown")),
            &["d/gotk-sync.yaml", "none"]),
    ];
    for (shows, text, clusters) in rows {
        let (resources, told) = read_tree(text);
        assert_eq!(told, [""; 0], "{shows}");

        let cluster = |p: &Resource<ImagePolicySpec>| {
            p.cluster.as_ref().map_or("none".to_owned(), ToString::to_string)
        };
        assert_eq!(
            resources.policies.iter().map(cluster).collect::<Vec<_>>(),
            *clusters,
            "{shows}"
        );
    }
}

#[test]
fn patches_change_objects_before_they_are_judged() {
    let half = "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {name: a, namespace: apps, annotations: {mode: prod}, labels: {x: y}}\nspec:\n  imageRepositoryRef: {name: a}\n";
    let merge = "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {name: a}\nspec: {policy: {semver: {range: 3.x}}}\n";
    let indent = |text: &str| format!("    {}\n", text.trim_end().replace('\n', "\n    "));
    let add = "- op: add\n  path: /spec/policy\n  value: {semver: {range: 3.x}}\n";
    let inline = |patch: &str, target: &str| {
        format!("patches:\n- patch: |-\n{}  target: {target}\n", indent(patch))
    };
    let other_name = merge.replace("name: a", "name: default");
    #[rustfmt::skip]
    let rows: &[(&str, String, &str)] = &[
        ("strategic merge by name", "patchesStrategicMerge: [p.yaml]\n".to_owned(), "3.x"),
        ("strategic merge as text", format!("patchesStrategicMerge:\n- |\n{}", indent(merge)), "3.x"),
        ("another name does not match", format!("patchesStrategicMerge:\n- |\n{}", indent(&other_name)), "missing"),
        ("patches by name", "patches: [{path: p.yaml}]\n".to_owned(), "3.x"),
        ("a target instead of a name", inline(&other_name, "{kind: ImagePolicy, name: \"[ab]\"}"), "3.x"),
        ("the whole name must match", inline(&other_name, "{kind: ImagePolicy, name: b|c}"), "missing"),
        ("annotations", inline(&other_name, "{kind: ImagePolicy, annotationSelector: mode == prod}"), "3.x"),
        ("other annotations", inline(&other_name, "{kind: ImagePolicy, annotationSelector: mode!=prod}"), "missing"),
        ("labels", inline(add, "{labelSelector: 'x in (y, z)'}"), "3.x"),
        ("group and version", inline(add, "{group: image.toolkit.fluxcd.io, version: v1, namespace: apps}"), "3.x"),
        ("another version", inline(add, "{version: v1beta2}"), "missing"),
        ("JSON patch", inline(add, "{kind: ImagePolicy}"), "3.x"),
        ("JSON patch, older", "patchesJson6902: [{path: j.yaml, target: {kind: ImagePolicy, name: a}}]\n".to_owned(), "3.x"),
        ("JSON patch in quotes", "patches:\n- target: {kind: ImagePolicy}\n  patch: '[{\"op\": \"add\", \"path\": \"/spec/policy\", \"value\": {\"semver\": {\"range\": \"3.x\"}}}]'\n".to_owned(), "3.x"),
        ("several operations", inline(&format!("{add}- {{op: test, path: /spec/policy/semver/range, value: 3.x}}\n- {{op: copy, from: /spec/policy/semver/range, path: /spec/filterTags}}\n- {{op: remove, path: /spec/filterTags}}\n"), "{kind: ImagePolicy}"), "3.x"),
        ("delete", inline(&format!("$patch: delete\n{merge}"), "{kind: ImagePolicy}"), "none"),
    ];
    for (shows, kustomization, expected) in rows {
        let text = format!(
            "=== a.yaml\n{half}=== p.yaml\n{merge}=== j.yaml\n{add}=== kustomization.yaml\nresources: [a.yaml]\n{kustomization}"
        );
        let (resources, problems) = read(&tree(&text), &Reading::default());
        // A patch file that this row does not use is an object like any other.
        let problems: Vec<_> =
            told(&problems).into_iter().filter(|p| !p.contains("p.yaml")).collect();
        let missing = ["object/invalid a.yaml:4:1 `spec.policy` is missing".to_owned()];
        assert_eq!(problems, if *expected == "missing" { &missing[..] } else { &[] }, "{shows}");
        let range = resources.policies.iter().find(|p| p.file.as_str() == "a.yaml");
        let range = range.map(|p| p.spec.policy.semver.as_ref().unwrap().range.as_str());
        assert_eq!(
            range.unwrap_or("none"),
            if *expected == "3.x" { "3.x" } else { "none" },
            "{shows}"
        );
    }
}

#[test]
fn a_patch_that_fails_is_told_once_where_it_stands() {
    #[rustfmt::skip]
    let rows = [
        ("[{op: replace, path: /spec/x, value: 1}]", "{kind: ImagePolicy}", "kustomization.yaml:3:10 the patch cannot be applied: there is nothing at its `path`"),
        ("[{op: remove, path: /spec/x}]", "{kind: ImagePolicy}", "kustomization.yaml:3:10 the patch cannot be applied: there is nothing at its `path`"),
        ("[{op: put, path: /spec/x}]", "{kind: ImagePolicy}", "kustomization.yaml:3:10 the patch cannot be applied: an operation has no `op` that JSON patches know"),
        ("[{op: add, path: spec}]", "{kind: ImagePolicy}", "kustomization.yaml:3:10 the patch cannot be applied: a path does not begin with `/`"),
        ("[{op: test, path: /kind, value: x}]", "{kind: ImagePolicy}", "kustomization.yaml:3:10 the patch cannot be applied: its `test` fails"),
        ("[", "{kind: ImagePolicy}", "kustomization.yaml:3:10 the patch cannot be applied: it is no YAML: unclosed bracket '['"),
        ("{}", "{name: '('}", "kustomization.yaml:4:18 the patch cannot be applied: its target is no pattern or selector"),
        ("[", "{kind: Deployment}", ""),
    ];
    for (patch, target, message) in rows {
        let text = format!(
            "=== a.yaml\n{}---\n{}=== kustomization.yaml\nresources: [a.yaml]\npatches:\n- patch: '{patch}'\n  target: {target}\n",
            policy("a"),
            policy("b")
        );
        let (_, told) = read_tree(&text);
        let expected =
            if message.is_empty() { vec![] } else { vec![format!("object/invalid {message}")] };
        assert_eq!(told, expected, "{patch}");
    }
}

#[test]
fn what_a_template_leaves_open_is_passed_over() {
    let (resources, told) = read_tree(&format!("=== a.yaml\n{}", policy("'app-${ENV}'")));
    assert!(resources.policies.is_empty() && resources.refused.is_empty());
    assert_eq!(
        told,
        [
            "object/unresolved-variable a.yaml:3:18 the name of the ImagePolicy holds the variable `ENV`, which is in no file; it is passed over"
        ]
    );
    let extract = "  filterTags: {pattern: '(?P<a>.*)', extract: '${a}'}\n";
    let (resources, told) = read_tree(&format!("=== a.yaml\n{}{extract}", policy("app")));
    assert_eq!(told, [""; 0]);
    assert_eq!(resources.policies[0].spec.filter_tags.as_ref().unwrap().extract, "${a}");
}

#[test]
fn a_dead_file_fails_nothing() {
    let half = policy("a").replace("  policy: {semver: {range: 1.x}}\n", "");
    let (resources, told) = read_tree(&format!(
        "=== a.yaml\n{half}=== x/b.yaml\n{}=== x/kustomization.yaml\nresources: [b.yaml]\n",
        policy("b")
    ));
    assert_eq!(
        told,
        [
            "object/not-applied a.yaml:4:1 nothing includes this ImagePolicy, and it cannot be read: `spec.policy` is missing"
        ]
    );
    assert!(resources.is_refused(Kind::ImagePolicy, &NamespacedName::new("apps", "a"), None));
}
