//! What *resolve* finds: the verdict on each policy.

use std::sync::Arc;

use crate::{diagnostic::Diagnostic, oci::ImageRef, registry::Tags};

pub use crate::policy::HeldBack;

/// What became of a policy.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It has a latest tag.
    Elected {
        /// The image.
        image: ImageRef,
        /// A higher version that is kept out.
        held_back: Option<HeldBack>,
        /// The tag in the manifests, when the elected one ranks below it.
        downgrade_from: Option<String>,
    },
    /// There are tags, but none that it accepts.
    NoMatch {
        /// What is told.
        problem: Diagnostic,
        /// Whether the branch holds a tag that the registry does not show any
        /// more: then nothing may be concluded from this answer.
        undecided: bool,
    },
    /// The policy, or its repository, is suspended.
    Suspended,
    /// It could not be evaluated.
    Failed(Diagnostic),
}

impl Verdict {
    /// Whether this run knows no answer: what the branch holds is kept.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::NoMatch { undecided: true, .. })
    }

    /// The elected image.
    pub fn image(&self) -> Option<&ImageRef> {
        match self {
            Self::Elected { image, .. } => Some(image),
            _ => None,
        }
    }
}

/// A policy's verdict and what is told beside it.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The verdict.
    pub verdict: Verdict,
    /// Warnings: a doubled backslash, a downgrade, a Secret that is not given.
    pub warnings: Vec<Diagnostic>,
}

/// What a scan of an ImageRepository gave.
#[derive(Debug, Clone)]
pub enum Scanned {
    /// Nothing asked for it: suspended, or no policy names it.
    NotAsked,
    /// Its tags.
    Tags(Arc<Tags>),
    /// Why there are none.
    Failed(Diagnostic),
}

/// The verdicts, in the order of the resources.
#[derive(Debug)]
pub struct Latest {
    /// By the place in `Resources::repositories`.
    pub scans: Vec<Scanned>,
    /// By the place in `Resources::policies`.
    pub policies: Vec<Resolved>,
}

impl Latest {
    /// What is told of this stage.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        let scans = self.scans.iter().filter_map(|scan| match scan {
            Scanned::Failed(problem) => Some(problem),
            _ => None,
        });
        let verdicts = self.policies.iter().flat_map(|resolved| {
            let own = match &resolved.verdict {
                Verdict::NoMatch { problem, .. } | Verdict::Failed(problem) => Some(problem),
                _ => None,
            };
            own.into_iter().chain(&resolved.warnings)
        });
        scans.chain(verdicts)
    }
}
