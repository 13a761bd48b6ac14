//! *resolve*: scan, select and pin, for each policy as soon as its tags are in.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use futures_util::future::join_all;
use tokio::sync::OnceCell;

use super::compile;
use super::{
    Found, Target,
    carried::{holds, kept_values, standing_values},
    claims::Claims,
    latest::{Latest, Resolved, Scanned, Verdict},
};
use crate::{
    credentials::Note,
    diagnostic::{Code, Diagnostic},
    flux::{ImagePolicySpec, ImageRepositorySpec, Resource},
    oci::{Digest, ImageRef, Tag},
    policy::{self, ExclusionList, Pin},
    proposal::Holds,
    registry::{Registries, Scan, Tags},
    setters::{Marker, Memory, current_tags, remembered},
};

type Cell = OnceCell<Result<Arc<Tags>, Diagnostic>>;

/// What an ImageRepository asks of a registry, and which tags it leaves out.
struct Source<'a> {
    repository: &'a Resource<ImageRepositorySpec>,
    prepared: Result<(Scan, ExclusionList), Diagnostic>,
}

/// Asks the registries and gives every policy its verdict.
pub(super) async fn resolve(registries: &Registries, found: &Found) -> Latest {
    let sources: Vec<Source<'_>> = found
        .resources
        .repositories
        .iter()
        .map(|repository| Source { repository, prepared: compile::repository(repository) })
        .collect();
    // One scan for each image and credential, however many objects name it.
    let mut cells: HashMap<&Scan, Cell> = HashMap::new();
    for source in &sources {
        if let Ok((scan, _)) = &source.prepared {
            cells.entry(scan).or_default();
        }
    }
    let claims = Claims::new(found);
    let claimed = found.targets.iter().filter_map(Target::claim);
    let holds = claimed.map(|claim| (claim.push.branch(), holds(found, claim))).collect();
    let run = Run { registries, found, claims: &claims, holds, sources: &sources, cells: &cells };
    let places = 0..found.resources.policies.len();
    let policies = join_all(places.map(|place| run.policy(place))).await;
    let scans = sources.iter().map(|source| run.scanned(source)).collect();
    Latest { scans, policies }
}

struct Run<'a> {
    registries: &'a Registries,
    found: &'a Found,
    claims: &'a Claims<'a>,
    /// What people have refused, by the push branch.
    holds: HashMap<&'a str, Holds>,
    sources: &'a [Source<'a>],
    cells: &'a HashMap<&'a Scan, Cell>,
}

