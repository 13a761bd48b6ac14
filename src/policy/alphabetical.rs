//! The last value in the order of its letters.

use super::Order;

/// `ImagePolicy.spec.policy.alphabetical`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlphabeticalPolicy {
    /// Ascending elects the last value, descending the first.
    pub order: Order,
}

impl AlphabeticalPolicy {
    /// The latest of the values. Letters are compared by their bytes: `Z` is
    /// before `a`, and `10` before `9`.
    pub fn latest<'a>(&self, values: &[&'a str]) -> Option<&'a str> {
        let values = values.iter().copied();
        match self.order {
            Order::Asc => values.max(),
            Order::Desc => values.min(),
        }
    }

    pub(super) fn ranks_above(self, a: &str, b: &str) -> bool {
        match self.order {
            Order::Asc => a > b,
            Order::Desc => a < b,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_not_numbers() {
        let (asc, desc) =
            (AlphabeticalPolicy { order: Order::Asc }, AlphabeticalPolicy { order: Order::Desc });
        assert_eq!(asc.latest(&["10", "9", "1"]), Some("9"));
        assert_eq!(asc.latest(&["Z", "a", "b"]), Some("b"));
        assert_eq!(desc.latest(&["b", "B", "a"]), Some("B"));
        assert_eq!(desc.latest(&[]), None);
    }
}
