//! The tags of one repository.

/// All tags of a repository that the grammar admits, sorted, each once.
///
/// Registries order their lists in their own ways, so the order says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    tags: Vec<Box<str>>,
    illegal: usize,
    cut_short: bool,
}

impl Tags {
    pub(super) fn new(
        tags: impl IntoIterator<Item = Box<str>>,
        illegal: usize,
        cut_short: bool,
    ) -> Self {
        let mut tags: Vec<Box<str>> = tags.into_iter().collect();
        tags.sort_unstable();
        Self { tags, illegal, cut_short }
    }

    /// The tags, in the order of their bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tags.iter().map(AsRef::as_ref)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// How many entries of the list were no tags and were left out.
    pub fn illegal(&self) -> usize {
        self.illegal
    }

    /// Whether the registry ended a page as if it were the last, but had more:
    /// a fault of that registry, and a reason to warn.
    pub fn was_cut_short(&self) -> bool {
        self.cut_short
    }
}
