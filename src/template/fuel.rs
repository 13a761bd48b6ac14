//! What a template may use up: it comes from a repository and must not hang a
//! run or eat the machine. Flux has no such bound.

/// The bounds of one rendering.
#[derive(Debug)]
pub(super) struct Fuel {
    steps: u64,
}

impl Fuel {
    /// Nodes evaluated, list entries visited, and pieces of [`Fuel::PIECE`] bytes made.
    const STEPS: u64 = 1_000_000;
    /// Bytes of the finished text, and of any text on the way.
    const OUTPUT: usize = 64 * 1024;
    /// Entries of one list.
    const ENTRIES: usize = 100_000;
    /// Bytes that weigh one step.
    const PIECE: usize = 64;
    /// Values inside values, when they are printed, compared or copied.
    pub(super) const NESTING: usize = 100;

    pub(super) fn new() -> Self {
        Self { steps: Self::STEPS }
    }

    /// Pays for so many steps.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), String> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.steps = self.steps.checked_sub(steps).ok_or_else(|| {
            self.steps = 0;
            format!("the template takes more than {} steps", Self::STEPS)
        })?;
        Ok(())
    }

    /// Pays for a text of so many bytes, before it is made where that is known.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), String> {
        Self::bound(bytes)?;
        self.spend(bytes / Self::PIECE)
    }

    /// Refuses a text of more bytes than any may have.
    pub(super) fn bound(bytes: usize) -> Result<(), String> {
        if bytes > Self::OUTPUT {
            return Err(format!("the template makes a text of more than {} bytes", Self::OUTPUT));
        }
        Ok(())
    }

    /// Pays for a list of so many entries.
    pub(super) fn list(&mut self, entries: usize) -> Result<(), String> {
        if entries > Self::ENTRIES {
            return Err(format!(
                "the template makes a list of more than {} entries",
                Self::ENTRIES
            ));
        }
        self.spend(entries)
    }

    /// Refuses values that stand too deep in others.
    pub(super) fn nest(depth: usize) -> Result<(), String> {
        if depth > Self::NESTING {
            return Err(format!("a value nests more than {} levels", Self::NESTING));
        }
        Ok(())
    }
}
