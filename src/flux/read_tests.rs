//! Small trees and what is read from them.

use super::*;
use crate::diagnostic::{Code, Diagnostic};
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
            "object/old-version a.yaml:4:13 2 objects are written in old versions like `v1beta2`, which Flux no longer serves"
        ]
    );
    let [repository] = &resources.repositories[..] else { panic!("{resources:?}") };
    assert_eq!(repository.id.to_string(), "flux-system/app");
    assert_eq!(repository.declared_at.to_string(), "a.yaml:4:1");
    assert_eq!(repository.document, 0);
    assert_eq!(repository.spec.timeout().unwrap().as_secs(), 1);
    assert_eq!(repository.spec.provider, Provider::Azure);
    assert_eq!(repository.labels["tier"], "web");
    assert_eq!(repository.place(&["spec", "image"]).to_string(), "a.yaml:11:10");
    assert_eq!(repository.place(&["spec", "exclusionList", "0"]).to_string(), "a.yaml:15:19");
    assert_eq!(repository.place(&["spec", "secretRef", "name"]).to_string(), "a.yaml:10:1");
    let [policy] = &resources.policies[..] else { panic!("{resources:?}") };
    assert_eq!(policy.spec.policy.numerical.as_ref().unwrap().order, "DESC");
    assert_eq!(policy.declared_at.to_string(), "a.yaml:22:3");
    let [automation] = &resources.automations[..] else { panic!("{resources:?}") };
    assert_eq!(automation.spec.push_branch(), Some("updates"));
    assert_eq!(automation.spec.update, Update::default());
    assert!(resources.repository_of(policy).is_ok());
    assert!(resources.source_of(automation).is_some());
    assert_eq!(resources.policies_of(automation).len(), 1);
}
