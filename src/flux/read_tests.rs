//! Small trees and what is read from them.

use super::*;
use crate::diagnostic::Diagnostic;
use crate::tree::{RepoPath, SourceFile};

/// A tree written as one text: `=== path`, then the file.
pub(super) fn tree(text: &str) -> Vec<SourceFile> {
    let files = text.split("=== ").skip(1).map(|file| {
        let (path, bytes) = file.split_once('\n').expect("a file has a first line");
        SourceFile { path: RepoPath::clamped(path), bytes: bytes.as_bytes().into() }
    });
    files.filter(|file| is_relevant(&file.path, &file.bytes)).collect()
}

/// `code file:line:column message`
pub(super) fn told(problems: &[Diagnostic]) -> Vec<String> {
    let at = |p: &Diagnostic| p.at.as_ref().map_or_else(String::new, ToString::to_string);
    problems.iter().map(|p| format!("{} {} {}", p.code, at(p), p.message)).collect()
}

pub(super) fn read_tree(text: &str) -> (Resources, Vec<String>) {
    let (resources, problems) = read(&tree(text), &Reading::default());
    (resources, told(&problems))
}

pub(super) fn policy(name: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {{name: {name}, namespace: apps}}\nspec:\n  imageRepositoryRef: {{name: {name}}}\n  policy: {{semver: {{range: 1.x}}}}\n"
    )
}

pub(super) fn repository(name: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata: {{name: {name}, namespace: apps}}\nspec: {{image: ghcr.io/org/{name}, interval: 5m}}\n"
    )
}