impl Run<'_> {
    async fn policy(&self, place: usize) -> Resolved {
        let mut warnings = Vec::new();
        let verdict = match self.verdict(place, &mut warnings).await {
            Ok(verdict) => verdict,
            Err(problem) => Verdict::Failed(problem),
        };
        Resolved { verdict, warnings }
    }

    async fn verdict(
        &self,
        place: usize,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Verdict, Diagnostic> {
        let resource = &self.found.resources.policies[place];
        if resource.spec.suspend {
            return Ok(Verdict::Suspended);
        }
        let repository = self.found.resources.repository_of(resource)?;
        let Some(source) = self.source(repository) else {
            return Err(Diagnostic::new(Code::RepositoryNotFound, "the repository is not listed"));
        };
        if source.repository.spec.suspend {
            return Ok(Verdict::Suspended);
        }
        let (policy, surprises) = compile::policy(resource)?;
        warnings.extend(surprises);
        let (scan, exclusions) = source.prepared.as_ref().map_err(Clone::clone)?;
        warnings.extend(compile::exclusion_warnings(source.repository, exclusions));
        warnings.extend(self.login_note(source, scan));
        let tags = self.tags(source, scan).await?;
        let scanned: Vec<&str> = tags.iter().collect();
        let markers = self.markers(place);
        let elected = match policy.elect(exclusions, &scanned) {
            Ok(elected) => elected,
            Err(error) if compile::is_no_match(&error) => {
                let lost = current(&markers.pending, resource).any(|tag| !scanned.contains(&tag));
                let problem = compile::refused(resource, &error);
                return Ok(Verdict::NoMatch { problem, undecided: lost });
            }
            Err(error) => return Err(compile::refused(resource, &error)),
        };
        let Some(tag) = Tag::new(&elected.tag) else {
            return Err(Diagnostic::new(
                Code::RegistryMalformed,
                "the registry gave an illegal tag",
            ));
        };
        let Markers { on_base, pending, .. } = &markers;
        let current: Vec<&str> =
            current(on_base, resource).chain(current(pending, resource)).collect();
        let downgrade = policy.downgrade(exclusions, &scanned, &current, &elected.tag);
        let digest = self.pin(resource, scan, &tag, &markers).await?;
        let image = ImageRef { name: source.repository.spec.image.clone(), tag, digest };
        if let Some(downgrade) = &downgrade {
            warnings.push(downgraded(resource, &image, &downgrade.from));
        }
        Ok(Verdict::Elected {
            image,
            held_back: elected.held_back,
            downgrade_from: downgrade.map(|downgrade| downgrade.from),
        })
    }

    async fn tags(&self, source: &Source<'_>, scan: &Scan) -> Result<Arc<Tags>, Diagnostic> {
        let Some(cell) = self.cells.get(scan) else {
            return Err(Diagnostic::new(Code::RegistryUnreachable, "the image was not scanned"));
        };
        let place = source.repository.place(&["spec", "image"]);
        let tags = cell.get_or_init(|| async {
            let tags = self.registries.tags(scan).await;
            tags.map(Arc::new).map_err(|error| Diagnostic::of(&error))
        });
        tags.await.clone().map_err(|problem| problem.at(place))
    }

    /// What is worth saying about the login that the scan is made with.
    fn login_note(&self, source: &Source<'_>, scan: &Scan) -> Option<Diagnostic> {
        let note = self.registries.login(scan).ok()?.note?;
        let place = source.repository.place(&["spec", "secretRef", "name"]);
        let mut problem = Diagnostic::new(Code::RepositorySecretNotGiven, note.to_string());
        if let Note::SecretNotGiven(_) = note {
            problem =
                problem.hint("log in with the registry's login action, or give it in `--secrets`");
        }
        Some(problem.at(place))
    }

    /// The digest that the policy reflects: none, the one in the markers, or
    /// the one that the registry has now.
    async fn pin(
        &self,
        resource: &Resource<ImagePolicySpec>,
        scan: &Scan,
        tag: &Tag,
        markers: &Markers<'_>,
    ) -> Result<Option<Digest>, Diagnostic> {
        let memory = self.memory(resource, tag, markers);
        match policy::pin(compile::reflection(resource), memory.as_ref()) {
            Pin::None => Ok(None),
            Pin::Keep(digest) => Ok(Some(digest)),
            Pin::Fetch => match self.registries.digest(scan, tag).await {
                Ok(digest) => Ok(Some(digest)),
                Err(error) => {
                    let problem = Diagnostic::of(&error);
                    let message = format!("no digest of the tag `{tag}`: {}", problem.message);
                    Err(Diagnostic { code: Code::PolicyDigestFailed, message, ..problem }
                        .at(resource.place(&["spec", "digestReflectionPolicy"])))
                }
            },
        }
    }

    /// What the markers remember: every pending branch of ours that carries
    /// one, if they agree; else all bases, if they do.
    fn memory(
        &self,
        resource: &Resource<ImagePolicySpec>,
        tag: &Tag,
        markers: &Markers<'_>,
    ) -> Option<Digest> {
        let name = self.image_name(resource)?;
        // Refused or not, it is what the policy had elected.
        let on_branches: Vec<&[Marker]> = markers.set.iter().map(Vec::as_slice).collect();
        let refused = || {
            let mut held = markers.refused.iter().filter_map(|held| held.split_once('@'));
            Digest::new(held.find(|(held, _)| *held == tag.as_str())?.1)
        };
        let agreed = |files: &[&[Marker]]| {
            let mut agreed: Option<Digest> = None;
            for markers in files {
                match remembered(markers, &resource.id, name, tag) {
                    Memory::None => {}
                    Memory::Disagree => return None,
                    Memory::Agreed(digest) => match &agreed {
                        Some(known) if *known != digest => return None,
                        _ => agreed = Some(digest),
                    },
                }
            }
            agreed
        };
        agreed(&on_branches).or_else(refused).or_else(|| agreed(&markers.on_base))
    }

    fn image_name(&self, resource: &Resource<ImagePolicySpec>) -> Option<&str> {
        Some(&self.found.resources.repository_of(resource).ok()?.spec.image)
    }

    fn source(&self, repository: &Resource<ImageRepositorySpec>) -> Option<&Source<'_>> {
        self.sources.iter().find(|source| std::ptr::eq(source.repository, repository))
    }

    /// The values that are the policy's own; where no automation reaches one,
    /// all that bear its name.
    fn markers(&self, place: usize) -> Markers<'_> {
        let Found { trees, pending, forks, .. } = self.found;
        let own = self.claims.files_of(place);
        let mut markers = Markers::default();
        if own.is_empty() {
            let files = trees.values().flat_map(|tree| tree.values());
            markers.on_base = files.map(|file| file.markers.as_slice()).collect();
            return markers;
        }
        for (aim, path, file) in own {
            let branch = aim.push.branch();
            let [tip, fork] = [pending, forks].map(|trees| trees.get(branch)?.get(path));
            let Some(holds) = self.holds.get(branch) else { continue };
            let under = |kept: BTreeMap<usize, String>| {
                let mut markers = file.markers.clone();
                for (index, value) in kept {
                    markers[index].value = value;
                }
                markers
            };
            markers.on_base.push(&file.markers);
            let kept = kept_values(file, tip, fork);
            if !kept.is_empty() {
                markers.set.push(under(kept));
                markers.pending.push(under(standing_values(file, tip, fork, holds)));
            }
            let policy = self.found.resources.policies[place].id.to_string();
            markers.refused.extend(holds.of(&policy).map(str::to_owned));
        }
        markers
    }

    fn scanned(&self, source: &Source<'_>) -> Scanned {
        let Ok((scan, _)) = &source.prepared else {
            return match &source.prepared {
                Err(problem) => Scanned::Failed(problem.clone()),
                Ok(_) => Scanned::NotAsked,
            };
        };
        match self.cells.get(scan).and_then(OnceCell::get) {
            Some(Ok(tags)) => Scanned::Tags(tags.clone()),
            Some(Err(problem)) => {
                Scanned::Failed(problem.clone().at(source.repository.place(&["spec", "image"])))
            }
            None => Scanned::NotAsked,
        }
    }
}

/// Where a policy's values stand, file by file.
#[derive(Default)]
struct Markers<'a> {
    on_base: Vec<&'a [Marker]>,
    /// The same under what pending branches have set themselves; files that
    /// they leave alone are not here.
    set: Vec<Vec<Marker>>,
    /// The same without what people have refused.
    pending: Vec<Vec<Marker>>,
    /// What people have refused: `tag`, or `tag@digest`.
    refused: Vec<String>,
}

/// The tags that the policy's values name.
fn current<'a, M: AsRef<[Marker]>>(
    markers: &'a [M],
    policy: &Resource<ImagePolicySpec>,
) -> impl Iterator<Item = &'a str> {
    markers.iter().flat_map(|markers| current_tags(markers.as_ref(), &policy.id))
}

fn downgraded(resource: &Resource<ImagePolicySpec>, image: &ImageRef, from: &str) -> Diagnostic {
    Diagnostic::new(
        Code::PolicyDowngrade,
        format!(
            "`{}` would go back from `{from}` to `{}`: the registry does not list `{from}` any more",
            resource.id, image.tag
        ),
    )
    .at(resource.place(&["spec", "policy"]))
    .hint("push the tag again, or accept the older one with `--allow-downgrade`")
}
