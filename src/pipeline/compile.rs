//! A policy and its repository, made ready from what the objects say.

use crate::{
    diagnostic::{Diagnostic, Explain as _, Location},
    flux::{ImagePolicySpec, ImageRepositorySpec, NamespacedName, Resource},
    policy::{DigestReflectionPolicy, ExclusionList, Policy, PolicyError, PolicySpec},
    registry::Scan,
};

/// What an ImagePolicy says about tags, and what would surprise its author.
pub(super) fn policy(
    resource: &Resource<ImagePolicySpec>,
) -> Result<(Policy, Vec<Diagnostic>), Diagnostic> {
    let ImagePolicySpec { policy, filter_tags, .. } = &resource.spec;
    let spec = PolicySpec {
        semver_range: policy.semver.as_ref().map(|semver| semver.range.as_str()),
        alphabetical_order: policy.alphabetical.as_ref().map(|order| order.order.as_str()),
        numerical_order: policy.numerical.as_ref().map(|order| order.order.as_str()),
        filter: filter_tags.as_ref().map(|filter| (filter.pattern.as_str(), filter.extract.as_str())),
    };
    let compiled = Policy::new(spec).map_err(|error| refused(resource, &error))?;
    let warnings = compiled.warnings().iter().map(|warning| {
        let place = match warning {
            crate::policy::PolicyWarning::DoubledBackslash { .. } => {
                resource.place(&["spec", "filterTags", "pattern"])
            }
            crate::policy::PolicyWarning::SeveralKinds { .. } => {
                resource.place(&["spec", "policy"])
            }
        };
        Diagnostic::of(warning).at(place)
    });
    let warnings = warnings.collect();
    Ok((compiled, warnings))
}

/// The problem that an error is, at the field that it is about.
pub(super) fn refused(resource: &Resource<ImagePolicySpec>, error: &PolicyError) -> Diagnostic {
    let place = match error {
        PolicyError::Range { error, .. } => {
            inside(resource.place(&["spec", "policy", "semver", "range"]), error.at)
        }
        PolicyError::Pattern { error, .. } => {
            inside(resource.place(&["spec", "filterTags", "pattern"]), error.at)
        }
        _ => resource.place(&["spec", "policy"]),
    };
    Diagnostic::of(error).at(place)
}

/// From a scalar's place to a byte of its value, where both are on one line
/// and nothing is escaped before it.
fn inside(mut at: Location, byte: usize) -> Location {
    let skip = usize::try_from(at.column.saturating_sub(1)).unwrap_or(0);
    let written: String = at.text.chars().skip(skip).collect();
    let quote = usize::from(written.starts_with(['\'', '"']));
    let width = usize::try_from(at.width).unwrap_or(0);
    let step = byte + quote;
    let is_plain = written.chars().take(step).all(|c| c.is_ascii() && c != '\\');
    if is_plain && step < width {
        at.column += u32::try_from(step).unwrap_or(0);
        at.width = 1;
    }
    at
}

/// When a policy wants a digest; an unknown word is refused where objects are
/// read.
pub(super) fn reflection(resource: &Resource<ImagePolicySpec>) -> DigestReflectionPolicy {
    DigestReflectionPolicy::parse(&resource.spec.digest_reflection_policy).unwrap_or_default()
}

/// What an ImageRepository asks of a registry, and which tags it leaves out.
pub(super) fn repository(
    resource: &Resource<ImageRepositorySpec>,
) -> Result<(Scan, ExclusionList), Diagnostic> {
    let spec = &resource.spec;
    let image = spec
        .image()
        .map_err(|error| Diagnostic::of(&error).at(resource.place(&["spec", "image"])))?;
    let list = ["spec", "exclusionList"];
    let exclusions = ExclusionList::new(&spec.exclusion_list)
        .map_err(|error| Diagnostic::of(&error).at(resource.place(&list)))?;
    let secret = spec.secret_ref.as_ref();
    let scan = Scan {
        registry: image.registry().to_owned(),
        repository: image.repository().to_owned(),
        insecure: spec.insecure,
        secret: secret.map(|secret| NamespacedName::new(&resource.id.namespace, &secret.name)),
        timeout: spec.timeout(),
    };
    Ok((scan, exclusions))
}

/// What would surprise the author of an exclusion list.
pub(super) fn exclusion_warnings(
    resource: &Resource<ImageRepositorySpec>,
    exclusions: &ExclusionList,
) -> Vec<Diagnostic> {
    let place = resource.place(&["spec", "exclusionList"]);
    let warnings = exclusions.warnings();
    warnings.iter().map(|warning| Diagnostic::of(warning).at(place.clone())).collect()
}

/// Whether an error says that there are tags and none is accepted.
pub(super) fn is_no_match(error: &PolicyError) -> bool {
    error.code() == crate::diagnostic::Code::PolicyNoMatch
}