#[test]
fn reads_each_kind_from_one_file() {
    let (resources, told) = read_tree(
        "=== a.yaml
# a licence
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageRepository
metadata:
  name: app
  namespace: flux-system
  labels: {tier: web}
spec:
  image: ghcr.io/org/app
  interval: 1h0m0s
  timeout: 500ms
  provider: azure
  exclusionList: [\"^x\"]
  accessFrom: {namespaceSelectors: [{matchLabels: {a: b}}, {}]}
  unknown: 1
---
apiVersion: v1
kind: List
items:
- apiVersion: image.toolkit.fluxcd.io/v1beta1
  kind: ImagePolicy
  metadata: {name: app, namespace: flux-system}
  spec:
    imageRepositoryRef: {name: app}
    filterTags: {pattern: '^v(?P<v>.*)$', extract: $v}
    policy: {numerical: {order: DESC}}
    digestReflectionPolicy: Always
- apiVersion: image.toolkit.fluxcd.io/v1
  kind: ImageUpdateAutomation
  metadata: {name: auto, namespace: flux-system}
  spec:
    interval: 30m
    sourceRef: {kind: GitRepository, name: flux-system}
    git:
      checkout: {ref: {branch: main}}
      commit: {author: {email: a@b.example}}
      push: {branch: updates}
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: ssh://git@github.com/org/fleet, ref: {branch: main}}
",
    );
    assert_eq!(
        told,
        [
            "object/old-version a.yaml:3:13 2 objects are written in old versions like `v1beta2`, which Flux no longer serves"
        ]
    );
    let [repository] = &resources.repositories[..] else { panic!("{resources:?}") };
    assert_eq!(repository.id.to_string(), "flux-system/app");
    assert_eq!(repository.declared_at.to_string(), "a.yaml:3:1");
    assert_eq!(repository.document, 0);
    assert_eq!(repository.spec.timeout().unwrap().as_secs(), 1);
    assert_eq!(repository.spec.provider, Provider::Azure);
    assert_eq!(repository.labels["tier"], "web");
    assert_eq!(repository.place(&["spec", "image"]).to_string(), "a.yaml:10:10");
    assert_eq!(repository.place(&["spec", "exclusionList", "0"]).to_string(), "a.yaml:14:19");
    assert_eq!(repository.place(&["spec", "secretRef", "name"]).to_string(), "a.yaml:9:1");
    let [policy] = &resources.policies[..] else { panic!("{resources:?}") };
    assert_eq!(policy.spec.policy.numerical.as_ref().unwrap().order, "DESC");
    assert_eq!(policy.declared_at.to_string(), "a.yaml:21:3");
    let [automation] = &resources.automations[..] else { panic!("{resources:?}") };
    assert_eq!(automation.spec.push_branch(), Some("updates"));
    assert_eq!(automation.spec.update, Update::default());
    assert!(resources.repository_of(policy).is_ok());
    assert!(resources.source_of(automation).is_some());
    assert_eq!(resources.policies_of(automation).len(), 1);
}

#[test]
fn tells_what_flux_would_refuse_at_its_place() {
    let repository = |spec: &str| {
        format!(
            "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata: {{name: a, namespace: b}}\nspec:\n  {spec}\n"
        )
    };
    let policy = |spec: &str| repository(spec).replace("ImageRepository", "ImagePolicy");
    let automation =
        |spec: &str| policy(spec).replace("kind: ImagePolicy", "kind: ImageUpdateAutomation");
    let auto = "interval: 1m\n  sourceRef: {name: a}\n  git: {commit: {author: {email: a}}}\n  ";
    let good = "imageRepositoryRef: {name: a}\n  policy: {semver: {range: 1.x}}\n  ";
    #[rustfmt::skip]
    let rows: &[(String, &str, &str)] = &[
        (repository("interval: 5m"), "object/invalid a.yaml:4:1 `spec.image` is missing", "add `image`"),
        (repository("image: a/b"), "object/invalid a.yaml:4:1 `spec.interval` is missing", "add `interval`"),
        (repository("image: a/b\n  interval:"), "object/invalid a.yaml:6:3 `spec.interval` is missing", "add `interval`"),
        (repository("image: a/b\n  interval: 5"), "object/invalid a.yaml:6:13 `spec.interval` must be a string, not the number `5`", "quote it"),
        (repository("image: a/b\n  interval: 5d"), "object/invalid a.yaml:6:13 `spec.interval` must be a duration, not `5d`", "write numbers with units (`h`, `m`, `s`, `ms`), for example `5m`"),
        (repository("image: a/b\n  interval: 5m\n  timeout: 1h"), "object/invalid a.yaml:7:12 `spec.timeout` must be a duration, not `1h`", "write numbers with units (`m`, `s`, `ms`), for example `5m`"),
        (repository("image: a/b\n  interval: 5m\n  suspend: yes"), "object/invalid a.yaml:7:12 `spec.suspend` must be `true` or `false`, not the text `yes`", "write `true` or `false`"),
        (repository("image: a/b\n  interval: 5m\n  secretRef: login"), "object/invalid a.yaml:7:14 `spec.secretRef` must be a mapping, not the text `login`", "write a mapping"),
        (repository("image: a/b\n  interval: 5m\n  exclusionList: [a, 1.10]"), "object/invalid a.yaml:7:22 `spec.exclusionList[1]` must be a string, not the number `1.10`", "quote it"),
        (repository("image: a/b\n  interval: 5m\n  provider: gitlab"), "object/invalid a.yaml:7:13 `spec.provider` must be one of `generic`, `aws`, `azure`, `gcp`, not `gitlab`", "write one of `generic`, `aws`, `azure`, `gcp`"),
        (repository("image: a/b\n  interval: 5m\n  image: c/d"), "object/invalid a.yaml:5:10 `spec.image` stands twice", "remove one of the two"),
        (repository("image: a/b\n  interval: 5m").replace("name: a,", ""), "object/invalid a.yaml:3:1 `metadata.name` is missing", "add `name`"),
        (repository("").replace("spec:\n  \n", ""), "object/invalid a.yaml:1:1 `spec` is missing", "add `spec`"),
        (policy("policy: {}"), "object/invalid a.yaml:4:1 `spec.imageRepositoryRef` is missing", "add `imageRepositoryRef`"),
        (policy("imageRepositoryRef: {name: a}\n  policy: {semver: {range: 1.10}}"), "object/invalid a.yaml:6:28 `spec.policy.semver.range` must be a string, not the number `1.10`", "quote it"),
        (policy("imageRepositoryRef: {name: a}\n  policy: {numerical: {order: up}}"), "object/invalid a.yaml:6:31 `spec.policy.numerical.order` must be `asc` or `desc`, not `up`", "write `asc` or `desc`"),
        (policy(&format!("{good}digestReflectionPolicy: always")), "object/invalid a.yaml:7:27 `spec.digestReflectionPolicy` must be `Always`, `IfNotPresent` or `Never`, not `always`", "write `Always`, `IfNotPresent` or `Never`"),
        (automation("interval: 1m\n  sourceRef: {name: a}"), "object/invalid a.yaml:4:1 `spec.git` is missing", "add `git`"),
        (automation(&auto.replace("email: a", "name: a")), "object/invalid a.yaml:7:18 `spec.git.commit.author.email` is missing", "add `email`"),
        (automation(&auto.replace("{name: a}", "{kind: Bucket, name: a}")), "object/invalid a.yaml:6:21 `spec.sourceRef.kind` must be `GitRepository`, not `Bucket`", "write `GitRepository`"),
        (automation(&format!("{auto}update: {{strategy: Magic}}")), "automation/unsupported a.yaml:8:22 the update strategy `Magic` is not supported", "write `strategy: Setters`"),
        (automation(&format!("{auto}policySelector: {{matchExpressions: [{{key: a, operator: Is}}]}}")), "object/invalid a.yaml:8:38 `spec.policySelector.matchExpressions.operator` must be `In`, `NotIn`, `Exists` or `DoesNotExist`, not `Is`", "write `In`, `NotIn`, `Exists` or `DoesNotExist`"),
        (automation(auto).replace("io/v1", "io/v1alpha1"), "object/invalid a.yaml:1:13 the ImageUpdateAutomation is written in `image.toolkit.fluxcd.io/v1alpha1`, which is not read", "rewrite it for `image.toolkit.fluxcd.io/v1`; its fields have other names there"),
        (policy(good) + " x: [", "object/invalid a.yaml:8:2 the file declares an ImagePolicy, but is no YAML: while parsing a block mapping, did not find expected key", "mend the YAML"),
    ];
    for (text, message, help) in rows {
        let (resources, problems) =
            read(&tree(&format!("=== a.yaml\n{text}")), &Reading::default());
        assert_eq!(told(&problems), [*message], "{text}");
        assert_eq!(problems[0].hint.as_deref(), Some(*help), "{text}");
        let [refused] = &resources.refused[..] else { panic!("{text}: {resources:?}") };
        assert_eq!(refused.problem, problems[0]);
        assert!(resources.repositories.is_empty() && resources.policies.is_empty(), "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_refuses_each_kind_that_it_declares() {
    use Kind::{ImagePolicy, ImageRepository, ImageUpdateAutomation};
    let group = "image.toolkit.fluxcd.io/v1";
    let declared = |kinds: &[&str]| {
        let one = |kind: &&str| format!("apiVersion: {group}\nkind: {kind}\n");
        kinds.iter().map(one).collect::<Vec<_>>().join("---\n")
    };
    #[rustfmt::skip]
    let rows: &[(&[&str], &[Kind], &str)] = &[
        (&["ImagePolicy"], &[ImagePolicy], "an ImagePolicy"),
        (&["ImageRepository", "ImagePolicy"], &[ImageRepository, ImagePolicy], "an ImageRepository and an ImagePolicy"),
        (&["ImagePolicy", "\"ImageRepository\" # why"], &[ImageRepository, ImagePolicy], "an ImageRepository and an ImagePolicy"),
        (&["ConfigMap", "ImagePolicy", "ImagePolicy"], &[ImagePolicy], "an ImagePolicy"),
        (&["ImageUpdateAutomation", "ImagePolicy", "ImageRepository"], &[ImageRepository, ImagePolicy, ImageUpdateAutomation], "an ImageRepository, an ImagePolicy and an ImageUpdateAutomation"),
        (&["ConfigMap", "ImagePolicyList"], &[], ""),
    ];
    for (kinds, refused, listed) in rows {
        for (slip, why) in [(&b"x: [\n"[..], "is no YAML: "), (b"x: \xe9\n", "is not in UTF-8")] {
            let bytes = [declared(kinds).as_bytes(), slip].concat();
            let path = RepoPath::clamped("a.yaml");
            let file = SourceFile { path, bytes: bytes.into() };
            let (resources, problems) = read(&[file], &Reading::default());
            let seen: Vec<Kind> = resources.refused.iter().map(|refused| refused.kind).collect();
            assert_eq!(seen, *refused, "{kinds:?} {why}");
            assert_eq!(problems.len(), usize::from(!refused.is_empty()), "one for the file");
            let told = format!("the file declares {listed}, but {why}");
            let is_told = problems.iter().all(|problem| problem.message.starts_with(&told));
            assert!(is_told, "{told}: {problems:?}");
        }
    }
}

#[test]
fn leniencies_of_flux_are_kept() {
    let (resources, told) = read_tree(
        "=== a.yaml
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: \"a\", namespace: b, annotations: {x: 'y'}}
spec:
  imageRepositoryRef: {name: &name a, namespace: ~}
  filterTags: {}
  policy:
    semver:
    alphabetical: {}
    numerical: {order: ASC}
  digestReflectionPolicy: Always
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageUpdateAutomation
metadata: {name: a, namespace: b}
spec:
  interval: 1h30m
  sourceRef: {name: a}
  git: {commit: {author: {email: a}, messageTemplate: null}, checkout: {ref: {}}, strategy: x}
  update: {path: ./apps}
",
    );
    assert_eq!(told, [""; 0]);
    let spec = &resources.policies[0].spec;
    assert_eq!(spec.policy.semver, None);
    assert_eq!(spec.policy.alphabetical, Some(Order { order: String::new() }));
    assert_eq!(spec.image_repository_ref.namespace, None);
    assert_eq!(resources.automations[0].spec.update.path, "./apps");
}

#[test]
fn look_alikes_are_passed_over() {
    let (resources, told) = read_tree(
        "=== charts/app/templates/policy.yaml
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  name: {{ .Values.name }}
spec: {policy: {semver: {range: 1.x}}}
=== charts/app/templates/broken.yaml
{{- if .Values.on }}
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
{{- end }}
=== crds.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: imagepolicies.image.toolkit.fluxcd.io/v1}
spec: {names: {kind: ImagePolicy}}
=== broken.yaml
a: [
# image.toolkit.fluxcd.io/v1
=== prose.yaml
text: |
  apiVersion: image.toolkit.fluxcd.io/v1
  kind: ImagePolicy
other: {broken
=== scalar.yaml
apiVersion: image.toolkit.fluxcd.io/v1
",
    );
    assert_eq!(told, [""; 0]);
    assert!(resources.policies.is_empty() && resources.refused.is_empty(), "{resources:?}");
}

#[test]
fn merge_keys_and_anchors_are_followed() {
    let (resources, told) = read_tree(
        "=== a.yaml
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: &m {name: &n app, namespace: apps}
spec:
  <<: &spec {interval: 5m, image: a/b}
  image: &i ghcr.io/org/app
  serviceAccountName: *n
",
    );
    assert_eq!(told, [""; 0]);
    let spec = &resources.repositories[0].spec;
    assert_eq!((spec.image.as_str(), spec.interval.as_str()), ("ghcr.io/org/app", "5m"));
    assert_eq!(spec.service_account_name.as_deref(), Some("app"));
}

#[test]
fn only_files_that_may_matter_are_read() {
    for (path, text, relevant) in [
        ("a.yaml", "apiVersion: image.toolkit.fluxcd.io/v1", true),
        ("a.yml", "\"apiVersion\": \"source.toolkit.fluxcd.io/v1beta2\"", true),
        ("a.yaml", "kind: Deployment", false),
        ("a.yaml", "group: image.toolkit.fluxcd.io\n", false),
        ("a.json", "image.toolkit.fluxcd.io/v1", false),
        ("a.YAML", "image.toolkit.fluxcd.io/v1", false),
        ("apps/kustomization.yaml", "", true),
        ("apps/Kustomization", "", true),
        ("apps/my-kustomization.yaml", "", false),
        ("patch.yaml", "- op: add\n  path: /spec", true),
        ("ns.yaml", "apiVersion: v1\nkind: Namespace\n", true),
    ] {
        assert_eq!(
            is_relevant(&RepoPath::clamped(path), text.as_bytes()),
            relevant,
            "{path}: {text}"
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    /// Whatever is cut out of, or put into, a tree: reading ends with values.
    #[test]
    fn never_panics(at in 0_usize..4000, length in 0_usize..60, put in "[\\[\\]{}:,&*\\-\"'|>$ \n\ta-d0]{0,12}") {
        let mut text = super::layout_tests::FLEET.to_owned();
        let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (begin, end) = (floor(at % text.len()), floor(at % text.len() + length));
        text.replace_range(begin..end, &put);
        let (resources, problems) = read(&tree(&text), &Reading::default());
        let known = resources.policies.len() + resources.refused.len();
        proptest::prop_assert!(known < 50 && problems.len() < 50);
    }
}
