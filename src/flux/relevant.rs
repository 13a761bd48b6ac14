//! Which files can matter at all, told from their bytes.

use memchr::memmem;

use super::Kind;
use crate::tree::RepoPath;

/// Whether a file may hold something that [`super::read`] reads: an object of
/// Flux, a Namespace, a ConfigMap, a kustomization or a patch. Names end in
/// `.yaml` or `.yml`; kustomize knows `Kustomization`, too.
///
/// A quick look that errs towards yes. The CRDs of Flux are none: they name
/// the groups, but are not written in them.
pub fn is_relevant(path: &RepoPath, bytes: &[u8]) -> bool {
    if is_kustomization(path) {
        return true;
    }
    if ![".yaml", ".yml"].iter().any(|end| path.as_str().ends_with(end)) {
        return false;
    }
    [
        &b"toolkit.fluxcd.io/v"[..],
        b"fluxcd.controlplane.io/v",
        b"kind: Namespace",
        b"kind: ConfigMap",
        b"\n- op:",
        b"\n  op:",
        b"\"op\":",
    ]
    .iter()
    .any(|needle| memmem::find(bytes, needle).is_some())
        || bytes.starts_with(b"- op:")
}

/// Whether kustomize reads the file when it is given the folder.
pub(super) fn is_kustomization(path: &RepoPath) -> bool {
    matches!(path.file_name(), "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// The kinds of image automation that a text declares, told without reading
/// it: both keys at the beginning of a line. A template of Helm has none; what
/// it declares is known only to Helm.
pub(super) fn declared_kinds(path: &RepoPath, text: &str) -> Vec<Kind> {
    let group = text.lines().any(|line| {
        line.strip_prefix("apiVersion:")
            .is_some_and(|rest| rest.contains("image.toolkit.fluxcd.io/"))
    });
    if !group || is_template(path, text) {
        return Vec::new();
    }
    let declares = |kind: &Kind| {
        text.lines().filter_map(|line| line.strip_prefix("kind:")).any(|rest| {
            let (value, _) = rest.split_once(" #").unwrap_or((rest, ""));
            value.trim().trim_matches(['"', '\'']) == kind.as_str()
        })
    };
    let kinds = [Kind::ImageRepository, Kind::ImagePolicy, Kind::ImageUpdateAutomation];
    kinds.into_iter().filter(declares).collect()
}

/// Whether a text is meant for another program that makes YAML of it. The
/// braces alone do not tell: commit messages of automations hold them as well.
pub(super) fn is_template(path: &RepoPath, text: &str) -> bool {
    let braces = memmem::find(text.as_bytes(), b"{{").is_some();
    let in_chart = path.as_str().split('/').rev().skip(1).any(|part| part == "templates");
    let marks = [".Values", ".Release", ".Chart", "include \"", "template \"", "cookiecutter"];
    (braces && (in_chart || marks.iter().any(|mark| text.contains(mark)))) || text.contains("{%")
}
