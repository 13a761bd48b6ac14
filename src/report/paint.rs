//! Colour, where it is wanted.

/// Whether and how to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    coloured: bool,
}

impl Paint {
    /// No colour at all.
    pub const PLAIN: Self = Self { coloured: false };
    /// Colour by ANSI sequences.
    pub const COLOURED: Self = Self { coloured: true };

    fn with(self, code: &str, text: &str) -> String {
        if self.coloured && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// For errors and what is taken away.
    pub fn red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    /// For warnings.
    pub fn yellow(self, text: &str) -> String {
        self.with("1;33", text)
    }

    /// For what is new.
    pub fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    /// For places.
    pub fn blue(self, text: &str) -> String {
        self.with("1;34", text)
    }

    /// For what matters most.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// For what matters least.
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }
}
