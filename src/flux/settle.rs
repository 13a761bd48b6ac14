//! One object from several declarations of it.
//!
//! Real repositories declare a name more than once: for several clusters, by
//! a file that was left behind, by a copy. None of them ever wins by standing
//! last.

use std::collections::BTreeMap;

use super::{
    Kind, NamespacedName, Refused, Resource, decode::Spec, judge::Judge, layout::Rendered,
    manifest::Sort,
};
use crate::{
    diagnostic::{Code, Diagnostic, Location},
    tree::RepoPath,
};

/// Reads all objects of a kind; those that cannot be used are refused.
pub(super) fn settle<S: Spec + PartialEq>(
    judge: &mut Judge<'_>,
    rendered: &[Rendered],
    kind: Kind,
    refused: &mut Vec<Refused>,
) -> Vec<Resource<S>> {
    let mut named: BTreeMap<NamespacedName, Vec<Resource<S>>> = BTreeMap::new();
    for object in rendered {
        if judge.manifests[object.manifest].sort != Sort::Resource(kind) {
            continue;
        }
        match judge.read(object, kind) {
            Some(Ok(resource)) => named.entry(resource.id.clone()).or_default().push(resource),
            Some(Err(refusal)) => {
                judge.tell(refusal.problem.clone());
                refused.push(refusal);
            }
            None => {}
        }
    }
    let mut settled = Vec::new();
    for declarations in named.into_values() {
        let declarations = drop_unapplied(judge, kind, declarations);
        let mut clusters: BTreeMap<Option<RepoPath>, Vec<Resource<S>>> = BTreeMap::new();
        for declaration in declarations {
            let same_cluster = clusters.entry(declaration.cluster.clone()).or_default();
            if same_cluster.iter().all(|other| other.spec != declaration.spec) {
                same_cluster.push(declaration);
            }
        }
        for (cluster, mut different) in clusters {
            if different.len() > 1 {
                let places: Vec<Location> =
                    different.iter().map(|d| d.declared_at.clone()).collect();
                let problem = duplicate(kind, &different[0].id, &places);
                judge.tell(problem.clone());
                let (id, declared_at) = (Some(different[0].id.clone()), places[0].clone());
                refused.push(Refused { kind, id, cluster, declared_at, problem });
            } else {
                settled.append(&mut different);
            }
        }
    }
    for resource in &settled {
        for unknown in &resource.unresolved {
            let message = format!(
                "`{}` holds the variable `{}`, which is in no file",
                unknown.field, unknown.variable
            );
            judge.tell(
                Diagnostic::new(Code::ObjectUnresolvedVariable, message)
                    .at(unknown.at.clone())
                    .hint(format!("give it with `--substitute {}=VALUE`", unknown.variable)),
            );
        }
    }
    settled
}

/// Of several declarations of a name those that are applied: reached from a
/// bootstrap, else included by a kustomization. Another one with another spec
/// is told.
fn drop_unapplied<S: PartialEq>(
    judge: &mut Judge<'_>,
    kind: Kind,
    declarations: Vec<Resource<S>>,
) -> Vec<Resource<S>> {
    let rank = |resource: &Resource<S>| (resource.cluster.is_some(), resource.included);
    let best = declarations.iter().map(rank).max().unwrap_or_default();
    let (applied, others): (Vec<_>, Vec<_>) =
        declarations.into_iter().partition(|d| rank(d) == best);
    for other in others {
        if applied.iter().all(|resource| resource.spec != other.spec) {
            let message = format!(
                "the {} `{}` is declared here as well, but nothing includes this file; {} counts",
                kind.as_str(),
                other.id,
                short(&applied[0].declared_at)
            );
            judge.tell(
                Diagnostic::new(Code::ObjectNotApplied, message)
                    .at(other.declared_at)
                    .hint("remove the file, or include it in a kustomization"),
            );
        }
    }
    applied
}

fn duplicate(kind: Kind, id: &NamespacedName, places: &[Location]) -> Diagnostic {
    let others: Vec<String> = places.iter().skip(1).map(short).collect();
    let message = format!(
        "the {} `{id}` is declared {} times with different specs: here and at {}",
        kind.as_str(),
        places.len(),
        others.join(", ")
    );
    Diagnostic::new(Code::ObjectDuplicate, message)
        .at(places.first().cloned())
        .hint("remove all but one, or choose a cluster's folder with `--manifests`")
}

fn short(at: &Location) -> String {
    format!("`{}:{}`", at.file, at.line)
}
